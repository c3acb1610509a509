import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import type { DdlOperation, ForeignKeySpec } from '../sql/ddl/spec.ts';
import { foreignKeysOf, indexesOf, requireForeignKey, requireIndex, sameNames, tableExists } from './catalogue.ts';
import type {
  ExecuteOperation,
  MigrationOperation,
  RemoveColumnOperation,
  RemoveForeignKeyOperation,
} from './operations.ts';

/** One change of the schema, or a statement of the migration's own. */
export type SchemaStep = DdlOperation | ExecuteOperation;

/** What an operation consists of on this database as it is now, in order; nothing is changed by asking. */
export async function stepsOf(operation: MigrationOperation, connection: Connection): Promise<readonly SchemaStep[]> {
  switch (operation.kind) {
    case 'createTable':
      for (const key of operation.table.foreignKeys) await requireTarget(key, connection);
      return [operation];
    case 'dropTable':
      return [{ kind: 'dropTable', table: operation.table, ifExists: operation.ifExists }];
    case 'addColumn': {
      const { column, indexes, foreignKeys } = operation.parts;
      const own = indexes.map((index): SchemaStep => ({ kind: 'addIndex', index }));
      const covered = indexes.map(({ columns }) => columns);
      const keys: SchemaStep[] = [];
      for (const key of foreignKeys) keys.push(...(await addForeignKey(key, connection, covered)));
      return [{ kind: 'addColumn', table: operation.table, column }, ...own, ...keys];
    }
    case 'removeColumn':
      return removeColumn(operation, connection);
    case 'changeColumn':
      return [{ kind: 'changeColumn', table: operation.table, column: operation.column }];
    case 'removeIndex': {
      const { table } = operation;
      return [{ kind: 'removeIndex', table, name: await requireIndex(connection, table, operation) }];
    }
    case 'addForeignKey':
      return addForeignKey(operation.foreignKey, connection, []);
    case 'removeForeignKey':
      return removeForeignKey(operation, connection);
    case 'data':
      // Its batches have transactions of their own: it is no part of another operation.
      throw new MigrationInvalid(
        'A data step stands by itself in up(), down() or change(), not inside of another operation.',
      );
    default:
      return [operation];
  }
}

/** With the column's own indexes and keys: some databases drop them along, others refuse while they are there. */
async function removeColumn({ table, column }: RemoveColumnOperation, connection: Connection): Promise<SchemaStep[]> {
  const keys = (await foreignKeysOf(connection, table)).filter(({ columns }) => columns.includes(column));
  const indexes = (await indexesOf(connection, table)).filter(
    ({ columns, primary }) => !primary && columns.includes(column),
  );
  for (const { name, columns } of [...keys, ...indexes]) {
    if (columns.length === 1) continue;
    throw new MigrationInvalid(`The column "${table}.${column}" is a part of "${name}" (${columns.join(', ')}).`, {
      hint: 'Remove that first, with removeIndex or removeForeignKey, so that it can be made again when this is undone.',
    });
  }
  return [
    ...keys.map(({ name }): SchemaStep => ({ kind: 'removeForeignKey', table, name })),
    ...indexes.map(({ name }): SchemaStep => ({ kind: 'removeIndex', table, name })),
    { kind: 'removeColumn', table, column },
  ];
}

/**
 * A foreign key has an index that begins with its columns: MySQL asks for one, and elsewhere every DELETE of a parent
 * would read the whole table. Where none does, it gets one of the key's own name, which is gone with the key.
 *
 * @param covered - the columns of indexes that are made before it
 */
async function addForeignKey(
  foreignKey: ForeignKeySpec,
  connection: Connection,
  covered: readonly (readonly string[])[],
): Promise<SchemaStep[]> {
  const { table, columns, name } = foreignKey;
  await requireTarget(foreignKey, connection);
  const existing = [...(await indexesOf(connection, table)).map((index) => index.columns), ...covered];
  const isCovered = existing.some((each) => sameNames(each.slice(0, columns.length), columns));
  const index: SchemaStep[] = isCovered ? [] : [{ kind: 'addIndex', index: { name, table, columns, unique: false } }];
  return [...index, { kind: 'addForeignKey', foreignKey }];
}

/** SQLite would take a key to nowhere, and MySQL says no more than "errno: 150". */
async function requireTarget({ name, table, toTable }: ForeignKeySpec, connection: Connection): Promise<void> {
  if (toTable === table || (await tableExists(connection, toTable))) return;
  throw new MigrationInvalid(`The table "${toTable}" that the foreign key ${name} points to does not exist.`, {
    hint: 'Create it first. Where two tables point to each other, add one of the keys afterwards with addForeignKey.',
  });
}

async function removeForeignKey(operation: RemoveForeignKeyOperation, connection: Connection): Promise<SchemaStep[]> {
  const { table } = operation;
  const name = await requireForeignKey(connection, table, operation);
  const hasIndex = (await indexesOf(connection, table)).some((index) => index.name === name);
  const index: SchemaStep[] = hasIndex ? [{ kind: 'removeIndex', table, name }] : [];
  return [{ kind: 'removeForeignKey', table, name }, ...index];
}
