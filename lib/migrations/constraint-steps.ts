import type { IndexDescription } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import type { ForeignKeySpec } from '../sql/ddl/spec.ts';
import { foreignKeyProblems, requireAsDescribed } from './as-described.ts';
import { foreignKeysOf, indexesOf, requireConstraint, requireForeignKey, sameNames, tableExists } from './catalogue.ts';
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
  const existing = (await indexesOf(connection, table)).filter(isWhole).map((index) => index.columns);
  const index: SchemaStep[] = isCovered(columns, [...existing, ...covered])
    ? []
    : [{ kind: 'addIndex', index: { name, table, columns, unique: false } }];
  return [...index, { kind: 'addForeignKey', foreignKey }];
}

/** One over some of the rows, or over the beginning of a text, or over its words, is none that a key could go by. */
const isWhole = ({ where, lengths, method }: IndexDescription): boolean => (where ?? lengths ?? method) === undefined;

const isCovered = (columns: readonly string[], indexes: readonly (readonly string[])[]): boolean =>
  indexes.some((each) => sameNames(each.slice(0, columns.length), columns));

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
  const { table, was } = operation;
  const name = await requireForeignKey(connection, table, operation);
  if (operation.exact === true && was !== undefined) {
    const key = (await foreignKeysOf(connection, table)).find((each) => each.name === name);
    const problems = key === undefined ? [] : foreignKeyProblems(key, was, connection.dialect);
    requireAsDescribed(
      `The foreign key "${name}" of "${table}"`,
      problems,
      `removeForeignKey('${table}', { name: '${name}' })`,
    );
  }
  const indexes = await indexesOf(connection, table);
  const own = indexes.find((index) => index.name === name);
  // Where another index serves the key too, its own would not be made again with it.
  const others = indexes.filter((index) => index !== own && isWhole(index)).map((index) => index.columns);
  const index: SchemaStep[] =
    own === undefined || isCovered(own.columns, others) ? [] : [{ kind: 'removeIndex', table, name }];
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
  const { kind, table, type, was } = operation;
  const name = await requireConstraint(connection, table, type, operation);
  if (operation.exact === true && was?.kind === 'addUnique' && was.unique.name !== name)
    requireAsDescribed(
      `The unique constraint "${name}" of "${table}"`,
      [`it is not named "${was.unique.name}"`],
      `removeUniqueConstraint('${table}', { name: '${name}' })`,
    );
  return [{ kind, table, type, name }];
}
