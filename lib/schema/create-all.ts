import type { Connection } from '../connection/connection.ts';
import { resolveConnection } from '../connection/registry.ts';
import type { ForeignKeySpec, TableSpec } from '../sql/ddl/spec.ts';
import { orderTables } from './table-order.ts';

/** What `createAll` and `dropAll` need of a model. */
export interface SchemaModel {
  /** The name of the connection that the model's table belongs to. */
  readonly connectionName: string;
  /** The model's table, as its definition describes it. */
  tableSpec(): TableSpec | Promise<TableSpec>;
  /** The tables between it and other models, which are nobody's own. */
  joinTables?(): readonly TableSpec[];
}

/**
 * Makes the tables of the models that do not exist yet, with their indexes and foreign keys, in the order that the keys
 * ask for; also the join table of a hasAndBelongsToMany between two of them. Tables that exist are left as they are: to change them, write a migration.
 *
 * @param models - in any order; tables that they refer to are among them, or exist
 * @throws StatementError where the database refuses a table; PostgreSQL and SQLite then make none of them
 * @example
 * ```ts
 * await createAll([User, Post]);
 * // CREATE TABLE IF NOT EXISTS `users` (…)
 * // CREATE TABLE IF NOT EXISTS `posts` (…, CONSTRAINT `fk_posts_author_id` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`))
 * ```
 */
export async function createAll(models: Iterable<SchemaModel>): Promise<void> {
  for (const [connection, tables] of await tablesByConnection(models)) {
    await connection.schemaTransaction(async () => {
      const existing = new Set(await connection.introspect((introspection, driver) => introspection.tables(driver)));
      const missing = tables.filter((table) => !existing.has(table.name));
      const { ordered, late } = orderTables(missing);
      // A database that cannot add a key to a table takes one to a table that does not exist yet.
      const addLater = connection.dialect.features.alterConstraints ? late : [];
      for (const table of ordered) {
        const foreignKeys = table.foreignKeys.filter((key) => !addLater.includes(key));
        await connection.applyDdl({ kind: 'createTable', table: { ...table, foreignKeys }, ifNotExists: true });
      }
      for (const foreignKey of addLater) await connection.applyDdl({ kind: 'addForeignKey', foreignKey });
    });
  }
}

/**
 * Drops the tables of the models, with all their rows, those that refer to others first. Tables that do not exist are
 * passed over.
 *
 * @throws StatementError where a table that is not among them refers to one of them
 * @example
 * ```ts
 * await dropAll([User, Post]);   // DROP TABLE IF EXISTS `posts`; DROP TABLE IF EXISTS `users`
 * ```
 */
export async function dropAll(models: Iterable<SchemaModel>): Promise<void> {
  for (const [connection, tables] of await tablesByConnection(models)) {
    await connection.schemaTransaction(async () => {
      const { ordered, late } = orderTables(tables);
      if (connection.dialect.features.alterConstraints) await removeForeignKeys(connection, late);
      for (const table of ordered.toReversed())
        await connection.applyDdl({ kind: 'dropTable', table: table.name, ifExists: true });
    });
  }
}

/** Those that exist, under whatever name: the tables may have been made by another hand. */
async function removeForeignKeys(connection: Connection, keys: readonly ForeignKeySpec[]): Promise<void> {
  for (const key of keys) {
    const existing = await connection.introspect((introspection, driver) =>
      introspection.foreignKeys(driver, key.table),
    );
    for (const { name, columns, toTable } of existing) {
      if (toTable !== key.toTable || columns.join() !== key.columns.join()) continue;
      await connection.applyDdl({ kind: 'removeForeignKey', table: key.table, name });
    }
  }
}

/** Models that share a table (a class and its subclasses) describe it alike: the first one speaks. */
async function tablesByConnection(models: Iterable<SchemaModel>): Promise<Map<Connection, TableSpec[]>> {
  const groups = new Map<Connection, TableSpec[]>();
  const between = new Map<Connection, TableSpec[]>();
  const all = [...models];
  // A class that shares the table of another one is known to that from here on: each table is asked for again below.
  for (const model of all) await model.tableSpec();
  for (const model of all) {
    const connection = await resolveConnection(model.connectionName);
    const table = await model.tableSpec();
    const group = groups.get(connection) ?? [];
    if (!group.some(({ name }) => name === table.name)) group.push(table);
    groups.set(connection, group);
    between.set(connection, [...(between.get(connection) ?? []), ...(model.joinTables?.() ?? [])]);
  }
  for (const [connection, tables] of groups) addJoinTables(tables, between.get(connection) ?? []);
  return groups;
}

/** Those whose two models are here; one that has a model of its own is that model's. */
function addJoinTables(tables: TableSpec[], joinTables: readonly TableSpec[]): void {
  const isHere = (name: string) => tables.some((table) => table.name === name);
  for (const joinTable of joinTables) {
    if (!isHere(joinTable.name) && joinTable.foreignKeys.every(({ toTable }) => isHere(toTable)))
      tables.push(joinTable);
  }
}
