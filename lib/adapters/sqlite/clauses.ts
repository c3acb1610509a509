import { groupEnd, is, sameName, type Token, unquoted } from './tokens.ts';

export type ClauseKind =
  | 'primaryKey'
  | 'notNull'
  | 'null'
  | 'unique'
  | 'check'
  | 'default'
  | 'collate'
  | 'generated'
  /** REFERENCES of a column, or FOREIGN KEY of a table. */
  | 'foreignKey';

/** One constraint of a column or table, its name included. Positions count in the whole CREATE TABLE. */
export interface Clause {
  readonly kind: ClauseKind;
  /** From `CONSTRAINT name`. */
  readonly name: string | undefined;
  /** Without `CONSTRAINT name`. */
  readonly tokens: readonly Token[];
  readonly start: number;
  readonly end: number;
}

/** The words that end a column's type. None of them can be part of one. */
const clauseWords = new Set(
  'CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS FOREIGN DEFERRABLE'.split(' '),
);

function isClauseWord(token: Token | undefined): boolean {
  return token?.kind === 'word' && clauseWords.has(token.text.toUpperCase());
}

/** The index of a column's first constraint: behind its name and type. */
export function clausesStart(tokens: readonly Token[]): number {
  let at = 1;
  while (at < tokens.length && !isClauseWord(tokens[at])) at = is(tokens[at], '(') ? groupEnd(tokens, at) : at + 1;
  return at;
}

/** Behind an optional `ON CONFLICT …`. */
function afterConflict(tokens: readonly Token[], at: number): number {
  return is(tokens[at], 'ON') && is(tokens[at + 1], 'CONFLICT') ? at + 3 : at;
}

function afterGroup(tokens: readonly Token[], at: number): number {
  return is(tokens[at], '(') ? groupEnd(tokens, at) : at;
}

/** Behind `REFERENCES …`, with all of its actions. */
function afterReferences(tokens: readonly Token[], start: number): number {
  let at = afterGroup(tokens, start + 2);
  for (;;) {
    const token = tokens[at];
    if (is(token, 'ON')) at += is(tokens[at + 2], 'SET') || is(tokens[at + 2], 'NO') ? 4 : 3;
    else if (is(token, 'MATCH')) at += 2;
    else if (is(token, 'DEFERRABLE')) at += 1;
    else if (is(token, 'NOT') && is(tokens[at + 1], 'DEFERRABLE')) at += 2;
    else if (is(token, 'INITIALLY')) at += 2;
    else return at;
  }
}

/** What begins at `at`, and where it ends; undefined for what SQLite has no such constraint for. */
function clauseAt(
  tokens: readonly Token[],
  at: number,
): { readonly kind: ClauseKind; readonly end: number } | undefined {
  const next = tokens[at + 1];
  switch (tokens[at]?.text.toUpperCase()) {
    case 'PRIMARY': {
      let end = afterGroup(tokens, at + 2);
      if (is(tokens[end], 'ASC') || is(tokens[end], 'DESC')) end++;
      end = afterConflict(tokens, end);
      return { kind: 'primaryKey', end: is(tokens[end], 'AUTOINCREMENT') ? end + 1 : end };
    }
    case 'NOT':
      return is(next, 'NULL') ? { kind: 'notNull', end: afterConflict(tokens, at + 2) } : undefined;
    case 'NULL':
      return { kind: 'null', end: afterConflict(tokens, at + 1) };
    case 'UNIQUE':
      return { kind: 'unique', end: afterConflict(tokens, afterGroup(tokens, at + 1)) };
    case 'CHECK':
      return { kind: 'check', end: afterConflict(tokens, afterGroup(tokens, at + 1)) };
    case 'DEFAULT':
      if (is(next, '(')) return { kind: 'default', end: groupEnd(tokens, at + 1) };
      return { kind: 'default', end: is(next, '+') || is(next, '-') ? at + 3 : at + 2 };
    case 'COLLATE':
      return { kind: 'collate', end: at + 2 };
    case 'REFERENCES':
      return { kind: 'foreignKey', end: afterReferences(tokens, at) };
    case 'FOREIGN':
      return { kind: 'foreignKey', end: afterReferences(tokens, afterGroup(tokens, at + 2)) };
    case 'GENERATED':
    case 'AS': {
      const end = afterGroup(tokens, is(next, 'ALWAYS') ? at + 3 : at + 1);
      return { kind: 'generated', end: is(tokens[end], 'STORED') || is(tokens[end], 'VIRTUAL') ? end + 1 : end };
    }
    default:
      return undefined;
  }
}

/** The constraints among the tokens from `start` on; undefined where there is one that is not understood. */
export function readClauses(tokens: readonly Token[], start: number): Clause[] | undefined {
  const clauses: Clause[] = [];
  let at = start;
  while (at < tokens.length) {
    const from = tokens[at];
    let name: string | undefined;
    while (is(tokens[at], 'CONSTRAINT')) {
      const token = tokens[at + 1];
      name = token === undefined ? undefined : unquoted(token);
      at += 2;
    }
    const found = clauseAt(tokens, at);
    const last = found === undefined ? undefined : tokens[found.end - 1];
    if (from === undefined || found === undefined || last === undefined) return undefined;
    clauses.push({ kind: found.kind, name, tokens: tokens.slice(at, found.end), start: from.start, end: last.end });
    at = found.end;
  }
  return clauses;
}

/** `("a", b COLLATE NOCASE)` as the names that its pieces begin with; undefined where there is no such list. */
export function nameGroup(tokens: readonly Token[], at: number): string[] | undefined {
  if (!is(tokens[at], '(')) return undefined;
  const end = groupEnd(tokens, at) - 1;
  const names: string[] = [];
  for (let next = at; next < end; ) {
    const first = tokens[next + 1];
    if (first !== undefined) names.push(unquoted(first));
    do next = is(tokens[next + 1], '(') ? groupEnd(tokens, next + 1) - 1 : next + 1;
    while (next < end && !is(tokens[next], ','));
  }
  return names;
}

/** The words of a check that is `(column IN ('a', 'b'))` and nothing else. */
export function checkedWords(clause: Clause, column: string): string[] | undefined {
  const [, open, name, operator, list, ...rest] = clause.tokens;
  if (
    name === undefined ||
    !is(open, '(') ||
    !sameName(unquoted(name), column) ||
    !is(operator, 'IN') ||
    !is(list, '(')
  )
    return undefined;
  const words = rest.slice(0, -2).filter((_, index) => index % 2 === 0);
  if (words.length === 0 || words.length * 2 + 1 !== rest.length || words.some(({ text }) => !text.startsWith("'")))
    return undefined;
  return words.map(unquoted);
}

/** Whether a check is `(column >= 0)` and nothing else. */
export function checksSign(clause: Clause, column: string): boolean {
  const [, , name] = clause.tokens;
  if (name === undefined || !sameName(unquoted(name), column)) return false;
  return (
    clause.tokens.length === 7 &&
    clause.tokens
      .slice(3, 6)
      .map(({ text }) => text)
      .join('') === '>=0'
  );
}
