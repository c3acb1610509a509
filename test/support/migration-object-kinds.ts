/** The same of keys, constraints, views and types, and of what runs something of its own. */
import type { Features } from '../../lib/sql/dialect.ts';
import type { Kind, Row } from './migration-kinds.ts';

const hasExclusions = ({ schema }: Features) => schema.exclusionConstraints;
const hasLateValidation = ({ schema }: Features) => schema.lateValidation;
const hasEnums = ({ schema }: Features) => schema.enumTypes;
const hasSchemas = ({ schema }: Features) => schema.schemas;
const hasVirtualTables = ({ schema }: Features) => schema.virtualTables;
const hasMaterialized = ({ schema }: Features) => schema.materializedViews;
const alters = ({ alterConstraints }: Features) => alterConstraints;
const mood = "this.createEnum('mood', ['sad', 'happy'])";
const query = "'SELECT id, title FROM teams'";

export const objectKinds = {
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
      undone: true,
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
} satisfies Partial<Record<Kind, readonly Row[]>>;
