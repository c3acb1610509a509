/** Sessions in transactions that are run again: each run finds the session, and its records, as they were before the first. */
import { connections, Deadlocked, Session, transaction } from 'active-record-ts';
import { expect, it } from 'vitest';
import { Account, Author, Book, Label, Line, libraryModels, libraryTables, Page } from '../support/library.ts';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

const deadlock = () => new Deadlocked('Deadlock found.', { sql: 'UPDATE', binds: [], cause: undefined });
const soon = { retries: { times: 3, backoff: 1 } } as const;

/** Two that wait for each other, once. */
function meeting(): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    if (++arrived >= 2) open();
    return both;
  };
}

describeModels('a session in a transaction that is run again', libraryModels, ({ dialect }) => {
  emptyBeforeEach(...libraryTables);

  it('writes in each run what was pending before', async () => {
    const [kept, gone] = [await Author.create({ name: 'Kept', age: 1 }), await Author.create({ name: 'Gone' })];
    await gone.books.create({ title: 'gone too' });
    await using session = new Session();
    session.addAll([kept, gone]);
    const ada = session.add(new Author({ name: 'Ada' }));
    const book = ada.books.build({ title: 'Notes' });
    book.pages.build({ number: 1 });
    book.labels.build({ name: 'label' });
    kept.age = 2;
    kept.books.build({ title: 'Another' });
    session.delete(gone);
    const seen: unknown[] = [];
    await transaction(async () => {
      seen.push([session.new.length, session.dirty.length, session.deleted.length, ada.isNewRecord, kept.changes]);
      await session.commit();
      session.add(new Author({ name: 'Inside' }));
      await session.commit();
      if (seen.length < 3) throw deadlock();
    }, soon);
    expect(seen).toEqual([1, 2, 3].map(() => [1, 1, 1, true, { age: [1, 2] }]));
    expect(await Author.order('name').pluck('name', 'age', 'booksCount')).toEqual([
      ['Ada', null, 1],
      ['Inside', null, 0],
      ['Kept', 2, 1],
    ]);
    expect(await Book.order('title').pluck('title')).toEqual(['Another', 'Notes']);
    expect([await Page.count(), await Label.count()]).toEqual([1, 1]);
    expect([session.has(ada), session.has(kept), session.has(gone)]).toEqual([true, true, false]);
    expect(await session.get(Author, ada.id)).toBe(ada);
    expect(session.new).toEqual([]);
  });

  it('is not failed, nor closed, by the run before', async () => {
    const ada = new Author({ name: 'Ada' });
    const session = new Session();
    session.add(ada);
    let runs = 0;
    await transaction(async () => {
      const bad = session.add(new Author({ name: ++runs < 3 ? 'x' : 'xx' }));
      const error = await session.commit().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error !== undefined) expect(bad.errors.on('name')).toHaveLength(1);
      await session.close();
      if (error !== undefined) throw deadlock();
    }, soon);
    expect(runs).toBe(3);
    expect(await Author.order('name').pluck('name')).toEqual(['Ada', 'xx']);
    expect(await errorOf(() => session.flush())).toMatchObject({ code: 'AR_SESSION_CLOSED' });
  });

  it('lets go of records that a run has given it', async () => {
    const ada = new Author({ name: 'Ada' });
    let runs = 0;
    await transaction(async () => {
      // Nobody closes it.
      const session = new Session();
      session.add(ada);
      await session.commit();
      if (++runs < 3) throw deadlock();
    }, soon);
    expect(await Author.pluck('name')).toEqual(['Ada']);
  });

  it('is rolled back at once with it, though nobody has ended it', async () => {
    const ada = new Author({ name: 'Ada' });
    await using session = new Session();
    session.add(ada);
    ada.books.build({ title: 'Notes' });
    let runs = 0;
    await transaction(async () => {
      await session.flush();
      expect(await session.query(Author).count()).toBe(1);
      if (++runs < 3) throw deadlock();
      await session.commit();
    }, soon);
    expect([ada.isNewRecord, session.inTransaction]).toEqual([false, false]);
    expect([await Author.count(), await Book.count()]).toEqual([1, 1]);
    ada.age = 1;
    const given = await errorOf(() =>
      transaction(async () => {
        await session.flush();
        throw new Error('of the program');
      }),
    );
    expect(given.message).toBe('of the program');
    expect(await errorOf(() => session.commit())).toMatchObject({ code: 'AR_SESSION_FAILED', cause: given });
    expect(connections.get().pool.inUse).toBe(0);
    await session.rollback();
    expect([ada.age, ada.isNewRecord]).toEqual([null, false]);
  });

  it('keeps what it has committed beside it', async () => {
    const session = new Session();
    const ada = session.add(new Author({ name: 'Ada' }));
    await session.flush();
    let runs = 0;
    // SQLite has one writer at a time.
    const options = dialect === 'sqlite' ? { ...soon, readOnly: true } : soon;
    await transaction(async () => {
      await session.commit();
      if (++runs < 3) throw deadlock();
    }, options);
    expect([session.has(ada), session.inTransaction, ada.isNewRecord]).toEqual([true, false, false]);
    expect(await session.get(Author, ada.id)).toBe(ada);
    await session.close();
    expect(await Author.pluck('name')).toEqual(['Ada']);
  });

  it.skipIf(dialect === 'sqlite')('goes through real deadlocks', async () => {
    const accounts = [
      await Account.create({ owner: 'Ada', balance: '100.00' }),
      await Account.create({ owner: 'Bob', balance: '100.00' }),
    ];
    const meet = meeting();
    let runs = 0;
    const transfer = async (from: number, to: number) => {
      await using session = new Session();
      const made = session.add(new Author({ name: `from ${from}` }));
      made.books.build({ title: 'receipt' });
      await transaction(
        async () => {
          runs++;
          const [one, other] = [
            await session.get(Account, accounts[from]?.id ?? 0),
            await session.get(Account, accounts[to]?.id ?? 0),
          ];
          if (one === null || other === null) throw new Error('they are there');
          one.balance = String(Number(one.balance) - 10);
          await session.flush();
          await meet();
          other.balance = String(Number(other.balance) + 10);
          await session.commit();
        },
        { retries: 5 },
      );
      expect(session.has(made)).toBe(true);
    };
    await Promise.all([transfer(0, 1), transfer(1, 0)]);
    expect(runs).toBeGreaterThan(2);
    expect(await Account.order('id').pluck('balance', 'lockVersion')).toEqual([
      ['100.00', 2],
      ['100.00', 2],
    ]);
    expect([await Author.count(), await Book.count()]).toEqual([2, 2]);
  });

  it.skipIf(dialect === 'sqlite')('goes through what cannot be serialized', async () => {
    const meet = meeting();
    let runs = 0;
    const register = async (name: string) => {
      await using session = new Session();
      const author = session.add(new Author({ name }));
      await transaction(
        async () => {
          runs++;
          author.age = await Author.count();
          await meet();
          await session.commit();
        },
        { retries: 5, isolation: 'serializable' },
      );
    };
    await Promise.all([register('Ada'), register('Bob')]);
    expect(runs).toBeGreaterThan(2);
    expect(await Author.order('age').pluck('age')).toEqual([0, 1]);
  });

  it('has one object for a row whose key goes back with the transaction around it', async () => {
    await Line.create({ orderNo: 1, position: 1, text: 'tea' });
    await using session = new Session();
    const line = await session.get(Line, { orderNo: 1, position: 1 });
    if (line === null) throw new Error('there is one');
    await errorOf(() =>
      transaction(async () => {
        line.position = 5;
        await session.commit();
        throw new Error('rolled back');
      }),
    );
    expect(await session.get(Line, { orderNo: 1, position: 1 })).toBe(line);
    expect(await session.query(Line).oneOrNone()).toBe(line);
  });
});
