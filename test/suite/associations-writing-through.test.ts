/** Writing through a model in between: its records are made and destroyed. */
import { describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  hasMany,
  hasOne,
  polymorphic,
  type Query,
  transaction,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Doctor extends BaseModel.with({
  id: column.id(),
  name: column.string(10),
  visitsCount: column.integer().default(0),
  get visits() {
    return hasMany(Visit);
  },
  get urgentVisits() {
    return hasMany(Visit, { scope: (visits: Query<typeof Visit>) => visits.where({ urgent: true }) });
  },
  get patients() {
    return hasMany(Patient, { through: 'visits' });
  },
  get urgentPatients() {
    return hasMany(Patient, { through: 'urgentVisits', source: 'patient' });
  },
  get bills() {
    return hasMany(Bill, { through: 'patients' });
  },
  get visitBills() {
    return hasMany(Bill, { through: 'visits', source: 'bills' });
  },
  get favourites() {
    return hasMany(Favourite);
  },
  get likedPatients() {
    return hasMany(Patient, { through: 'favourites', source: 'liked' });
  },
  get office() {
    return hasOne(Office);
  },
  get lamp() {
    return hasOne(Lamp, { through: 'office' });
  },
}) {}
class Patient extends BaseModel.with({
  id: column.id(),
  name: column.string(10),
  get visits() {
    return hasMany(Visit);
  },
  get bills() {
    return hasMany(Bill);
  },
}) {}
class Visit extends BaseModel.with({
  id: column.id(),
  doctorId: column.references('doctors'),
  patientId: column.references('patients'),
  urgent: column.boolean().default(false),
  get doctor() {
    return belongsTo(Doctor, { counterCache: true });
  },
  get patient() {
    return belongsTo(Patient);
  },
  get bills() {
    return hasMany(Bill);
  },
}) {}
class Bill extends BaseModel.with({
  id: column.id(),
  patientId: column.references('patients').nullable(),
  visitId: column.references('visits').nullable(),
}) {}
class Favourite extends BaseModel.with({
  id: column.id(),
  doctorId: column.references('doctors'),
  likedId: column.bigint(),
  likedType: column.string(20),
  get doctor() {
    return belongsTo(Doctor);
  },
  get liked() {
    return belongsTo(polymorphic([Patient, Office]));
  },
}) {}
class Office extends BaseModel.with({
  id: column.id(),
  doctorId: column.references('doctors').nullable(),
  get lamps() {
    return hasMany(Lamp);
  },
  get lamp() {
    return hasOne(Lamp);
  },
}) {}
class Lamp extends BaseModel.with({ id: column.id(), officeId: column.references('offices').nullable() }) {}

const models = [Doctor, Patient, Visit, Bill, Favourite, Office, Lamp];
const count = (statements: string[], word: string) => statements.filter((each) => each.startsWith(word)).length;

describeModels('writing through another model', models, () => {
  emptyBeforeEach('lamps', 'offices', 'favourites', 'bills', 'visits', 'patients', 'doctors');
  const visits = async () => (await Visit.order('patientId').pluck('doctorId', 'patientId')) as unknown[];

  test('add, remove and clear make and destroy the records in between', async () => {
    const doctor = await Doctor.create({ name: 'D' });
    const [a, b] = [await Patient.create({ name: 'a' }), new Patient({ name: 'b' })];
    const other = await Doctor.create({ name: 'E', patients: [a] });
    const statements = await statementsOf(() => doctor.patients.add(a, b, a));
    expect([count(statements, 'INSERT'), count(statements, 'SELECT')]).toEqual([3, 1]);
    expect(await Visit.where({ doctorId: doctor.id }).order('patientId').pluck('patientId')).toEqual([a.id, b.id]);
    await doctor.patients.add(a, await Patient.find(b.id));
    expect(await Visit.count()).toBe(3);
    // Its belongsTo counts: the records in between are saved and destroyed like any other.
    expect((await doctor.reload()).visitsCount).toBe(2);
    await doctor.visits;
    await doctor.patients;
    await doctor.patients.remove(a);
    expect(await doctor.patients).toMatchObject([{ name: 'b' }]);
    expect((await doctor.visits).length).toBe(1);
    expect((await doctor.reload()).visitsCount).toBe(1);
    await doctor.patients.clear();
    expect(await visits()).toEqual([[other.id, a.id]]);
    expect(await Patient.count()).toBe(2);
  });

  test('set and setIds', async () => {
    const [a, b, c] = [
      await Patient.create({ name: 'a' }),
      await Patient.create({ name: 'b' }),
      await Patient.create({ name: 'c' }),
    ];
    const doctor = await Doctor.create({ name: 'D', patients: [a, b] });
    const kept = await Visit.findBy({ patientId: b.id });
    await doctor.patients.set([c, b, b]);
    expect(await visits()).toEqual([
      [doctor.id, b.id],
      [doctor.id, c.id],
    ]);
    expect(await Visit.findBy({ patientId: b.id })).toMatchObject({ id: kept?.id });
    expect((await doctor.patients).map((each) => each.name)).toEqual(['c', 'b']);
    await doctor.patients.setIds([a.id]);
    expect(await visits()).toEqual([[doctor.id, a.id]]);
    expect((await errorOf(() => doctor.patients.setIds([a.id, 999]))).code).toBe('AR_RECORD_NOT_FOUND');
    await doctor.update({ patients: [b, new Patient({ name: 'd' })] });
    expect((await doctor.patients.reload()).map((each) => each.name)).toEqual(['b', 'd']);
  });

  test('a new owner: all in one transaction', async () => {
    const doctor = new Doctor({ name: 'D' });
    const built = doctor.patients.build({ name: 'a' });
    await doctor.patients.add(await Patient.create({ name: 'b' }));
    doctor.visits.build({ patient: built });
    const statements = await statementsOf(() => doctor.save());
    expect([count(statements, 'INSERT'), count(statements, 'COMMIT')]).toEqual([4, 1]);
    expect(await Visit.count()).toBe(2);
    expect((await doctor.patients.reload()).map((each) => each.name).sort()).toEqual(['a', 'b']);
  });

  test('create, and the scope in between', async () => {
    const doctor = await Doctor.create({ name: 'D' });
    const made = await doctor.patients.create({ name: 'a' });
    expect(await visits()).toEqual([[doctor.id, made.id]]);
    await doctor.urgentPatients.create({ name: 'u' });
    expect(await Visit.order('id').pluck('urgent')).toEqual([false, true]);
    await doctor.urgentPatients.clear();
    expect(await visits()).toEqual([[doctor.id, made.id]]);
    expect((await errorOf(() => doctor.patients.create({ name: 'far too long' }))).code).toBe('AR_RECORD_INVALID');
    expect((await errorOf(() => doctor.patients.attach(made))).code).toBe('AR_QUERY_INVALID');
  });

  test('to one kind of a polymorphic source', async () => {
    const doctor = await Doctor.create({ name: 'D' });
    const office = await Office.create({ doctorId: doctor.id });
    const patient = await doctor.likedPatients.create({ name: 'a' });
    await Favourite.create({ doctor, liked: office });
    expect(await Favourite.order('id').pluck('likedType', 'likedId')).toEqual([
      ['patient', BigInt(patient.id)],
      ['office', BigInt(office.id)],
    ]);
    await doctor.likedPatients.clear();
    expect(await Favourite.pluck('likedType')).toEqual(['office']);
  });

  test('what is further away can only be read', async () => {
    const doctor = await Doctor.create({ name: 'D' });
    const bill = await Bill.create({});
    for (const run of [
      () => doctor.bills.build({}),
      () => doctor.bills.add(bill),
      () => doctor.bills.clear(),
      () => doctor.visitBills.create({}),
      () => doctor.visitBills.set([bill]),
      () => new Doctor({ name: 'x', bills: [bill] }),
      () => doctor.lamp.set(new Lamp()),
      () => doctor.lamp.create({}),
    ]) {
      const error = await errorBeforeSending(run);
      expect(error.code).toBe('AR_QUERY_INVALID');
      expect(error.message).toContain('can only be read');
    }
  });

  describe('rollback', () => {
    test('a failing record takes all back', async () => {
      const doctor = await Doctor.create({ name: 'D' });
      const [good, bad] = [new Patient({ name: 'a' }), new Patient({ name: 'far too long' })];
      await doctor.patients;
      await doctor.visits;
      expect((await errorOf(() => doctor.patients.add(good, bad))).code).toBe('AR_RECORD_INVALID');
      expect([good.isNewRecord, good.id, await Patient.count(), await Visit.count()]).toEqual([true, null, 0, 0]);
      expect([await doctor.patients, await doctor.visits]).toEqual([[], []]);
      const fresh = new Doctor({ name: 'E', patients: [good, bad] });
      expect((await errorOf(() => fresh.save())).code).toBe('AR_RECORD_INVALID');
      expect([fresh.isNewRecord, good.isNewRecord, await Doctor.count()]).toEqual([true, true, 1]);
      bad.name = 'b';
      await fresh.save();
      expect(await Visit.where({ doctorId: fresh.id }).count()).toBe(2);
    });

    test('a transaction around it', async () => {
      const doctor = await Doctor.create({ name: 'D' });
      const kept = await doctor.patients.create({ name: 'k' });
      await doctor.patients;
      await doctor.visits;
      await errorOf(() =>
        transaction(async () => {
          await doctor.patients.add(new Patient({ name: 'a' }));
          await doctor.patients.remove(kept);
          throw new Error('no');
        }),
      );
      expect((await doctor.patients.reload()).map((each) => each.name)).toEqual(['k']);
      expect((await doctor.visits.reload()).length).toBe(1);
    });
  });
});
