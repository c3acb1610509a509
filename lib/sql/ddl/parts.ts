import type { StorageType } from '../../types/column-type.ts';
import type { Scalar } from '../../types/type.ts';
import type { Expression } from '../nodes.ts';

// What tables consist of, as plain values: names are those of the database, not of attributes.

export type ReferentialAction = 'cascade' | 'restrict' | 'setNull' | 'noAction';

/** A column that the database computes from the others of its row. */
export interface GeneratedSpec {
  readonly expression: Expression;
  /** Kept in the row; otherwise computed whenever it is read. */
  readonly stored: boolean;
}
/** Where a column stands: at the front, or behind another. */
export type PositionSpec = { readonly first: true } | { readonly after: string };

export interface ColumnSpec {
  readonly name: string;
  readonly type: StorageType;
  readonly nullable: boolean;
  /** A constant default in the form of the program's values; undefined where there is none. */
  readonly default: Scalar | undefined;
  readonly comment: string | undefined;
  readonly collation: string | undefined;
  /** A default that the database computes for each row. */
  readonly computedDefault?: Expression | undefined;
  readonly charset?: string | undefined;
  readonly generated?: GeneratedSpec | undefined;
  readonly position?: PositionSpec | undefined;
}

export type IndexOrder = 'asc' | 'desc';
export type IndexMethod = 'btree' | 'hash' | 'gin' | 'gist' | 'spgist' | 'brin';
export type IndexType = 'fulltext' | 'spatial';

/** One place of an index: a column or an expression. */
export interface IndexPart {
  readonly column: string | undefined;
  readonly expression: Expression | undefined;
  readonly order: IndexOrder | undefined;
  /** How many characters of a column are indexed. */
  readonly length: number | undefined;
  /** PostgreSQL: `gin_trgm_ops`. */
  readonly operatorClass: string | undefined;
}
export interface IndexSpec {
  readonly name: string;
  readonly table: string;
  /** Its columns; those of its expressions are not known here. */
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Its places in order, where they are more than columns. */
  readonly parts?: readonly IndexPart[] | undefined;
  /** Only the rows that fulfil it are indexed. */
  readonly where?: Expression | undefined;
  readonly using?: IndexMethod | undefined;
  readonly type?: IndexType | undefined;
  /** Columns that are carried along, and are no part of the key. */
  readonly include?: readonly string[] | undefined;
  /** Kept up to date, and not used by the optimizer. */
  readonly invisible?: boolean | undefined;
  readonly comment?: string | undefined;
}

/** Checked at the end of the transaction where it is `deferred`; `immediate` can be made so by SET CONSTRAINTS. */
export type Deferrable = 'deferred' | 'immediate';

export interface ForeignKeySpec {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly toTable: string;
  readonly toColumns: readonly string[];
  readonly onDelete: ReferentialAction | undefined;
  readonly onUpdate: ReferentialAction | undefined;
  readonly deferrable?: Deferrable | undefined;
  /** Rows that are there already are not checked. */
  readonly unvalidated?: boolean | undefined;
}
export interface CheckSpec {
  readonly name: string;
  readonly table: string;
  readonly condition: Expression;
  /** Rows that are there already are not checked. */
  readonly unvalidated: boolean;
}
export interface UniqueSpec {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly deferrable: Deferrable | undefined;
}
export interface ExclusionElement {
  readonly column: string | undefined;
  readonly expression: Expression | undefined;
  /** The operator: `=`, `&&`. */
  readonly with: string;
}
export interface ExclusionSpec {
  readonly name: string;
  readonly table: string;
  readonly using: IndexMethod;
  readonly elements: readonly ExclusionElement[];
  readonly where: Expression | undefined;
  readonly deferrable: Deferrable | undefined;
}
export interface ViewSpec {
  readonly name: string;
  readonly query: Expression;
  readonly materialized: boolean;
}
export interface VirtualTableSpec {
  readonly name: string;
  /** Such as `fts5`. */
  readonly module: string;
  /** Columns and settings, in the module's own words. */
  readonly args: readonly string[];
}
export interface TableSpec {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  /** Names of the key's columns, in order; a single column of kind `id` counts itself up. */
  readonly primaryKey: readonly string[];
  readonly indexes: readonly IndexSpec[];
  readonly foreignKeys: readonly ForeignKeySpec[];
  readonly comment?: string | undefined;
  readonly engine?: string | undefined;
  readonly charset?: string | undefined;
  readonly collation?: string | undefined;
  /** Text behind the columns, as it stands. */
  readonly options?: string | undefined;
}

/** How a server goes about a change of a table (MySQL, MariaDB). */
export interface OnlineSpec {
  readonly algorithm?: 'default' | 'instant' | 'inplace' | 'copy' | 'nocopy' | undefined;
  readonly lock?: 'default' | 'none' | 'shared' | 'exclusive' | undefined;
}
