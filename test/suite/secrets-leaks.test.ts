/** Secrets are planted, everything is done that can go wrong, and all that anybody could see is searched for them. */
import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import {
  ActiveRecordError,
  BaseModel,
  between,
  column,
  connect,
  connections,
  contains,
  createAll,
  Deadlocked,
  disconnect,
  gt,
  type LoggedStatement,
  like,
  not,
  type PermitList,
  Session,
  sql,
  startsWith,
  transaction,
  type Validations,
} from 'active-record-ts';
import { assertQueries, factory, inTestTransaction, recordQueries } from 'active-record-ts/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { testKey, useTestSecrets } from '../support/secrets.ts';

const [text, number] = ['PLANTED-secret', 770_077];
const traces = [/planted/i, /77.?00.?77/, /504c414e544544/i, /UExBTlRFR/, /Q5URU/];

class Vault extends BaseModel.with({
  id: column.id(),
  name: column.string(20).nullable(),
  word: column.string(40).sensitive().unique(),
  long: column.text().sensitive().nullable(),
  count: column.integer().sensitive().nullable(),
  big: column.bigint().sensitive().nullable(),
  price: column.decimal(8, 2).sensitive().nullable(),
  ratio: column.double().sensitive().nullable(),
  document: column.json<unknown>().sensitive().nullable(),
  bytes: column.binary(40).sensitive().nullable(),
  uuid: column.uuid().sensitive().nullable(),
  day: column.date().sensitive().nullable(),
  at: column.datetime().sensitive().nullable(),
  kind: column.enum(['a', 'b']).sensitive().nullable(),
  tidy: column
    .string()
    .sensitive()
    .nullable()
    .normalize((value) => {
      if (value.includes('!')) throw new Error(`no ${value}`);
      return value;
    }),
  code: column.string(40).nullable().encrypted(),
  mail: column.string(40).encrypted({ deterministic: true }).nullable().unique(),
  pin: column.integer().encrypted().nullable(),
  notes: column.json<unknown>().encrypted().nullable(),
  token: column.secureToken().nullable(),
  lockVersion: column.lockVersion(),
  ...column.securePassword('password', { optional: true }),
}) {
  static validations = {
    long: { length: { max: 60, message: '{value} is too long' }, exclusion: [`${text}-excluded`] },
    count: { numericality: { max: 999_999 } },
    name: { custom: (_, vault) => (vault.name === 'strict' ? 'is odd' : undefined) },
    mail: { uniqueness: true },
    code: { format: { with: /^[^?]*$/, message: '{value} has a question mark' } },
  } satisfies Validations<typeof Vault>;
  static permitted = ['word', 'code', 'count'] as const satisfies PermitList<typeof Vault>;
}

/** The same table, to write what the library would not. */
class Raw extends BaseModel.with({
  id: column.id(),
  code: column.text().nullable().sensitive(),
  document: column.raw('text').nullable().sensitive(),
  price: column.raw('text').nullable().sensitive(),
  at: column.raw('text').nullable().sensitive(),
  big: column.raw('text').nullable().sensitive(),
}) {
  static override tableName = 'vaults';
}

describeEachDatabase('planted secrets', (database) => {
  const seen: [from: string, text: string][] = [];
  const see = (from: string, ...what: unknown[]) => {
    for (const each of what) seen.push([from, typeof each === 'string' ? each : shown(each)]);
  };
  const noteEvent = (event: unknown) => see('event', event);

  beforeAll(async () => {
    for (const name of ['log', 'info', 'debug', 'warn', 'error'] as const)
      vi.spyOn(console, name).mockImplementation((...given: unknown[]) => see('console', ...given));
    useTestSecrets();
    await connect(database.url, { log: (statement: LoggedStatement) => see('log', statement) });
    await createAll([Vault]);
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error'])
      channel(`tracing:active-record-ts:statement:${event}`).subscribe(noteEvent);
  });

  it('are not in the events of connections', async () => {
    const events: unknown[] = [];
    const note = (event: unknown) => events.push(event);
    const ended = channel('tracing:active-record-ts:connection:asyncEnd');
    ended.subscribe(note);
    await connect(database.url, { name: 'another' });
    await connections.get('another').query(sql`SELECT 1 AS one`);
    await disconnect('another');
    ended.unsubscribe(note);
    const told = new Set(events.map((event) => inspect(event, { depth: 20, showHidden: true })));
    expect([...told]).toEqual(["{ connection: 'another', result: Unseen {} }"]);
  });

  afterAll(async () => {
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error'])
      channel(`tracing:active-record-ts:statement:${event}`).unsubscribe(noteEvent);
    await disconnect();
    vi.restoreAllMocks();
  });

  const codes = new Set<string>();
  /** Does it, whether it works or not. */
  const provoke = async (run: () => unknown): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof ActiveRecordError) codes.add(error.code);
      for (let each: unknown = error; each instanceof Error; each = each.cause) {
        see('error', each, each.message, each.stack, JSON.stringify(each), JSON.stringify(Object.entries(each)));
        if ('errors' in each) see('errors', each.errors, JSON.stringify(each.errors));
      }
    }
  };
  let made = 0;
  const attributes = () => ({
    name: 'vault',
    word: `${text}-${made++}`,
    long: text,
    count: number,
    big: BigInt(number) * 1_000_000n,
    price: `${number}.77`,
    ratio: number,
    document: { deep: [text, number] },
    bytes: Buffer.from(text),
    uuid: '77007700-7700-7700-7700-770077007700',
    day: '7700-07-07',
    at: new Date(`7700-07-07T${'07:00:77'.replace('77', '07')}Z`),
    tidy: text,
    code: text,
    mail: `${text}-${made}`,
    pin: number,
    notes: { deep: [text, number] },
    password: text,
    passwordConfirmation: text,
  });

  it('are not seen by those who look at logs, events, errors, records and JSON', async () => {
    const vault = await Vault.create(attributes());
    const other = await Vault.create(attributes());
    const look = (record: Pick<Vault, 'errors'>) => {
      see(
        'record',
        record,
        [record],
        { record },
        JSON.stringify(record),
        JSON.stringify(record.errors),
        String(record),
      );
      see('record', inspect(record, { depth: 0 }), inspect(record, { compact: false }));
    };
    look(vault);
    look(await Vault.find(vault.id));
    look(new Vault(attributes()));
    look(Object.assign(await Vault.find(vault.id), { long: `${text} changed`, code: `${text} changed` }));
    look(await Vault.select('id', 'code', 'long').firstOrFail());

    // What does not fit its column, by every way that a value gets in.
    const wrong: Record<string, unknown[]> = {
      word: [{ a: text }, [text], Symbol(text), `${text}\uD800`, text.repeat(9)],
      count: [text, number + 0.5, `${number}x`, 770_077_770_077, { text }],
      big: [text, number + 0.5, 10n ** 30n * BigInt(number)],
      price: [text, `${number}.777`, `${number}${number}.77`, number * 1e9],
      ratio: [text, Number.NaN],
      document: [{ text, bad: () => text }, new Map([[text, text]])],
      bytes: [text, [text], Buffer.from(text.repeat(9))],
      uuid: [text, number],
      day: [text, `${number}-01-01`],
      at: [text, `${number}`],
      kind: [text, number],
      tidy: [`${text}!`, { text }],
      long: [{ text }, `${text}-excluded`, text.repeat(9)],
      code: [{ text }, text.repeat(9), `${text}?`],
      mail: [{ text }, text.repeat(9)],
      pin: [text, number + 0.5, 770_077_770_077],
      notes: [{ text, bad: () => text }],
      password: [{ text }, text.repeat(2000)],
      token: [{ text }, text.repeat(99)],
    };
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) {
        const given = { [name]: value } as never;
        await provoke(() => Vault.create({ ...attributes(), [name]: value } as never));
        await provoke(() => new Vault(given).isValid());
        await provoke(async () => look(await Vault.find(vault.id).then((each) => each.assign(given))));
        await provoke(async () => (await Vault.find(vault.id)).update(given));
        await provoke(async () => (await Vault.find(vault.id)).updateColumns(given));
        await provoke(() => Vault.where({ id: vault.id }).updateAll(given));
        await provoke(() => Vault.insertAll([{ ...attributes(), [name]: value } as never]));
        await provoke(() => Vault.upsert({ ...attributes(), [name]: value } as never));
        await provoke(() => Vault.where(given).count());
        await provoke(() => Vault.findByOrFail(given));
        await provoke(() => Vault.permit({ [name]: value }, [name as 'word'], { unpermitted: 'error' }));
      }
    }

    // What the database refuses, and what is not there.
    const { word, mail } = vault;
    const ways: (() => unknown)[] = [
      () => Vault.create({ ...attributes(), word }),
      () => Vault.create({ ...attributes(), mail }),
      () => new Vault({ ...attributes(), mail }).save({ validate: false }),
      () => Vault.insertAll([{ ...attributes(), word }]),
      () => Vault.insertAll([{ ...attributes(), mail }]),
      () => other.updateColumns({ word }),
      () => other.updateColumns({ mail }),
      () => Vault.where({ id: other.id }).updateAll({ word }),
      () => Vault.insertAll([{ ...attributes(), word: null as never }]),
      () => Vault.upsertAll([attributes(), { ...attributes(), word }], { conflict: 'word' }),
      () =>
        Vault.upsertAll(
          [
            { ...attributes(), mail },
            { ...attributes(), mail },
          ],
          { conflict: 'mail' },
        ),
      () => Vault.findByOrFail({ word: `${text} not there` }),
      () => Vault.findByOrFail({ mail: `${text} not there` }),
      () => Vault.findSoleBy({ name: 'vault', code: not(null) as never }),
      () => Vault.where({ long: like(`${text}%`), count: gt(number), price: between('1', `${number}`) }).firstOrFail(),
      () => Vault.where({ tidy: startsWith(text), long: contains(text), word: not(text) }).count(),
      () => Vault.where({ word: [text, word], count: [number, null], big: not([770_077n]) }).count(),
      () => Vault.whereJson('document', ['deep', 0] as never, text as never).count(),
      () => Vault.whereMatch('long', text).count(),
      async () => Vault.inOrderOf('word', [word, text]),
      () => other.increment('count', number),
      () => other.increment('count', number * 1000),
      () => other.decrement('big', BigInt(number)),
      () => Vault.where({ id: other.id }).updateCounters({ count: number } as never),
      () => Vault.where({ code: text } as never).count(),
      () => Vault.where({ mail: like(`${text}%`) } as never).count(),
      () => Vault.where({ id: vault.id }).updateAll({ word: sql`missing(${1})` }),
      () => connections.get().transaction(() => Vault.where({ word, name: sql`no_such_column` as never }).count()),
      () => transaction(async () => Vault.create({ ...attributes(), word })),
      () => Vault.authenticateBy({ word, password: `${text} wrong` }),
      () => Vault.authenticateBy({ password: text }),
      () => vault.authenticate({ text } as never),
      () => Vault.findSignedOrFail(`${text}.${text}`),
      () => Vault.findByTokenOrFail('passwordReset', text),
      () => Vault.create({ ...attributes(), id: vault.id }),
      () => Vault.order('word').cursorPaginate({ limit: 1 }),
      async () => {
        const { id } = await Vault.create(attributes());
        const [one, two] = [await Vault.find(id), await Vault.find(id)];
        await one.update({ long: `${text} one`, code: `${text} one` });
        await two.update({ long: `${text} two`, code: `${text} two` });
      },
      async () => (await Vault.find(other.id)).freeze().update({ code: text }),
      async () => (await Vault.find(other.id)).readonly().update({ code: text }),
      async () => Vault.find((await Vault.create(attributes()).then((each) => each.destroy())).id),
    ];
    for (const way of ways) await provoke(way);

    // Queries themselves.
    const query = Vault.where({ word: text, mail, count: gt(number), document: { deep: [text, number] } });
    see('query', query, inspect(query, { depth: 20, showHidden: true }), query.toSQL().sql);
    await provoke(async () => see('explain', await Vault.where({ word: text, long: text, big: 770_077n }).explain()));
    await provoke(async () => see('explain', await Vault.where({ mail }).explain()));

    // What cannot be read.
    const raw = await Raw.find(other.id);
    await raw.update({ code: `ar1.${text}` });
    await provoke(async () => (await Vault.find(other.id)).code);
    await raw.update({ code: text });
    await provoke(async () => (await Vault.find(other.id)).code);
    await provoke(() => Vault.where({ id: other.id }).pluck('code'));
    await provoke(async () => (await Vault.find(other.id)).attributes);
    look(await Vault.find(other.id));
    see('reencrypted', await Vault.reencryptAll());
    if (database.dialect === 'sqlite') {
      await raw.update({ document: `{ "broken": "${text}` });
      await provoke(async () => (await Vault.find(other.id)).document);
      await provoke(() => Vault.pluck('document'));
      await raw.update({ price: text, at: text, big: text });
      for (const name of ['price', 'at', 'big'] as const) {
        await provoke(async () => (await Vault.find(other.id))[name]);
        await provoke(() => Vault.pluck(name));
        await provoke(() => Vault.maximum(name as 'price'));
        await provoke(() => Vault.group(name).count());
      }
    }
    useTestSecrets({ primaryKey: testKey('other') });
    await provoke(async () => (await Vault.find(vault.id)).code);
    useTestSecrets();

    // Records that are written together, and what a session says of itself and of them.
    const together = async (run: (session: Session, vaults: readonly Vault[]) => unknown) => {
      await using session = new Session();
      const vaults = Array.from({ length: 4 }, () => session.add(new Vault(attributes())));
      see('session', session, inspect(session, { depth: 12, showHidden: true }), session.new);
      await session.flush();
      for (const [index, each] of vaults.entries())
        each.assign({
          long: `${text} ${index}`,
          code: `${text} ${index}`,
          count: number + index,
          bytes: Buffer.from(text),
        });
      see('session', session, session.dirty);
      await provoke(() => run(session, vaults));
      await provoke(() => session.flush());
      see('session', session, session.new, session.dirty, session.deleted);
      await provoke(() => session.query(Vault).filterBy({ word: text, mail }).one());
      await session.rollback();
      for (const each of vaults) look(each);
    };
    const { id: staleId } = await Vault.create(attributes());
    const inSession: ((session: Session, vaults: readonly Vault[]) => unknown)[] = [
      (session) => session.commit(),
      (session) => session.add(new Vault({ ...attributes(), word })),
      (session) => session.add(new Vault({ ...attributes(), mail })),
      (session) => session.add(new Vault({ ...attributes(), long: `${text}-excluded` })),
      (_, vaults) => vaults[2]?.assign({ word }),
      (_, vaults) => vaults[2]?.assign({ tidy: `${text}!` }),
      (session, vaults) => {
        for (const each of vaults) session.delete(each);
      },
      (session, vaults) => new Session().addAll([...vaults, session.new[0] ?? vaults[0] ?? vault]),
      (session) => session.get(Vault, { word: text } as never),
      (session) =>
        session
          .query(Vault)
          .filterBy({ word: { text } as never })
          .all(),
      (session) =>
        session
          .query(Vault)
          .filterBy({ code: text } as never)
          .all(),
      (session) => session.query(Vault).orderBy('mail').all(),
      (session) =>
        session
          .query(Vault)
          .filterBy({ name: 'vault', bytes: Buffer.from(text) })
          .oneOrNone(),
      async (session) => {
        const stale = await session.get(Vault, staleId);
        await session.commit();
        await (await Vault.find(staleId)).update({ code: `${text} since` });
        stale?.assign({ long: `${text} stale`, word });
        await session.commit();
      },
    ];
    for (const run of inSession) await together(run);

    // What tests are told.
    const vaultFactory = factory(Vault, attributes);
    await provoke(() => assertQueries(0, () => Vault.where({ word: text, long: text, count: number }).count()));
    await provoke(() => assertQueries(0, () => vaultFactory.create({ word })));
    await provoke(() => vaultFactory.create({ tidy: `${text}!` }));
    see('factory', vaultFactory);
    see('queries', (await recordQueries(() => Vault.where({ word: text, mail }).count())).statements);
    await provoke(() => inTestTransaction(() => Vault.create({ ...attributes(), word })));

    // Transactions that are run again, batches, cursors.
    let runs = 0;
    const again = async () => {
      await Vault.create(attributes());
      if (++runs < 2) throw new Deadlocked('Deadlock found.', { sql: '', binds: [], cause: undefined });
      throw new Error('the end');
    };
    await provoke(() => transaction(again, { retries: { times: 2, backoff: 1 } }));
    for await (const each of Vault.where({ long: startsWith(text) }).findEach({ size: 2 })) look(each);
    await provoke(async () => {
      for await (const each of Vault.where({ word: text, at: 'x' as never }).findEach()) look(each);
    });

    expect([...codes].sort()).toEqual(
      expect.arrayContaining(
        [
          'AR_DECRYPTION_FAILED',
          'AR_NOT_UNIQUE',
          'AR_QUERY_INVALID',
          'AR_RECORD_FROZEN',
          'AR_RECORD_INVALID',
          'AR_RECORD_NOT_FOUND',
          'AR_RECORD_READ_ONLY',
          'AR_RECORD_STALE',
          'AR_SESSION_CONFLICT',
          'AR_QUERY_COUNT',
          'AR_SOLE_RECORD',
          'AR_TOKEN_INVALID',
          'AR_VALUE_INVALID',
        ].sort(),
      ),
    );
    expect(seen.length).toBeGreaterThan(1000);
    const found = seen.filter(([, what]) => traces.some((trace) => trace.test(what)));
    expect([...new Set(found.map(([from, what]) => `${from}: ${excerpt(what)}`))]).toEqual([]);
  });
});

function shown(value: unknown): string {
  return inspect(value, { depth: 12, maxArrayLength: null, maxStringLength: null, breakLength: 200 });
}

function excerpt(what: string): string {
  const at = Math.min(...traces.map((trace) => what.search(trace)).filter((each) => each >= 0));
  return what.slice(Math.max(0, at - 160), at + 60);
}
