import type { StorageType } from '../../types/column-type.ts';
import type { Scalar } from '../../types/type.ts';

// Tables as plain values, as DDL needs them: names are those of the database, not of attributes.

export type ReferentialAction = 'cascade' | 'restrict' | 'setNull' | 'noAction';

export interface ColumnSpec {
  readonly name: string;
  readonly type: StorageType;
  readonly nullable: boolean;
  /** A constant default in the form of the program's values; undefined where there is none. */
  readonly default: Scalar | undefined;
  readonly comment: string | undefined;
  readonly collation: string | undefined;
}
export interface IndexSpec {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
}
export interface ForeignKeySpec {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly toTable: string;
  readonly toColumns: readonly string[];
  readonly onDelete: ReferentialAction | undefined;
  readonly onUpdate: ReferentialAction | undefined;
}
export interface TableSpec {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  /** Names of the key's columns, in order; a single column of kind `id` counts itself up. */
  readonly primaryKey: readonly string[];
  readonly indexes: readonly IndexSpec[];
  readonly foreignKeys: readonly ForeignKeySpec[];
  readonly comment?: string | undefined;
}

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
export interface AddIndex {
  readonly kind: 'addIndex';
  readonly index: IndexSpec;
}
export interface RemoveIndex {
  readonly kind: 'removeIndex';
  readonly table: string;
  readonly name: string;
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
export type DdlOperation =
  | CreateTable
  | DropTable
  | RenameTable
  | AddColumn
  | RemoveColumn
  | RenameColumn
  | ChangeColumn
  | AddIndex
  | RemoveIndex
  | AddForeignKey
  | RemoveForeignKey;
