/**
 * Whether a record costs as much among a million as among a thousand: loads at once, reads in a stream (with the memory
 * that it needs), and eager loading of few and of many parents. This library beside mysql2, on MariaDB or MySQL.
 */
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './rounds.js';
import { attach, userColumns } from './systems/by-driver.js';

const million = 1_000_000;
const rows = [1_000, 10_000, 100_000, million];
/** `batches` and `cursor` are the two ways of reading a stream; the driver has one, which is beside both. */
const sizes = { load: rows, batches: rows, cursor: rows, eager: [10, 100, 1_000, 10_000] };
/** Of small sizes so many are done in turn that a round takes some time: rows, and parents. */
const least = { load: 50_000, batches: 50_000, cursor: 50_000, eager: 1_000 };
/** Of so many records of a stream the memory is looked at once. */
const interval = 100_000;
const sides = ['mysql2', 'active-record-ts'];

/**
 * @param database - full, as `createDatabase` gives it; it gets a table more
 * @param {string} execPath - the Node that is started
 * @param {string[]} systems - of mysql2 and active-record-ts
 * @returns `{ load, batches, cursor, eager }`, by size, by system: microseconds of a record (of a parent, with its posts
 * and their comments): `wall` and `ratio` of throughput to mysql2, medians of the rounds; and `heap`, of a million by
 * batches and by cursor: MiB that are in use, after a collection, over those before it: `first`, at 100,000 records, and
 * `peak`.
 */
export async function measureScaling({ database, execPath, systems = sides, rounds = 5, log = () => {} }) {
  if (database.dialect !== 'mysql') throw new Error('scaling is measured beside mysql2, on MariaDB or MySQL');
  const run = async (task) => {
    const args = ['--expose-gc', '--no-warnings', '--max-old-space-size=4096', fileURLToPath(import.meta.url), 'child'];
    const { stdout } = await promisify(execFile)(execPath, [...args, JSON.stringify({ url: database.url, ...task })]);
    return JSON.parse(stdout);
  };
  const chosen = sides.filter((side) => side === sides[0] || systems.includes(side));
  await fill(database.url);
  const results = {};
  for (const [kind, each] of Object.entries(sizes)) {
    results[kind] = {};
    for (const size of each) {
      const figures = Object.fromEntries(chosen.map((side) => [side, []]));
      for (let round = 0; round < rounds; round++) {
        const turns = round % 2 === 0 ? chosen : chosen.toReversed();
        for (const side of turns) figures[side].push(await run({ side, kind, size }));
        const sums = new Set(chosen.map((side) => figures[side][round].sum));
        if (sums.size > 1) throw new Error(`the systems have read different rows: ${[...sums].join(', ')}`);
      }
      const plain = figures[sides[0]];
      const summary = ([side, all]) => {
        const ratio = median(all.map(({ wall }, at) => plain[at].wall / wall));
        return [side, { wall: median(all.map(({ wall }) => wall)), ratio }];
      };
      results[kind][size] = Object.fromEntries(Object.entries(figures).map(summary));
      const line = text(results[kind][size], ({ wall, ratio }) => `${wall.toFixed(2)} µs (${ratio.toFixed(2)})`);
      log(`${kind.padEnd(7)} ${String(size).padStart(7)} ${line}`);
    }
  }
  results.heap = {};
  for (const kind of ['batches', 'cursor']) {
    const heap = {};
    for (const side of chosen) heap[side] = await run({ side, kind, size: million, looks: true });
    results.heap[kind] = heap;
    const line = text(heap, ({ first, peak }) => `${first.toFixed(1)} MiB at first, ${peak.toFixed(1)} at most`);
    log(`heap of a million by ${kind}: ${line}`);
  }
  return results;
}

function text(figures, format) {
  const parts = Object.entries(figures).map(([side, figure]) => `${side} ${format(figure)}`);
  return parts.join(' · ');
}

/** A million users, made by the server of those that are there. */
async function fill(url) {
  const { default: mysql } = await import('mysql2/promise');
  const connection = await mysql.createConnection({ uri: url });
  const digits = `(${Array.from({ length: 10 }, (_, digit) => `SELECT ${digit} AS digit`).join(' UNION ALL ')})`;
  await connection.query('CREATE TABLE many_users LIKE users');
  await connection.query(
    `INSERT INTO many_users (id, ${userColumns.join(', ')}) ` +
      `SELECT id + 10000 * (ones.digit + 10 * tens.digit), ${userColumns.join(', ')} ` +
      `FROM ${digits} AS tens CROSS JOIN ${digits} AS ones CROSS JOIN users`,
  );
  await connection.query('ANALYZE TABLE many_users');
  const [[{ count }]] = await connection.query('SELECT COUNT(*) AS count FROM many_users');
  if (count !== million) throw new Error(`${count} rows, not a million`);
  await connection.end();
}

const openings = {
  async mysql2(url) {
    const { default: mysql } = await import('mysql2');
    const pool = mysql.createPool({ uri: url, connectionLimit: 10, timezone: 'Z', supportBigNumbers: true });
    const rows = async (sql, binds) => (await pool.promise().query(sql, binds))[0];
    // What the driver's documentation has for results that are too large to keep.
    const stream = (size) => pool.query('SELECT * FROM many_users WHERE id <= ?', [size]).stream();
    return {
      load: (size) => rows('SELECT * FROM many_users WHERE id <= ?', [size]),
      batches: stream,
      cursor: stream,
      eager: async (first, last) => {
        const users = await rows('SELECT * FROM users WHERE id BETWEEN ? AND ?', [first, last]);
        const posts = await rows('SELECT * FROM posts WHERE user_id IN (?)', [users.map(({ id }) => id)]);
        const comments = await rows('SELECT * FROM comments WHERE post_id IN (?)', [posts.map(({ id }) => id)]);
        attach(users, 'posts', posts, 'user_id');
        attach(posts, 'comments', comments, 'post_id');
        return users;
      },
      close: () => pool.promise().end(),
    };
  },
  async 'active-record-ts'(url) {
    const { BaseModel, between, column, connect, disconnect, hasMany, lte } = await import('active-record-ts');
    const { id, string, text, integer, boolean, decimal, bigint, json, references, timestamps } = column;
    const user = { id: id(), name: string(), email: string(), age: integer().nullable(), balance: decimal(12, 2) };
    Object.assign(user, { active: boolean(), visits: bigint(), preferences: json().nullable() });
    const post = { id: id(), userId: references('users'), title: string(), body: text() };
    Object.assign(post, { published: boolean(), score: decimal(12, 2) });
    const comment = { id: id(), postId: references('posts'), author: string(), body: string() };
    const many = (columns, name, model) =>
      Object.defineProperty({ ...columns }, name, { get: () => hasMany(model()), enumerable: true });
    const userWithPosts = many(user, 'posts', () => Post);
    const postWithComments = many(post, 'comments', () => Comment);
    class ManyUser extends BaseModel.with(user, timestamps()) {}
    class User extends BaseModel.with(userWithPosts, timestamps()) {}
    class Post extends BaseModel.with(postWithComments, timestamps()) {}
    class Comment extends BaseModel.with(comment, timestamps()) {}
    await connect(url, { pool: 10 });
    return {
      load: (size) => ManyUser.where({ id: lte(size) }),
      batches: (size) => ManyUser.where({ id: lte(size) }),
      cursor: (size) => ManyUser.where({ id: lte(size) }).findEach({ cursor: true }),
      eager: (first, last) => User.where({ id: between(first, last) }).includes({ posts: 'comments' }),
      close: disconnect,
    };
  },
};

const streamed =
  (kind) =>
  async (system, size, { look }) => {
    let sum = 0;
    let count = 0;
    for await (const { id } of system[kind](size)) {
      sum += id;
      if (++count % interval === 0) look?.();
    }
    return () => sum;
  };

/** Each gives a function that makes, out of the time, a sum of what was read. */
const works = {
  load: async (system, size) => {
    const users = await system.load(size);
    return () => users.length + users[0].id + users[users.length - 1].id;
  },
  batches: streamed('batches'),
  cursor: streamed('cursor'),
  eager: async (system, size, { turn }) => {
    const first = 1 + ((turn * size) % 10_000);
    const users = await system.eager(first, first + size - 1);
    const commentsOf = (user) => [...user.posts].flatMap((post) => [...post.comments]);
    return () => users.flatMap(commentsOf).reduce((sum, { id }) => sum + id, 0);
  },
};

async function child({ url, side, kind, size, looks }) {
  const system = await openings[side](url);
  const work = works[kind];
  const times = Math.max(1, Math.round(least[kind] / size));
  for (let turn = 0; turn < 20; turn++) await work(system, sizes[kind][1], { turn });
  const used = () => {
    globalThis.gc();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = looks ? used() : 0;
  const heap = [];
  const look = looks ? () => heap.push(used() - before) : undefined;
  const start = performance.now();
  let sumOf;
  for (let turn = 0; turn < times; turn++) sumOf = await work(system, size, { turn, look });
  const wall = ((performance.now() - start) * 1_000) / (times * size);
  const sum = sumOf();
  await system.close();
  return looks ? { first: heap[0], peak: Math.max(...heap) } : { wall, sum };
}

if (basename(process.argv[1] ?? '') === 'scaling.js') {
  const [what = 'mysql://root@127.0.0.1:3306/', given] = process.argv.slice(2);
  if (what === 'child') {
    console.log(JSON.stringify(await child(JSON.parse(given))));
  } else {
    // To try: node scaling.js mysql://root@127.0.0.1:3306/ 3
    const { createDatabase } = await import('./database.js');
    const database = await createDatabase(what);
    try {
      await measureScaling({ database, execPath: process.execPath, rounds: Number(given ?? 5), log: console.error });
    } finally {
      await database.drop();
    }
  }
}
