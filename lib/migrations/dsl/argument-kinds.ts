import { Alias } from '../../schema/alias.ts';
import { Column } from '../../schema/column.ts';
import { Store } from '../../schema/store.ts';
import { VirtualColumn } from '../../schema/virtual-column.ts';
import { Sql } from '../../sql/template.ts';
import { didYouMean } from '../../support/suggest.ts';
import { describeValue } from '../../types/type.ts';

// What the arguments of a migration's operations can be. Types do not keep out what comes from JavaScript, from JSON or
// through `as`, and most of it would be part of a statement.

export interface Problem {
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong with a value, which messages call `what`; undefined where nothing is. */
export type Kind = (value: unknown, what: string) => Problem | undefined;

const is =
  (wanted: string, accepts: (value: unknown) => boolean): Kind =>
  (value, what) =>
    accepts(value) ? undefined : { message: `${what} is ${wanted}, not ${describeValue(value)}.` };

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const isSql = (value: unknown): boolean => value instanceof Sql || isText(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === '[object Object]' && !(value instanceof Sql);

export const optional =
  (kind: Kind): Kind =>
  (value, what) =>
    value === undefined ? undefined : kind(value, what);

export const name = is('a name', isText);
export const names = is(
  'a name, or several in an array',
  (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
);
export const words = is(
  'an array of texts',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
);
export const text = is('text', (value) => typeof value === 'string');
export const flag = is('true or false', (value) => typeof value === 'boolean');
export const statement = is('SQL, as sql`…` or as text', isSql);
export const steps = is('a function', (value) => typeof value === 'function');
/** What a column can hold, or SQL. */
export const content = is('a value, or null', (value) => !['undefined', 'symbol', 'function'].includes(typeof value));
export const comment = is('text, or null for none', (value) => value === null || typeof value === 'string');
/** What stands for no column at all is told apart where columns are read, which says more of it. */
export const column = is('a column, such as column.string()', (value) =>
  [Column, VirtualColumn, Store, Alias].some((kind) => value instanceof kind),
);
export const columns = is('an object of columns by name', isObject);
export const columnsOrNames = is(
  'an object of columns by name, or an array of names',
  (value) => isObject(value) || (Array.isArray(value) && value.every(isText)),
);
export const milliseconds = is(
  'milliseconds, 0 or more',
  (value) => typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1,
);
export const characters = is(
  'a whole number from 1',
  (value) => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
);

export const oneOf = (...known: readonly string[]): Kind =>
  is(known.map((each) => `"${each}"`).join(' or '), (value) => typeof value === 'string' && known.includes(value));

/** Of all columns, or an object of them by column. */
export const byColumn =
  (kind: Kind): Kind =>
  (value, what) => {
    if (!isObject(value)) return kind(value, what);
    return first(Object.entries(value), ([key, each]) => kind(each, `${what}, by the column "${key}",`));
  };

export const either =
  (one: Kind, other: Kind): Kind =>
  (value, what) =>
    one(value, what) === undefined ? undefined : other(value, what);

export const listOf =
  (kind: Kind): Kind =>
  (value, what) =>
    Array.isArray(value)
      ? first(value, (each: unknown) => kind(each, `A part of ${lowered(what)}`))
      : { message: `${what} is an array, not ${describeValue(value)}.` };

/** Of an object that has these and nothing else. */
export const shape =
  (members: Readonly<Record<string, Kind>>): Kind =>
  (value, what) => {
    if (!isObject(value)) return { message: `${what} is an object, not ${describeValue(value)}.` };
    const stray = Object.keys(value).find((key) => !Object.hasOwn(members, key));
    if (stray !== undefined)
      return { message: `There is no "${stray}" in ${lowered(what)}.`, hint: didYouMean(stray, Object.keys(members)) };
    return first(Object.entries(members), ([key, kind]) => kind(value[key], `"${key}" in ${lowered(what)}`));
  };

/** Of an object whose members may be left out, each of them. */
export const partial = (members: Readonly<Record<string, Kind>>): Kind =>
  shape(Object.fromEntries(Object.entries(members).map(([key, kind]) => [key, optional(kind)])));

/** Options may be left out, all of them or each. */
export const options = (members: Readonly<Record<string, Kind>>): Kind => optional(partial(members));

function first<T>(list: readonly T[], problemOf: (each: T) => Problem | undefined): Problem | undefined {
  for (const each of list) {
    const problem = problemOf(each);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const lowered = (what: string): string => what.charAt(0).toLowerCase() + what.slice(1);
