import { beforeEach, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { dryRun, type MigrationEvent, migrate, sql } from '../../lib/index.ts';
import { createDatabase, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { schemaText } from '../support/schema-snapshot.ts';

const failing = `this.renameTable('not_there', 'x');`;

describeEachDatabase('the journal of changes that are more than tables and columns', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  let folder: ReturnType<typeof migrationFolder>;
  const events: MigrationEvent[] = [];
  const up = () =>
    migrate({ connection, folder: folder.path, onEvent: (event: MigrationEvent) => void events.push(event) });

  beforeEach(async () => {
    database = await createDatabase(dialect);
    connection = connections.define(`journal-dsl-${dialect}`, database.url);
    folder = migrationFolder();
    folder.add(
      '20260101000000_notes',
      `change() {
        this.createTable('notes', { id: column.id(), body: column.string().nullable(), rank: column.integer().default(1) });
        this.addIndex('notes', 'rank');
      }`,
    );
    await migrate({ connection, folder: folder.path });
    events.length = 0;
    return async () => {
      await connection.close();
      await database.drop();
    };
  });

  const schema = async () => {
    const { ar_migration_steps: _, ...rest } = await schemaText(connection);
    return rest;
  };
  const bodies = async () => (await connection.query(sql`SELECT body FROM notes ORDER BY id`)).map(({ body }) => body);
  const journaled = (steps: string) => `static disableTransaction = true; ${steps}`;

  it.each([
    ['an index that was renamed', `this.renameIndex('notes', 'index_notes_on_rank', 'by_rank');`],
    ['a check', `this.addCheckConstraint('notes', sql\`rank > 0\`, { name: 'positive' });`],
    ['a unique constraint', `this.addUniqueConstraint('notes', 'body', { name: 'one_body' });`],
    ['a view', `this.createView('ranked', sql\`SELECT id FROM notes WHERE rank > 1\`);`],
    [
      'changes of one table',
      `this.changeTable('notes', (t) => { t.addColumn('tag', column.string().nullable()); t.addIndex('tag'); });`,
    ],
    [
      'what is reversible',
      `this.reversible({ up: () => this.addColumn('notes', 'tag', column.string().nullable()) });`,
    ],
  ])('undoes %s at once when what follows fails', async (_what, change) => {
    const before = await schema();
    folder.add('20260102000000_change', journaled(`change() { ${change} this.say('done'); ${failing} }`));
    await expect(up()).rejects.toThrow(/was undone at once/);
    expect(events.filter(({ kind }) => kind === 'said')).toHaveLength(1);
    expect(await schema()).toEqual(before);
  });

  it('goes on behind what was done, and says again what it says', async () => {
    const start = `this.say('tagging'); this.addColumn('notes', 'tag', column.string().nullable()); this.createView('ranked', sql\`SELECT id FROM notes\`);`;
    folder.add('20260102000000_change', journaled(`up() { ${start} ${failing} } down() {}`));
    await expect(up()).rejects.toThrow(/2 of 3 operations are done/);
    folder.remove('20260102000000_change');
    // Another name: Node keeps what a file said.
    folder.add('20260102000000_changed', journaled(`up() { ${start} this.say('tagged'); } down() {}`));
    await up();
    expect(events.flatMap((event) => (event.kind === 'said' ? [event.message] : []))).toEqual([
      'tagging',
      'tagging',
      'tagged',
    ]);
    expect((await schema()).notes?.join()).toContain('tag');
  });

  it('fills in rows with the value that a column is given, alone and among changes of one table', async () => {
    await connection.execute(sql`INSERT INTO notes (body) VALUES (NULL)`);
    folder.add(
      '20260102000000_change',
      journaled(`up() { this.changeColumnNull('notes', 'body', false, "it's \\\\ ?"); } down() {}`),
    );
    folder.add(
      '20260103000000_other',
      journaled(`up() {
        this.addColumn('notes', 'tag', column.string().nullable());
        this.changeTable('notes', (t) => { t.addColumn('more', column.integer().nullable()); t.changeColumnNull('tag', false, 'none'); });
      } down() {}`),
    );
    await up();
    expect(await bodies()).toEqual(["it's \\ ?"]);
    expect(await connection.query(sql`SELECT tag FROM notes`)).toEqual([{ tag: 'none' }]);
  });

  it('takes a data step inside of reversible, and refuses it inside of changes of one table', async () => {
    const data = `this.data(({ execute }) => execute("INSERT INTO notes (body) VALUES ('data')").then(() => undefined));`;
    folder.add('20260102000000_change', `change() { this.reversible({ up: () => { ${data} } }); }`);
    await up();
    expect(await bodies()).toEqual(['data']);
    folder.add('20260103000000_other', `change() { this.changeTable('notes', () => { ${data} }); }`);
    await expect(up()).rejects.toThrow(/A data step stands by itself/);
    expect(await bodies()).toEqual(['data']);
  });

  it('is thought through: what follows finds what would be there', async () => {
    folder.add(
      '20260102000000_change',
      `change() {
        this.addIndex('notes', 'body', { name: 'one' });
        this.renameIndex('notes', 'one', 'two');
        this.removeIndex('notes', 'body', { name: 'two' });
        this.addUniqueConstraint('notes', 'body', { name: 'one_body' });
        this.removeUniqueConstraint('notes', 'body', { name: 'one_body' });
        this.addCheckConstraint('notes', sql\`rank > 0\`, { name: 'positive' });
        this.removeCheckConstraint('notes', sql\`rank > 0\`, { name: 'positive' });
        this.createView('ranked', sql\`SELECT id FROM notes\`);
        this.dropView('ranked', sql\`SELECT id FROM notes\`);
      }`,
    );
    const before = await schema();
    const [planned] = await dryRun({ connection, folder: folder.path });
    expect(planned?.sql.filter((line) => line.includes('not known'))).toEqual([]);
    expect(planned?.sql.at(-1)).toMatch(/^DROP VIEW/);
    expect(await schema()).toEqual(before);
  });
});
