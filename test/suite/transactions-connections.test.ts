/** Which connection a transaction is on, and waits that could never end. */
import {
  BaseModel,
  type Connection,
  ConnectionNotDefined,
  column,
  connect,
  connections,
  createAll,
  disconnect,
  InvalidQuery,
  PoolDeadlock,
  PoolTimeout,
  Rollback,
  sql,
  TransactionClosed,
  TransactionStuck,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Visit extends BaseModel.with({ id: column.id(), page: column.string() }) {}
class FarVisit extends Visit {
  static override connectionName = 'analytics';
  static override tableName = 'visits';
}

describeEachDatabase('the connection of a transaction', (database) => {
  let main: Connection;
  let analytics: Connection;
  beforeAll(async () => {
    main = await connect(database.url, { pool: 3, acquireTimeout: 300 });
    analytics = await connect(database.url, { name: 'analytics', pool: 3 });
    await createAll([Visit]);
  });
  beforeEach(async () => {
    await Visit.deleteAll({ everyRow: true });
  });
  afterAll(async () => {
    await disconnect();
    await disconnect('analytics');
  });

  const given: readonly (readonly [string, () => string | Connection])[] = [
    ['its name', () => 'analytics'],
    ['itself', () => analytics],
  ];
  it.each(given)('is the one that is given by %s', async (_, connection) => {
    const failed = transaction(
      async () => {
        expect([main.inTransaction, analytics.inTransaction]).toEqual([false, true]);
        await FarVisit.create({ page: '/' });
        throw new Rollback();
      },
      { connection: connection() },
    );
    expect(await failed).toBeUndefined();
    expect(await Visit.count()).toBe(0);
    expect(
      await transaction(() => FarVisit.create({ page: '/' }), { connection: connection(), retries: 1 }),
    ).toBeDefined();
    expect(await Visit.count()).toBe(1);
  });

  it('is that of the model, which may be named as well', async () => {
    const inside = (): boolean[] => [main.inTransaction, analytics.inTransaction];
    expect(await FarVisit.transaction(inside)).toEqual([false, true]);
    expect(await FarVisit.transaction(inside, { connection: 'analytics' })).toEqual([false, true]);
    expect(await Visit.transaction(inside, { connection: main, readOnly: true })).toEqual([true, false]);
    for (const [model, connection] of [
      [Visit, 'analytics'],
      [FarVisit, main],
      [FarVisit, 'default'],
    ] as const) {
      const error = await errorBeforeSending(() => model.transaction(inside, { connection }));
      expect(error).toBeInstanceOf(InvalidQuery);
      expect(error.message).toMatch(/is on the connection ".*" of the model, not on ".*"\. .*transaction\(fn, \{ conn/);
    }
  });

  it('is refused where there is none of that name, or it is no connection', async () => {
    const never = () => expect.unreachable();
    const unknown = await errorBeforeSending(() => transaction(never, { connection: 'analitics' }));
    expect(unknown).toBeInstanceOf(ConnectionNotDefined);
    expect(unknown.message).toContain('Did you mean "analytics"?');
    for (const connection of [5, null, {}, ['analytics']]) {
      const error = await errorBeforeSending(() => Reflect.apply(transaction, undefined, [never, { connection }]));
      expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(error.message).toContain('connection takes a connection or its name');
    }
    for (const options of [null, 5])
      expect(await errorBeforeSending(() => Reflect.apply(transaction, undefined, [never, options]))).toMatchObject({
        code: 'AR_QUERY_INVALID',
      });
    const own = await errorBeforeSending(() =>
      Reflect.apply(main.transaction, main, [never, { connection: 'default' }]),
    );
    expect(own.message).toContain('transaction has no option "connection"');
  });

  it('is opened by its first transaction, where it was only defined', async () => {
    connections.define('later', database.url);
    expect(await transaction(() => connections.get('later').inTransaction, { connection: 'later' })).toBe(true);
    await disconnect('later');
  });

  it('is left for a query that is given back unsent, which becomes a promise', async () => {
    await transaction(async () => {
      await Visit.create({ page: 'inside' });
      const query = withoutTransaction(() => Visit.where({ page: 'inside' }));
      expect(query).toBeInstanceOf(Promise);
      expect(await query).toEqual([]);
      const maybe = main.withoutTransaction(() => (query instanceof Promise ? Visit.all().limit(1) : undefined));
      expect(maybe).toBeInstanceOf(Promise);
      expect(await maybe).toEqual([]);
      throw new Rollback();
    });
  });
});

describeEachDatabase('waits that could never end', (database) => {
  const hasWriter = database.dialect === 'sqlite';
  let connection: Connection;
  beforeAll(async () => {
    connection = await connect(database.url, { pool: 1, acquireTimeout: 300 });
    await createAll([Visit]);
    await Visit.insertAll([{ page: '/a' }, { page: '/b' }, { page: '/c' }]);
  });
  afterAll(async () => {
    await disconnect();
  });

  it('are told at once, also by a find beside one that can wait', async () => {
    if (hasWriter) return;
    const patient = await connect(database.url, { name: 'analytics', pool: 1, acquireTimeout: 60_000 });
    for (const outerIsFirst of [true, false]) {
      let go: () => void = () => undefined;
      const started = new Promise<void>((resolve) => {
        go = resolve;
      });
      const outer = started.then(() => FarVisit.find(1));
      const refused = await patient.transaction(async () => {
        if (outerIsFirst) go();
        const inner = errorOf(() => withoutTransaction(() => FarVisit.find(2)));
        if (!outerIsFirst) go();
        return inner;
      });
      expect(refused).toBeInstanceOf(PoolDeadlock);
      expect((await outer).page).toBe('/a');
    }
    await disconnect('analytics');
  });

  it('still puts finds of one scope together', async () => {
    const sent = await statementsOf(() =>
      connection.transaction(() => Promise.all([Visit.find(1), Visit.find(2), Visit.find(3)])),
    );
    expect(sent).toHaveLength(3);
  });

  it('say where a loop over a cursor has the connection', async () => {
    if (hasWriter) return;
    const error = await errorOf(async () => {
      for await (const visit of Visit.all().findEach({ cursor: true })) await visit.update({ page: '/x' });
    });
    expect(error).toBeInstanceOf(PoolTimeout);
    expect(error.message).toMatch(/1 of them is a cursor whose loop has asked for no more rows meanwhile/);
    expect(error.message).toContain('{ cursor: true }');
    expect(connection.pool.inUse).toBe(0);
    const other = await errorOf(() =>
      Promise.all([connection.transaction(() => new Promise((resolve) => setTimeout(resolve, 500))), Visit.count()]),
    );
    expect(other.message).not.toContain('cursor');
  });

  it('of a cursor inside of a transaction are told at once', async () => {
    if (hasWriter) return;
    const error = await connection.transaction(() =>
      errorOf(() =>
        withoutTransaction(async () => {
          for await (const _ of Visit.all().findEach({ cursor: true })) expect.unreachable();
        }),
      ),
    );
    expect(error).toBeInstanceOf(PoolDeadlock);
  });

  it('of the end for a nested transaction that nobody awaits, and that does nothing', async () => {
    let finish: () => void = () => undefined;
    let nested: Promise<unknown> = Promise.resolve();
    const error = await errorOf(() =>
      transaction(async () => {
        await Visit.create({ page: 'outer' });
        nested = transaction(async () => {
          await Visit.create({ page: 'nested' });
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          return errorOf(() => Visit.create({ page: 'late' }));
        });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }),
    );
    expect(error).toBeInstanceOf(TransactionStuck);
    expect(error.message).toMatch(
      /^COMMIT waited .* nested one that has sent nothing for 300 ms since INSERT INTO .visits/,
    );
    expect(await Visit.where({ page: ['outer', 'nested'] }).count()).toBe(0);
    expect(connection.pool.inUse).toBe(0);
    const sent = await statementsOf(async () => {
      finish();
      const reason = await errorOf(() => nested);
      expect(reason).toBe(error);
    });
    expect(sent).toEqual([]);
  });

  it('of the end of a savepoint end the whole', async () => {
    let finish: () => void = () => undefined;
    let nested: Promise<unknown> = Promise.resolve();
    let second: unknown;
    const error = await errorOf(() =>
      transaction(async () => {
        second = await errorOf(() =>
          transaction(async () => {
            nested = transaction(
              () =>
                new Promise<void>((resolve) => {
                  finish = resolve;
                }),
            );
            await new Promise((resolve) => setTimeout(resolve, 50));
          }),
        );
        const refused = await errorOf(() => Visit.create({ page: 'after' }));
        expect(refused).toBeInstanceOf(TransactionClosed);
        expect(refused.cause).toBe(second);
      }),
    );
    expect(error).toBe(second);
    expect(error).toBeInstanceOf(TransactionStuck);
    expect(error.message).toMatch(/^RELEASE SAVEPOINT ar_1 waited/);
    finish();
    await errorOf(() => nested);
    expect(await Visit.where({ page: 'after' }).count()).toBe(0);
  });

  it('do not hide the error that the function has failed with', async () => {
    const boom = new Error('boom');
    let finish: () => void = () => undefined;
    let nested: Promise<unknown> = Promise.resolve();
    const failed = transaction(async () => {
      await Visit.create({ page: 'outer' });
      nested = transaction(
        () =>
          new Promise<void>((resolve) => {
            finish = resolve;
          }),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw boom;
    });
    expect(await errorOf(() => failed)).toBe(boom);
    finish();
    expect(await errorOf(() => nested)).toBeInstanceOf(TransactionStuck);
    expect(await Visit.where({ page: 'outer' }).count()).toBe(0);
    expect(await connection.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  });

  it('are none where the nested one comes to its end', async () => {
    let nested: Promise<unknown> = Promise.resolve();
    await transaction(async () => {
      nested = transaction(async () => {
        await Visit.create({ page: 'slow' });
        await new Promise((resolve) => setTimeout(resolve, 120));
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await nested;
    expect(await Visit.where({ page: 'slow' }).count()).toBe(1);
  });
});
