import { MigrationInvalid } from '../../errors/migration.ts';
import { indexName } from '../../sql/ddl/names.ts';
import type { IndexMethod, IndexOrder, IndexPart, IndexSpec, IndexType, OnlineSpec } from '../../sql/ddl/spec.ts';
import type { Expression } from '../../sql/nodes.ts';
import { Sql, sql } from '../../sql/template.ts';
import { columnNameOf, type Naming } from '../../support/naming.ts';
import { columnNames, type Names } from './arguments.ts';

/** A column of an index, with what is said about it alone. */
export interface IndexColumn {
  readonly name: string;
  readonly order?: IndexOrder;
  /** MySQL, MariaDB: so many characters of it. */
  readonly length?: number;
  /** PostgreSQL: `gin_trgm_ops`. */
  readonly operatorClass?: string;
}
/** A column, an expression, or several of both. */
export type IndexColumns = string | Sql | readonly (string | Sql | IndexColumn)[];

/** How a server goes about a change of a table (MySQL, MariaDB): it refuses where it cannot. */
export interface OnlineOptions {
  readonly algorithm?: NonNullable<OnlineSpec['algorithm']>;
  readonly lock?: NonNullable<OnlineSpec['lock']>;
}
export interface IndexOptions extends OnlineOptions {
  readonly unique?: boolean;
  /** The index's name; `index_users_on_email` unless told otherwise. One over an expression has to be given a name. */
  readonly name?: string;
  /** Of all columns, or by column. */
  readonly order?: IndexOrder | Readonly<Record<string, IndexOrder>>;
  /** How many characters are indexed, of all columns or by column (MySQL, MariaDB). */
  readonly length?: number | Readonly<Record<string, number>>;
  /** Only rows that fulfil it are indexed (PostgreSQL, SQLite). */
  readonly where?: Sql | string;
  readonly using?: IndexMethod;
  /** MySQL, MariaDB. */
  readonly type?: IndexType;
  /** Columns that are carried along (PostgreSQL). */
  readonly include?: Names;
  /** Not used by the optimizer (MySQL, MariaDB). */
  readonly invisible?: boolean;
  readonly comment?: string;
  /** Without stopping those who write (PostgreSQL); the migration says `static disableTransaction = true`. */
  readonly concurrently?: boolean;
  /** Leaves an index of that name alone. */
  readonly ifNotExists?: boolean;
}

/**
 * SQL of a migration's own, as sql`…` or as text.
 *
 * @throws MigrationInvalid for anything else
 */
export function expressionOf(value: Sql | string, what: string): Expression {
  const expression = Sql.nodeOf(typeof value === 'string' ? sql.unsafe(value) : value);
  if (expression !== undefined) return expression;
  throw new MigrationInvalid(`${what} is SQL of your own.`, { hint: 'Write it as sql`…`.' });
}

const isList = (columns: IndexColumns): columns is Exclude<IndexColumns, string | Sql> => Array.isArray(columns);

/** Options that are given by column have to name columns of the index. */
function byColumn<T extends string | number>(
  what: string,
  option: T | Readonly<Record<string, T>> | undefined,
  names: readonly string[],
  naming: Naming,
): (column: string) => T | undefined {
  if (option === undefined || typeof option !== 'object') return () => option;
  const values = new Map(Object.entries(option).map(([name, value]) => [columnNameOf(name, naming), value]));
  const stray = [...values.keys()].find((name) => !names.includes(name));
  if (stray === undefined) return (column) => values.get(column);
  throw new MigrationInvalid(`The option ${what} of an index names "${stray}", which the index has not.`, {
    hint: `It has ${names.join(', ')}.`,
  });
}

function partOf(column: string | Sql | IndexColumn, naming: Naming): IndexPart {
  const part = {
    column: undefined,
    expression: undefined,
    order: undefined,
    length: undefined,
    operatorClass: undefined,
  };
  if (typeof column === 'string') return { ...part, column: columnNameOf(column, naming) };
  if (column instanceof Sql) return { ...part, expression: expressionOf(column, 'A part of an index') };
  const { name, order, length, operatorClass } = column;
  return { ...part, column: columnNameOf(name, naming), order, length, operatorClass };
}

export function indexSpec(table: string, columns: IndexColumns, options: IndexOptions, naming: Naming): IndexSpec {
  const list = isList(columns) ? columns : [columns];
  if (list.length === 0) throw new MigrationInvalid('An index or key needs at least one column.');
  const given = list.map((column) => partOf(column, naming));
  const names = given.flatMap(({ column }) => (column === undefined ? [] : [column]));
  const order = byColumn('order', options.order, names, naming);
  const length = byColumn('length', options.length, names, naming);
  const parts = given.map((part) => ({
    ...part,
    order: part.order ?? (part.column === undefined ? undefined : order(part.column)),
    length: part.length ?? (part.column === undefined ? undefined : length(part.column)),
  }));
  const hasExpression = names.length < parts.length;
  if (hasExpression && options.name === undefined) {
    throw new MigrationInvalid(`An index of "${table}" over an expression needs a name.`, {
      hint: "Give one: { name: 'index_users_on_lower_email' }.",
    });
  }
  if (options.type !== undefined && (options.unique === true || options.using !== undefined)) {
    throw new MigrationInvalid(`A ${options.type} index cannot be unique, and has no method.`, {
      hint: 'Leave out unique and using.',
    });
  }
  const plain =
    !hasExpression &&
    parts.every((part) => (part.order ?? 'asc') === 'asc' && (part.length ?? part.operatorClass) === undefined);
  return {
    name: options.name ?? indexName(table, names),
    table,
    columns: names,
    unique: options.unique ?? false,
    parts: plain ? undefined : parts,
    where: options.where === undefined ? undefined : expressionOf(options.where, 'The where of an index'),
    using: options.using,
    type: options.type,
    include: options.include === undefined ? undefined : columnNames(options.include, naming),
    invisible: options.invisible,
    comment: options.comment,
  };
}

/** How the index is made, beside what it is. */
export function mannerOf({ algorithm, lock, concurrently }: IndexOptions): {
  readonly online: OnlineSpec | undefined;
  readonly concurrently: boolean | undefined;
} {
  const online = algorithm === undefined && lock === undefined ? undefined : { algorithm, lock };
  return { online, concurrently };
}

/** An index by its name, or by its columns; those of an expression are not known. */
export function indexTarget(
  columns: IndexColumns | { readonly name: string },
  naming: Naming,
): { readonly name: string | undefined; readonly columns: readonly string[] | undefined } {
  if (isByName(columns)) return { name: columns.name, columns: undefined };
  const list = isList(columns) ? columns : [columns];
  const names = list.map((column) => partOf(column, naming).column);
  const known = names.filter((name) => name !== undefined);
  if (known.length === names.length && known.length > 0) return { name: undefined, columns: known };
  throw new MigrationInvalid('An index over an expression is found by its name.', { hint: "Write { name: '…' }." });
}

export function isByName(columns: IndexColumns | { readonly name: string }): columns is { readonly name: string } {
  return typeof columns === 'object' && 'name' in columns && !(columns instanceof Sql);
}
