/** What is removed is what the migration says it is, so that undoing it makes nothing else. */
import { describe, expect, it } from 'vitest';
import { sql } from '../../lib/sql/template.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, useMigrator } from '../support/migrator.ts';
import { schemaText } from '../support/schema-snapshot.ts';

const base = `up() {
  this.createTable('users', { id: column.id(), name: column.string(20).unique(), age: column.integer().nullable(), rank: column.integer().nullable() });
  this.createTable('posts', { id: column.id(), userId: column.references('users', { onDelete: 'cascade' }), place: column.integer().nullable() });
  this.addIndex('users', ['age', { name: 'rank', order: 'desc' }], { name: 'by_age' });
  this.addCheckConstraint('users', 'rank > 0', { name: 'ranked' });
  this.addIndex('posts', 'place', { name: 'placed' });
}`;

const refused: Readonly<Record<string, readonly [steps: string, message: RegExp]>> = {
  'an index that is unique': [`this.removeIndex('users', 'name')`, /it is unique/],
  'an index with another order': [`this.removeIndex('users', ['age', 'rank'], { name: 'by_age' })`, /rank desc/],
  'an index with another name': [`this.removeIndex('posts', 'place')`, /not named "index_posts_on_place"/],
  'an index of a renamed table': [
    `this.renameTable('users', 'people'); this.removeIndex('people', 'name', { unique: true })`,
    /not named "index_people_on_name"/,
  ],
  'a foreign key with another action': [`this.removeForeignKey('posts', 'users')`, /onDelete is 'cascade'/],
  'a column with an index that is not named': [
    `this.removeColumn('posts', 'place', column.integer().nullable())`,
    /it has "placed", which would be gone with it/,
  ],
  'a column without the index that is named': [
    `this.addColumn('posts', 'note', column.string().nullable()); this.removeColumn('posts', 'note', column.string().nullable().unique())`,
    /it has no "index_posts_on_note"/,
  ],
  'a column whose foreign key has another action': [
    `this.removeColumn('posts', 'userId', column.references('users'))`,
    /onDelete is 'cascade'/,
  ],
  'changeColumn of what is counted up': [
    `this.changeColumn('posts', 'id', column.bigint(), column.bigint())`,
    /counted up by the database/,
  ],
  'changeColumn of what is computed': [
    `this.addColumn('posts', 'double', column.integer().nullable().generatedAs(sql\`place * 2\`, { stored: true })); this.changeColumn('posts', 'double', column.string().nullable(), column.string().nullable())`,
    /computed by the database/,
  ],
  'changeColumnNull of what is computed': [
    `this.addColumn('posts', 'double', column.integer().nullable().generatedAs(sql\`place * 2\`, { stored: true })); this.changeColumnNull('posts', 'double', false)`,
    /computed by the database/,
  ],
  'an algorithm of one of several changes': [
    `this.changeTable('users', (table) => table.addIndex('age', { lock: 'none' }))`,
    /has an algorithm or a lock of its own/,
  ],
};

describeEachDatabase('what a migration removes', ({ dialect }) => {
  const m = useMigrator(dialect);

  const refusal = async (steps: string) => {
    m.folder.add('20260101000000_base', base);
    await m.up();
    const before = await schemaText(m.connection);
    m.folder.add('20260101000001_next', `change() { ${steps} }`);
    const error = await failure(m.up());
    expect(await schemaText(m.connection)).toEqual(before);
    return error;
  };

  it.each(Object.entries(refused))('is refused where it is something else: %s', async (_, [steps, message]) => {
    expect(await refusal(steps)).toMatchObject({
      cause: { code: 'AR_MIGRATION_INVALID', message: expect.stringMatching(message) },
    });
  });

  it.skipIf(dialect === 'sqlite')('is no column that a check goes by, which would be gone with it', async () => {
    expect(await refusal(`this.removeColumn('users', 'rank')`)).toMatchObject({
      cause: { code: 'AR_MIGRATION_INVALID', message: expect.stringMatching(/"(ranked|by_age)"/) },
    });
    expect(
      await failure(
        (async () => {
          m.folder.remove('20260101000001_next');
          m.folder.add(
            '20260101000001_next',
            `change() { this.removeIndex('users', ['age', { name: 'rank', order: 'desc' }], { name: 'by_age' }); this.removeColumn('users', 'rank'); }`,
          );
          return m.up();
        })(),
      ),
    ).toMatchObject({ cause: { message: expect.stringContaining('"ranked" of "users" goes by the column "rank"') } });
  });

  it.each([
    `this.createTable('posts', { id: column.id() }, { ifNotExists: true })`,
    `this.addIndex('posts', 'place', { name: 'placed', ifNotExists: true })`,
  ])('is nothing that may have been there before: %s', async (steps) => {
    m.folder.add('20260101000000_base', base);
    await m.up();
    const before = await schemaText(m.connection);
    m.folder.add('20260101000001_next', `change() { ${steps} }`);
    await m.up();
    expect(await failure(m.down())).toMatchObject({ code: 'AR_MIGRATION_IRREVERSIBLE' });
    expect(await schemaText(m.connection)).toEqual(before);
  });

  it.skipIf(dialect === 'sqlite')(
    'is no part of a value: text that is too long for the new type is refused',
    async () => {
      m.folder.add('20260101000000_base', `${base}`);
      await m.up();
      await m.connection.execute(sql`INSERT INTO users (name) VALUES ('Ada Lovelace')`);
      m.folder.add(
        '20260101000001_next',
        `change() { this.changeColumn('users', 'name', column.string(3), column.string(20)); }`,
      );
      expect(await failure(m.up())).toMatchObject({ code: 'AR_MIGRATION_FAILED' });
      expect((await m.connection.query(sql`SELECT name FROM users`)).map(({ name }) => name)).toEqual(['Ada Lovelace']);
    },
  );

  describe.runIf(dialect === 'postgres')('with a view', () => {
    it.each(['', 'MATERIALIZED '])('is neither its comment nor a grant, nor an index: %sVIEW', async (kind) => {
      const materialized = kind !== '';
      m.folder.add('20260101000000_base', base);
      await m.up();
      await m.connection.execute(sql.unsafe(`CREATE ${kind}VIEW v AS SELECT id, name FROM users`));
      await m.connection.execute(sql.unsafe(`COMMENT ON ${kind}VIEW v IS 'it''s seen'`));
      await m.connection.execute(sql`GRANT SELECT ON v TO PUBLIC`);
      if (materialized) await m.connection.execute(sql`CREATE UNIQUE INDEX one ON v (id)`);
      const facts = async () =>
        (
          await m.connection.query(sql`
          SELECT obj_description(c.oid) AS remark, array_to_string(c.relacl, ',') AS grants,
            (SELECT count(*) FROM pg_index WHERE indrelid = c.oid) AS indexes
          FROM pg_class c WHERE c.relname = 'v'`)
        ).map((row) => ({ ...row }));
      const before = await facts();
      m.folder.add(
        '20260101000001_next',
        `change() { this.alterView('v', 'SELECT id FROM users', 'SELECT id, name FROM users', { materialized: ${materialized} }); }`,
      );
      await m.up();
      expect(await facts()).toEqual(before);
      await m.down();
      expect(await facts()).toEqual(before);
    });
  });
});
