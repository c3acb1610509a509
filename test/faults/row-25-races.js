// A hundred at once want the same: one unique value, one counter, one version. Nothing is there twice, and nothing is lost.
import {
  BaseModel,
  column,
  createAll,
  RecordInvalid,
  RecordNotUnique,
  StaleObjectError,
  transaction,
} from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { outcomeOf } from './support/random.js';
import { none, Tally } from './support/tally.js';

class Person extends BaseModel.with({ id: column.id(), email: column.string(80).unique() }) {
  static validations = { email: { uniqueness: true } };
}
class Counter extends BaseModel.with({ id: column.id(), hits: column.integer().default(0) }) {}
class Sheet extends BaseModel.with({
  id: column.id(),
  edits: column.integer().default(0),
  lockVersion: column.lockVersion(),
}) {}

const together = (count, task) =>
  Promise.all(Array.from({ length: count }, (_, index) => outcomeOf(() => task(index))));
const failuresOf = (outcomes) => outcomes.map(({ error }) => error).filter((error) => error !== undefined);

async function unique(tally, label, email, count, task) {
  const failures = failuresOf(await together(count, () => task(email)));
  const typed = failures.every((error) => error instanceof RecordInvalid && error.record.errors.has('email', 'taken'));
  const rows = await Person.where({ email }).count();
  tally.check(
    rows === 1 && failures.length === count - 1 && typed,
    () =>
      `${label}: ${rows} rows, ${failures.length} failures, ${failures.find((error) => !(error instanceof RecordInvalid))}`,
  );
}

async function counter(tally, label, count, task) {
  const { id } = await Counter.create({});
  const failures = failuresOf(await together(count, () => task(id)));
  const { hits } = await Counter.find(id);
  tally.check(hits === count && failures.length === 0, () => `${label}: ${hits} of ${count}; ${failures[0]}`);
}

const counting = {
  increment: async (id) => (await Counter.find(id)).increment('hits'),
  updateCounters: (id) => Counter.where({ id }).updateCounters({ hits: 1 }),
  'increment in a transaction': (id) =>
    transaction(async () => (await Counter.find(id)).increment('hits'), { retries: 20 }),
  'a locked read and a save': (id) =>
    transaction(
      async () => {
        const found = await Counter.all().lock().find(id);
        await found.update({ hits: found.hits + 1 });
      },
      { retries: 20 },
    ),
};

/** Each writes what it has read until it is the only one to have changed it: conflicts and writes add up. */
async function version(tally, label, count) {
  const { id } = await Sheet.create({});
  let conflicts = 0;
  const outcomes = await together(count, async () => {
    for (;;) {
      const sheet = await Sheet.find(id);
      const { error } = await outcomeOf(() => sheet.update({ edits: sheet.edits + 1 }));
      if (error === undefined) return;
      if (!(error instanceof StaleObjectError)) throw error;
      conflicts++;
    }
  });
  const { edits, lockVersion } = await Sheet.find(id);
  const [failure] = failuresOf(outcomes);
  tally.check(
    edits === count && lockVersion === count && failure === undefined && conflicts > 0,
    () => `${label}: ${edits} edits, version ${lockVersion}, ${conflicts} conflicts; ${failure}`,
  );
}

export default {
  number: 25,
  title: 'races for a unique value, a counter and a version',
  async run(context) {
    const tally = new Tally();
    const [times, count] = context.quick ? [1, 20] : [8, 100];
    await eachDatabase(
      context,
      async ({ dialect }) => {
        await createAll([Person, Counter, Sheet]);
        for (let round = 0; round < times; round++) {
          await unique(tally, `${dialect}: create`, `create${round}`, count, (email) => Person.create({ email }));
          await unique(tally, `${dialect}: in transactions`, `inside${round}`, count, (email) =>
            transaction(() => Person.create({ email }), { retries: 20 }),
          );
          const found = await together(count, () => Person.createOrFindBy({ email: `found${round}` }));
          const ids = new Set(found.map(({ value }) => value?.id));
          tally.check(
            failuresOf(found).length === 0 && ids.size === 1,
            () => `${dialect}: createOrFindBy: ${ids.size} rows; ${failuresOf(found)[0]}`,
          );
          for (const [label, task] of Object.entries(counting))
            await counter(tally, `${dialect}: ${label}`, count, task);
          if (round === 0) await version(tally, `${dialect}: version`, count);
        }
        const direct = failuresOf(await together(2, () => Person.insertAll([{ email: 'create0' }])));
        tally.check(
          direct.length === 2 && direct.every((error) => error instanceof RecordNotUnique),
          () => `${dialect}: insertAll: ${direct[0]}`,
        );
      },
      { options: { pool: 16, acquireTimeout: 60_000 } },
    );
    return none(tally, 'doubled or lost', `${times} races of ${count} each`);
  },
};
