import type { Scalar, Type } from '../types/type.ts';

// Statements as frozen values. They say what is meant, not how a database writes it: compile.ts turns them into text.

export interface ColumnNode {
  readonly kind: 'column';
  readonly table: string | undefined;
  readonly name: string;
}
/** A column of a query that stands around a correlated one, by whatever name its table goes there. */
export interface OuterColumnNode {
  readonly kind: 'outer';
  readonly name: string;
  /** How many queries further out: 1 is the one around this one. */
  readonly levels: number;
}
/** A value of the program. Its type decides how it is sent, so that the database never has to coerce a column. */
export interface BindNode {
  readonly kind: 'bind';
  readonly value: unknown;
  readonly type: Type;
  /** Must not be logged. */
  readonly sensitive: boolean;
}
/** Text of the application's own, from the `sql` template: `parts` stand around `values`. */
export interface RawNode {
  readonly kind: 'raw';
  readonly parts: readonly string[];
  readonly values: readonly Expression[];
}
export interface NameNode {
  readonly kind: 'name';
  readonly path: readonly string[];
}
export type AggregateName = 'count' | 'sum' | 'avg' | 'min' | 'max';
export interface AggregateNode {
  readonly kind: 'aggregate';
  readonly name: AggregateName;
  /** undefined counts rows. */
  readonly operand: Expression | undefined;
  readonly distinct: boolean;
}
/** A value inside a JSON document, as one type of JSON: NULL where there is none of that type. */
export interface JsonExtractNode {
  readonly kind: 'jsonExtract';
  readonly operand: Expression;
  readonly path: readonly (string | number)[];
  readonly as: 'text' | 'number' | 'boolean' | 'any';
}
/** A number column with something added to it; NULL counts as 0. */
export interface IncrementNode {
  readonly kind: 'increment';
  readonly column: string;
  readonly by: BindNode;
}
/** In the update of an upsert: the value that the row was to be inserted with. */
export interface ExcludedNode {
  readonly kind: 'excluded';
  readonly column: string;
}
export type Expression =
  | ColumnNode
  | OuterColumnNode
  | IncrementNode
  | ExcludedNode
  | BindNode
  | RawNode
  | NameNode
  | AggregateNode
  | JsonExtractNode
  | SelectStatement
  | CompoundStatement;

export type ComparisonOperator = '=' | '<>' | '>' | '>=' | '<' | '<=';
export interface ComparisonNode {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}
export interface NullTestNode {
  readonly kind: 'nullTest';
  readonly operand: Expression;
  readonly negated: boolean;
}
export interface MembershipNode {
  readonly kind: 'membership';
  readonly operand: Expression;
  readonly values: readonly BindNode[];
  readonly negated: boolean;
}
export interface RangeNode {
  readonly kind: 'range';
  readonly operand: Expression;
  readonly from: Expression;
  readonly to: Expression;
  readonly negated: boolean;
}
export interface LikeNode {
  readonly kind: 'like';
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly negated: boolean;
}
/** Two JSON documents are the same, whatever their text. */
export interface JsonEqualityNode {
  readonly kind: 'jsonEquality';
  readonly operand: Expression;
  readonly value: BindNode;
  readonly negated: boolean;
}
/** A column is among the rows of a query of one column. */
export interface SubqueryMembershipNode {
  readonly kind: 'inSelect';
  readonly operand: Expression;
  readonly select: Subquery;
  readonly negated: boolean;
}
export interface ExistsNode {
  readonly kind: 'exists';
  readonly select: Subquery;
  readonly negated: boolean;
}
/** Full-text search. */
export interface MatchNode {
  readonly kind: 'match';
  readonly columns: readonly ColumnNode[];
  readonly text: BindNode;
}
export interface JunctionNode {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Predicate[];
}
export interface NegationNode {
  readonly kind: 'not';
  readonly operand: Predicate;
}
/** A condition whose bare columns are those of one table of the query. */
export interface QualifiedNode {
  readonly kind: 'qualified';
  readonly by: string;
  readonly operand: Predicate;
}
export interface ConstantNode {
  readonly kind: 'constant';
  readonly value: boolean;
}
export type Predicate =
  | ComparisonNode
  | NullTestNode
  | MembershipNode
  | RangeNode
  | LikeNode
  | JsonEqualityNode
  | SubqueryMembershipNode
  | ExistsNode
  | MatchNode
  | JunctionNode
  | NegationNode
  | QualifiedNode
  | ConstantNode
  | RawNode;

export interface SelectedNode {
  readonly expression: Expression;
  readonly alias: string | undefined;
}
export interface OrderNode {
  readonly expression: Expression;
  readonly direction: 'asc' | 'desc';
  /** Where NULL stands; undefined leaves it to the database. */
  readonly nulls?: 'first' | 'last' | undefined;
}
export type Subquery = SelectStatement | CompoundStatement | RawNode;
export interface TableSource {
  readonly table: string;
  /** The name that its columns go by; undefined for the table's own. */
  readonly alias?: string | undefined;
  readonly indexHints?: readonly IndexHint[];
}
export interface IndexHint {
  readonly kind: 'use' | 'force' | 'ignore';
  readonly indexes: readonly string[];
}
export interface JoinNode {
  readonly type: 'inner' | 'left';
  readonly table: string;
  readonly alias: string | undefined;
  /** Rows to join in place of the table's; they go by the alias. */
  readonly select?: Subquery;
  readonly on: Predicate;
}
export interface CommonTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly query: Subquery;
  readonly recursive: boolean;
}
export interface LockNode {
  /** Only the rows of this table, where other tables stand beside it that may have none. */
  readonly of?: string;
  readonly strength: 'update' | 'share';
  readonly wait: 'wait' | 'skipLocked' | 'noWait';
}
export interface SelectStatement {
  readonly kind: 'select';
  readonly with?: readonly CommonTable[];
  /**
   * It speaks of rows of the queries around it: its table then goes by a name that none of theirs has, and its own columns
   * are written with that name.
   */
  readonly correlated?: boolean;
  /** Its conditions where its table does not go by its own name, which those in `where` may say. */
  readonly renamedWhere?: Predicate;
  /** For the optimizer, in the database's own words. */
  readonly hints?: readonly string[];
  readonly distinct: boolean;
  readonly columns: readonly SelectedNode[];
  readonly from: TableSource | { readonly select: Subquery; readonly alias: string };
  readonly joins?: readonly JoinNode[];
  readonly where: Predicate | undefined;
  readonly group?: readonly Expression[];
  readonly having?: Predicate | undefined;
  readonly order: readonly OrderNode[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly lock?: LockNode | undefined;
  /** Comments behind the statement. */
  readonly comments?: readonly string[];
}
/** Rows of several queries. Its members have no order and no limit of their own. */
export interface CompoundStatement {
  readonly kind: 'compound';
  readonly operator: 'UNION' | 'UNION ALL' | 'INTERSECT' | 'EXCEPT';
  readonly members: readonly Subquery[];
}
/** In an inserted row: let the database fill in the column's default. */
export const databaseDefault: unique symbol = Symbol('DEFAULT');
export type InsertedValue = Scalar | typeof databaseDefault;

export interface AssignmentNode {
  readonly column: string;
  readonly value: Expression;
}
/** What happens where a row of the same unique values is there already. */
export interface ConflictNode {
  readonly kind: 'conflict';
  /** The columns of the unique index. */
  readonly target: readonly string[];
  /** Whichever unique index it is, and there may be none: the target only names some columns of the table. */
  readonly anyIndex?: true;
  /** What is written to the row that is there; nothing leaves it as it is. */
  readonly set: readonly AssignmentNode[];
}
export interface InsertStatement {
  readonly kind: 'insert';
  readonly table: string;
  readonly columns: readonly string[];
  /** Already in the form of the connected database: a bulk insert has too many values for a node each. */
  readonly rows: readonly (readonly InsertedValue[])[];
  /** Positions in `columns` whose values must not be logged. */
  readonly sensitive: readonly number[];
  readonly conflict?: ConflictNode | undefined;
  /** Columns to give back, where the database can. */
  readonly returning: readonly string[];
}
export interface UpdateStatement {
  readonly kind: 'update';
  readonly table: string;
  readonly set: readonly AssignmentNode[];
  readonly where: Predicate | undefined;
  /** Columns to give back, where the database can. */
  readonly returning?: readonly string[];
}
export interface DeleteStatement {
  readonly kind: 'delete';
  readonly table: string;
  readonly where: Predicate | undefined;
}
export type Statement = SelectStatement | CompoundStatement | InsertStatement | UpdateStatement | DeleteStatement;
export type SqlNode = Expression | Predicate | Statement | ConflictNode;

export const columnNode = (name: string, table?: string): ColumnNode => ({ kind: 'column', table, name });

export const bindNode = (value: unknown, type: Type, sensitive = false): BindNode => ({
  kind: 'bind',
  value,
  type,
  sensitive,
});

export const always: ConstantNode = { kind: 'constant', value: true };
export const never: ConstantNode = { kind: 'constant', value: false };

/** Flat, so that ten thousand conditions are a long list and not a deep tree. */
export function conjunction(operands: readonly Predicate[]): Predicate {
  return operands.length === 1 && operands[0] !== undefined ? operands[0] : { kind: 'and', operands };
}
