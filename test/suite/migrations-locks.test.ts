import { symlinkSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import type { ConnectionConfig, DriverConnection, Row } from '../../lib/adapters/contract.ts';
import { mysqlAdapter } from '../../lib/adapters/mysql/adapter.ts';
import { connections } from '../../lib/connection/registry.ts';
import { Deadlocked } from '../../lib/errors/statement.ts';
import { patiently } from '../../lib/migrations/patience.ts';
import { type MigrationEvent, migrate } from '../../lib/migrations/runner.ts';
import { stamp } from '../../lib/migrations/stamp.ts';
import { sql } from '../../lib/sql/template.ts';
import { createDatabase, describeEachDatabase } from '../support/databases.ts';
import { failure, steps, useMigrator } from '../support/migrator.ts';

/** A session that answers some statements by itself, with rows or with an error. */
async function answering(
  config: ConnectionConfig,
  answer: (text: string) => Row[] | Error | undefined,
): Promise<DriverConnection> {
  const session = await mysqlAdapter.connect(config, 'write');
  const run: DriverConnection['run'] = async (statement, options) => {
    const rows = answer(statement.sql);
    if (rows === undefined) return session.run(statement, options);
    if (rows instanceof Error) throw rows;
    return { rows, affectedRows: 0, insertId: undefined };
  };
  return withRun(session, run);
}

function withRun(session: DriverConnection, run: DriverConnection['run']): DriverConnection {
  const close = () => session.close();
  return new Proxy(session, { get: (_, name) => Reflect.get({ run, close }, name) ?? Reflect.get(session, name) });
}

describeEachDatabase('the lock of the migrators', ({ dialect }) => {
  const m = useMigrator(dialect);
  const options = () => ({ connection: m.connection, folder: m.folder.path });
  const loseLock = () =>
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
    });

  it.skipIf(dialect === 'sqlite')('stops the run where it is lost, and nothing more is sent', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    m.folder.add(
      '20260101000002_lose',
      `async up() {
        await this.createTable('first', { id: column.id() });
        await globalThis.loseMigratorLock();
        this.createTable('second', { id: column.id() });
      }`,
    );
    Reflect.set(globalThis, 'loseMigratorLock', loseLock);
    const error = await failure(m.up());
    expect(error).toMatchObject({ code: 'AR_MIGRATION_FAILED', cause: { code: 'AR_LOCK_LOST' } });
    expect(await m.tables()).toEqual(dialect === 'mysql' ? ['first', 'users'] : ['users']);
    // The next run goes on; what the lost one had done is not done again.
    Reflect.set(globalThis, 'loseMigratorLock', async () => undefined);
    expect(await m.up()).toEqual(['20260101000002_lose']);
    expect(await m.tables()).toEqual(['first', 'second', 'users']);
  });

  it.skipIf(dialect === 'sqlite')('keeps what is only recorded from being written where it is lost', async () => {
    m.folder.add('20260101000001_create_users', steps.users);
    const transaction = m.connection.transaction.bind(m.connection);
    const begun = vi.spyOn(m.connection, 'transaction');
    for (const remove of [false, true]) {
      begun.mockImplementationOnce(async (work) => {
        await loseLock();
        return transaction(work);
      });
      const stamped = stamp({ ...options(), version: '20260101000001', remove });
      expect(await failure(stamped)).toMatchObject({ code: 'AR_LOCK_LOST' });
      expect(await m.states()).toEqual([`create_users ${remove ? 'applied' : 'pending'}`]);
      if (!remove) await stamp({ ...options(), version: 'all' });
    }
  });

  it.skipIf(dialect === 'sqlite')(
    'waits a short time for those who use a table, again and again, and names them',
    async () => {
      m.folder.add('20260101000001_create_users', steps.users);
      await m.up();
      m.folder.add(
        '20260101000002_add_age',
        "change() { this.createTable('towns', { id: column.id() }); this.addColumn('users', 'age', column.integer().nullable()); }",
      );
      const reader = connections.define('reader of a migrated table', m.url);
      const events: MigrationEvent[] = [];
      let readers = 0;
      const error = await reader.transaction(async () => {
        await reader.query(sql`SELECT * FROM users`);
        const onEvent = (event: MigrationEvent) => {
          events.push(event);
        };
        const failed = await failure(migrate({ ...options(), lockTimeout: 200, lockRetries: 1, onEvent }));
        // Nobody who only reads waits behind it now.
        readers = (await m.connection.query(sql`SELECT COUNT(*) AS readers FROM users`)).length;
        return failed;
      });
      expect(error).toMatchObject({
        code: 'AR_MIGRATION_FAILED',
        message: expect.stringMatching(
          /Others used the table for too long, in each of 2 tries\. Perhaps session \d+ \(.*in a transaction that has been open/,
        ),
        cause: { code: 'AR_LOCK_TIMEOUT' },
      });
      expect(readers).toBe(1);
      expect(events.map(({ kind }) => kind)).toEqual(['planned', 'started', 'blocked', 'failed']);
      expect(await m.tables()).toEqual(['users']);
      await reader.close();
    },
  );

  it('lets a migration go on where those who used a table are gone, and the session is as it was', async () => {
    if (dialect === 'sqlite') return;
    m.folder.add('20260101000001_create_users', steps.users);
    await m.up();
    m.folder.add(
      '20260101000002_add_age',
      `up() {
        this.createTable('towns', { id: column.id() });
        this.addColumn('users', 'age', column.integer().nullable());
        this.execute('ALTER TABLE users ADD COLUMN height INTEGER');
      }`,
    );
    const reader = connections.define('reader that leaves', m.url);
    // A session of its own: that of the migrator is to be looked at.
    const one = connections.define('migrator with one session', { url: m.url, pool: 1 });
    const setting = dialect === 'mysql' ? sql`SELECT @@lock_wait_timeout AS wait` : sql`SHOW lock_timeout`;
    const before = await one.query(setting);
    let leave: () => void = () => undefined;
    let arrive: () => void = () => undefined;
    const there = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const reading = reader.transaction(async () => {
      await reader.query(sql`SELECT * FROM users`);
      await new Promise<void>((resolve) => {
        leave = resolve;
        arrive();
      });
    });
    const kinds: string[] = [];
    const onEvent = ({ kind }: MigrationEvent) => {
      kinds.push(kind);
      if (kind === 'blocked') leave();
    };
    await there;
    const ran = await migrate({ ...options(), connection: one, lockTimeout: 200, onEvent });
    leave();
    await reading;
    expect(ran).toEqual(['20260101000002_add_age']);
    expect(kinds).toContain('blocked');
    expect(kinds.at(-1)).toBe('finished');
    expect(await m.tables()).toEqual(['towns', 'users']);
    expect(await one.query(setting)).toEqual(before);
    await one.close();
    await reader.close();
  });

  it.skipIf(dialect === 'sqlite')(
    'says what can be said to a user who may not see the sessions of others',
    async () => {
      m.folder.add('20260101000001_create_users', steps.users);
      await m.up();
      const user = `ar_few_rights_${process.pid}`;
      const url = new URL(m.url);
      url.username = user;
      const grants =
        dialect === 'mysql'
          ? [`CREATE USER ${user}@'%'`, `GRANT ALL ON ${url.pathname.slice(1)}.* TO ${user}@'%'`]
          : [`CREATE ROLE ${user} LOGIN`, `ALTER SCHEMA public OWNER TO ${user}`, `ALTER TABLE users OWNER TO ${user}`];
      grants.push(...(dialect === 'mysql' ? [] : [`ALTER TABLE ar_migrations OWNER TO ${user}`]));
      for (const grant of grants) await m.connection.execute(sql.unsafe(grant));
      const poor = connections.define('migrator with few rights', url.href);
      try {
        m.folder.add('20260101000002_drop', "up() { this.dropTable('users'); }");
        const error = await m.connection.transaction(async () => {
          await m.connection.query(sql`SELECT * FROM users`);
          return failure(migrate({ ...options(), connection: poor, lockTimeout: 1, lockRetries: 0 }));
        });
        expect(error).toMatchObject({ cause: { code: 'AR_LOCK_TIMEOUT' } });
        expect(error).toHaveProperty(
          'message',
          expect.stringMatching(
            dialect === 'mysql'
              ? /Perhaps .*a session with an open transaction \(a user with the PROCESS privilege is told which\)/
              : /Perhaps session \d+ \(.*\), which uses users/,
          ),
        );
      } finally {
        await poor.close();
        if (dialect === 'postgres') await m.connection.execute(sql.unsafe(`REASSIGN OWNED BY ${user} TO CURRENT_USER`));
        await m.connection.execute(sql.unsafe(dialect === 'mysql' ? `DROP USER ${user}@'%'` : `DROP ROLE ${user}`));
      }
    },
  );

  it('tries a schema change again that the server ended because of a deadlock', async () => {
    let tries = 0;
    const blocked: string[] = [];
    const execution = {
      ...{ connection: m.connection, check: async () => undefined, lockTimeout: 1000, lockRetries: 1 },
      ...{ onProgress: () => undefined, onBlocked: (statement: string) => blocked.push(statement) },
    };
    const facts = { sql: 'ALTER TABLE users', binds: [], cause: undefined };
    const run = async () => {
      if (++tries === 1) throw new Deadlocked('Deadlock found.', facts);
      return tries;
    };
    expect(await patiently(execution, run)).toBe(2);
    expect(blocked).toEqual(['ALTER TABLE users']);
  });

  it('refuses times that are none before anything is sent', async () => {
    for (const wrong of [{ wait: -1 }, { lockTimeout: Number.NaN }, { lockRetries: 1.5 }, { wait: Infinity }])
      expect(await failure(migrate({ ...options(), ...wrong }))).toMatchObject({ code: 'AR_COMMAND_INVALID' });
  });

  it('is one for all names of a database, and none for another database', async () => {
    const { adapter, config } = m.connection;
    const sessions: DriverConnection[] = [];
    const session = async (of: ConnectionConfig): Promise<DriverConnection> => {
      const opened = await adapter.connect(of, 'write');
      sessions.push(opened);
      return opened;
    };
    const other = await createDatabase(dialect);
    const elsewhere = await connections.define('another database', other.url).open();
    try {
      const held = await adapter.lock(await session(config), config, 'ar_migrations', 0);
      expect(held).toBeDefined();
      expect(await adapter.lock(await session(config), config, 'ar_migrations', 0)).toBeUndefined();
      const free = await adapter.lock(await session(elsewhere.config), elsewhere.config, 'ar_migrations', 0);
      expect(free).toBeDefined();
      await free?.release();
      if (dialect === 'sqlite') {
        const link = `${config.database}-by-another-name`;
        symlinkSync(config.database, link);
        const linked = { ...config, database: link };
        expect(await adapter.lock(await session(linked), linked, 'ar_migrations', 0)).toBeUndefined();
      }
      await held?.release();
    } finally {
      for (const opened of sessions) await opened.close();
      await elsewhere.close();
      await other.drop();
    }
  });

  it.skipIf(dialect !== 'mysql')('is one for both where the server does not tell Blog from blog', async () => {
    const { config } = m.connection;
    const named = (name: string) =>
      answering(config, (text) => (text.includes('lower_case_table_names') ? [{ name, folds: 1 }] : undefined));
    const [one, two] = [await named('Blog'), await named('blog')];
    const held = await mysqlAdapter.lock(one, config, 'ar_migrations', 0);
    expect(held).toBeDefined();
    expect(await mysqlAdapter.lock(two, config, 'ar_migrations', 0)).toBeUndefined();
    for (const session of [one, two]) await session.close();
  });

  it.skipIf(dialect !== 'postgres')('is not taken for held behind a pooler that mixes sessions', async () => {
    const { adapter, config } = m.connection;
    const sessions = [await adapter.connect(config, 'write'), await adapter.connect(config, 'write')] as const;
    let turn = 0;
    const run: DriverConnection['run'] = (...args) => sessions[turn++ < 2 ? 0 : 1].run(...args);
    const pooled = withRun(sessions[0], run);
    const held = await adapter.lock(pooled, config, 'ar_migrations', 0);
    expect(await held?.isHeld?.()).toBe(false);
    await expect(held?.release()).rejects.toMatchObject({ hint: expect.stringContaining('pooler') });
    for (const session of sessions) await session.close();
  });

  it.skipIf(dialect !== 'mysql').each([
    ['has no locks', 'GET_LOCK', undefined],
    ['has them for itself alone, in a cluster', 'SHOW VARIABLES', [{ Variable_name: 'wsrep_on', Value: 'ON' }]],
  ])('is a lease in a row where the server %s', async (_, asked, rows) => {
    const { config } = m.connection;
    /** As Galera answers before MariaDB 10.11.4. */
    const refusal = Object.assign(new Error("This version doesn't yet support 'GET_LOCK in cluster'"), { errno: 1235 });
    const galera = () => answering(config, (text) => (text.includes(asked) ? (rows ?? refusal) : undefined));
    const [one, two] = [await galera(), await galera()];
    try {
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
      for (const session of [one, two]) await session.close();
    }
  });

  it.skipIf(dialect !== 'mysql')('is a lease that only one of many gets at the same moment', async () => {
    const { config } = m.connection;
    const cluster = [{ Variable_name: 'wsrep_on', Value: 'ON' }];
    const sessions = await Promise.all(
      Array.from({ length: 8 }, () =>
        answering(config, (text) => (text.includes('SHOW VARIABLES') ? cluster : undefined)),
      ),
    );
    // Also while none of them has made the table yet.
    const locks = await Promise.all(sessions.map((each) => mysqlAdapter.lock(each, config, 'ar_migrations', 0)));
    expect(locks.filter((lock) => lock !== undefined)).toHaveLength(1);
    for (const session of sessions) await session.close();
  });

  it.skipIf(dialect !== 'postgres')(
    'is there for statements that no transaction takes, which go on behind what is done',
    async () => {
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
    },
  );
});
