import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { StatementError } from '../../lib/errors/statement.ts';
import { column } from '../../lib/schema/builders.ts';
import { createAll, dropAll, type SchemaModel } from '../../lib/schema/create-all.ts';
import { type TableColumns, tableSpec } from '../../lib/schema/table-spec.ts';
import { sql } from '../../lib/sql/template.ts';
import { createDatabase, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';

describeEachDatabase('createAll and dropAll', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  let runs = 0;

  beforeEach(async () => {
    database = await createDatabase(dialect);
    connection = await connections.define(`create-all-${dialect}-${++runs}`, database.url).open();
  });
  afterEach(async () => {
    await connection.close();
    await database.drop();
  });

  const model = (table: string, columns: TableColumns): SchemaModel => ({
    connectionName: connection.name,
    tableSpec: () => tableSpec(table, columns),
  });
  const tables = async () => Object.keys(await schemaSnapshot(connection));
  const user = () => model('users', { id: column.id(), name: column.string().unique() });
  const post = () => model('posts', { id: column.id(), authorId: column.references('users', { onDelete: 'cascade' }) });
  const comment = () =>
    model('comments', { id: column.id(), postId: column.references('posts'), userId: column.references('users') });

  it('make the tables in the order of their keys, and drop them in the other', async () => {
    await createAll([comment(), post(), user()]);
    expect(await schemaSnapshot(connection)).toMatchObject({
      users: {
        indexes: expect.arrayContaining([expect.objectContaining({ name: 'index_users_on_name', unique: true })]),
      },
      posts: { foreignKeys: [{ columns: ['author_id'], toTable: 'users', toColumns: ['id'] }] },
    });
    await connection.execute(sql`INSERT INTO users (name) VALUES ('Ada')`);
    await connection.execute(sql`INSERT INTO posts (author_id) SELECT id FROM users`);
    await dropAll([user(), post(), comment()]);
    expect(await tables()).toEqual([]);
  });

  it('leave tables alone that exist, with their rows', async () => {
    await createAll([user()]);
    await connection.execute(sql`INSERT INTO users (name) VALUES ('Ada')`);
    const before = await schemaSnapshot(connection);
    await createAll([model('users', { id: column.id(), name: column.text(), more: column.string().index() }), post()]);
    const after = await schemaSnapshot(connection);
    expect(after.users).toEqual(before.users);
    expect(Object.keys(after)).toEqual(['posts', 'users']);
    expect(await connection.query(sql`SELECT name FROM users`)).toMatchObject([{ name: 'Ada' }]);
    await dropAll([user(), post(), comment()]);
    expect(await tables()).toEqual([]);
  });

  it('manage tables that point to each other, and to themselves', async () => {
    const circle = [
      model('people', {
        id: column.id(),
        teamId: column.references('teams').nullable(),
        bossId: column.references('people').nullable(),
      }),
      model('teams', { id: column.id(), leaderId: column.references('people').nullable() }),
    ];
    await createAll(circle);
    expect(await schemaSnapshot(connection)).toMatchObject({
      people: { foreignKeys: [{ toTable: 'people' }, { toTable: 'teams' }] },
      teams: { foreignKeys: [{ toTable: 'people' }] },
    });
    await connection.execute(sql`INSERT INTO teams (leader_id) VALUES (NULL)`);
    await connection.execute(sql`INSERT INTO people (team_id) SELECT id FROM teams`);
    await connection.execute(sql`UPDATE teams SET leader_id = (SELECT id FROM people)`);
    await expect(connection.execute(sql`UPDATE teams SET leader_id = 999`)).rejects.toThrow();
    await dropAll(circle);
    expect(await tables()).toEqual([]);
  });

  it('take models that share a table once', async () => {
    await createAll([user(), user()]);
    expect(await tables()).toEqual(['users']);
  });

  it('make all tables or none where the database can', async () => {
    const broken = model('broken', { id: column.id(), odd: column.raw('NO SUCH TYPE (').nullable() });
    await expect(createAll([user(), broken])).rejects.toBeInstanceOf(StatementError);
    expect(await tables()).toEqual(connection.dialect.features.transactionalDdl ? [] : ['users']);
  });
});
