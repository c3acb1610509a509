/** The driver as its documentation shows it: `mysql2/promise`, `pool.query` and what it parses by itself. */
import { byHand, readRow, userColumns } from './by-driver.js';

const insert = `INSERT INTO users (${userColumns.join(', ')}) VALUES `;

/** @param {'query' | 'execute'} method */
export const openWith = (method) => async (url) => {
  const { default: mysql } = await import('mysql2/promise');
  const pool = mysql.createPool({ uri: url, connectionLimit: 10, timezone: 'Z', supportBigNumbers: true });
  const rows = async (sql, binds) => (await pool[method](sql, binds))[0];
  // A prepared statement has no lists: each key has a placeholder.
  const among = (keys) => `(${keys.map(() => '?').join(', ')})`;
  const valuesOf = (given, now) => [
    given.name,
    given.email,
    given.age,
    given.balance,
    given.active,
    given.visits,
    JSON.stringify(given.preferences),
    now,
    now,
  ];
  return {
    find: async (id) => (await rows('SELECT * FROM users WHERE id = ?', [id]))[0],
    some: (age) => rows('SELECT * FROM users WHERE age = ? ORDER BY id DESC LIMIT 50', [age]),
    load: () => rows('SELECT * FROM users WHERE id <= ?', [10_000]),
    read: readRow,
    create: async (given) => (await rows(`${insert}(?, ?, ?, ?, ?, ?, ?, ?, ?)`, valuesOf(given, new Date()))).insertId,
    createMany: async (list) => {
      const now = new Date();
      const places = list.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ');
      await rows(
        insert + places,
        list.flatMap((given) => valuesOf(given, now)),
      );
    },
    change: async (id) => {
      const [user] = await rows('SELECT * FROM users WHERE id = ?', [id]);
      const age = (user.age + 1) % 100;
      await rows('UPDATE users SET age = ?, updated_at = ? WHERE id = ?', [age, new Date(), id]);
      return age;
    },
    ...byHand({
      usersBetween: (first, last) => rows('SELECT * FROM users WHERE id BETWEEN ? AND ? ORDER BY id', [first, last]),
      postsOf: (keys) => rows(`SELECT * FROM posts WHERE user_id IN ${among(keys)}`, keys),
      commentsOf: (keys) => rows(`SELECT * FROM comments WHERE post_id IN ${among(keys)}`, keys),
      postsBetween: (first, last) => rows('SELECT * FROM posts WHERE id BETWEEN ? AND ?', [first, last]),
      nameOf: async (post) => (await rows('SELECT * FROM users WHERE id = ?', [post.user_id]))[0].name,
    }),
    close: () => pool.end(),
  };
};

export const name = 'mysql2 pool.query';
export const kind = 'plain';
export const dialects = ['mysql'];
export const open = openWith('query');
