/** A ROLLBACK that fails: what it leaves behind nobody knows, so nobody is given that connection again. */
import { BaseModel, column, connect, connections, disconnect } from 'active-record-ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf } from '../support/models.ts';

class Thing extends BaseModel.with({ id: column.id(), name: column.string() }) {}
class Refused extends Thing {
  static override connectionName = 'refusing';
  static override tableName = 'things';
}

const boom = new Error('boom');
const failing = () =>
  Refused.transaction(async () => {
    await Refused.create('a');
    throw boom;
  });

describeModels('a ROLLBACK that fails', [Thing], (database) => {
  emptyBeforeEach('things');
  const ended = new Set<object>();

  beforeEach(async () => {
    ended.clear();
    const { adapter } = connections.get();
    const open = adapter.connect.bind(adapter);
    vi.spyOn(adapter, 'connect').mockImplementation(async (...given) => {
      const driver = await open(...given);
      const [run, destroy] = [driver.run.bind(driver), driver.destroy.bind(driver)];
      driver.run = (statement, options) => {
        if (statement.sql === 'ROLLBACK') return Promise.reject(new Error('no rollback'));
        return run(statement, options);
      };
      driver.destroy = () => {
        ended.add(driver);
        destroy();
      };
      return driver;
    });
    await connect(database.url, { name: 'refusing', pool: 1 });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await disconnect('refusing');
  });

  it('ends its connection, and rejects with the error that led to it', async () => {
    await Refused.transaction(() => Refused.create('kept'));
    expect(ended.size).toBe(0);
    expect(await errorOf(failing)).toBe(boom);
    expect(ended.size).toBe(1);
    expect(connections.get('refusing').pool.inUse).toBe(0);
  });

  it('takes its rows with it, and what is written next is none of its transaction', async () => {
    await errorOf(failing);
    await Refused.insertAll([{ name: 'b' }]);
    expect(await Thing.pluck('name')).toEqual(['b']);
  });
});
