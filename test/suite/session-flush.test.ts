/** What a session writes: with callbacks and validations, in dependency order, many rows in one statement. */
import { BaseModel, belongsTo, column, hasMany, Session, transaction } from 'active-record-ts';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Account,
  Author,
  Book,
  BooksLabel,
  Label,
  Line,
  libraryModels,
  libraryTables,
  Page,
  Profile,
  Reader,
  Review,
  Token,
  Tree,
} from '../support/library.ts';
import { describeModels, emptyBeforeEach, statementsOf } from '../support/models.ts';

/** Without those that every transaction has. */
const written = (statements: readonly string[]) =>
  statements.filter((each) => !/^(BEGIN|START|COMMIT|SAVEPOINT|RELEASE|ROLLBACK)/.test(each));

const log: string[] = [];

class Member extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  email: column.string().nullable().unique(),
  get notes() {
    return hasMany(Note);
  },
}) {
  static validations = { email: { uniqueness: true } };
  meanwhile: (() => Promise<void>) | undefined;
  override beforeSave() {
    log.push(`before ${this.name}`);
    if (this.name === 'shy') this.name = 'bold';
  }
  override async aroundCreate(proceed: () => Promise<void>) {
    log.push(`around ${this.name}`);
    await this.meanwhile?.();
    await proceed();
    log.push(`there ${this.name} ${typeof this.id}`);
  }
  override afterSave() {
    log.push(`after ${this.name}`);
  }
  override afterCommit() {
    log.push(`commit ${this.name}`);
  }
  override afterRollback() {
    log.push(`rollback ${this.name}`);
  }
  override beforeDestroy() {
    log.push(`destroy ${this.name}`);
  }
}
class Note extends BaseModel.with({
  id: column.id(),
  text: column.string(),
  memberId: column.references('members').nullable(),
  get member() {
    return belongsTo(Member, { optional: true, touch: false });
  },
}) {
  session: Session | undefined;
  override beforeSave() {
    if (this.text === 'counted') log.push('save counted');
  }
  override async beforeCreate() {
    if (this.text === 'helper') await Note.create({ text: 'from a callback' });
    if (this.text === 'nested') log.push('nested');
    const pause = /^slow (\d)$/.exec(this.text)?.[1];
    if (pause !== undefined) await new Promise((resolve) => setTimeout(resolve, Number(pause) * 20));
    if (this.text === 'waits for the other') await other?.save();
  }
  override async aroundCreate(proceed: () => Promise<void>) {
    if (this.text === 'nested') await transaction(proceed);
    else await proceed();
  }
  override afterCreate() {
    if (this.text === 'adds') this.session?.add(new Note({ text: 'added' }));
  }
}
let other: Note | undefined;

const wideColumns = Array.from({ length: 300 }, (_, index) => `n${index}`);
class Wide extends BaseModel.with({
  id: column.id(),
  ...Object.fromEntries(wideColumns.map((name) => [name, column.integer().nullable()])),
}) {}

describeModels('a flush', [...libraryModels, Member, Note, Wide], () => {
  emptyBeforeEach(...libraryTables, 'notes', 'members');
  beforeEach(async () => {
    log.length = 0;
    await Tree.order('id', 'desc').destroyBy({ name: ['root', 'branch', 'leaf', 'a', 'b'] });
  });

  describe('writes in dependency order', () => {
    it('a whole graph, in either order of adding', async () => {
      await using session = new Session();
      const ada = new Author({ name: 'Ada' });
      const book = new Book({ title: 'Notes', author: ada });
      const page = new Page({ number: 1, book });
      session.addAll([page, book, ada]);
      const statements = written(await statementsOf(() => session.commit()));
      expect(statements.filter((each) => each.startsWith('INSERT'))).toHaveLength(3);
      expect([book.authorId, page.bookId]).toEqual([ada.id, book.id]);
      expect(ada.booksCount).toBe(1);
    });

    it('what only the root of a graph was added of', async () => {
      await using session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      ada.profile.build({ bio: 'countess' });
      const book = ada.books.build({ title: 'Notes' });
      book.pages.build({ number: 1 });
      book.labels.build({ name: 'old' });
      book.readers.build({ name: 'Bob' });
      await session.commit();
      expect(await Promise.all([Profile, Page, Label, BooksLabel, Reader, Review].map((each) => each.count()))).toEqual(
        [1, 1, 1, 1, 1, 1],
      );
      const read = await Book.includes('labels', 'readers', 'pages', 'author').firstOrFail();
      expect([read.labels.at(0)?.name, read.readers.at(0)?.name, read.author.value.name]).toEqual([
        'old',
        'Bob',
        'Ada',
      ]);
      expect((await Author.firstOrFail()).booksCount).toBe(1);
      // All of it is the session's now.
      expect(await session.get(Book, book.id)).toBe(book);
      book.title = 'Other';
      expect(session.dirty).toEqual([book]);
    });

    it('rows that refer to each other by keys alone', async () => {
      await using session = new Session();
      session.add(new Book({ id: 5, title: 'Notes', authorId: 7 }));
      session.add(new Author({ id: 7, name: 'Ada' }));
      await session.commit();
      const [book, ada] = [await session.get(Book, 5), await session.get(Author, 7)];
      if (book === null || ada === null) throw new Error('they are there');
      session.delete(ada);
      session.delete(book);
      await session.commit();
      expect(await Author.count()).toBe(0);
    });

    it('rows of one table that refer to each other', async () => {
      await using session = new Session();
      const root = new Tree({ name: 'root' });
      const branches = [0, 1, 2].map(() => root.branches.build({ name: 'branch' }));
      for (const branch of branches) branch.branches.build({ name: 'leaf' });
      session.add(root);
      const statements = written(await statementsOf(() => session.commit()));
      expect(statements).toHaveLength(3);
      expect(await Tree.where({ parentId: root.id }).count()).toBe(3);
      const leaves = await session.query(Tree).filterBy({ name: 'leaf' }).all();
      for (const each of [root, ...branches, ...leaves]) session.delete(each);
      const deletes = written(await statementsOf(() => session.commit()));
      expect(deletes.filter((each) => each.startsWith('DELETE'))).toHaveLength(3);
      expect(await Tree.where({ name: 'root' }).count()).toBe(0);
    });

    it('two that refer to each other', async () => {
      await using session = new Session();
      const [a, b] = [new Tree({ name: 'a' }), new Tree({ name: 'b' })];
      a.parent.set(b);
      b.parent.set(a);
      session.addAll([a, b]);
      await session.commit();
      expect([(await Tree.find(a.id)).parentId, (await Tree.find(b.id)).parentId]).toEqual([b.id, a.id]);
      a.parent.set(null);
      b.parent.set(null);
      await session.commit();
    });

    it('a record that changes its owner before the old one is deleted', async () => {
      const [ada, bob] = [await Author.create({ name: 'Ada' }), await Author.create({ name: 'Bob' })];
      const { id } = await Book.create({ title: 'Notes', author: ada });
      await using session = new Session();
      session.addAll([ada, bob]);
      const book = await session.get(Book, id);
      book?.author.set(bob);
      session.delete(ada);
      await session.commit();
      expect(await Book.pluck('authorId')).toEqual([bob.id]);
      expect((await Author.find(bob.id)).booksCount).toBe(1);
    });

    it('what is put into, and taken out of, collections of records that are there', async () => {
      const ada = await Author.create({ name: 'Ada' });
      const book = await Book.create({ title: 'Notes', author: ada });
      const [one, two] = [await Label.create({ name: 'one' }), await Label.create({ name: 'two' })];
      await book.labels.add(one);
      await using session = new Session();
      const loaded = await session.query(Book).includes('labels', 'pages').one();
      const change = async () => {
        loaded.pages.build({ number: 1 });
        loaded.pages.build({ number: 2 });
        await session.flush();
        // The collection of a record that has a row writes at once: in here, in the session's transaction.
        await session.run(() => loaded.labels.set([two]));
      };
      await change();
      await session.rollback();
      expect([await BooksLabel.pluck('labelId'), await Page.count()]).toEqual([[one.id], 0]);
      await change();
      await session.commit();
      expect(await BooksLabel.pluck('labelId')).toEqual([two.id]);
      expect(await Page.order('number').pluck('bookId')).toEqual([book.id, book.id]);
    });

    it('deletes with what depends on them', async () => {
      const ada = await Author.create({ name: 'Ada' });
      ada.profile.build({ bio: 'countess' });
      ada.books.build({ title: 'Notes' }).pages.build({ number: 1 });
      await ada.save();
      await using session = new Session();
      const [book] = await session.query(Book).all();
      session.delete(ada);
      if (book !== undefined) session.delete(book);
      await session.commit();
      expect(await Promise.all([Author, Book, Page, Profile].map((each) => each.count()))).toEqual([0, 0, 0, 0]);
    });
  });

  describe('writes many rows in one statement', () => {
    it('in a number of statements that does not grow with them', async () => {
      const statementsFor = async (authors: number) => {
        await using session = new Session();
        for (let index = 0; index < authors; index++) {
          const author = session.add(new Author({ name: `author ${index}` }));
          for (let book = 0; book <= index % 3; book++) {
            const made = author.books.build({ title: `book ${book}` });
            made.pages.build({ number: 1 });
            made.labels.build({ name: 'label' });
            made.readers.build({ name: 'reader' });
          }
        }
        return (await statementsOf(() => session.commit())).length;
      };
      const few = await statementsFor(4);
      expect(await statementsFor(40)).toBe(few);
      expect(await Book.count()).toBe(7 + 79);
      expect(await Page.count()).toBe(await Book.count());
      expect(await Review.count()).toBe(await Book.count());
      expect(await Author.sum('booksCount')).toBe(await Book.count());
      expect(await Author.where({ booksCount: 0 }).count()).toBe(0);
    });

    const many = process.env.AR_TEST_LONG === '1' ? 10_000 : 2_000;
    it(`and so do ${many} adds with associations, chunk by chunk`, async () => {
      const perKind = many / 4;
      await using session = new Session();
      for (let index = 0; index < perKind; index++) {
        const author = session.add(new Author({ name: `author ${index}` }));
        author.profile.build({ bio: 'bio' });
        author.books.build({ title: 'one' }).pages.build({ number: 1 });
      }
      const statements = written(await statementsOf(() => session.commit()));
      const perTable = Math.ceil(perKind / 1000);
      const inserts = (table: string) => statements.filter((each) => new RegExp(`^INSERT INTO .${table}.`).test(each));
      for (const table of ['authors', 'profiles', 'books', 'pages'])
        expect(inserts(table), table).toHaveLength(perTable);
      // And the counters of the authors.
      expect(statements).toHaveLength(5 * perTable);
      expect(await Promise.all([Author, Profile, Book, Page].map((each) => each.count()))).toEqual([
        perKind,
        perKind,
        perKind,
        perKind,
      ]);
      expect(await Author.where({ booksCount: 1 }).count()).toBe(perKind);
    }, 120_000);

    it('of changes that are alike, and of those that are not', async () => {
      await Author.insertAll(Array.from({ length: 30 }, (_, index) => ({ name: `author ${index}`, age: index })));
      await using session = new Session();
      const authors = await session.query(Author).orderBy('id').all();
      for (const each of authors) each.age = 50;
      expect(written(await statementsOf(() => session.flush()))).toHaveLength(1);
      for (const [index, each] of authors.entries()) each.age = index % 2 === 0 ? null : index;
      expect(written(await statementsOf(() => session.flush()))).toHaveLength(1);
      for (const [index, each] of authors.entries()) {
        if (index % 2 === 0) each.name = `other ${index}`;
        else each.notes = { list: [index] };
      }
      expect(written(await statementsOf(() => session.commit()))).toHaveLength(2);
      expect(await Author.order('id').pluck('age')).toEqual(
        authors.map((_, index) => (index % 2 === 0 ? null : index)),
      );
      expect(await Author.order('id').pluck('notes')).toEqual(
        authors.map((_, index) => (index % 2 === 0 ? null : { list: [index] })),
      );
      for (const each of authors) expect(each.changed).toEqual([]);
    });

    it('of values of every type', async () => {
      const value = (index: number) => ({
        label: `it's "${index}" \\ 😀 %_`,
        data: new Uint8Array([index, 0, 255]),
        price: `${index}.1200`,
        at: new Date(Date.UTC(2024, 1, 3, 4, 5, index, 6)),
        active: index % 2 === 0,
        ratio: index / 3,
        kind: index % 2 === 0 ? ('a' as const) : ('b' as const),
        info: index === 2 ? null : { deep: [index, null, 'x'] },
        count: BigInt(index) + 9_007_199_254_740_993n,
      });
      const comparable = (token: Token) => ({ ...value(0), ...token.attributes, id: undefined });
      const expected = (index: number) => ({ ...value(index), id: undefined });
      await using session = new Session();
      const tokens = [0, 1, 2, 3].map((index) => session.add(new Token(value(index))));
      expect(written(await statementsOf(() => session.commit()))).toHaveLength(1);
      for (const [index, token] of tokens.entries())
        expect(comparable(await Token.find(token.id))).toEqual(expected(index));
      for (const [index, token] of tokens.entries()) token.assign(value(index + 4));
      expect(written(await statementsOf(() => session.commit()))).toHaveLength(1);
      for (const [index, token] of tokens.entries())
        expect(comparable(await Token.find(token.id))).toEqual(expected(index + 4));
    });

    it('of rows with more values than one can have', async () => {
      await using session = new Session();
      const row = (start: number) => Object.fromEntries(wideColumns.map((name, index) => [name, start + index]));
      const rows = Array.from({ length: 250 }, (_, index) => session.add(new Wide(row(index))));
      expect(written(await statementsOf(() => session.commit())).length).toBeLessThan(5);
      for (const [index, each] of rows.entries()) each.assign(row(-index * 2));
      expect(written(await statementsOf(() => session.commit())).length).toBeLessThan(30);
      const last = wideColumns.at(-1) ?? '';
      for (const index of [0, 100, 249])
        expect((await Wide.find(rows[index]?.id ?? 0)).attributes[last]).toBe(wideColumns.length - 1 - index * 2);
    });

    it('by a key of several columns', async () => {
      await using session = new Session();
      const lines = [1, 2, 3].map((position) => session.add(new Line({ orderNo: 1, position, text: 'a' })));
      expect(written(await statementsOf(() => session.flush()))).toHaveLength(1);
      for (const [index, line] of lines.entries()) line.text = `text ${index}`;
      expect(written(await statementsOf(() => session.flush()))).toHaveLength(1);
      const [first, ...rest] = lines;
      for (const each of rest) session.delete(each);
      expect(written(await statementsOf(() => session.commit()))).toHaveLength(1);
      expect(await Line.pluck('text')).toEqual(['text 0']);
      if (first !== undefined) first.position = 9;
      await session.commit();
      expect(await Line.pluck('position')).toEqual([9]);
      expect(await session.get(Line, { orderNo: 1, position: 9 })).toBe(first);
    });

    it('with lock versions', async () => {
      await using session = new Session();
      const accounts = ['Ada', 'Bob', 'Cy'].map((owner) => session.add(new Account({ owner, balance: '1.00' })));
      await session.commit();
      for (const each of accounts) each.balance = '2.00';
      expect(written(await statementsOf(() => session.commit()))).toHaveLength(1);
      expect(accounts.map((each) => each.lockVersion)).toEqual([1, 1, 1]);
      for (const each of accounts) session.delete(each);
      expect(written(await statementsOf(() => session.commit()))).toHaveLength(1);
      expect(await Account.count()).toBe(0);
    });
  });

  describe('saves each record as ever', () => {
    it('with its callbacks', async () => {
      await using session = new Session();
      const [one, two] = [session.add(new Member({ name: 'one' })), session.add(new Member({ name: 'shy' }))];
      await session.flush();
      expect(log.filter((each) => each.endsWith('one') || each.startsWith('there one'))).toEqual([
        'before one',
        'around one',
        'there one number',
        'after one',
      ]);
      expect(two.name).toBe('bold');
      await session.commit();
      expect(log.slice(-2)).toEqual(['commit one', 'commit bold']);
      one.name = 'first';
      session.delete(two);
      log.length = 0;
      await session.commit();
      expect(log).toEqual(['before first', 'after first', 'destroy bold', 'commit first', 'commit bold']);
    });

    it('with saves of callbacks beside it', async () => {
      await using session = new Session();
      session.addAll([new Note({ text: 'helper' }), new Note({ text: 'plain' }), new Note({ text: 'nested' })]);
      await session.commit();
      expect((await Note.pluck('text')).sort()).toEqual(['from a callback', 'helper', 'nested', 'plain']);
      expect(log).toEqual(['nested']);
    });

    it('in the order of the records, however long the callbacks of each take', async () => {
      await using session = new Session();
      const notes = ['3', '2', '1', '0'].map((text) => session.add(new Note({ text: `slow ${text}` })));
      expect(written(await statementsOf(() => session.commit()))).toHaveLength(1);
      const ids = notes.map(({ id }) => Number(id));
      expect(ids).toEqual([...ids].sort((one, other) => one - other));
    });

    it('also where a callback waits for another record of the flush', async () => {
      await using session = new Session();
      other = new Note({ text: 'the other' });
      session.addAll([new Note({ text: 'waits for the other' }), other, new Note({ text: 'waits for the other' })]);
      await session.commit();
      expect(await Note.where({ text: 'the other' }).count()).toBe(1);
      expect(await Note.count()).toBe(3);
      other = undefined;
    });

    it('once, also where the callback of another one has saved it, or destroyed it', async () => {
      await using session = new Session();
      const saved = new Note({ text: 'counted' });
      const gone = await Note.create({ text: 'gone' });
      gone.text = 'changed';
      const ada = new Member({ name: 'ada' });
      // Members are written first.
      ada.meanwhile = async () => {
        await saved.save();
        await gone.destroy();
      };
      session.addAll([ada, saved, gone]);
      await session.commit();
      expect(log.filter((each) => each === 'save counted')).toHaveLength(1);
      expect([gone.isDestroyed, session.has(saved)]).toEqual([true, true]);
      expect(await Note.pluck('text')).toEqual(['counted']);
    });

    it('and writes what callbacks add', async () => {
      await using session = new Session();
      const note = session.add(new Note({ text: 'adds' }));
      note.session = session;
      await session.commit();
      expect((await Note.pluck('text')).sort()).toEqual(['added', 'adds']);
    });

    it('with validations that ask the database', async () => {
      await Member.create({ name: 'there', email: 'a@b.c' });
      await using session = new Session();
      session.add(new Member({ name: 'new', email: 'a@b.c' }));
      await expect(session.commit()).rejects.toMatchObject({ code: 'AR_RECORD_INVALID' });
    });

    it('and says of each what has changed', async () => {
      await using session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      session.add(new Author({ name: 'Bob' }));
      await session.commit();
      expect(ada.previousChanges.id).toEqual([null, ada.id]);
      expect(ada.createdAt).toEqual((await Author.find(ada.id)).createdAt);
      ada.age = 3;
      await session.commit();
      expect(ada.previousChanges.age).toEqual([null, 3]);
    });
  });
});
