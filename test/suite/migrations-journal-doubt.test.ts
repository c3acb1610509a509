import { beforeEach, expect, it } from 'vitest';
import { journalTable } from '../../lib/migrations/journal.ts';
import { type MigrationEvent, migrate } from '../../lib/migrations/runner.ts';
import { stamp } from '../../lib/migrations/stamp.ts';
import { sql } from '../../lib/sql/template.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, useMigrator } from '../support/migrator.ts';

const base = "change() { this.createTable('users', { id: column.id(), name: column.string(40) }); }";
const second = '20260101000002';

describeEachDatabase('what the journal is told by the database', ({ dialect }) => {
  const m = useMigrator(dialect);
  let name = '';
  const options = () => ({ connection: m.connection, folder: m.folder.path });
  /** A module is loaded once: the same migration with another body has another name. */
  const write = (body: string) => {
    if (name !== '') m.folder.remove(name);
    name = name === '' ? `${second}_a` : `${name}a`;
    m.folder.add(name, `static disableTransaction = true; ${body}`);
  };
  const forge = (state: string, where: string) =>
    m.connection.execute(sql.unsafe(`UPDATE ${journalTable} SET state = '${state}' WHERE ${where}`));
  const columns = async (table: string) =>
    (await m.connection.introspect((introspection, driver) => introspection.columns(driver, table))).map(
      (each) => each.name,
    );
  beforeEach(async () => {
    name = '';
    m.folder.add('20260101000001_users', base);
    await m.up();
  });

  it('does not take for its own what was there before', async () => {
    if (m.connection.dialect.features.transactionalDdl) return;
    await m.connection.execute(sql`CREATE TABLE tags (other INT)`);
    write("up() { this.execute('UPDATE users SET id = id'); this.createTable('tags', { id: column.id() }); }");
    await failure(m.up());
    // As a migrator leaves it that is killed when it has written down what it is about to send.
    const [done] = await m.connection.query(sql.unsafe(`SELECT * FROM ${journalTable} WHERE operation = 0`));
    expect(done).toMatchObject({ state: 'done' });
    await forge('begun', "kind = 'createTable'");
    expect(await failure(m.up())).toMatchObject({ message: expect.stringContaining('already exists') });
    expect(await columns('tags')).toEqual(['other']);
  });

  it('carries out a change of a column where something else of the table was changed meanwhile', async () => {
    if (m.connection.dialect.features.transactionalDdl) return;
    const change = "this.execute('UPDATE users SET id = id'); this.changeColumn('users', 'name', column.string(80));";
    await m.connection.execute(sql`ALTER TABLE users MODIFY name VARCHAR(40) NULL`);
    await m.connection.execute(sql`INSERT INTO users (name) VALUES (NULL)`);
    write(`up() { ${change} }`);
    await failure(m.up());
    await forge('begun', "kind = 'changeColumn'");
    await m.connection.execute(sql`DELETE FROM users`);
    await m.connection.execute(sql`ALTER TABLE users ADD COLUMN age INT`);
    await m.up();
    const [row] = await m.connection.query(sql`SHOW CREATE TABLE users`);
    expect(String(row?.['Create Table'])).toContain('varchar(80) NOT NULL');
  });

  it('keeps a column to which somebody has written meanwhile', async () => {
    Reflect.set(globalThis, 'journalMeanwhile', () =>
      m.connection.execute(sql`INSERT INTO users (name, age) VALUES ('Ada', 36)`),
    );
    write(`async change() {
      await this.addColumn('users', 'age', column.integer().nullable());
      await globalThis.journalMeanwhile();
      this.addIndex('users', 'nothing');
    }`);
    expect(await failure(m.up())).toMatchObject({
      message: expect.stringContaining('The column users.age may have been written to by now.'),
    });
    expect(await m.connection.query(sql`SELECT age FROM users`)).toEqual([{ age: 36 }]);
  });

  it('keeps a column that is renamed by now, and undoes one that holds its default alone', async () => {
    await m.connection.execute(sql`INSERT INTO users (name) VALUES ('Ada')`);
    write(
      `change() {
      this.addColumn('users', 'age', column.integer().default(7));
      this.addColumn('users', 'note', column.string());
      this.renameColumn('users', 'age', 'years');
      this.addIndex('users', 'nothing');
    }`.replace("'note', column.string()", "'note', column.string().default('it\\'s')"),
    );
    expect(await failure(m.up())).toMatchObject({ message: expect.stringContaining('was undone at once') });
    expect(await columns('users')).toEqual(['id', 'name']);
  });

  it('goes on behind what stays, where undoing the last operation was cut off', async () => {
    if (m.connection.dialect.features.transactionalDdl) return;
    write(`up() {
      this.execute("INSERT INTO users (name) VALUES ('Ada')");
      this.addColumn('users', 'age', column.integer().nullable().index());
      this.addIndex('users', 'nothing');
    }`);
    await failure(m.up());
    // Its index is undone already, and its column is about to be.
    await m.connection.execute(sql`DROP INDEX index_users_on_age ON users`);
    await forge('undone', "kind = 'addIndex' AND operation = 1");
    await forge('undoing', "kind = 'addColumn'");
    write(`up() {
      this.execute("INSERT INTO users (name) VALUES ('Ada')");
      this.addColumn('users', 'age', column.integer().nullable().index());
    }`);
    expect(await m.up()).toEqual([name]);
    expect(await m.connection.query(sql`SELECT name, age FROM users`)).toEqual([{ name: 'Ada', age: null }]);
  });

  it('is in no doubt of a statement that was refused before it was sent', async () => {
    write("up() { this.execute('UPDATE users SET id = id'); this.execute('COMMIT'); }");
    expect(await failure(m.up())).toMatchObject({ message: expect.stringMatching(/1 of 2 operations is done/) });
    write("up() { this.execute('UPDATE users SET id = id'); }");
    expect(await m.up()).toEqual([name]);
  });

  it('takes another operation in place of one that was planned and not begun', async () => {
    write("up() { this.execute('UPDATE users SET id = id'); this.execute('UPDATE users SET nothing = 1'); }");
    await failure(m.up());
    write("up() { this.execute('UPDATE users SET id = id'); this.execute('UPDATE users SET name = name'); }");
    expect(await m.up()).toEqual([name]);
  });

  it('takes an assumption for one statement, and asks again for the next', async () => {
    const half = "up() { this.execute('UPDATE users SET id = id'); this.execute('UPDATE users SET nothing = 1'); }";
    write(half);
    m.folder.add('20260101000003_other', `static disableTransaction = true; ${half}`);
    await failure(m.up());
    await failure(migrate({ ...options(), only: '20260101000003' }));
    await forge('begun', "state = 'done'");
    write("up() { this.execute('UPDATE users SET id = id'); }");
    m.folder.remove('20260101000003_other');
    m.folder.add(
      '20260101000003_mended',
      "static disableTransaction = true; up() { this.execute('UPDATE users SET id = id'); }",
    );
    expect(await failure(migrate({ ...options(), assume: 'done' }))).toMatchObject({
      code: 'AR_MIGRATION_IN_DOUBT',
      message: expect.stringContaining('20260101000003_mended'),
    });
    expect(await migrate({ ...options(), assume: 'done' })).toEqual(['20260101000003_mended']);
  });

  it('tells of what stopped half way and has no file any more, and forgets it when it is stamped', async () => {
    write("up() { this.execute('UPDATE users SET id = id'); this.execute('UPDATE users SET nothing = 1'); }");
    await failure(m.up());
    m.folder.remove(name);
    const events: MigrationEvent[] = [];
    await migrate({ ...options(), onEvent: (event) => events.push(event) });
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'warning',
        message: expect.stringMatching(/stopped half way.*its file is gone/),
      }),
    );
    expect(await failure(m.down())).toMatchObject({ message: expect.stringContaining(`ar stamp ${second}`) });
    await stamp({ ...options(), version: second, remove: true });
    expect(await m.down()).toEqual(['20260101000001_users']);
  });

  it('does not undo what rounds on the way back', async () => {
    write(`change() {
      this.addColumn('users', 'price', column.decimal(8, 2).nullable());
    }`);
    await m.up();
    m.folder.add(
      '20260101000003_scale',
      `static disableTransaction = true;
      change() {
        this.changeColumn('users', 'price', column.decimal(10, 4).nullable(), column.decimal(8, 2).nullable());
        this.addIndex('users', 'nothing');
      }`,
    );
    expect(await failure(m.up())).toMatchObject({
      message: expect.stringContaining('cannot be undone without a loss'),
    });
  });

  it('does not take an unfinished index for one that was removed', async () => {
    if (dialect !== 'postgres') return;
    write("up() { this.addIndex('users', 'name', { name: 'by_name' }); }");
    await m.up();
    m.folder.add(
      '20260101000003_remove',
      "static disableTransaction = true; up() { this.execute('UPDATE users SET id = id'); this.removeIndex('users', { name: 'by_name' }, { concurrently: true }); this.execute('UPDATE users SET nothing = 1'); }",
    );
    await failure(m.up());
    await m.connection.execute(sql`CREATE INDEX by_name ON users (name)`);
    await m.connection.execute(sql`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_name'::regclass`);
    await forge('begun', "kind = 'removeIndex'");
    m.folder.remove('20260101000003_remove');
    m.folder.add(
      '20260101000003_removed',
      "static disableTransaction = true; up() { this.execute('UPDATE users SET id = id'); this.removeIndex('users', { name: 'by_name' }, { concurrently: true }); }",
    );
    await m.up();
    expect(await m.connection.query(sql`SELECT 1 FROM pg_class WHERE relname = 'by_name'`)).toEqual([]);
  });

  it('takes a column and its index away again, which came as changes of one table', async () => {
    write(
      "change() { this.changeTable('users', (t) => { t.addColumn('tag', column.string().nullable()); t.addIndex('tag'); }); }",
    );
    await m.up();
    await m.down();
    expect(await columns('users')).toEqual(['id', 'name']);
  });
});
