/** afterFind and afterInitialize. */
import { BaseModel, belongsTo, column, hasMany, InvalidDefinition } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

const log: string[] = [];

class Writer extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get books() {
    return hasMany(Book);
  },
}) {
  override async afterFind() {
    await Promise.resolve();
    log.push(`found ${this.name}`);
  }
}
class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  pages: column.integer().default(7),
  writerId: column.references('writers').nullable(),
  get writer() {
    return belongsTo(Writer, { optional: true });
  },
}) {
  shown = 'field';
  override afterFind() {
    log.push(`found ${this.title}`);
    this.shown = `shown ${this.title}`;
  }
}

/** A class of the table of books that notes what is made. */
function noting() {
  const made: unknown[] = [];
  class Noted extends BaseModel.with({ id: column.id(), title: column.string(), pages: column.integer().default(7) }) {
    static override tableName = 'books';
    override afterInitialize() {
      made.push([this.isNewRecord, this.title, this.pages]);
    }
  }
  return { Noted, made };
}

describeModels('callbacks of records that are made and found', [Writer, Book], () => {
  emptyBeforeEach('books', 'writers');

  async function fill() {
    await Writer.insertAll([
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Bob' },
    ]);
    await Book.insertAll([
      { id: 1, title: 'one', writerId: 1 },
      { id: 2, title: 'two', writerId: 1 },
      { id: 3, title: 'three', writerId: 2 },
    ]);
    log.length = 0;
  }
  const all = ['found one', 'found two', 'found three'];

  it.each<[string, () => PromiseLike<unknown>, readonly string[]]>([
    ['find', () => Book.find(1), ['found one']],
    ['find of several', () => Book.find([1, 2]), ['found one', 'found two']],
    ['several finds at once', () => Promise.all([Book.find(1), Book.find(2)]), ['found one', 'found two']],
    ['findBy', () => Book.findBy({ title: 'two' }), ['found two']],
    ['first', () => Book.first(), ['found one']],
    ['last', () => Book.last(), ['found three']],
    ['where', () => Book.where({ writerId: 1 }).order('id'), ['found one', 'found two']],
    ['a query on a scope with find', () => Book.where({ writerId: 1 }).find(2), ['found two']],
    ['includes', () => Writer.order('id').includes('books'), ['found Ada', 'found Bob', ...all]],
    ['a lazy load', async () => (await (await Writer.find(2)).books).length, ['found Bob', 'found three']],
    ['a lazy load of one', async () => await (await Book.find(3)).writer, ['found three', 'found Bob']],
    [
      'a lazy load of several',
      async () => {
        for (const book of await Book.order('id')) await book.writer;
      },
      [...all, 'found Ada', 'found Bob'],
    ],
    [
      'batches',
      async () => {
        for await (const _ of Book.findInBatches({ size: 2 })) log.push('batch');
      },
      ['found one', 'found two', 'batch', 'found three', 'batch'],
    ],
    [
      'each',
      async () => {
        for await (const book of Book.findEach({ size: 2 })) log.push(book.shown);
      },
      ['found one', 'found two', 'shown one', 'shown two', 'found three', 'shown three'],
    ],
    ['pluck and count, which make no records', async () => [await Book.pluck('title'), await Book.count()], []],
    ['reload, which finds nothing new', async () => (await Book.find(1)).reload(), ['found one']],
  ])('afterFind is called by %s', async (_, run, expected) => {
    await fill();
    await run();
    expect(log).toEqual(expected);
  });

  it('afterFind is called once per record, also by eagerLoad', async () => {
    await fill();
    const writers = await Writer.order('id').eagerLoad('books');
    expect([...log].sort()).toEqual(['found Ada', 'found Bob', ...all].sort());
    expect(writers.flatMap(({ books }) => books.map(({ shown }) => shown)).sort()).toEqual(
      ['shown one', 'shown two', 'shown three'].sort(),
    );
  });

  it('afterFind is waited for, and its error is that of the query', async () => {
    await fill();
    class Sub extends Book {
      static override tableName = 'books';
    }
    Sub.after('find', async ({ title }) => {
      await Promise.resolve();
      if (title === 'two') throw new TypeError('unreadable');
    });
    await Sub.find(1);
    expect((await errorOf(() => Sub.order('id'))).message).toBe('unreadable');
  });

  it('afterFind finds the fields of the class, and what was selected', async () => {
    await fill();
    class Sub extends Book {
      static override tableName = 'books';
      override afterFind() {
        log.push(`${this.shown} ${Object.keys(this.attributes).join()}`);
      }
    }
    await Sub.select('id').find(1);
    expect(log).toEqual(['field id']);
  });

  it('afterFind is not called for what is created', async () => {
    await Book.create({ title: 'new' });
    expect(log.splice(0).filter((line) => line.includes('new'))).toEqual([]);
  });

  it('afterInitialize is called for new records, with what they were given, and for none that nobody has made', () => {
    const { Noted, made } = noting();
    new Noted({ title: 'new' });
    expect(made).toEqual([[true, 'new', 7]]);
    new Noted({ title: 'newer', pages: 8 });
    expect(made).toHaveLength(2);
  });

  it('afterInitialize is called once by create, build and the constructor, before the row is there', async () => {
    const { Noted, made } = noting();
    await Noted.create({ title: 'new' });
    expect(made).toEqual([[true, 'new', 7]]);
  });

  it('afterInitialize is called for loaded records, before afterFind', async () => {
    await fill();
    const { Noted, made } = noting();
    Noted.after('find', () => void made.push('found'));
    await Noted.find(1);
    expect(made).toEqual([[false, 'one', 7], 'found']);
  });

  it('afterInitialize can be registered, and taken away', async () => {
    const { Noted, made } = noting();
    const off = Noted.after('initialize', ({ title }) => void made.push(title), { if: ({ pages }) => pages === 8 });
    new Noted({ title: 'a' });
    new Noted({ title: 'b', pages: 8 });
    off();
    new Noted({ title: 'c', pages: 8 });
    expect(made).toEqual([[true, 'a', 7], 'b', [true, 'b', 8], [true, 'c', 8]]);
  });

  it('afterInitialize of a built record comes before it is given the key of its owner', async () => {
    await fill();
    const seen: unknown[] = [];
    const off = Book.after('initialize', ({ writerId }) => void seen.push(writerId));
    const ada = await Writer.find(1);
    ada.books.build({ title: 'built' });
    off();
    expect(seen).toEqual([null]);
  });

  describe('afterInitialize may assign', () => {
    it('what a new record is saved with', async () => {
      const { Noted } = noting();
      Noted.after('initialize', (noted) => {
        if (noted.isNewRecord) noted.pages = 99;
      });
      await Noted.create({ title: 'a' });
      expect(await Book.pluck('pages')).toEqual([99]);
    });
  });

  it.each<[string, (model: ReturnType<typeof noting>['Noted']) => unknown]>([
    ['is async', (model) => model.after('initialize', async () => undefined)],
    ['fails later', (model) => model.after('initialize', () => Promise.reject(new Error('late')))],
    ['has an async condition', (model) => model.after('initialize', () => undefined, { if: async () => true })],
  ])('afterInitialize that %s is refused', async (_, register) => {
    const { Noted } = noting();
    register(Noted);
    const error = await errorOf(() => new Noted({ title: 'a' }));
    expect(error).toBeInstanceOf(InvalidDefinition);
    expect(error.message).toBe(
      'Noted.afterInitialize is async, and a constructor cannot wait for it. Write it without async; for what has to wait there are afterFind and beforeValidation.',
    );
  });
});
