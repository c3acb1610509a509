/** The options of transactions: isolation, readOnly, timeout; and what runs after a rollback. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AfterRollbackFailed,
  afterCommit,
  afterRollback,
  BaseModel,
  CapabilityMissing,
  column,
  connect,
  connections,
  InvalidQuery,
  ReadOnlyViolation,
  Rollback,
  sql,
  TransactionClosed,
  type TransactionOptions,
  TransactionStuck,
  TransactionTimeout,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Account extends BaseModel.with({ id: column.id(), name: column.string() }) {}

const boom = new Error('boom');
const rollback = (): never => {
  throw new Rollback();
};

describeModels('the options of a transaction', [Account], (database) => {
  const { dialect } = database;
  emptyBeforeEach('accounts');

  it('is refused before it begins where there is no function, or an unknown option of retries', async () => {
    const loose: (...given: unknown[]) => Promise<unknown> = (...given) => Reflect.apply(transaction, undefined, given);
    for (const given of [undefined, 5, Promise.resolve(1)]) {
      const error = await errorBeforeSending(() => loose(given));
      expect(error.message).toMatch(/^transaction takes a function, not /);
    }
    const error = await errorBeforeSending(() => loose(() => 1, { retries: { times: 1, backof: 5 } }));
    expect(error.message).toContain('retries has no option "backof". Did you mean "backoff"?');
  });

  it('is not committed with what is no function to be called afterwards', async () => {
    for (const after of [afterCommit, afterRollback]) {
      const run = () =>
        transaction(async () => {
          await Account.create({ name: 'Ada' });
          await Reflect.apply(after, undefined, [5]);
        });
      expect(await errorOf(run)).toBeInstanceOf(InvalidQuery);
    }
    expect(await Account.count()).toBe(0);
  });

  it('begins with the isolation that was asked for', async () => {
    for (const isolation of ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const) {
      const run = () => transaction(() => Account.count(), { isolation });
      if (dialect === 'sqlite' && isolation !== 'serializable') {
        expect(await errorBeforeSending(run)).toBeInstanceOf(CapabilityMissing);
        continue;
      }
      const level = isolation.toUpperCase();
      expect((await statementsOf(run)).slice(0, -2)).toEqual(
        {
          sqlite: ['BEGIN IMMEDIATE'],
          mysql: [`SET TRANSACTION ISOLATION LEVEL ${level}`, 'START TRANSACTION'],
          postgres: [`BEGIN ISOLATION LEVEL ${level}`],
        }[dialect],
      );
    }
    expect(connections.get().pool.inUse).toBe(0);
  });

  it('sees of others what its isolation allows', async () => {
    if (dialect === 'sqlite') return;
    const counts = (isolation: TransactionOptions['isolation']) =>
      transaction(
        async () => {
          const before = await Account.count();
          await withoutTransaction(() => Account.create({ name: 'meanwhile' }));
          return (await Account.count()) - before;
        },
        { isolation },
      );
    expect(await counts('read committed')).toBe(1);
    expect(await counts('repeatable read')).toBe(0);
    // It was for that one transaction only.
    expect(await counts('read committed')).toBe(1);
  });

  it('refuses writes with readOnly, and only then', async () => {
    const [kept, refused] = [await Account.create({ name: 'Ada' }), new Account({ name: 'Bob' })];
    const error = await errorOf(() =>
      transaction(
        async () => {
          expect(await Account.count()).toBe(1);
          await refused.save();
        },
        { readOnly: true },
      ),
    );
    expect(error).toBeInstanceOf(ReadOnlyViolation);
    expect(refused).toMatchObject({ isNewRecord: true, id: null });
    expect(await errorOf(() => transaction(() => kept.destroy(), { readOnly: true }))).toBeInstanceOf(
      ReadOnlyViolation,
    );
    expect(await transaction(() => Account.pluck('name'), { readOnly: true })).toEqual(['Ada']);
    await transaction(() => refused.save());
    await transaction(() => refused.update({ name: 'Cyd' }), { readOnly: false });
    expect(await Account.order('id').pluck('name')).toEqual(['Ada', 'Cyd']);
  });

  it('refuses writes with readOnly in a nested transaction too, and in memory', async () => {
    const error = await errorOf(() =>
      transaction(() => transaction(() => Account.create({ name: 'a' })), { readOnly: true }),
    );
    expect(error).toBeInstanceOf(ReadOnlyViolation);
    if (dialect !== 'sqlite') return;
    await using memory = await connect('sqlite::memory:', { name: 'memory' });
    await memory.execute(sql`CREATE TABLE t (id INTEGER)`);
    const insert = () => memory.execute(sql`INSERT INTO t VALUES (1)`);
    expect(await errorOf(() => memory.transaction(insert, { readOnly: true }))).toBeInstanceOf(ReadOnlyViolation);
    expect(await insert()).toEqual({ affectedRows: 1 });
  });

  it('has not committed where a statement that nobody awaited has used up the time', async () => {
    if (dialect === 'sqlite') return;
    const slow = dialect === 'mysql' ? sql`SELECT SLEEP(2)` : sql`SELECT pg_sleep(2)`;
    const account = new Account({ name: 'Ada' });
    const error = await errorOf(() =>
      transaction(
        async () => {
          await account.save();
          connections
            .get()
            .query(slow)
            .catch(() => undefined);
        },
        { timeout: 80 },
      ),
    );
    expect(error).toBeInstanceOf(TransactionTimeout);
    expect(account).toMatchObject({ isNewRecord: true, id: null });
    expect(await Account.count()).toBe(0);
  });

  it('takes them for the outermost transaction only', async () => {
    for (const options of [{ isolation: 'serializable' }, { readOnly: true }, { timeout: 5 }] as const)
      for (const join of [true, false]) {
        await transaction(async () => {
          const error = await errorBeforeSending(() => transaction(() => Account.count(), { ...options, join }));
          expect(error).toBeInstanceOf(InvalidQuery);
          expect(error.message).toContain(`${Object.keys(options)[0]} can only be given to the outermost`);
          const outside = await withoutTransaction(() =>
            transaction(() => 1, { ...options, timeout: 1_000, readOnly: true }),
          );
          expect(outside).toBe(1);
        });
        expect(await transaction(() => 1, { ...options, timeout: 1_000, join })).toBe(1);
      }
  });

  it('refuses what it does not understand before it begins', async () => {
    const wrong = [
      { isolation: 'snapshot' },
      { timeout: 0 },
      { timeout: Number.NaN },
      { retries: -1 },
      { retries: 1.5 },
      { retries: '3' },
      { retries: { times: 1, backoff: 'long' } },
      { retries: { times: 1, backoff: Number.POSITIVE_INFINITY } },
      { readOnly: 'yes' },
      { join: 1 },
      { retires: 3 },
      null,
    ];
    for (const options of wrong) {
      // What JavaScript may give.
      const error = await errorBeforeSending(() => transaction(() => 1, options as TransactionOptions));
      expect(error).toBeInstanceOf(InvalidQuery);
    }
  });

  it('passes over no failed statement that had a limit', async () => {
    const missing = () => connections.get().execute(sql`INSERT INTO nowhere VALUES (1)`, { timeout: 30_000 });
    const swallowing = transaction(async () => {
      await Account.create({ name: 'a' });
      await errorOf(missing);
    });
    if (dialect === 'postgres') expect(await errorOf(() => swallowing)).toMatchObject({ code: 'AR_TABLE_MISSING' });
    else await swallowing;
    expect(await Account.count()).toBe(dialect === 'postgres' ? 0 : 1);
  });

  it('does not wait for ever for a nested transaction that waits for it', async () => {
    const small = await connect(database.url, { name: 'small', acquireTimeout: 100 });
    const insert = (name: string) => small.execute(sql`INSERT INTO accounts (name) VALUES (${name})`);
    for (const send of [
      () => insert('own'),
      () => small.execute(sql`INSERT INTO accounts (name) VALUES ('own')`, { timeout: 30_000 }),
      () => small.transaction(() => insert('own')),
    ]) {
      let own: Promise<unknown> = Promise.resolve();
      const error = await errorOf(() =>
        small.transaction(async () => {
          const nested = small.transaction(async () => {
            await insert('nested');
            await own;
          });
          own = send();
          own.catch(() => undefined);
          await nested;
        }),
      );
      expect(error).toBeInstanceOf(TransactionStuck);
      expect(error.code).toBe('AR_TRANSACTION_STUCK');
      expect(error.message).toMatch(/^(INSERT|Another nested transaction).* for 100 ms since INSERT/);
      expect(small.pool.inUse).toBe(0);
    }
    await small.close();
    // The connection can be used on.
    expect(await Account.count()).toBe(0);
  });

  it('waits as long as it takes for a nested transaction that goes on', async () => {
    const small = await connect(database.url, { name: 'small', acquireTimeout: 100 });
    const insert = (name: string) => small.execute(sql`INSERT INTO accounts (name) VALUES (${name})`);
    await small.transaction(async () => {
      const nested = small.transaction(async () => {
        for (let step = 0; step < 6; step++) {
          await sleep(40);
          await insert('nested');
        }
      });
      await Promise.all([nested, insert('own')]);
    });
    await small.close();
    expect(await Account.count()).toBe(7);
  });

  describe('timeout', () => {
    it('ends the transaction, and whatever its function goes on with', async () => {
      const account = new Account({ name: 'Ada' });
      let late: Promise<unknown> | undefined;
      const error = await errorOf(() =>
        transaction(
          async () => {
            await account.save();
            late = sleep(120).then(() => Account.create({ name: 'late' }));
            late.catch(() => undefined);
            await late;
          },
          { timeout: 60 },
        ),
      );
      expect(error).toBeInstanceOf(TransactionTimeout);
      expect(error).toMatchObject({ code: 'AR_TRANSACTION_TIMEOUT', timeout: 60 });
      expect(account).toMatchObject({ isNewRecord: true, id: null });
      expect(await errorOf(() => late)).toBeInstanceOf(TransactionClosed);
      expect(await Account.count()).toBe(0);
      expect(connections.get().pool.inUse).toBe(0);
    });

    it('ends it inside a nested one that never comes to an end', async () => {
      const error = await errorOf(() =>
        transaction(
          async () => {
            await Account.create({ name: 'a' });
            await transaction(() => new Promise(() => undefined));
          },
          { timeout: 40 },
        ),
      );
      expect(error).toBeInstanceOf(TransactionTimeout);
      expect(await Account.count()).toBe(0);
      expect(connections.get().pool.inUse).toBe(0);
    });

    it('ends the statement under way, on the server too', async () => {
      if (dialect === 'sqlite') return;
      const wait = dialect === 'mysql' ? sql`SELECT SLEEP(30)` : sql`SELECT pg_sleep(30)`;
      const error = await errorOf(() =>
        transaction(
          async () => {
            await Account.create({ name: 'a' });
            await connections.get().query(wait);
          },
          { timeout: 100 },
        ),
      );
      expect(error).toBeInstanceOf(TransactionTimeout);
      const running =
        dialect === 'mysql'
          ? sql`SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info = ${'SELECT SLEEP(30)'}`
          : sql`SELECT COUNT(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query = ${'SELECT pg_sleep(30)'}`;
      expect(Number((await connections.get().query(running))[0]?.n)).toBe(0);
      expect(await Account.count()).toBe(0);
    });

    it('is told by the clock where the function kept the thread, and not while there is time', async () => {
      const busy = async () => {
        await Account.create({ name: 'a' });
        const until = performance.now() + 40;
        while (performance.now() < until);
      };
      expect(await errorOf(() => transaction(busy, { timeout: 20 }))).toBeInstanceOf(TransactionTimeout);
      expect(await Account.count()).toBe(0);
      await transaction(busy, { timeout: 30_000 });
      expect(await Account.count()).toBe(1);
    });

    it('covers the wait for a connection', async () => {
      const small = await connect(database.url, { name: 'small', pool: 1 });
      let release: () => void = () => undefined;
      const held = small.transaction(() => new Promise<void>((resolve) => (release = resolve)));
      await sleep(20);
      const error = await errorOf(() => small.transaction(() => 1, { timeout: 30 }));
      expect(error).toBeInstanceOf(TransactionTimeout);
      release();
      await held;
      await small.close();
    });
  });

  describe('afterRollback', () => {
    it('runs its functions in order, after the rollback and outside of it', async () => {
      const events: string[] = [];
      const failed = transaction(async () => {
        await Account.create({ name: 'gone' });
        await afterRollback(async () => {
          events.push(`first, inside: ${connections.get().inTransaction}, rows: ${await Account.count()}`);
        });
        await transaction(() => connections.get().afterRollback(() => events.push('nested')));
        await afterCommit(() => events.push('committed'));
        await afterRollback(() => events.push('last'));
        events.push('body');
        throw boom;
      });
      expect(await errorOf(() => failed)).toBe(boom);
      expect(events).toEqual(['body', 'first, inside: false, rows: 0', 'nested', 'last']);
    });

    it('runs those of a savepoint with it, and none after a commit or where there is no transaction', async () => {
      const events: string[] = [];
      await afterRollback(() => events.push('never'));
      await transaction(async () => {
        await afterRollback(() => events.push('never'));
        await transaction(async () => {
          await Account.create({ name: 'gone' });
          await transaction(() => afterRollback(() => events.push('innermost')));
          await afterRollback(async () => events.push(`nested, rows: ${await Account.count()}`));
          rollback();
        });
        events.push('goes on');
      });
      expect(events).toEqual(['innermost', 'nested, rows: 0', 'goes on']);
    });

    it('runs those of a savepoint that takes everything with it after the whole rollback', async () => {
      const events: string[] = [];
      const failed = transaction(
        async () => {
          await Account.create({ name: 'a' });
          await afterRollback(() => events.push('outer'));
          await transaction(async () => {
            await afterRollback(async () => events.push(`nested, rows: ${await Account.count()}`));
            await sleep(10_000);
          });
        },
        { timeout: 50 },
      );
      expect(await errorOf(() => failed)).toBeInstanceOf(TransactionTimeout);
      expect(events).toEqual(['outer', 'nested, rows: 0']);
    });

    it('runs the others when one throws, and says why it was rolled back', async () => {
      const events: string[] = [];
      const failing = (reason: () => never) => async () => {
        await afterRollback(() => Promise.reject(boom));
        await afterRollback(() => events.push('second'));
        reason();
      };
      const error = await errorOf(() => transaction(failing(rollback)));
      expect(error).toBeInstanceOf(AfterRollbackFailed);
      expect(error).toMatchObject({ errors: [boom], code: 'AR_AFTER_ROLLBACK_FAILED' });
      expect(error.cause).toBeInstanceOf(Rollback);
      expect(error.message).toContain('a function given to afterRollback failed: boom');
      await transaction(async () => {
        expect(await errorOf(() => transaction(failing(rollback)))).toBeInstanceOf(AfterRollbackFailed);
      });
      expect(events).toEqual(['second', 'second']);
    });
  });
});
