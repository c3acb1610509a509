// The lock of the migrators is lost while one works, held by somebody else, or not granted: nothing is sent without it.
import { setTimeout as sleep } from 'node:timers/promises';
import { connections, sql } from 'active-record-ts';
import { createConnection } from 'mysql2/promise';
import { eachDatabase } from './support/databases.js';
import { atEveryMoment, bodies as several } from './support/lock-moments.js';
import { MigratorProcess, migrationsIn } from './support/migrators.js';
import { Tally } from './support/tally.js';

const bodies = {
  slow: `up() {
  this.createTable('before', { id: column.id() });
  this.execute('DO SLEEP(0.5)');
  this.createTable('after', { id: column.id() });
}
down() {}`,
};

async function tables() {
  const rows = await connections
    .get()
    .query(sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()`);
  return rows.map(({ name }) => String(name)).filter((name) => !name.startsWith('ar_'));
}

/** Asks until there is an answer; undefined where the task has ended before. */
async function until(ask, task) {
  let over = false;
  const note = () => {
    over = true;
  };
  task.then(note, note);
  while (!over) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(5);
  }
  return undefined;
}

const ways = {
  /** The session of the lock is ended while a statement runs. */
  async killed(other, name, migrate) {
    const running = migrate({});
    const session = await until(async () => {
      const [[row]] = await other.query(
        "SELECT IS_USED_LOCK(?) AS holder, (SELECT COUNT(*) FROM information_schema.processlist WHERE db = ? AND info = 'DO SLEEP(0.5)') AS slow",
        [`${name}:ar_migrations`, name],
      );
      return row.holder !== null && Number(row.slow) === 1 ? row.holder : undefined;
    }, running);
    if (session !== undefined) await other.query(`KILL ${Number(session)}`);
    return { answer: await running, wanted: ['AR_MIGRATION_FAILED', 'AR_LOCK_LOST'], kept: ['before'] };
  },
  async held(other, name, migrate) {
    await other.query('SELECT GET_LOCK(?, 0)', [`${name}:ar_migrations`]);
    const answer = await migrate({ wait: 50 });
    await other.query('SELECT RELEASE_LOCK(?)', [`${name}:ar_migrations`]);
    return { answer, wanted: ['AR_MIGRATION_LOCKED'], kept: [] };
  },
  /** The server gives up on GET_LOCK, and answers NULL or with an error. */
  async refused(other, name, migrate) {
    await other.query('SELECT GET_LOCK(?, 0)', [`${name}:ar_migrations`]);
    const running = migrate({ wait: 30_000 });
    const session = await until(async () => {
      const [[row]] = await other.query(
        "SELECT id FROM information_schema.processlist WHERE db = ? AND info LIKE 'SELECT GET\\_LOCK%, 30)%'",
        [name],
      );
      return row?.id;
    }, running);
    if (session !== undefined) await other.query(`KILL QUERY ${Number(session)}`);
    const answer = await running;
    await other.query('SELECT RELEASE_LOCK(?)', [`${name}:ar_migrations`]);
    return { answer, wanted: [undefined], kept: [] };
  },
};

export default {
  number: 28,
  title: 'a lock that is lost, held by somebody else, or refused',
  async run(context) {
    const tally = new Tally();
    const runs = context.quick ? 1 : 20;
    const { folder, remove } = migrationsIn(bodies);
    const all = migrationsIn(several);
    const migrator = new MigratorProcess(context);
    try {
      await atEveryMoment(context, { migrator, folder: all.folder, step: context.quick ? 25 : 1, tally });
      for (let run = 0; run < runs; run++) {
        for (const [way, end] of Object.entries(ways)) {
          await eachDatabase(
            context,
            async ({ url }) => {
              const name = new URL(url).pathname.slice(1);
              const other = await createConnection(url);
              try {
                const migrate = (options) => migrator.migrate({ url, folder, options });
                const { answer, wanted, kept } = await end(other, name, migrate);
                const codes = answer?.codes ?? [];
                const right = wanted.every((code, index) =>
                  code === undefined ? codes.length > 0 : codes[index] === code,
                );
                const found = await tables();
                tally.check(
                  right && JSON.stringify(found) === JSON.stringify(kept),
                  () => `${way}: ${JSON.stringify(answer)}; ${found}`,
                );
              } finally {
                await other.end();
              }
            },
            { only: ['mysql'] },
          );
        }
      }
    } finally {
      await migrator.kill();
      remove();
      all.remove();
    }
    return {
      count: tally.wrong,
      of: tally.tried,
      target: 0,
      unit: 'runs with a statement without the lock',
      failures: tally.failures,
    };
  },
};
