/** Models on a connection without a database: their SQL, exactly. */
import {
  BaseModel,
  column,
  connect,
  disconnect,
  InvalidQuery,
  RecordNotFound,
  RecordNotUnique,
  StatementError,
  transaction,
} from 'active-record-ts';
import { assertQueries, type RecordedDatabase, recordingConnection } from 'active-record-ts/testing';
import { afterEach, expect, test } from 'vitest';

class User extends BaseModel.with({ id: column.id(), name: column.string(), born: column.date().nullable() }) {}

afterEach(async () => {
  await disconnect();
});

const selects: Readonly<Record<RecordedDatabase, string>> = {
  mysql: 'SELECT `id`, `name`, `born` FROM `users` WHERE `id` = ? LIMIT 1',
  mariadb: 'SELECT `id`, `name`, `born` FROM `users` WHERE `id` = ? LIMIT 1',
  postgresql: 'SELECT "id", "name", "born" FROM "users" WHERE "id" = $1 LIMIT 1',
  sqlite: 'SELECT "id", "name", "born" FROM "users" WHERE "id" = ? LIMIT 1',
};

test.each(Object.keys(selects) as RecordedDatabase[])(
  '%s: its SQL is sent to nobody, and answered as told',
  async (database) => {
    const recorded = await recordingConnection(database);
    recorded.answer([{ id: 7, name: 'Ada', born: '1815-12-10' }]);
    const ada = await User.find(7);
    expect(ada.toJSON()).toEqual({ id: 7, name: 'Ada', born: '1815-12-10' });
    expect(recorded.statements).toEqual([{ sql: selects[database], binds: [7] }]);
    recorded.clear();
    await expect(User.find(8)).rejects.toBeInstanceOf(RecordNotFound);
    const bob = await User.create('Bob');
    expect(bob.id).toBe(1);
    await transaction(async () => {
      await bob.update({ name: 'Bea' });
      await bob.destroy();
    });
    expect(recorded.sql.map((sql) => /^\w+/.exec(sql)?.[0])).toEqual([
      'SELECT',
      'INSERT',
      database === 'postgresql' || database === 'sqlite' ? 'BEGIN' : 'START',
      'UPDATE',
      'DELETE',
      'COMMIT',
    ]);
  },
);

test('an error of the driver is worded as one of the database, and one of the library passes', async () => {
  const recorded = await recordingConnection('mysql');
  recorded.answer(
    Object.assign(new Error('Duplicate entry'), { errno: 1062, code: 'ER_DUP_ENTRY' }),
    new InvalidQuery('gone'),
  );
  await expect(User.all()).rejects.toBeInstanceOf(RecordNotUnique);
  await expect(User.all()).rejects.toBeInstanceOf(InvalidQuery);
  recorded.answer(new Error('anything'), { affectedRows: 3 });
  await expect(User.all()).rejects.toBeInstanceOf(StatementError);
  expect(await User.where({ name: 'x' }).deleteAll()).toBe(3);
  await assertQueries(1, () => User.first());
});

test.each(Object.keys(selects) as RecordedDatabase[])(
  '%s: keys are counted up for all that is inserted',
  async (database) => {
    await recordingConnection(database);
    const result = await User.insertAll([{ name: 'Ada' }, { name: 'Bob' }, { name: "it's (1), (2)" }]);
    expect(result.count).toBe(3);
    if (database !== 'mysql') expect(result.ids).toEqual([1, 2, 3]);
    expect((await User.create('Cy')).id).toBe(4);
  },
);

test('a transaction of PostgreSQL fails with a statement of it', async () => {
  const recorded = await recordingConnection('postgresql');
  const failing = () => recorded.answer(Object.assign(new Error('duplicate key'), { code: '23505' }));
  await expect(
    transaction(async () => {
      failing();
      await User.count().catch(() => undefined);
      await User.count();
    }),
  ).rejects.toThrow(/current transaction is aborted/);
  await transaction(async () => {
    failing();
    await transaction(() => User.all()).catch(() => undefined);
    await User.count();
  });
  expect(recorded.sql.at(-1)).toBe('COMMIT');
});

test('what is no answer is refused where it is given', async () => {
  const recorded = await recordingConnection('sqlite');
  for (const answer of [
    undefined,
    null,
    5,
    'x',
    [null],
    [5],
    { rows: 5 },
    { row: [] },
    { affectedRows: 'x' },
    { insertId: 'x' },
  ])
    expect(() => recorded.answer(answer as never), String(answer)).toThrow(InvalidQuery);
  recorded.answer({ affectedRows: 2 }, []);
  expect(await User.where({ name: 'x' }).deleteAll()).toBe(2);
  expect(await recorded.connection.withAdvisoryLock('nobody else', () => User.all(), { wait: 0 })).toEqual([]);
});

test('it is for the databases that there are, and for one connection of a name', async () => {
  // @ts-expect-error: no such database
  await expect(recordingConnection('oracle')).rejects.toBeInstanceOf(InvalidQuery);
  await connect('sqlite::memory:');
  await expect(recordingConnection('mysql')).rejects.toMatchObject({ code: 'AR_CONNECTION_ALREADY_DEFINED' });
  const other = await recordingConnection('mysql', { name: 'other' });
  expect(other.connection.name).toBe('other');
  await disconnect('other');
});
