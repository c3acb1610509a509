/** Calls of `find(key)` that wait at the same turn are one statement, and nobody can tell but by counting. */
import { BaseModel, column, connect, connections, disconnect, sql, transaction } from 'active-record-ts';
import { recordQueries } from 'active-record-ts/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  pages: column.integer().nullable(),
}) {}
class Shelf extends BaseModel.with({ id: column.bigint().primaryKey(), name: column.string() }) {}
class Room extends BaseModel.with({ id: column.smallint().primaryKey(), name: column.string() }) {}
class Loan extends BaseModel.with({ id: column.uuid().primaryKey(), cover: column.binary().nullable() }) {}
class Country extends BaseModel.with({ code: column.string(2).primaryKey(), name: column.string() }) {
  static override tableName = 'coalesced_countries';
}
class Seat extends BaseModel.with({
  row: column.integer().primaryKey(),
  number: column.integer().primaryKey(),
  taken: column.boolean().default(false),
}) {}

const titles = (books: readonly Book[]) => books.map(({ title }) => title);

/** `SELECT`, `UPDATE` … of each statement. */
const verbs = (statements: readonly string[]) => statements.map((statement) => statement.split(' ')[0]);

describeModels('finds of one turn', [Book, Shelf, Room, Loan, Country, Seat], (database) => {
  emptyBeforeEach('books', 'shelves', 'rooms', 'loans', 'coalesced_countries', 'seats');

  let ids: number[] = [];
  beforeEach(async () => {
    ids = [];
    for (let pages = 0; pages < 5; pages++) ids.push((await Book.create({ title: `Book ${pages + 1}`, pages })).id);
  });
  const idAt = (index: number) => ids[index] ?? 0;
  const one = () => idAt(0);
  const two = () => idAt(1);
  const three = () => idAt(2);
  const titleOf = async (id: number) => (await Book.findBy({ id }))?.title;

  describe('are one statement', () => {
    it('under Promise.all', async () => {
      const wanted = await titleOf(two());
      const { result, statements } = await recordQueries(() => Promise.all(ids.map((id) => Book.find(id))));
      expect(result.map(({ id }) => id)).toEqual(ids);
      expect(result[1]?.title).toBe(wanted);
      expect(statements).toHaveLength(1);
      expect(statements[0]).toMatchObject({ coalesced: 5, rows: 5 });
      // Five keys and three more places: the text of eight.
      expect(statements[0]?.binds).toHaveLength(8);
    });

    it('of any number of functions, for 64 calls and for 2,500', async () => {
      await Book.deleteAll({ everyRow: true });
      await Book.insertAll(
        Array.from({ length: 2_500 }, (_, index) => ({ id: index + 1, title: `Book ${index + 1}` })),
      );
      const load = async (id: number) => (await Book.find(id)).title;
      const all = (count: number) => Promise.all(Array.from({ length: count }, (_, index) => load(index + 1)));
      const few = await recordQueries(() => all(64));
      expect(few.statements.map(({ coalesced }) => coalesced)).toEqual([64]);
      expect(few.result).toEqual(Array.from({ length: 64 }, (_, index) => `Book ${index + 1}`));
      const many = await recordQueries(() => all(2_500));
      // On several connections of the pool: which of them is free first, nobody knows.
      const sizes = many.statements.map(({ coalesced = 1 }) => coalesced);
      expect(sizes.sort((a, b) => a - b)).toEqual([500, 1_000, 1_000]);
      expect(many.result.at(-1)).toBe('Book 2500');
    });

    it('also where one begins a few promises later than another', async () => {
      const late = async () => {
        for (let index = 0; index < 10; index++) await null;
        return Book.find(two());
      };
      const { statements } = await recordQueries(() => Promise.all([Book.find(one()), late()]));
      expect(statements).toHaveLength(1);
    });

    it('but not those of another turn, nor of another model', async () => {
      await Room.create({ id: 1, name: 'Hall' });
      const later = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return Book.find(two());
      };
      const { statements } = await recordQueries(() =>
        Promise.all([Book.find(one()), later(), Room.find(1), Book.find(three()), Room.find(1)]),
      );
      expect(statements.map(({ coalesced }) => coalesced)).toEqual([2, 2, undefined]);
    });

    it('which is what one call sends, where it is alone', async () => {
      const [alone] = await statementsOf(() => Book.find(one()));
      expect(alone).toMatch(/ WHERE .id. = (\?|\$1) LIMIT 1$/);
      const { statements } = await recordQueries(() => Book.find(one()));
      expect(statements[0]).not.toHaveProperty('coalesced');
      expect(await statementsOf(() => Promise.all([Book.find(one()), Book.find(one())]))).toEqual([alone]);
    });

    // (The drivers of servers use process.nextTick themselves.)
    it.runIf(database.dialect === 'sqlite')('whatever clock a test has put in place', async () => {
      const clock = vi.spyOn(process, 'nextTick').mockImplementation(() => undefined);
      try {
        expect((await Book.find(one())).id).toBe(one());
      } finally {
        clock.mockRestore();
      }
    });
  });

  describe('give each caller', () => {
    it('a record of its own, also for the same key', async () => {
      const [a, b, c] = await Promise.all([Book.find(one()), Book.find(one()), Book.find(two())]);
      expect(a).not.toBe(b);
      a.title = 'Changed';
      expect(b.title).not.toBe('Changed');
      expect(b.changed).toEqual([]);
      await a.save();
      expect((await b.reload()).title).toBe('Changed');
      expect(c.id).toBe(two());
    });

    it('bytes of its own', async () => {
      const { id } = await Loan.create({ cover: new Uint8Array([1, 2, 3]) });
      const [a, b] = await Promise.all([Loan.find(id), Loan.find(id)]);
      a.cover?.fill(9);
      expect([...(b.cover ?? [])]).toEqual([1, 2, 3]);
      expect(a.id).toBe(b.id);
    });

    it('an error of its own where its key has no row', async () => {
      const findMissing = (id: number) => Book.find(id);
      const outcomes = await Promise.allSettled([
        Book.find(one()),
        findMissing(900_001),
        Book.find(two()),
        findMissing(900_002),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
      const [, first, , second] = outcomes.map((each) => (each.status === 'rejected' ? each.reason : undefined));
      expect(first).toMatchObject({ code: 'AR_RECORD_NOT_FOUND', model: 'Book', keys: [900_001] });
      expect(first.message).toContain('There is no Book with id 900001.');
      expect(second).toMatchObject({ keys: [900_002] });
    });

    it('an error of its own, with its own line, where the statement fails', async () => {
      class Missing extends BaseModel.with({ id: column.id() }) {
        static override tableName = 'no_such_table';
      }
      async function callerOne() {
        await Missing.find(1);
      }
      async function callerTwo() {
        return await Promise.all([Missing.find(2), Missing.find(3)]);
      }
      const [a, b] = await Promise.all([errorOf(callerOne), errorOf(callerTwo)]);
      for (const error of [a, b]) {
        expect(error).toMatchObject({
          code: 'AR_TABLE_MISSING',
          name: 'TableMissing',
          sql: expect.stringContaining('IN ('),
        });
        expect(error).toBeInstanceOf(Error);
        expect(error.binds).toEqual([1, 2, 3, 3]);
        expect(Object.keys(error)).not.toContain('binds');
        expect(error.stack).toMatch(/^TableMissing: /);
      }
      expect(a).not.toBe(b);
      expect(a.cause).toBe(b.cause);
      expect(a.stack).toContain('callerOne');
      expect(a.stack).not.toContain('callerTwo');
      expect(b.stack).toContain('callerTwo');
      // One that is alone is no different.
      expect((await errorOf(callerOne)).stack).toContain('callerOne');
    });

    it('what it asked for, where the key of another cannot be in the column', async () => {
      await Room.insertAll([1, 2].map((id) => ({ id, name: `Room ${id}` })));
      const outcomes = await Promise.allSettled([Room.find(1), Room.find(40_000), Room.find(2)]);
      expect(outcomes[0]).toMatchObject({ status: 'fulfilled', value: { name: 'Room 1' } });
      expect(outcomes[1].status).toBe('rejected');
      expect(outcomes[2]).toMatchObject({ status: 'fulfilled', value: { name: 'Room 2' } });
    });

    it('the same where only the database knows how narrow the column is', async () => {
      class WideRoom extends BaseModel.with({ id: column.id(), name: column.string() }) {
        static override tableName = 'rooms';
      }
      await Room.insertAll([1, 2].map((id) => ({ id, name: `Room ${id}` })));
      const outcomes = await Promise.allSettled([WideRoom.find(1), WideRoom.find(40_000), WideRoom.find(2)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });

    it('an error of the key itself, before anything is sent', async () => {
      const { result, statements } = await recordQueries(() =>
        Promise.allSettled([Book.find(one()), Book.find('x' as never), Book.find(two())]),
      );
      expect(result.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(statements).toHaveLength(1);
    });
  });

  describe('by keys', () => {
    it('of 64 bits', async () => {
      const big = 2n ** 62n;
      await Shelf.insertAll([
        { id: big, name: 'High' },
        { id: big + 1n, name: 'Higher' },
      ]);
      const { result, statements } = await recordQueries(() => Promise.all([Shelf.find(big), Shelf.find(big + 1n)]));
      expect(result.map(({ name }) => name)).toEqual(['High', 'Higher']);
      expect(statements).toHaveLength(1);
    });

    it('that are uuids, in whatever letters', async () => {
      const [a, b] = await Promise.all([Loan.create({}), Loan.create({})]);
      const { result, statements } = await recordQueries(() =>
        Promise.all([
          Loan.find(a.id.toUpperCase()),
          Loan.find(b.id),
          Loan.find(a.id),
          Loan.find(a.id.replaceAll('-', '')),
        ]),
      );
      expect(result.map(({ id }) => id)).toEqual([a.id, b.id, a.id, a.id]);
      expect(statements.map(({ coalesced, binds }) => [coalesced, binds.length])).toEqual([[4, 2]]);
    });

    it('that are text, or of several columns, are a statement each', async () => {
      await Country.insertAll([
        { code: 'DE', name: 'Germany' },
        { code: 'FR', name: 'France' },
      ]);
      await Seat.insertAll([1, 2].map((number) => ({ row: 1, number })));
      expect(await statementsOf(() => Promise.all([Country.find('DE'), Country.find('FR')]))).toHaveLength(2);
      const seats = () => Promise.all([1, 2].map((number) => Seat.find({ row: 1, number })));
      expect(await statementsOf(seats)).toHaveLength(2);
    });

    it('with a condition are a statement each', async () => {
      const asked = Book.where({ pages: [0, 1, 2, 3, 4] });
      expect(await statementsOf(() => Promise.all(ids.map((id) => asked.find(id))))).toHaveLength(5);
      expect(await statementsOf(() => Promise.all(ids.map((id) => Book.select('id', 'title').find(id))))).toHaveLength(
        5,
      );
    });
  });

  describe('keep the order of statements', () => {
    it('of a find and a save of the same turn', async () => {
      const book = await Book.find(one());
      book.title = 'Changed';
      const before = await statementsOf(() => Promise.all([Book.find(one()), Book.find(two()), book.save()]));
      expect(verbs(before)).toEqual(['SELECT', 'UPDATE']);
      // In which order these two get to their statements is the affair of save: each is sent, and once.
      book.title = 'Changed again';
      const after = await statementsOf(() => Promise.all([book.save(), Book.find(one()), Book.find(two())]));
      expect(verbs(after).sort()).toEqual(['SELECT', 'UPDATE']);
    });

    it('of a write and a find behind it', async () => {
      const write = async () => {
        const writing = Book.where({ id: one() }).updateAll({ title: 'Written' });
        for (let index = 0; index < 5; index++) await null;
        const [found] = await Promise.all([Book.find(one()), Book.find(two()), writing]);
        return found.title;
      };
      expect(await transaction(write)).toBe('Written');
    });

    it('of finds and statements of your own, in a transaction', async () => {
      const write = (pages: number) =>
        connections.get().execute(sql`UPDATE books SET pages = ${pages} WHERE id = ${one()}`);
      const { result, statements } = await recordQueries(() =>
        transaction(async () => {
          const pages = async () => {
            const [book] = await Promise.all([Book.find(one()), Book.find(two())]);
            return book.pages;
          };
          const before = pages();
          await null;
          await null;
          const writing = write(100);
          const between = pages();
          await null;
          await null;
          return Promise.all([before, writing.then(() => write(200)), between, pages()]);
        }),
      );
      expect(verbs(statements.map(({ sql: text }) => text)).slice(0, 3)).toEqual(['SELECT', 'UPDATE', 'SELECT']);
      expect(result?.[0]).toBe(0);
      expect(result?.[2]).toBe(100);
    });

    it('of finds and a transaction that begins after them', async () => {
      const { statements } = await recordQueries(
        async () => {
          const found = Book.find(one());
          await null;
          await Promise.all([found, transaction(() => Book.count())]);
        },
        { transactions: true },
      );
      expect(verbs(statements.map(({ sql: text }) => text))).toEqual([
        'SELECT',
        expect.stringMatching(/BEGIN|START/),
        'SELECT',
        'COMMIT',
      ]);
    });
  });

  describe('in transactions', () => {
    it('are sent in theirs, and see what it has written', async () => {
      await transaction(async () => {
        const { id } = await Book.create({ title: 'Inside' });
        const { result, statements } = await recordQueries(() => Promise.all([Book.find(id), Book.find(one())]));
        expect(result[0].title).toBe('Inside');
        expect(statements).toHaveLength(1);
        await transaction(async () => {
          await Book.where({ id }).updateAll({ title: 'Deeper' });
          expect(titles(await Promise.all([Book.find(id), Book.find(id)]))).toEqual(['Deeper', 'Deeper']);
        });
      });
    });

    it('of two at once do not mix, nor with what is outside', async () => {
      const both = () => Promise.all([Book.find(one()), Book.find(two())]);
      const { statements } = await recordQueries(() => Promise.all([transaction(both), transaction(both), both()]));
      expect(statements.map(({ coalesced }) => coalesced)).toEqual([2, 2, 2]);
    });

    it('are sent before the COMMIT where nobody awaits them', async () => {
      let left: Promise<Book[]> | undefined;
      const { statements } = await recordQueries(
        () =>
          transaction(async () => {
            left = Promise.all([Book.find(one()), Book.find(two())]);
            await null;
          }),
        { transactions: true },
      );
      expect((await left)?.length).toBe(2);
      expect(verbs(statements.map(({ sql: text }) => text)).slice(1)).toEqual(['SELECT', 'COMMIT']);
    });

    it('are refused once it has ended', async () => {
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      // Begun inside, so that it is in the scope of the transaction, and done when that is over.
      const late = await transaction(async () => ({
        errors: ended.then(() => Promise.all([errorOf(() => Book.find(one())), errorOf(() => Book.find(two()))])),
      }));
      end();
      const [a, b] = (await late?.errors) ?? [];
      expect([a, b]).toMatchObject([{ code: 'AR_TRANSACTION_CLOSED' }, { code: 'AR_TRANSACTION_CLOSED' }]);
      expect(a).not.toBe(b);
    });
  });

  it('are sent before their connection is closed, and refused after', async () => {
    class Other extends BaseModel.with({ id: column.id(), title: column.string() }) {
      static override tableName = 'books';
      static override connectionName = 'other';
    }
    const other = await connect(database.url, { name: 'other' });
    await Other.find(one());
    const found = Promise.all([Other.find(one()), Other.find(two())]);
    await null;
    await other.close();
    expect(await found).toHaveLength(2);
    const errors = await Promise.all([errorOf(() => Other.find(one())), errorOf(() => Other.find(two()))]);
    expect(errors).toMatchObject([{ code: 'AR_CONNECTION_CLOSED' }, { code: 'AR_CONNECTION_CLOSED' }]);
    await disconnect('other');
  });
});
