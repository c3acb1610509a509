import type { StorageType } from '../../types/column-type.ts';
import type { Scalar } from '../../types/type.ts';
import type { Expression } from '../nodes.ts';
import type {
  CheckSpec,
  ColumnSpec,
  ExclusionSpec,
  ForeignKeySpec,
  IndexSpec,
  OnlineSpec,
  TableSpec,
  UniqueSpec,
  ViewSpec,
  VirtualTableSpec,
} from './parts.ts';

export type * from './parts.ts';

// Changes of the schema as plain values.

export interface CreateTable {
  readonly kind: 'createTable';
  readonly table: TableSpec;
  readonly ifNotExists: boolean;
}
export interface DropTable {
  readonly kind: 'dropTable';
  readonly table: string;
  readonly ifExists: boolean;
}
export interface RenameTable {
  readonly kind: 'renameTable';
  readonly from: string;
  readonly to: string;
}
export interface AddColumn {
  readonly kind: 'addColumn';
  readonly table: string;
  readonly column: ColumnSpec;
}
export interface RemoveColumn {
  readonly kind: 'removeColumn';
  readonly table: string;
  readonly column: string;
}
export interface RenameColumn {
  readonly kind: 'renameColumn';
  readonly table: string;
  readonly from: string;
  readonly to: string;
}
/** Gives a column the type, nullability, default, comment and collation of `column`. */
export interface ChangeColumn {
  readonly kind: 'changeColumn';
  readonly table: string;
  readonly column: ColumnSpec;
}
/** Gives a column another default, and nothing else. */
export interface ChangeColumnDefault {
  readonly kind: 'changeColumnDefault';
  readonly table: string;
  readonly column: string;
  /** The column's type: it decides how the value is written. */
  readonly type: StorageType;
  readonly nullable: boolean;
  readonly default: Scalar | undefined;
  readonly computedDefault: Expression | undefined;
}
/** Allows NULL in a column, or forbids it. */
export interface ChangeColumnNull {
  readonly kind: 'changeColumnNull';
  readonly table: string;
  readonly column: string;
  readonly nullable: boolean;
  /** The column in the database's own words, where its statement has to repeat them. */
  readonly definition: string | undefined;
}
export interface ChangeColumnComment {
  readonly kind: 'changeColumnComment';
  readonly table: string;
  readonly column: string;
  readonly comment: string | undefined;
  /** The column in the database's own words, where its statement has to repeat them. */
  readonly definition: string | undefined;
}
export interface ChangeTableComment {
  readonly kind: 'changeTableComment';
  readonly table: string;
  readonly comment: string | undefined;
}
export interface AddIndex {
  readonly kind: 'addIndex';
  readonly index: IndexSpec;
  readonly online?: OnlineSpec | undefined;
  /** Without stopping those who write to the table (PostgreSQL). */
  readonly concurrently?: boolean | undefined;
}
export interface RemoveIndex {
  readonly kind: 'removeIndex';
  readonly table: string;
  readonly name: string;
  readonly online?: OnlineSpec | undefined;
  readonly concurrently?: boolean | undefined;
}
export interface RenameIndex {
  readonly kind: 'renameIndex';
  readonly table: string;
  readonly from: string;
  readonly to: string;
}
/** Whether the optimizer uses it. */
export interface SetIndexVisibility {
  readonly kind: 'setIndexVisibility';
  readonly table: string;
  readonly name: string;
  readonly visible: boolean;
}
export interface AddForeignKey {
  readonly kind: 'addForeignKey';
  readonly foreignKey: ForeignKeySpec;
}
export interface RemoveForeignKey {
  readonly kind: 'removeForeignKey';
  readonly table: string;
  readonly name: string;
}
export interface AddCheck {
  readonly kind: 'addCheck';
  readonly check: CheckSpec;
}
export interface AddUnique {
  readonly kind: 'addUnique';
  readonly unique: UniqueSpec;
}
export interface AddExclusion {
  readonly kind: 'addExclusion';
  readonly exclusion: ExclusionSpec;
}
/** A check, unique or exclusion constraint. */
export interface RemoveConstraint {
  readonly kind: 'removeConstraint';
  readonly table: string;
  readonly name: string;
  readonly type: 'check' | 'unique' | 'exclusion';
}
/** Checks the rows of a constraint that was added without. */
export interface ValidateConstraint {
  readonly kind: 'validateConstraint';
  readonly table: string;
  readonly name: string;
}
/** Several changes of one table in one statement. */
export interface AlterTable {
  readonly kind: 'alterTable';
  readonly table: string;
  readonly changes: readonly DdlOperation[];
  readonly online: OnlineSpec;
}
export interface CreateView {
  readonly kind: 'createView';
  readonly view: ViewSpec;
}
export interface DropView {
  readonly kind: 'dropView';
  readonly name: string;
  readonly materialized: boolean;
  readonly ifExists: boolean;
}
/** A view of that name with another query. */
export interface AlterView {
  readonly kind: 'alterView';
  readonly view: ViewSpec;
}
export interface CreateEnum {
  readonly kind: 'createEnum';
  readonly name: string;
  readonly values: readonly string[];
}
export interface DropEnum {
  readonly kind: 'dropEnum';
  readonly name: string;
}
export interface RenameEnum {
  readonly kind: 'renameEnum';
  readonly from: string;
  readonly to: string;
}
export interface AddEnumValue {
  readonly kind: 'addEnumValue';
  readonly name: string;
  readonly value: string;
  readonly place: { readonly before: string } | { readonly after: string } | undefined;
}
export interface RenameEnumValue {
  readonly kind: 'renameEnumValue';
  readonly name: string;
  readonly from: string;
  readonly to: string;
}
/** A namespace of tables, or an extension of the server. */
export interface CreateObject {
  readonly kind: 'createObject';
  readonly type: 'schema' | 'extension';
  readonly name: string;
}
export interface DropObject {
  readonly kind: 'dropObject';
  readonly type: 'schema' | 'extension';
  readonly name: string;
}
/** A table that a module of the database keeps, such as a search index (SQLite). */
export interface CreateVirtualTable {
  readonly kind: 'createVirtualTable';
  readonly table: VirtualTableSpec;
}
export interface DropVirtualTable {
  readonly kind: 'dropVirtualTable';
  readonly table: string;
}
export type DdlOperation =
  | CreateTable
  | DropTable
  | RenameTable
  | AddColumn
  | RemoveColumn
  | RenameColumn
  | ChangeColumn
  | ChangeColumnDefault
  | ChangeColumnNull
  | ChangeColumnComment
  | ChangeTableComment
  | AddIndex
  | RemoveIndex
  | RenameIndex
  | SetIndexVisibility
  | AddForeignKey
  | RemoveForeignKey
  | AddCheck
  | AddUnique
  | AddExclusion
  | RemoveConstraint
  | ValidateConstraint
  | AlterTable
  | CreateView
  | DropView
  | AlterView
  | CreateEnum
  | DropEnum
  | RenameEnum
  | AddEnumValue
  | RenameEnumValue
  | CreateObject
  | DropObject
  | CreateVirtualTable
  | DropVirtualTable;
