/** Transactions that are run again: as a whole, from the state before, and never when COMMIT may have been carried out. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AfterCommitFailed,
  afterCommit,
  afterRollback,
  BaseModel,
  belongsTo,
  column,
  connect,
  connections,
  Deadlocked,
  disconnect,
  hasMany,
  LockTimeout,
  SerializationFailure,
  sql,
  TransactionTimeout,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Owner extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get accounts() {
    return hasMany(Account);
  },
}) {}
class Account extends BaseModel.with({
  id: column.id(),
  ownerId: column.references('owners').nullable(),
  balance: column.integer().default(0),
  tags: column.json<string[]>().nullable(),
  ...column.timestamps(),
  get owner() {
    return belongsTo(Owner, { optional: true });
  },
}) {}

const deadlock = () => new Deadlocked('Deadlock found.', { sql: 'UPDATE', binds: [], cause: undefined });
/** A promise, and what fulfils it (and waits 20 milliseconds as a back-off). */
function withResolvers(): { promise: Promise<void>; resolve: () => number } {
  let fulfil: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    fulfil = resolve;
  });
  return {
    promise,
    resolve: () => {
      fulfil();
      return 20;
    },
  };
}
const soon = (times: number) => ({ times, backoff: 1 });

describeModels('transactions that are run again', [Owner, Account], (database) => {
  const { dialect } = database;
  emptyBeforeEach('accounts', 'owners');

  it('give every run the records as they were before the first', async () => {
    const [kept, destroyed] = [
      await Account.create({ balance: 100, tags: ['a'] }),
      await Account.create({ balance: 1 }),
    ];
    const made = new Account({ balance: 7 });
    kept.tags?.push('before');
    const tags: unknown[] = [];
    const attempts: number[] = [];
    const result = await transaction(
      async () => {
        expect([made.isNewRecord, made.id, made.createdAt, destroyed.isDestroyed]).toEqual([true, null, null, false]);
        kept.balance -= 11;
        kept.tags?.push('in place');
        await kept.save();
        await kept.increment('balance', 1);
        await made.save();
        made.balance += 1;
        await destroyed.destroy();
        tags.push([...(kept.tags ?? [])]);
        if (attempts.push(kept.balance) < 3) throw deadlock();
        return 'done';
      },
      { retries: soon(2) },
    );
    expect(result).toBe('done');
    expect(attempts).toEqual([90, 90, 90]);
    expect(tags).toEqual([1, 2, 3].map(() => ['a', 'before', 'in place']));
    expect(await Account.order('id').pluck('balance')).toEqual([90, 7]);
    expect(made).toMatchObject({ isPersisted: true, balance: 8 });
    expect(made.changes).toEqual({ balance: [7, 8] });
  });

  it('give every run the associations as they were', async () => {
    const owner = await Owner.create({ name: 'Ada' });
    const first = await Account.create({ balance: 1 });
    let runs = 0;
    await transaction(
      async () => {
        owner.accounts.build({ balance: 2 });
        first.owner.set(owner);
        await first.save();
        await owner.save();
        if (++runs < 3) throw deadlock();
      },
      { retries: soon(5) },
    );
    expect(runs).toBe(3);
    expect(await owner.accounts.reload()).toHaveLength(2);
    expect(await Account.count()).toBe(2);
  });

  it('leave what was saved outside of them as it is', async () => {
    const account = await Account.create({ balance: 1 });
    if (dialect === 'sqlite') return;
    let runs = 0;
    await transaction(
      async () => {
        await withoutTransaction(() => account.update({ balance: account.balance + 1 }));
        if (++runs < 3) throw deadlock();
      },
      { retries: soon(2) },
    );
    expect([account.balance, await Account.pluck('balance')]).toEqual([4, [4]]);
  });

  it('drop what was to happen after the commit of a run that failed', async () => {
    const events: string[] = [];
    let run = 0;
    await transaction(
      async () => {
        const number = ++run;
        await afterCommit(() => events.push(`committed ${number}`));
        await afterRollback(() => events.push(`rolled back ${number}`));
        if (number < 3) throw deadlock();
      },
      { retries: soon(2) },
    );
    expect(events).toEqual(['rolled back 1', 'rolled back 2', 'committed 3']);
  });

  it('end with the last error when the runs are used up; the record is then as after any rollback', async () => {
    const account = await Account.create({ balance: 5 });
    const waits: number[] = [];
    let runs = 0;
    const failed = transaction(
      async () => {
        runs++;
        await account.update({ balance: account.balance + 1 });
        throw deadlock();
      },
      { retries: { times: 3, backoff: (attempt) => waits.push(attempt) } },
    );
    expect(await errorOf(() => failed)).toBeInstanceOf(Deadlocked);
    expect([runs, waits]).toEqual([4, [1, 2, 3]]);
    expect(account.changes).toEqual({ balance: [5, 6] });
  });

  it('are run again for what a concurrent one did, and for nothing else', async () => {
    const runsOf = async (fail: () => unknown) => {
      let runs = 0;
      const error = await errorOf(() =>
        transaction(
          async () => {
            runs++;
            return fail();
          },
          { retries: soon(2) },
        ),
      );
      return [runs, error.constructor.name];
    };
    const facts = { sql: '', binds: [], cause: undefined };
    const rejecting = (error: unknown) => () => Promise.reject(error);
    expect(await runsOf(rejecting(new LockTimeout('x', facts)))).toEqual([3, 'LockTimeout']);
    expect(await runsOf(rejecting(new SerializationFailure('x', facts)))).toEqual([3, 'SerializationFailure']);
    expect(await runsOf(rejecting(new Error('worded', { cause: deadlock() })))).toEqual([3, 'Error']);
    expect(await runsOf(rejecting(new Error('other')))).toEqual([1, 'Error']);
    expect(await runsOf(rejecting(new AfterCommitFailed([deadlock()])))).toEqual([1, 'AfterCommitFailed']);
    expect(await runsOf(() => afterCommit(() => Promise.reject(deadlock())))).toEqual([1, 'AfterCommitFailed']);
    expect(await runsOf(() => afterRollback(rejecting(deadlock())).then(rejecting(deadlock())))).toEqual([
      1,
      'AfterRollbackFailed',
    ]);
  });

  it('are run again whole: a nested one is not, and leaves it to the outermost', async () => {
    const runs = { outer: 0, inner: 0 };
    const nested = () =>
      transaction(
        async () => {
          if (++runs.inner < 3) throw deadlock();
        },
        { retries: soon(5) },
      );
    expect(await errorOf(() => transaction(nested))).toBeInstanceOf(Deadlocked);
    expect(runs.inner).toBe(1);
    await transaction(
      async () => {
        runs.outer++;
        await Account.create({});
        await nested();
      },
      { retries: soon(5) },
    );
    expect(runs).toEqual({ outer: 2, inner: 3 });
    expect(await Account.count()).toBe(1);
  });

  it('keep to the time that they have together', async () => {
    const failed = transaction(() => Promise.reject(deadlock()), {
      retries: { times: 9, backoff: 30_000 },
      timeout: 50,
    });
    expect(await errorOf(() => failed)).toBeInstanceOf(TransactionTimeout);
  });

  it('both commit where two have met in a deadlock', async () => {
    if (dialect === 'sqlite') return;
    const [a, b] = [await Account.create({ balance: 100 }), await Account.create({ balance: 100 })];
    let retried = 0;
    const move = (from: Account, to: Account) =>
      transaction(
        async () => {
          await afterRollback(() => retried++);
          await from.increment('balance', -1);
          await sleep(2);
          await to.increment('balance', 1);
        },
        { retries: 10 },
      );
    for (let round = 0; round < 3; round++) {
      const others = [await Account.find(b.id), await Account.find(a.id)] as const;
      await Promise.all([move(a, b), move(...others)]);
    }
    expect(retried).toBeGreaterThan(0);
    expect(await Account.pluck('balance')).toEqual([100, 100]);
  });

  it('are run again after a lock was not granted in time', async () => {
    const other = await connect(database.url, { name: 'other', acquireTimeout: 30 });
    try {
      const { promise: free, resolve: release } = withResolvers();
      const account = await Account.create({ balance: 1 });
      const holding = transaction(async () => {
        await account.increment('balance', 1);
        await free;
      });
      await sleep(30);
      let runs = 0;
      const waiting = other.transaction(
        async () => {
          runs++;
          if (dialect === 'mysql') await other.execute(sql`SET innodb_lock_wait_timeout = 1`);
          if (dialect === 'postgres') await other.execute(sql`SET LOCAL lock_timeout = 30`);
          await other.execute(sql`UPDATE accounts SET balance = balance + 10`);
        },
        { retries: { times: 50, backoff: release } },
      );
      await Promise.all([holding, waiting]);
      expect(runs).toBeGreaterThan(0);
      expect(await Account.pluck('balance')).toEqual([12]);
    } finally {
      await disconnect('other');
    }
  });

  it('are run again after a serialization failure', async () => {
    if (dialect !== 'postgres') return;
    const { id } = await Account.create({ balance: 0 });
    const add = () =>
      transaction(
        async () => {
          const account = await Account.find(id);
          await sleep(2);
          await account.update({ balance: account.balance + 1 });
        },
        { isolation: 'serializable', retries: 50 },
      );
    await Promise.all(Array.from({ length: 5 }, add));
    expect((await Account.find(id)).balance).toBe(5);
    expect(connections.get().pool.inUse).toBe(0);
  });
});
