/** What the database makes of a transaction, and what the library makes of that. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  afterCommit,
  BaseModel,
  CapabilityMissing,
  type Connection,
  ConnectionLost,
  column,
  connect,
  createAll,
  Deadlocked,
  disconnect,
  dropAll,
  InvalidQuery,
  Rollback,
  StatementCancelled,
  sql,
  TransactionClosed,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Account extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  balance: column.integer().default(0),
}) {}
class Extra extends BaseModel.with({ id: column.id(), accountId: column.references('accounts') }) {}

const names = async () => Account.order('id').pluck('name');
const boom = new Error('boom');

describeEachDatabase('a transaction', (database) => {
  const { dialect } = database;
  let connection: Connection;

  beforeAll(async () => {
    connection = await connect(database.url, { pool: 3, acquireTimeout: 1_000 });
    await createAll([Account]);
  });
  beforeEach(async () => {
    await Account.deleteAll({ everyRow: true });
  });
  afterAll(async () => {
    await disconnect();
  });

  const failing = () => errorOf(() => connection.execute(sql`INSERT INTO nowhere VALUES (1)`));

  describe('with an error that its function swallows', () => {
    it('is not committed as if nothing were, where the database has given it up', async () => {
      let swallowed: unknown;
      let committed = false;
      const ended = transaction(async () => {
        await Account.create('before');
        await afterCommit(() => {
          committed = true;
        });
        swallowed = await failing();
        await failing();
        return 'done';
      });
      if (dialect === 'postgres') {
        expect(await errorOf(() => ended)).toBe(swallowed);
        expect(swallowed).toMatchObject({ code: 'AR_TABLE_MISSING' });
        expect(await names()).toEqual([]);
      } else {
        expect(await ended).toBe('done');
        expect(await names()).toEqual(['before']);
      }
      expect(committed).toBe(dialect !== 'postgres');
      expect(connection.pool.inUse).toBe(0);
    });

    it('is given up alone where it is nested', async () => {
      await transaction(async () => {
        await Account.create('outer');
        const nested = transaction(async () => {
          await Account.create('inner');
          await failing();
        });
        if (dialect === 'postgres') expect(await errorOf(() => nested)).toMatchObject({ code: 'AR_TABLE_MISSING' });
        else await nested;
        await Account.create('second');
      });
      expect(await names()).toEqual(dialect === 'postgres' ? ['outer', 'second'] : ['outer', 'inner', 'second']);
    });
  });

  it('is over after a deadlock, whether or not its function swallows it', async () => {
    // SQLite has one writer, and on PostgreSQL the savepoint brings the transaction back.
    if (dialect !== 'mysql') return;
    const a = await Account.create('a');
    const b = await Account.create('b');
    const swallowed: unknown[] = [];
    const refused: unknown[] = [];
    let ready = 0;
    const one = (first: Account, second: Account) =>
      transaction(async () => {
        await Account.where({ id: first.id }).updateAll({ balance: 1 });
        ready++;
        while (ready < 2) await sleep(5);
        try {
          await transaction(() => Account.where({ id: second.id }).updateAll({ balance: 2 }));
        } catch (error) {
          swallowed.push(error);
          refused.push(await errorOf(() => Account.create('after')));
          refused.push(await errorOf(() => transaction(() => Account.create('nested'))));
        }
      });
    const ends = await Promise.allSettled([one(a, b), one(b, a)]);
    const rejected = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    expect(rejected).toEqual(swallowed);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]).toBeInstanceOf(Deadlocked);
    for (const error of refused) {
      expect(error).toBeInstanceOf(TransactionClosed);
      expect(error).toMatchObject({ cause: swallowed[0] });
    }
    expect(await names()).toEqual(['a', 'b']);
  });

  it('is over when its connection is lost', async () => {
    if (dialect === 'sqlite') return;
    let swallowed: unknown;
    let refused: unknown;
    const sent = await statementsOf(async () => {
      const ended = await errorOf(() =>
        transaction(async () => {
          await Account.create('before');
          const [row] = await connection.query(
            dialect === 'mysql' ? sql`SELECT CONNECTION_ID() AS id` : sql`SELECT pg_backend_pid() AS id`,
          );
          const id = Number(row?.id);
          await withoutTransaction(() =>
            connection.query(
              dialect === 'mysql' ? sql.unsafe(`KILL ${id}`) : sql`SELECT pg_terminate_backend(${id}::int)`,
            ),
          );
          await sleep(20);
          swallowed = await errorOf(() => Account.create('lost'));
          refused = await errorOf(() => Account.create('refused'));
        }),
      );
      expect(ended).toBe(swallowed);
    });
    expect(swallowed).toBeInstanceOf(ConnectionLost);
    expect(refused).toBeInstanceOf(TransactionClosed);
    expect(sent.filter((each) => each.startsWith('INSERT'))).toHaveLength(2);
    expect(await names()).toEqual([]);
  });

  it('is over when a statement has ended it', async () => {
    if (dialect !== 'mysql') return;
    const events: unknown[] = [];
    // In a procedure nobody can see it before it is sent.
    await connection.execute(sql`CREATE PROCEDURE make_hidden() CREATE TABLE made_inside (id INT)`);
    const ended = await errorOf(() =>
      transaction(async () => {
        await Account.create('committed by the schema change');
        events.push(await errorOf(() => connection.execute(sql`CALL make_hidden()`)));
        events.push(await errorOf(() => Account.create('in autocommit')));
        throw new Rollback();
      }),
    );
    expect(ended).toBeInstanceOf(TransactionClosed);
    expect(ended.message).toMatch(/ended the transaction that it was sent in.*outside of the transaction/);
    expect(events[0]).toBe(ended);
    expect(events[1]).toMatchObject({ code: 'AR_TRANSACTION_CLOSED', cause: ended });
    expect(await names()).toEqual(['committed by the schema change']);
  });

  it.each(['BEGIN', ' start transaction', '/* so */ COMMIT', '-- so\nROLLBACK', 'SAVEPOINT a', 'RELEASE SAVEPOINT a'])(
    'is not begun or ended by hand: %s',
    async (text) => {
      const error = await errorBeforeSending(() => connection.execute(sql.unsafe(text)));
      expect(error).toBeInstanceOf(InvalidQuery);
      expect(error.message).toContain('transaction(async () =>');
      await transaction(async () => {
        await Account.create('inside');
        expect(await errorBeforeSending(() => connection.query(sql.unsafe(text)))).toBeInstanceOf(InvalidQuery);
      });
      expect(await names()).toEqual(['inside']);
    },
  );

  it.each([
    'CREATE TABLE made (id INT)',
    '/* so */ create index made on accounts (name)',
    '/* /* so */ DROP TABLE accounts',
    '-- so\nALTER TABLE accounts ADD made INT',
    '# so\nRENAME TABLE accounts TO made',
    'CREATE /* so */ TABLE made (id INT)',
    '/*!50000 TRUNCATE */ TABLE accounts',
    'CREATE OR REPLACE VIEW made AS SELECT 1',
    "GRANT SELECT ON *.* TO 'made'@'localhost'",
    'LOCK TABLES accounts WRITE',
    'ANALYZE TABLE accounts',
    'SET autocommit = 1',
  ])('refuses what would commit it before it is sent: %s', async (text) => {
    if (connection.dialect.features.transactionalDdl) return;
    for (const way of ['execute', 'query'] as const) {
      const failed = transaction(async () => {
        await Account.create('inside');
        const error = await errorBeforeSending(() => connection[way](sql.unsafe(text)));
        expect(error).toBeInstanceOf(CapabilityMissing);
        const limited = await errorBeforeSending(() => connection[way](sql.unsafe(text), { timeout: 5_000 }));
        expect(limited).toBeInstanceOf(CapabilityMissing);
        const sent = await statementsOf(() =>
          errorOf(() => transaction<unknown>(() => connection[way](sql.unsafe(text)))),
        );
        expect(sent.filter((each) => !each.includes('SAVEPOINT'))).toEqual([]);
        throw new Rollback();
      });
      expect(await failed).toBeUndefined();
      expect(await names()).toEqual([]);
    }
  });

  it('may make tables of its own inside', async () => {
    await transaction(async () => {
      await Account.create('inside');
      await connection.execute(sql`CREATE TEMPORARY TABLE own (id INT)`);
      await connection.execute(sql`INSERT INTO own VALUES (1)`);
      if (dialect === 'mysql') await connection.execute(sql`DROP TEMPORARY TABLE own`);
      throw new Rollback();
    });
    expect(await names()).toEqual([]);
  });

  it('has schema changes inside where the database can roll them back, and refuses them elsewhere', async () => {
    await transaction(async () => {
      await Account.create('kept');
      if (dialect === 'mysql') {
        for (const change of [createAll, dropAll]) {
          const error = await errorBeforeSending(() => change([Extra]));
          expect(error).toBeInstanceOf(CapabilityMissing);
          expect(error.message).toContain('before the transaction begins');
        }
        return;
      }
      await transaction(async () => {
        await createAll([Extra]);
        expect(await Extra.count()).toBe(0);
        throw new Rollback();
      });
      expect(await errorOf(() => transaction(() => Extra.count()))).toMatchObject({ code: 'AR_TABLE_MISSING' });
    });
    expect(await names()).toEqual(['kept']);
  });

  it('refuses to rebuild a table inside, at once', async () => {
    if (dialect !== 'sqlite') return;
    await transaction(async () => {
      const error = await errorBeforeSending(() =>
        connection.applyDdl({ kind: 'removeColumn', table: 'accounts', column: 'balance' }),
      );
      expect(error).toBeInstanceOf(CapabilityMissing);
      expect(error.message).toContain('before the transaction begins');
      await Account.create('goes on');
    });
    expect(await names()).toEqual(['goes on']);
  });

  it('cannot have its connection closed inside', async () => {
    await transaction(async () => {
      expect(await errorOf(() => disconnect())).toBeInstanceOf(InvalidQuery);
      expect(await errorOf(() => connection.close())).toBeInstanceOf(InvalidQuery);
      await Account.create('goes on');
    });
    expect(connection.state).toBe('open');
    expect(await names()).toEqual(['goes on']);
  });

  it('closes those nested in it when it ends', async () => {
    let late: unknown;
    const ended = transaction(async () => {
      const nested = transaction(async () => {
        await Account.create('nested');
        await sleep(60);
        await Account.create('late');
      });
      nested.catch((error: unknown) => {
        late = error;
      });
      await sleep(20);
      throw boom;
    });
    expect(await errorOf(() => ended)).toBe(boom);
    expect(late).toBeInstanceOf(TransactionClosed);
    expect(await names()).toEqual([]);
  });

  it('rolls back a nested one of which it has refused a part, also where that is swallowed', async () => {
    let nested: Promise<unknown> = Promise.resolve();
    await transaction(async () => {
      await Account.create('outer');
      nested = transaction(async () => {
        await Account.create('half');
        await sleep(60);
        await errorOf(() => Account.create('other half'));
      });
      nested.catch(() => undefined);
      await sleep(20);
    });
    expect(await errorOf(() => nested)).toBeInstanceOf(TransactionClosed);
    expect(await names()).toEqual(['outer']);
  });

  it('tells a statement that ran out of its time from one that waited for a lock', async () => {
    if (dialect === 'sqlite') return;
    const error = await errorOf(() =>
      transaction(async () => {
        if (dialect === 'mysql') {
          await connection.query(sql`SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(1)`);
          return;
        }
        await connection.execute(sql`SET LOCAL statement_timeout = 50`);
        await connection.query(sql`SELECT pg_sleep(1)`);
      }),
    );
    expect(error).toBeInstanceOf(StatementCancelled);
    expect(error.code).toBe('AR_STATEMENT_CANCELLED');
  });
});
