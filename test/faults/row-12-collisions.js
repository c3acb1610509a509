// Transactions that get in each other's way, with retries: both are committed, and no money is made or lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { BaseModel, column, connect, connections, createAll, Deadlocked, disconnect, LockTimeout, sql, transaction } from 'active-record-ts'; // biome-ignore format: one line
import { eachDatabase } from './support/databases.js';
import { inParallel, outcomeOf } from './support/random.js';
import { none, Tally } from './support/tally.js';

class Account extends BaseModel.with({ id: column.id(), balance: column.integer() }) {}
class FarAccount extends Account {
  static connectionName = 'far';
  static tableName = 'accounts';
}

/** Pairs at a time. */
const width = 10;
const add = (Model, { id }, amount) => Model.where({ id }).updateCounters({ balance: amount });

/** How many have come; resolves when all have. */
function meeting(size) {
  let missing = size;
  let open;
  const all = new Promise((resolve) => {
    open = resolve;
  });
  return () => {
    missing--;
    if (missing <= 0) open();
    return all;
  };
}

/** Errors that a transaction was run again after, as the back-off is asked for each. */
const retries = (seen) => ({
  times: 10,
  backoff: (attempt) => {
    seen.runs++;
    return 5 * attempt * (0.5 + Math.random());
  },
});

/** Each has one row and wants the other's. */
async function deadlock(seen) {
  const [one, other] = [await Account.create({ balance: 100 }), await Account.create({ balance: 100 })];
  const meet = meeting(2);
  const move = (from, to) => {
    let isFirst = true;
    return transaction(
      async () => {
        await add(Account, from, -10);
        if (isFirst) {
          isFirst = false;
          await meet();
        }
        await add(Account, to, 10).catch((error) => {
          if (error instanceof Deadlocked) seen.deadlocks++;
          throw error;
        });
        await add(Account, from, -1);
        await add(Account, to, 1);
      },
      { retries: retries(seen) },
    );
  };
  const outcomes = await Promise.allSettled([move(one, other), move(other, one)]);
  const balances = await Account.where({ id: [one.id, other.id] })
    .order('id')
    .pluck('balance');
  return { outcomes, balances, expected: [100, 100] };
}

const lockWaits = {
  async mysql() {
    await connections.get().execute(sql`SET SESSION innodb_lock_wait_timeout = 1`);
  },
  async postgres() {
    await connections.get().execute(sql`SET LOCAL lock_timeout = '40ms'`);
  },
};

/** One has the row for longer than the other is ready to wait. */
async function lockWait(dialect, seen) {
  const account = await Account.create({ balance: 100 });
  const free = meeting(2);
  const begun = meeting(2);
  const holder = transaction(async () => {
    await add(Account, account, -10);
    await begun();
    await free();
  });
  let isFirst = true;
  const waiter = transaction(
    async () => {
      if (isFirst) await begun();
      await lockWaits[dialect]();
      try {
        await add(Account, account, 10);
      } catch (error) {
        if (error instanceof LockTimeout) seen.timeouts++;
        throw error;
      } finally {
        if (isFirst) free();
        isFirst = false;
        free();
      }
    },
    { retries: retries(seen) },
  );
  const outcomes = await Promise.allSettled([holder, waiter]);
  return { outcomes, balances: [(await account.reload()).balance], expected: [100] };
}

/** SQLite has one writer: another connection, as of another process, has it for longer than this one waits. */
async function busy(seen) {
  const account = await Account.create({ balance: 100 });
  let isTaken = () => undefined;
  const taken = new Promise((resolve) => {
    isTaken = resolve;
  });
  const before = seen.runs;
  const holder = FarAccount.transaction(async () => {
    await add(FarAccount, account, -10);
    isTaken();
    while (seen.runs === before) await sleep(5);
  });
  await taken;
  const waiter = transaction(() => add(Account, account, 10), {
    retries: {
      times: 10,
      backoff: () => {
        seen.runs++;
        seen.timeouts++;
        return 20;
      },
    },
  });
  const outcomes = await Promise.allSettled([holder, waiter]);
  return { outcomes, balances: [(await account.reload()).balance], expected: [100] };
}

export default {
  number: 12,
  title: 'deadlocks and lock timeouts with retries',
  async run(context) {
    const tally = new Tally();
    const seen = { deadlocks: 0, timeouts: 0, runs: 0 };
    const servers = ['mysql', 'postgres'].filter((kind) => context.servers[kind] !== null).length;
    const share = (whole, parts) => (context.quick ? 4 : Math.ceil(whole / Math.max(1, parts)));
    await eachDatabase(
      context,
      async ({ dialect, url }) => {
        await createAll([Account]);
        const note = (what, { outcomes, balances, expected }) => {
          const failed = outcomes.filter(({ status }) => status === 'rejected');
          tally.check(
            failed.length === 0 && String(balances) === String(expected),
            () => `${dialect}: ${what}: ${failed.map(({ reason }) => reason)}; balances ${balances}`,
          );
        };
        const many = (length) => Array.from({ length }, (_, index) => index);
        const before = { ...seen };
        const [deadlocks, timeouts] = [share(200, servers), share(100, servers + 1)];
        if (dialect === 'sqlite') {
          await connect(url, { name: 'far' });
          for (const _ of many(timeouts)) note('busy', await busy(seen));
          await disconnect('far');
        } else {
          await inParallel(many(deadlocks), width, async () => note('deadlock', await deadlock(seen)));
          await inParallel(many(timeouts), width, async () => note('lock timeout', await lockWait(dialect, seen)));
          const met = seen.deadlocks - before.deadlocks;
          tally.check(met >= deadlocks, () => `${dialect}: only ${met} deadlocks of ${deadlocks}`);
        }
        const met = seen.timeouts - before.timeouts;
        tally.check(met >= timeouts, () => `${dialect}: only ${met} lock timeouts of ${timeouts}`);
        const { error } = await outcomeOf(async () => {
          const { inUse } = connections.get().pool;
          if (inUse > 0) throw new Error(`${inUse} connections were not given back`);
        });
        tally.check(error === undefined, () => `${dialect}: ${error}`);
      },
      {
        options: ({ dialect }) =>
          dialect === 'sqlite' ? { acquireTimeout: 60 } : { pool: width * 2 + 2, acquireTimeout: 60_000 },
      },
    );
    return none(
      tally,
      'not both committed, or wrong sums',
      `${seen.deadlocks} deadlocks, ${seen.timeouts} lock timeouts met`,
    );
  },
};
