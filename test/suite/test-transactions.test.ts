/** A transaction around each test: what is inside of it goes on as it does without. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  afterCommit,
  BaseModel,
  type Connection,
  column,
  connect,
  createAll,
  Deadlocked,
  disconnect,
  gt,
  InvalidQuery,
  RecordNotUnique,
  sql,
  TransactionClosed,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { inTestTransaction, transactionPerTest } from 'active-record-ts/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createDatabase, describeEachDatabase } from '../support/databases.ts';

class Account extends BaseModel.with({ id: column.id(), name: column.string().unique() }) {
  static committed: string[] = [];
  override afterCommit() {
    Account.committed.push(this.name);
  }
}
class Elsewhere extends BaseModel.with({ id: column.id(), name: column.string() }) {
  static override connectionName = 'elsewhere';
}

const boom = new Error('boom');
const names = () => Account.order('id').pluck('name');

describeEachDatabase('a transaction around a test', (database) => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await connect(database.url, { pool: 5, acquireTimeout: 300 });
    await createAll([Account]);
    await Account.create('before');
  });
  beforeEach(() => {
    Account.committed = [];
  });
  afterAll(async () => {
    await disconnect();
  });

  describe('by hooks', () => {
    transactionPerTest({ beforeEach, afterEach });
    const seen: string[][] = [];
    it.each(['first', 'second'])('leaves nothing to the test after it (%s)', async (name) => {
      await Account.create(name);
      seen.push(await names());
      expect(seen.at(-1)).toEqual(['before', name]);
    });
  });

  // It has a process of its own, whatever the database.
  it.skipIf(database.dialect !== 'sqlite')('goes by the hooks of node:test as well', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ar-node-test-'));
    const entry = (name: string) => JSON.stringify(pathToFileURL(join(inject('compiled'), name)).href);
    const program = `
import { deepEqual } from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { BaseModel, column, connect, createAll, disconnect, transaction } from ${entry('index.js')};
import { transactionPerTest } from ${entry('testing/index.js')};

class Note extends BaseModel.with({ id: column.id(), text: column.string() }) {}
before(async () => {
  await connect('sqlite::memory:');
  await createAll([Note]);
});
after(() => disconnect());
transactionPerTest({ beforeEach, afterEach });
for (const text of ['first', 'second']) {
  test(text, async () => {
    await transaction(() => Note.create({ text }));
    deepEqual(await Note.pluck('text'), [text]);
  });
}
`;
    try {
      const file = join(folder, 'notes.test.mjs');
      writeFileSync(file, program);
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
        encoding: 'utf8',
        env,
      });
      expect(stdout).toContain('# pass 2');
      expect(status, stdout).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('takes back what was committed inside', async () => {
    const found = await inTestTransaction(async () => {
      await transaction(async () => Account.create('Ada'));
      await Account.create('Bob');
      await Account.where({ name: 'before' }).updateAll({ name: 'changed' });
      await connection.execute(sql`DELETE FROM accounts WHERE name = 'Bob'`);
      return names();
    });
    expect(found).toEqual(['changed', 'Ada']);
    expect(await names()).toEqual(['before']);
    expect(connection.pool).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it('has transactions that commit, roll back and nest, with their callbacks', async () => {
    await inTestTransaction(async () => {
      const heard: string[] = [];
      await transaction(async () => {
        await Account.create('Ada');
        await afterCommit(() => heard.push('committed'));
        await transaction(async () => {
          await Account.create('Bob');
          throw boom;
        }).catch(() => undefined);
        expect(heard).toEqual([]);
        expect(Account.committed).toEqual([]);
      });
      expect(heard).toEqual(['committed']);
      expect(Account.committed).toEqual(['Ada']);
      await expect(
        transaction(async () => {
          await Account.create('Cy');
          throw boom;
        }),
      ).rejects.toBe(boom);
      expect(await names()).toEqual(['before', 'Ada']);
      expect(Account.committed).toEqual(['Ada']);
    });
  });

  it('goes on after a statement that fails, in a transaction and outside of one', async () => {
    await inTestTransaction(async () => {
      await expect(Account.insertAll([{ name: 'before' }])).rejects.toBeInstanceOf(RecordNotUnique);
      await expect(connection.query(sql`SELECT * FROM nowhere`)).rejects.toMatchObject({ code: expect.any(String) });
      await expect(transaction(async () => Account.insertAll([{ name: 'before' }]))).rejects.toBeInstanceOf(
        RecordNotUnique,
      );
      await Account.create('after');
      expect(await names()).toEqual(['before', 'after']);
    });
    expect(await names()).toEqual(['before']);
  });

  it('has many statements and transactions at once, one after the other', async () => {
    await inTestTransaction(async () => {
      const many = Array.from({ length: 20 }, (_, index) => `at once ${index}`);
      await Promise.all(
        many.map((name, index) =>
          index % 2 === 0
            ? Account.create(name)
            : transaction(async () => {
                await Account.create(name);
                await transaction(async () => Account.count());
                if (index % 4 === 1) throw boom;
              }).catch((error: unknown) => expect(error).toBe(boom)),
        ),
      );
      const expected = many.filter((_, index) => index % 4 !== 1);
      expect((await names()).slice(1).sort()).toEqual(expected.sort());
    });
    expect(await Account.count()).toBe(1);
  });

  it('lets code inside of a transaction out of it', async () => {
    await inTestTransaction(async () => {
      await transaction(async () => {
        expect(await withoutTransaction(() => Account.count())).toBe(1);
        // Two that are apart need two connections, which a test does not have: it ends, and is told why.
        await expect(withoutTransaction(() => transaction(async () => Account.count()))).rejects.toMatchObject({
          code: 'AR_TRANSACTION_STUCK',
        });
      });
      expect(await transaction(async () => Account.count())).toBe(1);
    });
  });

  it('reads through a cursor what the test has written', async () => {
    await inTestTransaction(async () => {
      await Account.insertAll(Array.from({ length: 2_100 }, (_, index) => ({ name: `row ${index}` })));
      let count = 0;
      for await (const account of Account.where({ id: gt(0) }).findEach({ cursor: true })) {
        if (count++ === 1_500) expect(await Account.exists({ id: account.id })).toBe(true);
      }
      expect(count).toBe(2_101);
    });
  });

  it('refuses schema changes that would commit it, and what would need foreign keys suspended', async () => {
    await inTestTransaction(async () => {
      await Account.create('Ada');
      const change = connection.execute(sql`CREATE TABLE things (id INTEGER)`);
      if (database.dialect === 'mysql')
        await expect(change).rejects.toMatchObject({ code: 'AR_CAPABILITY_MISSING', hint: /beforeAll/ });
      else await change;
      expect(await names()).toEqual(['before', 'Ada']);
    });
    await expect(connection.query(sql`SELECT * FROM things`)).rejects.toMatchObject({ code: 'AR_TABLE_MISSING' });
    expect(await names()).toEqual(['before']);
  });

  it('tells a second one for the same connection to wait, and leaves the first alone', async () => {
    await inTestTransaction(async () => {
      await Account.create('Ada');
      await expect(inTestTransaction(async () => 1)).rejects.toBeInstanceOf(InvalidQuery);
      expect(await names()).toEqual(['before', 'Ada']);
    });
    await transaction(async () => {
      await expect(inTestTransaction(async () => 1)).rejects.toBeInstanceOf(InvalidQuery);
    });
  });

  it('says that something was not awaited, and rolls it back', async () => {
    let goOn: () => void = () => undefined;
    const going = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let left: Promise<unknown> = Promise.resolve();
    const test = inTestTransaction(async () => {
      left = transaction(async () => {
        await Account.create('left behind');
        await going;
        await Account.create('too late');
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await expect(test).rejects.toMatchObject({ code: 'AR_TRANSACTION_CLOSED', message: /still under way/ });
    goOn();
    await expect(left).rejects.toBeInstanceOf(TransactionClosed);
    expect(await names()).toEqual(['before']);
    expect(connection.pool).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it('passes on what the test fails with', async () => {
    await expect(
      inTestTransaction(async () => {
        await Account.create('Ada');
        throw boom;
      }),
    ).rejects.toBe(boom);
    expect(await names()).toEqual(['before']);
  });

  it('covers the connections that it is given', async () => {
    const other = await createDatabase(database.dialect);
    const elsewhere = await connect(other.url, { name: 'elsewhere' });
    try {
      await createAll([Elsewhere]);
      await inTestTransaction(
        async () => {
          await Account.create('Ada');
          await Elsewhere.create('there');
        },
        { connections: ['default', elsewhere] },
      );
      expect(await Elsewhere.count()).toBe(0);
      expect(await names()).toEqual(['before']);
      // Where one of them cannot begin, the others do not stay in theirs.
      await expect(inTestTransaction(async () => 1, { connections: ['default', 'nobody'] })).rejects.toMatchObject({
        code: 'AR_CONNECTION_NOT_DEFINED',
      });
      await Account.create('Ada');
      expect(await names()).toEqual(['before', 'Ada']);
      await Account.where({ name: 'Ada' }).deleteAll();
    } finally {
      await disconnect('elsewhere');
      await other.drop();
    }
  });

  it('is rolled back where its connection is closed', async () => {
    const name = 'closing';
    const closing = await connect(database.url, { name });
    await inTestTransaction(
      async () => {
        await closing.execute(sql`INSERT INTO accounts (name) VALUES ('gone')`);
        await disconnect(name);
      },
      { connections: [name] },
    );
    expect(await names()).toEqual(['before']);
  });

  // Only PostgreSQL puts checks off to the commit in a way that a savepoint can be told to make up for.
  it.skipIf(database.dialect !== 'postgres')('checks what was put off to the commit', async () => {
    await connection.execute(
      sql`CREATE TABLE pairs (id INTEGER PRIMARY KEY, other INTEGER REFERENCES pairs (id) DEFERRABLE INITIALLY DEFERRED)`,
    );
    const insert = (id: number, other: number) =>
      connection.execute(sql`INSERT INTO pairs (id, other) VALUES (${id}, ${other})`);
    await inTestTransaction(async () => {
      const pair = transaction(async () => {
        await insert(1, 2);
        await insert(2, 1);
      });
      await pair;
      await expect(transaction(() => insert(3, 4))).rejects.toMatchObject({ code: 'AR_FOREIGN_KEY' });
      expect(await connection.query(sql`SELECT id FROM pairs ORDER BY id`)).toEqual([{ id: 1 }, { id: 2 }]);
    });
  });

  // MySQL refuses writes in a transaction that is begun as such only, and here it is a savepoint.
  it.skipIf(database.dialect === 'mysql')('has transactions that only read', async () => {
    await inTestTransaction(async () => {
      await expect(transaction(async () => Account.create('Ada'), { readOnly: true })).rejects.toMatchObject({
        code: 'AR_READ_ONLY',
      });
      await Account.create('Bob');
      expect(await names()).toEqual(['before', 'Bob']);
    });
  });

  // One connection per test cannot wait for another of the same test; another process can.
  it.skipIf(database.dialect === 'sqlite')('says that a deadlock has ended it', async () => {
    await Account.create('other');
    const other = await connect(database.url, { name: 'other process' });
    let opposite: Promise<unknown> = Promise.resolve();
    try {
      const test = inTestTransaction(async () => {
        await connection.query(sql`SELECT id FROM accounts WHERE name = 'before' FOR UPDATE`);
        let locked: () => void = () => undefined;
        const both = new Promise<void>((resolve) => {
          locked = resolve;
        });
        opposite = other
          .transaction(async () => {
            await other.query(sql`SELECT id FROM accounts WHERE name = 'other' FOR UPDATE`);
            locked();
            await other.query(sql`SELECT id FROM accounts WHERE name = 'before' FOR UPDATE`);
          })
          .catch((error: unknown) => error);
        await both;
        await connection.query(sql`SELECT id FROM accounts WHERE name = 'other' FOR UPDATE`);
      });
      const mine = await test.catch((error: unknown) => error);
      expect([mine, await opposite].filter((end) => end instanceof Deadlocked)).toHaveLength(1);
    } finally {
      await disconnect('other process');
      await Account.where({ name: 'other' }).deleteAll();
    }
    expect(await names()).toEqual(['before']);
  });

  it('is begun once, also where several begin at the same time', async () => {
    // Each has an idle connection at once, so that none of them waits for another one.
    await Promise.all([1, 2, 3].map(() => transaction(async () => Account.count(), { readOnly: true })));
    const at = await Promise.allSettled(
      ['one', 'two', 'three'].map((name) =>
        inTestTransaction(async () => {
          await Account.create(name);
          return names();
        }),
      ),
    );
    for (const end of at) {
      if (end.status === 'fulfilled') expect(end.value).toHaveLength(2);
      else expect(end.reason).toBeInstanceOf(InvalidQuery);
    }
    expect(at.map(({ status }) => status)).toContain('fulfilled');
    expect(await names()).toEqual(['before']);
    expect(connection.pool).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it('stays around its test where another one was refused beside it', async () => {
    let begin = async () => {};
    let end = begin;
    transactionPerTest({
      beforeEach: (fn) => {
        begin = fn;
      },
      afterEach: (fn) => {
        end = fn;
      },
    });
    await begin();
    await Account.create('first');
    await expect(begin()).rejects.toThrow(/test\.concurrent/);
    await end();
    await Account.create('second');
    expect(await names()).toEqual(['before', 'first', 'second']);
    await end();
    expect(await names()).toEqual(['before']);
  });

  it('lets others write beside and after a transaction that only reads', async () => {
    await inTestTransaction(async () => {
      const reading = async () => {
        const count = await Account.count();
        return (await Account.count()) - count;
      };
      const ends = await Promise.all([
        transaction(reading, { readOnly: true }),
        Account.create('a'),
        transaction(() => Account.create('b')),
        transaction(reading, { readOnly: true }),
        Account.create('c'),
      ]);
      expect([ends[0], ends[3]]).toEqual([0, 0]);
      expect((await names()).sort()).toEqual(['a', 'b', 'before', 'c']);
    });
  });

  it('goes on after what has waited for a transaction longer than it was given', async () => {
    await inTestTransaction(async () => {
      let goOn: () => void = () => undefined;
      const going = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      let begun: () => void = () => undefined;
      const started = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const first = transaction(async () => {
        await Account.create('first');
        begun();
        await going;
      });
      await started;
      await expect(Account.all().timeout(20)).rejects.toMatchObject({ code: 'AR_QUERY_TIMEOUT' });
      await expect(transaction(() => Account.create('late'), { timeout: 20 })).rejects.toMatchObject({
        code: 'AR_TRANSACTION_TIMEOUT',
      });
      const counts = Promise.all([1, 2, 3].map(() => Account.count()));
      goOn();
      await first;
      expect(await counts).toEqual([2, 2, 2]);
      await transaction(() => Account.create('second'));
      expect(await names()).toEqual(['before', 'first', 'second']);
    });
  });

  // The database ends with its connection.
  it.skipIf(database.dialect !== 'sqlite')('leaves a database in memory where a test did not await all', async () => {
    const memory = await connect('sqlite::memory:', { name: 'elsewhere', acquireTimeout: 50 });
    try {
      await createAll([Elsewhere]);
      await Elsewhere.create('before');
      let goOn: () => void = () => undefined;
      let left: Promise<unknown> = Promise.resolve();
      const test = inTestTransaction(
        async () => {
          const going = new Promise<void>((resolve) => {
            goOn = resolve;
          });
          left = memory.transaction(async () => {
            await Elsewhere.create('left behind');
            await memory.query(sql`SELECT 1`);
            await going;
            await Elsewhere.create('too late');
          });
          const reading = memory.transaction(async () => going, { readOnly: true });
          reading.catch(() => undefined);
          await Elsewhere.count().catch(() => undefined);
        },
        { connections: [memory] },
      );
      await expect(test).rejects.toMatchObject({ code: 'AR_TRANSACTION_CLOSED' });
      goOn();
      await expect(left).rejects.toBeInstanceOf(TransactionClosed);
      await Elsewhere.create('after');
      expect(await Elsewhere.pluck('name')).toEqual(['before', 'after']);
    } finally {
      await disconnect('elsewhere');
    }
  });

  it.skipIf(database.dialect !== 'sqlite')(
    'writes again after a reading transaction that was left behind',
    async () => {
      const memory = await connect('sqlite::memory:', { name: 'elsewhere', acquireTimeout: 50 });
      try {
        await createAll([Elsewhere]);
        let goOn: () => void = () => undefined;
        const going = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        let left: Promise<unknown> = Promise.resolve();
        const test = inTestTransaction(
          async () => {
            left = memory.transaction(() => going, { readOnly: true }).catch((error: unknown) => error);
            await new Promise((resolve) => setTimeout(resolve, 20));
          },
          { connections: [memory] },
        );
        await expect(test).rejects.toMatchObject({ code: 'AR_TRANSACTION_CLOSED' });
        await Elsewhere.create('after');
        goOn();
        await left;
        expect(await Elsewhere.pluck('name')).toEqual(['after']);
      } finally {
        await disconnect('elsewhere');
      }
    },
  );

  // Elsewhere a deadlock ends the savepoint that it is in, and not the transaction around it.
  it.skipIf(database.dialect !== 'mysql')('tells a retry after a deadlock that the database has ended it', async () => {
    await Account.create('other');
    const other = await connect(database.url, { name: 'other process' });
    const lock = (on: Connection, name: string) =>
      on.query(sql`SELECT id FROM accounts WHERE name = ${name} FOR UPDATE`);
    let opposite: Promise<unknown> = Promise.resolve();
    try {
      const test = inTestTransaction(async () => {
        const again = transaction(
          async () => {
            await lock(connection, 'before');
            await new Promise<void>((resolve) => {
              opposite = other
                .transaction(async () => {
                  await lock(other, 'other');
                  // The one that has written less is the one that is ended.
                  await other.execute(sql`INSERT INTO accounts (name) VALUES ('w1'), ('w2'), ('w3'), ('w4')`);
                  resolve();
                  await lock(other, 'before');
                  throw boom;
                })
                .catch((error: unknown) => error)
                .finally(resolve);
            });
            await lock(connection, 'other');
          },
          { retries: 1 },
        );
        await expect(again).rejects.toThrow(/has ended the transaction of the test/);
        await expect(Account.count()).rejects.toThrow(/has ended the transaction of the test/);
      });
      await test;
      expect(await opposite).toBe(boom);
    } finally {
      await disconnect('other process');
      await Account.where({ name: 'other' }).deleteAll();
    }
    expect(await names()).toEqual(['before']);
  });

  // Only PostgreSQL has checks that take their time at the commit.
  it.skipIf(database.dialect !== 'postgres')('goes on after a commit that nobody waited for to its end', async () => {
    for (const statement of [
      sql`CREATE TABLE slow (id INTEGER)`,
      sql`CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END'`,
      sql`CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()`,
    ])
      await connection.execute(statement);
    await inTestTransaction(async () => {
      const late = transaction(() => connection.execute(sql`INSERT INTO slow VALUES (1)`), { timeout: 100 });
      const others = Promise.all(['a', 'b', 'c'].map((name) => transaction(() => Account.create(name))));
      // Sent is sent: nobody ends a connection that others use.
      await late;
      await others;
      await Promise.all(['d', 'e'].map((name) => transaction(() => Account.create(name))));
      expect(await connection.query(sql`SELECT id FROM slow`)).toEqual([{ id: 1 }]);
      expect((await names()).sort()).toEqual(['a', 'b', 'before', 'c', 'd', 'e']);
    });
    expect(await names()).toEqual(['before']);
  });

  it('takes hooks and functions only', async () => {
    // @ts-expect-error: hooks are functions
    expect(() => transactionPerTest({})).toThrow(InvalidQuery);
    // @ts-expect-error: without them there is nothing to put it around
    expect(() => transactionPerTest()).toThrow(InvalidQuery);
    // @ts-expect-error: no function
    await expect(inTestTransaction(5)).rejects.toBeInstanceOf(InvalidQuery);
    // @ts-expect-error: a list is asked for
    await expect(inTestTransaction(() => 1, { connections: 'default' })).rejects.toBeInstanceOf(InvalidQuery);
    // @ts-expect-error: a connection, or the name of one
    await expect(inTestTransaction(() => 1, { connections: [undefined] })).rejects.toBeInstanceOf(InvalidQuery);
    // @ts-expect-error: no options
    expect(() => transactionPerTest({ beforeEach: () => 0, afterEach: () => 0 }, null)).toThrow(InvalidQuery);
    await expect(inTestTransaction(() => 1, { connections: [] })).rejects.toThrow(/take back nothing/);
    expect(await inTestTransaction(() => 1, { connections: ['default', connection] })).toBe(1);
  });
});
