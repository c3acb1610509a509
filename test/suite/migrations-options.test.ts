/** Migrations run without being compiled: what the types forbid has to be refused by the operations themselves. */
import { expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, useMigrator } from '../support/migrator.ts';
import { schemaText } from '../support/schema-snapshot.ts';

const misspelt: readonly (readonly [step: string, message: RegExp])[] = [
  [
    "this.createTable('notes', { id: column.id() }, { ifNotExist: true })",
    /createTable has no option "ifNotExist".*"ifNotExists"/,
  ],
  ["this.dropTable('notes', undefined, { ifExist: true })", /dropTable has no option "ifExist"/],
  ["this.createJoinTable('posts', 'tags', { tabel: 'x' })", /join table has no option "tabel".*"table"/],
  [
    "this.changeTable('users', (table) => table.addColumn('a', column.string().nullable()), { locks: 'none' })",
    /changeTable has no option "locks"/,
  ],
  ["this.addIndex('users', 'name', { uniqe: true })", /index of "users" has no option "uniqe".*"unique"/],
  ["this.addIndex('users', 'name', 'by_name')", /index of "users": the options are an object, not "by_name"/],
  ["this.addIndex('users', [{ name: 'name', orders: 'desc' }])", /column of an index has no option "orders"/],
  [
    "this.addForeignKey('users', 'users', { column: 'id', ondelete: 'cascade' })",
    /foreign key of "users" has no option "ondelete".*"onDelete"/,
  ],
  ["this.addReference('users', 'team', { foreignKey: false })", /reference "team" has no option "foreignKey"/],
  ["this.addReference('users', 'team', { polymorphic: true, nul: true })", /reference "team" has no option "nul"/],
  [
    "this.addColumn('users', 'teamId', column.references('teams', { ondelete: 'cascade' }))",
    /reference to "teams" has no option "ondelete".*"onDelete"/,
  ],
  ["this.addTimestamps('users', { null: true })", /Timestamps has no option "null"/],
  ["this.addCheckConstraint('users', 'id > 0', { validated: false })", /check of "users" has no option "validated"/],
  [
    "this.addUniqueConstraint('users', 'name', { defered: 'deferred' })",
    /unique constraint of "users" has no option "defered"/,
  ],
  [
    "this.addExclusionConstraint('users', [{ column: 'id', with: '=' }], { method: 'gist' })",
    /exclusion constraint of "users" has no option "method"/,
  ],
  [
    "this.createView('named', 'SELECT 1', { materialised: true })",
    /createView has no option "materialised".*"materialized"/,
  ],
  [
    "this.changeTableComment('users', 'those who sign in')",
    /comment of "users" was not told what it is to become.*from/,
  ],
  ["this.changeColumnComment('users', 'name', null)", /comment of "users.name" was not told/],
  [
    "this.changeColumnDefault('users', 'name', { form: 'a', to: 'b' })",
    /default of "users.name" has no option "form".*"from"/,
  ],
  ["this.addColumn('users', 'age', 'integer')", /users.age is described by no column.*column.string/],
  ["this.addColumn('users', undefined, column.integer())", /name of a column is a text, not undefined/],
  ["this.changeColumn('users', 'name', 'text')", /users.name is described by no column/],
  ["this.createTable('notes', { body: 'text' })", /notes.body is described by no column/],
  ["this.createTable('notes', (table) => table.string('body'))", /columns of the table "notes" are no object/],
  ["this.renameColumn('users', 'name')", /name of a column is a text, not undefined/],
  ["this.addIndex('users', undefined)", /name of a column is a text, not undefined/],
  ["this.changeColumnNull('users', 'name', { null: true })", /not told whether "users.name" is to allow NULL/],
];

describeEachDatabase('an argument that the types forbid', ({ dialect }) => {
  const m = useMigrator(dialect);

  it('is refused before anything is sent, and the message says what there is', async () => {
    m.folder.add(
      '20260101000001_users',
      "change() { this.createTable('users', { id: column.id(), name: column.string() }); }",
    );
    await m.up();
    const before = await schemaText(m.connection);
    const attempts = misspelt.map(([step]) => `() => ${step}`).join(', ');
    m.folder.add(
      '20260101000002_misspelt',
      `up() {
        const told = [${attempts}].map((attempt) => { try { attempt(); return 'nothing'; } catch (error) { return error.code + ' ' + error.message; } });
        throw new Error(JSON.stringify(told));
      }`,
    );
    const error = await failure(m.up());
    const { message } = (error instanceof Error && error.cause instanceof Error ? error.cause : undefined) ?? {
      message: '[]',
    };
    const told: unknown = JSON.parse(message);
    expect(told).toEqual(misspelt.map(([, text]) => expect.stringMatching(text)));
    expect(told).toEqual(misspelt.map(() => expect.stringMatching(/^AR_(MIGRATION|DEFINITION)_INVALID /)));
    expect(await schemaText(m.connection)).toEqual(before);
  });
});
