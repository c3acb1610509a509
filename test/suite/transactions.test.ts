import {
  AfterCommitFailed,
  afterCommit,
  BaseModel,
  type Connection,
  column,
  connect,
  createAll,
  disconnect,
  PoolDeadlock,
  Rollback,
  sql,
  TransactionClosed,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

class Account extends BaseModel.with({ id: column.id(), name: column.string() }) {}

const names = async () => (await Account.order('id').pluck('name')).sort();
const boom = new Error('boom');

describeEachDatabase('transactions', (database) => {
  let connection: Connection;

  beforeAll(async () => {
    connection = await connect(database.url, { pool: 3, acquireTimeout: 300 });
    await createAll([Account]);
  });
  beforeEach(async () => {
    await Account.deleteAll({ everyRow: true });
  });
  afterAll(async () => {
    await disconnect();
  });

  it('commits what its function did, and gives back its result', async () => {
    const account = await transaction(async () => Account.create('Ada'));
    expect(account?.isPersisted).toBe(true);
    expect(await names()).toEqual(['Ada']);
  });

  it('rolls back and rejects with the very error that was thrown', async () => {
    const failed = transaction(async () => {
      await Account.create('Ada');
      throw boom;
    });
    await expect(failed).rejects.toBe(boom);
    expect(await names()).toEqual([]);
    expect(connection.pool.inUse).toBe(0);
  });

  it('is rolled back quietly by Rollback', async () => {
    const result = await transaction(async () => {
      await Account.create('Ada');
      throw new Rollback();
    });
    expect(result).toBeUndefined();
    expect(await names()).toEqual([]);
  });

  it('is the same on a model and on a connection', async () => {
    await Account.transaction(() => Account.create('model'));
    await connection.transaction(() => Account.create('connection'));
    expect(await names()).toEqual(['connection', 'model']);
  });

  it('runs a query inside that its function returns unsent', async () => {
    const found = await transaction(async () => {
      await Account.create('Ada');
      return Account.where({ name: 'Ada' });
    });
    expect(found?.map((account) => account.name)).toEqual(['Ada']);
    const plain = await transaction(() => Account.where({ name: 'Ada' }));
    expect(plain).toHaveLength(1);
  });

  it('is not seen from outside before the commit', async () => {
    await transaction(async () => {
      await Account.create('Ada');
      expect(await names()).toEqual(['Ada']);
      expect(await withoutTransaction(names)).toEqual([]);
      expect(connection.inTransaction).toBe(true);
      expect(withoutTransaction(() => connection.inTransaction)).toBe(false);
    });
  });

  it('is a savepoint inside another one', async () => {
    await transaction(async () => {
      await Account.create('outer');
      const inner = transaction(async () => {
        await Account.create('inner');
        throw boom;
      });
      await expect(inner).rejects.toBe(boom);
      await transaction(() => Account.create('second'));
    });
    expect(await names()).toEqual(['outer', 'second']);
  });

  it('takes nested ones with it when it is rolled back', async () => {
    const failed = transaction(async () => {
      await transaction(() => Account.create('inner'));
      throw boom;
    });
    await expect(failed).rejects.toBe(boom);
    expect(await names()).toEqual([]);
  });

  it('has no savepoint of its own with join', async () => {
    await transaction(async () => {
      const joined = transaction(
        async () => {
          await Account.create('joined');
          throw boom;
        },
        { join: true },
      );
      await expect(joined).rejects.toBe(boom);
    });
    expect(await names()).toEqual(['joined']);
  });

  it('opens a transaction with join where there is none', async () => {
    const failed = transaction(
      async () => {
        await Account.create('alone');
        throw boom;
      },
      { join: true },
    );
    await expect(failed).rejects.toBe(boom);
    expect(await names()).toEqual([]);
  });

  it('runs nested ones that start together one after another', async () => {
    await transaction(async () => {
      const results = await Promise.allSettled(
        [1, 2, 3, 4, 5].map((number) =>
          transaction(async () => {
            await Account.create(`nested ${number}`);
            await Account.count();
            if (number % 2 === 0) throw boom;
          }),
        ),
      );
      expect(results.map((result) => result.status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
    });
    expect(await names()).toEqual(['nested 1', 'nested 3', 'nested 5']);
  });

  it('lets its own statements wait while a nested one is under way', async () => {
    await transaction(async () => {
      const nested = transaction(async () => {
        await Account.create('nested');
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw boom;
      });
      const own = Account.create('own');
      await expect(nested).rejects.toBe(boom);
      await own;
    });
    expect(await names()).toEqual(['own']);
  });

  it('leaves no row behind when one branch of Promise.all fails', async () => {
    for (let trial = 0; trial < 10; trial++) {
      const failed = transaction(() =>
        Promise.all([
          Account.create('a'),
          Account.create('b').then(() => Promise.reject(boom)),
          Account.create('c').then(() => Account.create('d')),
          Account.create('e').then(() => Account.create('f').then(() => Account.create('g'))),
        ]),
      );
      await expect(failed).rejects.toBe(boom);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await names()).toEqual([]);
    }
  });

  it('refuses statements after its end, and sends them nowhere else', async () => {
    let late: Promise<unknown> | undefined;
    await transaction(async () => {
      late = new Promise((resolve) => setTimeout(resolve, 20)).then(() => Account.create('late'));
      late.catch(() => undefined);
    });
    await expect(late).rejects.toThrow(TransactionClosed);
    expect(await names()).toEqual([]);
  });

  it('keeps parallel transactions apart', async () => {
    const count = database.dialect === 'sqlite' ? 1 : 3;
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        transaction(async () => {
          await Account.create(`own ${index}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
          expect(await names()).toEqual([`own ${index}`]);
          throw new Rollback();
        }),
      ),
    );
    expect(await names()).toEqual([]);
  });

  it('runs afterCommit functions in order, after the outermost commit and outside of it', async () => {
    const events: string[] = [];
    await transaction(async () => {
      await afterCommit(async () => {
        events.push(`first, inside: ${connection.inTransaction}`);
        await Account.create('after');
      });
      await transaction(async () => {
        await afterCommit(() => events.push('nested'));
      });
      await transaction(async () => {
        await afterCommit(() => events.push('dropped'));
        throw new Rollback();
      });
      await afterCommit(() => events.push('last'));
      events.push('body');
    });
    expect(events).toEqual(['body', 'first, inside: false', 'nested', 'last']);
    expect(await names()).toEqual(['after']);
  });

  it('runs afterCommit at once outside of a transaction, and never after a rollback', async () => {
    const events: string[] = [];
    await afterCommit(() => events.push('at once'));
    expect(events).toEqual(['at once']);
    await expect(
      transaction(async () => {
        await afterCommit(() => events.push('never'));
        throw boom;
      }),
    ).rejects.toBe(boom);
    expect(events).toEqual(['at once']);
  });

  it('runs the other afterCommit functions when one throws, and says that the commit holds', async () => {
    const events: string[] = [];
    const failed = transaction(async () => {
      await Account.create('Ada');
      await afterCommit(() => Promise.reject(boom));
      await afterCommit(() => events.push('second'));
    });
    const error = await failed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AfterCommitFailed);
    expect(error).toMatchObject({ errors: [boom], code: 'AR_AFTER_COMMIT_FAILED' });
    expect(events).toEqual(['second']);
    expect(await names()).toEqual(['Ada']);
  });

  it('goes on after a failed statement inside a savepoint', async () => {
    await transaction(async () => {
      await Account.create('before');
      const failed = transaction(() => connection.execute(sql`INSERT INTO nowhere VALUES (1)`));
      await expect(failed).rejects.toMatchObject({ code: 'AR_TABLE_MISSING' });
      await Account.create('after');
    });
    expect(await names()).toEqual(['after', 'before']);
  });

  it('does not wait for ever for a connection that its own scope holds', async () => {
    const small = await connect(database.url, { name: 'small', pool: 1, acquireTimeout: 60_000 });
    class Small extends Account {
      static override connectionName = 'small';
      static override tableName = 'accounts';
    }
    const failed = Small.transaction(async () => {
      await Small.create('inside');
      await withoutTransaction(() => Small.create('outside'));
    });
    const error = await failed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PoolDeadlock);
    expect(error).toMatchObject({ pool: { inUse: 1, waiting: 0 } });
    await small.close();
    expect(String(error)).toContain('this code holds 1 of the 1 in the pool');
    expect(await names()).toEqual([]);
  });

  it('ends the waits of transactions for one another with the last that asks', async () => {
    if (database.dialect === 'sqlite') return;
    const small = await connect(database.url, { name: 'small', pool: 3, acquireTimeout: 60_000 });
    let begun = 0;
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map((number) =>
        small.transaction(async () => {
          await small.execute(sql`INSERT INTO accounts (name) VALUES (${`inside ${number}`})`);
          begun++;
          while (begun < 3) await new Promise((resolve) => setTimeout(resolve, 5));
          await small.withoutTransaction(() => small.query(sql`SELECT 1`));
        }),
      ),
    );
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toBeInstanceOf(PoolDeadlock);
    expect(failed[0]?.reason).toMatchObject({ code: 'AR_POOL_DEADLOCK', pool: { size: 3, inUse: 3, waiting: 2 } });
    expect(small.pool).toMatchObject({ inUse: 0, waiting: 0 });
    await small.close();
    expect(await names()).toHaveLength(2);
  });

  it('waits for a second connection where one can become free', async () => {
    if (database.dialect === 'sqlite') return;
    const small = await connect(database.url, { name: 'small', pool: 2, acquireTimeout: 60_000 });
    let free: () => void = () => undefined;
    const other = small.transaction(() => new Promise<void>((resolve) => (free = resolve)));
    await small.transaction(async () => {
      const waiting = small.withoutTransaction(() => small.query(sql`SELECT 1 AS one`));
      await new Promise((resolve) => setTimeout(resolve, 20));
      free();
      expect(await waiting).toEqual([{ one: 1 }]);
    });
    await other;
    await small.close();
  });

  it('does not take a connection that was given back for one that is held still', async () => {
    if (database.dialect === 'sqlite') return;
    const small = await connect(database.url, { name: 'small', pool: 2, acquireTimeout: 60_000 });
    const select = () => small.withoutTransaction(() => small.query(sql`SELECT 1 AS one`));
    const ask = new Map<string, () => void>();
    const asked = (name: string) => new Promise<void>((resolve) => ask.set(name, resolve));
    let left: Promise<unknown> = Promise.resolve();
    const first = small.transaction(async () => {
      await asked('first');
      // Not awaited: it still waits when the connection of this transaction has been given to another.
      left = select();
    });
    const second = small.transaction(async () => {
      await asked('second');
      return select();
    });
    while (ask.size < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const slow = database.dialect === 'mysql' ? sql`SELECT SLEEP(0.3)` : sql`SELECT pg_sleep(0.3)`;
    const other = small.query(slow);
    ask.get('first')?.();
    await first;
    ask.get('second')?.();
    expect(await second).toEqual([{ one: 1 }]);
    expect(await left).toEqual([{ one: 1 }]);
    await other;
    await small.close();
  });

  it('sends a query that withoutTransaction is given unsent outside of it', async () => {
    const inside = Account.where({ name: 'inside' });
    await transaction(async () => {
      await Account.create('inside');
      expect(await withoutTransaction(() => inside)).toEqual([]);
      expect(await connection.withoutTransaction(() => inside.limit(1))).toEqual([]);
      expect(await inside).toHaveLength(1);
      throw new Rollback();
    });
    expect(withoutTransaction(() => 5)).toBe(5);
  });

  it('shows the line of the caller in the stack of an error', async () => {
    async function callerOfTheTest() {
      await Account.find(0);
    }
    const error = await callerOfTheTest().catch((reason: unknown) => reason);
    expect(error).toHaveProperty('stack', expect.stringContaining('callerOfTheTest'));
  });
});
