import { InvalidQuery } from '../errors/query.ts';
import type { Encoding, Scalar } from '../types/type.ts';
import type { SchemaFeatures } from './ddl/features.ts';
import type { DdlOperation } from './ddl/spec.ts';
import type { IndexHint, LockNode, SqlNode } from './nodes.ts';

/** What a connected database can do. Code asks these, never the database's name. */
export interface Features {
  /** INSERT … RETURNING. */
  readonly returning: boolean;
  /** The answer to an insert tells the key that was counted up, without RETURNING. */
  readonly reportsInsertId?: boolean;
  /** UPDATE … RETURNING. */
  readonly updateReturning?: true;
  /** INSERT … ON CONFLICT (…): the unique index that an upsert goes by is named. */
  readonly conflictTargets?: true;
  /** Rows of one insert are counted up by this much, one after the other. */
  readonly autoIncrementStep?: number;
  /** Asks for that (`step`) as it is now on a connection: a cluster, or the program, may have changed it. */
  readonly autoIncrementStepQuery?: string;
  /** The longest statement, values included, that the connected server takes. */
  readonly maxStatementBytes?: number;
  /** The isolation levels that a transaction can ask for. */
  readonly isolation: readonly IsolationLevel[];
  /** DDL can be rolled back. */
  readonly transactionalDdl: boolean;
  /** A foreign key can be added to, or dropped from, a table that exists. */
  readonly alterConstraints: boolean;
  /** An existing column can be given another type. */
  readonly alterColumns: boolean;
  /** A UUID type of its own. */
  readonly nativeUuid: boolean;
  /** Comments on tables and columns. */
  readonly comments: boolean;
  /** The collation of a column can be chosen. */
  readonly collations: boolean;
  /** Whole numbers without a sign. */
  readonly unsigned: boolean;
  /** Decimals of any precision are ordered and summed as numbers. */
  readonly wideDecimals: boolean;
  /** SUM of a decimal column is exact. */
  readonly exactDecimalSums: boolean;
  /** The longest string that the column type itself enforces is enforced by the database. */
  readonly enforcesLength: boolean;
  /** The ids of one bulk insert are given back. */
  readonly bulkIds: boolean;
  /** The most values bound to one statement. */
  readonly maxBinds: number;
  /** A statement that fails inside a transaction fails all of it. */
  readonly transactionsFail?: true;
  /** NULL counts as the greatest value in an order; elsewhere it is the least. */
  readonly nullsGreatest?: true;
  /** ORDER BY … NULLS FIRST and NULLS LAST. */
  readonly nullsOrdering: boolean;
  /** The longest name of a table or column: in characters, or in bytes of UTF-8. */
  readonly maxNameLength: { readonly characters: number } | { readonly bytes: number };
  /** Names are of the Basic Multilingual Plane (no emoji), and do not end with a space. */
  readonly plainNames?: true;
  /** What it can do to its schema. */
  readonly schema: SchemaFeatures;
}

/** How much a transaction sees of others that go on at the same time. */
export const isolationLevels = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
export type IsolationLevel = (typeof isolationLevels)[number];

export interface TransactionManner {
  readonly isolation: IsolationLevel | undefined;
  readonly readOnly: boolean;
}

/** Collects the text and the values of one statement. */
export interface Writer {
  readonly dialect: Dialect;
  text(text: string): void;
  name(name: string): void;
  bind(value: Scalar, sensitive?: boolean): void;
  node(node: SqlNode): void;
  /** What bare columns go by while a query with joins is written; gives what it was before, to be put back. */
  qualifyWith(name: string | undefined): string | undefined;
  readonly qualifier: string | undefined;
  /** Begins a query (or a write) inside of those that are being written: what its table goes by, and the tables joined to it. */
  enter(table: string, joined?: readonly string[]): void;
  leave(): void;
  /** Another name for the table of the query that is being written; gives the one before, to be put back. */
  rename(table: string | undefined): string | undefined;
  /** What the table of a query further out goes by. @throws InvalidQuery where a table further in has that name */
  outer(levels: number): string;
  /** The name, or one with a number behind it where a query further out has a table of that name. */
  unused(name: string): string;
  list<T>(items: readonly T[], separator: string, write: (item: T) => void): void;
}

/** One function per kind of node. A dialect is the standard table with a few functions replaced. */
export type CompileTable = {
  readonly [K in SqlNode['kind']]: (node: Extract<SqlNode, { kind: K }>, writer: Writer) => void;
};

/** The statements of each schema operation. A dialect is the standard table with a few functions replaced. */
export type DdlTable = {
  readonly [K in DdlOperation['kind']]: (
    operation: Extract<DdlOperation, { kind: K }>,
    dialect: Dialect,
  ) => readonly string[];
};

/** How one kind of database writes SQL. */
export interface Dialect extends Encoding {
  /** For people: MySQL, MariaDB, PostgreSQL, SQLite. */
  readonly label: string;
  readonly features: Features;
  readonly quoteCharacter: '`' | '"';
  /** A value as text of a statement: only for DDL defaults and for drivers that send values inside the text. */
  literal(value: Scalar): string;
  /** Text inside an expression that the schema keeps, where its literal would not do. */
  readonly schemaText?: (text: string) => string;
  /** The marker of the value at `index` (from 0). */
  placeholder(index: number): string;
  /** What stands for the limit where only an offset is given; undefined where none is needed. */
  readonly endlessLimit: string | undefined;
  /** An insert of a row that has only defaults. */
  readonly emptyInsert: string;
  /** DEFAULT may stand in VALUES. */
  readonly defaultKeyword: boolean;
  /** Begins a transaction that will write. */
  readonly begin: string;
  /** What a savepoint can do as a transaction does: refuse writes, and check what would be checked by COMMIT. */
  readonly savepoints?: { readonly readOnly: string; readonly checkConstraints: string };
  /** The statements that begin a transaction which differs from that. */
  beginAs(manner: TransactionManner): readonly string[];
  /** Where the database has no transactions that only read: what forbids the session to write, and allows it again. */
  readonly readOnlySession?: { readonly on: string; readonly off: string };
  /** How foreign keys are suspended around a schema change that rebuilds tables; undefined where none does. */
  readonly foreignKeyChecks?: {
    readonly off: string;
    readonly on: string;
    /** The `name` of each table that has foreign keys. */
    readonly tables: string;
    /** By `row_id` and `parent`, the `count` of its keys that point to nothing. Fails where they point to what none can. */
    violations(table: string): string;
  };
  /** The clause that locks the rows of a SELECT, with a space before it. */
  lock(lock: LockNode): string;
  /** What tells the optimizer which index to use, behind a table's name. */
  indexHint(hint: IndexHint): string;
  readonly compile: CompileTable;
  readonly ddl: DdlTable;
}

/** The one place where an identifier becomes SQL. */
export function quoteName(name: string, dialect: Dialect): string {
  const problem = nameProblem(name, dialect);
  if (problem !== undefined)
    throw new InvalidQuery(`${JSON.stringify(name)} cannot be a name in ${dialect.label}: ${problem}.`);
  const quote = dialect.quoteCharacter;
  return quote + (name.includes(quote) ? name.replaceAll(quote, quote + quote) : name) + quote;
}

/** Why the database could not have a table or column of that name; undefined where it could. */
export function nameProblem(name: string, dialect: Dialect): string | undefined {
  if (typeof name !== 'string') return 'it is not text';
  if (name === '') return 'it is empty';
  if (name.includes('\0')) return 'it contains a NUL character';
  if (!name.isWellFormed()) return 'it contains half a surrogate pair';
  if (dialect.features.plainNames === true) {
    if (/[\ud800-\udfff]/.test(name)) return 'it contains a character beyond U+FFFF';
    if (name.endsWith(' ')) return 'it ends with a space';
  }
  const limit = dialect.features.maxNameLength;
  if ('characters' in limit)
    return name.length > limit.characters ? `it is longer than ${limit.characters} characters` : undefined;
  return Buffer.byteLength(name) > limit.bytes ? `it is longer than ${limit.bytes} bytes` : undefined;
}
