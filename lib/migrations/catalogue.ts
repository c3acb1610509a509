import type { ConstraintDescription, ForeignKeyDescription, IndexDescription } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import { foreignKeyName, indexName, uniqueName } from '../sql/ddl/names.ts';

// What the database knows of its tables, as migrations ask for it.

export async function tableExists(connection: Connection, table: string): Promise<boolean> {
  return (await connection.introspect((introspection, driver) => introspection.tables(driver))).includes(table);
}

export async function columnExists(connection: Connection, table: string, column: string): Promise<boolean> {
  const columns = await connection.introspect((introspection, driver) => introspection.columns(driver, table));
  return columns.some(({ name }) => name === column);
}

export function indexesOf(connection: Connection, table: string): Promise<IndexDescription[]> {
  return connection.introspect((introspection, driver) => introspection.indexes(driver, table));
}

export function foreignKeysOf(connection: Connection, table: string): Promise<ForeignKeyDescription[]> {
  return connection.introspect((introspection, driver) => introspection.foreignKeys(driver, table));
}

export const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);

/** How an operation names an index or key: by its name, by its columns, or by both (the columns count where it was renamed). */
export interface Target {
  readonly name: string | undefined;
  readonly columns: readonly string[] | undefined;
}

/** The index's name, as the database has it. */
export async function requireIndex(connection: Connection, table: string, target: Target): Promise<string> {
  const indexes = (await indexesOf(connection, table)).filter(({ primary }) => !primary);
  return required('index', table, indexes, target, (columns) => indexName(table, columns));
}

/** The name of an index that can be removed, as the database has it. */
export async function requireOwnIndex(connection: Connection, table: string, target: Target): Promise<string> {
  const name = await requireIndex(connection, table, target);
  const index = (await indexesOf(connection, table)).find((each) => each.name === name);
  if (index?.constraint !== true) return name;
  throw new MigrationInvalid(`The index "${name}" of "${table}" belongs to a constraint, and goes with that.`, {
    hint: 'Remove the constraint: removeUniqueConstraint, or removeExclusionConstraint.',
  });
}

/** The foreign key's name, as the database has it. */
export async function requireForeignKey(connection: Connection, table: string, target: Target): Promise<string> {
  const keys = await foreignKeysOf(connection, table);
  return required('foreign key', table, keys, target, (columns) => foreignKeyName(table, columns));
}

export function constraintsOf(connection: Connection, table: string): Promise<ConstraintDescription[]> {
  return connection.introspect((introspection, driver) => introspection.constraints(driver, table));
}

/** The constraint's name, as the database has it. */
export async function requireConstraint(
  connection: Connection,
  table: string,
  type: ConstraintDescription['type'],
  target: Target,
): Promise<string> {
  const asIndexes = type === 'unique' && connection.dialect.features.schema.uniqueIsIndex;
  const existing: readonly Named[] = asIndexes
    ? (await indexesOf(connection, table)).filter(({ unique, primary }) => unique && !primary)
    : (await constraintsOf(connection, table)).filter((each) => each.type === type);
  return required(`${type} constraint`, table, existing, target, (columns) => uniqueName(table, columns));
}

/** A foreign key or a check that can be validated later. */
export async function requireValidated(connection: Connection, table: string, name: string): Promise<void> {
  const existing = [...(await foreignKeysOf(connection, table)), ...(await constraintsOf(connection, table))];
  required('foreign key or check', table, existing, { name, columns: undefined }, () => name);
}

export async function foreignKeyExists(connection: Connection, table: string, target: Target): Promise<boolean> {
  return (await foreignKeysOf(connection, table)).some((key) => matches(key, target));
}

export async function constraintExists(connection: Connection, table: string, name: string): Promise<boolean> {
  return (await constraintsOf(connection, table)).some((each) => each.name === name);
}

export async function indexExists(connection: Connection, table: string, { name, columns }: Target): Promise<boolean> {
  const indexes = await indexesOf(connection, table);
  return indexes.some((index) => matches(index, { name, columns }));
}

const matches = (each: Named, { name, columns }: Target): boolean =>
  each.name === name || (columns !== undefined && sameNames(each.columns, columns));

interface Named {
  readonly name: string;
  readonly columns: readonly string[];
}

function required(
  what: string,
  table: string,
  existing: readonly Named[],
  { name, columns }: Target,
  usual: (columns: readonly string[]) => string,
): string {
  if (existing.some((each) => each.name === name) && name !== undefined) return name;
  if (columns !== undefined) {
    const found = existing.filter((each) => sameNames(each.columns, columns));
    // Of several over the same columns, the one whose name follows the convention.
    const best = found.find((each) => each.name === usual(columns)) ?? found[0];
    if (best !== undefined) return best.name;
  }
  const wanted = columns === undefined ? `named "${name}"` : `over (${columns.join(', ')})`;
  const list = existing
    .map((each) => (each.columns.length === 0 ? each.name : `${each.name} (${each.columns.join(', ')})`))
    .join(', ');
  throw new MigrationInvalid(`The table "${table}" has no ${what} ${wanted}.`, {
    hint: list === '' ? 'It has none at all.' : `It has ${list}.`,
  });
}
