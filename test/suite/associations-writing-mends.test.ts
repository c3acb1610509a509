/** What breaks writing through associations in production: two saves at once, rollbacks, hostile input, partial records. */
import { describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  hasMany,
  hasOne,
  MissingAttribute,
  RecordDestroyed,
  Rollback,
  transaction,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(20),
  get books() {
    return hasMany(Book);
  },
  get shelvings() {
    return hasMany(Shelving);
  },
  get shelves() {
    return hasMany(Shelf, { through: 'shelvings' });
  },
  get desk() {
    return hasOne(Desk);
  },
}) {}
class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(20),
  authorId: column.references('authors').nullable(),
  get author() {
    return belongsTo(Author, { optional: true });
  },
}) {}
class Desk extends BaseModel.with({
  id: column.id(),
  wood: column.string(20),
  authorId: column.references('authors').nullable(),
  get author() {
    return belongsTo(Author, { optional: true });
  },
}) {}
class Reader extends BaseModel.with({
  id: column.id(),
  name: column.string(20),
  loansCount: column.integer().default(0),
  ...column.timestamps(),
  get loans() {
    return hasMany(Loan);
  },
}) {}
class Loan extends BaseModel.with({
  id: column.id(),
  readerId: column.references('readers'),
  get reader() {
    return belongsTo(Reader, { counterCache: true, touch: true });
  },
}) {}
class Shelf extends BaseModel.with({ id: column.id(), name: column.string(20) }) {}
class Shelving extends BaseModel.with({
  id: column.id(),
  authorId: column.references('authors'),
  shelfId: column.references('shelves'),
  get author() {
    return belongsTo(Author);
  },
  get shelf() {
    return belongsTo(Shelf);
  },
}) {}
class Branch extends BaseModel.with({
  id: column.id(),
  name: column.string(20),
  branchId: column.references('branches', { onDelete: 'setNull' }).nullable(),
  get branches() {
    return hasMany(Branch, { foreignKey: 'branchId', nested: true });
  },
}) {}

const rolledBack = (run: () => Promise<unknown>) =>
  transaction(async () => {
    await run();
    throw new Rollback();
  });

describeModels(
  'writing through associations, mended',
  [Author, Shelf, Book, Desk, Shelving, Branch, Reader, Loan],
  (database) => {
    emptyBeforeEach('shelvings', 'shelves', 'desks', 'books', 'authors', 'branches', 'loans', 'readers');

    describe('two saves at once', () => {
      test('of a new record make one row', async () => {
        const book = new Book({ title: 'a' });
        await Promise.all([book.save(), book.save(), book.save()]);
        expect(await Book.count()).toBe(1);
        expect(book.isNewRecord).toBe(false);
      });

      test('of a new record with others make each row once', async () => {
        const author = new Author({
          name: 'Ada',
          books: [new Book({ title: 'a' }), new Book({ title: 'b' })],
          shelves: [new Shelf({ name: 's' })],
        });
        await Promise.all([author.save(), author.save()]);
        const counts = [await Author.count(), await Book.count(), await Shelf.count(), await Shelving.count()];
        expect(counts).toEqual([1, 2, 1, 1]);
      });

      test('of records that share a new one make that once, inside of a transaction as well', async () => {
        const shared = () => {
          const author = new Author({ name: 'Ada' });
          return Array.from({ length: 5 }, (_, index) => new Book({ title: `${index}`, author }));
        };
        await Promise.all(shared().map((book) => book.save()));
        expect([await Author.count(), await Book.count()]).toEqual([1, 5]);
        await transaction(async () => {
          await Promise.all(shared().map((book) => book.save()));
        });
        expect([await Author.count(), await Book.count()]).toEqual([2, 10]);
        expect(new Set(await Book.pluck('authorId')).size).toBe(2);
      });

      test('the second tries again where the first has failed', async () => {
        const book = new Book({ title: 'a' });
        book.authorId = -1;
        const outcomes = await Promise.allSettled([book.save(), book.save()]);
        expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
        expect(book.isNewRecord).toBe(true);
        book.authorId = null;
        await Promise.all([book.save(), book.save()]);
        expect(await Book.count()).toBe(1);
      });
    });

    describe('a rollback', () => {
      test('leaves what was built and not saved waiting', async () => {
        const author = await Author.create({ name: 'Ada' });
        const book = await Book.create({ title: 'a' });
        const built = author.books.build({ title: 'built' });
        await rolledBack(() => author.books.set([book]));
        await rolledBack(() => author.books.clear());
        await rolledBack(() => author.books.remove(built));
        await author.save();
        expect((await author.books.reload()).map(({ title }) => title)).toEqual(['built']);
      });

      test('gives a loaded association with the records in between what it had', async () => {
        const author = await Author.create({ name: 'Ada' });
        const [one, two] = [await Shelf.create({ name: 'one' }), await Shelf.create({ name: 'two' })];
        await author.shelves.add(one);
        const rows = await author.shelvings.load();
        await rolledBack(() => author.shelves.add(two));
        expect(author.shelvings.loaded).toBe(true);
        expect(await author.shelvings).toEqual(rows);
        await rolledBack(() => author.shelves.remove(one));
        expect(author.shelvings.loaded).toBe(true);
        expect(await author.shelvings).toEqual(rows);
        await author.save();
        expect(await Shelving.count()).toBe(1);
      });
    });

    test('a counter in memory is no change, however many transactions count at once', async () => {
      const reader = await Reader.create({ name: 'Ada' });
      const one = (index: number) =>
        transaction(async () => {
          await reader.loans.create({});
          if (index % 3 === 0) throw new Rollback();
        });
      await Promise.all(Array.from({ length: 20 }, (_, index) => one(index)));
      expect(reader.changes).toEqual({});
      // What it shows meanwhile hangs on whose answer came last: two connections answer in no order. It is near.
      expect(Math.abs(reader.loansCount - 13)).toBeLessThan(8);
      // Were it a change, this would write a number that others have counted past.
      await reader.update({ name: 'Eve' });
      expect((await Reader.find(reader.id)).loansCount).toBe(13);
      expect(await Loan.count()).toBe(13);
    });

    test('a record that several transactions touch and increment at once has no change of its own', async ({
      skip,
    }) => {
      // Where transactions run one after the other there is no such moment.
      if (database.dialect === 'sqlite') skip();
      const reader = await Reader.create({ name: 'Ada' });
      let begun = 0;
      let go: () => void = () => undefined;
      const all = new Promise<void>((resolve) => {
        go = resolve;
      });
      const one = () =>
        transaction(async () => {
          await Reader.count();
          begun += 1;
          if (begun === 4) go();
          await all;
          await reader.increment('loansCount', 1, { touch: true });
        });
      await Promise.all([one(), one(), one(), one()]);
      expect(reader.changes).toEqual({});
      await reader.update({ name: 'Eve' });
      expect((await Reader.find(reader.id)).loansCount).toBe(4);
    });

    test('what was selected without its foreign key is not let go of in silence', async () => {
      const author = await Author.create({ name: 'Ada', books: [new Book({ title: 'a' })] });
      const partial = await Book.select('id', 'title').firstOrFail();
      const error = await errorBeforeSending(() => author.books.remove(partial as unknown as Book));
      expect(error).toBeInstanceOf(MissingAttribute);
      expect(error.message).toContain("Add 'authorId'");
      expect(await author.books.count()).toBe(1);
      // Reloaded it is known.
      await partial.reload();
      await author.books.remove(partial as unknown as Book);
      expect(await author.books.count()).toBe(0);
    });

    test('nothing is made for an owner that has been destroyed', async () => {
      const author = await Author.create({ name: 'Ada' });
      const book = await Book.create({ title: 'a' });
      await author.destroy();
      await book.destroy();
      expect(await errorBeforeSending(() => author.desk.create({ wood: 'oak' }))).toBeInstanceOf(RecordDestroyed);
      expect(await errorBeforeSending(() => author.desk.build({ wood: 'oak' }))).toBeInstanceOf(RecordDestroyed);
      expect(await errorBeforeSending(() => book.author.create({ name: 'Bob' }))).toBeInstanceOf(RecordDestroyed);
      expect(await Author.count()).toBe(0);
    });

    describe('nested attributes', () => {
      const nested = (deep: number): Record<string, unknown> =>
        deep === 0 ? { name: 'leaf' } : { name: `${deep}`, branchesAttributes: [nested(deep - 1)] };

      test('of many levels are gone through once or twice, not twice for each level', async () => {
        await Branch.count();
        // Were each level looked at twice, this would not come to an end.
        const branch = new Branch(nested(31) as never);
        await branch.save();
        expect(await Branch.count()).toBe(32);
      });

      test('deeper than any form are refused, and far from the end of the stack', async () => {
        await Branch.count();
        const error = await errorOf(() => new Branch(nested(5000) as never));
        expect(error.code).toBe('AR_QUERY_INVALID');
        expect(error.message).toContain('more than 32 deep');
        const branch = new Branch({ name: 'x', branchesAttributes: [{ name: 'y' }] } as never);
        expect(await branch.branches.size()).toBe(1);
      });
    });
  },
);
