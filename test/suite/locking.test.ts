import { setTimeout as sleep } from 'node:timers/promises';
import {
  BaseModel,
  type Connection,
  column,
  connect,
  connections,
  disconnect,
  Rollback,
  sql,
  transaction,
} from 'active-record-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dialect, describeEachDatabase } from '../support/databases.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Account extends BaseModel.with({
  id: column.id(),
  owner: column.string(),
  balance: column.integer().default(0),
}) {}
class Elsewhere extends BaseModel.with({
  id: column.id(),
  owner: column.string(),
  balance: column.integer().default(0),
}) {
  static override tableName = 'accounts';
  static override connectionName = 'elsewhere';
}

const locked = (dialect: Dialect, clause: string) => (dialect === 'sqlite' ? '' : clause);
/** Something that is waited for, and done by somebody else. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describeModels('locks of records', [Account], (database) => {
  emptyBeforeEach('accounts');
  beforeAll(async () => {
    await connect(database.url, { name: 'elsewhere' });
  });
  afterAll(async () => {
    await disconnect('elsewhere');
  });
  const hasRowLocks = database.dialect !== 'sqlite';

  describe('withLock', () => {
    it('reads the row again and locks it, in a transaction', async () => {
      const account = await Account.create({ owner: 'Ada', balance: 1 });
      await Account.where({ id: account.id }).updateAll({ balance: 7 });
      const sent = await statementsOf(async () => {
        const result = await account.withLock(async (record) => {
          expect(record).toBe(account);
          expect(record.balance).toBe(7);
          expect(connections.get().inTransaction).toBe(true);
          await record.update({ balance: record.balance + 1 });
          return 'done';
        });
        expect(result).toBe('done');
      });
      expect(sent).toHaveLength(4);
      expect(sent[1]).toMatch(/^SELECT .* LIMIT 1/);
      expect(sent[1]?.endsWith(locked(database.dialect, ' FOR UPDATE'))).toBe(true);
      expect((await Account.find(account.id)).balance).toBe(8);
    });

    it('rolls back what its function has done, where that throws', async () => {
      const account = await Account.create({ owner: 'Ada', balance: 1 });
      const boom = new Error('boom');
      const failing = account.withLock(async () => {
        await account.update({ balance: 2 });
        throw boom;
      });
      expect(await errorOf(() => failing)).toBe(boom);
      expect((await Account.find(account.id)).balance).toBe(1);
      const rolledBack = await account.reload().then(() =>
        account.withLock(async () => {
          await account.update({ balance: 3 });
          throw new Rollback();
        }),
      );
      expect(rolledBack).toBeUndefined();
      expect((await Account.find(account.id)).balance).toBe(1);
    });

    it('is part of the transaction around it', async () => {
      const account = await Account.create({ owner: 'Ada' });
      const sent = await statementsOf(() =>
        transaction(async () => {
          await account.withLock(async () => account.update({ balance: 5 }));
          throw new Rollback();
        }),
      );
      expect(sent.filter((each) => each.startsWith('SAVEPOINT'))).toEqual([]);
      expect(sent.at(-1)).toBe('ROLLBACK');
      expect((await Account.find(account.id)).balance).toBe(0);
    });

    it('lets one at a time change a record', async () => {
      const { id } = await Account.create({ owner: 'Ada' });
      const add = async (model: typeof Account | typeof Elsewhere) => {
        const account = await model.find(id);
        await account.withLock(async () => {
          const { balance } = account;
          await sleep(5);
          await account.update({ balance: balance + 1 });
        });
      };
      await Promise.all([add(Account), add(Elsewhere), add(Account), add(Elsewhere), add(Account)]);
      expect((await Account.find(id)).balance).toBe(5);
    });

    it('refuses a record with changes that are not saved', async () => {
      const account = await Account.create({ owner: 'Ada' });
      account.balance = 9;
      let ran = false;
      const error = await errorBeforeSending(() =>
        account.withLock(() => {
          ran = true;
        }),
      );
      expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(error.message).toMatch(
        /^This Account has changes that are not saved \(balance\), which withLock would lose/,
      );
      expect([ran, account.balance]).toEqual([false, 9]);
    });

    it('refuses a record without a row', async () => {
      const account = await Account.create({ owner: 'Ada' });
      const same = await Account.find(account.id);
      await account.destroy();
      expect(await errorBeforeSending(() => account.withLock(() => 1))).toMatchObject({ code: 'AR_RECORD_DESTROYED' });
      expect(await errorOf(() => same.withLock(() => 1))).toMatchObject({ code: 'AR_RECORD_NOT_FOUND' });
      if (hasRowLocks) {
        const skipping = same.withLock(() => 1, { skipLocked: true });
        expect(await errorOf(() => skipping)).toMatchObject({ code: 'AR_RECORD_NOT_FOUND' });
      }
      const fresh = new Account({ owner: 'New' });
      expect(await errorBeforeSending(() => fresh.withLock(() => 1))).toMatchObject({
        code: 'AR_RECORD_NOT_PERSISTED',
      });
    });

    it('fails at once, or does nothing, where somebody else has the row', async () => {
      const { id } = await Account.create({ owner: 'Ada' });
      const [account, other] = [await Account.find(id), await Elsewhere.find(id)];
      if (!hasRowLocks) {
        for (const options of [{ noWait: true }, { skipLocked: true }])
          expect(await errorBeforeSending(() => account.withLock(() => 1, options))).toMatchObject({
            code: 'AR_CAPABILITY_MISSING',
          });
        return;
      }
      const [holds, done] = [gate(), gate()];
      const holding = other.withLock(async () => {
        holds.open();
        await done.opened;
      });
      await holds.opened;
      let ran = 0;
      const error = await errorOf(() => account.withLock(() => ran++, { noWait: true }));
      expect(error).toMatchObject({ name: 'LockTimeout', code: 'AR_LOCK_TIMEOUT' });
      expect(await account.withLock(() => ran++, { skipLocked: true })).toBeUndefined();
      expect(ran).toBe(0);
      done.open();
      await holding;
      expect(await account.withLock(() => 'free', { skipLocked: true })).toBe('free');
      expect(await account.withLock(() => 'free', { noWait: true })).toBe('free');
    });

    it('can be shared', async () => {
      const { id } = await Account.create({ owner: 'Ada' });
      const [account, other] = [await Account.find(id), await Elsewhere.find(id)];
      if (!hasRowLocks) {
        expect(await account.withLock((record) => record.owner, { mode: 'share' })).toBe('Ada');
        return;
      }
      const both = await account.withLock(
        () => other.withLock((record) => record.owner, { mode: 'share', noWait: true }),
        { mode: 'share' },
      );
      expect(both).toBe('Ada');
    });

    it.each([
      [{ mod: 'share' }, /withLock has no option "mod"\. Did you mean "mode"/],
      [{ mode: 'exclusive' }, /'update' or 'share'/],
      [{ skipLocked: true, noWait: true }, /either skips locked rows or does not wait/],
      ['share', /takes its options as an object/],
    ])('refuses the options %j', async (options, message) => {
      const account = await Account.create({ owner: 'Ada' });
      const error = await errorBeforeSending(() => account.withLock(() => 1, options as object));
      expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(error.message).toMatch(message);
    });

    it('refuses what is no function', async () => {
      const account = await Account.create({ owner: 'Ada' });
      expect((await errorBeforeSending(() => account.withLock(1 as never))).message).toMatch(/takes a function/);
    });
  });

  describe('lock', () => {
    it('locks the row and reads it again', async () => {
      const account = await Account.create({ owner: 'Ada' });
      await Account.where({ id: account.id }).updateAll({ balance: 7 });
      const sent = await statementsOf(() =>
        transaction(async () => {
          expect(await account.lock()).toBe(account);
          await account.lock({ mode: 'share' });
        }),
      );
      expect(account.balance).toBe(7);
      expect(sent[1]?.endsWith(locked(database.dialect, ' FOR UPDATE'))).toBe(true);
      expect(sent[2]).toMatch(hasRowLocks ? / (FOR SHARE|LOCK IN SHARE MODE)$/ : /LIMIT 1$/);
    });

    it('needs a transaction', async () => {
      const account = await Account.create({ owner: 'Ada' });
      const error = await errorBeforeSending(() => account.lock());
      expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(error.message).toMatch(/^A row lock outside of a transaction/);
    });

    it('has no skipLocked, and refuses changes that are not saved', async () => {
      const account = await Account.create({ owner: 'Ada' });
      await transaction(async () => {
        expect((await errorOf(() => account.lock({ skipLocked: true } as object))).message).toMatch(/no option/);
        account.balance = 1;
        expect((await errorOf(() => account.lock())).message).toMatch(/which lock would lose/);
      });
    });
  });
});

describeEachDatabase('locks by name', (database) => {
  let connection: Connection;
  let other: Connection;
  beforeAll(async () => {
    connection = await connect(database.url, { pool: 1 });
    other = await connect(database.url, { name: 'elsewhere', pool: 1 });
  });
  afterAll(async () => {
    await connection.close();
    await other.close();
  });

  it('are held by one at a time, in whatever process', async () => {
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const work = (number: number) => async () => {
      running++;
      most = Math.max(most, running);
      await sleep(3);
      order.push(number);
      running--;
      return number;
    };
    const all = [0, 1, 2, 3, 4, 5].map((number) =>
      (number % 2 === 0 ? connection : other).withAdvisoryLock('race', work(number), { wait: 20_000 }),
    );
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(1);
    expect(order.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are refused after the wait, by their name', async () => {
    await connection.withAdvisoryLock('report', async () => {
      let ran = false;
      for (const wait of [0, 60]) {
        const error = await errorOf(() => other.withAdvisoryLock('report', () => (ran = true), { wait }));
        expect(error).toMatchObject({ name: 'LockNotGranted', code: 'AR_LOCK_TIMEOUT' });
        expect(error.message).toMatch(new RegExp(`^The lock "report" of database .* after ${wait} ms still\\.`));
      }
      expect(ran).toBe(false);
    });
    expect(await other.withAdvisoryLock('report', () => 'free', { wait: 0 })).toBe('free');
  });

  it('are granted as soon as they are free', async () => {
    const [holds, done] = [gate(), gate()];
    const holding = connection.withAdvisoryLock('hand over', async () => {
      holds.open();
      await done.opened;
    });
    await holds.opened;
    const waiting = other.withAdvisoryLock('hand over', () => 'mine', { wait: 20_000 });
    await sleep(30);
    done.open();
    await holding;
    expect(await waiting).toBe('mine');
  });

  it('are given back where the function has thrown', async () => {
    const boom = new Error('boom');
    expect(await errorOf(() => connection.withAdvisoryLock('work', () => Promise.reject(boom)))).toBe(boom);
    expect(
      await errorOf(() =>
        connection.withAdvisoryLock('work', () => {
          throw boom;
        }),
      ),
    ).toBe(boom);
    expect(await other.withAdvisoryLock('work', () => 1, { wait: 0 })).toBe(1);
  });

  it('of other names have nothing to do with each other', async () => {
    const long = 'x'.repeat(500);
    const names = ['a', 'A', 'a ', "quo'te", 'ünï 😀', 'a:b', `${long}1`, `${long}2`, '../up', '\\', 'ar_migrations'];
    const nested = names.reduceRight<() => Promise<number>>(
      (inner, name, index) => async () =>
        1 + (await (index % 2 === 0 ? connection : other).withAdvisoryLock(name, inner, { wait: 0 })),
      async () => 0,
    );
    expect(await nested()).toBe(names.length);
    for (const name of names) {
      await connection.withAdvisoryLock(name, async () => {
        expect(await errorOf(() => other.withAdvisoryLock(name, () => 1, { wait: 0 }))).toMatchObject({
          code: 'AR_LOCK_TIMEOUT',
        });
      });
    }
  });

  it("are not the migrators'", async () => {
    await connection.withLock('ar_migrations', 0, async () => {
      expect(await other.withAdvisoryLock('ar_migrations', () => 1, { wait: 0 })).toBe(1);
    });
  });

  it('are held already inside of themselves', async () => {
    const inner = await connection.withAdvisoryLock('outer', () =>
      connection.withAdvisoryLock('between', () => connection.withAdvisoryLock('outer', () => 'inner', { wait: 0 })),
    );
    expect(inner).toBe('inner');
    expect(await other.withAdvisoryLock('outer', () => 1, { wait: 0 })).toBe(1);
  });

  it('are held until all that rely on them is done, and taken anew by what begins later', async () => {
    const [go, late] = [gate(), gate()];
    let inside: Promise<unknown> | undefined;
    let after: Promise<unknown> | undefined;
    const outer = connection.withAdvisoryLock('last', async () => {
      inside = connection.withAdvisoryLock('last', () => go.opened);
      after = late.opened.then(() => connection.withAdvisoryLock('last', () => 'anew', { wait: 0 }));
    });
    await sleep(20);
    expect(await errorOf(() => other.withAdvisoryLock('last', () => 1, { wait: 0 }))).toMatchObject({
      code: 'AR_LOCK_TIMEOUT',
    });
    go.open();
    await Promise.all([outer, inside]);
    await other.withAdvisoryLock('last', async () => {
      const refused = errorOf(() => after);
      late.open();
      expect(await refused).toMatchObject({ code: 'AR_LOCK_TIMEOUT' });
    });
  });

  it('need no connection of the pool', async () => {
    const result = await connection.transaction(() =>
      connection.withAdvisoryLock('beside', async () => (await connection.query(sql`SELECT 1 AS one`)).length),
    );
    expect(result).toBe(1);
  });

  it('that are lost are missed when the function has ended', async () => {
    if (database.dialect === 'sqlite') return;
    const error = await errorOf(() =>
      connection.withAdvisoryLock('lost', async () => {
        if (database.dialect === 'mysql') {
          // The holder, and what is idle: nobody else is in this database.
          const rows = await connection.query(
            sql`SELECT id AS id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()`,
          );
          for (const { id } of rows) await connection.query(sql.unsafe(`KILL ${Number(id)}`));
        } else {
          await connection.query(
            sql`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          );
        }
        await sleep(30);
        return 'done';
      }),
    );
    expect(error).toMatchObject({ name: 'LockLost', code: 'AR_LOCK_LOST' });
    expect(error.message).toMatch(/^The lock "lost" was lost while the function ran/);
    expect(error.cause).toBeDefined();
    expect(await connection.withAdvisoryLock('lost', () => 1)).toBe(1);
  });

  it('can be taken through a model', async () => {
    class Thing extends BaseModel {}
    class Other extends BaseModel {
      static override connectionName = 'elsewhere';
    }
    const error = await Thing.withAdvisoryLock('model', () =>
      errorOf(() => Other.withAdvisoryLock('model', () => 1, { wait: 0 })),
    );
    expect(error).toMatchObject({ code: 'AR_LOCK_TIMEOUT' });
    expect(await Other.withAdvisoryLock('model', async () => 'x')).toBe('x');
  });

  it.each([
    ['', {}, /A lock has a name, not an empty string/],
    [1, {}, /A lock has a name, not the number 1/],
    ['\ud800', {}, /half a character/],
    ['x', { wait: -1 }, /wait takes milliseconds, 0 or more, not the number -1/],
    ['x', { wait: Number.NaN }, /wait takes milliseconds/],
    ['x', { timeout: 1 }, /no option "timeout"/],
    ['x', null, /options as an object/],
  ])('refuse the name %j with %j', async (name, options, message) => {
    const error = await errorOf(() => connection.withAdvisoryLock(name as string, () => 1, options as object));
    expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
    expect(error.message).toMatch(message);
  });

  it('refuse what is no function', async () => {
    expect((await errorOf(() => connection.withAdvisoryLock('x', 1 as never))).message).toMatch(/takes a function/);
  });
});

describe('locks by name in memory', () => {
  it('are held by one at a time', async () => {
    await using connection = await connect('sqlite::memory:', { name: 'memory' });
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await sleep(5);
      order.push(`${name} ends`);
    };
    await Promise.all([connection.withAdvisoryLock('x', work('a')), connection.withAdvisoryLock('x', work('b'))]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    await connection.withAdvisoryLock('x', () => connection.withAdvisoryLock('y', () => 1, { wait: 0 }));
  });
});
