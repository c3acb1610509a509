import type { ColumnParts } from '../schema/table-spec.ts';
import type {
  AddCheck,
  AddEnumValue,
  AddExclusion,
  AddForeignKey,
  AddIndex,
  AddUnique,
  AlterView,
  ColumnSpec,
  CreateEnum,
  CreateObject,
  CreateTable,
  CreateView,
  CreateVirtualTable,
  DropEnum,
  DropObject,
  DropView,
  DropVirtualTable,
  ForeignKeySpec,
  IndexSpec,
  OnlineSpec,
  RemoveIndex,
  RenameColumn,
  RenameEnum,
  RenameEnumValue,
  RenameIndex,
  RenameTable,
  TableSpec,
  ValidateConstraint,
  ViewSpec,
  VirtualTableSpec,
} from '../sql/ddl/spec.ts';
import type { Expression } from '../sql/nodes.ts';
import type { Sql } from '../sql/template.ts';
import type { DataOperation } from './data-steps.ts';

// What migrations ask for, as values: `was` is what an operation that takes something away must be told to be undone.

/**
 * The migration itself says what is removed: where that is something else, undoing it would make what never was, so it is
 * refused. What undoes an addition removes whatever has become of it.
 */
export type Exact = true | undefined;

export interface DropTableOperation {
  readonly kind: 'dropTable';
  readonly table: string;
  readonly ifExists: boolean;
  readonly was: TableSpec | undefined;
}
export interface AddColumnOperation {
  readonly kind: 'addColumn';
  readonly table: string;
  readonly parts: ColumnParts;
}
export interface RemoveColumnOperation {
  readonly kind: 'removeColumn';
  readonly table: string;
  readonly column: string;
  readonly was: ColumnParts | undefined;
  readonly exact?: Exact;
}
export interface ChangeColumnOperation {
  readonly kind: 'changeColumn';
  readonly table: string;
  readonly column: ColumnSpec;
  readonly was: ColumnSpec | undefined;
}
/** A value of the program (null for no default), or SQL that the database computes. */
export type DefaultArgument = { readonly value: unknown } | { readonly expression: Expression };
export interface ChangeColumnDefaultOperation {
  readonly kind: 'changeColumnDefault';
  readonly table: string;
  readonly column: string;
  readonly to: DefaultArgument;
  readonly was: DefaultArgument | undefined;
}
export interface ChangeColumnNullOperation {
  readonly kind: 'changeColumnNull';
  readonly table: string;
  readonly column: string;
  readonly nullable: boolean;
  /** What rows that hold NULL are given before it is forbidden; undefined where they are left alone. */
  readonly fill: unknown;
}
/** `to` and `was` are null where there is no comment; `was` is undefined where it is not known. */
export interface ChangeCommentOperation {
  readonly kind: 'changeComment';
  readonly table: string;
  /** undefined for the comment of the table itself. */
  readonly column: string | undefined;
  readonly to: string | null;
  readonly was: string | null | undefined;
}
export interface AddIndexOperation extends AddIndex {
  readonly ifNotExists?: boolean | undefined;
}
/** By name, or by its columns: renamed tables keep the old names of their indexes. */
export interface RemoveIndexOperation extends Pick<RemoveIndex, 'online' | 'concurrently'> {
  readonly kind: 'removeIndex';
  readonly table: string;
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly was: IndexSpec | undefined;
  readonly exact?: Exact;
}
export interface SetIndexVisibilityOperation {
  readonly kind: 'setIndexVisibility';
  readonly table: string;
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly visible: boolean;
}
/** By name, or by its columns and the table that it points to. */
export interface RemoveForeignKeyOperation {
  readonly kind: 'removeForeignKey';
  readonly table: string;
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly was: ForeignKeySpec | undefined;
  readonly exact?: Exact;
}
/** The key over the same columns, with other options. */
export interface ChangeForeignKeyOperation {
  readonly kind: 'changeForeignKey';
  readonly foreignKey: ForeignKeySpec;
  readonly was: ForeignKeySpec | undefined;
}
export interface RemoveConstraintOperation {
  readonly kind: 'removeConstraint';
  readonly type: 'check' | 'unique' | 'exclusion';
  readonly table: string;
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly was: AddCheck | AddUnique | AddExclusion | undefined;
  readonly exact?: Exact;
}
/** Several changes of one table, in one statement where the database can. */
export interface ChangeTableOperation {
  readonly kind: 'changeTable';
  readonly table: string;
  readonly operations: readonly MigrationOperation[];
  readonly online: OnlineSpec;
}
export interface DropViewOperation extends DropView {
  readonly was: ViewSpec | undefined;
}
export interface AlterViewOperation extends AlterView {
  readonly was: ViewSpec | undefined;
}
export interface DropVirtualTableOperation extends DropVirtualTable {
  readonly was: VirtualTableSpec | undefined;
}
export interface DropEnumOperation extends DropEnum {
  readonly values: readonly string[] | undefined;
}
export interface ExecuteOperation {
  readonly kind: 'execute';
  readonly statement: Sql;
  /** The statement that undoes it. */
  readonly undo?: Sql | undefined;
}
/** What is done in one direction, and what in the other. */
export interface ReversibleOperation {
  readonly kind: 'reversible';
  readonly up: readonly MigrationOperation[];
  readonly down: readonly MigrationOperation[];
}
/** A message for whoever runs the migration, which changes nothing. */
export interface SayOperation {
  readonly kind: 'say';
  readonly message: string;
  /** The message stands in front of work that is timed, or behind it. */
  readonly timer: 'begin' | 'end' | undefined;
}

export type MigrationOperation =
  | CreateTable
  | DropTableOperation
  | RenameTable
  | AddColumnOperation
  | RemoveColumnOperation
  | RenameColumn
  | ChangeColumnOperation
  | ChangeColumnDefaultOperation
  | ChangeColumnNullOperation
  | ChangeCommentOperation
  | AddIndexOperation
  | RemoveIndexOperation
  | RenameIndex
  | SetIndexVisibilityOperation
  | AddForeignKey
  | RemoveForeignKeyOperation
  | ChangeForeignKeyOperation
  | AddCheck
  | AddUnique
  | AddExclusion
  | RemoveConstraintOperation
  | ValidateConstraint
  | ChangeTableOperation
  | CreateView
  | DropViewOperation
  | AlterViewOperation
  | CreateEnum
  | DropEnumOperation
  | RenameEnum
  | AddEnumValue
  | RenameEnumValue
  | CreateObject
  | DropObject
  | CreateVirtualTable
  | DropVirtualTableOperation
  | ExecuteOperation
  | DataOperation
  | ReversibleOperation
  | SayOperation;

type Descriptions = {
  readonly [K in MigrationOperation['kind']]: (operation: Extract<MigrationOperation, { kind: K }>) => string;
};

interface Named {
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
}
const named = ({ name, columns }: Named): string => name ?? `(${columns?.join(', ')})`;

const descriptions: Descriptions = {
  createTable: ({ table }) => table.name,
  dropTable: ({ table }) => table,
  renameTable: ({ from, to }) => `${from} to ${to}`,
  addColumn: ({ table, parts }) => `${table}.${parts.column.name}`,
  removeColumn: ({ table, column }) => `${table}.${column}`,
  renameColumn: ({ table, from, to }) => `${table}.${from} to ${to}`,
  changeColumn: ({ table, column }) => `${table}.${column.name}`,
  changeColumnDefault: ({ table, column }) => `${table}.${column}`,
  changeColumnNull: ({ table, column }) => `${table}.${column}`,
  changeComment: ({ table, column }) => (column === undefined ? table : `${table}.${column}`),
  addIndex: ({ index }) => `${index.name} on ${index.table}`,
  removeIndex: (operation) => `${named(operation)} of ${operation.table}`,
  renameIndex: ({ table, from, to }) => `${from} of ${table} to ${to}`,
  setIndexVisibility: (operation) => `${named(operation)} of ${operation.table}`,
  addForeignKey: ({ foreignKey }) => `${foreignKey.name} of ${foreignKey.table}`,
  removeForeignKey: (operation) => `${named(operation)} of ${operation.table}`,
  changeForeignKey: ({ foreignKey }) => `${foreignKey.name} of ${foreignKey.table}`,
  addCheck: ({ check }) => `${check.name} of ${check.table}`,
  addUnique: ({ unique }) => `${unique.name} of ${unique.table}`,
  addExclusion: ({ exclusion }) => `${exclusion.name} of ${exclusion.table}`,
  removeConstraint: (operation) => `${named(operation)} of ${operation.table}`,
  validateConstraint: ({ table, name }) => `${name} of ${table}`,
  changeTable: ({ table, operations }) => `${table} (${operations.map(describeOperation).join(', ')})`,
  createView: ({ view }) => view.name,
  dropView: ({ name }) => name,
  alterView: ({ view }) => view.name,
  createEnum: ({ name }) => name,
  dropEnum: ({ name }) => name,
  renameEnum: ({ from, to }) => `${from} to ${to}`,
  addEnumValue: ({ name, value }) => `"${value}" of ${name}`,
  renameEnumValue: ({ name, from, to }) => `"${from}" of ${name} to "${to}"`,
  createObject: ({ type, name }) => `${type} ${name}`,
  dropObject: ({ type, name }) => `${type} ${name}`,
  createVirtualTable: ({ table }) => table.name,
  dropVirtualTable: ({ table }) => table,
  execute: () => '',
  data: () => '',
  reversible: ({ up }) => `(${up.map(describeOperation).join(', ')})`,
  say: ({ message }) => `"${message}"`,
};

/** What a migration calls an operation, where that is not its kind. */
const calls: Partial<Record<MigrationOperation['kind'], string>> = {
  addCheck: 'addCheckConstraint',
  addUnique: 'addUniqueConstraint',
  addExclusion: 'addExclusionConstraint',
  createObject: 'create',
  dropObject: 'drop',
};

/** For people: `addColumn users.age`. */
export function describeOperation(operation: MigrationOperation): string {
  // Each function takes its own kind of operation, which TypeScript cannot follow through a lookup by that kind.
  const describe = descriptions[operation.kind] as (operation: MigrationOperation) => string;
  return `${calls[operation.kind] ?? operation.kind} ${describe(operation)}`.trimEnd();
}
