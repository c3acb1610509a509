/** Callbacks of records that are written by others, and what writes past them. */
import {
  BaseModel,
  belongsTo,
  column,
  halt,
  hasAndBelongsToMany,
  hasMany,
  polymorphic,
  RecordNotDestroyed,
  RecordNotSaved,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { logMethods } from '../support/callbacks.ts';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Author extends BaseModel.with(
  {
    id: column.id(),
    name: column.string().nullable(),
    visits: column.integer().default(0),
    booksCount: column.integer().default(0),
    active: column.boolean().default(true),
    get books() {
      return hasMany(Book, { dependent: 'destroy', autosave: true, nested: true });
    },
    get readers() {
      return hasMany(Reader, { through: 'books' });
    },
    get marks() {
      return hasMany(Mark, { as: 'marked' });
    },
    get labels() {
      return hasAndBelongsToMany(Label);
    },
  },
  column.timestamps(),
) {}
class Book extends BaseModel.with(
  {
    id: column.id(),
    title: column.string().nullable(),
    authorId: column.references('authors').nullable(),
    get author() {
      return belongsTo(Author, { optional: true, touch: true, counterCache: true });
    },
    get readers() {
      return hasMany(Reader, { dependent: 'destroy' });
    },
  },
  column.timestamps(),
) {}
class Reader extends BaseModel.with({
  id: column.id(),
  name: column.string().nullable(),
  bookId: column.references('books').nullable(),
  get book() {
    return belongsTo(Book, { optional: true, touch: true });
  },
}) {}
class Mark extends BaseModel.with({
  id: column.id(),
  markedId: column.integer().nullable(),
  markedType: column.string().nullable(),
  get marked() {
    return belongsTo(polymorphic([Author, Book]), { optional: true, touch: true });
  },
}) {}
class Label extends BaseModel.with({
  id: column.id(),
  name: column.string().nullable(),
  get authors() {
    return hasAndBelongsToMany(Author);
  },
}) {}

const log: string[] = [];
const named = (name: string, record: object) =>
  `${record.constructor.name} ${String(Reflect.get(record, 'name') ?? Reflect.get(record, 'title') ?? '')} ${name}`;
for (const model of [Author, Book, Reader, Mark, Label])
  logMethods(model, log, ['afterCreate', 'afterUpdate', 'afterDestroy', 'afterTouch', 'afterCommit'], named);

/** What was called, without what comes after the commit. */
const called = () => log.splice(0).filter((line) => !line.endsWith('afterCommit'));

describeModels('callbacks of associated records', [Author, Book, Reader, Mark, Label], () => {
  emptyBeforeEach('authors_labels', 'marks', 'readers', 'books', 'authors', 'labels');

  async function ada() {
    const author = await Author.create({ name: 'Ada' });
    const book = await Book.create({ title: 'One', authorId: author.id });
    const reader = await Reader.create({ name: 'Bob', bookId: book.id });
    log.length = 0;
    return { author, book, reader };
  }

  describe('are called', () => {
    it('for records that are saved with their owner, in order, and committed with it', async () => {
      const author = new Author({ name: 'Ada' });
      const book = author.books.build({ title: 'One' });
      book.readers.build({ name: 'Bob' });
      await author.save();
      expect(log.filter((line) => /afterCreate|afterCommit/.test(line))).toEqual([
        'Reader Bob afterCreate',
        'Book One afterCreate',
        'Author Ada afterCreate',
        'Author Ada afterCommit',
        'Book One afterCommit',
        'Reader Bob afterCommit',
      ]);
      log.length = 0;
    });

    it('for what a record belongs to, before its own', async () => {
      const book = new Book({ title: 'One' });
      book.author.build({ name: 'Ada' });
      await book.save();
      expect(called()).toEqual(['Author Ada afterCreate', 'Author Ada afterTouch', 'Book One afterCreate']);
    });

    it('for loaded records that are autosaved', async () => {
      const { author } = await ada();
      const [book] = await author.books;
      if (book !== undefined) book.title = 'Two';
      await author.save();
      expect(called()).toEqual(['Author Ada afterTouch', 'Book Two afterUpdate', 'Author Ada afterUpdate']);
    });

    it('for nested attributes', async () => {
      const { author, book } = await ada();
      await author.update({ booksAttributes: [{ id: book.id, title: 'Two' }, { title: 'New' }] });
      expect(called().filter((line) => line.startsWith('Book'))).toEqual([
        'Book Two afterUpdate',
        'Book New afterCreate',
      ]);
    });

    it('for records in between and beyond', async () => {
      const { author, book } = await ada();
      const label = await Label.create({ name: 'red' });
      log.length = 0;
      await author.labels.create({ name: 'blue' });
      await author.labels.add(label);
      expect(called()).toEqual(['Label blue afterCreate']);
      await book.readers.create({ name: 'Cyd' });
      expect(called()).toEqual(['Author Ada afterTouch', 'Book One afterTouch', 'Reader Cyd afterCreate']);
    });

    it("for all that goes with a record by dependent: 'destroy', and by destroyAll", async () => {
      await ada();
      await Author.all().destroyAll({ everyRow: true });
      expect(called().filter((line) => line.endsWith('afterDestroy'))).toEqual([
        'Reader Bob afterDestroy',
        'Book One afterDestroy',
        'Author Ada afterDestroy',
      ]);
    });

    it('and stop all by halt', async () => {
      const { author } = await ada();
      const off = Reader.before('destroy', () => halt('he is reading'));
      const error = await errorOf(() => author.destroy());
      off();
      expect(error).toBeInstanceOf(RecordNotDestroyed);
      expect(error.message).toBe('Reader was not destroyed: Reader.beforeDestroy stopped it: he is reading.');
      expect([await Author.count(), await Book.count(), await Reader.count(), author.isDestroyed]).toEqual([
        1,
        1,
        1,
        false,
      ]);
      const offSave = Book.before('save', () => halt('it is lent'));
      author.name = 'Eve';
      author.books.build({ title: 'Two' });
      const saving = await errorOf(() => author.save());
      offSave();
      expect(saving).toBeInstanceOf(RecordNotSaved);
      expect(await Author.pluck('name')).toEqual(['Ada']);
      expect(author.changes).toHaveProperty('name');
      log.length = 0;
    });
  });

  describe('afterTouch is called', () => {
    it('for a parent that is not loaded, and upwards', async () => {
      const { reader } = await ada();
      const fresh = await Reader.find(reader.id);
      await fresh.update({ name: 'Bert' });
      expect(called()).toEqual(['Author Ada afterTouch', 'Book One afterTouch', 'Reader Bert afterUpdate']);
    });

    it('for the record that the program has', async () => {
      const { author, book } = await ada();
      const loaded = await Book.find(book.id);
      loaded.author.set(author);
      const seen: unknown[] = [];
      const off = Author.after('touch', (each) => void seen.push(each));
      await loaded.update({ title: 'Two' });
      off();
      expect(seen).toEqual([author]);
      expect(seen[0]).toBe(author);
      log.length = 0;
    });

    it('for parents of several kinds', async () => {
      const { author, book } = await ada();
      await Mark.create({ markedId: author.id, markedType: 'author' });
      await Mark.create({ markedId: book.id, markedType: 'book' });
      expect(called().filter((line) => line.endsWith('afterTouch'))).toEqual([
        'Author Ada afterTouch',
        'Author Ada afterTouch',
        'Book One afterTouch',
      ]);
    });

    it('for touch of a record, and what it belongs to', async () => {
      const { book } = await ada();
      await book.touch();
      expect(log).toEqual([
        'Author Ada afterTouch',
        'Book One afterTouch',
        'Author Ada afterCommit',
        'Book One afterCommit',
      ]);
      log.length = 0;
    });

    it('for what a destroyed record belonged to', async () => {
      const { reader } = await ada();
      await (await Reader.find(reader.id)).destroy();
      expect(called().filter((line) => line.endsWith('afterTouch'))).toHaveLength(2);
    });

    it('for a parent that its new record has been written for', async () => {
      const { author } = await ada();
      const book = new Book({ title: 'Two' });
      book.author.set(author);
      const seen: unknown[] = [];
      const off = Author.after('touch', () => void seen.push(book.isNewRecord, book.id > 0));
      await book.save();
      off();
      expect(seen).toEqual([false, true]);
      log.length = 0;
    });
  });

  it.each<[string, (author: Author, book: Book) => Promise<unknown>]>([
    ['updateColumns', (author) => author.updateColumns({ name: 'Eve' })],
    ['increment', (author) => author.increment('visits')],
    ['decrement', (author) => author.decrement('visits', 1, { touch: true })],
    ['toggle', (author) => author.toggle('active')],
    ['insertAll', () => Author.insertAll([{ name: 'Eve' }])],
    ['upsertAll', (author) => Author.upsertAll([{ id: author.id, name: 'Eve' }])],
    ['updateAll', () => Author.where({ name: 'Ada' }).updateAll({ name: 'Eve' })],
    ['deleteAll', () => Reader.where({ name: 'Bob' }).deleteAll()],
    ['delete', async () => (await Reader.findBy({ name: 'Bob' }))?.delete()],
    ['a counter', (author) => Author.updateCounters(author.id, { visits: 1 })],
    ['resetCounters', (author) => Author.resetCounters(author.id, 'books')],
  ])('%s calls none', async (_, run) => {
    const { author, book } = await ada();
    await run(author, book);
    expect(log).toEqual([]);
  });
});
