/** Migrations run without being compiled: what the types forbid has to be refused by the operations themselves. */
import { expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, useMigrator } from '../support/migrator.ts';
import { schemaText } from '../support/schema-snapshot.ts';

/** Each with what the message has to name. */
const misspelt: readonly (readonly [step: string, message: RegExp])[] = [
  ["this.createTable('notes', { id: column.id() }, { ifNotExist: true })", /ifNotExist.*ifNotExists/s],
  ["this.dropTable('notes', undefined, { ifExist: true })", /ifExist.*ifExists/s],
  ["this.createJoinTable('posts', 'tags', { tabel: 'x' })", /tabel.*table/s],
  [
    "this.changeTable('users', (table) => table.addColumn('a', column.string().nullable()), { locks: 'none' })",
    /locks/s,
  ],
  ["this.addIndex('users', 'name', { uniqe: true })", /uniqe.*unique/s],
  ["this.addIndex('users', 'name', 'by_name')", /object/s],
  ["this.addIndex('users', [{ name: 'name', orders: 'desc' }])", /array|orders/s],
  ["this.addForeignKey('users', 'users', { column: 'id', ondelete: 'cascade' })", /ondelete.*onDelete/s],
  ["this.addReference('users', 'team', { foreignKey: false })", /foreignKey/s],
  ["this.addReference('users', 'team', { polymorphic: true, nul: true })", /nul.*null/s],
  ["this.addColumn('users', 'teamId', column.references('teams', { ondelete: 'cascade' }))", /ondelete.*onDelete/s],
  ["this.addTimestamps('users', { null: true })", /null/s],
  ["this.addCheckConstraint('users', 'id > 0', { validated: false })", /validated.*validate/s],
  ["this.addUniqueConstraint('users', 'name', { defered: 'deferred' })", /defered.*deferrable/s],
  ["this.addExclusionConstraint('users', [{ column: 'id', with: '=' }], { method: 'gist' })", /method/s],
  ["this.createView('named', 'SELECT 1', { materialised: true })", /materialised.*materialized/s],
  ["this.changeTableComment('users', 'those who sign in')", /object.*from/s],
  ["this.changeColumnComment('users', 'name', null)", /object.*from/s],
  ["this.changeColumnDefault('users', 'name', { form: 'a', to: 'b' })", /form.*from/s],
  ["this.addColumn('users', 'age', 'integer')", /column.string/s],
  ["this.addColumn('users', undefined, column.integer())", /name.*undefined/s],
  ["this.changeColumn('users', 'name', 'text')", /column.string/s],
  ["this.createTable('notes', { body: 'text' })", /notes.body.*column.string/s],
  ["this.createTable('notes', (table) => table.string('body'))", /columns/s],
  ["this.renameColumn('users', 'name')", /to.*undefined/s],
  ["this.addIndex('users', undefined)", /undefined/s],
  ["this.changeColumnNull('users', 'name', { null: true })", /true or false/s],
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
