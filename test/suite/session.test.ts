/** A session: which records are part of it, which object stands for a row, and what it reads. */
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  FrozenRecord,
  hasMany,
  InvalidQuery,
  ReadOnlyRecord,
  RecordDestroyed,
  RecordNotFound,
  RecordNotPersisted,
  Session,
  SessionConflict,
  SoleRecordExceeded,
  sql,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { Account, Author, Book, Label, Line, libraryModels, libraryTables } from '../support/library.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Elsewhere extends BaseModel.with({ id: column.id() }) {
  static override connectionName = 'elsewhere';
}

/** Both sides save the other. */
class Branch extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  parentId: column.references('branches').nullable(),
  get parent() {
    return belongsTo(Branch, { optional: true, autosave: true });
  },
  get branches() {
    return hasMany(Branch, { foreignKey: 'parentId', autosave: true });
  },
}) {}
/** On another connection than the record that it belongs to. */
class Visit extends BaseModel.with({
  id: column.id(),
  authorId: column.integer(),
  get author() {
    return belongsTo(Author);
  },
}) {
  static override connectionName = 'elsewhere';
}

describeModels('a session', [...libraryModels, Branch], (database) => {
  emptyBeforeEach(...libraryTables);

  describe('knows its records', () => {
    it('as new, until they are written', async () => {
      await using session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      session.addAll([new Author({ name: 'Bob' }), new Author({ name: 'Cy' })]);
      session.add(ada);
      expect(session.new.map((each) => (each as Author).name)).toEqual(['Ada', 'Bob', 'Cy']);
      expect(session.has(ada)).toBe(true);
      await session.commit();
      expect(session.new).toEqual([]);
      expect(session.has(ada)).toBe(true);
      expect(await Author.order('id').pluck('name')).toEqual(['Ada', 'Bob', 'Cy']);
    });

    it('as dirty, where they were changed', async () => {
      await Author.create({ name: 'Ada', notes: { list: [1] } });
      await using session = new Session();
      const [ada] = await session.query(Author).all();
      expect(session.dirty).toEqual([]);
      ada?.notes?.list.push(2);
      expect(session.dirty).toEqual([ada]);
      await session.commit();
      expect(session.dirty).toEqual([]);
      expect(await Author.pluck('notes')).toEqual([{ list: [1, 2] }]);
    });

    it('as deleted, until the row is', async () => {
      const ada = await Author.create({ name: 'Ada' });
      await using session = new Session();
      session.delete(ada);
      expect(session.deleted).toEqual([ada]);
      expect(session.dirty).toEqual([]);
      await session.commit();
      expect(session.deleted).toEqual([]);
      expect(session.has(ada)).toBe(false);
      expect(ada.isDestroyed).toBe(true);
      expect(await Author.count()).toBe(0);
    });

    it('and no more what was expunged', async () => {
      const [ada, bob] = [await Author.create({ name: 'Ada' }), new Author({ name: 'Bob' })];
      await using session = new Session();
      session.addAll([ada, bob]);
      ada.age = 36;
      session.expunge(bob);
      session.expunge(ada);
      expect(session.has(ada)).toBe(false);
      expect(await statementsOf(() => session.commit())).toEqual([]);
      expect(await errorOf(() => session.expunge(ada))).toBeInstanceOf(SessionConflict);
      session.addAll([ada, bob]);
      session.expungeAll();
      expect(session.new).toEqual([]);
      expect(await statementsOf(() => session.commit())).toEqual([]);
    });

    it('takes back a deletion when the record is added again', async () => {
      const ada = await Author.create({ name: 'Ada' });
      await using session = new Session();
      session.delete(ada);
      session.add(ada);
      await session.commit();
      expect(await Author.count()).toBe(1);
    });

    it('leaves out what was saved, or destroyed, without it', async () => {
      const [ada, bob] = [new Author({ name: 'Ada' }), new Author({ name: 'Bob' })];
      await using session = new Session();
      session.addAll([ada, bob]);
      await ada.save();
      await bob.save();
      await bob.destroy();
      expect(await statementsOf(() => session.commit())).toEqual([]);
      expect(session.has(bob)).toBe(false);
      expect(await session.get(Author, ada.id)).toBe(ada);
    });
  });

  describe('refuses', () => {
    it('what is no record', async () => {
      const session = new Session();
      for (const value of [undefined, null, {}, 'Ada', [new Author({ name: 'Ada' })]]) {
        for (const method of ['add', 'delete', 'expunge'] as const)
          expect(await errorBeforeSending(() => session[method](value as never))).toBeInstanceOf(InvalidQuery);
      }
      expect(await errorBeforeSending(() => session.addAll(5 as never))).toBeInstanceOf(InvalidQuery);
      expect(session.has({} as never)).toBe(false);
    });

    it('what is no model', async () => {
      await using session = new Session();
      for (const model of [undefined, null, {}, 'Author', Date, () => Author] as never[]) {
        expect(await errorBeforeSending(() => session.query(model))).toBeInstanceOf(InvalidQuery);
        expect(await errorBeforeSending(() => session.get(model, 1 as never))).toBeInstanceOf(InvalidQuery);
      }
    });

    it('records that nobody may write', async () => {
      await Author.create({ name: 'Ada' });
      const session = new Session();
      const readOnly = await Author.all().readonly().firstOrFail();
      const frozen = (await Author.firstOrFail()).freeze();
      const gone = await Author.firstOrFail();
      await gone.destroy();
      const fresh = new Author({ name: 'Bob' });
      const add = (record: Author) => errorBeforeSending(() => session.addAll([fresh, record]));
      expect(await add(readOnly)).toBeInstanceOf(ReadOnlyRecord);
      expect(await add(frozen)).toBeInstanceOf(FrozenRecord);
      expect(await add(gone)).toBeInstanceOf(RecordDestroyed);
      // All or none.
      expect(session.new).toEqual([]);
      expect(await errorBeforeSending(() => session.delete(gone))).toBeInstanceOf(RecordDestroyed);
    });

    it('to delete a new record', async () => {
      const session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      expect(await errorBeforeSending(() => session.delete(ada))).toBeInstanceOf(RecordNotPersisted);
      expect(session.new).toEqual([ada]);
    });

    it('a record of another session, until that lets go of it', async () => {
      const [one, other] = [new Session(), new Session()];
      const ada = one.add(new Author({ name: 'Ada' }));
      expect(await errorBeforeSending(() => other.add(ada))).toBeInstanceOf(SessionConflict);
      one.expunge(ada);
      other.add(ada);
      await other.close();
      one.add(ada);
      await one.commit();
      const book = other === one ? undefined : new Book({ title: 'Notes', author: ada });
      const third = new Session();
      if (book !== undefined) third.add(book);
      ada.age = 1;
      // It would be saved with the book.
      expect(await errorBeforeSending(() => third.flush())).toBeInstanceOf(SessionConflict);
    });

    it('another object for a row that it knows', async () => {
      const { id } = await Author.create({ name: 'Ada' });
      await using session = new Session();
      await session.get(Author, id);
      const other = await Author.find(id);
      expect(await errorBeforeSending(() => session.add(other))).toBeInstanceOf(SessionConflict);
      expect(await errorBeforeSending(() => session.refresh(other))).toBeInstanceOf(SessionConflict);
    });

    it('records of another connection than the one that it is told', async () => {
      connections.define('elsewhere', database.url);
      const session = new Session({ connection: connections.get() });
      expect(await errorBeforeSending(() => session.add(new Elsewhere()))).toBeInstanceOf(SessionConflict);
      expect(await errorBeforeSending(() => session.query(Elsewhere))).toBeInstanceOf(SessionConflict);
      expect(await errorBeforeSending(() => session.get(Elsewhere, 1))).toBeInstanceOf(SessionConflict);
      session.add(new Author({ name: 'Ada' }));
      await session.commit();
      expect(await Author.count()).toBe(1);
      // Also where it only comes along.
      const there = new Session({ connection: 'elsewhere' });
      there.add(new Visit({ author: new Author({ name: 'Bob' }) }));
      expect(await errorOf(() => there.commit())).toBeInstanceOf(SessionConflict);
      expect(await Author.count()).toBe(1);
      await connections.close('elsewhere');
    });

    it('options that there are not', async () => {
      const wrong = [
        ...[{ autocommit: true }, { autoflush: 1 }, 'default', null],
        ...[{ connection: 5 }, { timeout: 'long' }, { isolation: 'none' }],
      ];
      for (const options of wrong as unknown[])
        expect(await errorBeforeSending(() => new Session(options as never))).toBeInstanceOf(InvalidQuery);
    });
  });

  describe('gives one object for a row', () => {
    it('by key, by query, and with what it was loaded with', async () => {
      const { id } = await Author.create({ name: 'Ada' });
      await Book.create({ title: 'Notes', authorId: id });
      await using session = new Session();
      const ada = await session.get(Author, id);
      expect(await statementsOf(() => session.get(Author, id))).toEqual([]);
      const [again] = await session.query(Author).filterBy({ name: 'Ada' }).all();
      expect(again).toBe(ada);
      const [book] = await session.query(Book).includes('author').all();
      expect(book?.author.value).toBe(ada);
      const [withBooks] = await session.query(Author).includes('books').all();
      expect(withBooks).toBe(ada);
      expect(withBooks?.books.at(0)).toBe(book);
    });

    it('and null where there is no row', async () => {
      await using session = new Session();
      expect(await session.get(Author, 4711)).toBeNull();
      expect(await session.query(Author).get(4711)).toBeNull();
      expect(await errorOf(() => session.get(Author, 'x' as never))).toMatchObject({ code: 'AR_VALUE_INVALID' });
    });

    it('also by a key of several columns', async () => {
      await Line.create({ orderNo: 1, position: 2, text: 'tea' });
      await using session = new Session();
      const line = await session.get(Line, { orderNo: 1, position: 2 });
      expect(line?.text).toBe('tea');
      expect(await session.get(Line, { position: 2, orderNo: 1 })).toBe(line);
      expect(await session.get(Line, { orderNo: 2, position: 1 })).toBeNull();
    });

    it('also by the key that it has again when a new one was rolled back', async () => {
      await Line.create({ orderNo: 1, position: 1, text: 'tea' });
      await using session = new Session();
      const line = await session.get(Line, { orderNo: 1, position: 1 });
      if (line === null) throw new Error('there is one');
      line.position = 5;
      await session.flush();
      expect(await session.get(Line, { orderNo: 1, position: 5 })).toBe(line);
      await session.rollback();
      expect(await session.get(Line, { orderNo: 1, position: 5 })).toBeNull();
      expect(await session.get(Line, { orderNo: 1, position: 1 })).toBe(line);
      line.text = 'coffee';
      await session.commit();
      expect(await Line.pluck('text')).toEqual(['coffee']);
    });

    it('and none that has lost the row, or the key, without it', async () => {
      await using session = new Session();
      const [line, label] = [
        session.add(new Line({ orderNo: 1, position: 1 })),
        session.add(new Label({ name: 'gone' })),
      ];
      await session.flush();
      await session.run(async () => {
        line.position = 7;
        await line.save();
        await label.destroy();
      });
      expect(await session.get(Line, { orderNo: 1, position: 1 })).toBeNull();
      expect(await session.get(Label, label.id ?? 0)).toBeNull();
    });

    it('and none that went with a deleted one', async () => {
      const { id } = await Author.create({ name: 'Ada' });
      const { id: bookId } = await Book.create({ title: 'Notes', authorId: id });
      await using session = new Session();
      const [ada, book] = [await session.get(Author, id), await session.get(Book, bookId)];
      if (ada === null || book === null) throw new Error('they are there');
      session.delete(ada);
      await session.flush();
      expect(await session.get(Book, bookId)).toBeNull();
      book.title = 'of nobody';
      expect(await errorOf(() => session.commit())).toBeInstanceOf(RecordNotFound);
    });

    it('whose changes no query takes away', async () => {
      const { id } = await Author.create({ name: 'Ada', age: 36 });
      await using session = new Session({ autoflush: false });
      const ada = await session.get(Author, id);
      if (ada !== null) ada.name = 'Ada Lovelace';
      await Author.where({ id }).updateAll({ age: 37 });
      const [again] = await session.query(Author).all();
      expect(again).toBe(ada);
      expect(ada?.name).toBe('Ada Lovelace');
      expect(ada?.age).toBe(36);
    });

    it('and no query loses what waits in a collection that it loads', async () => {
      const { id } = await Author.create({ name: 'Ada' });
      await Book.create({ title: 'there', authorId: id });
      await using session = new Session({ autoflush: false });
      const ada = await session.get(Author, id);
      if (ada === null) throw new Error('there is one');
      ada.books.build({ title: 'waits' });
      await session.query(Author).includes('books').all();
      await session.commit();
      expect(await Book.order('title').pluck('title')).toEqual(['there', 'waits']);
    });

    it('with the values of the row, where nothing was changed', async () => {
      const { id } = await Author.create({ name: 'Ada', age: 36 });
      await using session = new Session();
      const ada = await session.get(Author, id);
      await Author.where({ id }).updateAll({ age: 37 });
      await session.query(Author).all();
      expect(ada?.age).toBe(37);
    });

    it('and reads it again after a commit', async () => {
      const { id } = await Author.create({ name: 'Ada', age: 36 });
      await using session = new Session();
      const ada = await session.get(Author, id);
      await session.commit();
      await Author.where({ id }).updateAll({ age: 37 });
      expect(await session.get(Author, id)).toBe(ada);
      expect(ada?.age).toBe(37);
      await session.commit();
      await Author.where({ id }).deleteAll();
      expect(await session.get(Author, id)).toBeNull();
    });

    it('and when it is told to', async () => {
      const { id } = await Author.create({ name: 'Ada', age: 36 });
      await using session = new Session();
      const ada = await session.get(Author, id);
      if (ada === null) throw new Error('there is one');
      ada.name = 'Other';
      await Author.where({ id }).updateAll({ age: 37 });
      await session.refresh(ada);
      expect([ada.name, ada.age]).toEqual(['Ada', 37]);
      await Author.where({ id }).deleteAll();
      expect(await errorOf(() => session.refresh(ada))).toBeInstanceOf(RecordNotFound);
    });
  });

  describe('queries', () => {
    it('by conditions, order and number', async () => {
      for (const [name, age] of [
        ['Ada', 36],
        ['Bob', 20],
        ['Cy', 20],
      ] as const)
        await Author.create({ name, age });
      await using session = new Session();
      const query = session.query(Author).filterBy({ age: 20 }).orderBy('name', 'desc');
      expect((await query.all()).map(({ name }) => name)).toEqual(['Cy', 'Bob']);
      expect((await query.first())?.name).toBe('Cy');
      expect((await query.limit(1).offset(1).all()).map(({ name }) => name)).toEqual(['Bob']);
      expect(await query.count()).toBe(2);
      expect((await query.filterBy(sql`name = ${'Bob'}`).one()).name).toBe('Bob');
      expect(await query.filterBy({ name: 'Ada' }).oneOrNone()).toBeNull();
      expect(await errorOf(() => query.one())).toBeInstanceOf(SoleRecordExceeded);
      expect(await errorOf(() => query.oneOrNone())).toBeInstanceOf(SoleRecordExceeded);
      expect(await errorOf(() => query.filterBy({ name: 'Ada' }).one())).toBeInstanceOf(RecordNotFound);
      expect(await query.filterBy({ name: 'Ada' }).first()).toBeNull();
      const names: string[] = [];
      for await (const { name } of session.query(Author).orderBy({ name: 'asc' })) names.push(name);
      expect(names).toEqual(['Ada', 'Bob', 'Cy']);
    });

    it('write what is pending first, unless they are told not to', async () => {
      await using session = new Session();
      session.add(new Author({ name: 'Ada' }));
      expect(await session.query(Author).count()).toBe(1);
      expect(session.inTransaction).toBe(true);
      await session.rollback();
      await using quiet = new Session({ autoflush: false });
      quiet.add(new Author({ name: 'Ada' }));
      expect(await quiet.query(Author).count()).toBe(0);
      expect(quiet.inTransaction).toBe(false);
    });

    it('write also what records lead to that the session has not loaded', async () => {
      const { id } = await Author.create({ name: 'Ada' });
      await Book.create({ title: 'Notes', authorId: id });
      await using session = new Session();
      const ada = await session.get(Author, id);
      const [book] = (await ada?.books) ?? [];
      if (book === undefined) throw new Error('there is one');
      book.title = 'Numbers';
      expect((await session.query(Book).filterBy({ title: 'Numbers' }).one()).id).toBe(book.id);
      await session.commit();
      expect(await Book.pluck('title')).toEqual(['Numbers']);
    });

    it('look at each record once, however far those lead that are saved with others', async () => {
      const root = await Branch.create({ name: 'root' });
      await using session = new Session({ autoflush: false });
      session.add(root);
      expect(session.dirty).toEqual([]);
      let last = root;
      for (let depth = 0; depth < 15_000; depth++) last = last.branches.build({ name: 'branch' });
      expect(session.dirty).toEqual([root]);
      expect(await session.get(Branch, root.id)).toBe(root);
      expect(await session.query(Branch).count()).toBe(1);
    });

    it('hold no connection before the first flush, and are in the transaction from then on', async () => {
      await using session = new Session();
      expect(await session.query(Author).count()).toBe(0);
      const { inUse } = connections.get().pool;
      expect(inUse).toBe(0);
      session.add(new Author({ name: 'Ada' }));
      await session.flush();
      expect(connections.get().pool.inUse).toBe(1);
      expect(await session.query(Author).count()).toBe(1);
      expect(await session.run(() => Author.count())).toBe(1);
      await session.commit();
      expect(connections.get().pool.inUse).toBe(0);
      expect(await Account.count()).toBe(0);
    });
  });
});
