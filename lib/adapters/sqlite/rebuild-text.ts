import { CapabilityMissing, InvalidQuery } from '../../errors/query.ts';
import { checkPrefix } from '../../sql/ddl/names.ts';
import type {
  AddColumn,
  ChangeColumn,
  ChangeColumnDefault,
  ChangeColumnNull,
  DdlOperation,
  RemoveConstraint,
  RenameIndex,
} from '../../sql/ddl/spec.ts';
import { sqliteColumnSql, sqliteConstraintSql, sqliteDefaultSql } from '../../sql/ddl/sqlite.ts';
import { quoteName } from '../../sql/dialect.ts';
import { sqliteDialect } from '../../sql/dialects/sqlite.ts';
import { type Clause, type ClauseKind, nameGroup } from './clauses.ts';
import { clausesOf, declaredForeignKeys } from './foreign-keys.ts';
import {
  appendItem,
  applyEdits,
  columnItem,
  type Edit,
  removal,
  removeItems,
  type TableItem,
  tableItems,
} from './table-text.ts';
import { is, sameName } from './tokens.ts';

/** The operations that are carried out by writing a table anew. */
export type RebuildOperation = Extract<
  DdlOperation,
  {
    kind:
      | 'addColumn'
      | 'changeColumn'
      | 'changeColumnDefault'
      | 'changeColumnNull'
      | 'removeColumn'
      | 'addForeignKey'
      | 'removeForeignKey'
      | 'addCheck'
      | 'addUnique'
      | 'removeConstraint'
      | 'renameIndex';
  }
>;

/** The table that the operation is about. */
export function rebuiltTable(operation: RebuildOperation): string {
  switch (operation.kind) {
    case 'addForeignKey':
      return operation.foreignKey.table;
    case 'addCheck':
      return operation.check.table;
    case 'addUnique':
      return operation.unique.table;
    default:
      return operation.table;
  }
}

function missing(what: string, table: string): InvalidQuery {
  return new InvalidQuery(`The table "${table}" has no ${what}.`, {
    hint: 'Compare with the database: another migration may have changed it.',
  });
}

function understood(item: TableItem, table: string): Clause[] {
  const clauses = clausesOf(item);
  if (clauses !== undefined) return clauses;
  throw new CapabilityMissing(
    `The table "${table}" is declared in a way that could not be carried over: ${item.tokens.map(({ text }) => text).join(' ')}`,
    {
      hint: 'Write the table anew by hand, in SQL.',
    },
  );
}

/** The primary key in the words that the new type allows: only an INTEGER can count itself up. */
function primaryKeyText(sql: string, clause: Clause, columnText: string): string {
  const last = clause.tokens.at(-1);
  if (last === undefined || !is(last, 'AUTOINCREMENT') || /^\S+ INTEGER\b/.test(columnText))
    return sql.slice(clause.start, clause.end);
  return sql.slice(clause.start, last.start).trimEnd();
}

/** The new definition, with all of the old constraints that it says nothing about. */
function changedColumn(sql: string, item: TableItem, { table, column }: ChangeColumn): Edit {
  let text = sqliteColumnSql(column, sqliteDialect, table);
  const isKey = column.type.kind === 'id';
  for (const clause of understood(item, table)) {
    const own = sql.slice(clause.start, clause.end);
    switch (clause.kind) {
      case 'primaryKey':
        if (!isKey) text += ` ${primaryKeyText(sql, clause, text)}`;
        break;
      case 'check':
        // Ours stand for the old type, and the new type has brought its own.
        if (clause.name?.startsWith(checkPrefix) !== true) text += ` ${own}`;
        break;
      case 'unique':
      case 'foreignKey':
      case 'generated':
        text += ` ${own}`;
        break;
    }
  }
  return { start: item.start, end: item.end, text };
}

/** The column, and the keys of the table that it is a part of. */
function withoutColumn(sql: string, table: string, column: string): Edit[] {
  const items = tableItems(sql);
  const item = columnItem(items, column);
  if (item === undefined) throw missing(`column "${column}"`, table);
  const removed = new Set([item]);
  const edits: Edit[] = [];
  for (const other of items) {
    if (other.column !== undefined) continue;
    // Between constraints of a table SQLite asks for no commas: several may be in one item.
    const clauses = understood(other, table);
    const concerned = clauses.filter(({ kind, tokens }) => {
      const names = kind === 'check' ? [] : (nameGroup(tokens, kind === 'unique' ? 1 : 2) ?? []);
      return names.some((name) => sameName(name, column));
    });
    if (concerned.length === clauses.length) removed.add(other);
    else edits.push(...concerned.map((clause) => removal(sql, clause)));
  }
  return [...removeItems(items, removed), ...edits];
}

function withoutForeignKey(sql: string, items: readonly TableItem[], table: string, name: string): Edit[] {
  const key = declaredForeignKeys(table, sql).find((each) => sameName(each.name, name));
  if (key === undefined) throw missing(`foreign key "${name}"`, table);
  const item = items.find(({ start }) => start === key.item.start);
  if (key.alone && item !== undefined) return removeItems(items, new Set([item]));
  return [removal(sql, key.clause)];
}

/** Behind the last column: what follows are the table's constraints, and those come last. */
function withColumn(items: readonly TableItem[], { table, column }: AddColumn): Edit[] {
  const columns = items.filter((item) => item.column !== undefined);
  return appendItem(columns, sqliteColumnSql(column, sqliteDialect, table));
}

/** The column with other clauses of these kinds in place of its own. */
function withClauses(
  sql: string,
  { table, column }: ChangeColumnDefault | ChangeColumnNull,
  kinds: readonly ClauseKind[],
  text: string,
): Edit[] {
  const item = columnItem(tableItems(sql), column);
  if (item === undefined) throw missing(`column "${column}"`, table);
  const removed = understood(item, table).filter(({ kind }) => kinds.includes(kind));
  return [
    ...removed.map((clause) => removal(sql, clause)),
    ...(text === '' ? [] : [{ start: item.end, end: item.end, text }]),
  ];
}

const withDefault = (sql: string, operation: ChangeColumnDefault): Edit[] =>
  withClauses(sql, operation, ['default'], sqliteDefaultSql(operation, sqliteDialect));

const withNullability = (sql: string, operation: ChangeColumnNull): Edit[] =>
  withClauses(sql, operation, ['null', 'notNull'], operation.nullable ? '' : ' NOT NULL');

interface NamedClause {
  readonly item: TableItem;
  readonly clause: Clause;
  /** The item holds nothing beside it. */
  readonly alone: boolean;
}

/** The constraint of that name, whether it stands for itself or behind a column. */
function namedClause(items: readonly TableItem[], { table, name, type }: Omit<RemoveConstraint, 'kind'>): NamedClause {
  for (const item of items) {
    const clauses = understood(item, table);
    const clause = clauses.find((each) => each.kind === type && each.name !== undefined && sameName(each.name, name));
    if (clause !== undefined) return { item, clause, alone: item.column === undefined && clauses.length === 1 };
  }
  throw missing(`${type} constraint "${name}"`, table);
}

function withoutConstraint(sql: string, items: readonly TableItem[], operation: RemoveConstraint): Edit[] {
  const { item, clause, alone } = namedClause(items, operation);
  return alone ? removeItems(items, new Set([item])) : [removal(sql, clause)];
}

/** Another name for a unique constraint: its index has none of its own. */
function withRenamed(items: readonly TableItem[], { table, from, to }: RenameIndex): Edit[] {
  const { item, clause } = namedClause(items, { table, name: from, type: 'unique' });
  const named = item.tokens.findLast((token) => token.end <= (clause.tokens[0]?.start ?? 0));
  if (named === undefined) throw missing(`index "${from}"`, table);
  return [{ start: named.start, end: named.end, text: quoteName(to, sqliteDialect) }];
}

/** The CREATE TABLE text of the table as it will be; all that the operation does not name stays letter by letter. */
export function rewriteTable(sql: string, operation: RebuildOperation): string {
  const items = tableItems(sql);
  switch (operation.kind) {
    case 'changeColumn': {
      const item = columnItem(items, operation.column.name);
      if (item === undefined) throw missing(`column "${operation.column.name}"`, operation.table);
      return applyEdits(sql, [changedColumn(sql, item, operation)]);
    }
    case 'removeColumn':
      return applyEdits(sql, withoutColumn(sql, operation.table, operation.column));
    case 'addColumn':
      return applyEdits(sql, withColumn(items, operation));
    case 'changeColumnDefault':
      return applyEdits(sql, withDefault(sql, operation));
    case 'changeColumnNull':
      return applyEdits(sql, withNullability(sql, operation));
    case 'addForeignKey':
    case 'addCheck':
    case 'addUnique':
      return applyEdits(sql, appendItem(items, sqliteConstraintSql(operation, sqliteDialect)));
    case 'removeConstraint':
      return applyEdits(sql, withoutConstraint(sql, items, operation));
    case 'renameIndex':
      return applyEdits(sql, withRenamed(items, operation));
    case 'removeForeignKey':
      return applyEdits(sql, withoutForeignKey(sql, items, operation.table, operation.name));
  }
}
