/** What users' tests import: statements are counted for the function alone that sends them. */
import {
  ActiveRecordError,
  BaseModel,
  column,
  connect,
  connections,
  disconnect,
  sql,
  transaction,
} from 'active-record-ts';
import { assertQueries, QueryCountMismatch, recordQueries } from 'active-record-ts/testing';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class Song extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  secret: column.string().sensitive().nullable(),
}) {}

describeModels('active-record-ts/testing', [Song], (database) => {
  emptyBeforeEach('songs');

  describe('assertQueries', () => {
    it('gives what the function gives', async () => {
      const song = await assertQueries(1, () => Song.create('Ode'));
      expect(await assertQueries(1, () => Song.find(song.id))).toMatchObject({ name: 'Ode' });
      expect(await assertQueries(0, () => 'nothing')).toBe('nothing');
    });

    it('sends a query that the function gives back unsent, and counts it', async () => {
      expect(await assertQueries(1, () => Song.where({ name: 'Ode' }))).toEqual([]);
    });

    it('lists each statement where there are more or fewer', async () => {
      await Song.create({ name: 'Ode', secret: 'planted' });
      const error = await errorOf(() =>
        assertQueries(1, async () => {
          await Song.where({ secret: 'planted' }).count();
          await Song.where({ name: 'Ode' }).count();
        }),
      );
      expect(error).toBeInstanceOf(QueryCountMismatch);
      expect(error).toBeInstanceOf(ActiveRecordError);
      expect(error).toMatchObject({ code: 'AR_QUERY_COUNT', statements: [expect.any(String), expect.any(String)] });
      const [head, ...lines] = error.message.split('\n');
      expect(head).toBe('Expected 1 statement to be sent, but 2 were sent:');
      expect(lines).toEqual([
        expect.stringMatching(/^ {2}1\. SELECT COUNT.*songs.*\[hidden\]/),
        expect.stringMatching(/^ {2}2\. SELECT COUNT.*songs.*'Ode'/),
      ]);
      expect(error.message).not.toContain('planted');
      expect(error.stack).toContain('testing.test.ts');
      expect((await errorOf(() => assertQueries(2, () => Song.count()))).message).toMatch(
        /2 statements .*1 was sent:\n/,
      );
      expect((await errorOf(() => assertQueries({ atLeast: 1 }, () => 1))).message).toBe(
        'Expected at least 1 statement to be sent, but 0 were sent.',
      );
    });

    it('takes bounds', async () => {
      const twice = async () => [await Song.count(), await Song.count()];
      await assertQueries({ atMost: 2 }, twice);
      await assertQueries({ atLeast: 2 }, twice);
      await assertQueries({ atLeast: 1, atMost: 3 }, twice);
      expect((await errorOf(() => assertQueries({ atMost: 1 }, twice))).message).toContain('at most 1 statement ');
      expect((await errorOf(() => assertQueries({ atLeast: 3, atMost: 4 }, twice))).message).toContain(
        'at least 3 statements and at most 4 statements to be sent, but 2 were sent',
      );
    });

    it.each([
      undefined,
      null,
      -1,
      1.5,
      Number.NaN,
      '1',
      {},
      { atMost: '1' },
      { atMost: -1 },
      { atLeast: 2, atMost: 1 },
    ])('refuses %j for a number, before it runs anything', async (expected) => {
      const error = await errorBeforeSending(() => assertQueries(expected as never, () => Song.count()));
      expect(error.code).toBe('AR_QUERY_INVALID');
    });

    it('throws what the function throws', async () => {
      const thrown = new Error('mine');
      expect(
        await errorOf(() =>
          assertQueries(0, () => {
            throw thrown;
          }),
        ),
      ).toBe(thrown);
    });

    it('counts statements that fail', async () => {
      const failing = () => connections.get().query(sql`SELECT * FROM no_such_table`);
      await assertQueries(1, () => errorOf(failing));
    });

    it('counts a transaction only where it is asked to', async () => {
      const nested = () => transaction(() => transaction(() => Song.create('Ode')));
      await assertQueries(1, nested);
      await assertQueries(5, nested, { transactions: true });
    });

    it('counts the statements of all connections', async () => {
      const other = await connect(database.url, { name: 'other' });
      await assertQueries(2, async () => {
        await Song.count();
        await other.query(sql`SELECT 1 AS one`);
      });
      await disconnect('other');
    });
  });

  describe('what runs beside it is not counted', () => {
    it('under Promise.all', async () => {
      const { id } = await Song.create('Ode');
      await Promise.all([
        Song.find(id),
        assertQueries(1, () => Song.find(id)),
        assertQueries(2, async () => [await Song.find(id), await Song.find(id)]),
        Song.count(),
      ]);
    });

    it('nor what was sent before, or is sent after', async () => {
      const before = Song.count();
      const { statements } = await recordQueries(() => Song.count());
      await Song.count();
      await before;
      expect(statements).toHaveLength(1);
    });

    it('but what is inside another count is counted there too', async () => {
      await assertQueries(3, async () => {
        await Song.count();
        await assertQueries(2, () => Promise.all([Song.count(), Song.count()]));
      });
    });
  });

  describe('finds that are one statement', () => {
    it('are counted as one, where they were called', async () => {
      const songs = await Promise.all(['Ode', 'Hymn'].map((name) => Song.create({ name })));
      const all = () => Promise.all(songs.map(({ id }) => Song.find(id)));
      await assertQueries(1, all);
      // The statement of somebody else sends them, and is not counted.
      const counted = assertQueries(1, all);
      await null;
      await Song.count();
      await counted;
      await assertQueries(1, () => transaction(all));
    });
  });

  describe('recordQueries', () => {
    it('gives the result and an event for each statement', async () => {
      const { result, statements } = await recordQueries(() => Song.create('Ode'));
      expect(result.name).toBe('Ode');
      expect(statements).toHaveLength(1);
      expect(statements[0]).toMatchObject({ connection: 'default', rows: 1, sql: expect.stringContaining('INSERT') });
      expect(statements[0]?.duration).toBeGreaterThanOrEqual(0);
    });
  });
});
