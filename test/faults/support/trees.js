// Random trees of conditions, each as a query and as JavaScript with three-valued logic: true, false, or null for unknown.
import {
  BaseModel,
  between,
  column,
  contains,
  endsWith,
  gt,
  gte,
  like,
  lt,
  lte,
  not,
  startsWith,
} from 'active-record-ts';
import fc from 'fast-check';

export class Item extends BaseModel.with({
  id: column.id(),
  n: column.integer().nullable(),
  m: column.integer().nullable(),
  s: column.string().nullable(),
  b: column.boolean().nullable(),
  big: column.bigint().nullable(),
  d: column.date().nullable(),
}) {}

/** What columns hold, and what conditions ask for: small, so that both meet; of one case and without spaces at the end. */
const pools = {
  n: [-1, 0, 1, 2],
  m: [0, 1, 5],
  s: ['', 'a', 'ab', 'abc', '0', '1', 'a%', 'a_', "a'b", 'a\\b'],
  b: [true, false],
  big: [-(2n ** 60n), 0n, 2n ** 53n, 2n ** 53n + 1n],
  d: ['1969-12-31', '2024-02-29', '2026-03-29'],
};
const columns = Object.keys(pools);
const ordered = columns.filter((name) => name !== 's' && name !== 'b');

/** The rows of the table: each value of each column beside NULL, mixed. */
export function rows() {
  const values = (name) => [...pools[name], null];
  return Array.from({ length: 44 }, (_, index) =>
    Object.fromEntries(
      columns.map((name, place) => [name, values(name)[(index * (place + 3) + place) % values(name).length]]),
    ),
  );
}

// Three-valued logic, as SQL has it.
const negate = (truth) => (truth === null ? null : !truth);
const all = (truths) => (truths.includes(false) ? false : truths.includes(null) ? null : true);
const any = (truths) => (truths.includes(true) ? true : truths.includes(null) ? null : false);
const known = (value, test) => (value === null ? null : test(value));

function matchesPattern(pattern, text) {
  const source = [...pattern.matchAll(/\\(.)|(%)|(_)|([\s\S])/gu)]
    .map(([, escaped, many, one, plain]) =>
      many ? '[\\s\\S]*' : one ? '[\\s\\S]' : (escaped ?? plain).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}$`, 'u').test(text);
}

const someValue = (name) => fc.constantFrom(...pools[name]);
const nullable = (name) => fc.constantFrom(...pools[name], null);
const equals = (value, wanted) => (wanted === null ? value === null : known(value, (each) => each === wanted));
/** A list with null in it asks for NULL too, and without it NULL is neither in it nor not in it. */
function inList(value, list) {
  if (list.length === 0) return false;
  if (value === null) return list.includes(null) ? true : list.every((each) => each === null) ? false : null;
  return list.includes(value);
}
const comparisons = {
  gt: [gt, (a, b) => a > b],
  gte: [gte, (a, b) => a >= b],
  lt: [lt, (a, b) => a < b],
  lte: [lte, (a, b) => a <= b],
};
const patterns = ['%', 'a%', '_', 'a\\%', 'a\\_', '%b%', "a'b", '', '%\\\\%'];

/** The operators on text that take it as it stands. */
const affixes = [
  [startsWith, (text, part) => text.startsWith(part)],
  [endsWith, (text, part) => text.endsWith(part)],
  [contains, (text, part) => text.includes(part)],
].map(([make, test]) =>
  someValue('s').map((part) => ['s', make(part), (row) => known(row.s, (text) => test(text, part))]),
);

const onColumn = (names, make) => fc.constantFrom(...names).chain(make);
const simple = fc.oneof(
  onColumn(columns, (name) => nullable(name).map((value) => [name, value, (row) => equals(row[name], value)])),
  onColumn(columns, (name) =>
    fc.array(nullable(name), { maxLength: 5 }).map((list) => [name, list, (row) => inList(row[name], list)]),
  ),
  onColumn(ordered, (name) =>
    fc.tuple(fc.constantFrom(...Object.keys(comparisons)), someValue(name)).map(([kind, value]) => {
      const [make, test] = comparisons[kind];
      return [name, make(value), (row) => known(row[name], (each) => test(each, value))];
    }),
  ),
  onColumn(ordered, (name) =>
    fc
      .tuple(someValue(name), someValue(name))
      .map(([from, to]) => [name, between(from, to), (row) => known(row[name], (each) => each >= from && each <= to)]),
  ),
  fc
    .constantFrom(...patterns)
    .map((pattern) => ['s', like(pattern), (row) => known(row.s, (text) => matchesPattern(pattern, text))]),
  ...affixes,
  // A number or a boolean against text is its text.
  fc.constantFrom(0, 1, true).map((value) => ['s', value, (row) => equals(row.s, String(value))]),
);
/** [column, condition, reference]: one in three turned around by `not`. */
const condition = fc
  .tuple(simple, fc.integer({ min: 0, max: 2 }))
  .map(([[name, value, test], turn]) =>
    turn === 0 ? [name, not(value), (row) => negate(test(row))] : [name, value, test],
  );

const branch = (conditions) => ({
  conditions: Object.fromEntries(conditions.map(([name, value]) => [name, value])),
  // Of two conditions on one column the object keeps the later.
  test: (row) => all([...new Map(conditions.map(([name, , test]) => [name, test])).values()].map((test) => test(row))),
});
const object = fc.array(condition, { minLength: 1, maxLength: 3 }).map(branch);

const steps = ['where', 'or', 'and', 'whereNot'];

/** A tree: objects of conditions, joined by the methods that queries have. */
export const tree = fc
  .tuple(object, fc.array(fc.tuple(fc.constantFrom(...steps), object, object), { maxLength: 4 }))
  .map(([first, rest]) => {
    let query = Item.where(first.conditions);
    let { test } = first;
    for (const [step, given, other] of rest) {
      const before = test;
      if (step === 'where') {
        query = query.where(given.conditions);
        test = (row) => all([before(row), given.test(row)]);
      } else if (step === 'whereNot') {
        query = query.whereNot(given.conditions);
        test = (row) => all([before(row), negate(given.test(row))]);
      } else {
        const right = Item.where(given.conditions).where(other.conditions);
        query = query[step](right);
        const rightTest = (row) => all([given.test(row), other.test(row)]);
        test =
          step === 'or' ? (row) => any([before(row), rightTest(row)]) : (row) => all([before(row), rightTest(row)]);
      }
    }
    return { query, test };
  });
