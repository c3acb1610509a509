import type { Scalar, Type } from '../types/type.ts';

// Statements as frozen values. They say what is meant, not how a database writes it: compile.ts turns them into text.

export interface ColumnNode {
  readonly kind: 'column';
  readonly table: string | undefined;
  readonly name: string;
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
export type Expression = ColumnNode | BindNode | RawNode | NameNode | AggregateNode | SelectStatement;

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
export interface JunctionNode {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Predicate[];
}
export interface NegationNode {
  readonly kind: 'not';
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
  | JunctionNode
  | NegationNode
  | ConstantNode
  | RawNode;

export interface SelectedNode {
  readonly expression: Expression;
  readonly alias: string | undefined;
}
export interface OrderNode {
  readonly expression: Expression;
  readonly direction: 'asc' | 'desc';
}
export interface SelectStatement {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly columns: readonly SelectedNode[];
  readonly from: { readonly table: string } | { readonly select: SelectStatement; readonly alias: string };
  readonly where: Predicate | undefined;
  readonly order: readonly OrderNode[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}
/** In an inserted row: let the database fill in the column's default. */
export const databaseDefault: unique symbol = Symbol('DEFAULT');
export type InsertedValue = Scalar | typeof databaseDefault;

export interface InsertStatement {
  readonly kind: 'insert';
  readonly table: string;
  readonly columns: readonly string[];
  /** Already in the form of the connected database: a bulk insert has too many values for a node each. */
  readonly rows: readonly (readonly InsertedValue[])[];
  /** Positions in `columns` whose values must not be logged. */
  readonly sensitive: readonly number[];
  /** Columns to give back, where the database can. */
  readonly returning: readonly string[];
}
export interface UpdateStatement {
  readonly kind: 'update';
  readonly table: string;
  readonly set: readonly { readonly column: string; readonly value: Expression }[];
  readonly where: Predicate | undefined;
}
export interface DeleteStatement {
  readonly kind: 'delete';
  readonly table: string;
  readonly where: Predicate | undefined;
}
export type Statement = SelectStatement | InsertStatement | UpdateStatement | DeleteStatement;
export type SqlNode = Expression | Predicate | Statement;

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
