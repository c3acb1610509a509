import { beforeEach, expect, it } from 'vitest';
import type { MigrationFailed } from '../../lib/errors/migration.ts';
import { journalTable } from '../../lib/migrations/journal.ts';
import { type MigrationEvent, migrate, rollback } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, useMigrator } from '../support/migrator.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';

const base = `change() {
  this.createTable('teams', { id: column.id(), title: column.string(40) });
  this.createTable('users', {
    id: column.id(),
    name: column.string(40),
    age: column.integer().nullable(),
    teamId: column.integer().nullable(),
    leadId: column.references('teams').nullable(),
  });
  this.addIndex('users', 'name', { name: 'by_name' });
}`;

interface Kind {
  /** The third operation of five, which is done before the one that fails. */
  readonly operation: string;
  /** It can be undone without a loss. */
  readonly undone: boolean;
}

const kinds: Readonly<Record<string, Kind>> = {
  createTable: {
    operation: "this.createTable('tags', { id: column.id(), label: column.string().index() })",
    undone: true,
  },
  dropTable: { operation: "this.dropTable('spare')", undone: false },
  renameTable: { operation: "this.renameTable('spare', 'kept')", undone: true },
  addColumn: { operation: "this.addColumn('users', 'email', column.string().nullable().unique())", undone: true },
  addReference: { operation: "this.addReference('users', 'boss', { table: 'users', nullable: true })", undone: true },
  removeColumn: { operation: "this.removeColumn('users', 'age', column.integer().nullable())", undone: false },
  renameColumn: { operation: "this.renameColumn('users', 'name', 'fullName')", undone: true },
  'changeColumn, wider': {
    operation: "this.changeColumn('users', 'name', column.string(80), column.string(40))",
    undone: true,
  },
  'changeColumn, narrower': {
    operation: "this.changeColumn('users', 'name', column.string(20), column.string(40))",
    undone: false,
  },
  'changeColumn from what is not said': {
    operation: "this.changeColumn('users', 'name', column.string(80))",
    undone: false,
  },
  addIndex: { operation: "this.addIndex('users', ['name', 'age'], { unique: true })", undone: true },
  removeIndex: { operation: "this.removeIndex('users', 'name', { name: 'by_name' })", undone: true },
  'removeIndex by name': { operation: "this.removeIndex('users', { name: 'by_name' })", undone: false },
  addForeignKey: {
    operation: "this.addForeignKey('users', 'teams', { column: 'leadId', name: 'fk_second' })",
    undone: true,
  },
  removeForeignKey: { operation: "this.removeForeignKey('users', 'teams', { column: 'leadId' })", undone: true },
  execute: { operation: 'this.execute("UPDATE users SET age = 1")', undone: false },
  data: {
    operation: 'this.data(async ({ at }) => (at === undefined ? { rows: 1, at: 1 } : undefined))',
    undone: false,
  },
};

const bodyOf = (operation: string, failing: string) => `change() {
  this.createTable('first', { id: column.id() });
  ${operation};
  this.addColumn('first', 'label', column.string().nullable());
  ${failing}
  this.addIndex('first', 'label');
}`;
const spare = "change() { this.createTable('spare', { id: column.id() }); }";
const failing = "this.addIndex('first', 'nothing');";

describeEachDatabase('a migration that stops half way', ({ dialect }) => {
  const m = useMigrator(dialect);
  const journal = async () =>
    (await m.connection.query(sql.unsafe(`SELECT kind, state FROM ${journalTable} ORDER BY operation, step`))).map(
      ({ kind, state }) => `${kind} ${state}`,
    );

  it.each(Object.entries(kinds))('is undone or stays, and can be finished: %s', async (_, { operation, undone }) => {
    m.folder.add('20260101000001_base', base);
    m.folder.add('20260101000002_spare', spare);
    await m.up();
    const before = await schemaSnapshot(m.connection);
    m.folder.add('20260101000003_stop', bodyOf(operation, failing));
    const { message } = (await failure(m.up())) as MigrationFailed;
    const rolledBack = m.connection.dialect.features.transactionalDdl;
    if (rolledBack) expect(message).toContain('Nothing of it was kept');
    else if (undone) expect(message).toMatch(/\d of \d operations were done, and all .* was undone at once/);
    else
      expect(message).toMatch(/\d of \d operations are done \(createTable first; .*\) and stay: \S+ cannot roll back/);
    if (rolledBack || undone) expect(await schemaSnapshot(m.connection)).toEqual(before);
    if (!rolledBack && !undone) expect(await m.states()).toContain('stop unfinished');
    m.folder.remove('20260101000003_stop');
    m.folder.add('20260101000003_mended', bodyOf(operation, ''));
    expect(await m.up()).toEqual(['20260101000003_mended']);
    const mended = await schemaSnapshot(m.connection);
    if (!rolledBack) expect(await journal()).toEqual([]);
    // The same without the failure.
    for (const table of await m.tables()) {
      const keys = await m.connection.introspect((introspection, driver) => introspection.foreignKeys(driver, table));
      for (const { name } of keys) await m.connection.applyDdl({ kind: 'removeForeignKey', table, name });
    }
    for (const table of [...(await m.tables()), 'ar_migrations'])
      await m.connection.applyDdl({ kind: 'dropTable', table, ifExists: true });
    expect(await m.up()).toHaveLength(3);
    expect(mended).toEqual(await schemaSnapshot(m.connection));
  });
});

describeEachDatabase('the journal of a migration', ({ dialect }) => {
  const m = useMigrator(dialect);
  const options = () => ({ connection: m.connection, folder: m.folder.path });
  /** Kept outside of transactions on every database. */
  const journaled = (body: string) => `static disableTransaction = true;\n${body}`;
  const users = "change() { this.createTable('users', { id: column.id(), name: column.string(40) }); }";
  const first = '20260101000002_stop';
  let name = first;
  let rewritten = 0;
  /** The same migration with another body: a module is loaded once, so the file has another name too. */
  const write = (body: string) => {
    if (rewritten > 0) m.folder.remove(name);
    name = rewritten === 0 ? first : `${first}_${rewritten}`;
    rewritten++;
    m.folder.add(name, journaled(body));
  };
  beforeEach(() => {
    rewritten = 0;
    name = first;
  });

  /** As a migrator leaves it that was killed. */
  const forge = async (place: number, state: string) => {
    await m.connection.execute(
      sql.unsafe(`UPDATE ${journalTable} SET state = '${state}' WHERE operation = ${place} AND step < 1000000`),
    );
  };
  /** Leaves a journal: the last operation fails. */
  const stopped = async (operations: string, failing = "this.addIndex('users', 'nothing');") => {
    m.folder.add('20260101000001_users', users);
    write(`up() { ${operations} ${failing} }`);
    await failure(m.up());
    write(`up() { ${operations} }`);
  };

  it('is there for migrations that ask for no transaction, and is empty at their end', async () => {
    m.folder.add('20260101000001_users', journaled(users));
    await m.up();
    expect(await m.connection.query(sql.unsafe(`SELECT * FROM ${journalTable}`))).toEqual([]);
    expect(await m.tables()).toEqual(['users']);
    expect(await m.down()).toEqual(['20260101000001_users']);
    expect(await m.tables()).toEqual([]);
  });

  it('is gone on with by the next run, which does nothing twice', async () => {
    await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
    expect(await m.states()).toEqual(['users applied', `${name.slice(15)} unfinished`]);
    expect(await m.up()).toEqual([name]);
    expect(await m.connection.query(sql`SELECT name FROM users`)).toEqual([{ name: 'Ada' }]);
  });

  it('answers a question as it did before, where operations have followed from the answer', async () => {
    const asking =
      "if (!(await this.columnExists('users', 'age'))) this.addColumn('users', 'age', column.integer().nullable());";
    m.folder.add('20260101000001_users', users);
    write(`async up() { ${asking} await this.execute('UPDATE users SET nothing = 1'); }`);
    await failure(m.up());
    write(`async up() { ${asking} await this.execute('UPDATE users SET age = 1'); }`);
    expect(await m.up()).toEqual([name]);
  });

  it('asks again where nothing has followed from the answer', async () => {
    m.folder.add('20260101000001_users', users);
    write("async up() { if (!(await this.tableExists('needed'))) throw new Error('needed is needed'); }");
    await failure(m.up());
    await m.connection.execute(sql`CREATE TABLE needed (id INTEGER)`);
    expect(await m.up()).toEqual([name]);
  });

  it('refuses a file whose operations are others now, and sends nothing', async () => {
    await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
    write("up() { this.execute(`INSERT INTO users (name) VALUES ('Bob')`); }");
    expect(await failure(m.up())).toMatchObject({
      code: 'AR_MIGRATION_UNFINISHED',
      message: expect.stringMatching(
        /operation 1, which was begun as execute, says something else now\. Put that operation back/,
      ),
    });
    write('up() {}');
    expect(await failure(m.up())).toMatchObject({
      code: 'AR_MIGRATION_UNFINISHED',
      message: expect.stringContaining('operation 1, execute, is gone'),
    });
    expect(await m.connection.query(sql`SELECT name FROM users`)).toEqual([{ name: 'Ada' }]);
  });

  it.each(['done', 'not-done'] as const)(
    'stops at a statement in doubt until somebody says that it is %s',
    async (assume) => {
      await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
      await forge(0, 'begun');
      expect(await failure(m.up())).toMatchObject({
        code: 'AR_MIGRATION_IN_DOUBT',
        message: expect.stringMatching(/cannot tell whether it was carried out: INSERT INTO users.*--assume done/),
      });
      expect(await migrate({ ...options(), assume })).toEqual([name]);
      expect(await m.connection.query(sql`SELECT name FROM users`)).toHaveLength(assume === 'done' ? 1 : 2);
    },
  );

  it('refuses an assumption where nothing is in doubt', async () => {
    m.folder.add('20260101000001_users', users);
    expect(await failure(migrate({ ...options(), assume: 'done' }))).toMatchObject({ code: 'AR_COMMAND_INVALID' });
    expect(await m.tables()).toEqual([]);
  });

  it('goes on with a data step behind its last batch', async () => {
    const step = (limit: number) =>
      `up() {
        this.data(async ({ batch, rows, at }) => {
          if (batch > ${limit}) throw new Error('cut off');
          if (batch === 5) return 0;
          globalThis.journalBatches.push([batch, rows, at]);
          return { rows: 10, at: batch * 10 };
        });
      }`;
    const batches: unknown[] = [];
    Reflect.set(globalThis, 'journalBatches', batches);
    write(step(2));
    expect((await failure(m.up())) as MigrationFailed).toMatchObject({ message: expect.stringContaining('cut off') });
    expect(await m.states()).toEqual([`${name.slice(15)} unfinished`]);
    write(step(9));
    const events: MigrationEvent[] = [];
    await migrate({ ...options(), onEvent: (event) => events.push(event) });
    expect(batches).toEqual([
      [1, 0, undefined],
      [2, 10, 10],
      [3, 20, 20],
      [4, 30, 30],
    ]);
    expect(events.filter(({ kind }) => kind === 'progress')).toEqual(
      [30, 40, 40].map((rows, index) => ({ kind: 'progress', migration: name, batches: index + 3, rows })),
    );
  });

  it.each(['return null;', 'return 0;', 'return;'])(
    'does the last batch of a data step once, wherever the migrator ends (%s)',
    async (last) => {
      m.folder.add('20260101000001_users', users);
      const body = `up() {
        this.execute("INSERT INTO users (name) VALUES ('a')");
        this.data(async ({ execute }) => { await execute("INSERT INTO users (name) VALUES ('b')"); ${last} });
      }`;
      write(body);
      // It is told when the batch has been committed: the migrator ends right then.
      const onEvent = ({ kind }: MigrationEvent) => {
        if (kind === 'progress') throw new Error('ended');
      };
      expect(await failure(migrate({ ...options(), onEvent }))).toMatchObject({
        message: expect.stringContaining('ended'),
      });
      write(body);
      expect(await m.up()).toEqual([name]);
      expect(await m.connection.query(sql`SELECT name FROM users ORDER BY id`)).toEqual([{ name: 'a' }, { name: 'b' }]);
    },
  );

  const mistakes: Readonly<Record<string, readonly [body: string, message: RegExp]>> = {
    'no function': ["this.data('UPDATE users')", /data takes a function, not the string "UPDATE users"/],
    'no number of rows': ['this.data(async () => -1)', /how many rows it did, not the number -1/],
    'no way forward': [
      'this.data(async () => ({ rows: 0, at: null })); this.data(async ({ at }) => ({ rows: 0, at: 1 }))',
      /begin the next one at the same place/,
    ],
    'an operation of the migration': [
      "this.data(async () => { await this.execute('DELETE FROM users'); })",
      /asked for an operation of the migration, which cannot be carried out inside of it/,
    ],
    'a result that is none': ["this.data(async () => 'all')", /how many rows it did, not the string "all"/],
    'a place that would come back as another': [
      'this.data(async () => ({ rows: 1, at: new Date(0) }))',
      /"at" of a data step is plain data, not the Date .*toISOString/s,
    ],
    'a bigint in a place': ['this.data(async () => ({ rows: 1, at: { id: 1n } }))', /plain data, not the bigint 1/],
    'a throttle that is none': [
      'this.data(async () => 0, { throttle: -1 })',
      /throttle takes milliseconds, 0 or more, not the number -1/,
    ],
  };

  it.each(Object.entries(mistakes))('refuses a data step with %s', async (_, [body, message]) => {
    m.folder.add('20260101000001_users', users);
    write(`up() { ${body}; }`);
    expect(await failure(m.up())).toMatchObject({
      code: 'AR_MIGRATION_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('goes on over gaps, and commits each batch', async () => {
    m.folder.add('20260101000001_users', users);
    write(`up() {
      this.execute("INSERT INTO users (name) VALUES ('a'), ('b'), ('c')");
      this.execute("UPDATE users SET id = 9 WHERE name = 'c'");
      this.data(async ({ at, execute, query }) => {
        const from = Number(at ?? 0);
        if (from >= 10) return;
        const { affectedRows } = await execute(sql\`UPDATE users SET name = 'x' WHERE id > \${from} AND id <= \${from + 2}\`);
        return { rows: affectedRows, at: from + 2 };
      });
    }`);
    await m.up();
    expect(await m.connection.query(sql`SELECT name FROM users`)).toEqual([
      { name: 'x' },
      { name: 'x' },
      { name: 'x' },
    ]);
  });

  it('finishes a rollback that stopped half way, before anything is run', async () => {
    m.folder.add('20260101000001_users', users);
    write(`up() { this.addColumn('users', 'age', column.integer().nullable()); }
        down() { this.removeColumn('users', 'age'); this.execute('UPDATE users SET nothing = 1'); }`);
    await m.up();
    expect(await failure(m.down())).toMatchObject({ code: 'AR_MIGRATION_FAILED' });
    expect(await failure(m.up())).toMatchObject({
      code: 'AR_MIGRATION_UNFINISHED',
      message: expect.stringContaining(`The rollback of ${name} stopped half way in an earlier run. Run ar rollback`),
    });
    write(`up() { this.addColumn('users', 'age', column.integer().nullable()); }
        down() { this.removeColumn('users', 'age'); this.execute('UPDATE users SET name = name'); }`);
    expect(await m.down()).toEqual([name]);
    expect(await m.states()).toEqual(['users applied', `${name.slice(15)} pending`]);
  });

  it('keeps others from being undone while one has stopped half way', async () => {
    await stopped("this.execute(`INSERT INTO users (name) VALUES ('Ada')`);");
    expect(await failure(rollback(options()))).toMatchObject({
      code: 'AR_MIGRATION_UNFINISHED',
      message: expect.stringContaining('stopped half way in an earlier run. Run ar migrate'),
    });
  });

  it('does not drop a table that has rows by now', async () => {
    write(`async change() {
        await this.createTable('tags', { id: column.id(), label: column.string() });
        await globalThis.journalMeanwhile();
        this.addIndex('tags', 'nothing');
      }`);
    Reflect.set(globalThis, 'journalMeanwhile', () =>
      m.connection.execute(sql`INSERT INTO tags (label) VALUES ('kept')`),
    );
    expect(await failure(m.up())).toMatchObject({
      message: expect.stringContaining('The table tags has rows by now.'),
    });
    expect(await m.connection.query(sql`SELECT label FROM tags`)).toEqual([{ label: 'kept' }]);
  });

  it('leaves a table alone that was there before', async () => {
    m.folder.add('20260101000001_users', users);
    await m.up();
    write(`change() {
        this.createTable('users', { id: column.id() }, { ifNotExists: true });
        this.addIndex('users', 'nothing');
      }`);
    await failure(m.up());
    expect(await m.tables()).toEqual(['users']);
  });

  it('finishes an undoing that was cut off, and begins anew', async () => {
    m.folder.add('20260101000001_users', users);
    const added =
      "this.addColumn('users', 'a', column.integer().nullable()); this.addColumn('users', 'b', column.integer().nullable());";
    write(`up() { ${added} this.execute('UPDATE users SET nothing = 1'); }`);
    await failure(m.up());
    await forge(1, 'undoing');
    write("change() { this.addColumn('users', 'c', column.integer().nullable()); }");
    expect(await m.up()).toEqual([name]);
    const columns = await m.connection.introspect((introspection, driver) => introspection.columns(driver, 'users'));
    expect(columns.map((column) => column.name)).toEqual(['id', 'name', 'c']);
  });
});
