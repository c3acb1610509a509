import { BaseModel, column, connections, createAll, gt, sql } from 'active-record-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeModels, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Item extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  price: column.decimal(10, 2).nullable(),
}) {}
class Seat extends BaseModel.with({
  row: column.string(10).primaryKey(),
  place: column.integer().primaryKey(),
  taken: column.boolean().default(false),
}) {}
class Token extends BaseModel.with({ id: column.uuid().primaryKey(), name: column.string() }) {}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const count = 2500;
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describeModels('reading in batches', [Item, Seat, Token], (database) => {
  beforeAll(async () => {
    await Item.insertAll(numbers(1, count).map((id) => ({ id, name: `n${id}`, price: `${id}.50` })));
    await Seat.insertAll(['a', 'b', 'c'].flatMap((row) => numbers(1, 5).map((place) => ({ row, place }))));
    await Token.insertAll(numbers(1, 25).map((id) => ({ name: `t${id}` })));
  });

  it('goes through all records, a thousand at a time', async () => {
    const ids: number[] = [];
    const sent = await statementsOf(async () => {
      for await (const item of Item.all()) ids.push(item.id);
    });
    expect(ids).toEqual(numbers(1, count));
    expect(sent).toHaveLength(3);
    expect(sent[1]).toMatch(/WHERE .id. > (\?|\$1) ORDER BY .id. LIMIT 1000$/);
  });

  it('keeps to conditions, limit, offset and the direction of the key', async () => {
    const ids = async (query: AsyncIterable<Item>) => (await collect(query)).map(({ id }) => id);
    expect(await ids(Item.where({ id: gt(2400) }).findEach({ size: 30 }))).toEqual(numbers(2401, count));
    expect(await ids(Item.limit(45).findEach({ size: 20 }))).toEqual(numbers(1, 45));
    expect(await ids(Item.limit(45).offset(10).findEach({ size: 20 }))).toEqual(numbers(11, 55));
    expect(await ids(Item.order('id', 'desc').limit(45).findEach({ size: 20 }))).toEqual(
      numbers(2456, count).reverse(),
    );
    expect(await ids(Item.where({ id: [] }))).toEqual([]);
    expect(await ids(Item.all().none())).toEqual([]);
    expect(await ids(Item.limit(0))).toEqual([]);
    expect(await ids(Item.findEach({ start: 10, finish: 14, size: 2 }))).toEqual(numbers(10, 14));
    expect(
      (await collect(Item.limit(3).select('id', { twice: sql<number>`id * 2` }))).map(({ twice }) => twice),
    ).toEqual([2, 4, 6]);
  });

  it('goes by uuid, and by a key of several columns', async () => {
    const tokens = await collect(Token.findEach({ size: 7 }));
    expect(tokens.map(({ id }) => id)).toEqual(await Token.order('id').ids());
    const seats = await collect(Seat.findEach({ size: 4 }));
    expect(seats.map(({ row, place }) => row + place)).toEqual(
      ['a', 'b', 'c'].flatMap((row) => numbers(1, 5).map((place) => row + place)),
    );
    const rest = await collect(Seat.findEach({ after: { row: 'b', place: 4 }, size: 2 }));
    expect(rest.map(({ row, place }) => row + place)).toEqual(['b5', 'c1', 'c2', 'c3', 'c4', 'c5']);
  });

  it('tells how far it is, and goes on from there', async () => {
    const told: object[] = [];
    const seen: number[] = [];
    let reached = 0;
    const options = {
      size: 10,
      finish: 35,
      total: true,
      progress: (state: { done: number; total: number | undefined; lastKey: number }) => {
        told.push(state);
        reached = state.lastKey;
      },
    };
    for await (const item of Item.findEach(options)) {
      if (item.id === 25) break;
      seen.push(item.id);
    }
    expect(told).toEqual([
      { done: 10, total: 35, lastKey: 10 },
      { done: 20, total: 35, lastKey: 20 },
    ]);
    for await (const items of Item.findInBatches({ ...options, after: reached }))
      seen.push(...items.map(({ id }) => id));
    expect(seen.filter((id) => id > 20 && id < 25)).toHaveLength(8);
    expect(told.at(-1)).toEqual({ done: 15, total: 15, lastKey: 35 });
    const sent = await statementsOf(() => collect(Item.findEach({ finish: 5, progress: () => undefined })));
    expect(sent).toHaveLength(1);
  });

  it('gives queries to write with', async () => {
    class Copy extends BaseModel.with({ id: column.id(), age: column.integer().nullable() }) {
      static override tableName = `copies_${database.dialect}`;
    }
    await createAll([Copy]);
    await Copy.insertAll(numbers(1, 95).map((id) => ({ id })));
    const sizes: number[] = [];
    for await (const { relation, size, lastKey } of Copy.where({ age: null }).inBatches({ size: 20 })) {
      sizes.push(await relation.updateAll({ age: 7 }));
      expect([size, lastKey]).toEqual([sizes.at(-1), sizes.reduce((sum, each) => sum + each)]);
    }
    expect(sizes).toEqual([20, 20, 20, 20, 15]);
    expect(await Copy.where({ age: 7 }).count()).toBe(95);
    for await (const { relation } of Copy.order('id', 'desc').limit(30).inBatches({ size: 20 }))
      await relation.deleteAll();
    expect(await Copy.maximum('id')).toBe(65);
    const first = await Copy.inBatches({ size: 3 }).next();
    expect(await first.value?.relation.ids()).toEqual([1, 2, 3]);
  });

  it('sees what is written meanwhile by its key, and shifts nothing', async () => {
    const seen: number[] = [];
    await connections
      .get()
      .transaction(async () => {
        for await (const item of Item.limit(60).findEach({ size: 20 })) {
          seen.push(item.id);
          if (item.id % 10 === 0) await item.delete();
        }
        throw new Error('undone');
      })
      .catch(() => undefined);
    expect(seen).toEqual(numbers(1, 60));
    expect(await Item.count()).toBe(count);
  });

  it('refuses what cannot go by key, before anything is sent', async () => {
    class Keyless extends BaseModel.with({ name: column.string() }) {}
    for (const query of [
      Item.order('name'),
      Item.order('id').order('name'),
      Item.order(sql`id`),
      Item.select('name'),
      Seat.order('place'),
      Keyless.all(),
    ]) {
      const error = await errorBeforeSending(() => collect<unknown>(query));
      expect(error.code).toBe('AR_QUERY_INVALID');
    }
    expect((await errorOf(() => collect(Item.order('name')))).message).toContain('cursor: true');
    for (const options of [
      { size: 0 },
      { size: 1.5 },
      { sice: 3 },
      { progress: 1 },
      { cursor: true, size: 3 },
      null,
      5,
    ])
      expect((await errorBeforeSending(() => collect(Item.findEach(options as never)))).code).toBe('AR_QUERY_INVALID');
    expect((await errorBeforeSending(() => collect(Item.findEach({ start: 'x' as never })))).code).toBe(
      'AR_VALUE_INVALID',
    );
  });

  describe('with a cursor', () => {
    const pool = () => connections.get().pool;

    it('reads in the order of the query, at any speed', async () => {
      const expected = await Item.order('name').order('id').ids();
      const ids: number[] = [];
      for await (const item of Item.order('name').order('id').findEach({ cursor: true })) {
        if (ids.length === 1500) await new Promise((resolve) => setTimeout(resolve, 20));
        if (ids.length % 1000 === 0) expect((await Item.find(item.id)).name).toBe(item.name);
        ids.push(item.id);
      }
      expect(ids).toEqual(expected);
      expect(pool()).toMatchObject({ inUse: 0, waiting: 0 });
    });

    it('gives everything back when the loop is left', async () => {
      for (let round = 0; round < 5; round++) {
        for await (const item of Item.order('name').findEach({ cursor: true })) {
          expect(pool().inUse).toBe(1);
          if (item.name.length > round) break;
        }
        const error = await errorOf(async () => {
          for await (const item of Item.order('name').findEach({ cursor: true })) throw new Error(item.name);
        });
        expect(error.message).toBe('n1');
        expect(pool()).toMatchObject({ inUse: 0, waiting: 0 });
        expect(await Item.count()).toBe(count);
      }
    });

    it.runIf(database.dialect !== 'sqlite')('ends the statement on the server when the loop is left', async () => {
      const slow =
        database.dialect === 'mysql'
          ? Item.where(sql`SLEEP(0.0005) = 0`)
          : Item.where(sql`pg_sleep(0.0005) IS NOT NULL`);
      for await (const item of slow.findEach({ cursor: true })) {
        expect(item.id).toBe(1);
        break;
      }
      const busy = await connections
        .get()
        .query(
          database.dialect === 'mysql'
            ? sql`SELECT info FROM information_schema.processlist WHERE db = DATABASE() AND command <> 'Sleep' AND id <> CONNECTION_ID()`
            : sql`SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
        );
      expect(busy).toEqual([]);
      expect(pool()).toMatchObject({ inUse: 0, waiting: 0 });
    });

    it('is one statement, whose errors are told', async () => {
      const sent = await statementsOf(() => collect(Item.order('name').findEach({ cursor: true })));
      expect(sent).toHaveLength(1);
      const error = await errorOf(() => collect(Item.where(sql`missing_column = 1`).findEach({ cursor: true })));
      expect(error.code).toBe('AR_COLUMN_MISSING');
      expect(pool().inUse).toBe(0);
      expect(await collect(Item.where({ id: [] }).findEach({ cursor: true }))).toEqual([]);
      expect(await collect(Item.all().none().findEach({ cursor: true }))).toEqual([]);
    });

    it('is refused inside a transaction', async () => {
      const error = await errorOf(() =>
        connections.get().transaction(() => collect(Item.order('name').findEach({ cursor: true }))),
      );
      expect(error.code).toBe('AR_QUERY_INVALID');
      expect(pool().inUse).toBe(0);
    });
  });
});
