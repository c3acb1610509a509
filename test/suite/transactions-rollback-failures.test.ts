/** What records are after a transaction that has failed: by an error, a deadlock, a lost answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AfterRollbackFailed,
  BaseModel,
  column,
  connections,
  Deadlocked,
  RecordInvalid,
  sql,
  TransactionClosed,
  transaction,
} from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Thing extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  count: column.integer().default(0),
  ...column.timestamps(),
}) {}
class Token extends BaseModel.with({ id: column.uuid().primaryKey(), text: column.string().unique() }) {}
let throws = false;
class Odd extends BaseModel.with({
  id: column.id(),
  value: column.custom<string, string>({
    storage: column.string(),
    load: (stored) => stored,
    dump: (value) => value,
    equals(a, b) {
      if (throws) throw new Error('no equals');
      return a === b;
    },
  }),
}) {}

const boom = new Error('boom');

describeModels('a record of a transaction that fails', [Thing, Token, Odd], ({ dialect }) => {
  emptyBeforeEach('things', 'tokens', 'odds');

  it('goes back when its row cannot be saved, or the transaction fails otherwise', async () => {
    await Token.create({ text: 'taken' });
    const [parent, child, sibling] = [new Thing({ name: 'p' }), new Token({ text: 'taken' }), new Token({ text: 's' })];
    const failed = errorOf(() =>
      transaction(async () => {
        await parent.save();
        await Promise.all([sibling.save(), child.save()]);
      }),
    );
    expect(await failed).toBeInstanceOf(RecordInvalid);
    expect([parent, child, sibling].map((each) => each.isNewRecord)).toEqual([true, true, true]);
    expect(child.errors.isEmpty).toBe(false);
    expect(await errorOf(() => transaction(async () => Promise.all([parent.save(), Promise.reject(boom)])))).toBe(boom);
    expect(parent).toMatchObject({ isNewRecord: true, id: null });
    child.text = 'free';
    await transaction(() => Promise.all([parent.save(), sibling.save(), child.save()]));
    expect(await Token.order('text').pluck('text')).toEqual(['free', 's', 'taken']);
    expect(await Thing.ids()).toEqual([parent.id]);
  });

  it('goes back also where the save was not awaited', async () => {
    // However far it has come: refused, under way, or just answered.
    for (let turns = 0; turns < 30; turns++) {
      const thing = new Thing({ name: 'a' });
      let saving: Promise<unknown> = Promise.resolve();
      const failed = transaction(async () => {
        saving = thing.save();
        saving.catch(() => undefined);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        throw boom;
      });
      expect(await errorOf(() => failed)).toBe(boom);
      await saving.catch((error: unknown) => expect(error).toBeInstanceOf(TransactionClosed));
      expect(thing).toMatchObject({ isNewRecord: true, id: null, name: 'a', createdAt: null });
    }
    expect(await Thing.count()).toBe(0);
  });

  it('goes back when COMMIT is refused, and not when its answer is lost', async () => {
    if (dialect !== 'postgres') return;
    const connection = connections.get();
    const onCommit = async (body: string) => {
      await connection.execute(
        sql.unsafe(`CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN ${body} RETURN NULL; END $$`),
      );
      await connection.execute(sql`DROP TRIGGER IF EXISTS late ON things`);
      await connection.execute(sql`CREATE CONSTRAINT TRIGGER late AFTER INSERT ON things
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()`);
    };
    try {
      const thing = new Thing({ name: 'a' });
      await onCommit("RAISE EXCEPTION 'too late';");
      expect((await errorOf(() => transaction(() => thing.save()))).message).toContain('too late');
      expect(thing).toMatchObject({ isNewRecord: true, id: null });
      await onCommit('PERFORM pg_terminate_backend(pg_backend_pid());');
      expect(await errorOf(() => transaction(() => thing.save()))).toMatchObject({ code: 'AR_COMMIT_UNKNOWN' });
      expect(thing.isPersisted).toBe(true);
    } finally {
      await connection.execute(sql`DROP TRIGGER late ON things`);
    }
  });

  it('stays as it is where a statement has ended the transaction', async () => {
    if (dialect !== 'mysql') return;
    const [thing, refused] = [new Thing({ name: 'a' }), new Thing({ name: 'b' })];
    // In a procedure nobody can see it before it is sent.
    await connections.get().execute(sql`CREATE PROCEDURE make_hidden() CREATE TABLE made_inside (id INT)`);
    const failed = transaction(async () => {
      await thing.save();
      await transaction(async () => {
        await thing.update({ name: 'c' });
        await errorOf(() => connections.get().execute(sql`CALL make_hidden()`));
        await refused.save();
      });
    });
    expect(await errorOf(() => failed)).toBeInstanceOf(TransactionClosed);
    expect(thing).toMatchObject({ isPersisted: true, changed: [] });
    expect((await Thing.find(thing.id)).name).toBe('c');
    expect(refused).toMatchObject({ isNewRecord: true, id: null, createdAt: null });
  });

  it('goes back when a deadlock ends the transaction', async () => {
    if (dialect === 'sqlite') return;
    const a = await Thing.create({ name: 'a' });
    const b = await Thing.create({ name: 'b' });
    let ready = 0;
    const run = async (first: number, second: number) => {
      const [made, nested] = [new Thing({ name: 'made' }), new Thing({ name: 'nested' })];
      const error = await transaction(async () => {
        await made.save();
        await Thing.where({ id: first }).updateAll({ count: 1 });
        ready++;
        while (ready < 2) await sleep(5);
        await transaction(async () => {
          await nested.save();
          await Thing.where({ id: second }).updateAll({ count: 2 });
        });
      }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return { error, isNew: [made.isNewRecord, nested.isNewRecord] };
    };
    const ends = await Promise.all([run(a.id, b.id), run(b.id, a.id)]);
    expect(ends.filter(({ error }) => error instanceof Deadlocked)).toHaveLength(1);
    for (const { error, isNew } of ends) expect(isNew).toEqual([error !== undefined, error !== undefined]);
  });

  it('tells what an application makes fail meanwhile, beside the reason', async () => {
    const first = new Thing({ name: 'a' });
    const odd = await Odd.create({ value: 'a' });
    const error = await errorOf(() =>
      transaction(async () => {
        await first.save();
        await odd.updateColumns({ value: 'b' });
        expect(odd.value).toBe('b');
        throws = true;
        throw boom;
      }).finally(() => {
        throws = false;
      }),
    );
    expect(error).toBeInstanceOf(AfterRollbackFailed);
    expect(error).toMatchObject({ code: 'AR_AFTER_ROLLBACK_FAILED', cause: boom, errors: [new Error('no equals')] });
    expect(error.message).toContain('boom');
    expect(first.isNewRecord).toBe(true);
  });
});
