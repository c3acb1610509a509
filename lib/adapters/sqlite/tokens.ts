/** The kinds of piece that SQLite's own tokenizer tells apart, as far as anything here depends on them. */
export type TokenKind = 'space' | 'comment' | 'string' | 'name' | 'word' | 'number' | 'parameter' | 'punctuation';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

// Loops are unrolled, `[^']*(?:''[^']*)*`, so that a literal of megabytes needs no stack. What is never closed (only
// half-typed SQL has that) falls through to punctuation.
const patterns: Readonly<Record<TokenKind, string>> = {
  space: '[ \\t\\n\\f\\r]+',
  comment: '--[^\\n]*|\\/\\*[\\s\\S]*?(?:\\*\\/|$)',
  string: "[xX]?'[^']*(?:''[^']*)*'",
  name: '"[^"]*(?:""[^"]*)*"|`[^`]*(?:``[^`]*)*`|\\[[^\\]]*\\]',
  word: '[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*',
  number: '0[xX][\\da-fA-F_]+|(?:\\d[\\d_]*\\.?[\\d_]*|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?',
  parameter: '\\?\\d*|[:@#$][\\w$\\u0080-\\uffff]+',
  punctuation: '[\\s\\S]',
};
const kinds: readonly TokenKind[] = [
  'space',
  'comment',
  'string',
  'name',
  'word',
  'number',
  'parameter',
  'punctuation',
];
const anyToken = new RegExp(kinds.map((kind) => `(${patterns[kind]})`).join('|'), 'y');

/** The text in pieces, spaces and comments included: put together again, they are the text. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  anyToken.lastIndex = 0;
  for (let match = anyToken.exec(sql); match !== null; match = anyToken.exec(sql)) {
    const [text] = match;
    const kind = kinds.find((_, index) => match?.[index + 1] !== undefined) ?? 'punctuation';
    tokens.push({ kind, text, start: match.index, end: match.index + text.length });
    if (anyToken.lastIndex >= sql.length) break;
  }
  return tokens;
}

/** Tokens that mean something. */
export function significant(tokens: readonly Token[]): Token[] {
  return tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
}

/** Whether the token is this keyword or punctuation; a quoted name never is. */
export function is(token: Token | undefined, text: string): boolean {
  if (token === undefined) return false;
  if (token.kind === 'word') return token.text.toUpperCase() === text;
  return token.kind === 'punctuation' && token.text === text;
}

/** The name that a token stands for, without the quotes; SQLite takes all of '', "", `` and []. */
export function unquoted(token: Token): string {
  const { text, kind } = token;
  if (kind !== 'name' && kind !== 'string') return text;
  const quote = text.charAt(0);
  const inner = text.slice(1, -1);
  return quote === '[' ? inner : inner.replaceAll(quote + quote, quote);
}

/** SQLite compares names without regard to the case of ASCII letters. */
export function sameName(a: string, b: string): boolean {
  return a.length === b.length && asciiLower(a) === asciiLower(b);
}

export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The index behind the closing parenthesis of the group that opens at `index`. */
export function groupEnd(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index; at < tokens.length; at++) {
    if (is(tokens[at], '(')) depth++;
    else if (is(tokens[at], ')') && --depth === 0) return at + 1;
  }
  return tokens.length;
}

/** How many values a statement takes; undefined where it names or numbers them, so that counting tells nothing. */
export function placeholderCount(sql: string): number | undefined {
  if (!sql.includes('?') && !/[:@#$]/.test(sql)) return 0;
  const parameters = tokenize(sql).filter(({ kind }) => kind === 'parameter');
  return parameters.every(({ text }) => text === '?') ? parameters.length : undefined;
}
