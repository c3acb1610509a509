/** Joined loading and figures with keys and values of every kind: composite, uuid and text keys, and none at all. */
import { beforeAll, describe, expect, test } from 'vitest';
import { BaseModel, belongsTo, column, connections, hasMany, hasOne, type Query, sql } from '../../lib/index.ts';
import { describeModels, errorBeforeSending, statementsOf } from '../support/models.ts';

class Land extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get cities() {
    return hasMany(City);
  },
  get regions() {
    return hasMany(Region, { through: 'cities' });
  },
  get firstRegion() {
    return hasOne(Region, { through: 'firstCity', source: 'region' });
  },
  get firstCity() {
    return hasOne(City);
  },
  get landmarks() {
    return hasMany(Landmark, { through: 'cities' });
  },
}) {}
class Region extends BaseModel.with({
  country: column.string(40).primaryKey(),
  code: column.string(40).primaryKey(),
  title: column.string(),
  get cities() {
    return hasMany(City, { foreignKey: ['country', 'regionCode'] });
  },
}) {}
class City extends BaseModel.with({
  id: column.uuid().primaryKey(),
  name: column.string(),
  landId: column.references('lands'),
  country: column.string(40).nullable(),
  regionCode: column.string(40).nullable(),
  data: column.json<{ mayor: string }>().nullable(),
  founded: column.datetime(6).nullable(),
  area: column.decimal(10, 3).nullable(),
  people: column.bigint().nullable(),
  share: column.float().nullable(),
  flag: column.binary().nullable(),
  capital: column.boolean().default(false),
  get land() {
    return belongsTo(Land);
  },
  get region() {
    return belongsTo(Region, { foreignKey: ['country', 'regionCode'], optional: true });
  },
  get landmarks() {
    return hasMany(Landmark);
  },
  get loud() {
    return hasMany(Landmark, {
      scope: (landmarks: Query<typeof Landmark>) => landmarks.where(sql`landmarks.label <> ${'quiet'}`),
    });
  },
}) {}
/** No key of its own. */
class Landmark extends BaseModel.with({
  label: column.string(),
  cityId: column.uuid().nullable(),
  get city() {
    return belongsTo(City, { optional: true });
  },
}) {}

const rome = '018f0000-0000-7000-8000-000000000001';
const pisa = '018f0000-0000-7000-8000-000000000002';
const oslo = '018f0000-0000-7000-8000-000000000003';
const people = 9_007_199_254_740_995n;

describeModels('joined values', [Land, Region, City, Landmark], () => {
  beforeAll(async () => {
    await Land.insertAll([
      { id: 1, name: 'Italy' },
      { id: 2, name: 'Norway' },
      { id: 3, name: 'Nowhere' },
    ]);
    await Region.insertAll([
      { country: 'it', code: 'LAZ', title: 'Lazio' },
      { country: 'it', code: 'TOS', title: 'Tuscany' },
      { country: 'no', code: 'LAZ', title: 'of the same code' },
    ]);
    const city = { data: null, founded: null, area: null, people: null, share: null, flag: null, capital: false };
    await City.insertAll([
      {
        ...city,
        id: rome,
        name: 'Rome',
        landId: 1,
        country: 'it',
        regionCode: 'LAZ',
        data: { mayor: 'Ada' },
        founded: new Date('2001-02-03T04:05:06.789Z'),
        area: '1285.306',
        people,
        share: 0.1,
        flag: new Uint8Array([0, 255, 10]),
        capital: true,
      },
      { ...city, id: pisa, name: 'Pisa', landId: 1, country: 'it', regionCode: 'TOS', people: 1n, area: '0.694' },
      { ...city, id: oslo, name: 'Oslo', landId: 2, country: null, regionCode: null },
    ]);
    await Landmark.insertAll([
      { label: 'tower', cityId: pisa },
      { label: 'arena', cityId: rome },
      { label: 'quiet', cityId: rome },
      { label: 'lost', cityId: null },
    ]);
  });

  describe('eagerLoad', () => {
    test('reads values of every type as the same query on their own table does', async () => {
      const [italy] = await Land.eagerLoad('cities').order('id');
      const joined = italy?.cities.toArray().find(({ id }) => id === rome);
      const own = await City.find(rome);
      expect(joined?.attributes).toEqual(own.attributes);
      expect(joined?.people).toBe(people);
      expect(joined?.area).toBe('1285.306');
      expect(joined?.data).toEqual({ mayor: 'Ada' });
      expect(joined?.founded?.toISOString()).toBe('2001-02-03T04:05:06.789Z');
      expect(joined?.flag).toEqual(new Uint8Array([0, 255, 10]));
      expect([joined?.capital, joined?.changed]).toEqual([true, []]);
      expect(joined?.share).toBe(own.share);
    });

    test('follows keys of several columns, and finds none where a part is null', async () => {
      const cities = await City.eagerLoad('region').order('name');
      expect(cities.map((city) => city.region.value?.title ?? null)).toEqual([null, 'Tuscany', 'Lazio']);
      const regions = await Region.eagerLoad('cities').order('country').order('code');
      expect(regions.map((region) => region.cities.map(({ name }) => name))).toEqual([['Rome'], ['Pisa'], []]);
      const limited = await Region.eagerLoad({ cities: 'landmarks' }).order('title').limit(1);
      expect(limited.map((region) => region.cities.at(0)?.landmarks.length)).toEqual([2]);
      const lands = await Land.eagerLoad('regions').order('id');
      expect(lands.map((land) => land.regions.map(({ title }) => title).sort())).toEqual([
        ['Lazio', 'Tuscany'],
        [],
        [],
      ]);
    });

    test('reads rows that have no key of their own', async () => {
      const cities = await City.eagerLoad('landmarks', 'loud').order('name');
      expect(cities.map((city) => city.landmarks.map(({ label }) => label).sort())).toEqual([
        [],
        ['tower'],
        ['arena', 'quiet'],
      ]);
      expect(cities.map((city) => city.loud.map(({ label }) => label))).toEqual([[], ['tower'], ['arena']]);
      const landmarks = await Landmark.eagerLoad('city').order('label');
      expect(landmarks.map((landmark) => landmark.city.value?.name ?? null)).toEqual(['Rome', null, 'Rome', 'Pisa']);
      const lands = await Land.eagerLoad('landmarks').order('id');
      expect(lands.map((land) => land.landmarks.length)).toEqual([3, 0, 0]);
    });

    test('of a hasOne takes the first by its key', async () => {
      const lands = await Land.eagerLoad('firstCity').order('id');
      expect(lands.map((land) => land.firstCity.value?.name ?? null)).toEqual(['Rome', 'Oslo', null]);
    });

    test('finds with keys of several columns', async () => {
      const region = await Region.eagerLoad('cities').find({ country: 'it', code: 'LAZ' });
      expect(region.cities.map(({ name }) => name)).toEqual(['Rome']);
    });
  });

  describe('figures', () => {
    test('follow keys of several columns', async () => {
      const regions = await Region.order('country').order('code').withCount('cities').withSum('cities', 'people');
      expect(regions.map((region) => [region.citiesCount, region.citiesSumPeople])).toEqual([
        [1, people],
        [1, 1n],
        [0, null],
      ]);
      const lands = await Land.order('id').withCount('regions', 'landmarks').withExists('regions');
      expect(lands.map((land) => [land.regionsCount, land.landmarksCount, land.regionsExist])).toEqual([
        [2, 3, true],
        [0, 0, false],
        [0, 0, false],
      ]);
      const cities = await City.order('name').withCount('region', 'landmarks', 'loud');
      expect(cities.map((city) => [city.regionCount, city.landmarksCount, city.loudCount])).toEqual([
        [0, 0, 0],
        [1, 1, 1],
        [1, 2, 1],
      ]);
    });

    test('are exact, of decimals with three digits too', async () => {
      const [italy] = await Land.order('id')
        .withSum('cities', 'area')
        .withAverage('cities', 'area')
        .withMaximum('cities', 'founded')
        .withMinimum('cities', 'share');
      const cities = City.where({ landId: 1 });
      expect(italy?.citiesSumArea).toBe('1286.000');
      expect(italy?.citiesAverageArea).toBe(await cities.average('area'));
      expect(italy?.citiesMaximumFounded).toEqual(await cities.maximum('founded'));
      expect(italy?.citiesMinimumShare).toBe(await cities.minimum('share'));
    });

    test('are refused for values that have none', async () => {
      const text = await errorBeforeSending(() => Land.withSum('cities', 'name' as never));
      expect(text).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(text.message).toContain('sum needs numbers');
      const json = await errorBeforeSending(() => Land.withMaximum('cities', 'data' as never));
      expect(json.message).toContain('has no largest value');
    });
  });

  test('of ten thousand records the rows are told apart in linear time', async () => {
    const [land] = await Land.order('id').limit(1);
    if (land === undefined) throw new Error('no land');
    const rows = Array.from({ length: 2_000 }, (_, index) => ({ label: `many ${index}`, cityId: oslo }));
    for (let times = 0; times < 5; times++) await Landmark.insertAll(rows);
    const sent = await statementsOf(async () => {
      const [city] = await City.where({ id: oslo }).eagerLoad('landmarks');
      // Some of them are alike in all columns, and are different rows all the same.
      expect(city?.landmarks.length).toBe(10_000);
      const landmarks = await Landmark.where({ cityId: oslo }).eagerLoad('city');
      expect(landmarks).toHaveLength(10_000);
      expect(new Set(landmarks.map((landmark) => landmark.city.value)).size).toBe(1);
    });
    expect(sent).toHaveLength(2);
    await connections.get().execute(sql`DELETE FROM landmarks WHERE label LIKE ${'many %'}`);
  });
});
