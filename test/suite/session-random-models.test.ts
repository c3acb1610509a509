/**
 * Random units of work of models that have everything at once (classes of one table, encrypted attributes, lock versions,
 * soft deletion, polymorphic children, counters), with flushes that fail, keys that change and transactions that are run again.
 */
import {
  type ActiveRecordError,
  BaseModel,
  belongsTo,
  column,
  Deadlocked,
  hasMany,
  polymorphic,
  Session,
  SoftDelete,
  transaction,
} from 'active-record-ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach } from '../support/models.ts';
import { testKey, useTestSecrets } from '../support/secrets.ts';

class Vehicle extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  type: column.string(),
  name: column.string(),
  plate: column.string().encrypted({ deterministic: true }),
  notes: column.json<number[]>().encrypted(),
  lockVersion: column.lockVersion(),
  get remarks() {
    return hasMany(Remark, { as: 'subject', dependent: 'destroy' });
  },
}) {
  static validations = { plate: { uniqueness: true, length: { min: 2 } } };
  override async afterSave() {
    if (this.name.startsWith('slow')) await Vehicle.count();
    if (this.name.startsWith('failing')) throw new Error('afterSave has failed');
  }
}
class Car extends Vehicle {}
class Truck extends Vehicle {}
class Remark extends BaseModel.with({
  id: column.id(),
  text: column.string().encrypted(),
  subjectId: column.bigint(),
  subjectType: column.string(),
  get subject() {
    return belongsTo(polymorphic([Vehicle]));
  },
}) {}

interface Row {
  readonly kind: 'Car' | 'Truck';
  readonly plate: string;
  readonly notes: readonly number[];
  readonly remarks: readonly string[];
}
type Rows = Map<string, Row>;
const kinds = [
  'add',
  'change',
  'push',
  'remark',
  'retext',
  'forgetRemark',
  'delete',
  'flush',
  'commit',
  'rollback',
] as const;
const rarer = ['fail', 'constraint', 'rotate', 'again', 'find', 'read'] as const;
type Step = {
  readonly kind: (typeof kinds)[number] | (typeof rarer)[number];
  readonly at: number;
  readonly to: number;
};
const nat = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...kinds) },
    { weight: 1, arbitrary: fc.constantFrom(...rarer) },
  ),
  at: nat,
  to: nat,
});

class Program {
  committed: Rows = new Map();
  rows: Rows = new Map();
  readonly vehicles = new Map<string, Vehicle>();
  readonly session = new Session();
  #names = 0;
  #keys = 1;

  constructor() {
    this.#configure();
  }

  /** The newest first. */
  #configure(): void {
    const keys = (of: string) => Array.from({ length: this.#keys }, (_, index) => testKey(`${of} ${index}`)).reverse();
    useTestSecrets({ primaryKey: keys('primary'), deterministicKey: keys('deterministic') });
  }

  #pick(at: number): [string, Vehicle, Row] | undefined {
    const live = [...this.rows];
    const [name, row] = live[at % Math.max(1, live.length)] ?? [];
    const vehicle = name === undefined ? undefined : this.vehicles.get(name);
    return name === undefined || row === undefined || vehicle === undefined ? undefined : [name, vehicle, row];
  }

  #add(at: number, to: number): void {
    const name = `${to % 7 === 0 ? 'slow' : 'row'} ${++this.#names}`;
    const kind = at % 2 === 0 ? 'Car' : 'Truck';
    const values = { name, plate: `${name}|0`, notes: [] };
    const vehicle = this.session.add(kind === 'Car' ? new Car(values) : new Truck(values));
    const remarks = Array.from({ length: to % 3 }, (_, index) => `${name} remark ${index}`);
    for (const text of remarks) vehicle.remarks.build({ text });
    this.vehicles.set(name, vehicle);
    this.rows.set(name, { kind, plate: values.plate, notes: [], remarks });
  }

  async #remarksOf(vehicle: Vehicle): Promise<Remark[]> {
    await this.session.flush();
    return this.session.query(Remark).filterBy({ subject: vehicle }).orderBy('id').all();
  }

  /** A flush that has to fail, and takes everything since the last commit with it. */
  async #fail(bad: Vehicle): Promise<void> {
    this.session.add(bad);
    const error = await this.session.commit().then(
      () => undefined,
      (reason: ActiveRecordError) => reason,
    );
    expect(error, 'it has to fail').toBeDefined();
    await this.session.rollback();
    expect([bad.isNewRecord, this.session.has(bad)]).toEqual([true, false]);
    await this.#rolledBack();
  }

  async #rolledBack(): Promise<void> {
    this.rows = new Map(this.committed);
    for (const [name, vehicle] of this.vehicles) {
      const row = this.rows.get(name);
      const state = [name, vehicle.isNewRecord, vehicle.isDestroyed, this.session.has(vehicle)];
      expect(state).toEqual([name, row === undefined, false, row !== undefined]);
      if (row === undefined) this.vehicles.delete(name);
      else expect([name, vehicle.changed, vehicle.plate, vehicle.notes]).toEqual([name, [], row.plate, row.notes]);
    }
    await this.check();
  }

  async #commit(): Promise<void> {
    await this.session.commit();
    this.committed = new Map(this.rows);
    for (const name of this.vehicles.keys()) if (!this.rows.has(name)) this.vehicles.delete(name);
    await this.check();
  }

  async run({ kind, at, to }: Step): Promise<void> {
    const { session } = this;
    const [name, vehicle, row] = this.#pick(at) ?? [];
    if (kind === 'add') this.#add(at, to);
    else if (kind === 'flush') await session.flush();
    else if (kind === 'commit') await this.#commit();
    else if (kind === 'rollback') {
      await session.rollback();
      await this.#rolledBack();
    } else if (kind === 'fail') await this.#fail(new Car({ name: 'failing', plate: 'failing', notes: [] }));
    else if (kind === 'rotate') {
      this.#keys++;
      this.#configure();
    } else if (kind === 'again') {
      // Its own transaction would not be run again with it.
      if (session.inTransaction) return;
      let runs = 0;
      const again = async () => {
        if (runs < 2 && to % 2 === 0) await session.flush();
        else await session.commit();
        if (++runs < 3) throw new Deadlocked('Deadlock found.', { sql: '', binds: [], cause: undefined });
      };
      await transaction(again, { retries: { times: 2, backoff: 1 } });
      await this.#commit();
    } else if (name === undefined || vehicle === undefined || row === undefined) return;
    else if (kind === 'constraint') {
      const plate = row.plate;
      await session.flush();
      await this.#fail(new Truck({ name: 'same plate', plate, notes: [] }));
    } else if (kind === 'change') {
      vehicle.plate = `${name}|${to}`;
      this.rows.set(name, { ...row, plate: vehicle.plate });
    } else if (kind === 'push') {
      vehicle.notes.push(to);
      this.rows.set(name, { ...row, notes: [...row.notes, to] });
    } else if (kind === 'remark') {
      vehicle.remarks.build({ text: `added ${to}` });
      this.rows.set(name, { ...row, remarks: [...row.remarks, `added ${to}`] });
    } else if (kind === 'retext' || kind === 'forgetRemark') {
      const remarks = await this.#remarksOf(vehicle);
      expect(remarks.map(({ text }) => text).sort()).toEqual([...row.remarks].sort());
      const remark = remarks[to % Math.max(1, remarks.length)];
      if (remark === undefined) return;
      const left = remarks.filter((each) => each !== remark).map(({ text }) => text);
      if (kind === 'forgetRemark') session.delete(remark);
      else remark.text = `changed ${to}`;
      this.rows.set(name, { ...row, remarks: kind === 'retext' ? [...left, `changed ${to}`] : left });
    } else if (kind === 'delete') {
      await session.flush();
      session.delete(vehicle);
      this.rows.delete(name);
    } else if (kind === 'find') {
      const model = row.kind === 'Car' ? Car : Truck;
      expect(await session.query(model).filterBy({ plate: row.plate }).one()).toBe(vehicle);
      expect(await session.get(model, vehicle.id)).toBe(vehicle);
      expect(await session.get(row.kind === 'Car' ? Truck : Car, vehicle.id)).toBeNull();
    } else {
      const found = await session.query(Vehicle).includes('remarks').orderBy('id').all();
      expect(found.map((each) => each.name).sort()).toEqual([...this.rows.keys()].sort());
      for (const each of found) expect(this.vehicles.get(each.name)).toBe(each);
    }
  }

  /** The database is as the reference, and the records as the database. */
  async check(): Promise<void> {
    const found = await Vehicle.includes('remarks').order('id');
    expect(
      found
        .map((each) => [
          each.name,
          each.constructor.name,
          each.plate,
          each.notes,
          each.remarks.map(({ text }) => text).sort(),
        ])
        .sort(),
    ).toEqual(
      [...this.rows].map(([name, row]) => [name, row.kind, row.plate, row.notes, [...row.remarks].sort()]).sort(),
    );
    expect(await Remark.count()).toBe([...this.rows.values()].flatMap(({ remarks }) => remarks).length);
    for (const each of found) {
      const own = this.vehicles.get(each.name);
      expect([each.name, own?.id, own?.lockVersion]).toEqual([each.name, each.id, each.lockVersion]);
    }
  }
}

const numRuns = process.env.AR_TEST_LONG === '1' ? 300 : 15;

describeModels('random units of work of models with everything', [Vehicle, Remark], () => {
  emptyBeforeEach('remarks', 'vehicles');

  it('end in the state of a reference of plain objects', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
        await Remark.deleteAll({ everyRow: true });
        await Vehicle.unscoped().deleteAll({ everyRow: true });
        const program = new Program();
        try {
          for (const each of steps) await program.run(each);
          await program.run({ kind: 'commit', at: 0, to: 0 });
        } finally {
          await program.session.close();
        }
      }),
      { numRuns, seed: 11 },
    );
  }, 600_000);
});
