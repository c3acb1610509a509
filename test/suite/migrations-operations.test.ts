import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { migrate, rollback } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { createDatabase, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { schemaSnapshot, schemaText } from '../support/schema-snapshot.ts';

/** What every operation starts from; the tables have rows, so that an operation which loses some is seen. */
const base = `up() {
  this.createTable('teams', { id: column.id(), title: column.string() });
  this.createTable('users', {
    id: column.id(),
    name: column.string(80),
    email: column.string().unique(),
    age: column.integer().nullable(),
    rank: column.integer().nullable(),
    role: column.enum(['member', 'admin']).default('member'),
    score: column.decimal(8, 2).nullable().index(),
    ...column.timestamps(),
  });
  this.createTable('posts', {
    id: column.id(),
    title: column.string(),
    teamId: column.bigint().unsigned().nullable(),
    authorId: column.references('users', { onDelete: 'cascade' }),
  });
  this.createTable('notes', { id: column.id(), body: column.text().nullable() });
  this.execute("INSERT INTO users (name, email, age, rank, created_at, updated_at) VALUES ('Ada', 'ada@example.org', 36, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00')");
  this.execute("INSERT INTO posts (title, author_id) SELECT 'First', id FROM users");
}`;

const operations: Readonly<Record<string, string>> = {
  'createTable with every type': `this.createTable('things', {
    id: column.id(), a: column.string(40), b: column.text(), c: column.integer().unsigned(), d: column.smallint(), e: column.tinyint(),
    f: column.bigint(), g: column.decimal(12, 3), h: column.float(), i: column.double(), j: column.boolean().default(true), k: column.date(),
    l: column.time(), m: column.datetime(6), n: column.json().default({ a: ["it's", 'b\\\\c'] }), o: column.binary(), p: column.binary(16), q: column.uuid(),
    r: column.enum(["it's", 'b\\\\c']).default("it's"), s: column.text().default("o'k"), ...column.timestamps(),
  })`,
  'createTable with a key of several columns': `this.createTable('memberships', {
    teamId: column.references('teams', { onDelete: 'cascade' }).primaryKey(), userId: column.references('users').primaryKey(),
  })`,
  'createTable that refers to itself': `this.createTable('nodes', { id: column.id(), parentId: column.references('nodes').nullable() })`,
  dropTable: `this.dropTable('notes', { id: column.id(), body: column.text().nullable() })`,
  'dropTable of one that refers to others': `this.dropTable('posts', {
    id: column.id(), title: column.string(), teamId: column.bigint().unsigned().nullable(), authorId: column.references('users', { onDelete: 'cascade' }),
  })`,
  renameTable: `this.renameTable('users', 'people')`,
  addColumn: `this.addColumn('users', 'nickName', column.string(20).nullable().comment("it's short"))`,
  'addColumn with a default': `this.addColumn('users', 'active', column.boolean().default(true))`,
  'addColumn with a unique index': `this.addColumn('users', 'handle', column.string(20).nullable().unique())`,
  'addColumn with a foreign key': `this.addColumn('users', 'teamId', column.references('teams', { onDelete: 'setNull' }).nullable())`,
  'addColumn of an enum': `this.addColumn('users', 'state', column.enum(['on', 'off']).default('on'))`,
  'addColumn of an enum of numbers': `this.addColumn('users', 'state', column.enum({ on: 1, off: 0 }).default('on'))`,
  'changeColumn to an enum of numbers': `this.changeColumn('users', 'rank', column.enum({ first: 1, last: 9 }).nullable(), column.integer().nullable())`,
  removeColumn: `this.removeColumn('users', 'age', column.integer().nullable())`,
  'removeColumn with an index': `this.removeColumn('users', 'score', column.decimal(8, 2).nullable().index())`,
  'removeColumn with a foreign key': `this.removeColumn('users', 'age', column.integer().nullable()); this.addColumn('posts', 'editorId', column.references('users').nullable()); this.removeColumn('posts', 'editorId', column.references('users').nullable())`,
  renameColumn: `this.renameColumn('users', 'email', 'emailAddress')`,
  'renameColumn of an enum': `this.renameColumn('users', 'role', 'kind')`,
  'renameColumn of a foreign key': `this.renameColumn('posts', 'authorId', 'writerId')`,
  'changeColumn to another type': `this.changeColumn('users', 'age', column.string(9).nullable(), column.integer().nullable())`,
  'changeColumn of an indexed one': `this.changeColumn('users', 'email', column.string(120), column.string())`,
  'changeColumn of an enum': `this.changeColumn('users', 'role', column.enum(['member', 'admin', 'guest']).default('guest'), column.enum(['member', 'admin']).default('member'))`,
  'changeColumn of an enum to text': `this.changeColumn('users', 'role', column.string(20), column.enum(['member', 'admin']).default('member'))`,
  'changeColumn to NOT NULL': `this.changeColumn('users', 'rank', column.integer().default(0), column.integer().nullable())`,
  'changeColumn of a table that is referred to': `this.changeColumn('users', 'name', column.text(), column.string(80))`,
  addIndex: `this.addIndex('users', ['age', 'name'])`,
  'addIndex, unique and named': `this.addIndex('users', 'name', { unique: true, name: 'one_of_each' })`,
  removeIndex: `this.removeIndex('users', 'email', { unique: true })`,
  'removeIndex of a renamed table': `this.renameTable('users', 'people'); this.removeIndex('people', 'email', { unique: true, name: 'index_users_on_email' })`,
  addForeignKey: `this.addForeignKey('posts', 'teams', { onDelete: 'setNull', onUpdate: 'cascade' })`,
  'addForeignKey, named, beside an index': `this.addIndex('posts', 'teamId'); this.addForeignKey('posts', 'teams', { name: 'fk_of_team' })`,
  removeForeignKey: `this.removeForeignKey('posts', 'users', { column: 'authorId', onDelete: 'cascade' })`,
  addReference: `this.addReference('users', 'boss', { table: 'users', nullable: true })`,
  removeReference: `this.addReference('users', 'team', { nullable: true }); this.removeReference('users', 'team', { nullable: true }); this.addIndex('users', 'age')`,
  addTimestamps: `this.addTimestamps('posts', { nullable: true })`,
  removeTimestamps: `this.addTimestamps('notes'); this.removeTimestamps('notes'); this.addColumn('notes', 'at', column.date().nullable())`,
  several: `this.createTable('tags', { id: column.id(), label: column.string().unique() });
    this.createTable('taggings', { id: column.id(), tagId: column.references('tags'), postId: column.references('posts', { onDelete: 'cascade' }) });
    this.addIndex('taggings', ['tagId', 'postId'], { unique: true });
    this.renameColumn('tags', 'label', 'name');
    this.addColumn('users', 'tagId', column.references('tags').nullable());
    this.renameTable('tags', 'labels');
    this.removeColumn('users', 'age', column.integer().nullable());`,
};

describeEachDatabase('migration operations', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  const folder = migrationFolder();
  let version = 20260101000000n;

  beforeAll(async () => {
    database = await createDatabase(dialect);
    connection = connections.define(`operations-${dialect}`, database.url);
    folder.add('20260101000000_base', base);
    await migrate({ connection, folder: folder.path });
  });
  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  const rows = async () => ({
    users: (await connection.query(sql`SELECT name, email FROM users`)).map((row) => ({ ...row })),
    posts: (await connection.query(sql`SELECT title FROM posts`)).map((row) => ({ ...row })),
  });

  // Each server takes its turn, where there is no more time than that.
  const turn = { sqlite: undefined, mysql: 1, postgres: 0 }[dialect];
  const isMine = (_: unknown, index: number) =>
    turn === undefined || index % 3 === turn || process.env.AR_TEST_LONG !== undefined;

  describe.each(Object.entries(operations).filter(isMine))('%s', (_, steps) => {
    it('does something, and undone leaves the schema and the rows as they were', async () => {
      const before = await schemaSnapshot(connection);
      const textBefore = await schemaText(connection);
      const rowsBefore = await rows();
      version++;
      const fileName = `${version}_step_${version}`;
      folder.add(fileName, `change() { ${steps} }`);
      try {
        expect(await migrate({ connection, folder: folder.path })).toEqual([fileName]);
        expect(await schemaText(connection)).not.toEqual(textBefore);
        expect(await rollback({ connection, folder: folder.path })).toEqual([fileName]);
      } finally {
        folder.remove(fileName);
      }
      expect(await schemaSnapshot(connection)).toEqual(before);
      expect(await schemaText(connection)).toEqual(textBefore);
      if (!steps.includes("dropTable('posts'")) expect(await rows()).toEqual(rowsBefore);
    });
  });
});
