/** The driver as its documentation shows it: `pool.query`, and what it parses by itself. */
import { byHand, readRow, userColumns } from './by-driver.js';

const insert = `INSERT INTO users (${userColumns.join(', ')}) VALUES `;

export const name = 'pg pool.query';
export const kind = 'plain';
export const dialects = ['postgres'];

export async function open(url) {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const rows = async (sql, binds) => (await pool.query(sql, binds)).rows;
  const valuesOf = (given, now) => [
    given.name,
    given.email,
    given.age,
    given.balance,
    given.active,
    given.visits,
    given.preferences,
    now,
    now,
  ];
  const places = (row) => `(${userColumns.map((_, place) => `$${row * userColumns.length + place + 1}`).join(', ')})`;
  return {
    find: async (id) => (await rows('SELECT * FROM users WHERE id = $1', [id]))[0],
    some: (age) => rows('SELECT * FROM users WHERE age = $1 ORDER BY id DESC LIMIT 50', [age]),
    load: () => rows('SELECT * FROM users WHERE id <= $1', [10_000]),
    read: readRow,
    create: async (given) => (await rows(`${insert}${places(0)} RETURNING id`, valuesOf(given, new Date())))[0].id,
    createMany: async (list) => {
      const now = new Date();
      await rows(
        insert + list.map((_, row) => places(row)).join(', '),
        list.flatMap((given) => valuesOf(given, now)),
      );
    },
    change: async (id) => {
      const [user] = await rows('SELECT * FROM users WHERE id = $1', [id]);
      const age = (user.age + 1) % 100;
      await rows('UPDATE users SET age = $1, updated_at = $2 WHERE id = $3', [age, new Date(), id]);
      return age;
    },
    ...byHand({
      usersBetween: (first, last) => rows('SELECT * FROM users WHERE id BETWEEN $1 AND $2 ORDER BY id', [first, last]),
      // A list is one bind here: an array.
      postsOf: (keys) => rows('SELECT * FROM posts WHERE user_id = ANY($1)', [keys]),
      commentsOf: (keys) => rows('SELECT * FROM comments WHERE post_id = ANY($1)', [keys]),
      postsBetween: (first, last) => rows('SELECT * FROM posts WHERE id BETWEEN $1 AND $2', [first, last]),
      nameOf: async (post) => (await rows('SELECT * FROM users WHERE id = $1', [post.user_id]))[0].name,
    }),
    close: () => pool.end(),
  };
}
