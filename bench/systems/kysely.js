/** Kysely with the dialects that it brings: mysql2, pg and better-sqlite3. */
import { byHand, readRow } from './by-driver.js';

export const name = 'kysely';
export const kind = 'plain';
export const dialects = ['mysql', 'postgres', 'sqlite'];

/** What differs: how to connect, what a driver takes for a value, and how an insert tells the key. */
const byDialect = {
  mysql: {
    connect: async (url) => {
      const [{ MysqlDialect }, { createPool }] = await Promise.all([import('kysely'), import('mysql2')]);
      return new MysqlDialect({
        pool: createPool({ uri: url, connectionLimit: 10, timezone: 'Z', supportBigNumbers: true }),
      });
    },
    json: JSON.stringify,
    flag: (value) => value,
    time: (value) => value,
    keyOf: async (insert) => Number((await insert.executeTakeFirstOrThrow()).insertId),
    read: readRow,
  },
  postgres: {
    connect: async (url) => {
      const [{ PostgresDialect }, { default: pg }] = await Promise.all([import('kysely'), import('pg')]);
      return new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 10 }) });
    },
    json: (value) => value,
    flag: (value) => value,
    time: (value) => value,
    keyOf: async (insert) => (await insert.returning('id').executeTakeFirstOrThrow()).id,
    read: readRow,
  },
  sqlite: {
    connect: async (url) => {
      const [{ SqliteDialect }, { default: Database }] = await Promise.all([
        import('kysely'),
        import('better-sqlite3'),
      ]);
      const database = new Database(url.slice('sqlite:'.length));
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000');
      return new SqliteDialect({ database });
    },
    json: JSON.stringify,
    flag: Number,
    // As the table keeps times: in UTC.
    time: (value) => value.toISOString().slice(0, 23).replace('T', ' '),
    keyOf: async (insert) => Number((await insert.executeTakeFirstOrThrow()).insertId),
    read: readSqliteRow,
  },
};

/** SQLite has no booleans, times nor JSON: the program parses them itself. A decimal is a number here. */
function readSqliteRow(row) {
  return (
    row.id +
    row.name.length +
    row.email.length +
    row.age +
    row.balance +
    (row.active === 1 ? 1 : 0) +
    row.visits +
    JSON.parse(row.preferences).size +
    new Date(`${row.created_at}Z`).getTime() +
    new Date(`${row.updated_at}Z`).getTime()
  );
}

export async function open(url, dialect) {
  const { connect, json, flag, time, keyOf, read } = byDialect[dialect];
  const { Kysely } = await import('kysely');
  const db = new Kysely({ dialect: await connect(url) });
  const find = (id) => db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
  const valuesOf = (given, now) => ({
    name: given.name,
    email: given.email,
    age: given.age,
    balance: given.balance,
    active: flag(given.active),
    visits: given.visits,
    preferences: json(given.preferences),
    created_at: now,
    updated_at: now,
  });
  return {
    find,
    some: (age) => db.selectFrom('users').selectAll().where('age', '=', age).orderBy('id', 'desc').limit(50).execute(),
    load: () => db.selectFrom('users').selectAll().where('id', '<=', 10_000).execute(),
    read,
    create: (given) => keyOf(db.insertInto('users').values(valuesOf(given, time(new Date())))),
    createMany: async (list) => {
      const now = time(new Date());
      await db
        .insertInto('users')
        .values(list.map((given) => valuesOf(given, now)))
        .execute();
    },
    change: async (id) => {
      const age = ((await find(id)).age + 1) % 100;
      await db
        .updateTable('users')
        .set({ age, updated_at: time(new Date()) })
        .where('id', '=', id)
        .execute();
      return age;
    },
    // It has no relations. Its helper `jsonArrayFrom` casts to JSON, which MariaDB refuses, and gives times as text: so
    // this is by hand, which is quicker too.
    ...byHand({
      usersBetween: (first, last) =>
        db.selectFrom('users').selectAll().where('id', '>=', first).where('id', '<=', last).orderBy('id').execute(),
      postsOf: (keys) => db.selectFrom('posts').selectAll().where('user_id', 'in', keys).execute(),
      commentsOf: (keys) => db.selectFrom('comments').selectAll().where('post_id', 'in', keys).execute(),
      postsBetween: (first, last) =>
        db.selectFrom('posts').selectAll().where('id', '>=', first).where('id', '<=', last).execute(),
      nameOf: async (post) => (await find(post.user_id)).name,
    }),
    close: () => db.destroy(),
  };
}
