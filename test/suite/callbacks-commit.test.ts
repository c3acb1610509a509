/** Callbacks after the transaction: for what was committed, and for what was rolled back. */
import {
  AfterCommitFailed,
  AfterRollbackFailed,
  afterCommit,
  BaseModel,
  column,
  connections,
  Deadlocked,
  Rollback,
  transaction,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Thing extends BaseModel.with({
  id: column.id(),
  name: column.string().nullable(),
  size: column.integer().default(0),
}) {}

/** A class of that table whose callbacks note what they are called for. */
function logged(log: string[]) {
  class Sub extends Thing {
    static override tableName = 'things';
    override afterCommit() {
      log.push(`commit ${this.name}`);
    }
    override afterRollback() {
      log.push(`rollback ${this.name}`);
    }
  }
  for (const on of ['create', 'update', 'destroy'] as const) {
    Sub.after('commit', ({ name }) => void log.push(`${on} ${name}`), { on });
    Sub.after('rollback', ({ name }) => void log.push(`undo ${on} ${name}`), { on });
  }
  return Sub;
}

describeModels('callbacks after the transaction', [Thing], () => {
  emptyBeforeEach('things');

  it('are called after a save by itself, outside of any transaction', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    Sub.after('commit', async ({ id }) => {
      log.push(`${connections.get().inTransaction} ${await Thing.where({ id }).count()}`);
    });
    const thing = await Sub.create({ name: 'a' });
    expect(log.splice(0)).toEqual(['create a', 'false 1', 'commit a']);
    await thing.update({ name: 'b' });
    expect(log.splice(0)).toEqual(['update b', 'false 1', 'commit b']);
    await thing.destroy();
    expect(log).toEqual(['destroy b', 'false 0', 'commit b']);
  });

  it.each<[string, (model: ReturnType<typeof logged>) => unknown, readonly string[]]>([
    [
      'created and updated',
      async (model) => (await model.create({ name: 'a' })).update({ name: 'b' }),
      ['create b', 'commit b'],
    ],
    [
      'created and destroyed',
      async (model) => (await model.create({ name: 'a' })).destroy(),
      ['create a', 'destroy a', 'commit a'],
    ],
    [
      'updated and destroyed',
      async (model) => {
        const { id } = await Thing.create({ name: 'a' });
        const thing = await model.find(id);
        await thing.update({ name: 'b' });
        await thing.destroy();
      },
      ['destroy b', 'commit b'],
    ],
    [
      'updated three times',
      async (model) => {
        const { id } = await Thing.create({ name: 'a' });
        const thing = await model.find(id);
        for (const name of ['b', 'c', 'd']) await thing.update({ name });
      },
      ['update d', 'commit d'],
    ],
  ])('are called once for a record that was %s', async (_, run, expected) => {
    const log: string[] = [];
    const Sub = logged(log);
    await transaction(async () => {
      await run(Sub);
      expect(log).toEqual([]);
    });
    expect(log).toEqual(expected);
  });

  it('come in the order in which the records were first written, among functions given to afterCommit', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    await transaction(async () => {
      const a = await Sub.create({ name: 'a' });
      afterCommit(() => log.push('function'));
      await Sub.create({ name: 'b' });
      await a.update({ name: 'c' });
    });
    expect(log).toEqual(['create c', 'commit c', 'function', 'create b', 'commit b']);
  });

  it('of a savepoint are moved up', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    await transaction(async () => {
      const a = await Sub.create({ name: 'a' });
      await transaction(async () => {
        await a.update({ name: 'b' });
        await Sub.create({ name: 'c' });
      });
      expect(log).toEqual([]);
    });
    expect(log).toEqual(['create b', 'commit b', 'create c', 'commit c']);
  });

  it('of a savepoint that is rolled back are those for that, at once', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    await transaction(async () => {
      const a = await Sub.create({ name: 'a' });
      await transaction(async () => {
        await a.update({ name: 'b' });
        await Sub.create({ name: 'c' });
        throw new Rollback();
      });
      expect(log.splice(0)).toEqual(['undo update b', 'rollback b', 'undo create c', 'rollback c']);
    });
    expect(log).toEqual(['create b', 'commit b']);
  });

  it('are called for a rollback, with the record as it is then', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    const seen: unknown[] = [];
    Sub.after('rollback', (thing) => void seen.push([thing.isNewRecord, thing.id]));
    await transaction(async () => {
      await Sub.create({ name: 'a' });
      throw new Rollback();
    });
    expect(log).toEqual(['undo create a', 'rollback a']);
    expect(seen).toEqual([[true, null]]);
  });

  it('are called for a save that fails when the row was written, and not before', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    Sub.after('save', ({ size }) => {
      if (size === 1) throw new TypeError('late');
    });
    Sub.before('save', ({ size }) => {
      if (size === 2) throw new TypeError('early');
    });
    expect((await errorOf(() => Sub.create({ name: 'a', size: 1 }))).message).toBe('late');
    expect(log.splice(0)).toEqual(['undo create a', 'rollback a']);
    expect((await errorOf(() => Sub.create({ name: 'b', size: 2 }))).message).toBe('early');
    expect(log).toEqual([]);
  });

  it('that throw do not stop the rest, of the record and of others', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    Sub.after(
      'commit',
      ({ name }) => {
        throw new TypeError(`no ${name}`);
      },
      { prepend: true },
    );
    const error = await errorOf(() =>
      transaction(async () => {
        await Sub.create({ name: 'a' });
        await Sub.create({ name: 'b' });
      }),
    );
    expect(error).toBeInstanceOf(AfterCommitFailed);
    expect((error.errors as Error[]).map(({ message }) => message)).toEqual(['no a', 'no b']);
    expect(log).toEqual(['create a', 'commit a', 'create b', 'commit b']);
    expect(await Thing.count()).toBe(2);
  });

  it('that throw after a rollback have that for their cause', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    Sub.after('rollback', () => Promise.reject(new TypeError('no')), { prepend: true });
    Sub.after('save', () => Promise.reject(new TypeError('first')));
    const error = await errorOf(() => Sub.create({ name: 'a' }));
    expect(error).toBeInstanceOf(AfterRollbackFailed);
    expect((error.cause as Error).message).toBe('first');
    expect(log).toEqual(['undo create a', 'rollback a']);
  });

  it('are called once, for the attempt that was committed', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    let attempts = 0;
    await transaction(
      async () => {
        await Sub.create({ name: `attempt ${++attempts}` });
        if (attempts < 3) throw new Deadlocked('Deadlock found.', { sql: 'UPDATE', binds: [], cause: undefined });
      },
      { retries: { times: 3, backoff: 1 } },
    );
    expect(log.filter((line) => !/rollback|undo/.test(line))).toEqual(['create attempt 3', 'commit attempt 3']);
    expect(log.filter((line) => /^rollback/.test(line))).toEqual(['rollback attempt 1', 'rollback attempt 2']);
  });

  it('are asked for their conditions then', async () => {
    const log: string[] = [];
    class Sub extends Thing {
      static override tableName = 'things';
    }
    Sub.after('commit', ({ name }) => void log.push(`big ${name}`), {
      on: ['create', 'update'],
      if: async ({ size }) => size > 1,
    });
    await transaction(async () => {
      const thing = await Sub.create({ name: 'a' });
      await thing.update({ size: 2 });
    });
    await Sub.create({ name: 'b' });
    expect(log).toEqual(['big a']);
  });

  it('are called for a save that has changed nothing', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    const thing = await Sub.create({ name: 'a' });
    log.length = 0;
    await thing.save();
    expect(log).toEqual(['update a', 'commit a']);
  });

  it('are called for a row that was there, by whoever has deleted it', async () => {
    const log: string[] = [];
    const Sub = logged(log);
    const one = await Sub.create({ name: 'a' });
    const same = await Sub.find(one.id);
    log.length = 0;
    await one.destroy();
    await same.destroy();
    expect(log).toEqual(['destroy a', 'commit a']);
    expect(same.isDestroyed).toBe(true);
  });

  describe('that write again', () => {
    it('have a transaction of their own', async () => {
      const log: string[] = [];
      const Sub = logged(log);
      Sub.after('commit', async (thing) => void (await thing.update({ name: 'again' })), { on: 'create' });
      await Sub.create({ name: 'a' });
      expect(log).toEqual(['create a', 'update again', 'commit again', 'commit again']);
      expect(await Thing.pluck('name')).toEqual(['again']);
    });

    it('and fail tell of that as of their own failure', async () => {
      class Sub extends Thing {
        static override tableName = 'things';
      }
      const failure = new TypeError('inner');
      Sub.after('commit', () => Promise.reject(failure), { on: 'update' });
      Sub.after('commit', async (thing) => void (await thing.update({ name: 'again' })), { on: 'create' });
      const error = await errorOf(() => Sub.create({ name: 'a' }));
      expect(error).toBeInstanceOf(AfterCommitFailed);
      expect(error.errors).toEqual([failure]);
      expect(await Thing.pluck('name')).toEqual(['again']);
    });
  });
});
