/** COMMIT is sent and its answer never comes: nobody may guess how it has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  afterCommit,
  afterRollback,
  BaseModel,
  CommitOutcomeUnknown,
  ConnectionLost,
  column,
  connect,
  connections,
  disconnect,
  sql,
  transaction,
} from 'active-record-ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cutter } from '../faults/support/cutter.js';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Thing extends BaseModel.with({ id: column.id(), name: column.string() }) {}
class FarThing extends Thing {
  static override connectionName = 'far';
  static override tableName = 'things';
}

describeModels('a COMMIT whose answer is lost', [Thing], (database) => {
  // SQLite answers in this process.
  const overNetwork = database.dialect !== 'sqlite';
  emptyBeforeEach('things');
  let cutter: Cutter;
  beforeAll(async () => {
    if (!overNetwork) return;
    cutter = new Cutter(new URL(database.url));
    const url = new URL(database.url);
    url.port = String(await cutter.open());
    await connect(url.href, { name: 'far', pool: 2 });
  });
  afterAll(async () => {
    if (!overNetwork) return;
    await disconnect('far');
    cutter.close();
  });

  it.runIf(overNetwork).each([
    ['answer', 1],
    ['before', 0],
  ] as const)('is CommitOutcomeUnknown, is not run again and restores nothing (%s)', async (cuts, rows) => {
    for (let trial = 0; trial < 5; trial++) {
      const thing = new FarThing({ name: 'a' });
      const events: string[] = [];
      let runs = 0;
      cutter.cuts = cuts;
      const offs = [
        FarThing.after('commit', () => void events.push('its callback')),
        FarThing.after('rollback', () => void events.push('its callback')),
      ];
      const error = await errorOf(() =>
        FarThing.transaction(
          async () => {
            runs++;
            await thing.save();
            await connections.get('far').afterCommit(() => events.push('committed'));
            await connections.get('far').afterRollback(() => events.push('rolled back'));
          },
          { retries: 3 },
        ),
      );
      for (const off of offs) off();
      cutter.cuts = undefined;
      expect(error).toBeInstanceOf(CommitOutcomeUnknown);
      expect(error).toMatchObject({ code: 'AR_COMMIT_UNKNOWN' });
      expect(error.cause).toBeInstanceOf(ConnectionLost);
      expect([runs, events, thing.isPersisted]).toEqual([1, [], true]);
      expect(await FarThing.count()).toBe(rows * (trial + 1));
    }
  });

  it.runIf(overNetwork)('is not what it is where the loss was known before COMMIT was sent', async () => {
    const far = connections.get('far');
    const thing = new FarThing({ name: 'a' });
    const events: string[] = [];
    const error = await errorOf(() =>
      far.transaction(async () => {
        await thing.save();
        await far.afterRollback(() => events.push('rolled back'));
        cutter.cut();
        await sleep(50);
      }),
    );
    expect(error).toBeInstanceOf(ConnectionLost);
    expect([events, thing.isNewRecord, far.pool.inUse]).toEqual([['rolled back'], true, 0]);
    expect(await far.query(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  });

  it('is different from a connection that is lost before: that has rolled back', async () => {
    const thing = new Thing({ name: 'a' });
    const events: string[] = [];
    const error = await errorOf(() =>
      transaction(async () => {
        await afterCommit(() => events.push('committed'));
        await afterRollback(() => events.push('rolled back'));
        await thing.save();
        throw new Error('no');
      }),
    );
    expect(error.message).toBe('no');
    expect([events, thing.isNewRecord]).toEqual([['rolled back'], true]);
  });
});
