/** Saves and destroys at once, stale ones inside of transactions, and callbacks from far away: what was wrong once. */
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasMany,
  Rollback,
  SoftDelete,
  StaleObjectError,
  transaction,
  withoutTransaction,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Account extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  balance: column.integer().default(0),
  lockVersion: column.lockVersion(),
  ...column.timestamps(),
}) {}
class Shelf extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  name: column.string(),
  booksCount: column.integer().default(0),
  get books() {
    return hasMany(Book);
  },
}) {}
class Book extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  title: column.string(80).unique(),
  shelfId: column.references('shelves'),
  lockVersion: column.lockVersion(),
  ...column.timestamps(),
  get shelf() {
    return belongsTo(Shelf, { counterCache: true });
  },
}) {}
class Entry extends BaseModel.with({ id: column.id(), text: column.string() }) {}

const statusOf = (all: readonly PromiseSettledResult<unknown>[]) =>
  all.map((each) => (each.status === 'fulfilled' ? 'done' : (each.reason as Error).name));

/** A class of the table of accounts, for callbacks of its own. */
function accounts() {
  return class Sub extends Account {
    static override tableName = 'accounts';
  };
}

describeModels('saving', [Account, Shelf, Book, Entry], ({ dialect }) => {
  emptyBeforeEach('accounts', 'books', 'shelves', 'entries');

  /** An account that somebody else has changed since. */
  async function stale(model: typeof Account = Account): Promise<Account> {
    const { id } = await Account.create({ name: 'Ada' });
    const account = await model.find(id);
    await (await Account.find(id)).update({ name: 'other' });
    return account;
  }

  describe('at once', () => {
    it.each(['without', 'with'])('%s callbacks loses no write of somebody else', async (callbacks) => {
      const Sub = accounts();
      if (callbacks === 'with') Sub.before('save', () => undefined);
      const account = await stale(Sub);
      const all = await Promise.allSettled([account.update({ name: 'mine' }), account.update({ balance: 9 })]);
      expect(statusOf(all)).toEqual(['StaleObjectError', 'StaleObjectError']);
      expect(await Account.pluck('name', 'balance')).toEqual([['other', 0]]);
      expect(account.changes).toEqual({ name: ['Ada', 'mine'], balance: [0, 9] });
    });

    it('of one transaction go on from each other', async () => {
      const account = await Account.create({ name: 'Ada' });
      const all = await transaction(() =>
        Promise.allSettled([account.update({ name: 'a' }), account.touch(), account.update({ balance: 2 })]),
      );
      expect(statusOf(all ?? [])).toEqual(['done', 'done', 'done']);
      expect(account.changes).toEqual({});
      expect(account.lockVersion).toBe((await Account.find(account.id)).lockVersion);
    });

    it('with callbacks leave a version that the row has', async () => {
      const Sub = accounts();
      Sub.before('save', () => undefined);
      const account = await Sub.create({ name: 'Ada' });
      await Promise.allSettled([1, 2, 3].map((balance) => account.update({ balance })));
      await account.update({ name: 'next' });
      expect(account.attributes).toEqual((await Account.find(account.id)).attributes);
    });

    it('of what becomes another class make one row', async () => {
      const Sub = accounts();
      Sub.before('save', () => undefined);
      const account = new Account({ name: 'Ada' });
      const other = new Sub({ name: 'Bob' });
      await Promise.all([account.becomes(Sub).save(), account.save(), other.save(), other.becomes(Sub).save()]);
      expect(await Account.order('name').pluck('name')).toEqual(['Ada', 'Bob']);
    });

    it('touches count one after the other', async () => {
      const account = await Account.create({ name: 'Ada' });
      await Promise.all([account.touch(), account.touch(), account.touch()]);
      expect((await Account.find(account.id)).lockVersion).toBe(account.lockVersion);
    });

    it('a restore is counted once, of one record or of two', async () => {
      const shelf = await Shelf.create({ name: 'a' });
      const book = await shelf.books.create({ title: 'One' });
      await book.destroy();
      const same = await Book.all().withDeleted().find(book.id);
      await Promise.allSettled([book.restore(), book.restore(), same.restore()]);
      expect([(await shelf.reload()).booksCount, await Book.count()]).toEqual([1, 1]);
    });

    it('a soft destroy is done, whoever was quicker', async () => {
      const shelf = await Shelf.create({ name: 'a' });
      const book = await shelf.books.create({ title: 'One' });
      const same = await Book.find(book.id);
      await Promise.all([book.destroy(), book.destroy(), same.destroy()]);
      expect([(await shelf.reload()).booksCount, await Book.count(), same.isDestroyed]).toEqual([0, 0, true]);
    });
  });

  describe.skipIf(dialect === 'sqlite')('in a transaction that has read before somebody else wrote', () => {
    it.each(['update', 'destroy', 'touch'] as const)('%s is refused', async (what) => {
      const { id } = await Account.create({ name: 'Ada' });
      const error = await errorOf(() =>
        transaction(async () => {
          const account = await Account.find(id);
          await withoutTransaction(async () => (await Account.find(id)).update({ name: 'other' }));
          if (what === 'update') await account.update({ name: 'mine' });
          else await account[what]();
        }),
      );
      expect(error).toBeInstanceOf(StaleObjectError);
      expect((error as unknown as StaleObjectError<Account>).current.name).toBe('other');
    });
  });

  describe('a Rollback that a callback throws', () => {
    it.each(['validation', 'save', 'create'] as const)('before or after %s arrives', async (event) => {
      for (const time of ['before', 'after'] as const) {
        const Sub = accounts();
        Sub[time](event, () => {
          throw new Rollback();
        });
        expect(await errorOf(() => Sub.create({ name: 'Ada' }))).toBeInstanceOf(Rollback);
        expect(await Account.count()).toBe(0);
      }
    });

    it('arrives from destroy, destroyAll, touch, restore and the create of a collection', async () => {
      const shelf = await Shelf.create({ name: 'a' });
      const book = await shelf.books.create({ title: 'One' });
      const offs = (['save', 'destroy', 'touch'] as const).map((event) =>
        Book.after(event, () => {
          throw new Rollback();
        }),
      );
      try {
        expect(await errorOf(() => book.destroy())).toBeInstanceOf(Rollback);
        expect(await errorOf(() => Book.where({ id: book.id }).destroyAll())).toBeInstanceOf(Rollback);
        expect(await errorOf(() => shelf.books.create({ title: 'Two' }))).toBeInstanceOf(Rollback);
        expect(await errorOf(() => book.touch())).toBeInstanceOf(Rollback);
        expect([await Book.pluck('title'), book.isDestroyed]).toEqual([['One'], false]);
      } finally {
        for (const off of offs) off();
      }
    });

    it('rolls back the transaction of the application', async () => {
      const Sub = accounts();
      Sub.after('save', () => {
        throw new Rollback();
      });
      const result = await transaction(async () => {
        await Entry.create({ text: 'a' });
        await Sub.create({ name: 'Ada' });
        return 'done';
      });
      expect([result, await Entry.count(), connections.get().inTransaction]).toEqual([undefined, 0, false]);
    });
  });

  it('createOrFindBy in a transaction takes back what callbacks of the record that is there have written', async () => {
    const Sub = class Sub extends Book {
      static override tableName = 'books';
    };
    const shelf = await Shelf.create({ name: 'a' });
    await shelf.books.create({ title: 'One' });
    Sub.before('create', () => Entry.create({ text: 'creating' }));
    const found = await transaction(() => Sub.createOrFindBy({ title: 'One' }, { shelfId: shelf.id }));
    expect([found?.title, await Entry.count(), (await shelf.reload()).booksCount]).toEqual(['One', 0, 1]);
  });

  it('callbacks of what a concern extends are called, in order', async () => {
    const log: string[] = [];
    abstract class Noted extends BaseModel.with({}) {
      override beforeSave() {
        log.push('method');
      }
    }
    abstract class Loud extends Noted.with({}) {}
    class Heard extends Account.use(Loud).with({}) {
      static override tableName = 'accounts';
    }
    Noted.before('save', () => log.push('Noted'));
    Loud.before('save', () => log.push('Loud'));
    await Heard.create({ name: 'Ada' });
    expect(log).toEqual(['Noted', 'Loud', 'method']);
  });
});
