import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { CapabilityMissing } from '../../lib/errors/query.ts';
import { migrate, rollback } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { createDatabase, type Dialect, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { schemaSnapshot, schemaText } from '../support/schema-snapshot.ts';

const base = `up() {
  this.createTable('teams', { id: column.id(), title: column.string() });
  this.createTable('users', {
    id: column.id(),
    name: column.string(80).comment("what it's called"),
    email: column.string(),
    age: column.integer().nullable(),
    rank: column.integer().default(3),
    score: column.integer().nullable().default(1),
    born: column.datetime(3).nullable(),
    bio: column.text().nullable(),
    state: column.enum(['on', 'off']).default('on'),
  });
  this.createTable('posts', {
    id: column.id(),
    title: column.string(),
    teamId: column.bigint().unsigned().nullable(),
    authorId: column.references('users', { onDelete: 'cascade' }),
  });
  this.addIndex('users', 'email', { unique: true });
  this.execute("INSERT INTO users (name, email, age) VALUES ('Ada', 'ada@example.org', 36), ('Bob', 'bob@example.org', NULL)");
  this.execute("INSERT INTO posts (title, author_id) SELECT 'First', id FROM users");
}`;

/** Steps, and where they can be done: elsewhere they are refused, before anything is sent. */
type Case = readonly [steps: string, on?: readonly Dialect[]];

const operations: Readonly<Record<string, Case>> = {
  'an index of several orders': [`this.addIndex('users', ['age', { name: 'name', order: 'desc' }])`],
  'an index in one order': [`this.addIndex('users', ['age', 'name'], { order: { age: 'desc' } })`],
  'an index of the beginning of a text': [`this.addIndex('users', 'bio', { length: 10 })`, ['mysql']],
  'an index of the beginning of one column': [
    `this.addIndex('users', ['bio', 'age'], { length: { bio: 10 }, unique: true })`,
    ['mysql'],
  ],
  'a partial index': [
    `this.addIndex('users', 'name', { where: sql\`age > \${17}\`, unique: true })`,
    ['postgres', 'sqlite'],
  ],
  'an index over an expression': [
    `this.addIndex('users', [sql\`lower(email)\`, 'age'], { name: 'users_by_email' })`,
    ['postgres', 'sqlite'],
  ],
  'a fulltext index': [`this.addIndex('users', ['bio', 'name'], { type: 'fulltext' })`, ['mysql']],
  'a spatial index': [
    `this.createTable('places', { id: column.id(), at: column.raw('POINT') }); this.addIndex('places', 'at', { type: 'spatial' })`,
    ['mysql'],
  ],
  'an index with a method': [`this.addIndex('users', 'name', { using: 'hash' })`, ['mysql', 'postgres']],
  'a GIN index with an operator class': [
    `this.addColumn('users', 'data', column.json().nullable()); this.addIndex('users', [{ name: 'data', operatorClass: 'jsonb_path_ops' }], { using: 'gin' })`,
    ['postgres'],
  ],
  'an index that carries columns along': [`this.addIndex('users', 'name', { include: ['age', 'rank'] })`, ['postgres']],
  'an invisible index': [`this.addIndex('users', 'name', { invisible: true })`, ['mysql']],
  'an index with a comment': [`this.addIndex('users', 'name', { comment: "it's quick" })`],
  'an index that is made online': [`this.addIndex('users', 'name', { algorithm: 'inplace', lock: 'none' })`, ['mysql']],
  renameIndex: [`this.renameIndex('users', 'index_users_on_email', 'one email')`],
  'removeIndex of one with options': [
    `this.addIndex('users', [{ name: 'age', order: 'desc' }], { name: 'i' }); this.addIndex('teams', 'title'); this.removeIndex('users', [{ name: 'age', order: 'desc' }], { name: 'i' })`,
  ],
  disableIndex: [`this.disableIndex('users', 'email')`, ['mysql']],
  enableIndex: [
    `this.addIndex('users', 'name', { invisible: true }); this.enableIndex('users', { name: 'index_users_on_name' })`,
    ['mysql'],
  ],
  'changeColumnDefault to another': [`this.changeColumnDefault('users', 'rank', { from: 3, to: 5 })`],
  'changeColumnDefault of an enum': [`this.changeColumnDefault('users', 'state', { from: 'on', to: 'off' })`],
  'changeColumnDefault to none': [`this.changeColumnDefault('users', 'rank', { from: 3, to: null })`],
  'changeColumnDefault to none, of one that allows NULL': [
    `this.changeColumnDefault('users', 'score', { from: 1, to: null })`,
  ],
  'changeColumnDefault to SQL': [
    `this.changeColumnDefault('users', 'born', { from: null, to: sql\`CURRENT_TIMESTAMP\` })`,
  ],
  'changeColumnNull to NOT NULL': [`this.changeColumnNull('users', 'age', false, 7)`],
  'changeColumnNull to NULL': [`this.changeColumnNull('users', 'name', true)`],
  'changeColumnNull of one with a default': [`this.changeColumnNull('users', 'rank', true)`],
  changeColumnComment: [
    `this.changeColumnComment('users', 'name', { from: "what it's called", to: 'the \\\\ "name"' })`,
    ['mysql', 'postgres'],
  ],
  'changeColumnComment of one without': [
    `this.changeColumnComment('users', 'rank', { from: null, to: 'NOT NULL' })`,
    ['mysql', 'postgres'],
  ],
  changeTableComment: [
    `this.changeTableComment('users', { from: null, to: "it's all of them" })`,
    ['mysql', 'postgres'],
  ],
  removeColumns: [`this.removeColumns('users', { age: column.integer().nullable(), bio: column.text().nullable() })`],
  'a column behind another': [`this.addColumn('users', 'nick', column.string(9).nullable().after('name'))`, ['mysql']],
  'a column at the front': [`this.addColumn('users', 'nick', column.string(9).nullable().first())`, ['mysql']],
  'a column with a character set': [
    `this.addColumn('users', 'nick', column.string(9).nullable().charset('latin1').collation('latin1_bin'))`,
    ['mysql'],
  ],
  'a stored generated column': [
    `this.addColumn('users', 'double', column.integer().nullable().generatedAs(sql\`age * \${2}\`, { stored: true }))`,
  ],
  'a virtual generated column': [
    `this.addColumn('users', 'double', column.integer().nullable().generatedAs(sql\`age * 2\`))`,
    ['mysql', 'sqlite'],
  ],
  'a table with a generated column': [
    `this.createTable('boxes', { id: column.id(), a: column.integer(), b: column.integer().generatedAs(sql\`a + 1\`, { stored: true }).nullable() })`,
  ],
  'a column with a default of SQL': [`this.addColumn('users', 'made', column.integer().default(sql\`(\${1} + 1)\`))`],
  'a table with options': [
    `this.createTable('boxes', { id: column.id() }, { engine: 'InnoDB', charset: 'latin1', collation: 'latin1_bin', comment: 'b', options: 'ROW_FORMAT=DYNAMIC' })`,
    ['mysql'],
  ],
  'a table with options of its own': [
    `this.createTable('boxes', { id: column.id() }, { options: 'WITH (fillfactor = 70)', comment: 'b' })`,
    ['postgres'],
  ],
  addCheckConstraint: [`this.addCheckConstraint('users', sql\`age > \${0}\`, { name: 'age_is_positive' })`],
  'addCheckConstraint without a name': [`this.addCheckConstraint('users', "name <> 'it''s'")`],
  removeCheckConstraint: [
    `this.addCheckConstraint('users', 'age > 0'); this.addIndex('teams', 'title'); this.removeCheckConstraint('users', 'age > 0')`,
  ],
  addUniqueConstraint: [`this.addUniqueConstraint('users', ['name', 'age'])`],
  'a deferrable unique constraint': [
    `this.addUniqueConstraint('users', 'name', { deferrable: 'deferred', name: 'one' })`,
    ['postgres'],
  ],
  removeUniqueConstraint: [
    `this.addUniqueConstraint('users', 'name'); this.addIndex('teams', 'title'); this.removeUniqueConstraint('users', 'name')`,
  ],
  'removeUniqueConstraint under a name of its own': [
    `this.addUniqueConstraint('users', 'name', { name: 'one' }); this.addIndex('teams', 'title'); this.removeUniqueConstraint('users', 'name', { name: 'one' })`,
  ],
  addExclusionConstraint: [
    `this.addExclusionConstraint('users', [{ expression: sql\`int4range(age, rank)\`, with: '&&' }], { where: 'age < rank' })`,
    ['postgres'],
  ],
  removeExclusionConstraint: [
    `const parts = [{ expression: sql\`int4range(age, rank)\`, with: '&&' }]; this.addExclusionConstraint('users', parts, { where: 'age < rank' }); this.addIndex('teams', 'title'); this.removeExclusionConstraint('users', parts, { where: 'age < rank' })`,
    ['postgres'],
  ],
  'a deferrable foreign key': [
    `this.addForeignKey('posts', 'teams', { deferrable: 'deferred' })`,
    ['postgres', 'sqlite'],
  ],
  'a foreign key that is validated later': [
    `this.addForeignKey('posts', 'teams', { validate: false }); this.validateForeignKey('posts', 'teams')`,
    ['postgres'],
  ],
  'a check that is validated later': [
    `this.addCheckConstraint('users', 'age > 0', { validate: false, name: 'positive' }); this.validateConstraint('users', 'positive')`,
    ['postgres'],
  ],
  changeForeignKey: [
    `this.changeForeignKey('posts', 'users', { column: 'authorId', onDelete: 'restrict', onUpdate: 'cascade' }, { column: 'authorId', onDelete: 'cascade' })`,
  ],
  createJoinTable: [`this.createJoinTable('users', 'teams')`],
  dropJoinTable: [
    `this.createJoinTable('users', 'teams', { table: 'members' }); this.addIndex('teams', 'title'); this.dropJoinTable('users', 'teams', { table: 'members' })`,
  ],
  'a polymorphic reference': [`this.addReference('users', 'subject', { polymorphic: true, nullable: true })`],
  'removeReference of a polymorphic one': [
    `this.addReference('users', 'subject', { polymorphic: true, nullable: true }); this.addIndex('teams', 'title'); this.removeReference('users', 'subject', { polymorphic: true, nullable: true })`,
  ],
  changeTable: [
    `this.changeTable('users', (table) => {
      table.addColumn('nick', column.string(9).nullable().index());
      table.addReference('team', { nullable: true });
      table.renameColumn('bio', 'story');
      table.removeColumn('age', column.integer().nullable());
      table.changeColumnDefault('rank', { from: 3, to: 4 });
      table.addCheckConstraint('rank > 0', { name: 'ranked' });
      table.removeIndex('email', { unique: true });
    })`,
  ],
  'changeTable that indexes what it adds': [
    `this.changeTable('users', (table) => {
      table.addColumn('nick', column.string(9).nullable());
      table.addColumn('team', column.bigint().unsigned().nullable());
      table.addIndex(['nick', 'age']);
      table.addForeignKey('teams', { column: 'team' });
      table.addReference('subject', { polymorphic: true, nullable: true });
    })`,
  ],
  'changeTable that changes what it renames': [
    `this.changeTable('users', (table) => {
      table.changeColumnDefault('rank', { from: 3, to: 4 });
      table.renameColumn('rank', 'place');
      table.changeColumnNull('place', true);
      table.renameColumn('age', 'rank');
      table.addIndex('rank', { name: 'by_rank' });
      table.addCheckConstraint('place > 0', { name: 'placed' });
    })`,
  ],
  'changeTable that removes an index and its column': [
    `this.addIndex('users', 'age'); this.addIndex('teams', 'title');
     this.changeTable('users', (table) => { table.removeIndex('age'); table.removeColumn('age', column.integer().nullable()); })`,
  ],
  'changeTable that says several things of one column': [
    `this.changeTable('users', (table) => {
      table.changeColumnNull('rank', true);
      table.changeColumnDefault('rank', { from: 3, to: 4 });
      table.changeColumnComment('rank', { from: null, to: 'it has CHECK (rank)' });
    })`,
    ['mysql', 'postgres'],
  ],
  'changeColumnComment of JSON': [
    `this.addColumn('users', 'data', column.json().nullable()); this.changeColumnComment('users', 'data', { from: null, to: 'x' }); this.changeColumnNull('users', 'data', false, {})`,
    ['mysql', 'postgres'],
  ],
  'changeColumnNull of a column of bits': [
    `this.execute("ALTER TABLE users ADD bits BIT(1) DEFAULT b'0'", 'ALTER TABLE users DROP COLUMN bits'); this.changeColumnNull('users', 'bits', false); this.changeColumnComment('users', 'bits', { from: null, to: 'x' })`,
    ['mysql', 'postgres'],
  ],
  'removeForeignKey beside an index that serves it': [
    `this.addForeignKey('posts', 'teams'); this.addIndex('posts', ['teamId', 'title']); this.removeForeignKey('posts', 'teams')`,
  ],
  'changeTable with an algorithm': [
    `this.changeTable('users', (table) => { table.addColumn('nick', column.string(9).nullable()); }, { algorithm: 'instant' })`,
    ['mysql'],
  ],
  createVirtualTable: [
    `this.createVirtualTable('searches', 'fts5', ['title', 'body UNINDEXED', "tokenize = 'porter'"])`,
    ['sqlite'],
  ],
  dropVirtualTable: [
    `this.createVirtualTable('searches', 'fts5', ['title']); this.addIndex('teams', 'title'); this.dropVirtualTable('searches', 'fts5', ['title'])`,
    ['sqlite'],
  ],
  createView: [
    `this.createView('adults', sql\`SELECT id, name FROM users WHERE age >= \${18} AND name <> \${"it's"}\`)`,
  ],
  dropView: [
    `this.createView('adults', 'SELECT id FROM users'); this.addIndex('teams', 'title'); this.dropView('adults', 'SELECT id FROM users')`,
  ],
  alterView: [
    `this.createView('adults', 'SELECT id FROM users'); this.alterView('adults', 'SELECT id, name FROM users', 'SELECT id FROM users')`,
  ],
  'alterView of one that others go by': [
    `this.createView('adults', 'SELECT id FROM users'); this.execute('CREATE VIEW old AS SELECT id FROM adults', 'DROP VIEW old'); this.alterView('adults', 'SELECT id FROM users WHERE age > 17', 'SELECT id FROM users')`,
  ],
  'a materialized view': [
    `this.createView('adults', 'SELECT id FROM users', { materialized: true }); this.alterView('adults', 'SELECT name FROM users', 'SELECT id FROM users', { materialized: true })`,
    ['postgres'],
  ],
  createEnum: [
    `this.createEnum('mood', ['sad', "it's ok"]); this.addColumn('users', 'mood', column.raw('mood').nullable()); this.renameEnumValue('mood', 'sad', 'low'); this.renameEnum('mood', 'feeling')`,
    ['postgres'],
  ],
  dropEnum: [
    `this.createEnum('mood', ['sad']); this.addIndex('teams', 'title'); this.dropEnum('mood', ['sad'])`,
    ['postgres'],
  ],
  createSchema: [`this.createSchema('reports'); this.addIndex('teams', 'title')`, ['postgres']],
  enableExtension: [`this.enableExtension('citext'); this.addIndex('teams', 'title')`, ['postgres']],
  'addBelongsTo and removeBelongsTo': [
    `this.addBelongsTo('users', 'team', { nullable: true }); this.addBelongsTo('posts', 'editor', { table: 'users', nullable: true }); this.removeBelongsTo('posts', 'editor', { table: 'users', nullable: true })`,
  ],
  'SQL of both directions': [`this.execute('CREATE INDEX own ON users (age)', DROP)`],
  reversible: [
    `this.reversible({ up: () => this.addIndex('users', 'age'), down: () => { this.removeIndex('users', 'age'); this.say('gone'); } })`,
  ],
  'upOnly beside others': [
    `this.addIndex('users', 'age'); this.upOnly(() => this.execute("UPDATE users SET name = name"))`,
  ],
  revert: [`this.revert(() => { this.addColumn('users', 'age', column.integer().nullable()); })`],
  'revert of a migration': [
    `this.revert(class extends Migration { change() { this.addIndex('users', 'email', { unique: true }); this.reversible({ up: () => this.renameColumn('users', 'story', 'bio'), down: () => this.renameColumn('users', 'bio', 'story') }); } })`,
  ],
  'revert of up and down': [
    `this.revert(class extends Migration { up() { this.removeIndex('users', 'age'); } down() { this.addIndex('users', 'age'); } })`,
  ],
  'what is said': [`this.say('hello'); this.sayWithTime('indexing', () => this.addIndex('users', 'age'))`],
};

const dropIndex: Readonly<Record<Dialect, string>> = {
  mysql: `'DROP INDEX own ON users'`,
  postgres: `'DROP INDEX own'`,
  sqlite: `'DROP INDEX own'`,
};

describeEachDatabase('the migration DSL', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  const folder = migrationFolder();
  let steps = 0;
  /** A name that no other step has: minutes and seconds go up to 59. */
  const nextName = () => {
    steps++;
    const time = `${String(Math.floor(steps / 60)).padStart(2, '0')}${String(steps % 60).padStart(2, '0')}`;
    return `2026010101${time}_step_${steps}`;
  };

  beforeAll(async () => {
    database = await createDatabase(dialect);
    connection = connections.define(`dsl-${dialect}`, database.url);
    folder.add('20260101000000_base', base);
    await migrate({ connection, folder: folder.path });
  });
  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  const rows = async () =>
    (await connection.query(sql`SELECT id, name, email FROM users ORDER BY id`)).map((row) => ({ ...row }));
  const state = async () => ({ snapshot: await schemaSnapshot(connection), text: await schemaText(connection) });

  // What every database does is done by each server in turn, where there is no more time than that.
  const turn = { sqlite: undefined, mysql: 0, postgres: 1 }[dialect];
  const isMine = ([, [, on]]: (typeof all)[number], index: number) =>
    turn === undefined || on !== undefined || index % 3 === turn || process.env.AR_TEST_LONG !== undefined;
  const all = Object.entries(operations);

  describe.each(all.filter(isMine))('%s', (_, [body, on]) => {
    const able = on === undefined || on.includes(dialect);

    it.runIf(able)('is done, undone and done again, and the catalogue is each time what it was', async () => {
      const before = await state();
      const rowsBefore = await rows();
      const fileName = nextName();
      folder.add(fileName, `change() { ${body.replace('DROP)', `${dropIndex[dialect]})`)} }`);
      try {
        expect(await migrate({ connection, folder: folder.path })).toEqual([fileName]);
        const after = await state();
        expect(after.text).not.toEqual(before.text);
        await rollback({ connection, folder: folder.path });
        // What was nullable has been filled in, and nothing takes that back.
        expect(await state()).toEqual(before);
        expect(await rows()).toEqual(rowsBefore);
        await migrate({ connection, folder: folder.path });
        expect(await state()).toEqual(after);
        await rollback({ connection, folder: folder.path });
      } finally {
        folder.remove(fileName);
      }
      expect(await state()).toEqual(before);
    });

    // Text that stands as it is nobody can check.
    it.runIf(!able && !body.includes('fillfactor'))('is refused before anything is sent', async () => {
      const before = await schemaText(connection);
      const fileName = nextName();
      folder.add(fileName, `change() { this.addIndex('teams', 'title', { name: 'not_there' }); ${body} }`);
      try {
        await expect(migrate({ connection, folder: folder.path })).rejects.toMatchObject({
          cause: expect.any(CapabilityMissing),
        });
      } finally {
        folder.remove(fileName);
      }
      expect(await schemaText(connection)).toEqual(before);
    });
  });
});
