import { CapabilityMissing, InvalidQuery } from '../../errors/query.ts';
import { checkPrefix } from '../../sql/ddl/names.ts';
import type {
  AddColumn,
  ChangeColumn,
  ChangeColumnDefault,
  ChangeColumnNull,
  DdlOperation,
  RemoveConstraint,
} from '../../sql/ddl/spec.ts';
import { sqliteColumnSql, sqliteConstraintSql, sqliteDefaultSql } from '../../sql/ddl/sqlite.ts';
import { sqliteDialect } from '../../sql/dialects/sqlite.ts';
import { type Clause, nameGroup } from './clauses.ts';
import { clausesOf, declaredForeignKeys } from './foreign-keys.ts';
import {
  appendItem,
  applyEdits,
  columnItem,
  type Edit,
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
      | 'removeConstraint';
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
function withoutColumn(items: readonly TableItem[], table: string, column: string): Edit[] {
  const item = columnItem(items, column);
  if (item === undefined) throw missing(`column "${column}"`, table);
  const removed = new Set([item]);
  for (const other of items) {
    if (other.column !== undefined) continue;
    const clauses = understood(other, table);
    const names = clauses.flatMap(({ kind, tokens }) =>
      kind === 'check' ? [] : (nameGroup(tokens, kind === 'unique' ? 1 : 2) ?? []),
    );
    if (names.some((name) => sameName(name, column))) removed.add(other);
  }
  return removeItems(items, removed);
}

function withoutForeignKey(sql: string, items: readonly TableItem[], table: string, name: string): Edit[] {
  const key = declaredForeignKeys(table, sql).find((each) => sameName(each.name, name));
  if (key === undefined) throw missing(`foreign key "${name}"`, table);
  const item = items.find(({ start }) => start === key.item.start);
  if (key.alone && item !== undefined) return removeItems(items, new Set([item]));
  return [{ start: key.clause.start, end: key.clause.end, text: '' }];
}

/** Behind the last column: what follows are the table's constraints, and those come last. */
function withColumn(items: readonly TableItem[], { table, column }: AddColumn): Edit[] {
  const columns = items.filter((item) => item.column !== undefined);
  return appendItem(columns, sqliteColumnSql(column, sqliteDialect, table));
}

/** The column with other clauses of these kinds in place of its own. */
function withClauses(
  items: readonly TableItem[],
  column: string,
  table: string,
  kinds: string[],
  text: string,
): Edit[] {
  const item = columnItem(items, column);
  if (item === undefined) throw missing(`column "${column}"`, table);
  const removed = understood(item, table).filter(({ kind }) => kinds.includes(kind));
  return [
    ...removed.map(({ start, end }): Edit => ({ start, end, text: '' })),
    ...(text === '' ? [] : [{ start: item.end, end: item.end, text }]),
  ];
}

const withDefault = (items: readonly TableItem[], operation: ChangeColumnDefault): Edit[] =>
  withClauses(items, operation.column, operation.table, ['default'], sqliteDefaultSql(operation, sqliteDialect));

const withNullability = (items: readonly TableItem[], { column, table, nullable }: ChangeColumnNull): Edit[] =>
  withClauses(items, column, table, ['null', 'notNull'], nullable ? '' : ' NOT NULL');

/** The constraint of that name, whether it stands for itself or behind a column. */
function withoutConstraint(items: readonly TableItem[], { table, name, type }: RemoveConstraint): Edit[] {
  for (const item of items) {
    const clauses = understood(item, table);
    const clause = clauses.find((each) => each.kind === type && each.name !== undefined && sameName(each.name, name));
    if (clause === undefined) continue;
    if (item.column === undefined && clauses.length === 1) return removeItems(items, new Set([item]));
    return [{ start: clause.start, end: clause.end, text: '' }];
  }
  throw missing(`${type} constraint "${name}"`, table);
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
      return applyEdits(sql, withoutColumn(items, operation.table, operation.column));
    case 'addColumn':
      return applyEdits(sql, withColumn(items, operation));
    case 'changeColumnDefault':
      return applyEdits(sql, withDefault(items, operation));
    case 'changeColumnNull':
      return applyEdits(sql, withNullability(items, operation));
    case 'addForeignKey':
    case 'addCheck':
    case 'addUnique':
      return applyEdits(sql, appendItem(items, sqliteConstraintSql(operation, sqliteDialect)));
    case 'removeConstraint':
      return applyEdits(sql, withoutConstraint(items, operation));
    case 'removeForeignKey':
      return applyEdits(sql, withoutForeignKey(sql, items, operation.table, operation.name));
  }
}
