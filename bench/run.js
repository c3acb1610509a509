// Three ratios to plain mysql2 (`pool.query` of its promise API), measured side by side in one run: only ratios within a
// run mean anything. Usage: npm run bench [-- --rounds 9 --url mysql://root@127.0.0.1:3306/]
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { BaseModel, column, connect, createAll, lte } from 'active-record-ts';
import mysql from 'mysql2/promise';
import { measure } from './measure.js';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: process.env.MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/' },
    rounds: { type: 'string', default: '9' },
    check: { type: 'boolean', default: false },
  },
});

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  email: column.string(),
  age: column.integer().nullable(),
  balance: column.decimal(12, 2).default('0.00'),
  active: column.boolean().default(true),
  visits: column.bigint().default(0n),
  preferences: column.json().nullable(),
  ...column.timestamps(),
}) {}

const rows = 10_000;
const targets = { W1: 0.8, W3: 1.3, W4: 0.8 };

function attributes(index) {
  return {
    name: `User ${index}`,
    email: `user${index}@example.org`,
    age: index % 90,
    balance: `${index}.50`,
    visits: BigInt(index),
    preferences: { theme: 'dark', tags: ['a', 'b', String(index)] },
  };
}

const database = `ar_bench_${randomBytes(6).toString('hex')}`;
const admin = await mysql.createConnection(options.url);
await admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
const url = new URL(options.url);
url.pathname = `/${database}`;
const pool = mysql.createPool({ uri: url.href, connectionLimit: 10 });
try {
  const connection = await connect(url.href);
  await createAll([User]);
  await User.insertAll(Array.from({ length: rows }, (_, index) => attributes(index)));

  let next = 0;
  const key = () => (next = (next % rows) + 1);
  const insertSql =
    'INSERT INTO users (name, email, age, balance, active, visits, preferences, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';

  const results = {
    W1: await measure(Number(options.rounds), 1500, {
      mysql2: async () => {
        const [[row]] = await pool.query('SELECT * FROM users WHERE id = ?', [key()]);
        if (row.name === undefined) throw new Error('no row');
      },
      ours: async () => {
        const user = await User.find(key());
        if (user.name === undefined) throw new Error('no row');
      },
    }),
    W3: await measure(Number(options.rounds), 8, {
      mysql2: async () => {
        const [users] = await pool.query('SELECT * FROM users WHERE id <= ?', [rows]);
        if (users.length !== rows) throw new Error(`${users.length} rows`);
      },
      ours: async () => {
        const users = await User.where({ id: lte(rows) });
        if (users.length !== rows) throw new Error(`${users.length} rows`);
      },
    }),
    W4: await measure(Number(options.rounds), 400, {
      mysql2: async () => {
        const given = attributes(key());
        const now = new Date();
        const values = [
          given.name,
          given.email,
          given.age,
          given.balance,
          true,
          given.visits,
          JSON.stringify(given.preferences),
          now,
          now,
        ];
        const [result] = await pool.query(insertSql, values);
        if (result.insertId === 0) throw new Error('no id');
      },
      ours: async () => {
        const user = await User.create(attributes(key()));
        if (user.id === 0) throw new Error('no id');
      },
    }),
  };

  console.log(
    `Node ${process.version}, ${options.rounds} rounds, interleaved; ratio of throughput to mysql2 pool.query`,
  );
  let short = false;
  for (const [name, { mysql2, ours, ratio }] of Object.entries(results)) {
    const title = { W1: 'find by key', W3: `load ${rows} records`, W4: 'create' }[name];
    const verdict = ratio >= targets[name] ? 'ok' : 'short';
    short ||= verdict === 'short';
    console.log(
      `${name} ${title.padEnd(20)} ${ratio.toFixed(2)} (target ${targets[name]}) ${verdict}   mysql2 ${mysql2.toFixed(1)} µs, ours ${ours.toFixed(1)} µs`,
    );
  }
  await connection.close();
  if (options.check && short) process.exitCode = 1;
} finally {
  await pool.end();
  await admin.query(`DROP DATABASE ${database}`);
  await admin.end();
}
