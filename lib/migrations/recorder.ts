import { IrreversibleMigration } from '../errors/migration.ts';
import { describeOperation, type MigrationOperation, type SayOperation } from './operations.ts';

type InverseTable = {
  readonly [K in MigrationOperation['kind']]: (
    operation: Extract<MigrationOperation, { kind: K }>,
  ) => MigrationOperation | { readonly missing: string };
};

/** What undoes each operation; or what it would have to be told for that. */
const inverses: InverseTable = {
  createTable: ({ table, ifNotExists }) =>
    ifNotExists
      ? { missing: 'Whether the table was there before is not known then: leave out ifNotExists' }
      : { kind: 'dropTable', table: table.name, ifExists: false, was: table },
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
  changeColumnDefault: ({ table, column, to, was }) =>
    was === undefined
      ? { missing: 'Give changeColumnDefault both: { from, to }' }
      : { kind: 'changeColumnDefault', table, column, to: was, was: to },
  changeColumnNull: ({ table, column, nullable }) => ({
    kind: 'changeColumnNull',
    table,
    column,
    nullable: !nullable,
    fill: undefined,
  }),
  changeComment: ({ table, column, to, was }) =>
    was === undefined
      ? { missing: `Give ${column === undefined ? 'changeTableComment' : 'changeColumnComment'} both: { from, to }` }
      : { kind: 'changeComment', table, column, to: was, was: to },
  addIndex: ({ index, online, concurrently, ifNotExists }) =>
    ifNotExists === true
      ? { missing: 'Whether the index was there before is not known then: leave out ifNotExists' }
      : {
          kind: 'removeIndex',
          table: index.table,
          name: index.name,
          columns: index.columns,
          was: index,
          online,
          concurrently,
        },
  removeIndex: ({ was, online, concurrently }) =>
    was === undefined
      ? { missing: 'Give removeIndex the columns of the index' }
      : { kind: 'addIndex', index: was, online, concurrently },
  renameIndex: ({ table, from, to }) => ({ kind: 'renameIndex', table, from: to, to: from }),
  setIndexVisibility: (operation) => ({ ...operation, visible: !operation.visible }),
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
  changeForeignKey: ({ foreignKey, was }) =>
    was === undefined
      ? { missing: 'Give changeForeignKey what the key was as fourth argument' }
      : { kind: 'changeForeignKey', foreignKey: was, was: foreignKey },
  addCheck: (was) => ({ kind: 'removeConstraint', type: 'check', ...nameOf(was.check), was }),
  addUnique: (was) => ({ kind: 'removeConstraint', type: 'unique', ...nameOf(was.unique), was }),
  addExclusion: (was) => ({ kind: 'removeConstraint', type: 'exclusion', ...nameOf(was.exclusion), was }),
  removeConstraint: ({ was, type }) => was ?? { missing: `Say what the ${type} constraint was, not its name alone` },
  // What has been checked stays checked.
  validateConstraint: () => nothing,
  changeTable: ({ table, operations, online }) => {
    const inverses: MigrationOperation[] = [];
    for (const operation of operations.toReversed()) {
      const inverse = inverseOf(operation);
      if ('missing' in inverse) return inverse;
      inverses.push(inverse);
    }
    return { kind: 'changeTable', table, operations: inverses, online };
  },
  createView: ({ view }) => ({
    kind: 'dropView',
    name: view.name,
    materialized: view.materialized,
    ifExists: false,
    was: view,
  }),
  dropView: ({ was }) =>
    was === undefined ? { missing: 'Give dropView the query of the view' } : { kind: 'createView', view: was },
  alterView: ({ view, was }) =>
    was === undefined
      ? { missing: 'Give alterView the query that the view had' }
      : { kind: 'alterView', view: was, was: view },
  createEnum: ({ name, values }) => ({ kind: 'dropEnum', name, values }),
  dropEnum: ({ name, values }) =>
    values === undefined ? { missing: 'Give dropEnum the values of the type' } : { kind: 'createEnum', name, values },
  renameEnum: ({ from, to }) => ({ kind: 'renameEnum', from: to, to: from }),
  addEnumValue: () => ({ missing: 'The database cannot take a value out of an enum type' }),
  renameEnumValue: ({ name, from, to }) => ({ kind: 'renameEnumValue', name, from: to, to: from }),
  createObject: ({ type, name }) => ({ kind: 'dropObject', type, name }),
  dropObject: ({ type, name }) => ({ kind: 'createObject', type, name }),
  createVirtualTable: ({ table }) => ({ kind: 'dropVirtualTable', table: table.name, was: table }),
  dropVirtualTable: ({ was }) =>
    was === undefined
      ? { missing: 'Give dropVirtualTable the module and its arguments' }
      : { kind: 'createVirtualTable', table: was },
  execute: ({ statement, undo }) =>
    undo === undefined
      ? { missing: 'What undoes SQL of your own only you know: give execute a second statement' }
      : { kind: 'execute', statement: undo, undo: statement },
  data: () => ({ missing: 'What undoes a change of data only you know' }),
  reversible: ({ up, down }) => ({ kind: 'reversible', up: down, down: up }),
  say: ({ message, timer }) => ({ kind: 'say', message, timer: turned(timer) }),
};

const nothing: MigrationOperation = { kind: 'reversible', up: [], down: [] };

const nameOf = ({ table, name }: { readonly table: string; readonly name: string }) => ({
  table,
  name,
  columns: undefined,
});

/** What stood in front of timed work stands behind it then. */
function turned(timer: SayOperation['timer']): SayOperation['timer'] {
  if (timer === undefined) return undefined;
  return timer === 'begin' ? 'end' : 'begin';
}

/** The operations that are carried out, with those that were put together taken apart. */
export function flattened(operation: MigrationOperation): MigrationOperation[] {
  return operation.kind === 'reversible' ? operation.up.flatMap(flattened) : [operation];
}

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
  return operations.toReversed().flatMap((operation) => {
    const inverse = inverseOf(operation);
    if ('kind' in inverse) return flattened(inverse);
    throw new IrreversibleMigration(
      `${migration} cannot be undone: nothing is known that undoes ${describeOperation(operation)}.`,
      {
        hint: `${inverse.missing}, or write up() and down() in place of change(). Nothing was changed.`,
      },
    );
  });
}
