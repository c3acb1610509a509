import { describeValue } from '../../types/type.ts';
import { labelOf } from '../errors.ts';
import type { RecordState } from '../state.ts';
import { checkNames, flag, type Given, isGiven, wrongRule } from './options.ts';
import type { Check, Finding } from './rule.ts';

// The rules that look at one value. Each takes its options apart when the model is first used.

/** What a rule asks about other properties of its record. */
export interface OtherProperties {
  /** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a name that the record does not have */
  require(label: string, name: string): void;
  /** Whether it is an attribute whose value no message may tell. */
  isSecret(name: string): boolean;
}

/** Makes the check of a rule. `given` has the rule's own options only. */
export type Maker = (label: string, given: Given, name: string, others: OtherProperties) => Check;

/** Nothing, text of spaces, an empty list. false is a value. */
export function isBlank(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (value instanceof Uint8Array) return value.byteLength === 0;
  return Array.isArray(value) && value.length === 0;
}

const none: Maker = (label, given) => {
  checkNames(label, given, []);
  return () => undefined;
};

export const presence: Maker = (label, given, ...rest) => {
  none(label, given, ...rest);
  return (value) => (isBlank(value) ? { type: 'blank', key: 'blank' } : undefined);
};

export const absence: Maker = (label, given, ...rest) => {
  none(label, given, ...rest);
  return (value) => (isBlank(value) ? undefined : { type: 'present', key: 'present' });
};

export const length: Maker = (label, given) => {
  checkNames(label, given, ['min', 'max', 'is']);
  const [min, max, is] = [size(label, given, 'min'), size(label, given, 'max'), size(label, given, 'is')];
  if (min === undefined && max === undefined && is === undefined)
    throw wrongRule(label, 'says no length', 'Write { min: 2 }, { max: 80 } or { is: 5 }.');
  return (value) => {
    const measured = measure(value);
    if (measured === undefined) return { type: 'invalid', key: 'invalid' };
    const [count, unit] = measured;
    if (is !== undefined && count !== is) return wrongLength('wrong_length', is, unit);
    if (min !== undefined && count < min) return wrongLength('too_short', min, unit);
    return max !== undefined && count > max ? wrongLength('too_long', max, unit) : undefined;
  };
};

type Unit = 'characters' | 'bytes' | 'items';

const wrongLength = (type: 'wrong_length' | 'too_short' | 'too_long', count: number, unit: Unit): Finding => ({
  type,
  key: `${type}_${unit}`,
  details: { count },
});

function size(label: string, given: Given, name: string): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrongRule(label, `has ${describeValue(value)} as "${name}"`, `Write ${name}: 80.`);
}

/** As databases count: code points of text, bytes of binary values. */
function measure(value: unknown): readonly [number, Unit] | undefined {
  if (typeof value === 'string') return [[...value].length, 'characters'];
  if (value instanceof Uint8Array) return [value.byteLength, 'bytes'];
  return Array.isArray(value) ? [value.length, 'items'] : undefined;
}

export const format: Maker = (label, given) => {
  checkNames(label, given, ['with', 'without']);
  const { with: wanted, without: unwanted } = given;
  for (const pattern of [wanted, unwanted])
    if (pattern !== undefined && !(pattern instanceof RegExp))
      throw wrongRule(label, 'has a pattern that is no RegExp', 'Write format: /^\\d+$/ or { with: /^\\d+$/ }.');
  if (wanted === undefined && unwanted === undefined)
    throw wrongRule(label, 'says no pattern', 'Write format: /^\\d+$/ or { without: /\\s/ }.');
  return (value) => {
    // Objects and lists of JSON are no text, whatever they say of themselves.
    if (isGiven(value) || Array.isArray(value)) return { type: 'invalid', key: 'invalid' };
    const text = String(value);
    const isFit =
      (wanted === undefined || matches(wanted, text)) && (unwanted === undefined || !matches(unwanted, text));
    return isFit ? undefined : { type: 'invalid', key: 'invalid' };
  };
};

/** A global or sticky pattern goes on where it has stopped: here it always begins anew. */
function matches(pattern: unknown, text: string): boolean {
  return pattern instanceof RegExp && new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(text);
}

const membership =
  (wanted: boolean): Maker =>
  (label, given) => {
    checkNames(label, given, ['in']);
    const { in: members } = given;
    if (!Array.isArray(members) && typeof members !== 'function')
      throw wrongRule(label, 'says no list', "Write { in: ['red', 'green'] }, or in: (record) => […].");
    return async (value, { record }) => {
      const list: unknown = typeof members === 'function' ? await Reflect.apply(members, undefined, [record]) : members;
      if (!Array.isArray(list)) throw wrongRule(label, 'has a function that gives no list', 'Return an array.');
      const key = wanted ? 'inclusion' : 'exclusion';
      return list.some((member) => isSame(member, value)) === wanted ? undefined : { type: key, key };
    };
  };

function isSame(one: unknown, other: unknown): boolean {
  return one instanceof Date && other instanceof Date
    ? one.getTime() === other.getTime()
    : one === other || Object.is(one, other);
}

export const inclusion = membership(true);
export const exclusion = membership(false);

export const confirmation: Maker = (label, given, name, others) => {
  checkNames(label, given, ['with', 'caseSensitive']);
  const other = given.with ?? `${name}Confirmation`;
  if (typeof other !== 'string')
    throw wrongRule(label, 'names no property', `Write { with: '${name}Repeated' }, or true for ${name}Confirmation.`);
  others.require(label, other);
  const isExact = flag(label, 'caseSensitive', given.caseSensitive) ?? true;
  return (value, { record }) => {
    const repeated = property(record, other);
    // Nobody has asked for it: a record that is changed by the program has none.
    if (repeated === undefined || repeated === null) return undefined;
    const [one, two] = isExact ? [value, repeated] : [lower(value), lower(repeated)];
    if (isSame(one, two)) return undefined;
    return { type: 'confirmation', key: 'confirmation', attribute: other, details: { other: labelOf(name) } };
  };
};

const lower = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value);

/** A property of the record, as the program reads it. */
export function property(record: RecordState, name: string): unknown {
  return Reflect.get(record, name);
}

export const acceptance: Maker = (label, given) => {
  checkNames(label, given, ['accept']);
  const accepted: readonly unknown[] = given.accept === undefined ? [true, '1', 1] : [given.accept].flat();
  return (value) => (accepted.includes(value) ? undefined : { type: 'accepted', key: 'accepted' });
};
