/** Values of every column type, with what they read as: `[given]` where that is the same. */
import { column } from '../../lib/index.ts';

const allBytes = new Uint8Array(256).map((_, index) => index);
const pile = '😀'.repeat(3);

export interface Money {
  readonly cents: bigint;
}
export const money = (cents: bigint): Money => ({ cents });

const moneyColumn = () =>
  column.custom<Money, string>({
    storage: column.decimal(12, 2),
    load: (stored) => money(BigInt(stored.replace('.', ''))),
    dump: ({ cents }) => {
      const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
      return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
    },
  });

/** One attribute for each type; all may be null, so that each can be tried alone. */
export const typeColumns = {
  string: column.string().nullable(),
  text: column.text().nullable(),
  integer: column.integer().nullable(),
  positive: column.integer().unsigned().nullable(),
  smallint: column.smallint().nullable(),
  tinyint: column.tinyint().nullable(),
  bigint: column.bigint().nullable(),
  hugeint: column.bigint().unsigned().nullable(),
  narrow: column.decimal(12, 2).nullable(),
  wide: column.decimal(40, 10).nullable(),
  float: column.float().nullable(),
  double: column.double().nullable(),
  boolean: column.boolean().nullable(),
  date: column.date().nullable(),
  time: column.time().nullable(),
  seconds: column.datetime(0).nullable(),
  datetime: column.datetime().nullable(),
  micros: column.datetime(6).nullable(),
  exact: column.datetime(6).as('string').nullable(),
  json: column.json().nullable(),
  binary: column.binary().nullable(),
  short: column.binary(300).nullable(),
  uuid: column.uuid().nullable(),
  enum: column.enum(['plain', "it's", 'back\\slash', 'émoji 😀']).nullable(),
  money: moneyColumn().nullable(),
};

export type TypeName = keyof typeof typeColumns;
export type TypeCase = readonly [given: unknown, read?: unknown];

const texts: TypeCase[] = [
  [''],
  ['Ada'],
  [' spaces at both ends '],
  [`quotes ' " \` and \\ backslash \\' \\`],
  ['line\r\nbreak\ttab'],
  [`${pile} café مرحبا 日本`],
  ['NULL'],
  ['{x} {{x}} %s ? $1 :name -- /* */ ;'],
  ["_utf8mb4 X'00'"],
];
const wholes: TypeCase[] = [[0], [1], [-1], [-0, 0], ['42', 42], [7n, 7]];
const documents: TypeCase[] = [
  [{}],
  [[]],
  ['text'],
  [0],
  [-1.5],
  [true],
  [false],
  [[1, [2, [3, null]]]],
  [{ a: { b: [{ c: null, d: `'"\\${pile}` }] }, 'odd key "': 1 }],
  [{ when: new Date(0) }, { when: '1970-01-01T00:00:00.000Z' }],
  [{ gone: undefined, kept: 1 }, { kept: 1 }],
  [Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, index]))],
];

export const typeCases: Readonly<Record<TypeName, readonly TypeCase[]>> = {
  string: [...texts, ['x'.repeat(255)], ['😀'.repeat(255)], [5, '5'], [true, 'true'], [12n, '12']],
  text: [...texts, ['x'.repeat(100_000)]],
  integer: [...wholes, [2_147_483_647], [-2_147_483_648]],
  positive: [...wholes.filter(([given]) => given !== -1), [4_294_967_295]],
  smallint: [...wholes, [32_767], [-32_768]],
  tinyint: [...wholes, [127], [-128]],
  bigint: [
    [0n],
    [2n ** 53n - 1n],
    [2n ** 53n],
    [2n ** 53n + 1n],
    [-(2n ** 53n) - 1n],
    [2n ** 63n - 1n],
    [-(2n ** 63n)],
    [5, 5n],
    ['-9007199254740993', -9007199254740993n],
  ],
  // PostgreSQL and SQLite have no 64 bits without a sign: the range of both is the smaller one.
  hugeint: [[0n], [2n ** 53n + 1n], [2n ** 63n - 1n]],
  narrow: [
    ['0.00'],
    ['-0.00', '0.00'],
    ['1', '1.00'],
    ['-1.5', '-1.50'],
    ['9999999999.99'],
    ['-9999999999.99'],
    ['0.10'],
    ['0.3', '0.30'],
    ['.5', '0.50'],
    ['1e3', '1000.00'],
    [' 7 ', '7.00'],
    [1.1, '1.10'],
    [3n, '3.00'],
    ['1234567.89'],
  ],
  wide: [
    ['123456789012345678901234567890.1234567891'],
    ['-999999999999999999999999999999.9999999999'],
    ['0.0000000001'],
    ['-0', '0.0000000000'],
    ['1e20', '100000000000000000000.0000000000'],
  ],
  float: [[0], [1.5], [-1.5], [0.1], [16_777_216], [123_456.79], [3.4028235e38], [1.1754944e-38], [1 / 3, 0.33333334]],
  double: [
    [0],
    [0.1],
    [-1.5],
    [1 / 3],
    [5e-324],
    [1.7976931348623157e308],
    [2 ** 53],
    [1e21],
    ['2.5e3', 2500],
    [9n, 9],
  ],
  boolean: [[true], [false], [1, true], [0, false], ['true', true], ['0', false]],
  date: [['0001-01-01'], ['2024-02-29'], ['9999-12-31'], ['1969-12-31']],
  time: [
    ['00:00:00'],
    ['23:59:59'],
    ['10:30', '10:30:00'],
    ['10:30:00.5'],
    ['23:59:59.999999'],
    ['12:00:00.100000', '12:00:00.1'],
  ],
  seconds: [
    [new Date('2026-11-20T10:15:30Z')],
    [new Date('2026-12-31T23:59:59.999Z'), new Date('2026-12-31T23:59:59Z')],
    [new Date(-1), new Date(-1000)],
  ],
  datetime: [
    [new Date('0001-01-01T00:00:00.000Z')],
    [new Date('9999-12-31T23:59:59.999Z')],
    [new Date(0)],
    [new Date(-1)],
    [new Date('2026-03-29T01:30:00.123Z')],
    ['2026-11-20T10:15:00+02:00', new Date('2026-11-20T08:15:00Z')],
  ],
  micros: [[new Date('2026-11-20T10:15:30.123Z')], [new Date('1582-10-15T00:00:00.001Z')]],
  exact: [
    ['2026-11-20 10:15:30.123456'],
    ['0001-01-01 00:00:00.000001'],
    ['9999-12-31 23:59:59.999999'],
    ['2026-11-20T10:15:30Z', '2026-11-20 10:15:30.000000'],
    ['2026-11-20T10:15:30.5+01:00', '2026-11-20 09:15:30.500000'],
  ],
  json: documents,
  binary: [
    [new Uint8Array()],
    [allBytes],
    [new Uint8Array(70_000).fill(0xff)],
    [Buffer.from("'\\\0"), new Uint8Array([39, 92, 0])],
  ],
  short: [[new Uint8Array()], [allBytes], [new Uint8Array(16).fill(0)]],
  uuid: [
    ['018f3a5e-7c1b-7def-8123-456789abcdef'],
    ['00000000-0000-0000-0000-000000000000'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['018F3A5E7C1B7DEF8123456789ABCDEF', '018f3a5e-7c1b-7def-8123-456789abcdef'],
  ],
  enum: [['plain'], ["it's"], ['back\\slash'], ['émoji 😀']],
  money: [[money(0n)], [money(-5n)], [money(123_456n)]],
};

export const readAs = ([given, read]: TypeCase): unknown => (read === undefined ? given : read);
export const typeNames = Object.keys(typeCases) as TypeName[];
