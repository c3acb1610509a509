import type { ColumnParts } from '../schema/table-spec.ts';
import type {
  AddForeignKey,
  AddIndex,
  ColumnSpec,
  CreateTable,
  ForeignKeySpec,
  IndexSpec,
  RenameColumn,
  RenameTable,
  TableSpec,
} from '../sql/ddl/spec.ts';
import type { Sql } from '../sql/template.ts';
import type { DataOperation } from './data-steps.ts';

// What migrations ask for, as values: `was` is what an operation that takes something away must be told to be undone.

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
}
export interface ChangeColumnOperation {
  readonly kind: 'changeColumn';
  readonly table: string;
  readonly column: ColumnSpec;
  readonly was: ColumnSpec | undefined;
}
/** By name, or by its columns: renamed tables keep the old names of their indexes. */
export interface RemoveIndexOperation {
  readonly kind: 'removeIndex';
  readonly table: string;
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly was: IndexSpec | undefined;
}
/** By name, or by its columns and the table that it points to. */
export interface RemoveForeignKeyOperation {
  readonly kind: 'removeForeignKey';
  readonly table: string;
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly was: ForeignKeySpec | undefined;
}
export interface ExecuteOperation {
  readonly kind: 'execute';
  readonly statement: Sql;
}

export type MigrationOperation =
  | CreateTable
  | DropTableOperation
  | RenameTable
  | AddColumnOperation
  | RemoveColumnOperation
  | RenameColumn
  | ChangeColumnOperation
  | AddIndex
  | RemoveIndexOperation
  | AddForeignKey
  | RemoveForeignKeyOperation
  | ExecuteOperation
  | DataOperation;

/** For people: `addColumn users.age`. */
export function describeOperation(operation: MigrationOperation): string {
  switch (operation.kind) {
    case 'createTable':
      return `createTable ${operation.table.name}`;
    case 'dropTable':
      return `dropTable ${operation.table}`;
    case 'renameTable':
      return `renameTable ${operation.from} to ${operation.to}`;
    case 'addColumn':
      return `addColumn ${operation.table}.${operation.parts.column.name}`;
    case 'removeColumn':
      return `removeColumn ${operation.table}.${operation.column}`;
    case 'renameColumn':
      return `renameColumn ${operation.table}.${operation.from} to ${operation.to}`;
    case 'changeColumn':
      return `changeColumn ${operation.table}.${operation.column.name}`;
    case 'addIndex':
      return `addIndex ${operation.index.name} on ${operation.index.table}`;
    case 'removeIndex':
      return `removeIndex ${operation.name ?? `(${operation.columns?.join(', ')})`} of ${operation.table}`;
    case 'addForeignKey':
      return `addForeignKey ${operation.foreignKey.name} of ${operation.foreignKey.table}`;
    case 'removeForeignKey':
      return `removeForeignKey ${operation.name ?? `(${operation.columns?.join(', ')})`} of ${operation.table}`;
    case 'execute':
      return 'execute';
    case 'data':
      return 'data';
  }
}
