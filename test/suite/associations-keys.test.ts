/** Associations by other keys than a number: text as the database compares it, several columns, other names; and what is declared wrongly. */
import { describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  polymorphic,
} from '../../lib/index.ts';
import { describeModels, errorOf, statementsOf } from '../support/models.ts';

class Country extends BaseModel.with({
  code: column.string(40).primaryKey(),
  name: column.string(),
  get cities() {
    return hasMany(City, { foreignKey: 'countryCode' });
  },
}) {}
class City extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  countryCode: column.string(40).nullable(),
  get country() {
    return belongsTo(Country, { foreignKey: 'countryCode', optional: true });
  },
}) {}

class Order extends BaseModel.with({
  shopId: column.integer().primaryKey(),
  number: column.integer().primaryKey(),
  note: column.string(),
  get lines() {
    return hasMany(Line, { foreignKey: ['shopId', 'orderNumber'] });
  },
  get parts() {
    return hasMany(Part, { through: 'lines' });
  },
}) {}
class Line extends BaseModel.with({
  id: column.id(),
  shopId: column.integer(),
  orderNumber: column.integer(),
  partId: column.uuid().nullable(),
  get order() {
    return belongsTo(Order, { foreignKey: ['shopId', 'orderNumber'] });
  },
  get part() {
    return belongsTo(Part, { optional: true });
  },
}) {}
class Part extends BaseModel.with({
  id: column.uuid().primaryKey(),
  name: column.string(),
  get lines() {
    return hasMany(Line);
  },
}) {}

class Account extends BaseModel.with({
  id: column.id(),
  number: column.bigint().unique(),
  get bookings() {
    return hasMany(Booking, { foreignKey: 'accountNumber', primaryKey: 'number' });
  },
}) {}
class Booking extends BaseModel.with({
  id: column.id(),
  accountNumber: column.bigint(),
  get account() {
    return belongsTo(Account, { foreignKey: 'accountNumber', primaryKey: 'number' });
  },
}) {}
/** Refers by a number that the other side keeps as a decimal and as a bigint. */
class Receipt extends BaseModel.with({
  id: column.id(),
  userNumber: column.decimal(12, 2),
  get account() {
    return belongsTo(Account, { foreignKey: 'userNumber', primaryKey: 'number' });
  },
}) {}

const models = [Country, City, Order, Line, Part, Account, Booking, Receipt];

describeModels('associations by other keys', models, ({ dialect }) => {
  test('texts match in memory that match in the database', async () => {
    const codes = ['ada', 'ZOË', 'strasse', 'plain', 'Đorđe'];
    await Country.insertAll(codes.map((code) => ({ code, name: code })));
    const written = ['ADA', 'ada', 'ada ', 'Àda', 'zoe', 'Zoë', 'straße', 'STRASSE', 'plain', 'đorđe', 'nowhere'];
    await City.insertAll(written.map((name) => ({ name, countryCode: name })));
    // What the database itself finds, one by one.
    const expected = new Map<string, string | null>();
    for (const name of written) expected.set(name, (await Country.findBy({ code: name }))?.code ?? null);
    const cities = await City.order('id');
    const found = new Map<string, string | null>();
    for (const city of cities) found.set(city.name, (await city.country)?.code ?? null);
    expect(found).toEqual(expected);
    for (const country of await Country.order('code')) {
      const own = (await country.cities).map(({ name }) => name).sort();
      expect(own).toEqual(written.filter((name) => expected.get(name) === country.code).sort());
    }
    if (dialect === 'mysql') expect(expected.get('ADA')).toBe('ada');
  });

  test('plain text keys need no question', async () => {
    await City.deleteAll({ everyRow: true });
    await City.create({ name: 'x', countryCode: 'plain' });
    await City.create({ name: 'y', countryCode: 'strasse' });
    expect(await statementsOf(async () => Promise.all((await City.all()).map((city) => city.country)))).toHaveLength(2);
  });

  test('keys of several columns', async () => {
    await Order.insertAll([
      { shopId: 1, number: 1, note: 'a' },
      { shopId: 1, number: 2, note: 'b' },
      { shopId: 2, number: 1, note: 'c' },
    ]);
    const nut = await Part.create({ name: 'nut' });
    const bolt = await Part.create({ name: 'bolt' });
    await Line.insertAll([
      { shopId: 1, orderNumber: 1, partId: nut.id },
      { shopId: 1, orderNumber: 1, partId: bolt.id },
      { shopId: 2, orderNumber: 1, partId: nut.id },
      { shopId: 2, orderNumber: 1, partId: nut.id.toUpperCase() },
      { shopId: 9, orderNumber: 9, partId: null },
    ]);
    const orders = await Order.order({ shopId: 'asc', number: 'asc' });
    const counts: unknown[] = [];
    const statements = await statementsOf(async () => {
      for (const order of orders)
        counts.push((await order.lines).length, (await order.parts).map(({ name }) => name).sort());
    });
    expect(counts).toEqual([2, ['bolt', 'nut'], 0, [], 2, ['nut']]);
    expect(statements).toHaveLength(2);
    const [order] = orders;
    expect(await order?.parts.count()).toBe(2);
    expect(await order?.lines.pluck('partId')).toHaveLength(2);
    const lines = await Line.order('id');
    expect((await Promise.all(lines.slice(0, 4).map((line) => line.order))).map(({ note }) => note)).toEqual([
      'a',
      'a',
      'c',
      'c',
    ]);
    expect(await errorOf(() => lines[4]?.order)).toMatchObject({ code: 'AR_RECORD_NOT_FOUND' });
    expect((await (await Part.find(nut.id)).lines).length).toBe(3);
  });

  test('keys that are no primary key, and numbers of other types', async () => {
    const big = 9_007_199_254_740_993n;
    await Account.insertAll([{ number: 5n }, { number: big }]);
    await Booking.insertAll([{ accountNumber: 5n }, { accountNumber: big }, { accountNumber: big }]);
    await Receipt.create({ userNumber: '5.00' });
    const accounts = await Account.order('number');
    expect((await Promise.all(accounts.map((account) => account.bookings))).map(({ length }) => length)).toEqual([
      1, 2,
    ]);
    const bookings = await Booking.order('id');
    expect((await Promise.all(bookings.map((booking) => booking.account))).map(({ number }) => number)).toEqual([
      5n,
      big,
      big,
    ]);
    const receipts = await Receipt.includes('account');
    expect(receipts[0]?.account.value.number).toBe(5n);
  });

  describe('declared wrongly', () => {
    const messageOf = async (run: () => unknown) => {
      const error = await errorOf(run);
      expect(['AR_DEFINITION_INVALID', 'AR_ASSOCIATION_UNKNOWN', 'AR_QUERY_INVALID']).toContain(error.code);
      return error.message;
    };

    test('a key that is not there', async () => {
      class Reader extends BaseModel.with({
        id: column.id(),
        writer: column.string(),
        get author() {
          return belongsTo(Country);
        },
        get books() {
          return hasMany(Part);
        },
        get orders() {
          return hasMany(Order, { foreignKey: 'readerIdd' });
        },
        get order() {
          return belongsTo(Order);
        },
      }) {}
      const reader = new Reader({ writer: 'x' });
      expect(await messageOf(() => reader.author)).toMatch(
        /Reader\.author looks for the attribute "authorId" of Reader, which has id, writer/,
      );
      expect(await messageOf(() => reader.books)).toMatch(
        /Reader\.books looks in Part for the attribute "readerId".*there is none/,
      );
      expect(await messageOf(() => reader.orders)).toMatch(/"readerIdd" of Order, which has shopId, number, note/);
      expect(await messageOf(() => reader.order)).toMatch(/key of 2 columns \(shopId, number\)/);
    });

    test('a target that is no model, or not there yet', async () => {
      class Odd extends BaseModel.with({
        id: column.id(),
        get plain() {
          return belongsTo(Date);
        },
        get nothing() {
          return hasMany(undefined as unknown as typeof Part);
        },
        get list() {
          return hasMany(polymorphic([Part, Line]));
        },
        get number() {
          return 5;
        },
      }) {}
      const odd = new Odd() as unknown as Record<string, unknown>;
      expect(await messageOf(() => odd.plain)).toMatch(/Odd\.plain leads to something that is no model/);
      expect(await messageOf(() => odd.nothing)).toMatch(/hasMany takes a model, not undefined/);
      expect(await messageOf(() => odd.list)).toMatch(/only belongsTo can be polymorphic/);
      expect(await messageOf(() => odd.number)).toMatch(/does not return an association/);
    });

    test('an association that is no getter, and options that are none', async () => {
      expect(await messageOf(() => BaseModel.with({ id: column.id(), part: belongsTo(Part) }))).toMatch(
        /"part" is not a getter/,
      );
      expect(await messageOf(() => hasMany(Part, { dependant: 'destroy' } as object))).toMatch(/no option "dependant"/);
      expect(
        await messageOf(() =>
          BaseModel.with({
            get save() {
              return hasMany(Part);
            },
          }),
        ),
      ).toMatch(/cannot be named "save"/);
    });

    test('through what is not there', async () => {
      class Shelf extends BaseModel.with({
        id: column.id(),
        orderNumber: column.integer(),
        get items() {
          return hasMany(Part, { through: 'boxes' });
        },
        get lines() {
          return hasMany(Line, { foreignKey: 'orderNumber' });
        },
        get cities() {
          return hasMany(City, { through: 'lines' });
        },
        get parts() {
          return hasMany(Country, { through: 'lines', source: 'part' });
        },
        get photos() {
          return hasMany(Line, { as: 'owner' });
        },
        get opposite() {
          return hasOne(Line, { foreignKey: 'orderNumber', inverseOf: 'shelf' });
        },
      }) {}
      const shelf = new Shelf({ orderNumber: 1 });
      expect(await messageOf(() => shelf.items)).toMatch(/Shelf has no association "boxes"/);
      expect(await messageOf(() => shelf.cities)).toMatch(
        /looks for "cities" or "city" of Line, which has the associations order, part/,
      );
      expect(await messageOf(() => shelf.parts)).toMatch(/leads to Country, but Line\.part leads to Part/);
      expect(await messageOf(() => shelf.photos)).toMatch(/looks for a polymorphic belongsTo "owner" of Line/);
      const [loaded] = await Shelf.none();
      expect(loaded).toBeUndefined();
      expect(await messageOf(() => Shelf.includes('opposites' as 'opposite'))).toMatch(
        /no association "opposites".*opposite/s,
      );
    });

    test('keys of other types', async () => {
      class Wrong extends BaseModel.with({
        id: column.id(),
        partId: column.integer(),
        get part() {
          return belongsTo(Part);
        },
      }) {}
      expect(await messageOf(() => new Wrong({ partId: 1 }).part)).toMatch(
        /Wrong\.partId is of type integer, and Part\.id of type uuid/,
      );
    });

    test('two polymorphic kinds of one name', async () => {
      class Twin extends BaseModel.with({ id: column.id() }) {
        static override tableName = 'parts';
      }
      class Both extends BaseModel.with({
        id: column.id(),
        ownerId: column.uuid(),
        ownerType: column.string(),
        get owner() {
          return belongsTo(polymorphic([Part, Twin]));
        },
      }) {}
      expect(await messageOf(() => new Both({ ownerType: 'part' }).owner)).toMatch(
        /two models that are stored as "part"/,
      );
    });

    test('a join table that joins a model with itself', async () => {
      class Friend extends BaseModel.with({
        id: column.id(),
        get friends() {
          return hasAndBelongsToMany(Friend);
        },
        get followers() {
          return hasAndBelongsToMany(Friend, {
            joinTable: 'follows',
            foreignKey: 'followedId',
            targetKey: 'followerId',
          });
        },
      }) {}
      const friend = new Friend();
      expect(await messageOf(() => friend.friends)).toMatch(/joins a model with itself/);
      expect(await friend.followers).toEqual([]);
    });
  });

  test('the connection is left open', () => {
    expect(connections.get().state).toBe('open');
  });
});
