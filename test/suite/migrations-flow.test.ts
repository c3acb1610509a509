import { beforeEach, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { IrreversibleMigration, MigrationFailed, MigrationInvalid } from '../../lib/errors/migration.ts';
import { BaseModel, column, sql } from '../../lib/index.ts';
import { dryRun } from '../../lib/migrations/dry-run.ts';
import { type MigrationEvent, migrate, rollback } from '../../lib/migrations/runner.ts';
import { createDatabase, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { schemaText } from '../support/schema-snapshot.ts';

const notes = `this.createTable('notes', { id: column.id(), body: column.string().nullable(), rank: column.integer().default(1) });`;

describeEachDatabase('the flow of migrations', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  let folder: ReturnType<typeof migrationFolder>;
  const events: MigrationEvent[] = [];
  const onEvent = (event: MigrationEvent) => void events.push(event);

  beforeEach(async () => {
    database = await createDatabase(dialect);
    connection = connections.define(`flow-${dialect}`, database.url);
    folder = migrationFolder();
    folder.add('20260101000000_notes', `change() { ${notes} }`);
    await migrate({ connection, folder: folder.path });
    events.length = 0;
    return async () => {
      await connection.close();
      await database.drop();
    };
  });

  const up = () => migrate({ connection, folder: folder.path, onEvent });
  const down = () => rollback({ connection, folder: folder.path, onEvent });
  const bodies = async () => (await connection.query(sql`SELECT body FROM notes ORDER BY id`)).map(({ body }) => body);

  it('takes the one direction of reversible, and the other when it is undone', async () => {
    folder.add(
      '20260102000000_both',
      `change() { this.reversible({
        up: () => this.execute("INSERT INTO notes (body) VALUES ('up')"),
        down: () => this.execute("INSERT INTO notes (body) VALUES ('down')"),
      }); }`,
    );
    await up();
    expect(await bodies()).toEqual(['up']);
    await down();
    expect(await bodies()).toEqual(['up', 'down']);
  });

  it('keeps the order of what is reversible among other operations', async () => {
    folder.add(
      '20260102000000_order',
      `change() {
        this.addColumn('notes', 'tag', column.string().nullable());
        this.reversible({ down: () => { this.execute("UPDATE notes SET body = tag"); this.execute("UPDATE notes SET tag = 'x'"); } });
        this.execute("INSERT INTO notes (tag) VALUES ('kept')", "SELECT 1");
      }`,
    );
    await up();
    await down();
    expect(await bodies()).toEqual(['kept']);
  });

  it('leaves alone what is for up only', async () => {
    folder.add(
      '20260102000000_once',
      `change() { this.upOnly(() => this.execute("INSERT INTO notes (body) VALUES ('up')")); }`,
    );
    await up();
    await down();
    expect(await bodies()).toEqual(['up']);
  });

  it.each([
    ['reversible', `this.reversible({ up: async () => {} });`],
    ['upOnly', `this.upOnly(async () => {});`],
    ['revert', `this.revert(async () => {});`],
    ['changeTable', `this.changeTable('notes', async () => {});`],
  ])('refuses a function given to %s that is async', async (_, body) => {
    folder.add('20260102000000_waits', `change() { ${body} }`);
    await expect(up()).rejects.toMatchObject({ cause: expect.any(MigrationInvalid) });
    await expect(up()).rejects.toThrow(/waits for nothing/);
  });

  it.each([
    ['reversible without a direction', 'this.reversible({})', /neither what is done nor what undoes it/],
    ['reversible of no function', "this.reversible({ up: 'x' })", /takes a function, not the string "x"/],
    ['upOnly of a query that nobody sends', 'this.upOnly(() => ({ then() {} }))', /waits for nothing/],
    [
      'async work inside of reversible',
      "this.upOnly(() => { this.sayWithTime('x', async () => {}); })",
      /waits for nothing/,
    ],
    ['revert of nothing', 'this.revert(undefined)', /the class of another migration, not undefined/],
    ['revert of another class', 'this.revert(class { change() {} })', /has to extend Migration/],
    ['revert of itself', 'this.revert(this.constructor)', /reverted by itself/],
    ['revert of change() beside up()', 'this.revert(class extends Migration { change() {} up() {} })', /which of them/],
    ['revert of what does nothing', 'this.revert(class extends Migration {})', /nothing to revert/],
    ['revert of up() alone', 'this.revert(class extends Migration { up() {} })', /no down\(\)/],
    ['a message that is none', 'this.say(undefined)', /A message is text, not undefined/],
    ['timed work that is none', "this.sayWithTime('x', undefined)", /a message and a function, not undefined/],
  ])('refuses %s', async (_, body, message) => {
    folder.add(
      '20260102000000_wrong',
      `change() { this.addColumn('notes', 'tag', column.string().nullable()); ${body}; }`,
    );
    const before = await schemaText(connection);
    await expect(up()).rejects.toThrow(message);
    expect((await schemaText(connection)).notes).toEqual(before.notes);
  });

  it.each([
    [
      'an answer',
      "(async () => { if (!(await this.tableExists('late'))) this.createTable('late', { id: column.id() }); })()",
    ],
    [
      'an operation',
      "(async () => { await this.addColumn('notes', 'tag', column.string()); this.dropTable('notes'); })()",
    ],
    ['timed work', "this.sayWithTime('x', async () => { await this.tableExists('notes'); this.dropTable('notes'); })"],
  ])('refuses to end while %s is still waited for, and carries out nothing of it', async (_, body) => {
    const before = await schemaText(connection);
    folder.add('20260102000000_forgets', `change() { ${body}; }`);
    await expect(up()).rejects.toThrow(/an await is missing/);
    expect(await schemaText(connection)).toMatchObject(before);
    await expect(up()).rejects.toThrow(/an await is missing/);
  });

  it('carries out nothing that is asked for after its end', async () => {
    folder.add(
      '20260102000000_late',
      `up() {
        globalThis.flowLate = new Promise((go) => { globalThis.flowGo = go; })
          .then(() => this.dropTable('notes'))
          .catch((error) => error);
      }
      down() {}`,
    );
    await up();
    Reflect.get(globalThis, 'flowGo')();
    expect(await Reflect.get(globalThis, 'flowLate')).toMatchObject({
      code: 'AR_MIGRATION_INVALID',
      message: expect.stringContaining('after it had ended'),
    });
    expect(Object.keys(await schemaText(connection))).toContain('notes');
  });

  it('does not write a second time what change() writes by itself, when it is undone', async () => {
    Reflect.set(globalThis, 'flowWrite', () => connection.execute(sql`INSERT INTO notes (body) VALUES ('own')`));
    folder.add(
      '20260102000000_writes',
      `async change() { this.addColumn('notes', 'tag', column.string().nullable()); await globalThis.flowWrite(); }`,
    );
    await up();
    await expect(dryRun({ connection, folder: folder.path, direction: 'down' })).rejects.toBeInstanceOf(
      IrreversibleMigration,
    );
    const error = await down().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IrreversibleMigration);
    expect(error).toMatchObject({ message: expect.stringContaining('Write up() and down()') });
    expect(await bodies()).toEqual(['own']);
  });

  it('counts no message among its operations, also where it goes on after a stop', async () => {
    const body = (said: string, last: string) =>
      `static disableTransaction = true;
      up() { ${said} this.execute("INSERT INTO notes (body) VALUES ('once')"); this.say('between'); ${last} }
      down() {}`;
    folder.add('20260102000000_counts', body('', "this.renameTable('not_there', 'x');"));
    await expect(up()).rejects.toThrow(/at operation 2 of 2 .* 1 of 2 operations is done/s);
    folder.remove('20260102000000_counts');
    folder.add('20260102000000_counts_on', body("this.say('more to say');", "this.addIndex('notes', 'rank');"));
    await up();
    expect(await bodies()).toEqual(['once']);
  });

  it('refuses to revert what cannot be undone, before anything is changed', async () => {
    const before = await schemaText(connection);
    folder.add(
      '20260102000000_lost',
      `change() { this.addColumn('notes', 'tag', column.string().nullable()); this.revert(() => this.removeColumn('notes', 'rank')); }`,
    );
    await expect(up()).rejects.toMatchObject({ cause: expect.any(IrreversibleMigration) });
    expect(await schemaText(connection)).toEqual(before);
  });

  it('says what it is told to say when its turn has come, in both directions', async () => {
    folder.add(
      '20260102000000_says',
      `change() {
        this.say('before');
        this.sayWithTime('tagging', () => this.addColumn('notes', 'tag', column.string().nullable()));
      }`,
    );
    const said = () =>
      events.flatMap((event) =>
        event.kind === 'said' ? [[event.direction, event.message, typeof event.duration]] : [],
      );
    await up();
    expect(said()).toEqual([
      ['up', 'before', 'undefined'],
      ['up', 'tagging', 'undefined'],
      ['up', 'tagging', 'number'],
    ]);
    events.length = 0;
    await down();
    expect(said()).toEqual([
      ['down', 'tagging', 'undefined'],
      ['down', 'tagging', 'number'],
      ['down', 'before', 'undefined'],
    ]);
  });

  it('gives back what timed work gives, and times it to its end', async () => {
    folder.add(
      '20260102000000_waits',
      `async up() {
        const rows = await this.sayWithTime('counting', async () => {
          this.execute("INSERT INTO notes (body) VALUES ('one')");
          return this.query(sql\`SELECT body FROM notes\`);
        });
        if (rows.length !== 1) throw new Error('no rows');
      }
      down() {}`,
    );
    await up();
    expect(events.filter(({ kind }) => kind === 'said')).toHaveLength(2);
  });

  it('keeps what was done before a failure where it runs without a transaction', async () => {
    folder.add(
      '20260102000000_open',
      `static disableTransaction = true; up() { this.addColumn('notes', 'tag', column.string().nullable()); this.renameTable('not_there', 'x'); } down() {}`,
    );
    await expect(up()).rejects.toThrow(/1 of 2 operations is done .* and stays/);
    expect((await schemaText(connection)).notes?.join()).toContain('tag');
  });

  it.runIf(dialect === 'postgres')(
    'makes and removes indexes concurrently where it runs without a transaction',
    async () => {
      const before = await schemaText(connection);
      const body = `change() { this.addIndex('notes', 'body', { concurrently: true }); }`;
      folder.add('20260102000000_index', body);
      await expect(up()).rejects.toThrow(/cannot be done concurrently inside of a transaction.*disableTransaction/s);
      folder.add('20260102000000_index', `${body} `.replace('change', 'static disableTransaction = true; change'));
      folder.remove('20260102000000_index');
      folder.add('20260103000000_index', `static disableTransaction = true; ${body}`);
      await up();
      expect((await schemaText(connection)).notes?.join()).toContain('index_notes_on_body');
      await down();
      const { ar_migration_steps: _, ...after } = await schemaText(connection);
      expect(after).toEqual(before);
    },
  );

  it('leaves an index alone that is there already', async () => {
    folder.add(
      '20260102000000_twice',
      `up() { this.addIndex('notes', 'rank'); this.addIndex('notes', 'rank', { ifNotExists: true }); } down() {}`,
    );
    await up();
    expect((await schemaText(connection)).notes?.join().match(/index_notes_on_rank/g)).toHaveLength(1);
  });

  it.each([
    ['a column that is not there', `this.changeColumnDefault('notes', 'rnk', { from: 1, to: 2 })`, /no column "rnk"/],
    [
      'a value that is none of the column',
      `this.changeColumnDefault('notes', 'rank', { from: 1, to: 'x' })`,
      /The default of notes.rank/,
    ],
    [
      'a check that is not there',
      `this.removeCheckConstraint('notes', { name: 'no' })`,
      /no check constraint named "no"/,
    ],
    [
      'a check with a name of ours',
      `this.addCheckConstraint('notes', 'rank > 0', { name: 'chk_rank' })`,
      /Choose another/,
    ],
    ['no change of a table', `this.changeTable('notes', () => {})`, /changes nothing/],
    ['a join table of one', `this.createJoinTable('notes', 'notes')`, /with itself/],
    [
      'a polymorphic reference to a table',
      `this.addReference('notes', 'of', { polymorphic: true, table: 'x' })`,
      /points to no one table/,
    ],
  ])('refuses %s', async (_, body, message) => {
    folder.add('20260102000000_wrong', `change() { ${body} }`);
    await expect(up()).rejects.toBeInstanceOf(MigrationFailed);
    await expect(up()).rejects.toThrow(message);
  });

  it('tells whether there is a foreign key or a constraint', async () => {
    folder.add(
      '20260102000000_asks',
      `async up() {
        this.addReference('notes', 'parent', { table: 'notes', nullable: true });
        this.addCheckConstraint('notes', 'rank > 0', { name: 'ranked' });
        const answers = [
          await this.foreignKeyExists('notes', 'notes', { column: 'parentId' }),
          await this.foreignKeyExists('notes', { name: 'no' }),
          await this.constraintExists('notes', 'ranked'),
          await this.constraintExists('notes', 'no'),
        ];
        if (answers.join() !== 'true,false,true,false') throw new Error(answers.join());
      }
      down() {}`,
    );
    await expect(up()).resolves.toHaveLength(1);
  });

  // On MySQL such a constraint is an index, which goes with the column and comes back with it.
  it.skipIf(dialect === 'mysql')(
    'removes no column with a unique constraint over it, which no undo would make again',
    async () => {
      const add = `this.addColumn('notes', 'code', column.integer().nullable());
        this.addUniqueConstraint('notes', 'code', { name: 'one_code' });`;
      folder.add('20260102000000_unique', `up() { ${add} this.removeColumn('notes', 'code'); } down() {}`);
      await expect(up()).rejects.toThrow(/"one_code" of "notes" goes by the column "code"/);
      folder.remove('20260102000000_unique');
      folder.add(
        '20260102000001_unique',
        `up() { ${add} this.removeUniqueConstraint('notes', 'code', { name: 'one_code' }); this.removeColumn('notes', 'code'); }
       down() {}`,
      );
      await up();
      expect((await schemaText(connection)).notes?.join()).not.toMatch(/one_code/);
    },
  );

  it.skipIf(dialect === 'mysql')('says what an index belongs to that cannot be removed by itself', async () => {
    folder.add(
      '20260102000000_index',
      `change() { this.addUniqueConstraint('notes', 'rank', { name: 'one' }); this.removeIndex('notes', 'rank', { name: 'one' }); }`,
    );
    await expect(up()).rejects.toMatchObject({ cause: { hint: expect.stringMatching(/removeUniqueConstraint/) } });
  });

  it.runIf(dialect === 'sqlite')('migrates what was broken before, and refuses what it breaks itself', async () => {
    folder.add(
      '20260102000000_keys',
      `up() {
        this.createTable('owners', { id: column.id() });
        this.addReference('notes', 'owner', { table: 'owners', nullable: true });
        this.execute('INSERT INTO owners (id) VALUES (1)');
        this.execute("INSERT INTO notes (owner_id) VALUES (1)");
      }
      down() {}`,
    );
    await up();
    // As a program leaves them that enforces no keys.
    const { default: Sqlite } = await import('better-sqlite3');
    const other = new Sqlite(new URL(database.url).pathname);
    other.pragma('foreign_keys = OFF');
    other.exec('INSERT INTO notes (owner_id) VALUES (99)');
    other.exec('CREATE TABLE strays (rank INTEGER REFERENCES notes (rank)); INSERT INTO strays VALUES (5)');
    other.close();
    folder.add('20260103000000_anew', `change() { this.changeColumnNull('notes', 'body', true); }`);
    await expect(up()).resolves.toHaveLength(1);
    folder.add('20260104000000_breaks', `up() { this.execute('DELETE FROM owners'); }`);
    await expect(up()).rejects.toThrow(/would leave 1 row .*"notes", to "owners"/);
    expect(await connection.query(sql`SELECT id FROM owners`)).toHaveLength(1);
  });

  it.runIf(dialect === 'sqlite')('keeps all that a table has where it is written anew', async () => {
    folder.add(
      '20260102000000_dependents',
      `up() {
        this.addIndex('notes', [sql\`lower(body)\`], { name: 'by_body', where: 'rank > 0' });
        this.createView('bodies', 'SELECT body FROM notes');
        this.execute("CREATE TRIGGER count_up AFTER INSERT ON notes BEGIN UPDATE notes SET rank = rank + 1 WHERE id = NEW.id; END");
        this.execute("INSERT INTO notes (body) VALUES ('a'), ('b')");
        this.execute('DELETE FROM notes WHERE id = 2');
      }
      down() {}`,
    );
    folder.add(
      '20260103000000_anew',
      `change() {
        this.addCheckConstraint('notes', 'rank < 9', { name: 'low' });
        this.addUniqueConstraint('notes', 'body');
        this.changeColumnNull('notes', 'body', false);
        this.changeColumnDefault('notes', 'rank', { from: 1, to: 2 });
        this.addColumn('notes', 'twice', column.integer().nullable().generatedAs(sql\`rank * 2\`, { stored: true }));
      }`,
    );
    await up();
    await connection.execute(sql`INSERT INTO notes (body) VALUES ('c')`);
    const rows = await connection.query(sql`SELECT id, body, rank, twice FROM notes ORDER BY id`);
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { id: 1, body: 'a', rank: 2, twice: 4 },
      { id: 3, body: 'c', rank: 3, twice: 6 },
    ]);
    expect(await connection.query(sql`SELECT body FROM bodies`)).toHaveLength(2);
    expect((await schemaText(connection)).notes?.join()).toMatch(/CREATE INDEX "by_body".*CREATE TRIGGER count_up/s);
    await expect(connection.execute(sql`INSERT INTO notes (body, rank) VALUES ('d', 9)`)).rejects.toThrow(/low/);
  });

  it('leaves the default to the database where it is computed there, and never writes what is generated', async () => {
    folder.add(
      '20260102000000_boxes',
      `change() { this.createTable('boxes', {
        id: column.id(), a: column.integer().default(sql\`(40 + \${2})\`), b: column.integer().nullable().generatedAs(sql\`a + 1\`, { stored: true }),
      }); }`,
    );
    await up();
    class Box extends BaseModel.with({
      id: column.id(),
      a: column.integer().default(sql`(40 + 2)`),
      b: column.integer().nullable().generatedAs(sql`a + 1`, { stored: true }),
    }) {
      static override connectionName = `flow-${dialect}`;
    }
    const made = await Box.create({});
    expect(await Box.find(made.id)).toMatchObject({ a: 42, b: 43 });
    await Box.insertAll([{ a: 1 }]);
    await Box.insertAll([{}]);
    expect(await Box.order('id').pluck('b')).toEqual([43, 2, 43]);
    await expect(Box.create({ b: 1 })).rejects.toThrow(/computed/);
  });
});
