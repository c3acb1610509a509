/** The driver with prepared statements that are kept, in WAL mode. */
import { attach, camelCased, userColumns } from './by-driver.js';

/** @param connect - opens a file; what better-sqlite3 and node:sqlite give has the methods used here in common */
export const openWith = (connect) => async (url) => {
  const database = await connect(url.slice('sqlite:'.length));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000');
  const user = database.prepare('SELECT * FROM users WHERE id = ?');
  const someUsers = database.prepare('SELECT * FROM users WHERE age = ? ORDER BY id DESC LIMIT 50');
  const usersUpTo = database.prepare('SELECT * FROM users WHERE id <= ?');
  const usersBetween = database.prepare('SELECT * FROM users WHERE id BETWEEN ? AND ? ORDER BY id');
  const postsBetween = database.prepare('SELECT * FROM posts WHERE id BETWEEN ? AND ?');
  const postsOf = among(database, 'SELECT * FROM posts WHERE user_id IN');
  const commentsOf = among(database, 'SELECT * FROM comments WHERE post_id IN');
  const update = database.prepare('UPDATE users SET age = ?, updated_at = ? WHERE id = ?');
  const insert = database.prepare(
    `INSERT INTO users (${userColumns.join(', ')}) VALUES (${userColumns.map(() => '?').join(', ')})`,
  );
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const add = (given, now) =>
    insert.run(
      given.name,
      given.email,
      given.age,
      given.balance,
      given.active ? 1 : 0,
      given.visits,
      JSON.stringify(given.preferences),
      now,
      now,
    );
  const author = (post) => user.get(post.user_id).name;
  return {
    find: async (id) => user.get(id),
    some: async (age) => someUsers.all(age),
    load: async () => usersUpTo.all(10_000),
    read,
    create: async (given) => Number(add(given, timeText(new Date())).lastInsertRowid),
    createMany: async (list) => {
      const now = timeText(new Date());
      // What its documentation shows for many: one transaction.
      begin.run();
      try {
        for (const given of list) add(given, now);
        commit.run();
      } catch (error) {
        rollback.run();
        throw error;
      }
    },
    change: async (id) => {
      const age = (user.get(id).age + 1) % 100;
      update.run(age, timeText(new Date()), id);
      return age;
    },
    nested: async (first) => {
      const users = usersBetween.all(first, first + 99);
      const posts = postsOf(users.map(({ id }) => id));
      const comments = commentsOf(posts.map(({ id }) => id));
      attach(users, 'posts', posts, 'user_id');
      attach(posts, 'comments', comments, 'post_id');
      return users;
    },
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => postsBetween.all(first, first + 99).map(author),
    authorsAtOnce: async (first) => postsBetween.all(first, first + 99).map(author),
    plainUser: camelCased,
    plainPost: camelCased,
    plainComment: camelCased,
    close: async () => database.close(),
  };
};

/** A statement for each count of keys. */
function among(database, sql) {
  const byCount = new Map();
  return (keys) => {
    let statement = byCount.get(keys.length);
    if (statement === undefined) {
      statement = database.prepare(`${sql} (${keys.map(() => '?').join(', ')})`);
      byCount.set(keys.length, statement);
    }
    return statement.all(...keys);
  };
}

/** As the table keeps times: in UTC. */
const timeText = (time) => time.toISOString().slice(0, 23).replace('T', ' ');

/** SQLite has no booleans, times nor JSON: the program parses them itself. A decimal is a number here. */
function read(row) {
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

export const name = 'better-sqlite3';
export const kind = 'plain';
export const dialects = ['sqlite'];
export const open = openWith(async (file) => {
  const { default: Database } = await import('better-sqlite3');
  return new Database(file);
});
