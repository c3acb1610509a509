import type { IndexMethod } from './parts.ts';

/** What a connected database can do to its schema, beside tables, columns, plain indexes and foreign keys. */
export interface SchemaFeatures {
  /** An index over an expression. */
  readonly expressionIndexes: boolean;
  /** An index over the rows that fulfil a condition. */
  readonly partialIndexes: boolean;
  readonly descendingIndexes: boolean;
  /** An index over the first characters of a column. */
  readonly prefixIndexes: boolean;
  /** FULLTEXT and SPATIAL indexes. */
  readonly typedIndexes: boolean;
  readonly indexMethods: readonly IndexMethod[];
  /** INCLUDE. */
  readonly includedColumns: boolean;
  readonly operatorClasses: boolean;
  /** CONCURRENTLY. */
  readonly concurrentIndexes: boolean;
  /** NOT VALID, and VALIDATE CONSTRAINT later. */
  readonly lateValidation: boolean;
  /** The words for an index that the optimizer does not use, and for one that it does. */
  readonly indexVisibility: { readonly hidden: string; readonly shown: string } | undefined;
  /** ALGORITHM and LOCK. */
  readonly onlineChanges: boolean;
  /** Several changes of one table in one statement. */
  readonly bulkChanges: boolean;
  /** FIRST and AFTER. */
  readonly columnPosition: boolean;
  /** Character sets and storage engines of tables and columns. */
  readonly charsets: boolean;
  /** Generated columns that are computed when they are read. */
  readonly virtualColumns: boolean;
  readonly deferrableForeignKeys: boolean;
  readonly deferrableUnique: boolean;
  /** A unique constraint is an index, and nothing else. */
  readonly uniqueIsIndex: boolean;
  readonly exclusionConstraints: boolean;
  readonly materializedViews: boolean;
  /** Enum types that columns share. */
  readonly enumTypes: boolean;
  readonly schemas: boolean;
  readonly extensions: boolean;
  /** Tables that a module keeps, such as a search index. */
  readonly virtualTables: boolean;
}

export const mysqlSchema: SchemaFeatures = {
  expressionIndexes: true,
  partialIndexes: false,
  descendingIndexes: true,
  prefixIndexes: true,
  typedIndexes: true,
  indexMethods: ['btree', 'hash'],
  includedColumns: false,
  operatorClasses: false,
  concurrentIndexes: false,
  lateValidation: false,
  indexVisibility: { hidden: 'INVISIBLE', shown: 'VISIBLE' },
  onlineChanges: true,
  bulkChanges: true,
  columnPosition: true,
  charsets: true,
  virtualColumns: true,
  deferrableForeignKeys: false,
  deferrableUnique: false,
  uniqueIsIndex: true,
  exclusionConstraints: false,
  materializedViews: false,
  enumTypes: false,
  schemas: false,
  extensions: false,
  virtualTables: false,
};

/** MariaDB, by its version: 10.6 brought ignored indexes, 10.8 descending ones. */
export function mariadbSchema(atLeast: (minor: number) => boolean): SchemaFeatures {
  return {
    ...mysqlSchema,
    expressionIndexes: false,
    descendingIndexes: atLeast(8),
    indexVisibility: atLeast(6) ? { hidden: 'IGNORED', shown: 'NOT IGNORED' } : undefined,
  };
}

export const postgresSchema: SchemaFeatures = {
  ...mysqlSchema,
  partialIndexes: true,
  prefixIndexes: false,
  typedIndexes: false,
  indexMethods: ['btree', 'hash', 'gin', 'gist', 'spgist', 'brin'],
  includedColumns: true,
  operatorClasses: true,
  concurrentIndexes: true,
  lateValidation: true,
  indexVisibility: undefined,
  onlineChanges: false,
  bulkChanges: false,
  columnPosition: false,
  charsets: false,
  virtualColumns: false,
  deferrableForeignKeys: true,
  deferrableUnique: true,
  uniqueIsIndex: false,
  exclusionConstraints: true,
  materializedViews: true,
  enumTypes: true,
  schemas: true,
  extensions: true,
};

export const sqliteSchema: SchemaFeatures = {
  ...mysqlSchema,
  partialIndexes: true,
  prefixIndexes: false,
  typedIndexes: false,
  indexMethods: [],
  indexVisibility: undefined,
  onlineChanges: false,
  bulkChanges: false,
  columnPosition: false,
  charsets: false,
  deferrableForeignKeys: true,
  uniqueIsIndex: false,
  virtualTables: true,
};
