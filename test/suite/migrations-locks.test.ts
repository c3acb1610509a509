import { expect, it } from 'vitest';
import type { DriverConnection, Outcome } from '../../lib/adapters/contract.ts';
import { mysqlAdapter } from '../../lib/adapters/mysql/adapter.ts';
import { connections } from '../../lib/connection/registry.ts';
import { type MigrationEvent, migrate } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failure, steps, useMigrator } from '../support/migrator.ts';

describeEachDatabase('the lock of the migrators', ({ dialect }) => {
  const m = useMigrator(dialect);
  const options = () => ({ connection: m.connection, folder: m.folder.path });

  it('stops the run where it is lost, and nothing more is sent', async () => {
    if (dialect === 'sqlite') return;
    m.folder.add('20260101000001_create_users', steps.users);
    m.folder.add(
      '20260101000002_lose',
      `async up() {
        await this.createTable('first', { id: column.id() });
        await globalThis.loseMigratorLock();
        this.createTable('second', { id: column.id() });
      }`,
    );
    Reflect.set(globalThis, 'loseMigratorLock', () =>
      m.connection.withoutTransaction(async () => {
        if (dialect === 'mysql') {
          const [row] = await m.connection.query(
            sql`SELECT IS_USED_LOCK(CONCAT(DATABASE(), ':ar_migrations')) AS session`,
          );
          await m.connection.execute(sql.unsafe(`KILL ${Number(row?.session)}`));
        } else {
          await m.connection.query(sql`
            SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
              WHERE l.locktype = 'advisory' AND d.datname = current_database()`);
        }
      }),
    );
    const error = await failure(m.up());
    expect(error).toMatchObject({ code: 'AR_MIGRATION_FAILED', cause: { code: 'AR_LOCK_LOST' } });
    expect(await m.tables()).toEqual(dialect === 'mysql' ? ['first', 'users'] : ['users']);
    // The next run goes on; what the lost one had done is not done again.
    Reflect.set(globalThis, 'loseMigratorLock', async () => undefined);
    expect(await m.up()).toEqual(['20260101000002_lose']);
    expect(await m.tables()).toEqual(['first', 'second', 'users']);
  });

  it('waits a short time for those who use a table, again and again, and names them', async () => {
    if (dialect !== 'mysql') return;
    m.folder.add('20260101000001_create_users', steps.users);
    await m.up();
    m.folder.add('20260101000002_add_age', "change() { this.addColumn('users', 'age', column.integer().nullable()); }");
    const reader = connections.define('reader of a migrated table', m.url);
    const events: MigrationEvent[] = [];
    let readers = 0;
    await reader.transaction(async () => {
      await reader.query(sql`SELECT * FROM users`);
      const onEvent = (event: MigrationEvent) => {
        events.push(event);
      };
      const error = await failure(migrate({ ...options(), lockTimeout: 1000, lockRetries: 1, onEvent }));
      expect(error).toMatchObject({
        code: 'AR_MIGRATION_FAILED',
        message: expect.stringMatching(
          /Others used the table for too long, in each of 2 tries\. Perhaps session \d+ \(.*in a transaction that has been open/,
        ),
        cause: { code: 'AR_LOCK_TIMEOUT' },
      });
      // Nobody who only reads waits behind it now.
      readers = (await m.connection.query(sql`SELECT COUNT(*) AS readers FROM users`)).length;
    });
    expect(readers).toBe(1);
    expect(events.map(({ kind }) => kind)).toEqual(['planned', 'started', 'blocked', 'failed']);
    expect(await m.up()).toEqual(['20260101000002_add_age']);
    const [row] = await m.connection.query(
      sql`SELECT @@session.lock_wait_timeout = @@global.lock_wait_timeout AS same`,
    );
    expect(row?.same).toBe(1);
    await reader.close();
  });

  it('is a lease in a row where the server has no locks', async () => {
    if (dialect !== 'mysql') return;
    const { config } = m.connection;
    const sessions: DriverConnection[] = [];
    /** As Galera answers before MariaDB 10.11.4. */
    const galera = async (): Promise<DriverConnection> => {
      const session = await mysqlAdapter.connect(config, 'write');
      sessions.push(session);
      const run: DriverConnection['run'] = (statement, runOptions): Outcome | Promise<Outcome> => {
        if (!statement.sql.includes('GET_LOCK')) return session.run(statement, runOptions);
        return Promise.reject(
          Object.assign(new Error("This version of MariaDB doesn't yet support 'GET_LOCK in cluster'"), {
            errno: 1235,
          }),
        );
      };
      return new Proxy(session, { get: (target, name) => (name === 'run' ? run : Reflect.get(target, name, target)) });
    };
    try {
      const [one, two] = [await galera(), await galera()];
      const first = await mysqlAdapter.lock(one, config, 'ar_migrations', 0);
      expect(await first?.isHeld?.()).toBe(true);
      expect(await mysqlAdapter.lock(two, config, 'ar_migrations', 30)).toBeUndefined();
      expect(await mysqlAdapter.lock(two, config, 'another', 0)).toBeDefined();
      await m.connection.execute(sql`UPDATE ar_leases SET expires_at = NOW(6) - INTERVAL 1 SECOND`);
      const second = await mysqlAdapter.lock(two, config, 'ar_migrations', 0);
      expect(second).toBeDefined();
      expect(await first?.isHeld?.()).toBe(false);
      await expect(first?.release()).rejects.toThrow(/The lease "ar_migrations" was lost/);
      expect(await second?.isHeld?.()).toBe(true);
      await second?.release();
      expect(await m.connection.query(sql`SELECT name FROM ar_leases WHERE name = 'ar_migrations'`)).toEqual([]);
    } finally {
      for (const session of sessions) await session.close();
    }
  });

  it('is there for statements that no transaction takes, which go on behind what is done', async () => {
    if (dialect !== 'postgres') return;
    m.folder.add(
      '20260101000001_create_users',
      "change() { this.createTable('users', { id: column.id(), name: column.string() }); }",
    );
    await m.up();
    await m.connection.execute(sql`INSERT INTO users (name) VALUES ('same'), ('same')`);
    const create = 'CREATE UNIQUE INDEX CONCURRENTLY by_name ON users (name)';
    m.folder.add(
      '20260101000002_index',
      `static disableTransaction = true;
      up() { this.execute('DROP INDEX IF EXISTS by_name'); this.execute('${create}'); }`,
    );
    expect(await failure(m.up())).toMatchObject({
      cause: { code: 'AR_NOT_UNIQUE' },
      message: expect.stringContaining('1 of 2 operations is done (execute) and stay'),
    });
    expect(await m.states()).toEqual(['create_users applied', 'index unfinished']);
  });
});
