/**
 * A pool of 10 under 500 requests at a time, each a statement of its own: whether any waits much longer than the others,
 * and how many get through, beside mysql2's own pool. On MariaDB or MySQL.
 */
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './rounds.js';

const sides = ['mysql2', 'active-record-ts'];
const atOnce = 500;
const pool = 10;
/** Of one round, in milliseconds: not measured, until all is compiled; and measured. */
const warm = 700;
const measured = 2_000;

/**
 * @param database - full, as `createDatabase` gives it
 * @param {string} execPath - the Node that is started
 * @param {string[]} systems - of mysql2 and active-record-ts
 * @returns by system, medians of the rounds: `perSecond`; milliseconds from a request to its record: `median`, `p99`,
 * `longest`; `spread`: p99 as a multiple of the median; `least`: what the requester that got least got, as a share of the
 * average; `statements` that the server has counted per request: of all its clients, and below 1 if requests were put
 * together;
 * `connections` that were open; `ratio` of throughput to mysql2.
 */
export async function measureFairness({ database, execPath, systems = sides, rounds = 7, log = () => {} }) {
  if (database.dialect !== 'mysql') throw new Error('fairness is measured beside mysql2, on MariaDB or MySQL');
  const run = async (side) => {
    const task = JSON.stringify({ url: database.url, side });
    const { stdout } = await promisify(execFile)(execPath, [
      '--no-warnings',
      fileURLToPath(import.meta.url),
      'child',
      task,
    ]);
    return JSON.parse(stdout);
  };
  const figures = new Map(
    sides.filter((side) => side === sides[0] || systems.includes(side)).map((side) => [side, []]),
  );
  for (let round = 0; round < rounds; round++) {
    const turns = [...figures.keys()];
    for (const side of round % 2 === 0 ? turns : turns.toReversed()) {
      const before = await database.statements();
      const figure = await run(side);
      figure.statements = ((await database.statements()) - before) / figure.requests;
      figures.get(side).push(figure);
    }
  }
  const plain = figures.get(sides[0]);
  const results = {};
  for (const [side, all] of figures) {
    all.forEach((figure, round) => {
      figure.ratio = figure.perSecond / plain[round].perSecond;
    });
    const names = Object.keys(all[0]).filter((name) => name !== 'requests');
    results[side] = Object.fromEntries(names.map((name) => [name, median(all.map((figure) => figure[name]))]));
    const { perSecond, median: half, p99, longest, spread, least, statements, connections, ratio } = results[side];
    log(
      `${side}: ${perSecond.toFixed(0)} a second (${ratio.toFixed(2)}); median ${half.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms ` +
        `(${spread.toFixed(2)} times), longest ${longest.toFixed(1)} ms; least ${least.toFixed(2)} of the average; ` +
        `${statements.toFixed(2)} statements each, ${connections} connections`,
    );
  }
  return results;
}

/** Both send the same: rows by key, so that the server has little to do, with the limit that says that it is no `find`. */
const openings = {
  async mysql2(url) {
    const { default: mysql } = await import('mysql2/promise');
    const all = mysql.createPool({ uri: url, connectionLimit: pool, timezone: 'Z', supportBigNumbers: true });
    const query = async (sql, binds) => (await all.query(sql, binds))[0];
    return { one: (id) => query('SELECT * FROM users WHERE id = ? LIMIT 1', [id]), query, close: () => all.end() };
  },
  async 'active-record-ts'(url) {
    const { BaseModel, column, connect, connections, disconnect, sql } = await import('active-record-ts');
    const { id, string, integer, boolean, decimal, bigint, json, timestamps } = column;
    const user = { id: id(), name: string(), email: string(), age: integer().nullable(), balance: decimal(12, 2) };
    Object.assign(user, { active: boolean(), visits: bigint(), preferences: json().nullable() });
    class User extends BaseModel.with(user, timestamps()) {}
    await connect(url, { pool });
    return {
      one: (id) => User.where({ id }).limit(1),
      query: (text) => connections.get().query(sql.unsafe(text)),
      close: disconnect,
    };
  },
};

async function child({ url, side }) {
  const system = await openings[side](url);
  const waits = [];
  const served = new Array(atOnce).fill(0);
  const begin = performance.now() + warm;
  const end = begin + measured;
  let turn = 0;
  const requester = async (place) => {
    for (let now = performance.now(); now < end; ) {
      // Neighbours among 10,000 keys never ask for the same.
      const key = 1 + ((turn++ * 7_919) % 10_000);
      const [user] = await system.one(key);
      if (user.id !== key) throw new Error(`the record ${user.id} came for ${key}`);
      const answered = performance.now();
      // Whatever was asked in the time that counts, also when it is answered later.
      if (now >= begin) {
        waits.push(answered - now);
        served[place]++;
      }
      now = answered;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, place) => requester(place)));
  const [{ count }] = await system.query(
    'SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE()',
  );
  await system.close();
  waits.sort((a, b) => a - b);
  const at = (share) => waits[Math.floor((waits.length - 1) * share)];
  return {
    requests: turn,
    perSecond: (waits.length * 1_000) / measured,
    median: at(0.5),
    p99: at(0.99),
    longest: at(1),
    spread: at(0.99) / at(0.5),
    least: Math.min(...served) / (waits.length / atOnce),
    // The parent has one.
    connections: Number(count) - 1,
  };
}

if (basename(process.argv[1] ?? '') === 'fairness.js') {
  const [what = 'mysql://root@127.0.0.1:3306/', given] = process.argv.slice(2);
  if (what === 'child') {
    console.log(JSON.stringify(await child(JSON.parse(given))));
  } else {
    // To try: node fairness.js mysql://root@127.0.0.1:3306/ 7
    const { createDatabase } = await import('./database.js');
    const database = await createDatabase(what);
    try {
      await measureFairness({ database, execPath: process.execPath, rounds: Number(given ?? 7), log: console.error });
    } finally {
      await database.drop();
    }
  }
}
