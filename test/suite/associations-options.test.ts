/** Options that change how an association is stored, told of or warned about. */
import { channel } from 'node:diagnostics_channel';
import { beforeAll, expect, test } from 'vitest';
import { BaseModel, belongsTo, column, hasMany, polymorphic, type StatementEvent } from '../../lib/index.ts';
import { describeModels, statementsOf } from '../support/models.ts';

class Town extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get houses() {
    return hasMany(House, { foreignKey: 'placeId', inverseOf: 'place' });
  },
  get signs() {
    return hasMany(Sign, { as: 'spot' });
  },
}) {
  static override polymorphicName = 'Places::Town';
}
class House extends BaseModel.with({
  id: column.id(),
  placeId: column.references('towns'),
  get place() {
    return belongsTo(Town);
  },
  get quietPlace() {
    return belongsTo(Town, { foreignKey: 'placeId', optional: true, strictLoading: 'log', inverseOf: false });
  },
}) {}
class Sign extends BaseModel.with({
  id: column.id(),
  spotId: column.integer(),
  spotKind: column.string(),
  get spot() {
    return belongsTo(polymorphic([Town, House]), { foreignType: 'spotKind' });
  },
}) {}

describeModels('options of associations', [Town, House, Sign], () => {
  beforeAll(async () => {
    for (const name of ['a', 'b', 'c']) {
      const town = await Town.create({ name });
      await House.create({ place: town });
      const sign = new Sign();
      sign.spot.set(town);
      await sign.save();
    }
  });

  test('the event of an automatic batch names the association and how many records it is for', async () => {
    const events: StatementEvent[] = [];
    const ended = channel('tracing:active-record-ts:statement:asyncEnd');
    const note = (event: unknown) => events.push(event as StatementEvent);
    ended.subscribe(note);
    try {
      for (const house of await House.order('id')) await house.place;
      await (await House.order('id').firstOrFail()).place;
    } finally {
      ended.unsubscribe(note);
    }
    expect(events.map(({ batch }) => batch)).toEqual([
      undefined,
      { association: 'House.place', records: 3 },
      undefined,
      undefined,
    ]);
    expect(events[1]?.rows).toBe(3);
  });

  test("strictLoading: 'log' warns, and loads", async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const house = await House.order('id').firstOrFail();
    expect((await house.quietPlace)?.name).toBe('a');
    expect(await warned).toMatchObject({ name: 'StrictLoading', code: 'AR_STRICT_LOADING' });
    expect((await warned).message).toContain('House.quietPlace');
  });

  test('a kind is stored under the name that its model gives, in the attribute that is named', async () => {
    expect(await Sign.order('id').pluck('spotKind')).toEqual(['Places::Town', 'Places::Town', 'Places::Town']);
    const [sign] = await Sign.order('id').includes('spot');
    expect(sign?.spot.value).toBeInstanceOf(Town);
    const town = await Town.order('id').firstOrFail();
    expect(await town.signs.count()).toBe(1);
    expect((await town.signs.create({})).spotKind).toBe('Places::Town');
    await Sign.order('id', 'desc').limit(1).destroyAll();
  });

  test('the inverse that is named is set without a statement, and none where there is to be none', async () => {
    const town = await Town.order('id').firstOrFail();
    const [house] = await town.houses;
    expect(await statementsOf(async () => expect(await house?.place).toBe(town))).toEqual([]);
    expect(house?.quietPlace.loaded).toBe(false);
  });
});
