// The session of the migrators' lock is ended before each statement in turn that a migrator sends.
import { setTimeout as sleep } from 'node:timers/promises';
import { connections, sql } from 'active-record-ts';
import { eachDatabase } from './databases.js';
import { Gate } from './gate.js';
import { contents } from './migrators.js';

/** Makes tables, writes rows, has an operation of several statements, and asks the database something. */
export const bodies = {
  one: `change() {
  this.createTable('users', { id: column.id(), name: column.string(40) });
  this.createTable('posts', { id: column.id() });
  this.addReference('posts', 'user', { nullable: true });
}`,
  two: `async up() {
  this.execute("INSERT INTO users (id, name) VALUES (1, 'Ada')");
  if (!(await this.columnExists('users', 'age'))) this.addColumn('users', 'age', column.integer().nullable());
  this.data(async ({ execute }) => { await execute("UPDATE users SET age = 36"); });
}
down() {}`,
};

const servers = {
  mysql: {
    granted: /^SELECT GET_LOCK/,
    holder: (name) => sql`SELECT IS_USED_LOCK(${`${name}:ar_migrations`}) AS holder`,
    end: (session) => `KILL ${session}`,
  },
  postgres: {
    granted: /^SELECT pg_try_advisory_lock/,
    holder: () => sql`
      SELECT min(pid) AS holder FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    end: (session) => `SELECT pg_terminate_backend(${session})`,
  },
};
/** Asks whether the lock is held still. */
const check = /^\s*SELECT (?:IS_USED_LOCK|count\(\*\) AS held)/;
/** Changes something; of what the migrator writes down for itself not how far it has come. */
const work = /^\s*(?:CREATE|ALTER|DROP|RENAME|TRUNCATE|DELETE|INSERT|UPDATE (?!["`]?ar_migration_steps))/;
const isOwn = (text) => work.test(text) && !/["`]?ar_migration/.test(text);

/**
 * Whether a migrator has asked for its lock before each statement, and sent nothing after an answer that was no.
 *
 * @param sent all that it has sent while it had the lock
 * @param lost how many of them, before the lock was lost
 */
function isCareful(sent, lost) {
  let own = 0;
  for (const [place, text] of sent.entries()) {
    if (check.test(text)) {
      own = 0;
      if (place >= lost) return !sent.slice(place).some((late) => work.test(late));
    } else if (work.test(text)) {
      // The one for which it was asked is on its way; what follows has to be asked for anew.
      if (own > 0) return false;
      if (isOwn(text)) own++;
    }
  }
  return true;
}

/** Ends the lock's session. */
async function loseLock(server, name) {
  const { holder } = servers[server];
  const connection = connections.get();
  const [row] = await connection.query(holder(name));
  if (row?.holder === null || row?.holder === undefined) return;
  await connection.query(sql.unsafe(servers[server].end(Number(row.holder))));
  while ((await connection.query(holder(name)))[0]?.holder !== null) await sleep(2);
}

/**
 * Migrates, and ends the lock's session before the statement of that number is let through.
 *
 * @returns what was sent, whether that was right, and what a run without a fault leads to afterwards
 */
async function migrateLosing(moment, { dialect, url, migrator, folder }) {
  const target = new URL(url);
  const name = target.pathname.slice(1);
  const sent = [];
  let isGranted = false;
  const gate = new Gate(dialect, target, async (text) => {
    if (isGranted && sent.length === moment) await loseLock(dialect, name);
    if (isGranted) sent.push(text);
    else isGranted = servers[dialect].granted.test(text);
  });
  target.port = String(await gate.open());
  const answer = await migrator.migrate({ url: target.href, folder }).finally(() => gate.close());
  const again = await migrator.migrate({ url, folder });
  // Where all of it is one transaction it is enough that nothing of it is kept.
  const isRight = dialect === 'postgres' || isCareful(sent, moment);
  return { isRight, answer, again, sent, found: await contents(dialect) };
}

/** On each server, at each moment or at every `step`-th. */
export async function atEveryMoment(context, { migrator, folder, step, tally }) {
  for (const dialect of ['mysql', 'postgres']) {
    let clean;
    for (let moment = 0, last = 0; moment <= last; moment += step) {
      await eachDatabase(
        context,
        async ({ url }) => {
          // The first run is without a fault: it tells how many moments there are, and what is to come out.
          const given = clean === undefined ? Number.POSITIVE_INFINITY : moment;
          const run = await migrateLosing(given, { dialect, url, migrator, folder });
          clean ??= run.found;
          if (given === Number.POSITIVE_INFINITY) {
            last = run.sent.length - 1;
            moment -= step;
          }
          // What the database cannot tell, such as an INSERT that was under way, is asked.
          const isAsked = run.again?.codes?.[0] === 'AR_MIGRATION_IN_DOUBT';
          tally.check(
            run.isRight && (isAsked || run.found === clean),
            () => `${dialect} at ${given}: ${JSON.stringify(run)}`,
          );
        },
        { only: [dialect] },
      );
    }
  }
}
