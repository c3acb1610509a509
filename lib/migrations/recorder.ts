import { IrreversibleMigration } from '../errors/migration.ts';
import { describeOperation, type MigrationOperation } from './operations.ts';

type InverseTable = {
  readonly [K in MigrationOperation['kind']]: (
    operation: Extract<MigrationOperation, { kind: K }>,
  ) => MigrationOperation | { readonly missing: string };
};

/** What undoes each operation; or what it would have to be told for that. */
const inverses: InverseTable = {
  createTable: ({ table }) => ({ kind: 'dropTable', table: table.name, ifExists: false, was: table }),
  dropTable: ({ was }) =>
    was === undefined
      ? { missing: 'Give dropTable the columns of the table too' }
      : { kind: 'createTable', table: was, ifNotExists: false },
  renameTable: ({ from, to }) => ({ kind: 'renameTable', from: to, to: from }),
  addColumn: ({ table, parts }) => ({ kind: 'removeColumn', table, column: parts.column.name, was: parts }),
  removeColumn: ({ table, was }) =>
    was === undefined
      ? { missing: 'Give removeColumn the column as third argument, such as column.string()' }
      : { kind: 'addColumn', table, parts: was },
  renameColumn: ({ table, from, to }) => ({ kind: 'renameColumn', table, from: to, to: from }),
  changeColumn: ({ table, column, was }) =>
    was === undefined
      ? { missing: 'Give changeColumn what the column was as fourth argument' }
      : { kind: 'changeColumn', table, column: was, was: column },
  addIndex: ({ index }) => ({
    kind: 'removeIndex',
    table: index.table,
    name: index.name,
    columns: index.columns,
    was: index,
  }),
  removeIndex: ({ was }) =>
    was === undefined ? { missing: 'Give removeIndex the columns of the index' } : { kind: 'addIndex', index: was },
  addForeignKey: ({ foreignKey }) => ({
    kind: 'removeForeignKey',
    table: foreignKey.table,
    name: foreignKey.name,
    columns: foreignKey.columns,
    was: foreignKey,
  }),
  removeForeignKey: ({ was }) =>
    was === undefined
      ? { missing: 'Give removeForeignKey the table that the key points to' }
      : { kind: 'addForeignKey', foreignKey: was },
  execute: () => ({ missing: 'What undoes SQL of your own only you know' }),
  data: () => ({ missing: 'What undoes a change of data only you know' }),
};

/** The operation that undoes `operation`; a text that says what is missing where there is none. */
export function inverseOf(operation: MigrationOperation): MigrationOperation | { readonly missing: string } {
  // Each function takes its own kind of operation, which TypeScript cannot follow through a lookup by that kind.
  const invert = inverses[operation.kind] as (
    operation: MigrationOperation,
  ) => MigrationOperation | { missing: string };
  return invert(operation);
}

/**
 * What undoes all of `operations`, in the order in which it has to be done.
 *
 * @param migration - its name, for the message
 * @throws IrreversibleMigration (`AR_MIGRATION_IRREVERSIBLE`) before anything is done, where one cannot be undone
 */
export function inversesOf(operations: readonly MigrationOperation[], migration: string): MigrationOperation[] {
  return operations.toReversed().map((operation) => {
    const inverse = inverseOf(operation);
    if ('kind' in inverse) return inverse;
    throw new IrreversibleMigration(
      `${migration} cannot be undone: nothing is known that undoes ${describeOperation(operation)}.`,
      {
        hint: `${inverse.missing}, or write up() and down() in place of change(). Nothing was changed.`,
      },
    );
  });
}
