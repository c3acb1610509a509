/** Encrypted attributes of every type, of tables that were not encrypted before, and of such that were renamed. */
import { channel } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BaseModel,
  column,
  connections,
  createAll,
  dropAll,
  InvalidDefinition,
  type StatementEvent,
  sql,
  transaction,
  type Validations,
} from 'active-record-ts';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { loadProjectConfig } from '../../lib/connection/config-file.ts';
import { configureSecrets } from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';
import { testKey, useTestSecrets } from '../support/secrets.ts';

class Celsius {
  readonly degrees: number;
  constructor(degrees: number) {
    this.degrees = degrees;
  }
}
const temperature = () =>
  column.custom<Celsius, number>({
    storage: column.double(),
    load: (degrees) => new Celsius(degrees),
    dump: ({ degrees }) => degrees,
  });

class Every extends BaseModel.with({
  id: column.id(),
  string: column.string(20).nullable().encrypted(),
  text: column.text().nullable().encrypted(),
  integer: column.integer().nullable().encrypted({ deterministic: true }),
  tinyint: column.tinyint().unsigned().nullable().encrypted({ deterministic: true }),
  bigint: column.bigint().nullable().encrypted({ deterministic: true }),
  decimal: column.decimal(30, 4).nullable().encrypted({ deterministic: true }),
  double: column.double().nullable().encrypted({ deterministic: true }),
  float: column.float().nullable().encrypted(),
  boolean: column.boolean().nullable().encrypted(),
  date: column.date().nullable().encrypted({ deterministic: true }),
  time: column.time().nullable().encrypted(),
  datetime: column.datetime().nullable().encrypted({ deterministic: true }),
  moment: column.datetime(6).as('string').nullable().encrypted(),
  json: column.json<unknown>().nullable().encrypted(),
  exact: column.json<unknown>({ exact: true }).nullable().encrypted(),
  binary: column.binary().nullable().encrypted({ deterministic: true }),
  uuid: column.uuid().nullable().encrypted({ deterministic: true }),
  word: column.enum(['a', 'b']).nullable().encrypted({ deterministic: true }),
  numbered: column.enum({ c: 3, d: 4 }).nullable().encrypted(),
  custom: temperature().nullable().encrypted(),
  settings: column.json<{ theme: string }>().encrypted().default({ theme: 'light' }),
  theme: column.store('settings', 'theme'),
}) {}

/** As it was before, with rows. */
class Before extends BaseModel.with({
  id: column.id(),
  email: column.string(1500).nullable(),
  age: column.string(300).nullable(),
}) {
  static override tableName = 'subscribers';
}
const adopting = { deterministic: true, supportUnencryptedData: true } as const;
class Subscriber extends BaseModel.with({
  id: column.id(),
  email: column
    .string(60)
    .nullable()
    .encrypted({ ...adopting, downcase: true }),
  age: column.integer().nullable().encrypted(adopting),
}) {
  static validations = { email: { uniqueness: true, allowNull: true } } satisfies Validations<typeof Subscriber>;
}
class Adopted extends BaseModel.with({
  id: column.id(),
  email: column.string(60).nullable().encrypted({ deterministic: true, downcase: true }),
  age: column.integer().nullable().encrypted({ deterministic: true }),
}) {
  static override tableName = 'subscribers';
}

const day = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
const values = fc.record({
  string: fc.string({ unit: 'binary', maxLength: 20 }),
  text: fc.string({ unit: 'grapheme' }),
  integer: fc.integer(),
  tinyint: fc.nat(255),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  decimal: fc
    .tuple(fc.bigInt({ min: 1n, max: 10n ** 25n }), fc.nat(9999))
    .map(([a, b]) => `${a}.${String(b).padStart(4, '0')}`),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  float: fc.float({ noNaN: true, noDefaultInfinity: true }),
  boolean: fc.boolean(),
  date: day.map((date) => date.toISOString().slice(0, 10)),
  time: day.map((date) => date.toISOString().slice(11, 19)),
  datetime: day,
  moment: day.map((date) => `${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 23)}007`),
  json: fc.jsonValue(),
  exact: fc.dictionary(fc.string(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 70n })),
  binary: fc.uint8Array(),
  uuid: fc.uuid(),
  word: fc.constantFrom('a' as const, 'b' as const),
  numbered: fc.constantFrom('c' as const, 'd' as const),
});
const lookedUp = [
  'integer',
  'tinyint',
  'bigint',
  'decimal',
  'double',
  'date',
  'datetime',
  'binary',
  'uuid',
  'word',
] as const;

/** A promise that is kept from outside. */
function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

describeModels('encrypted attributes', [Every, Before], ({ dialect }) => {
  emptyBeforeEach('everies', 'subscribers');
  beforeEach(() => useTestSecrets());

  it('give back what they were given, of every type', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        const made = await Every.create({ ...given, custom: new Celsius(given.double) });
        const read = await Every.find(made.id);
        for (const name of Object.keys(given) as (keyof typeof given)[]) {
          // JSON has no -0; a bigint that fits a number is one.
          if (name !== 'json') expect(read[name], name).toEqual(made[name]);
          else expect(JSON.stringify(read.json)).toBe(JSON.stringify(given.json));
        }
        expect(Object.is(read.custom?.degrees, given.double)).toBe(true);
        expect(read.changed).toEqual([]);
        for (const name of lookedUp)
          expect(await Every.where({ id: made.id, [name]: given[name] } as never).count(), name).toBe(1);
      }),
      { numRuns: process.env.AR_TEST_LONG === '1' ? 500 : 12 },
    );
  });

  it('have properties for the keys of their JSON, and defaults that the database does not know', async () => {
    const made = await Every.create({});
    made.theme = 'dark';
    await made.save();
    expect((await Every.find(made.id)).settings).toEqual({ theme: 'dark' });
    const [row] = await connections.get().query(sql`SELECT * FROM everies`);
    expect(JSON.stringify(row)).not.toMatch(/dark|light/);
  });

  it('are read, found and told apart where rows are not encrypted yet, and encrypted then', async () => {
    await Before.insertAll([
      { email: 'Ada@x', age: '36' },
      { email: 'bob@x', age: null },
    ]);
    const [ada, bob] = await Subscriber.order('id');
    expect([ada?.email, ada?.age, ada?.isStoredEncrypted('email')]).toEqual(['Ada@x', 36, false]);
    expect(await Subscriber.where({ email: ['BOB@x'] }).ids()).toEqual([bob?.id]);
    expect(await Subscriber.where({ age: 36 }).ids()).toEqual([ada?.id]);
    expect((await errorOf(() => Subscriber.create({ email: 'Bob@x' }))).code).toBe('AR_RECORD_INVALID');
    await bob?.update({ age: 40 });
    expect(await Subscriber.reencryptAll()).toEqual({ reencrypted: 2, current: 0, changed: [], failed: [] });
    expect(await Subscriber.where({ email: 'ada@x' }).ids()).toEqual([ada?.id]);
    expect(await Adopted.order('id').pluck('email', 'age')).toEqual([
      ['ada@x', 36],
      ['bob@x', 40],
    ]);
    expect((await Subscriber.firstOrFail()).isStoredEncrypted('email')).toBe(true);
    await Before.create({ email: 'ar1.cut off' });
    expect(await errorOf(() => Subscriber.pluck('email'))).toMatchObject({ fault: 'malformed' });
  });

  it('are left to whoever changes them while all are encrypted anew', async () => {
    const [first, second] = [await Subscriber.create({ email: 'a@x' }), await Subscriber.create({ email: 'b@x' })];
    useTestSecrets({ deterministicKey: [testKey('new'), testKey('deterministic')] });
    const [changed, read] = [deferred(), deferred()];
    const changing = transaction(async () => {
      await Before.where({ id: second.id }).updateAll({ email: null });
      changed.resolve();
      await read.promise;
    });
    await changed.promise;
    const ended = channel('tracing:active-record-ts:statement:asyncEnd');
    const note = (event: unknown) => (event as StatementEvent).sql.startsWith('SELECT') && setImmediate(read.resolve);
    ended.subscribe(note);
    const told: number[] = [];
    const result = await Subscriber.reencryptAll({ progress: ({ done }) => told.push(done) });
    ended.unsubscribe(note);
    await changing;
    expect(result).toEqual({ reencrypted: 1, current: 0, changed: [second.id], failed: [] });
    expect(told).toEqual([2]);
    expect(await Subscriber.order('id').pluck('email')).toEqual(['a@x', null]);
    expect(await Subscriber.where({ email: ['a@x', 'b@x'] }).ids()).toEqual([first.id]);
  });

  it('are left to whoever changes nothing but their case', async () => {
    const plain = await Before.create({ email: 'Ada@x' });
    const [changed, read] = [deferred(), deferred()];
    const changing = transaction(async () => {
      await Before.where({ id: plain.id }).updateAll({ email: 'ADA@x' });
      changed.resolve();
      await read.promise;
    });
    await changed.promise;
    const ended = channel('tracing:active-record-ts:statement:asyncEnd');
    const note = (event: unknown) => (event as StatementEvent).sql.startsWith('SELECT') && setImmediate(read.resolve);
    ended.subscribe(note);
    const result = await Subscriber.reencryptAll();
    ended.unsubscribe(note);
    await changing;
    expect(result).toEqual({ reencrypted: 0, current: 0, changed: [plain.id], failed: [] });
    expect(await Before.pluck('email')).toEqual(['ADA@x']);
  });

  it('find 0 as databases do, whatever its sign', async () => {
    const [plus, minus] = [await Every.create({ double: 0 }), await Every.create({ double: -0 })];
    expect(await Every.where({ double: 0 }).ids()).toEqual([plus.id, minus.id]);
    expect(await Every.where({ double: -0 }).ids()).toEqual([plus.id, minus.id]);
  });

  it.each([
    ['of random text', { value: { uniqueness: true } }, 'encrypted anew each time'],
    ['within random text', { code: { uniqueness: { scope: 'value' } } }, 'encrypted anew each time'],
    ['of text in any case', { code: { uniqueness: { caseSensitive: false } } }, 'downcase: true'],
  ])('have no uniqueness %s', async (_, rules, message) => {
    class Odd extends BaseModel.with({
      id: column.id(),
      value: column.string().encrypted().nullable(),
      code: column.string().encrypted({ deterministic: true }).nullable(),
    }) {
      static validations = rules as never;
    }
    const error = await errorBeforeSending(() => new Odd({ code: 'a', value: 'b' }).isValid());
    expect(error).toBeInstanceOf(InvalidDefinition);
    expect(error.message).toContain(message);
  });

  it('stay readable where their table or column is renamed, under the name of before', async () => {
    class Reader extends BaseModel.with({ id: column.id(), mail: column.text().encrypted() }) {}
    class Renamed extends BaseModel.with({
      id: column.id(),
      email: column.text().encrypted({ context: 'readers.mail' }).column('mail'),
    }) {
      static override tableName = 'readers';
    }
    class Wrong extends BaseModel.with({ id: column.id(), email: column.text().encrypted().column('mail') }) {
      static override tableName = 'readers_too';
    }
    await createAll([Reader, Wrong]);
    await Reader.create({ mail: 'a@x' });
    expect(await Renamed.pluck('email')).toEqual(['a@x']);
    await connections.get().execute(sql`INSERT INTO readers_too SELECT * FROM readers`);
    expect(await errorOf(() => Wrong.pluck('email'))).toMatchObject({ fault: 'tampered' });
    await dropAll([Reader, Wrong]);
  });

  it('can be as long as their type allows, in a unique index too', async () => {
    class Long extends BaseModel.with({
      id: column.id(),
      name: column.string(255).encrypted({ deterministic: true }).unique(),
      body: column.string(5000).encrypted().nullable(),
    }) {}
    await createAll([Long]);
    const name = '\u{1F512}'.repeat(255);
    await Long.create({ name, body: '\u{1F512}'.repeat(5000) });
    expect((await Long.findByOrFail({ name })).body).toHaveLength(10_000);
    expect((await errorOf(() => Long.create({ name }))).code).toBe('AR_RECORD_INVALID');
    if (dialect === 'mysql') {
      const [row] = await connections.get().query(sql`SHOW CREATE TABLE longs`);
      expect(Object.values(row ?? {}).join()).toContain('varchar(1411) CHARACTER SET ascii');
    }
    await dropAll([Long]);
  });
});

describe('a column', () => {
  test.each([
    ['a key', () => BaseModel.with({ id: column.id().encrypted() })],
    ['a foreign key', () => BaseModel.with({ id: column.references('users').encrypted() })],
    ['twice', () => column.string().encrypted().encrypted()],
    ['JSON, deterministically', () => column.json().encrypted({ deterministic: true })],
    ['lower case without being looked up', () => column.string().encrypted({ downcase: true })],
    ['a number in lower case', () => column.integer().encrypted({ deterministic: true, downcase: true })],
    ['an unknown option', () => column.string().encrypted({ determinstic: true } as never)],
    ['without a column', () => column.string().encrypted().virtual()],
    ['a type of the database', () => column.raw('point').encrypted()],
  ])('cannot be encrypted: %s', (_, declare) => {
    expect(declare).toThrow(InvalidDefinition);
  });

  test.each([
    ['an index over random text', column.string().encrypted().unique()],
    ['a primary key', column.string().encrypted({ deterministic: true }).primaryKey()],
    ['a default of the database', column.string().encrypted().default(sql`'x'`)],
    ['a collation', column.string().encrypted().collation('binary')],
  ])('cannot be encrypted and be %s', async (_, declared) => {
    class Odd extends BaseModel.with({ id: column.id(), value: declared }) {}
    expect(() => new Odd()).toThrow(InvalidDefinition);
    expect(() => Odd.tableSpec()).toThrow(InvalidDefinition);
  });
});

describe('a model', () => {
  test('keeps no lock version and no moments encrypted', () => {
    class Odd extends BaseModel.with({ id: column.id(), lockVersion: column.integer().default(0).encrypted() }) {}
    class Even extends BaseModel.with({ id: column.id(), updatedAt: column.datetime().encrypted() }) {}
    for (const model of [Odd, Even]) {
      expect(() => new model()).toThrow(InvalidDefinition);
      expect(() => model.tableSpec()).toThrow(InvalidDefinition);
    }
  });

  test('does not tell its classes by encrypted text', () => {
    class Odd extends BaseModel.with({ id: column.id(), kind: column.string().encrypted({ deterministic: true }) }) {
      static inheritanceAttribute = 'kind';
    }
    expect(() => new Odd()).toThrow('no text to the database');
  });
});

describe('ar.config.ts', () => {
  test('gives the keys, unless the program has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ar-secrets-'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'ar.config.js'), "export default { secrets: { tokenSecret: 'none' } };");
    configureSecrets({});
    expect((await loadProjectConfig(folder)).config.secrets).toEqual({ tokenSecret: 'none' });
    rmSync(folder, { recursive: true, force: true });
  });
});
