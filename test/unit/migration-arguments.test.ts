import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MigrationInvalid } from '../../lib/errors/migration.ts';
import { Migration } from '../../lib/migrations/dsl/migration.ts';
import { checkArguments, signatures } from '../../lib/migrations/dsl/signatures.ts';
import { column } from '../../lib/schema/builders.ts';
import { sql } from '../../lib/sql/template.ts';

class Probe extends Migration {}

/** All that a migration can be asked for. */
function methods(): string[] {
  const found = new Set<string>();
  for (let type: object = Probe.prototype; type !== Object.prototype; type = Object.getPrototypeOf(type))
    for (const name of Object.getOwnPropertyNames(type)) if (name !== 'constructor') found.add(name);
  return [...found].sort();
}

/** What check their arguments by themselves, and those that are another name of one that is checked. */
const others = ['addBelongsTo', 'removeBelongsTo', 'reversible', 'revert', 'say', 'sayWithTime', 'upOnly'];

async function outcome(method: string, given: readonly unknown[]): Promise<unknown> {
  const migration = new Probe();
  try {
    await Reflect.apply(Reflect.get(migration, method), migration, given);
  } catch (error) {
    return error;
  }
  return Migration.queueOf(migration)?.operations ?? [];
}

const right = [
  ...['users', ['name', 'age'], { name: 'by_name' }, sql`age > 0`, column.string(), { age: column.integer() }, true],
  ...[{ from: null, to: 'x' }, () => undefined, [{ column: 'during', with: '&&' }], undefined],
];
const wrong: readonly unknown[] = [
  ...[
    5,
    Number.NaN,
    null,
    '',
    ' ',
    Symbol('s'),
    5n,
    true,
    [],
    [null],
    [5],
    {},
    { name: 5 },
    { name: null },
    { to: null },
  ],
  ...[new Date(0), /x/, new Map(), () => undefined, { length: Number.NaN }, { unique: 'yes' }, { onDelete: 'x' }],
  ...[Object.create(null), Number.POSITIVE_INFINITY, { columns: 1 }, { deferrable: 1 }, { throttle: Number.NaN }],
];

describe('the arguments of operations', () => {
  it('are declared for every one of them', () => {
    expect(methods()).toEqual([...Object.keys(signatures), ...others].sort());
  });

  it('of any kind are taken, or refused with what to do: never a bare error', async () => {
    const values = fc.oneof(fc.constantFrom(...right), fc.constantFrom(...wrong), fc.anything());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods()), fc.array(values, { maxLength: 4 }), async (method, given) => {
        const result = await outcome(method, given);
        if (Array.isArray(result)) return;
        expect(result).toHaveProperty('code', expect.stringMatching(/^AR_/));
      }),
      process.env.AR_TEST_LONG === undefined ? { numRuns: 5_000, seed: 20_261_120 } : { numRuns: 200_000 },
    );
  }, 300_000);

  const examples = Object.entries(signatures).map(([method, { example, takes }]) => ({
    method,
    given: argumentsOf(example, method),
    takes: Object.keys(takes),
  }));

  it.each(examples)('of $method are taken as its example writes them', ({ method, given }) => {
    expect(() => checkArguments(method as keyof typeof signatures, ...given)).not.toThrow();
  });

  it.each(examples)('of $method are refused one by one, with its example', async ({ method, given, takes }) => {
    for (const place of takes.keys()) {
      for (const bad of [5, Number.NaN, null, '', Symbol('s'), 5n, new Date(0)]) {
        // A default can be a number, a bigint or a date.
        if (takes[place] === 'fill' && !['symbol'].includes(typeof bad)) continue;
        if (['value', 'from', 'to'].includes(takes[place] ?? '') && method.endsWith('EnumValue') && bad === '')
          continue;
        const result = await outcome(method, given.with(place, bad));
        expect(result, `${takes[place]}: ${String(bad)}`).toBeInstanceOf(MigrationInvalid);
        expect((result as Error).message).toMatch(
          new RegExp(`${method} (is|has) .* Write it like this: .*this\\.${method}\\(`),
        );
      }
    }
  });

  it('name an option that there is not, and the one that was meant', async () => {
    expect(await outcome('addIndex', ['users', 'name', { uniqe: true }])).toMatchObject({
      message: expect.stringContaining(
        'There is no "uniqe" in the argument "options" of addIndex. Did you mean "unique"?',
      ),
    });
    expect(await outcome('addIndex', ['users', [{ name: 'name', length: Number.NaN }]])).toMatchObject({
      message: expect.stringContaining('of addIndex is'),
    });
  });
});

/** What stands in the parentheses of an example, with undefined for what it leaves out. */
function argumentsOf(example: string, method: string): unknown[] {
  const inside = example.slice(example.indexOf('(') + 1, example.lastIndexOf(')')).replace('…', '');
  const read: unknown = new Function('column', 'sql', `return [${inside}]`)(column, sql);
  const count = Object.keys(signatures[method as keyof typeof signatures].takes).length;
  return Array.from({ length: count }, (_, place) => (Array.isArray(read) ? read[place] : undefined));
}
