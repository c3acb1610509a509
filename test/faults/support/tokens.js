// The tokens of a statement, told apart independently of the library: what a server's parser would make of its text.

const patterns = {
  // A value in any of the forms of the literal functions is one token, with its sign.
  value:
    /(?:_utf8mb4 )?[xX]'[0-9a-fA-F]*'|'(?:[^']|'')*'(?:::\w+)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:NULL|TRUE|FALSE)\b/y,
  placeholder: /\?|\$\d+/y,
  name: { '`': /`(?:[^`]|``)*`/y, '"': /"(?:[^"]|"")*"/y },
  word: /[A-Za-z_][A-Za-z0-9_]*/y,
  space: /\s+/y,
  comment: /\/\*[\s\S]*?\*\//y,
  symbol: /<=|>=|<>|!=|\|\||->>|->|::|@@|[-+*/%=<>(),.;[\]{}:@#&|^~!\\]/y,
};

/**
 * @param {string} sql
 * @param {'`' | '"'} quote what stands around names
 * @returns {{ kind: string, text: string }[]} `bad` is text that no database could read
 */
export function tokenize(sql, quote) {
  const kinds = [
    ['space', patterns.space],
    ['comment', patterns.comment],
    ['name', patterns.name[quote]],
    ['value', patterns.value],
    ['placeholder', patterns.placeholder],
    ['word', patterns.word],
    ['symbol', patterns.symbol],
  ];
  const tokens = [];
  let index = 0;
  while (index < sql.length) {
    let found;
    for (const [kind, pattern] of kinds) {
      pattern.lastIndex = index;
      const match = pattern.exec(sql);
      if (match === null) continue;
      found = { kind, text: match[0] };
      break;
    }
    found ??= { kind: 'bad', text: sql[index] };
    index += found.text.length;
    if (found.kind !== 'space') tokens.push(found);
  }
  return tokens;
}

/** What must not depend on values: kinds in order, and the text of everything that is no value. */
export function shapeOf(sql, quote) {
  return tokenize(sql, quote)
    .map(({ kind, text }) => (kind === 'value' || kind === 'placeholder' ? '?' : `${kind}:${text}`))
    .join(' ');
}
