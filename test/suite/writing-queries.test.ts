import { BaseModel, column, gt, not, sql, transaction } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(40),
  visits: column.integer().default(0),
  likes: column.integer().nullable(),
  price: column.decimal(8, 2).default('1.00'),
  seenAt: column.datetime().nullable(),
  ...column.timestamps(),
}) {}
class Loan extends BaseModel.with({
  id: column.id(),
  bookId: column.references('books'),
}) {}
class Pair extends BaseModel.with({
  a: column.integer().primaryKey(),
  b: column.integer().primaryKey(),
  n: column.integer().default(0),
}) {}

const longAgo = new Date('2020-01-01T00:00:00Z');

describeModels('writing to the rows of a query', [Book, Loan, Pair], ({ dialect }) => {
  emptyBeforeEach('loans', 'books', 'pairs');
  const fill = async (...titles: string[]) =>
    (await Book.insertAll(titles.map((title) => ({ title, updatedAt: longAgo })))).ids;

  it('adds to counters', async () => {
    const [a = 0, b = 0] = await fill('a', 'b', 'c');
    expect(await Book.where({ title: not('c') }).updateCounters({ visits: 2, likes: -1, price: '0.10' })).toBe(2);
    expect(await Book.updateCounters(a, { visits: -1 })).toBe(1);
    expect(await Book.updateCounters([a, b], { visits: 10 }, { touch: true })).toBe(2);
    expect(await Book.updateCounters([], { visits: 10 })).toBe(0);
    expect(await Book.updateCounters(987_654, { visits: 10 })).toBe(0);
    expect(await Book.order('title').pluck('title', 'visits', 'likes', 'price')).toEqual([
      ['a', 11, -1, '1.10'],
      ['b', 12, -1, '1.10'],
      ['c', 0, null, '1.00'],
    ]);
    expect(await Book.where({ updatedAt: longAgo }).pluck('title')).toEqual(['c']);
    await Pair.insertAll([
      { a: 1, b: 1 },
      { a: 1, b: 2 },
    ]);
    expect(await Pair.updateCounters({ a: 1, b: 2 }, { n: 3 })).toBe(1);
    expect(await Pair.order('b').pluck('n')).toEqual([0, 3]);
    expect(await Book.order('title').limit(1).updateCounters({ visits: 1 })).toBe(1);
    expect(await Book.all().updateCounters({ visits: 1 }, { everyRow: true })).toBe(3);
  });

  it('touches', async () => {
    await fill('a', 'b');
    expect(await Book.where({ title: 'a' }).touchAll('seenAt')).toBe(1);
    const [a, b] = await Book.order('title');
    expect(a?.seenAt).toEqual(a?.updatedAt);
    expect(a?.updatedAt.getTime()).toBeGreaterThan(longAgo.getTime());
    expect([b?.updatedAt, b?.seenAt]).toEqual([longAgo, null]);
    expect(await Book.touchAll({ everyRow: true })).toBe(2);
    expect(await Book.touchAll('seenAt', { everyRow: true })).toBe(2);
    expect(await Book.where({ seenAt: null }).count()).toBe(0);
  });

  it('keeps updatedAt right where only expressions are written', async () => {
    await fill('a');
    await Book.where({ title: 'a' }).updateAll({ visits: sql`visits + 1` });
    expect((await Book.take())?.updatedAt.getTime()).toBeGreaterThan(longAgo.getTime());
  });

  it('destroys each record, in batches by key, and gives them', async () => {
    await fill(...Array.from({ length: 2_300 }, (_, index) => `book ${index}`));
    let destroyed: Book[] = [];
    const statements = await statementsOf(async () => {
      destroyed = await Book.where({ title: not('book 7') }).destroyAll();
    });
    expect(destroyed).toHaveLength(2_299);
    expect(destroyed.every((book) => book.isDestroyed)).toBe(true);
    expect(statements.filter((each) => each.startsWith('SELECT'))).toHaveLength(3);
    expect(statements.filter((each) => each.startsWith('DELETE'))).toHaveLength(2_299);
    expect(await Book.all().pluck('title')).toEqual(['book 7']);
    await fill('a', 'x', 'y');
    expect((await Book.order('title', 'desc').limit(2).destroyAll()).map(({ title }) => title)).toEqual(['y', 'x']);
    expect((await Book.select('title').where({ title: 'a' }).destroyAll()).map(({ title }) => title)).toEqual(['a']);
    expect(await Book.destroyBy({ title: 'nobody' })).toEqual([]);
    expect((await Book.destroyBy({ title: 'book 7' })).map(({ title }) => title)).toEqual(['book 7']);
    await Pair.insertAll([
      { a: 1, b: 1 },
      { a: 1, b: 2 },
    ]);
    expect(await Pair.where({ a: 1 }).destroyAll()).toHaveLength(2);
  });

  it('destroys all or none', async () => {
    const [, kept = 0] = await fill('a', 'b', 'c');
    await Loan.create({ bookId: kept });
    expect((await errorOf(() => Book.destroyAll({ everyRow: true }))).code).toBe('AR_FOREIGN_KEY');
    expect(await Book.count()).toBe(3);
    await transaction(async () => {
      expect((await errorOf(() => Book.destroyAll({ everyRow: true }))).code).toBe('AR_FOREIGN_KEY');
      await Book.create({ title: 'd' });
    });
    expect(await Book.count(), dialect).toBe(4);
  });

  it('deletes by conditions', async () => {
    await fill('a', 'b', 'c');
    expect(await Book.deleteBy({ title: ['a', 'b'] })).toBe(2);
    expect(await Book.where({ visits: 0 }).deleteBy(sql`title = ${'c'}`)).toBe(1);
    expect(await Book.count()).toBe(0);
  });

  it('asks to be told when every row is meant', async () => {
    await fill('a');
    const all = Book.where({});
    const writes: [() => unknown, string][] = [
      [() => all.touchAll(), 'touchAll({ everyRow: true })'],
      [() => all.touchAll('seenAt'), 'touchAll({ everyRow: true })'],
      [() => all.updateCounters({ visits: 1 }), 'updateCounters(counters, { everyRow: true })'],
      [() => all.destroyAll(), 'destroyAll({ everyRow: true })'],
      [() => Book.destroyBy({}), 'destroyAll({ everyRow: true })'],
      [() => Book.deleteBy({}), 'deleteAll({ everyRow: true })'],
      [() => Book.deleteBy({ id: not([]) }), 'deleteAll({ everyRow: true })'],
      [() => Book.destroyAll({} as never), 'destroyAll({ everyRow: true })'],
    ];
    for (const [write, hint] of writes) {
      const error = await errorBeforeSending(write);
      expect([error.code, error.message]).toEqual(['AR_EVERY_ROW', expect.stringContaining(hint)]);
    }
    expect(await Book.destroyAll({ everyRow: true })).toHaveLength(1);
  });

  it('refuses what makes no sense, before anything is sent', async () => {
    const some = Book.where({ id: gt(0) });
    const cases: [() => unknown, RegExp][] = [
      [() => some.updateCounters({}), /QUERY_INVALID/],
      [() => some.updateCounters(null as never), /QUERY_INVALID/],
      [() => some.updateCounters([] as never), /QUERY_INVALID/],
      [() => some.updateCounters({ title: 1 } as never), /QUERY_INVALID/],
      [() => some.updateCounters({ id: 1 } as never), /QUERY_INVALID/],
      [() => some.updateCounters({ visits: undefined as never }), /VALUE_INVALID/],
      [() => some.updateCounters({ visits: Number.NaN }), /VALUE_INVALID/],
      [() => some.updateCounters({ visits: {} as never }), /VALUE_INVALID/],
      [() => some.updateCounters({ visits: '1; DROP' as never }), /VALUE_INVALID/],
      [() => some.updateCounters({ visit: 1 } as never), /ATTRIBUTE_UNKNOWN/],
      [() => some.touchAll('title' as never), /QUERY_INVALID/],
      [() => some.touchAll('nope' as never), /ATTRIBUTE_UNKNOWN/],
      [() => Pair.where({ a: 1 }).touchAll(), /QUERY_INVALID/],
      [() => Book.updateCounters(null as never, { visits: 1 }), /QUERY_INVALID/],
      [() => Book.updateCounters('x' as never, { visits: 1 }), /VALUE_INVALID/],
      [() => Book.deleteBy({ nope: 1 } as never), /ATTRIBUTE_UNKNOWN/],
      [() => Book.destroyBy({ title: undefined as never }), /VALUE_INVALID/],
    ];
    for (const [write, code] of cases) expect((await errorBeforeSending(write)).code, String(write)).toMatch(code);
  });
});
