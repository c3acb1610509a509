/** What a server's parser makes of a statement does not depend on its values: another draw of them gives the same tokens. */
import { channel } from 'node:diagnostics_channel';
import {
  BaseModel,
  between,
  column,
  connections,
  gt,
  like,
  lte,
  not,
  type StatementEvent,
  sql,
} from 'active-record-ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mysqlDialect } from '../../lib/sql/dialects/mysql.ts';
import { postgresDialect } from '../../lib/sql/dialects/postgres.ts';
import { sqliteDialect } from '../../lib/sql/dialects/sqlite.ts';
import type { Scalar } from '../../lib/types/type.ts';
import { shapeOf, tokenize } from '../faults/support/tokens.js';
import { describeModels } from '../support/models.ts';

class Token extends BaseModel.with({
  id: column.id(),
  text: column.text(),
  count: column.integer(),
  big: column.bigint(),
  price: column.decimal(15, 4),
  ratio: column.double(),
  flag: column.boolean(),
  day: column.date(),
  at: column.datetime(),
  doc: column.json<unknown>(),
  bytes: column.binary(),
  uuid: column.uuid().nullable(),
}) {}

const pieces = [
  "'",
  '"',
  '`',
  '\\',
  ';',
  '--',
  '/*',
  '*/',
  '?',
  '$1',
  ':x',
  ' OR 1=1',
  '%',
  '_',
  '😀',
  '\n',
  ',',
  ')',
  '(',
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0')),
);
const moment = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const values = fc.record({
  text,
  count: fc.integer(),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  price: fc.bigInt({ min: -(10n ** 11n) + 1n, max: 10n ** 11n - 1n }).map(String),
  ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
  flag: fc.boolean(),
  day: moment.map((date) => date.toISOString().slice(0, 10)),
  at: moment,
  doc: text.map((each) => ({ [each]: each })),
  bytes: fc.uint8Array(),
  uuid: fc.uuid({ version: 4 }),
});
type Values = typeof values extends fc.Arbitrary<infer V> ? V : never;

/** Every way in which a value gets into a statement; each is called with two draws. */
const uses: Readonly<Record<string, (a: Values, b: Values) => unknown>> = {
  create: (a) => Token.create(a),
  insertAll: (a, b) => Token.insertAll([a, b]),
  updateAll: (a, b) => Token.where({ text: a.text }).updateAll({ ...b }),
  deleteAll: (a, b) => Token.where({ text: a.text, count: b.count, big: 1n }).deleteAll(),
  equal: ({ doc, ...rest }, b) => Token.where(rest).where({ doc: b.doc }),
  unequal: (a) =>
    Token.where({ text: not(a.text), count: not(a.count), at: not(a.at), bytes: not(a.bytes), doc: not(a.doc) }),
  lists: (a, b) =>
    Token.where({ text: [a.text, b.text], price: not([a.price, b.price]), uuid: [a.uuid, b.uuid, null] }),
  ranges: (a, b) =>
    Token.where({ count: gt(a.count), ratio: between(a.ratio, b.ratio), day: lte(a.day), price: gt(b.price) }),
  // A single backslash at the end is refused.
  patterns: (a) => Token.where({ text: like(a.text.replace(/\\+$/, '')) }),
  calculations: (a) => Token.where({ text: a.text, flag: a.flag }).sum('count'),
  exists: (a) => Token.exists({ text: a.text, at: a.at }),
  find: (a) => Token.where({ text: a.text }).findBy({ id: Math.abs(a.count) }),
  template: (a, b) => Token.where(sql`text = ${a.text} OR count IN ${[a.count, b.count]} OR big = ${a.big}`),
  query: (a) => connections.get().query(sql`SELECT 1 AS one FROM tokens WHERE text = ${a.text} AND bytes = ${a.bytes}`),
  'long list': (a, b) =>
    Token.where({ text: Array.from({ length: 2000 }, (_, index) => (index % 2 === 0 ? a.text : b.text)) }),
};

const dialects = { mysql: mysqlDialect, postgres: postgresDialect, sqlite: sqliteDialect };

describeModels('the tokens of statements', [Token], (database) => {
  const dialect = dialects[database.dialect];
  const quote = dialect.quoteCharacter;

  /** Both forms of each statement that is sent: with placeholders, and with its values in the text. */
  async function shapes(run: () => unknown): Promise<string[]> {
    const found: string[] = [];
    const started = channel('tracing:active-record-ts:statement:start');
    const note = (event: unknown) => {
      const { sql: text, binds } = event as StatementEvent;
      found.push(shapeOf(text, quote));
      let next = 0;
      const filled = tokenize(text, quote).map((token) =>
        token.kind === 'placeholder' ? dialect.literal(binds[next++] as Scalar) : token.text,
      );
      found.push(shapeOf(filled.join(' '), quote));
    };
    started.subscribe(note);
    try {
      await run();
    } finally {
      started.unsubscribe(note);
    }
    return found;
  }

  it.each(Object.entries(uses))('do not depend on the values of %s', async (_, use) => {
    const count = process.env.AR_TEST_LONG === undefined ? 20 : 500;
    const draws = fc.sample(fc.tuple(values, values), { numRuns: count, seed: 20_261_120 });
    let first: string[] | undefined;
    for (const [a, b] of draws) {
      const found = await shapes(() => use(a, b));
      first ??= found;
      expect(found.length).toBeGreaterThan(0);
      expect(found.join('\n')).not.toContain('bad:');
      expect(found).toEqual(first);
    }
  });

  it('are told apart by the test itself', () => {
    const shape = (text: string) => shapeOf(text, quote);
    expect(shape("a = 'x'")).toBe(shape("a = 'it''s -- '"));
    expect(shape("a = 'x'")).not.toBe(shape("a = 'x' OR 1=1 -- '"));
    expect(shape('a = 1')).not.toBe(shape('a = b'));
  });
});
