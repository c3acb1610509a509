import { BaseModel, column, connections, PoolDeadlock, QueryAborted, QueryTimeout, sql } from 'active-record-ts';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SuiteDatabase } from '../support/databases.ts';
import { describeModels, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Slow extends BaseModel.with({ id: column.id(), name: column.string() }) {
  static override tableName = 'slow_ones';
}

/** Thirty seconds on a server; SQLite has nobody to sleep, so that it counts for a while. */
const sleep = (database: SuiteDatabase) =>
  ({
    mysql: sql`SELECT SLEEP(30) AS slept`,
    postgres: sql`SELECT pg_sleep(30) AS slept`,
    sqlite: sql`SELECT COUNT(*) AS slept FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n)`,
  })[database.dialect];
const sleepCondition = (database: SuiteDatabase) =>
  database.dialect === 'mysql' ? sql`SLEEP(30) = 0` : sql`pg_sleep(30) IS NOT NULL`;

/** The statements that sleep on the server. */
async function sleeping(database: SuiteDatabase): Promise<number> {
  const rows = await connections
    .get()
    .query(
      database.dialect === 'mysql'
        ? sql`SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE ${'%sleep(30)%'} AND info NOT LIKE ${'%processlist%'}`
        : sql`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = ${'active'} AND query LIKE ${'%sleep(30)%'} AND query NOT LIKE ${'%pg_stat_activity%'}`,
    );
  return rows.length;
}

async function expectSound(): Promise<void> {
  const answers = await Promise.all(
    Array.from(
      { length: 20 },
      async (_, index) => (await connections.get().query(sql`SELECT ${index} + 1 AS next`))[0],
    ),
  );
  expect(answers.map((row) => Number(row?.next))).toEqual(answers.map((_, index) => index + 1));
  expect(connections.get().pool).toMatchObject({ inUse: 0, waiting: 0 });
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describeModels('reading within limits', [Slow], (database) => {
  const isServer = database.dialect !== 'sqlite';
  beforeAll(async () => {
    await Slow.insertAll([{ name: 'a' }, { name: 'b' }]);
  });
  afterEach(expectSound);

  it('answers what is fast enough, and leaves nothing behind', async () => {
    const { signal } = new AbortController();
    const all = await Promise.all(Array.from({ length: 30 }, () => Slow.order('id').timeout(20_000).signal(signal)));
    expect(all.map((records) => records.map(({ name }) => name))).toEqual(all.map(() => ['a', 'b']));
    expect(await Slow.timeout(5000).find(2)).toMatchObject({ name: 'b' });
    expect([
      await Slow.timeout(5000).count(),
      await Slow.signal(signal).pluck('name'),
      await Slow.timeout(5000).exists(),
    ]).toEqual([2, ['a', 'b'], true]);
    expect((await errorOf(() => Slow.where(sql`missing_column = 1`).timeout(5000))).code).toBe('AR_COLUMN_MISSING');
  });

  it('ends a statement at its time limit', async () => {
    const since = performance.now();
    const error = await errorOf(() => connections.get().query(sleep(database), { timeout: 200 }));
    expect(error).toBeInstanceOf(QueryTimeout);
    expect(error).toMatchObject({ code: 'AR_QUERY_TIMEOUT', sql: expect.stringMatching(/slept/) });
    expect(error.stack).toContain('reading-limits.test.ts');
    if (isServer) {
      expect(performance.now() - since).toBeLessThan(1500);
      await expect.poll(() => sleeping(database), { timeout: 15_000 }).toBe(0);
    }
  });

  it('sends nothing for a signal that is aborted already', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    for (const run of [
      () => Slow.signal(signal),
      () => Slow.all().signal(signal).find(1),
      () => Slow.signal(signal).count(),
      () => Slow.signal(signal).explain(),
      () => connections.get().query(sql`SELECT 1`, { signal }),
      () => connections.get().execute(sql`DELETE FROM slow_ones`, { signal }),
      () => Slow.signal(signal).findEach().next(),
      () => Slow.signal(signal).findEach({ cursor: true }).next(),
    ]) {
      const error = await errorBeforeSending(run);
      expect(error).toBeInstanceOf(QueryAborted);
      expect(error.cause).toMatchObject({ message: 'gone' });
    }
  });

  it('refuses what is no limit', async () => {
    for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, 2 ** 40]) {
      expect((await errorBeforeSending(() => Slow.timeout(timeout as never))).code).toBe('AR_QUERY_INVALID');
    }
    expect((await errorBeforeSending(() => Slow.signal({ aborted: false } as never))).code).toBe('AR_QUERY_INVALID');
    const { signal } = new AbortController();
    expect((await errorOf(() => connections.get().query(sql`SELECT 1`, { signal, timeout: -1 }))).code).toBe(
      'AR_QUERY_INVALID',
    );
  });

  it('ends the wait for a connection', async () => {
    const connection = connections.get();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holders = Array.from({ length: isServer ? 10 : 1 }, () => connection.transaction(() => held));
    await pause(100);
    const since = performance.now();
    const error = await errorOf(() => connection.execute(sql`UPDATE slow_ones SET name = name`, { timeout: 100 }));
    expect(error).toBeInstanceOf(QueryTimeout);
    expect(performance.now() - since).toBeLessThan(1000);
    expect(connection.pool.waiting).toBe(0);
    release();
    await Promise.all(holders);
  });

  it('ends a write that waits for a lock', async () => {
    const connection = connections.get();
    await connection.transaction(async () => {
      await Slow.where({ id: 1 }).updateAll({ name: 'a' });
      const other = connection.withoutTransaction(() => Slow.where({ id: 1 }).timeout(150).updateAll({ name: 'x' }));
      // SQLite has one writer, which this very code holds: that is not worth a wait.
      expect(await errorOf(() => other)).toBeInstanceOf(isServer ? QueryTimeout : PoolDeadlock);
    });
    expect(await Slow.where({ id: 1 }).pick('name')).toBe('a');
  });

  describe.runIf(isServer)('on a server', () => {
    it('ends a statement when its signal is aborted', async () => {
      const controller = new AbortController();
      const reason = new Error('the request is gone');
      setTimeout(() => controller.abort(reason), 150);
      const query = Slow.where(sleepCondition(database)).signal(controller.signal);
      const error = await errorOf(() => query);
      expect(error).toBeInstanceOf(QueryAborted);
      expect(error.cause).toBe(reason);
      await expect.poll(() => sleeping(database), { timeout: 15_000 }).toBe(0);
    });

    it('ends prepared statements, counts and cursors too', async () => {
      const slow = Slow.where(sleepCondition(database)).timeout(150);
      for (const run of [
        () => slow.count(),
        () => slow.findEach({ cursor: true }).next(),
        () => slow.findEach().next(),
      ])
        expect(await errorOf(run)).toBeInstanceOf(QueryTimeout);
      await expect.poll(() => sleeping(database), { timeout: 15_000 }).toBe(0);
    });

    it('ends thirty statements at random times, each in good order', async () => {
      for (let round = 0; round < 30; round++) {
        const controller = new AbortController();
        const after = Math.random() * 40;
        setTimeout(() => controller.abort(), after);
        const seconds = Math.random() < 0.5 ? 0.02 : 30;
        const statement =
          database.dialect === 'mysql'
            ? sql`SELECT SLEEP(${seconds}) AS slept`
            : sql`SELECT pg_sleep(${seconds}) AS slept`;
        const outcome = await connections
          .get()
          .query(statement, { signal: controller.signal })
          .catch((error) => error);
        if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(QueryAborted);
        expect(await connections.get().query(sql`SELECT ${round} + 1 AS next`)).toEqual([{ next: round + 1 }]);
        expect(await Slow.find(1)).toMatchObject({ name: 'a' });
      }
      await expect.poll(() => sleeping(database), { timeout: 15_000 }).toBe(0);
    });

    it('leaves a transaction as the database leaves it', async () => {
      const connection = connections.get();
      const run = connection.transaction(async () => {
        await Slow.create({ name: 'c' });
        const error = await errorOf(() => connection.query(sleep(database), { timeout: 150 }));
        expect(error).toBeInstanceOf(QueryTimeout);
        if (database.dialect === 'postgres') {
          expect(error.message).toContain('rolled back');
          expect((await errorOf(() => Slow.count())).code).toBe('AR_STATEMENT_FAILED');
          throw new Error('given up');
        }
        expect(await Slow.count()).toBe(3);
        throw new Error('given up');
      });
      expect((await errorOf(() => run)).message).toBe('given up');
      expect(await Slow.count()).toBe(2);
    });

    it('leaves a transaction usable behind a savepoint', async () => {
      const connection = connections.get();
      const count = await connection.transaction(async () => {
        const error = await errorOf(() =>
          connection.transaction(() => connection.query(sleep(database), { timeout: 150 })),
        );
        expect(error).toBeInstanceOf(QueryTimeout);
        return Slow.count();
      });
      expect(count).toBe(2);
    });

    it('ends the wait for its turn in a transaction', async () => {
      const connection = connections.get();
      const ended = connection.transaction(async () => {
        const first = errorOf(() => connection.query(sleep(database), { timeout: 600 }));
        const since = performance.now();
        const sent = await statementsOf(async () => {
          expect(await errorOf(() => Slow.timeout(100).count())).toBeInstanceOf(QueryTimeout);
        });
        expect(sent).toEqual([]);
        expect(performance.now() - since).toBeLessThan(500);
        await first;
      });
      // PostgreSQL gives the transaction up with the statement that was ended.
      if (database.dialect === 'postgres') expect(await errorOf(() => ended)).toBeInstanceOf(QueryTimeout);
      else await ended;
    });
  });
});
