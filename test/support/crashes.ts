/** A process that is killed at a chosen statement, as its database sees it: the sessions end, and nothing more is sent. */
import type { Adapter, DriverConnection, LockResult, Outcome, RunOptions } from '../../lib/adapters/contract.ts';
import { mysqlAdapter } from '../../lib/adapters/mysql/adapter.ts';
import { postgresAdapter } from '../../lib/adapters/postgres/adapter.ts';
import { sqliteAdapter } from '../../lib/adapters/sqlite/adapter.ts';
import type { Compiled } from '../../lib/sql/compile.ts';
import type { Dialect } from './databases.ts';

const adapters: Readonly<Record<Dialect, Adapter>> = {
  mysql: mysqlAdapter,
  postgres: postgresAdapter,
  sqlite: sqliteAdapter,
};

/** What changes nothing, whenever the process ends: so does a transaction until its commit. */
const reading = /^\s*(?:SELECT|SHOW|PRAGMA|SET|WITH|EXPLAIN|DO RELEASE_LOCK)\b/i;

export interface Crashing {
  /** Resolves with the statement that the process was killed before. */
  readonly crashed: Promise<string>;
  /** The statements that change something. */
  readonly sent: readonly string[];
  restore(): void;
}

/**
 * Every connection that is opened from here on belongs to the process that is killed, until it is restored.
 *
 * @param at - before which of the statements that change something, from 0; undefined for never
 */
export function crashing(dialect: Dialect, at: number | undefined): Crashing {
  const adapter = adapters[dialect];
  const { connect, lock } = adapter;
  const sent: string[] = [];
  const sessions: DriverConnection[] = [];
  const locks: LockResult[] = [];
  let isDead = false;
  let tell: (sql: string) => void = () => undefined;
  const crashed = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const never = new Promise<never>(() => undefined);
  const die = (sql: string) => {
    isDead = true;
    for (const session of sessions) session.destroy();
    // The one of SQLite is a file that the process holds.
    if (dialect === 'sqlite') for (const held of locks) void held.release();
    tell(sql);
    return never;
  };
  const wrap = (session: DriverConnection) => {
    const run = session.run.bind(session);
    session.run = (statement: Compiled, options: RunOptions): Outcome | Promise<Outcome> => {
      if (isDead) return never;
      if (reading.test(statement.sql)) return run(statement, options);
      const isIt = at === sent.length;
      sent.push(statement.sql);
      return isIt ? die(statement.sql) : run(statement, options);
    };
    sessions.push(session);
    return session;
  };
  adapter.connect = async (config, intent) => wrap(await connect.call(adapter, config, intent));
  adapter.lock = async (...asked) => {
    const held = await lock.apply(adapter, asked);
    if (held !== undefined) locks.push(held);
    return held;
  };
  return {
    crashed,
    sent,
    restore() {
      adapter.connect = connect;
      adapter.lock = lock;
    },
  };
}
