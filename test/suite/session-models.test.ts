/** Sessions with models of other kinds: several classes in one table, polymorphic ones, soft deletion; and other servers. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasMany,
  polymorphic,
  Session,
  SoftDelete,
  sql,
} from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, statementsOf } from '../support/models.ts';

class Vehicle extends BaseModel.with({
  id: column.id(),
  type: column.string(),
  name: column.string(),
  get remarks() {
    return hasMany(Remark, { as: 'subject' });
  },
}) {}
class Car extends Vehicle {}
class Truck extends Vehicle {}
class Machine extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  name: column.string(),
  updatedAt: column.datetime(),
  get parts() {
    return hasMany(Part);
  },
}) {}
class Part extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  machineId: column.references('machines'),
  get machine() {
    return belongsTo(Machine, { touch: true });
  },
}) {}
class Remark extends BaseModel.with({
  id: column.id(),
  text: column.string(),
  subjectId: column.bigint(),
  subjectType: column.string(),
  get subject() {
    return belongsTo(polymorphic([Vehicle, Machine]));
  },
}) {}
class Filled extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  number: column.integer().default(sql`(1 + 1)`),
}) {}
class FilledToo extends BaseModel.with({
  id: column.uuid().primaryKey(),
  name: column.string(),
  number: column.integer().default(sql`(1 + 1)`),
}) {}

describeModels('a session', [Vehicle, Machine, Part, Remark, Filled, FilledToo], (database) => {
  emptyBeforeEach('remarks', 'parts', 'machines', 'vehicles', 'filleds', 'filled_toos');

  it('writes classes of one table in one statement, and knows each by its own', async () => {
    await using session = new Session();
    const made = [Car, Truck, Car].map((Class, index) => session.add(new Class({ name: `v ${index}` })));
    const statements = await statementsOf(() => session.commit());
    expect(statements.filter((each) => each.startsWith('INSERT'))).toHaveLength(1);
    expect(await session.query(Vehicle).orderBy('id').all()).toEqual(made);
    const [car, truck] = made;
    expect(await session.get(Car, car?.id ?? 0)).toBe(car);
    expect(await session.get(Vehicle, truck?.id ?? 0)).toBe(truck);
    expect(await session.get(Car, truck?.id ?? 0)).toBeNull();
  });

  it('writes what belongs to records of several models', async () => {
    await using session = new Session();
    const machine = session.add(new Machine({ name: 'm' }));
    const car = session.add(new Car({ name: 'c' }));
    session.add(new Remark({ text: 'of a machine', subject: machine }));
    car.remarks.build({ text: 'of a car' });
    await session.commit();
    const read = await Remark.includes('subject').order('text');
    expect(read.map(({ text, subject }) => [text, subject.value])).toEqual([
      ['of a car', expect.objectContaining({ id: car.id })],
      ['of a machine', expect.objectContaining({ id: machine.id })],
    ]);
    await session.rollback();
    for (const each of [car, machine, ...(await session.query(Remark).all())]) session.delete(each);
    await session.commit();
    expect(await Remark.count()).toBe(0);
  });

  it('touches what belongs together once, and marks what is deleted softly', async () => {
    await using session = new Session();
    const machines = ['a', 'b'].map((name) => session.add(new Machine({ name })));
    await session.commit();
    await Machine.where({ name: 'a' }).updateAll({ updatedAt: new Date(0) });
    for (const machine of machines) for (const name of ['x', 'y']) machine.parts.build({ name });
    const statements = await statementsOf(() => session.commit());
    expect(statements.filter((each) => each.startsWith('UPDATE'))).toHaveLength(1);
    expect((await Machine.findByOrFail({ name: 'a' })).updatedAt.getTime()).toBeGreaterThan(0);
    for (const machine of machines) session.delete(machine);
    await session.commit();
    expect([await Machine.count(), await Machine.unscoped().count()]).toEqual([0, 2]);
  });

  it('reads what the database has filled in, also where it cannot return it', async () => {
    const { features } = connections.get().dialect;
    const before = { ...features };
    try {
      // As a MySQL server says of itself: MariaDB can do more.
      if (database.dialect === 'mysql') Object.assign(features, { returning: false, bulkIds: false });
      await using session = new Session();
      const filled = [1, 2, 3].map((index) => session.add(new Filled({ name: `f ${index}` })));
      const too = [1, 2, 3].map((index) => session.add(new FilledToo({ name: `t ${index}` })));
      await session.commit();
      expect([...filled, ...too].map(({ number, changed }) => [number, changed])).toEqual(
        filled.concat(filled).map(() => [2, []]),
      );
      for (const each of filled) expect((await Filled.find(each.id)).name).toBe(each.name);
      for (const each of too) expect((await FilledToo.find(each.id)).name).toBe(each.name);
    } finally {
      if (database.dialect === 'mysql') Object.assign(features, before);
    }
  });

  it('gives the right keys where a server counts in steps', async () => {
    if (database.dialect !== 'mysql') return;
    const { features } = connections.get().dialect;
    const before = { ...features };
    await using session = new Session();
    const stepping = (step: number) =>
      session.run(() =>
        connections.get().execute(sql`SET SESSION auto_increment_increment = ${sql.unsafe(`${step}`)}`),
      );
    session.add(new Filled({ name: 'first' }));
    await session.flush();
    try {
      Object.assign(features, { returning: false, bulkIds: false });
      await stepping(5);
      const filled = [1, 2, 3].map((index) => session.add(new Filled({ name: `step ${index}` })));
      await session.flush();
      await stepping(1);
      await session.commit();
      for (const each of filled) expect((await Filled.find(each.id)).name).toBe(each.name);
    } finally {
      Object.assign(features, before);
    }
  });

  it('that is forgotten gives its connection back, with a warning', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const warnings: unknown[] = [];
    const note = (warning: Error & { code?: string }) => warnings.push(warning.code);
    process.on('warning', note);
    try {
      await (async () => {
        const session = new Session();
        session.add(new Machine({ name: 'lost' }));
        await session.flush();
      })();
      for (let round = 0; round < 200 && warnings.length === 0; round++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(warnings).toEqual(['AR_SESSION_FORGOTTEN']);
      await expect.poll(() => connections.get().pool.inUse).toBe(0);
      expect(await Machine.count()).toBe(0);
    } finally {
      process.off('warning', note);
    }
  });
});
