import { CapabilityMissing } from '../../errors/query.ts';
import type { Dialect } from '../dialect.ts';
import type { SchemaFeatures } from './features.ts';
import type { AddIndex, ColumnSpec, DdlOperation, ForeignKeySpec, IndexSpec, OnlineSpec, TableSpec } from './spec.ts';

/** @throws CapabilityMissing */
function need(has: boolean, dialect: Dialect, what: string, hint: string): void {
  if (!has) throw new CapabilityMissing(`${dialect.label} has no ${what}.`, { hint });
}

const schemaOf = (dialect: Dialect): SchemaFeatures => dialect.features.schema;

function checkColumn({ name, position, charset, generated }: ColumnSpec, dialect: Dialect): void {
  const { columnPosition, charsets, virtualColumns } = schemaOf(dialect);
  const label = `of "${name}"`;
  if (position !== undefined)
    need(
      columnPosition,
      dialect,
      `positions of columns, as the ${label.slice(3)} asks for`,
      'Leave out first and after.',
    );
  if (charset !== undefined)
    need(
      charsets,
      dialect,
      `character sets of columns, such as that ${label}`,
      'Leave out charset; all text is UTF-8.',
    );
  if (generated?.stored === false)
    need(virtualColumns, dialect, `virtual generated columns, such as "${name}"`, 'Give { stored: true }.');
}

function checkIndex(index: IndexSpec, dialect: Dialect): void {
  const schema = schemaOf(dialect);
  const parts = index.parts ?? [];
  const of = `(index "${index.name}")`;
  if (parts.some(({ expression }) => expression !== undefined))
    need(schema.expressionIndexes, dialect, `indexes over expressions ${of}`, 'Add a generated column and index that.');
  if (parts.some(({ order }) => order === 'desc'))
    need(
      schema.descendingIndexes,
      dialect,
      `descending indexes ${of}`,
      'Leave out the order; it reads indexes backwards too.',
    );
  if (parts.some(({ length }) => length !== undefined))
    need(schema.prefixIndexes, dialect, `indexes over the beginning of a column ${of}`, 'Leave out length.');
  if (parts.some(({ operatorClass }) => operatorClass !== undefined))
    need(schema.operatorClasses, dialect, `operator classes ${of}`, 'Leave out operatorClass.');
  if (index.where !== undefined)
    need(schema.partialIndexes, dialect, `partial indexes ${of}`, 'Leave out where, or index a generated column.');
  if (index.type !== undefined)
    need(
      schema.typedIndexes,
      dialect,
      `${index.type} indexes ${of}`,
      'Use { using: "gin" } where it has that, or a table of its own.',
    );
  if (index.using !== undefined) {
    const hint = schema.indexMethods.length === 0 ? 'Leave out using.' : `It has ${schema.indexMethods.join(', ')}.`;
    need(schema.indexMethods.includes(index.using), dialect, `${index.using} indexes ${of}`, hint);
  }
  if (index.include !== undefined)
    need(schema.includedColumns, dialect, `indexes that carry columns along ${of}`, 'Leave out include.');
  if (index.invisible === true)
    need(schema.indexVisibility !== undefined, dialect, `invisible indexes ${of}`, 'Leave out invisible.');
}

function checkOnline(online: OnlineSpec | undefined, dialect: Dialect): void {
  if (online?.algorithm === undefined && online?.lock === undefined) return;
  need(
    schemaOf(dialect).onlineChanges,
    dialect,
    'ALGORITHM and LOCK for changes of a table',
    'Leave out algorithm and lock.',
  );
}

function checkConcurrently({ concurrently }: Pick<AddIndex, 'concurrently'>, dialect: Dialect): void {
  if (concurrently !== true) return;
  const hint = schemaOf(dialect).onlineChanges
    ? "Give { algorithm: 'inplace', lock: 'none' }."
    : 'Leave out concurrently.';
  need(schemaOf(dialect).concurrentIndexes, dialect, 'concurrent making of indexes', hint);
}

function checkForeignKey({ name, deferrable, unvalidated }: ForeignKeySpec, dialect: Dialect): void {
  const { deferrableForeignKeys, lateValidation } = schemaOf(dialect);
  if (deferrable !== undefined)
    need(deferrableForeignKeys, dialect, `deferrable foreign keys ("${name}")`, 'Leave out deferrable.');
  if (unvalidated === true)
    need(lateValidation, dialect, `constraints that are validated later ("${name}")`, noValidation);
}

const virtualHint = (dialect: Dialect): string =>
  schemaOf(dialect).typedIndexes
    ? "For search, give an index { type: 'fulltext' }."
    : "For search, give an index over an expression { using: 'gin' }.";

const noValidation = 'Leave out validate: all rows are checked when it is added.';

function checkTable(table: TableSpec, dialect: Dialect): void {
  if (table.engine !== undefined || table.charset !== undefined || table.collation !== undefined) {
    const hint = 'Leave out engine, charset and collation.';
    need(
      schemaOf(dialect).charsets,
      dialect,
      `engines, character sets and collations of tables ("${table.name}")`,
      hint,
    );
  }
  for (const column of table.columns) checkColumn(column, dialect);
  for (const index of table.indexes) checkIndex(index, dialect);
  for (const key of table.foreignKeys) checkForeignKey(key, dialect);
}

/**
 * Whether the database can do that at all, before anything is sent.
 *
 * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`)
 */
export function requireCapable(operation: DdlOperation, dialect: Dialect): void {
  const schema = schemaOf(dialect);
  switch (operation.kind) {
    case 'createTable':
      checkTable(operation.table, dialect);
      return;
    case 'addColumn':
    case 'changeColumn':
      checkColumn(operation.column, dialect);
      return;
    case 'changeColumnComment':
    case 'changeTableComment':
      need(dialect.features.comments, dialect, 'comments on tables and columns', 'Leave it out.');
      return;
    case 'addIndex':
      checkIndex(operation.index, dialect);
      checkOnline(operation.online, dialect);
      checkConcurrently(operation, dialect);
      return;
    case 'removeIndex':
      checkOnline(operation.online, dialect);
      checkConcurrently(operation, dialect);
      return;
    case 'setIndexVisibility':
      need(schema.indexVisibility !== undefined, dialect, 'invisible indexes', 'Remove the index.');
      return;
    case 'addForeignKey':
      checkForeignKey(operation.foreignKey, dialect);
      return;
    case 'addCheck':
      if (operation.check.unvalidated)
        need(
          schema.lateValidation,
          dialect,
          `constraints that are validated later ("${operation.check.name}")`,
          noValidation,
        );
      return;
    case 'addUnique':
      if (operation.unique.deferrable !== undefined)
        need(
          schema.deferrableUnique,
          dialect,
          `deferrable unique constraints ("${operation.unique.name}")`,
          'Leave out deferrable.',
        );
      return;
    case 'addExclusion':
      need(
        schema.exclusionConstraints,
        dialect,
        `exclusion constraints ("${operation.exclusion.name}")`,
        'Check it in a trigger, or in the program under a lock.',
      );
      return;
    case 'validateConstraint':
      need(
        schema.lateValidation,
        dialect,
        'constraints that are validated later',
        'All rows were checked when it was added.',
      );
      return;
    case 'alterTable':
      checkOnline(operation.online, dialect);
      for (const change of operation.changes) requireCapable(change, dialect);
      return;
    case 'createView':
    case 'alterView':
      if (operation.view.materialized)
        need(
          schema.materializedViews,
          dialect,
          `materialized views ("${operation.view.name}")`,
          'Make a plain view, or a table.',
        );
      return;
    case 'dropView':
      if (operation.materialized)
        need(schema.materializedViews, dialect, `materialized views ("${operation.name}")`, 'Leave out materialized.');
      return;
    case 'createEnum':
    case 'dropEnum':
    case 'renameEnum':
    case 'addEnumValue':
    case 'renameEnumValue':
      need(schema.enumTypes, dialect, 'enum types of their own', 'Declare the column with column.enum([…]).');
      return;
    case 'createObject':
    case 'dropObject':
      if (operation.type === 'schema')
        need(schema.schemas, dialect, 'schemas inside of a database', 'Make another database.');
      else need(schema.extensions, dialect, 'extensions', 'Leave it out.');
      return;
    case 'createVirtualTable':
    case 'dropVirtualTable':
      need(schema.virtualTables, dialect, 'virtual tables', virtualHint(dialect));
      return;
    default:
      return;
  }
}
