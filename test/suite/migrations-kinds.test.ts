import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import type { MigrationFailed } from '../../lib/errors/migration.ts';
import { journalTable } from '../../lib/migrations/journal.ts';
import type { MigrationOperation } from '../../lib/migrations/operations.ts';
import { migrate } from '../../lib/migrations/runner.ts';
import type { Features } from '../../lib/sql/dialect.ts';
import { sql } from '../../lib/sql/template.ts';
import { createDatabase, type Dialect, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { failure } from '../support/migrator.ts';
import { schemaText } from '../support/schema-snapshot.ts';

interface Row {
  /** What tells it from the others of its kind. */
  readonly name?: string;
  /** The third operation, which is done before the one that fails. */
  readonly works: string;
  /** The same kind of operation where it cannot be done; none where it cannot fail. */
  readonly fails: string | undefined;
  /** What the message calls the one that fails. */
  readonly called?: string;
  /** It can be undone without a loss. */
  readonly undone: boolean | ((features: Features) => boolean);
  /** What has to be there before. */
  readonly setup?: string;
  /** Whether the database can do it at all. */
  readonly possible?: (features: Features) => boolean;
}

const hasComments = ({ comments }: Features) => comments;
const hasVisibility = ({ schema }: Features) => schema.indexVisibility !== undefined;
const hasExclusions = ({ schema }: Features) => schema.exclusionConstraints;
const hasLateValidation = ({ schema }: Features) => schema.lateValidation;
const hasEnums = ({ schema }: Features) => schema.enumTypes;
const hasSchemas = ({ schema }: Features) => schema.schemas;
const hasVirtualTables = ({ schema }: Features) => schema.virtualTables;
const hasMaterialized = ({ schema }: Features) => schema.materializedViews;
/** Where a change of a constraint is no statement, what undoes it would write the table anew. */
const alters = ({ alterConstraints }: Features) => alterConstraints;
const mood = "this.createEnum('mood', ['sad', 'happy'])";
const query = "'SELECT id, title FROM teams'";

/** Every kind of operation: one without a row here does not compile. */
const rows: Readonly<Record<MigrationOperation['kind'], readonly Row[]>> = {
  createTable: [
    {
      works: "this.createTable('tags', { id: column.id(), label: column.string().index() })",
      fails: "this.createTable('first', { id: column.id() })",
      undone: true,
    },
    {
      name: 'of a join',
      works: "this.createJoinTable('teams', 'users')",
      fails: "this.createJoinTable('nowhere', 'users')",
      undone: true,
    },
  ],
  dropTable: [
    { works: "this.dropTable('spare')", fails: "this.dropTable('nowhere')", undone: false },
    {
      name: 'of a join',
      setup: "this.createJoinTable('teams', 'users')",
      works: "this.dropJoinTable('teams', 'users')",
      fails: "this.dropJoinTable('nowhere', 'users')",
      undone: false,
    },
  ],
  renameTable: [
    { works: "this.renameTable('spare', 'kept')", fails: "this.renameTable('nowhere', 'kept')", undone: true },
  ],
  addColumn: [
    {
      works: "this.addColumn('users', 'email', column.string().nullable().unique())",
      fails: "this.addColumn('users', 'name', column.string().nullable())",
      undone: true,
    },
    {
      name: 'that refers',
      works: "this.addReference('users', 'boss', { table: 'users', nullable: true })",
      fails: "this.addReference('users', 'lead', { table: 'teams', nullable: true })",
      undone: true,
    },
    {
      name: 'that refers to several tables',
      works: "this.addReference('users', 'subject', { polymorphic: true, nullable: true })",
      fails: "this.addReference('nowhere', 'subject', { polymorphic: true, nullable: true })",
      undone: true,
    },
    {
      name: 'timestamps',
      works: "this.addTimestamps('users', { nullable: true })",
      fails: "this.addTimestamps('nowhere', { nullable: true })",
      undone: true,
    },
  ],
  removeColumn: [
    {
      works: "this.removeColumn('users', 'teamId', column.integer().nullable())",
      fails: "this.removeColumn('users', 'nothing')",
      undone: false,
    },
    {
      name: 'that refers',
      setup: "this.addReference('users', 'boss', { table: 'users', nullable: true })",
      works: "this.removeReference('users', 'boss', { table: 'users', nullable: true })",
      fails: "this.removeReference('users', 'nothing')",
      undone: false,
    },
  ],
  renameColumn: [
    {
      works: "this.renameColumn('users', 'name', 'fullName')",
      fails: "this.renameColumn('users', 'nothing', 'fullName')",
      undone: true,
    },
  ],
  changeColumn: [
    {
      name: 'to a wider one',
      works: "this.changeColumn('users', 'name', column.string(80), column.string(40))",
      fails: "this.changeColumn('users', 'nothing', column.string(80), column.string(40))",
      undone: ({ alterColumns }) => alterColumns,
    },
    {
      name: 'to a narrower one',
      works: "this.changeColumn('users', 'name', column.string(20), column.string(40))",
      fails: "this.changeColumn('nowhere', 'name', column.string(20), column.string(40))",
      undone: false,
    },
    {
      name: 'from what is not said',
      works: "this.changeColumn('users', 'name', column.string(80))",
      fails: "this.changeColumn('users', 'nothing', column.string(80))",
      undone: false,
    },
  ],
  changeColumnDefault: [
    {
      works: "this.changeColumnDefault('users', 'age', { from: null, to: 1 })",
      fails: "this.changeColumnDefault('users', 'nothing', { from: null, to: 1 })",
      undone: false,
    },
  ],
  changeColumnNull: [
    {
      works: "this.changeColumnNull('users', 'age', false, 1)",
      fails: "this.changeColumnNull('users', 'nothing', false, 1)",
      undone: false,
    },
  ],
  changeComment: [
    {
      name: 'of a column',
      works: "this.changeColumnComment('users', 'age', { from: null, to: 'in years' })",
      fails: "this.changeColumnComment('users', 'nothing', { from: null, to: 'in years' })",
      undone: false,
      possible: hasComments,
    },
    {
      name: 'of a table',
      works: "this.changeTableComment('users', { from: null, to: 'people' })",
      fails: "this.changeTableComment('nowhere', { from: null, to: 'people' })",
      undone: false,
      possible: hasComments,
    },
  ],
  addIndex: [
    {
      works: "this.addIndex('users', ['name', 'age'], { unique: true })",
      fails: "this.addIndex('users', 'nothing')",
      undone: true,
    },
  ],
  removeIndex: [
    {
      works: "this.removeIndex('users', 'name', { name: 'by_name' })",
      fails: "this.removeIndex('users', 'age')",
      undone: true,
    },
    {
      name: 'by name',
      works: "this.removeIndex('users', { name: 'by_name' })",
      fails: "this.removeIndex('users', { name: 'by_nothing' })",
      undone: false,
    },
  ],
  renameIndex: [
    {
      works: "this.renameIndex('users', 'by_name', 'names')",
      fails: "this.renameIndex('users', 'by_nothing', 'names')",
      undone: true,
    },
  ],
  setIndexVisibility: [
    {
      works: "this.disableIndex('users', { name: 'by_name' })",
      fails: "this.disableIndex('users', { name: 'by_nothing' })",
      undone: false,
      possible: hasVisibility,
    },
  ],
  addForeignKey: [
    {
      works: "this.addForeignKey('users', 'teams', { column: 'leadId', name: 'fk_second' })",
      fails: "this.addForeignKey('users', 'nowhere', { column: 'leadId' })",
      undone: true,
    },
  ],
  removeForeignKey: [
    {
      works: "this.removeForeignKey('users', 'teams', { column: 'leadId' })",
      fails: "this.removeForeignKey('users', 'teams', { column: 'teamId' })",
      undone: true,
    },
    {
      name: 'by name',
      works: "this.removeForeignKey('users', { name: 'fk_users_lead_id' })",
      fails: "this.removeForeignKey('users', { name: 'fk_nothing' })",
      undone: false,
    },
  ],
  changeForeignKey: [
    {
      works: "this.changeForeignKey('users', 'teams', { column: 'leadId', onDelete: 'setNull' }, { column: 'leadId' })",
      fails: "this.changeForeignKey('users', 'teams', { column: 'age', onDelete: 'setNull' }, { column: 'age' })",
      undone: false,
    },
  ],
  addCheck: [
    {
      works: "this.addCheckConstraint('users', 'age < 200', { name: 'not_too_old' })",
      fails: "this.addCheckConstraint('users', 'nothing < 200', { name: 'not_too_old' })",
      called: 'addCheckConstraint',
      undone: true,
    },
  ],
  addUnique: [
    {
      works: "this.addUniqueConstraint('users', ['name', 'age'], { name: 'one_of_each' })",
      fails: "this.addUniqueConstraint('users', 'nothing', { name: 'one_of_each' })",
      called: 'addUniqueConstraint',
      undone: true,
    },
  ],
  addExclusion: [
    {
      works: "this.addExclusionConstraint('spans', [{ column: 'during', with: '&&' }], { name: 'one_at_a_time' })",
      fails: "this.addExclusionConstraint('spans', [{ column: 'nothing', with: '&&' }], { name: 'one_at_a_time' })",
      setup: "this.createTable('spans', { id: column.id(), during: column.raw('tsrange') })",
      called: 'addExclusionConstraint',
      undone: true,
      possible: hasExclusions,
    },
  ],
  removeConstraint: [
    {
      name: 'a check',
      works: "this.removeCheckConstraint('users', 'age > 0', { name: 'born' })",
      fails: "this.removeCheckConstraint('users', 'age > 0', { name: 'unborn' })",
      undone: alters,
    },
    {
      name: 'a unique one',
      works: "this.removeUniqueConstraint('teams', 'title', { name: 'one_title' })",
      fails: "this.removeUniqueConstraint('users', 'age', { name: 'one_age' })",
      undone: alters,
    },
    {
      name: 'a check by name',
      works: "this.removeCheckConstraint('users', { name: 'born' })",
      fails: "this.removeCheckConstraint('users', { name: 'unborn' })",
      undone: false,
    },
  ],
  validateConstraint: [
    {
      setup: "this.addCheckConstraint('users', 'age < 200', { name: 'not_too_old', validate: false })",
      works: "this.validateConstraint('users', 'not_too_old')",
      fails: "this.validateConstraint('users', 'nothing')",
      undone: false,
      possible: hasLateValidation,
    },
  ],
  changeTable: [
    {
      works:
        "this.changeTable('users', (t) => { t.addColumn('email', column.string().nullable()); t.renameColumn('name', 'fullName'); t.addIndex('email'); })",
      fails:
        "this.changeTable('users', (t) => { t.addColumn('email', column.string().nullable()); t.addIndex('nothing'); })",
      undone: true,
    },
    {
      name: 'with a loss',
      works:
        "this.changeTable('users', (t) => { t.addColumn('email', column.string().nullable()); t.removeColumn('teamId', column.integer().nullable()); })",
      fails:
        "this.changeTable('users', (t) => { t.addColumn('email', column.string().nullable()); t.removeColumn('nothing'); })",
      undone: false,
    },
  ],
  createView: [
    {
      works: `this.createView('groups', ${query})`,
      fails: "this.createView('groups', 'SELECT nothing FROM teams')",
      undone: true,
    },
    {
      name: 'that is materialized',
      works: `this.createView('groups', ${query}, { materialized: true })`,
      fails: "this.createView('groups', 'SELECT nothing FROM teams', { materialized: true })",
      undone: true,
      possible: hasMaterialized,
    },
  ],
  dropView: [
    { works: `this.dropView('titles', ${query})`, fails: `this.dropView('nothing', ${query})`, undone: true },
    { name: 'by name', works: "this.dropView('titles')", fails: "this.dropView('nothing')", undone: false },
  ],
  alterView: [
    {
      works: `this.alterView('titles', 'SELECT id, title, 1 AS one FROM teams', ${query})`,
      fails: `this.alterView('titles', 'SELECT nothing FROM teams', ${query})`,
      undone: true,
    },
    {
      name: 'from what is not said',
      works: "this.alterView('titles', 'SELECT id, title, 1 AS one FROM teams')",
      fails: "this.alterView('titles', 'SELECT nothing FROM teams')",
      undone: false,
    },
  ],
  createEnum: [
    {
      works: "this.createEnum('state', ['on', 'off'])",
      fails: "this.createEnum('mood', ['on', 'off'])",
      setup: mood,
      undone: true,
      possible: hasEnums,
    },
  ],
  dropEnum: [
    {
      works: "this.dropEnum('mood', ['sad', 'happy'])",
      fails: "this.dropEnum('nothing', ['sad'])",
      setup: mood,
      undone: false,
      possible: hasEnums,
    },
  ],
  renameEnum: [
    {
      works: "this.renameEnum('mood', 'feeling')",
      fails: "this.renameEnum('nothing', 'feeling')",
      setup: mood,
      undone: true,
      possible: hasEnums,
    },
  ],
  addEnumValue: [
    {
      works: "this.addEnumValue('mood', 'calm', { before: 'happy' })",
      fails: "this.addEnumValue('mood', 'sad')",
      setup: mood,
      undone: false,
      possible: hasEnums,
    },
  ],
  renameEnumValue: [
    {
      works: "this.renameEnumValue('mood', 'sad', 'gloomy')",
      fails: "this.renameEnumValue('mood', 'nothing', 'gloomy')",
      setup: mood,
      undone: true,
      possible: hasEnums,
    },
  ],
  createObject: [
    {
      works: "this.createSchema('reports')",
      fails: "this.createSchema('public')",
      called: 'create schema',
      undone: false,
      possible: hasSchemas,
    },
  ],
  dropObject: [
    {
      setup: "this.createSchema('reports')",
      works: "this.dropSchema('reports')",
      fails: "this.dropSchema('nothing')",
      called: 'drop schema',
      undone: false,
      possible: hasSchemas,
    },
  ],
  createVirtualTable: [
    {
      works: "this.createVirtualTable('searches', 'fts5', ['body'])",
      fails: "this.createVirtualTable('searches', 'nothing', ['body'])",
      undone: true,
      possible: hasVirtualTables,
    },
  ],
  dropVirtualTable: [
    {
      setup: "this.createVirtualTable('searches', 'fts5', ['body'])",
      works: "this.dropVirtualTable('searches', 'fts5', ['body'])",
      fails: "this.dropVirtualTable('nothing', 'fts5', ['body'])",
      undone: false,
      possible: hasVirtualTables,
    },
  ],
  execute: [
    {
      works: "this.execute('UPDATE users SET age = 1')",
      fails: "this.execute('UPDATE users SET x = 1')",
      undone: false,
    },
    {
      name: 'with what undoes it',
      works: "this.execute('CREATE TABLE own (id INTEGER)', 'DROP TABLE own')",
      fails: "this.execute('CREATE TABLE users (id INTEGER)', 'DROP TABLE users')",
      undone: false,
    },
  ],
  data: [
    {
      works: 'this.data(async ({ at }) => (at === undefined ? { rows: 1, at: 1 } : undefined))',
      fails: "this.data(async () => { throw new Error('no luck'); })",
      undone: false,
    },
  ],
  reversible: [
    {
      works: "this.reversible({ up: () => this.addColumn('users', 'email', column.string().nullable()) })",
      fails: "this.reversible({ up: () => this.addColumn('users', 'name', column.string().nullable()) })",
      called: 'addColumn users.name',
      undone: true,
    },
    {
      name: 'the contrary of another',
      works: "this.revert(() => this.removeIndex('users', 'age'))",
      fails: "this.revert(() => this.addIndex('users', 'teamId'))",
      called: 'removeIndex',
      undone: true,
    },
  ],
  say: [
    { works: "this.say('half way'); this.addIndex('users', 'age')", fails: undefined, undone: true },
    {
      name: 'with what takes its time',
      works: "this.sayWithTime('indexing', () => this.addIndex('users', 'age'))",
      fails: "this.sayWithTime('indexing', () => this.addIndex('users', 'nothing'))",
      called: 'addIndex',
      undone: true,
    },
  ],
};

const cases = Object.entries(rows).flatMap(([kind, list]) =>
  list.map((row) => [row.name === undefined ? kind : `${kind} ${row.name}`, { called: kind, ...row }] as const),
);

const baseOf = (setup = '') => `up() {
  this.createTable('teams', { id: column.id(), title: column.string(40) });
  this.createTable('users', {
    id: column.id(),
    name: column.string(40),
    age: column.integer().nullable(),
    teamId: column.integer().nullable(),
    leadId: column.references('teams').nullable(),
  });
  this.createTable('spare', { id: column.id() });
  this.addIndex('users', 'name', { name: 'by_name' });
  this.addCheckConstraint('users', 'age > 0', { name: 'born' });
  this.addUniqueConstraint('teams', 'title', { name: 'one_title' });
  this.createView('titles', ${query});
  ${setup}
}`;

/** Five operations, of which the third is the one that the test is about. */
const bodyOf = (third: string, fourth: string, journaled: boolean) => `
  static disableTransaction = ${journaled};
  change() {
    this.createTable('first', { id: column.id() });
    this.addColumn('first', 'label', column.string().nullable());
    ${third};
    ${fourth}
    this.addIndex('first', 'label');
  }`;

const emptied: Readonly<Record<Dialect, (connection: Connection) => Promise<void>>> = {
  async postgres(connection) {
    await connection.execute(sql`DROP SCHEMA IF EXISTS reports CASCADE`);
    await connection.execute(sql`DROP SCHEMA public CASCADE`);
    await connection.execute(sql`CREATE SCHEMA public`);
  },
  mysql: dropEach,
  sqlite: dropEach,
};

async function dropEach(connection: Connection): Promise<void> {
  let left = Object.keys(await schemaText(connection));
  for (let turn = 0; left.length > 0 && turn < 5; turn++) {
    const kept: string[] = [];
    // Those that others point to go when the others are gone.
    for (const name of left) {
      const drop = (kind: string) => connection.execute(sql.unsafe(`DROP ${kind} IF EXISTS ${name}`));
      if (!(await drop('VIEW').then(...settled)) && !(await drop('TABLE').then(...settled))) kept.push(name);
    }
    left = kept.length === left.length ? left : Object.keys(await schemaText(connection));
  }
}
const settled = [() => false, () => false] as const;

describeEachDatabase('an operation of each kind in a migration that fails', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  beforeAll(async () => {
    database = await createDatabase(dialect);
    connection = await connections.define(`kinds-${dialect}`, database.url).open();
  });
  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  /** Each in a folder of its own: a file is loaded once. */
  const run = (base: string, body: string) => {
    const folder = migrationFolder();
    folder.add('20260101000001_base', base);
    if (body !== '') folder.add('20260101000002_five', body);
    return migrate({ connection, folder: folder.path });
  };
  /** What each leaves where nothing fails. */
  const clean = new Map<string, unknown>();
  const state = async () => {
    const { ar_migration_steps: _, ar_leases: __, ...tables } = await schemaText(connection);
    const enums = connection.dialect.features.schema.enumTypes
      ? await connection.query(
          sql`SELECT typname, enumlabel FROM pg_enum JOIN pg_type t ON t.oid = enumtypid ORDER BY typname, enumsortorder`,
        )
      : [];
    return { tables, enums };
  };
  const journal = async () => {
    const there = Object.keys(await schemaText(connection)).includes(journalTable);
    return there
      ? (await connection.query(sql.unsafe(`SELECT label FROM ${journalTable}`))).map((row) => row.label)
      : [];
  };

  const modes: readonly (readonly [string, boolean])[] = [
    ['in one transaction', false],
    ['with a journal', true],
  ];
  // MySQL commits each change by itself.
  describe.each(dialect === 'mysql' ? modes.slice(1) : modes)('%s', (_mode, disabled) => {
    it.each(cases)('is undone or stays as is said, and can be finished: %s', async (name, row) => {
      const { features } = connection.dialect;
      await emptied[dialect](connection);
      if (row.possible?.(features) === false) {
        // Before the first of the five is sent.
        expect(await failure(run('up() {}', bodyOf(row.works, '', disabled)))).toMatchObject({
          cause: { code: 'AR_CAPABILITY_MISSING' },
        });
        expect(Object.keys((await state()).tables)).not.toContain('first');
        return;
      }
      const base = baseOf(row.setup);
      await run(base, '');
      const before = await state();
      if (row.fails !== undefined) {
        const { message } = (await failure(run(base, bodyOf(row.fails, '', disabled)))) as MigrationFailed;
        expect(message).toMatch(new RegExp(`stopped at operation 3 of \\d \\(${row.called}`));
        expect(message).toContain(disabled ? 'was undone at once' : 'Nothing of it was kept');
        expect(await state()).toEqual(before);
        expect(await journal()).toEqual([]);
      }
      const stopping = bodyOf(row.works, "this.addIndex('first', 'nothing');", disabled);
      const { message } = (await failure(run(base, stopping))) as MigrationFailed;
      const undone = typeof row.undone === 'function' ? row.undone(features) : row.undone;
      if (!disabled) expect(message).toContain('Nothing of it was kept');
      else if (undone) expect(message).toMatch(/\d of \d operations were done, and all .* was undone at once/);
      else expect(message).toMatch(/\d of \d operations are done \(createTable first; .*\) and stay/);
      if (!disabled || undone) expect([await state(), await journal()]).toEqual([before, []]);
      expect(await run(base, bodyOf(row.works, '', disabled))).toEqual(['20260101000002_five']);
      expect(await journal()).toEqual([]);
      const finished = await state();
      if (!clean.has(name)) {
        await emptied[dialect](connection);
        await run(base, bodyOf(row.works, '', disabled));
        clean.set(name, await state());
      }
      expect(finished).toEqual(clean.get(name));
    });
  });
});
