/** What happens to records while their associations are being loaded, and what a query hands on to the statements of what it includes. */
import { channel } from 'node:diagnostics_channel';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasMany,
  type Query,
  type StatementEvent,
  sql,
  transaction,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

/** Holds a statement up for a moment, where the database can do something else meanwhile. */
let slowly = sql`1 = 1`;

class Writer extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  token: column.string().default('hidden away').sensitive(),
  get essays() {
    return hasMany(Essay);
  },
  get slowEssays() {
    return hasMany(Essay, { scope: (essays: Query<typeof Essay>) => essays.where(slowly) });
  },
  get remarks() {
    return hasMany(Remark, { through: 'essays' });
  },
}) {}
class Essay extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  writerId: column.references('writers').nullable(),
  get writer() {
    return belongsTo(Writer, { optional: true });
  },
  get remarks() {
    return hasMany(Remark);
  },
}) {}
class Remark extends BaseModel.with({
  id: column.id(),
  text: column.string(),
  essayId: column.references('essays'),
  get essay() {
    return belongsTo(Essay);
  },
}) {}

/** Runs once, when the first statement about a table has been answered and nobody has seen the answer yet. */
async function onAnswer(table: string, hook: () => void, run: () => Promise<unknown>): Promise<void> {
  const ended = channel('tracing:active-record-ts:statement:asyncEnd');
  let isDone = false;
  const note = (event: unknown) => {
    if (isDone || !(event as StatementEvent).sql.includes(table)) return;
    isDone = true;
    hook();
  };
  ended.subscribe(note);
  try {
    await run();
  } finally {
    ended.unsubscribe(note);
  }
  expect(isDone).toBe(true);
}

describeModels('meanwhile', [Writer, Essay, Remark], ({ dialect }) => {
  emptyBeforeEach('remarks', 'essays', 'writers');
  let ada: Writer;
  let bob: Writer;
  beforeEach(async () => {
    slowly =
      dialect === 'mysql'
        ? sql`SLEEP(0.05) = 0`
        : dialect === 'postgres'
          ? sql`EXISTS (SELECT 1 FROM pg_sleep(0.1))`
          : sql`1 = 1`;
    ada = await Writer.create({ name: 'Ada' });
    bob = await Writer.create({ name: 'Bob' });
    for (const { id } of [ada, bob]) {
      for (const title of ['one', 'two']) {
        const essay = await Essay.create({ title, writerId: id });
        await Remark.insertAll([
          { text: 'a', essayId: essay.id },
          { text: 'b', essayId: essay.id },
        ]);
      }
    }
  });

  describe('a load under way', () => {
    test('gives nothing to a record that refers to another one by now', async () => {
      const essays = await Essay.order('id');
      const [first, second] = essays;
      if (first === undefined || second === undefined) throw new Error('there are essays');
      await onAnswer(
        'writers',
        () => {
          first.writerId = bob.id;
          second.writerId = bob.id;
        },
        async () => expect((await first.writer)?.name).toBe('Bob'),
      );
      expect((await second.writer)?.name).toBe('Bob');
      expect(await Promise.all(essays.map(async (essay) => (await essay.writer)?.name))).toEqual([
        'Bob',
        'Bob',
        'Bob',
        'Bob',
      ]);
    });

    test('leaves out a record that the program has frozen', async () => {
      const [first, second, third] = await Essay.order('id');
      Object.freeze(second);
      expect((await first?.writer)?.name).toBe('Ada');
      expect(third?.writer.loaded).toBe(true);
    });

    test('does not bring back what was reset', async () => {
      const writer = await Writer.find(ada.id);
      const statements = await statementsOf(() =>
        onAnswer(
          'essays',
          () => writer.essays.reset(),
          async () => expect(await writer.essays).toHaveLength(2),
        ),
      );
      expect(statements).toHaveLength(2);
    });

    test('knows what is created and removed', async () => {
      const [one, other] = await Writer.order('id');
      if (one === undefined || other === undefined) throw new Error('there are writers');
      const [, , made] = await Promise.all([
        one.slowEssays.load(),
        other.slowEssays.load(),
        one.slowEssays.create({ title: 'three' }),
      ]);
      const essays = await one.slowEssays;
      expect(essays.map(({ id }) => id)).toContain(made.id);
      expect(essays).toHaveLength(3);
      expect(await other.slowEssays).toHaveLength(2);
      const again = await Writer.find(ada.id);
      await Promise.all([again.slowEssays.load(), again.slowEssays.remove(made)]);
      expect(await again.slowEssays).toHaveLength(2);
    });

    test('fails for everybody who waits, each with an error of its own, and can be tried again', async () => {
      const essays = await Essay.order('id');
      const db = connections.get();
      await db.execute(sql`ALTER TABLE writers RENAME TO writers_away`);
      const results = await Promise.allSettled(essays.map((essay) => essay.writer.load()));
      await db.execute(sql`ALTER TABLE writers_away RENAME TO writers`);
      const reasons = results.map((result) => (result.status === 'rejected' ? (result.reason as Error) : undefined));
      for (const reason of reasons) expect(reason).toMatchObject({ code: 'AR_TABLE_MISSING' });
      expect(new Set(reasons).size).toBe(4);
      expect(await Promise.all(essays.map(async (essay) => (await essay.writer)?.name))).toEqual([
        'Ada',
        'Ada',
        'Bob',
        'Bob',
      ]);
    });
  });

  describe('the statements of what is included', () => {
    test.each(['essays', 'remarks'])('end with the signal of their query: %s', async (table) => {
      const controller = new AbortController();
      const started = channel('tracing:active-record-ts:statement:start');
      const note = (event: unknown) => {
        if ((event as StatementEvent).sql.includes(table)) controller.abort();
      };
      started.subscribe(note);
      const error = await errorOf(() => Writer.includes({ essays: 'remarks' }).signal(controller.signal));
      started.unsubscribe(note);
      expect(error).toMatchObject({ code: 'AR_QUERY_ABORTED' });
    });

    test.runIf(dialect !== 'sqlite')('have its time', async () => {
      slowly = dialect === 'mysql' ? sql`SLEEP(5) = 0` : sql`EXISTS (SELECT 1 FROM pg_sleep(5))`;
      expect(await errorOf(() => Writer.includes('slowEssays').timeout(200))).toMatchObject({
        code: 'AR_QUERY_TIMEOUT',
      });
    });

    test('are locked as they say, or not sent', async () => {
      expect(await errorOf(() => Writer.includes({ essays: (essays) => essays.lock() }))).toMatchObject({
        code: 'AR_QUERY_INVALID',
      });
      await transaction(async () => {
        expect(await errorOf(() => Writer.includes({ essays: (essays) => essays.limit(1).lock() }))).toMatchObject({
          code: 'AR_QUERY_INVALID',
        });
        const writers = await Writer.order('id').includes({ remarks: (remarks) => remarks.lock() });
        expect(writers.map(({ remarks }) => remarks.length)).toEqual([4, 4]);
      });
    });

    test('give each row once, whatever a scope joins to them', async () => {
      const [writer] = await Writer.order('id').includes({ essays: (essays) => essays.joins('remarks') });
      expect(writer?.essays.length).toBe(2);
    });
  });

  test('a loaded reference is its record in JSON, without what is sensitive', async () => {
    const [essay] = await Essay.order('id').limit(1).includes('writer');
    expect(JSON.parse(JSON.stringify({ writer: essay?.writer }))).toEqual({ writer: { id: ada.id, name: 'Ada' } });
  });
});
