/** Attributes that the database has only as encrypted text. */
import {
  BaseModel,
  column,
  connections,
  DecryptionFailed,
  gt,
  like,
  not,
  sql,
  transaction,
  type Validations,
  withoutTransaction,
} from 'active-record-ts';
import { beforeEach, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';
import { testKey, useTestSecrets } from '../support/secrets.ts';

class Patient extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  ssn: column.string(11).nullable().encrypted(),
  email: column.string().encrypted({ deterministic: true, downcase: true }).nullable().unique(),
  weight: column.integer().encrypted().nullable(),
  history: column.json<{ visits: number[] }>().encrypted().nullable(),
  code: column.integer().encrypted({ deterministic: true }).nullable(),
  note: column.text().nullable().encrypted(),
}) {
  static validations = { email: { uniqueness: true } } satisfies Validations<typeof Patient>;
}

/** Rows of classes that encrypt different columns. */
class Being extends BaseModel.with({
  id: column.id(),
  type: column.string().nullable(),
  name: column.string().encrypted(),
}) {}
class Robot extends Being.with({ serial: column.string().encrypted().nullable() }) {}

/** The same table, to write what the library would not. */
class RawPatient extends BaseModel.with({
  id: column.id(),
  ssn: column.text().nullable(),
  email: column.text().nullable(),
  note: column.text().nullable(),
}) {
  static override tableName = 'patients';
}

describeModels('encrypted attributes', [Patient, Being, Robot], ({ dialect }) => {
  emptyBeforeEach('patients', 'beings');
  beforeEach(() => useTestSecrets());

  const raw = async (name: string): Promise<unknown> => {
    const rows = await connections.get().query(sql`SELECT ${sql.name(name)} AS value FROM patients ORDER BY id`);
    return rows.at(-1)?.value;
  };

  it('are text that tells nothing in the database, and their value in the program', async () => {
    const made = await Patient.create({
      name: 'Ada',
      ssn: '123-45-6789',
      email: 'Ada@Example.org',
      weight: 61,
      history: { visits: [1, 2] },
      code: 7,
    });
    expect(String(await raw('ssn'))).toMatch(/^ar1\.[\w-]{8}\.[\w-]+$/);
    const patient = await Patient.find(made.id);
    expect(patient).toMatchObject({ ssn: '123-45-6789', email: 'ada@example.org', weight: 61, code: 7, note: null });
    expect(patient.history).toEqual({ visits: [1, 2] });
    expect(patient.ciphertextFor('ssn')).toBe(await raw('ssn'));
    expect(await Patient.pluck('ssn')).toEqual(['123-45-6789']);
    expect(await Patient.pick('weight', 'email')).toEqual([61, 'ada@example.org']);
  });

  it('are another text each time, unless they are deterministic', async () => {
    await Patient.create({ name: 'a', ssn: '1', code: 7 });
    const [first, same] = [await raw('ssn'), await raw('code')];
    await Patient.create({ name: 'b', ssn: '1', code: 7 });
    expect(await raw('ssn')).not.toBe(first);
    expect(await raw('code')).toBe(same);
  });

  it('write nothing where the value is the same, and the new value where it is not', async () => {
    const patient = await Patient.create({ name: 'a', ssn: '1', history: { visits: [1] } });
    expect(patient.changed).toEqual([]);
    const found = await Patient.find(patient.id);
    expect(found.history).toEqual({ visits: [1] });
    found.ssn = '1';
    expect(found.changed).toEqual([]);
    expect(await statementsOf(() => found.save())).toEqual([]);
    found.history?.visits.push(2);
    found.ssn = '2';
    expect(found.changes).toEqual({ ssn: ['1', '2'], history: [{ visits: [1] }, { visits: [1, 2] }] });
    await found.save();
    expect(found.previousChanges).toEqual({ ssn: ['1', '2'], history: [{ visits: [1] }, { visits: [1, 2] }] });
    expect(found.changed).toEqual([]);
    expect(await statementsOf(() => found.save())).toEqual([]);
    expect(await Patient.find(patient.id)).toMatchObject({ ssn: '2', history: { visits: [1, 2] } });
  });

  it('keep the limits of their own type', async () => {
    const error = await errorBeforeSending(() => Patient.create({ name: 'a', ssn: '123-45-67890', weight: 2 ** 40 }));
    expect(error.message).not.toContain('67890');
    expect(error.code).toBe('AR_RECORD_INVALID');
    const longest = '\u{1F512}'.repeat(11);
    const patient = await Patient.create({ name: 'a', ssn: longest });
    expect(await Patient.pluck('ssn')).toEqual([longest]);
    await expect(patient.updateColumns({ ssn: '123-45-67890' })).rejects.toThrow('too long');
  });

  it('can be asked for by equality where they are deterministic', async () => {
    const ada = await Patient.create({ name: 'Ada', email: 'ada@x', code: 1 });
    const bob = await Patient.create({ name: 'Bob', email: 'bob@x', code: 2 });
    const eve = await Patient.create({ name: 'Eve' });
    expect((await Patient.findBy({ email: 'ADA@x' }))?.id).toBe(ada.id);
    expect(await Patient.where({ email: ['ada@x', 'bob@x'] }).count()).toBe(2);
    expect(await Patient.where({ email: [null, 'bob@x'] }).ids()).toEqual([bob.id, eve.id]);
    expect(await Patient.where({ email: not('ada@x') }).ids()).toEqual([bob.id]);
    expect(await Patient.where({ code: 2 }).ids()).toEqual([bob.id]);
    expect(await Patient.whereNot({ code: [1, 3] }).ids()).toEqual([bob.id]);
    expect(await Patient.where({ ssn: null }).count()).toBe(3);
    expect(await Patient.where({ email: [] }).count()).toBe(0);
  });

  it('are unique where they are deterministic', async () => {
    await Patient.create({ name: 'Ada', email: 'ada@x' });
    const second = await errorOf(() => Patient.create({ name: 'B', email: 'Ada@x' }));
    expect(second.message).toContain('Email has already been taken');
    const index = await errorOf(() => new Patient({ name: 'B', email: 'ada@x' }).save({ validate: false }));
    expect(index.code).toBe('AR_RECORD_INVALID');
    expect(index.message).not.toContain('ada@x');
  });

  it.each([
    ['a value that is encrypted anew each time', () => Patient.where({ ssn: '1' } as never).count()],
    ['an order', () => Patient.order('email')],
    ['greater and less', () => Patient.where({ code: gt(1) as never }).count()],
    ['a pattern', () => Patient.where({ email: like('a%') as never }).count()],
    ['a sum', () => Patient.sum('weight' as never)],
    ['a maximum', () => Patient.maximum('code')],
    ['groups', () => Patient.group('code').count()],
    ['different values', () => Patient.distinct().pluck('ssn')],
    ['different rows', () => Patient.select('ssn').distinct()],
    ['rows of both', () => Patient.select('code').intersect(Patient.select('code'))],
    ['an expression', () => Patient.where({ code: sql`1` as never }).count()],
    ['an assigned expression', () => Patient.where({ id: 1 }).updateAll({ note: sql`'plain'` })],
    ['another column', () => Patient.whereColumn('email', '=', 'name').count()],
    ['an amount', () => new Patient().increment('weight' as never)],
  ])('refuse %s before anything is sent', async (_, ask) => {
    const error = await errorBeforeSending(ask);
    expect(['AR_QUERY_INVALID', 'AR_RECORD_NOT_PERSISTED']).toContain(error.code);
  });

  it('are encrypted by writes of many rows, too', async () => {
    await Patient.insertAll([
      { name: 'a', ssn: '1', email: 'A@x' },
      { name: 'b', ssn: '2', email: 'b@x' },
    ]);
    await Patient.upsert({ name: 'c', email: 'a@x', ssn: '3' }, { conflict: 'email', update: ['ssn', 'name'] });
    expect(await Patient.order('id').pluck('name', 'ssn')).toEqual([
      ['c', '3'],
      ['b', '2'],
    ]);
    await Patient.where({ name: 'b' }).updateAll({ ssn: '9', code: 5 });
    expect(await Patient.findByOrFail({ code: 5 })).toMatchObject({ name: 'b', ssn: '9' });
    const b = await Patient.findByOrFail({ name: 'b' });
    await b.updateColumns({ ssn: '8' });
    expect(b.ciphertextFor('ssn')).toBe(await raw('ssn'));
    expect((await b.reload()).ssn).toBe('8');
    expect(JSON.stringify(await connections.get().query(sql`SELECT * FROM patients`))).not.toMatch(/a@x|"[0-9]"/);
  });

  it('are read with every key, encrypted with the first, and encrypted anew', async () => {
    const old = await Patient.create({ name: 'old', ssn: '1', email: 'ada@x' });
    const [oldText] = [await raw('ssn')];
    useTestSecrets({
      primaryKey: [testKey('new primary'), testKey('primary')],
      deterministicKey: [testKey('new deterministic'), testKey('deterministic')],
    });
    const fresh = await Patient.create({ name: 'fresh', ssn: '2', email: 'bob@x' });
    expect(await Patient.where({ email: ['ada@x', 'bob@x'] }).ids()).toEqual([old.id, fresh.id]);
    expect((await errorOf(() => Patient.create({ name: 'twice', email: 'ada@x' }))).code).toBe('AR_RECORD_INVALID');
    expect(await Patient.reencryptAll({ size: 1 })).toEqual({ reencrypted: 1, current: 1, changed: [], failed: [] });
    useTestSecrets({ primaryKey: testKey('new primary'), deterministicKey: testKey('new deterministic') });
    expect(await Patient.order('id').pluck('ssn', 'email')).toEqual([
      ['1', 'ada@x'],
      ['2', 'bob@x'],
    ]);
    expect((await Patient.find(old.id)).ciphertextFor('ssn')).not.toBe(oldText);
    expect(await Patient.reencryptAll()).toEqual({ reencrypted: 0, current: 2, changed: [], failed: [] });
  });

  it('of one record are encrypted anew as the database has them, whatever has changed in it', async () => {
    const patient = await Patient.create({ name: 'a', ssn: '1', note: 'n' });
    await Patient.where({ id: patient.id }).updateAll({ note: 'of somebody else' });
    patient.ssn = 'mine';
    const before = patient.ciphertextFor('ssn');
    await patient.reencrypt();
    expect(patient.ciphertextFor('ssn')).not.toBe(before);
    expect(patient.changes).toEqual({ ssn: ['1', 'mine'] });
    expect(await Patient.pluck('ssn', 'note')).toEqual([['1', 'of somebody else']]);
    expect((await errorOf(() => new Patient({ name: 'b' }).reencrypt())).code).toBe('AR_RECORD_NOT_PERSISTED');
  });

  it('of one record are encrypted anew under the key that its row has', async () => {
    const patient = await Patient.create({ name: 'a', ssn: '1' });
    const before = patient.ciphertextFor('ssn');
    patient.id += 1;
    await patient.reencrypt();
    expect(await raw('ssn')).not.toBe(before);
    expect(await Patient.pluck('ssn')).toEqual(['1']);
  });

  // SQLite has one writer at a time: nobody gets in between.
  it.skipIf(dialect === 'sqlite')('of one record are encrypted anew as others have just left them', async () => {
    const patient = await Patient.create({ name: 'a', ssn: '1' });
    await transaction(async () => {
      await Patient.count();
      await withoutTransaction(() => Patient.where({ id: patient.id }).updateAll({ ssn: '2' }));
      await patient.reencrypt();
    });
    expect(await Patient.pluck('ssn')).toEqual(['2']);
  });

  it('of classes below are encrypted anew with those of the class', async () => {
    await Being.create({ name: 'Ada' });
    await Robot.create({ name: 'R2', serial: '7' });
    useTestSecrets({ primaryKey: [testKey('new'), testKey('primary')] });
    expect(await Being.reencryptAll()).toEqual({ reencrypted: 2, current: 0, changed: [], failed: [] });
    useTestSecrets({ primaryKey: testKey('new') });
    expect(await Robot.pluck('name', 'serial')).toEqual([['R2', '7']]);
    await connections.get().execute(sql`UPDATE beings SET type = 'Alien' WHERE type IS NULL`);
    expect((await errorOf(() => Being.reencryptAll())).code).toBe('AR_TYPE_UNKNOWN');
  });

  it('are in the records that are made where a condition finds none', async () => {
    useTestSecrets({ deterministicKey: [testKey('new'), testKey('deterministic')] });
    const ada = await Patient.where({ email: 'Ada@x', ssn: null }).findOrCreateBy({ name: 'Ada' });
    expect(await Patient.pluck('name', 'email')).toEqual([['Ada', 'ada@x']]);
    expect((await Patient.where({ email: 'ada@x' }).findOrCreateBy({ name: 'Ada' })).id).toBe(ada.id);
    expect((await Patient.where({ email: ['a@x', 'b@x'] }).findOrCreateBy({ name: 'Bob' })).email).toBeNull();
  });

  const faults: [string, string, (text: string) => string][] = [
    [
      'one bit was changed',
      'tampered',
      (text) => `${text.slice(0, 20)}${text[20] === 'A' ? 'B' : 'A'}${text.slice(21)}`,
    ],
    ['the end is cut off', 'tampered', (text) => text.slice(0, -4)],
    ['nearly all is cut off', 'malformed', (text) => text.slice(0, 20)],
    ['the key is another', 'unknownKey', (text) => `ar1.AAAAAAAA${text.slice(12)}`],
    ['it was never encrypted', 'unencrypted', () => 'plain'],
    ['something was added', 'malformed', (text) => `${text}=`],
  ];
  it.each(faults)('are an error where %s, and leave the rest of the row readable', async (_, fault, change) => {
    const patient = await Patient.create({ name: 'a', ssn: 'hidden-1', note: 'hidden-note' });
    const row = await RawPatient.find(patient.id);
    await row.update({ ssn: change(row.ssn ?? '') });
    const found = await Patient.find(patient.id);
    const error = await errorOf(() => found.ssn);
    expect(error).toBeInstanceOf(DecryptionFailed);
    expect(error).toMatchObject({ code: 'AR_DECRYPTION_FAILED', model: 'Patient', attribute: 'ssn', fault });
    expect(error.message).not.toMatch(/hidden|plain|ar1/);
    expect(found).toMatchObject({ name: 'a', note: 'hidden-note' });
    found.name = 'b';
    await found.save();
    expect((await Patient.reencryptAll()).failed).toMatchObject([
      { primaryKey: patient.id, error: { attribute: 'ssn' } },
    ]);
    await found.update({ ssn: 'mended' });
    expect(found.previousChanges.ssn).toEqual([null, 'mended']);
    expect((await Patient.find(patient.id)).ssn).toBe('mended');
  });

  it('are an error where the text is of another column', async () => {
    const patient = await Patient.create({ name: 'a', ssn: '1', note: 'n' });
    const row = await RawPatient.find(patient.id);
    await row.update({ ssn: row.note, note: row.ssn });
    const found = await Patient.find(patient.id);
    expect(await errorOf(() => found.ssn)).toMatchObject({ fault: 'tampered' });
    expect(await errorOf(() => found.note)).toMatchObject({ fault: 'tampered' });
  });

  it('are an error without their key, which names what to do', async () => {
    const patient = await Patient.create({ name: 'a', ssn: '1' });
    useTestSecrets({ primaryKey: testKey('other') });
    const found = await Patient.find(patient.id);
    expect(await errorOf(() => found.ssn)).toMatchObject({ fault: 'unknownKey' });
    useTestSecrets({ primaryKey: undefined as never });
    const missing = await errorOf(() => found.ssn);
    expect(missing.code).toBe('AR_SECRETS_MISSING');
    expect(missing.message).toContain('npx ar secrets');
    expect((await errorBeforeSending(() => Patient.create({ name: 'b', ssn: '2' }))).code).toBe('AR_SECRETS_MISSING');
    expect((await Patient.create({ name: 'c' })).id).toBeGreaterThan(0);
  });
});
