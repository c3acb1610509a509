import { groupEnd, is, sameName, significant, type Token, tokenize, unquoted } from './tokens.ts';

/** One column or table constraint of a CREATE TABLE. Positions count in the whole text. */
export interface TableItem {
  /** Without spaces and comments; never empty. */
  readonly tokens: readonly Token[];
  /** Where its first and last tokens begin and end. */
  readonly start: number;
  readonly end: number;
  /** The range between the commas (or parentheses) around it, with comments and spaces. */
  readonly from: number;
  readonly to: number;
  /** The column's name; undefined for a constraint of the table. */
  readonly column: string | undefined;
}

const constraintWords = new Set(['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN']);

function toItem(tokens: readonly Token[], from: number, to: number): TableItem | undefined {
  const own = significant(tokens);
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const isConstraint = first.kind === 'word' && constraintWords.has(first.text.toUpperCase());
  return {
    tokens: own,
    start: first.start,
    end: last.end,
    from,
    to,
    column: isConstraint ? undefined : unquoted(first),
  };
}

/**
 * The columns and constraints of a CREATE TABLE text, as SQLite keeps it in `sqlite_master`: split at the commas that
 * stand in no parentheses, literal, name or comment. Empty for text that has no list.
 */
export function tableItems(sql: string): TableItem[] {
  const tokens = tokenize(sql);
  const open = tokens.findIndex((token) => is(token, '('));
  if (open === -1) return [];
  const close = groupEnd(tokens, open) - 1;
  const items: TableItem[] = [];
  let first = open + 1;
  let at = first;
  while (at <= close) {
    const token = tokens[at];
    if (at < close && is(token, '(')) {
      at = groupEnd(tokens, at);
      continue;
    }
    if (at === close || is(token, ',')) {
      const item = toItem(tokens.slice(first, at), tokens[first - 1]?.end ?? 0, token?.start ?? sql.length);
      if (item !== undefined) items.push(item);
      first = at + 1;
    }
    at++;
  }
  return items;
}

export function columnItem(items: readonly TableItem[], column: string): TableItem | undefined {
  return items.find((item) => item.column !== undefined && sameName(item.column, column));
}

/** A change of a text: what stands from `start` to `end` becomes `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function applyEdits(sql: string, edits: readonly Edit[]): string {
  let result = sql;
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) {
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  }
  return result;
}

/** Takes a piece out, with the space before it where another one follows; a line's end may be that of a comment. */
export function removal(sql: string, { start, end }: Pick<Edit, 'start' | 'end'>): Edit {
  const space = /^[\s,)]|^$/.test(sql.slice(end, end + 1)) ? /[ \t]*$/.exec(sql.slice(0, start))?.[0].length : 0;
  return { start: start - (space ?? 0), end, text: '' };
}

/** Takes items out, each with one comma. */
export function removeItems(items: readonly TableItem[], removed: ReadonlySet<TableItem>): Edit[] {
  const kept = items.filter((item) => !removed.has(item));
  const lastKept = kept.at(-1);
  const edits: Edit[] = [];
  items.forEach((item, index) => {
    if (!removed.has(item)) return;
    const next = items[index + 1];
    // Behind the last one that stays, the comma to go is the one in front; a comment at the very end may be about all.
    if (lastKept === undefined || item.from > lastKept.from) {
      edits.push({ start: items[index - 1]?.to ?? item.from, end: next === undefined ? item.end : item.to, text: '' });
    } else edits.push({ start: item.from, end: next?.from ?? item.to, text: '' });
  });
  return edits;
}

/** Adds an item behind the last one, and before its comment: behind a `--` it would be part of it. */
export function appendItem(items: readonly TableItem[], text: string): Edit[] {
  const last = items.at(-1);
  return last === undefined ? [] : [{ start: last.end, end: last.end, text: `, ${text}` }];
}
