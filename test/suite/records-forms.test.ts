import { inspect } from 'node:util';
import { BaseModel, column, InvalidQuery, InvalidValue, sql } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  secret: column.string().nullable().sensitive(),
  big: column.bigint().nullable(),
  bytes: column.binary().nullable(),
}) {}
class Admin extends User {}
class Manager extends BaseModel.with({ id: column.id(), name: column.string() }) {}
class Seat extends BaseModel.with({
  row: column.string(4).primaryKey(),
  number: column.integer().primaryKey(),
  guest: column.string(20).nullable(),
}) {}
class Ticket extends BaseModel.with({ code: column.string(20).primaryKey().sensitive(), note: column.string(20) }) {}

describeModels('forms of records', [User, Manager, Seat, Ticket], () => {
  it('turn into JSON without what is sensitive, and with what JSON has no form for as text', async () => {
    const user = await User.create({
      name: 'Ada',
      secret: 'hunter2',
      big: 2n ** 60n,
      bytes: new Uint8Array([1, 2, 255]),
    });
    expect(JSON.parse(JSON.stringify(user))).toEqual({
      id: user.id,
      name: 'Ada',
      age: null,
      big: '1152921504606846976',
      bytes: 'AQL/',
    });
    const [partial] = await User.select('name', { double: sql<number>`1 + 1` }).where({ id: user.id });
    expect(JSON.parse(JSON.stringify(partial))).toEqual({ name: 'Ada', double: 2 });
  });

  it('print readably, and without what is sensitive', async () => {
    const print = (value: unknown) => inspect(value, { breakLength: Number.POSITIVE_INFINITY });
    const user = await User.create({ name: 'Ada', secret: 'hunter2' });
    expect(print(user)).toBe(
      `User { id: ${user.id}, name: 'Ada', age: null, secret: [hidden], big: null, bytes: null }`,
    );
    expect(print(new User({ name: 'Eve' }))).toMatch(/^User \(new\) \{ id: null, name: 'Eve'/);
    user.age = 5;
    expect(print(user)).toMatch(/^User \(changed: age\) \{/);
    expect(print({ deep: { er: { user } } })).toContain('[User (changed: age)]');
    await user.destroy();
    expect(print(user)).toMatch(/^User \(destroyed; changed: age\)/);
    const [partial] = await User.select('name', { double: sql<number>`1 + 1` }).limit(1);
    expect(print(partial)).toMatch(/^User \{ name: '.*', double: 2 \}$/);
  });

  it('are text that tells which record it is, without what is sensitive', async () => {
    const ada = await User.create({ name: 'Ada', secret: 'hunter2' });
    ada.age = 36;
    expect([String(ada), `${ada}`, `${new Admin({ name: 'Eve' })}`]).toEqual([
      `User { id: ${ada.id} }`,
      `User { id: ${ada.id} }`,
      'Admin (new)',
    ]);
    expect(String(await Seat.create({ row: "A'", number: 7, guest: 'Ada' }))).toBe(`Seat { row: "A'", number: 7 }`);
    expect(String(await Ticket.create({ code: 'hunter2', note: 'x' }))).toBe('Ticket { code: [hidden] }');
    const [partial] = await User.select('name').where({ id: ada.id });
    expect(String(partial)).toBe('User');
    await ada.destroy();
    expect(String(ada)).toBe(`User (destroyed) { id: ${ada.id} }`);
  });

  it('are refused as values, whatever text they have', async () => {
    const ada = await User.create('Ada');
    // @ts-expect-error a record is no text
    expect(() => User.where({ name: ada }).toSQL()).toThrow(InvalidValue);
    expect(() => User.where(sql`name = ${ada}`).toSQL()).toThrow(InvalidValue);
    // @ts-expect-error text is no condition
    expect(() => User.where(`id = ${ada}`)).toThrow(InvalidQuery);
    // @ts-expect-error a record is no key
    await expect(User.find(ada)).rejects.toThrow(InvalidValue);
    // @ts-expect-error nor is its text
    await expect(User.find(`${ada}`)).rejects.toThrow(InvalidValue);
    // @ts-expect-error a record is no text
    expect(() => new User({ name: ada })).toThrow(InvalidValue);
    expect(await User.where({ name: `${ada}` }).count()).toBe(0);
  });

  it('are equal where they stand for one row', async () => {
    const [ada, eve] = [await User.create('Ada'), await User.create('Eve')];
    const again = await User.find(ada.id);
    again.name = 'Other';
    expect([ada.equals(ada), ada.equals(again), ada.equals(eve), ada.equals(null), ada.equals({ id: ada.id })]).toEqual(
      [true, true, false, false, false],
    );
    const fresh = new User();
    expect([fresh.equals(new User()), fresh.equals(fresh)]).toEqual([false, true]);
    expect(ada.equals(await Admin.find(ada.id))).toBe(true);
    const manager = await Manager.create({ id: ada.id, name: 'x' });
    expect(ada.equals(manager)).toBe(false);
  });

  it('are no thenables: awaiting a record gives the record', async () => {
    const user = await User.create('Ada');
    expect(await user).toBe(user);
    expect('then' in user).toBe(false);
  });
});
