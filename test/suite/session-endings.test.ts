/** How the work of a session ends otherwise: rolled back, failed, lost, closed, or called by several at once. */
import {
  BaseModel,
  CommitOutcomeUnknown,
  ConnectionClosed,
  column,
  connect,
  connections,
  disconnect,
  PoolTimeout,
  RecordInvalid,
  RecordNotFound,
  Rollback,
  Session,
  SessionBusy,
  SessionClosed,
  SessionFailed,
  StaleObjectError,
  sql,
  transaction,
} from 'active-record-ts';
import { afterEach, describe, expect, it } from 'vitest';
import { Account, Author, Book, Label, libraryModels, libraryTables, Page, Tree } from '../support/library.ts';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

const log: string[] = [];
let inCallback: ((record: Hook) => unknown) | undefined;
let saved: ((record: Hook) => unknown) | undefined;
let afterwards: ((record: Hook) => unknown) | undefined;

class Hook extends BaseModel.with({ id: column.id(), name: column.string() }) {
  override async beforeSave() {
    await inCallback?.(this);
  }
  override async afterSave() {
    await saved?.(this);
  }
  override async afterCommit() {
    log.push(`commit ${this.name}`);
    await afterwards?.(this);
  }
  override afterRollback() {
    log.push(`rollback ${this.name}`);
  }
}

describeModels('a session', [...libraryModels, Hook], (database) => {
  emptyBeforeEach(...libraryTables, 'hooks');
  afterEach(() => {
    log.length = 0;
    inCallback = undefined;
    saved = undefined;
    afterwards = undefined;
    expect(connections.get().pool.inUse).toBe(0);
  });

  describe('that is rolled back', () => {
    it('puts every record back to its state before', async () => {
      const ada = await Author.create({ name: 'Ada', age: 36, notes: { list: [1] } });
      const gone = await Label.create({ name: 'gone' });
      const before = structuredClone(ada.attributes);
      await using session = new Session();
      session.add(ada);
      session.delete(gone);
      const bob = session.add(new Author({ name: 'Bob' }));
      const book = ada.books.build({ title: 'Notes' });
      ada.age = 37;
      ada.notes?.list.push(2);
      await session.flush();
      expect(ada.booksCount).toBe(1);
      ada.name = 'Not flushed';
      await session.rollback();
      expect(ada.attributes).toEqual(before);
      expect(ada.changed).toEqual([]);
      expect([bob.isNewRecord, bob.id, bob.createdAt, bob.name]).toEqual([true, null, null, 'Bob']);
      expect([book.isNewRecord, book.id]).toEqual([true, null]);
      expect([gone.isDestroyed, session.has(gone), session.has(ada)]).toEqual([false, true, true]);
      expect([session.has(bob), session.has(book)]).toEqual([false, false]);
      expect([session.new, session.dirty, session.deleted, session.inTransaction]).toEqual([[], [], [], false]);
      expect(await Promise.all([Author.count(), Book.count(), Label.count()])).toEqual([1, 0, 1]);
      expect((await ada.books.load()).length).toBe(0);
      // What was forgotten can be added again.
      session.add(bob);
      await session.commit();
      expect(await Author.count()).toBe(2);
    });

    it('also before anything was sent', async () => {
      const ada = await Author.create({ name: 'Ada' });
      await using session = new Session();
      session.add(ada);
      session.add(new Author({ name: 'Bob' }));
      ada.name = 'Other';
      expect(await statementsOf(() => session.rollback())).toEqual([]);
      expect(ada.name).toBe('Ada');
      expect(session.new).toEqual([]);
    });

    it('keeps a graph of new records, that can be added as it was', async () => {
      await using session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      ada.books.build({ title: 'Notes' }).pages.build({ number: 1 });
      await session.flush();
      await session.rollback();
      session.add(ada);
      await session.commit();
      expect(await Promise.all([Author.count(), Book.count(), Page.count()])).toEqual([1, 1, 1]);
    });

    it('calls the callbacks of rollbacks, and none of commits', async () => {
      await using session = new Session();
      session.add(new Hook({ name: 'a' }));
      await session.flush();
      await session.rollback();
      expect(log).toEqual(['rollback a']);
    });

    it('and writes again what it had deleted, and reads again what others have changed', async () => {
      const [gone, read] = [await Author.create({ name: 'Gone' }), await Author.create({ name: 'Read', age: 1 })];
      await using session = new Session();
      session.addAll([gone, read]);
      session.delete(gone);
      await session.flush();
      await session.rollback();
      gone.age = 5;
      await session.commit();
      expect((await Author.find(gone.id)).age).toBe(5);
      await session.get(Author, read.id);
      await session.rollback();
      await Author.where({ id: read.id }).updateAll({ age: 2 });
      expect((await session.get(Author, read.id))?.age).toBe(2);
    });

    it('only goes back to the last commit', async () => {
      await using session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      await session.commit();
      ada.name = 'Other';
      await session.flush();
      await session.rollback();
      expect([ada.name, session.has(ada)]).toEqual(['Ada', true]);
    });
  });

  describe('whose flush fails', () => {
    it('says which record is wrong, and waits for rollback()', async () => {
      await using session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      await session.flush();
      const bad = session.add(new Author({ name: 'x' }));
      session.addAll([new Author({ name: 'Bob' }), new Author({ name: 'Cy' })]);
      const error = await errorOf(() => session.commit());
      expect(error).toBeInstanceOf(RecordInvalid);
      expect(error.record).toBe(bad);
      expect(bad.errors.has('name')).toBe(true);
      const refused = await Promise.all(
        [
          () => session.add(new Author({ name: 'Dan' })),
          () => session.addAll([]),
          () => session.delete(ada),
          () => session.get(Author, 1),
          () => session.query(Author),
          () => session.flush(),
          () => session.commit(),
          () => session.run(() => 1),
        ].map(errorOf),
      );
      for (const each of refused) {
        expect(each).toBeInstanceOf(SessionFailed);
        expect(each.cause).toBe(error);
      }
      expect(connections.get().pool.inUse).toBe(0);
      await session.rollback();
      expect([ada.isNewRecord, session.has(ada), bad.name]).toEqual([true, false, 'x']);
      bad.name = 'Xenia';
      session.addAll([ada, bad]);
      await session.commit();
      expect(await Author.order('id').pluck('name')).toEqual(['Ada', 'Xenia']);
    });

    it('by a constraint, of which the right record is told', async () => {
      await Author.create({ name: 'There', email: 'b@x' });
      await using session = new Session();
      const authors = ['a@x', 'b@x', 'c@x'].map((email) => session.add(new Author({ name: email, email })));
      const error = await errorOf(() => session.commit());
      expect(error).toBeInstanceOf(RecordInvalid);
      expect(error.record).toBe(authors[1]);
      expect(authors.map((each) => each.errors.has('email'))).toEqual([false, true, false]);
      await session.rollback();
      expect(await Author.count()).toBe(1);
      expect(authors.every((each) => each.isNewRecord)).toBe(true);
    });

    it('by a record that somebody else has changed, or deleted', async () => {
      await using session = new Session();
      const accounts = ['Ada', 'Bob', 'Cy'].map((owner) => session.add(new Account({ owner, balance: '1.00' })));
      await session.commit();
      await Account.where({ owner: 'Bob' }).updateAll({ balance: '5.00', lockVersion: 7 });
      for (const each of accounts) each.balance = '2.00';
      const stale = await errorOf(() => session.commit());
      expect(stale).toBeInstanceOf(StaleObjectError);
      expect(stale.record).toBe(accounts[1]);
      await session.rollback();
      expect(await Account.order('id').pluck('balance')).toEqual(['1.00', '5.00', '1.00']);
      const labels = ['a', 'b', 'c'].map((name) => session.add(new Label({ name })));
      await session.commit();
      await Label.where({ name: 'b' }).deleteAll();
      for (const each of labels) each.name += '!';
      expect(await errorOf(() => session.commit())).toBeInstanceOf(RecordNotFound);
      await session.rollback();
      // A row that is gone already is what was wanted.
      for (const each of labels) session.delete(each);
      await session.commit();
      expect(await Label.count()).toBe(0);
      for (const each of accounts) session.delete(each);
      expect(await errorOf(() => session.commit())).toBeInstanceOf(StaleObjectError);
      await session.rollback();
      expect(await Account.count()).toBe(3);
      expect(accounts.some((each) => each.isDestroyed)).toBe(false);
    });

    it('by what a callback throws', async () => {
      await using session = new Session();
      session.addAll(['a', 'b', 'c'].map((name) => new Hook({ name })));
      inCallback = ({ name }) => {
        if (name === 'b') throw new TypeError('not b');
      };
      expect((await errorOf(() => session.flush())).message).toBe('not b');
      expect(await Hook.count()).toBe(0);
      await session.rollback();
      session.add(new Hook({ name: 'b' }));
      inCallback = () => {
        throw new Rollback();
      };
      expect(await errorOf(() => session.flush())).toBeInstanceOf(Rollback);
      await session.rollback();
    });
  });

  describe('called by its own callbacks', () => {
    it('reads, adds and deletes, but does not end', async () => {
      await using session = new Session();
      const errors: unknown[] = [];
      const old = await Hook.create({ name: 'old' });
      inCallback = async ({ name }) => {
        if (name !== 'a') return;
        for (const method of ['flush', 'commit', 'rollback', 'close'] as const)
          errors.push(await errorOf(() => session[method]()));
        errors.push(await errorOf(() => session.expunge(old)), await errorOf(() => session.expungeAll()));
        expect(await session.query(Hook).filterBy({ name: 'old' }).count()).toBe(1);
        session.add(new Hook({ name: 'b' }));
        session.delete(old);
      };
      session.add(new Hook({ name: 'a' }));
      await session.commit();
      expect(errors).toHaveLength(6);
      for (const error of errors) expect(error).toBeInstanceOf(SessionBusy);
      expect((await Hook.pluck('name')).sort()).toEqual(['a', 'b']);
    });

    it('after the commit, with what was committed', async () => {
      await using session = new Session();
      const hook = session.add(new Hook({ name: 'a' }));
      let found: unknown;
      afterwards = async () => {
        found = await session.get(Hook, hook.id);
        expect(await Hook.count()).toBe(1);
      };
      await session.commit();
      expect(found).toBe(hook);
      afterwards = () => {
        throw new TypeError('too late');
      };
      hook.name = 'b';
      expect(await errorOf(() => session.commit())).toMatchObject({ code: 'AR_AFTER_COMMIT_FAILED' });
      expect(await Hook.pluck('name')).toEqual(['b']);
      expect(session.dirty).toEqual([]);
      await session.commit();
    });
  });

  describe('used by several at once', () => {
    it('does one after the other', async () => {
      await using session = new Session();
      const add = async (name: string) => {
        session.add(new Author({ name }));
        await session.flush();
        expect(await session.query(Author).filterBy({ name }).count()).toBe(1);
      };
      await Promise.all(['Ada', 'Bob', 'Cy'].map(add));
      await Promise.all([session.commit(), session.commit(), session.query(Author).all()]);
      expect(await Author.count()).toBe(3);
    });

    it('and does not end what another one is still reading in', async () => {
      await using session = new Session();
      session.add(new Author({ name: 'Ada' }));
      await session.flush();
      const order: string[] = [];
      const read = (name: string, milliseconds: number) =>
        session.run(async () => {
          await new Promise((resolve) => setTimeout(resolve, milliseconds));
          order.push(`${name} ${await Author.count()}`);
        });
      const reading = [read('short', 5), read('long', 100)];
      const ending = session.rollback().then(() => order.push('rolled back'));
      await Promise.all([...reading, ending, read('after', 0)]);
      expect(order).toEqual(['short 1', 'long 1', 'rolled back', 'after 0']);
    });

    it('and two sessions do not see each other before the commit', async () => {
      if (connections.get().config.adapter === 'sqlite') return;
      await using one = new Session();
      await using two = new Session();
      one.add(new Author({ name: 'Ada' }));
      two.add(new Author({ name: 'Bob' }));
      await one.flush();
      await two.flush();
      expect([await one.query(Author).count(), await two.query(Author).count(), await Author.count()]).toEqual([
        1, 1, 0,
      ]);
      await one.commit();
      await two.rollback();
      expect(await Author.pluck('name')).toEqual(['Ada']);
    });

    it('has a transaction of its own inside of another one: a savepoint', async () => {
      await transaction(async () => {
        await using session = new Session();
        session.add(new Author({ name: 'Ada' }));
        await session.commit();
        session.add(new Author({ name: 'Bob' }));
        await session.flush();
        await session.rollback();
        expect(await Author.count()).toBe(1);
        throw new Rollback();
      });
      expect(await Author.count()).toBe(0);
    });

    it('and writes nothing again that the other one has rolled back', async () => {
      await using session = new Session();
      const ada = new Author({ name: 'Ada' });
      await transaction(async () => {
        session.add(ada);
        await session.commit();
        throw new Rollback();
      });
      session.add(new Author({ name: 'Bob' }));
      await session.commit();
      expect([await Author.pluck('name'), session.has(ada)]).toEqual([['Bob'], false]);
      session.add(ada);
      await session.commit();
      expect(await Author.count()).toBe(2);
    });

    it('lets code of the flush have transactions, and read associations, in its own', async () => {
      await using session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      ada.books.build({ title: 'Notes' });
      await session.flush();
      const titles = await session.run(async () => {
        await transaction(async () => {
          await Label.create({ name: 'inside' });
          expect(await session.query(Label).count()).toBe(1);
          await session.refresh(ada);
        });
        return (await ada.books.reload()).map(({ title }) => title);
      });
      expect(titles).toEqual(['Notes']);
      await session.rollback();
      expect(await Label.count()).toBe(0);
    });
  });

  describe('that is closed', () => {
    it('has rolled back, lets go of its records and does nothing more', async () => {
      const session = new Session();
      const ada = session.add(new Author({ name: 'Ada' }));
      await session.flush();
      await session.close();
      await session.close();
      expect(await Author.count()).toBe(0);
      expect([ada.isNewRecord, session.has(ada)]).toEqual([true, false]);
      const refused = await Promise.all(
        [
          () => session.add(ada),
          () => session.get(Author, 1),
          () => session.query(Author),
          () => session.flush(),
          () => session.commit(),
          () => session.rollback(),
          () => session.expunge(ada),
        ].map(errorOf),
      );
      for (const each of refused) expect(each).toBeInstanceOf(SessionClosed);
      await using other = new Session();
      other.add(ada);
      await other.commit();
      expect(await Author.count()).toBe(1);
    });

    it('at the end of its block', async () => {
      {
        await using session = new Session();
        session.add(new Author({ name: 'Ada' }));
        await session.flush();
        expect(connections.get().pool.inUse).toBe(1);
      }
      expect(connections.get().pool.inUse).toBe(0);
      expect(await Author.count()).toBe(0);
    });
  });

  describe('whose transaction ends by itself', () => {
    it('because its time is over', async () => {
      // Enough for a flush on a busy machine.
      await using session = new Session({ timeout: 1000 });
      const ada = session.add(new Author({ name: 'Ada' }));
      await session.flush();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const error = await errorOf(() => session.commit());
      expect(error).toBeInstanceOf(SessionFailed);
      expect(error.cause).toMatchObject({ code: 'AR_TRANSACTION_TIMEOUT' });
      expect(connections.get().pool.inUse).toBe(0);
      await session.rollback();
      expect(ada.isNewRecord).toBe(true);
      session.add(ada);
      await session.commit();
      expect(await Author.count()).toBe(1);
    });

    it('while a callback does not come back', async () => {
      for (const isAfter of [false, true]) {
        await using session = new Session({ timeout: 60 });
        let comeBack: (() => void) | undefined;
        const hang = ({ name }: Hook) =>
          name === 'b' &&
          new Promise<void>((resolve) => {
            comeBack = resolve;
          });
        if (isAfter) saved = hang;
        else inCallback = hang;
        const hooks = ['a', 'b', 'c'].map((name) => session.add(new Hook({ name })));
        expect(await errorOf(() => session.commit())).toMatchObject({ code: 'AR_TRANSACTION_TIMEOUT' });
        await session.rollback();
        expect(hooks.map(({ isNewRecord }) => isNewRecord)).toEqual([true, true, true]);
        session.addAll(hooks);
        comeBack?.();
        await new Promise((resolve) => setImmediate(resolve));
        expect(session.new).toEqual(hooks);
        inCallback = undefined;
        saved = undefined;
        expect(await Hook.count()).toBe(0);
      }
    });

    it('because its connection is killed', async () => {
      const kill = {
        mysql: sql`SELECT CONCAT('KILL ', CONNECTION_ID()) AS how`,
        postgres: sql`SELECT 'SELECT pg_terminate_backend(' || pg_backend_pid() || ')' AS how`,
        sqlite: undefined,
      }[database.dialect];
      if (kill === undefined) return;
      for (const end of ['commit', 'rollback', 'close', 'query'] as const) {
        const session = new Session();
        const ada = session.add(new Author({ name: 'Ada' }));
        await session.flush();
        const [row] = await session.run(() => connections.get().query(kill));
        await connections.get().execute(sql.unsafe(String(row?.how)));
        if (end === 'commit') {
          const error = await errorOf(() => session.commit());
          if (!(error instanceof CommitOutcomeUnknown)) expect(error).toMatchObject({ code: /LOST|FAILED|CLOSED/ });
          expect(await errorOf(() => session.flush())).toBeInstanceOf(SessionFailed);
        }
        if (end === 'query') {
          expect((await errorOf(() => session.query(Author).all())).code).toMatch(/^AR_/);
          await session.rollback();
        }
        if (end !== 'query') await session[end === 'close' ? 'close' : 'rollback']();
        if (end !== 'commit') expect(ada.isNewRecord).toBe(true);
        await session.close();
        expect(await Author.count()).toBe(0);
        expect(connections.get().pool.inUse).toBe(0);
      }
    });
  });

  describe('without a connection', () => {
    it('says that there is none free, and can be flushed later', async () => {
      if (database.dialect === 'sqlite') return;
      const small = await connect(database.url, { name: 'small', pool: 1, acquireTimeout: 60 });
      class Small extends BaseModel.with({ id: column.id(), name: column.string() }) {
        static override connectionName = 'small';
        static override tableName = 'labels';
      }
      await using session = new Session();
      const label = session.add(new Small({ name: 'a' }));
      await small.transaction(async () => {
        const error = await small.withoutTransaction(() => errorOf(() => session.flush()));
        expect(error.code).toMatch(/^AR_POOL_/);
        expect(session.new).toEqual([label]);
      });
      await session.commit();
      expect(await Label.count()).toBe(1);
      label.name = 'b';
      await disconnect('small');
      expect((await errorOf(() => session.commit())).code).toMatch(/^AR_CONNECTION_/);
      expect(PoolTimeout.name).toBe('PoolTimeout');
      expect(ConnectionClosed.name).toBe('ConnectionClosed');
    });
  });

  it('writes to several connections', async () => {
    if (database.dialect === 'sqlite') return;
    await connect(database.url, { name: 'second' });
    class Second extends BaseModel.with({ id: column.id(), name: column.string() }) {
      static override connectionName = 'second';
      static override tableName = 'labels';
    }
    {
      await using session = new Session();
      const [author, label] = [session.add(new Author({ name: 'Ada' })), session.add(new Second({ name: 'a' }))];
      await session.flush();
      await session.rollback();
      expect([author.isNewRecord, label.isNewRecord]).toEqual([true, true]);
      session.addAll([author, label]);
      await session.commit();
      expect(await Promise.all([Author.count(), Label.count()])).toEqual([1, 1]);
    }
    await disconnect('second');
  });

  it('is told apart in a log', async () => {
    const { inspect } = await import('node:util');
    await using session = new Session();
    session.add(new Tree({ name: 'root' }));
    expect(inspect(session)).toBe('Session(idle: 1 new, 0 dirty, 0 deleted)');
  });
});
