/** Optimistic locking: every save counts the lock version up, and finds its row by the one that was loaded. */
import {
  BaseModel,
  column,
  InvalidDefinition,
  RecordNotFound,
  Rollback,
  SoftDelete,
  StaleObjectError,
  transaction,
} from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Account extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  balance: column.integer().default(0),
  lockVersion: column.lockVersion(),
  ...column.timestamps(),
}) {}
/** Its column came later: rows from before have none. */
class Legacy extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  revision: column.bigint().nullable(),
}) {
  static override lockingAttribute = 'revision';
}
class Note extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  body: column.string(),
  lockVersion: column.lockVersion(),
}) {}
class Unlocked extends Account {
  static override tableName = 'accounts';
  static override lockingAttribute = null;
}

/** The same row, loaded twice. */
async function twice(): Promise<[Account, Account]> {
  const { id } = await Account.create({ name: 'Ada' });
  return [await Account.find(id), await Account.find(id)];
}

describeModels('optimistic locking', [Account, Legacy, Note], () => {
  emptyBeforeEach('accounts', 'legacies', 'notes');

  it('begins at 0, and counts every UPDATE', async () => {
    const account = await Account.create({ name: 'Ada' });
    expect(account.lockVersion).toBe(0);
    account.balance = 1;
    await account.save();
    account.balance = 2;
    await account.save();
    expect(account.lockVersion).toBe(2);
    expect(account.previousChanges.lockVersion).toEqual([1, 2]);
    expect((await Account.find(account.id)).lockVersion).toBe(2);
  });

  it('counts nothing where nothing has changed', async () => {
    const account = await Account.create({ name: 'Ada' });
    expect(await statementsOf(() => account.save())).toEqual([]);
    expect(account.lockVersion).toBe(0);
  });

  it('refuses the second of two who save, and shows both states', async () => {
    const [mine, theirs] = await twice();
    await theirs.update({ name: 'Eve' });
    mine.balance = 7;
    const error = await errorOf(() => mine.save());
    expect(error).toBeInstanceOf(StaleObjectError);
    const { record, current, attempted, changed } = error as unknown as StaleObjectError<Account>;
    expect(attempted).toBe('update');
    expect(record).toBe(mine);
    expect(current).toMatchObject({ name: 'Eve', balance: 0, lockVersion: 1 });
    expect(changed).toEqual(expect.arrayContaining(['name', 'lockVersion']));
    expect(error.message).toMatch(/^This Account was not saved: somebody else has changed its row meanwhile \(name, /);
    expect(Object.keys(error)).not.toContain('current');
    expect((await Account.find(mine.id)).attributes).toMatchObject({ name: 'Eve', balance: 0, lockVersion: 1 });
  });

  it('leaves the record as it was before a save that was refused', async () => {
    const [mine, theirs] = await twice();
    await theirs.update({ name: 'Eve' });
    const { updatedAt } = mine;
    mine.balance = 7;
    await errorOf(() => mine.save());
    expect(mine.changed).toEqual(['balance']);
    expect([mine.lockVersion, mine.updatedAt]).toEqual([0, updatedAt]);
    await mine.reload();
    mine.balance = 7;
    await mine.save();
    expect(await Account.find(mine.id)).toMatchObject({ name: 'Eve', balance: 7, lockVersion: 2 });
  });

  it('goes by a version that came with a form', async () => {
    const [account, other] = await twice();
    await other.update({ name: 'Eve' });
    await account.reload();
    account.assign({ name: 'Bob', lockVersion: 0 });
    expect(await errorOf(() => account.save())).toBeInstanceOf(StaleObjectError);
    expect(account.lockVersion).toBe(0);
    account.lockVersion = 1;
    await account.save();
    expect(account.lockVersion).toBe(2);
  });

  it('says that a row is gone where it is', async () => {
    const [mine, theirs] = await twice();
    await theirs.delete();
    mine.balance = 1;
    expect(await errorOf(() => mine.save())).toBeInstanceOf(RecordNotFound);
    expect(mine.lockVersion).toBe(0);
  });

  it('refuses to destroy what somebody else has changed', async () => {
    const [mine, theirs] = await twice();
    await theirs.update({ name: 'Eve' });
    const error = await errorOf(() => mine.destroy());
    expect(error).toBeInstanceOf(StaleObjectError);
    expect(error.attempted).toBe('destroy');
    expect(mine.isDestroyed).toBe(false);
    await mine.reload();
    await mine.destroy();
    expect(await Account.count()).toBe(0);
  });

  it('takes a row that is gone for destroyed, and deletes without asking', async () => {
    const [mine, theirs] = await twice();
    await theirs.update({ name: 'Eve' });
    await mine.delete();
    await theirs.destroy();
    expect(theirs.isDestroyed).toBe(true);
  });

  it('counts a touch, and refuses one that is stale', async () => {
    const [mine, theirs] = await twice();
    await theirs.touch();
    expect(theirs.lockVersion).toBe(1);
    const error = await errorOf(() => mine.touch());
    expect(error).toBeInstanceOf(StaleObjectError);
    expect(error.attempted).toBe('touch');
    theirs.balance = 3;
    await theirs.save();
    expect((await Account.find(mine.id)).lockVersion).toBe(2);
  });

  it('is passed by writes to columns', async () => {
    const [mine, theirs] = await twice();
    await theirs.update({ name: 'Eve' });
    await mine.updateColumns({ name: 'Bob' });
    await mine.increment('balance', 2);
    expect(await Account.find(mine.id)).toMatchObject({ name: 'Bob', balance: 2, lockVersion: 1 });
  });

  it('takes the version back when the transaction is rolled back', async () => {
    const account = await Account.create({ name: 'Ada' });
    await transaction(async () => {
      await account.update({ name: 'Eve' });
      expect(account.lockVersion).toBe(1);
      throw new Rollback();
    });
    expect(account.lockVersion).toBe(0);
    expect(account.changed).toEqual(['name']);
    await account.save();
    expect((await Account.find(account.id)).lockVersion).toBe(1);
  });

  it('needs the version to be loaded', async () => {
    const { id } = await Account.create({ name: 'Ada' });
    const [lean] = await Account.where({ id }).select('id', 'name');
    if (lean === undefined) throw new Error('no row');
    lean.name = 'Eve';
    const error = await errorBeforeSending(() => lean.save());
    expect(error.code).toBe('AR_ATTRIBUTE_MISSING');
    expect(error.message).toContain('lockVersion');
  });

  it('goes by another attribute, and takes a row without a version for the first one', async () => {
    const { id } = await Legacy.create({ name: 'Ada' });
    await Legacy.where({ id }).updateAll({ revision: null });
    const [mine, theirs] = [await Legacy.find(id), await Legacy.find(id)];
    await theirs.update({ name: 'Eve' });
    expect(theirs.revision).toBe(1n);
    mine.name = 'Bob';
    expect(await errorOf(() => mine.save())).toBeInstanceOf(StaleObjectError);
    expect(mine.revision).toBeNull();
  });

  it('is turned off with null', async () => {
    const { id } = await Unlocked.create({ name: 'Ada' });
    const [mine, theirs] = [await Unlocked.find(id), await Unlocked.find(id)];
    await theirs.update({ name: 'Eve' });
    await mine.update({ balance: 1 });
    expect(await Account.find(id)).toMatchObject({ name: 'Eve', balance: 1, lockVersion: 0 });
  });

  it('goes by no attribute that cannot be counted', async () => {
    class Named extends BaseModel.with({ id: column.id(), name: column.string() }) {
      static override tableName = 'accounts';
      static override lockingAttribute = 'name';
    }
    class Missing extends BaseModel.with({ id: column.id() }) {
      static override tableName = 'accounts';
      static override lockingAttribute = 'version';
    }
    for (const model of [Named, Missing])
      expect(await errorBeforeSending(() => model.all())).toBeInstanceOf(InvalidDefinition);
    class Text extends BaseModel.with({ id: column.id(), lockVersion: column.string().nullable() }) {
      static override tableName = 'texts';
    }
    expect(new Text({ lockVersion: 'x' }).lockVersion).toBe('x');
  });

  it('goes with rows that are marked as deleted', async () => {
    const { id } = await Note.create({ body: 'x' });
    const [mine, theirs, third] = [await Note.find(id), await Note.find(id), await Note.find(id)];
    await theirs.update({ body: 'y' });
    const error = await errorOf(() => mine.destroy());
    expect(error).toBeInstanceOf(StaleObjectError);
    expect([mine.isDestroyed, mine.deletedAt, mine.lockVersion]).toEqual([false, null, 0]);
    await theirs.destroy();
    expect([theirs.isDestroyed, theirs.lockVersion]).toEqual([true, 2]);
    expect(await errorOf(() => third.update({ body: 'z' }))).toBeInstanceOf(StaleObjectError);
    await theirs.restore();
    expect((await Note.find(id)).lockVersion).toBe(3);
  });

  it('loses no update of many who try again', async () => {
    const { id } = await Account.create({ name: 'Ada' });
    let conflicts = 0;
    const addOne = async (): Promise<void> => {
      for (;;) {
        const account = await Account.find(id);
        account.balance += 1;
        try {
          await account.save();
          return;
        } catch (error) {
          if (!(error instanceof StaleObjectError)) throw error;
          conflicts++;
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, addOne));
    const { balance, lockVersion } = await Account.find(id);
    expect([balance, lockVersion]).toEqual([12, 12]);
    expect(conflicts).toBeGreaterThan(0);
  });
});
