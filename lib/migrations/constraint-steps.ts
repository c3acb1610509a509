import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import type { ForeignKeySpec } from '../sql/ddl/spec.ts';
import { indexesOf, requireConstraint, requireForeignKey, sameNames, tableExists } from './catalogue.ts';
import type { ChangeForeignKeyOperation, RemoveConstraintOperation, RemoveForeignKeyOperation } from './operations.ts';
import type { SchemaStep } from './schema-step.ts';

/**
 * A foreign key has an index that begins with its columns: MySQL asks for one, and elsewhere every DELETE of a parent
 * would read the whole table. Where none does, it gets one of the key's own name, which is gone with the key.
 *
 * @param covered - the columns of indexes that are made before it
 */
export async function addForeignKey(
  foreignKey: ForeignKeySpec,
  connection: Connection,
  covered: readonly (readonly string[])[],
): Promise<SchemaStep[]> {
  const { table, columns, name } = foreignKey;
  await requireTarget(foreignKey, connection);
  // One over some of the rows, or over the beginning of a text, is none that a key could go by.
  const whole = (await indexesOf(connection, table)).filter(({ where, lengths }) => (where ?? lengths) === undefined);
  const existing = [...whole.map((index) => index.columns), ...covered];
  const isCovered = existing.some((each) => sameNames(each.slice(0, columns.length), columns));
  const index: SchemaStep[] = isCovered ? [] : [{ kind: 'addIndex', index: { name, table, columns, unique: false } }];
  return [...index, { kind: 'addForeignKey', foreignKey }];
}

/** SQLite would take a key to nowhere, and MySQL says no more than "errno: 150". */
export async function requireTarget({ name, table, toTable }: ForeignKeySpec, connection: Connection): Promise<void> {
  if (toTable === table || (await tableExists(connection, toTable))) return;
  throw new MigrationInvalid(`The table "${toTable}" that the foreign key ${name} points to does not exist.`, {
    hint: 'Create it first. Where two tables point to each other, add one of the keys afterwards with addForeignKey.',
  });
}

export async function removeForeignKey(
  operation: RemoveForeignKeyOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const { table } = operation;
  const name = await requireForeignKey(connection, table, operation);
  const hasIndex = (await indexesOf(connection, table)).some((index) => index.name === name);
  const index: SchemaStep[] = hasIndex ? [{ kind: 'removeIndex', table, name }] : [];
  return [{ kind: 'removeForeignKey', table, name }, ...index];
}

/** The key anew; its index stays. */
export async function changeForeignKey(
  { foreignKey }: ChangeForeignKeyOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const { table, name, columns } = foreignKey;
  await requireTarget(foreignKey, connection);
  const found = await requireForeignKey(connection, table, { name, columns });
  // Under the name that it has: another one would be found by nobody who knew the old.
  return [
    { kind: 'removeForeignKey', table, name: found },
    { kind: 'addForeignKey', foreignKey: { ...foreignKey, name: found } },
  ];
}

export async function removeConstraint(
  operation: RemoveConstraintOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const { kind, table, type } = operation;
  return [{ kind, table, type, name: await requireConstraint(connection, table, type, operation) }];
}
