import { describeValue } from '../../types/type.ts';
import type { MessageKey } from '../messages.ts';
import type { RecordState } from '../state.ts';
import { type Maker, type OtherProperties, property } from './checks.ts';
import { checkNames, flag, type Given, isGiven, wrongRule } from './options.ts';
import type { Finding } from './rule.ts';

interface Comparison {
  readonly key: MessageKey;
  readonly holds: (order: number) => boolean;
}

const comparisons: Readonly<Record<string, Comparison>> = {
  equalTo: { key: 'equal_to', holds: (order) => order === 0 },
  otherThan: { key: 'other_than', holds: (order) => order !== 0 },
  greaterThan: { key: 'greater_than', holds: (order) => order > 0 },
  greaterThanOrEqualTo: { key: 'greater_than_or_equal_to', holds: (order) => order >= 0 },
  min: { key: 'greater_than_or_equal_to', holds: (order) => order >= 0 },
  lessThan: { key: 'less_than', holds: (order) => order < 0 },
  lessThanOrEqualTo: { key: 'less_than_or_equal_to', holds: (order) => order <= 0 },
  max: { key: 'less_than_or_equal_to', holds: (order) => order <= 0 },
};
const names = Object.keys(comparisons);

interface Operand {
  readonly of: (record: RecordState) => unknown;
  /** Not to be told: it is the value of a sensitive attribute. */
  readonly isSecret: boolean;
}
type Compared = readonly (readonly [Comparison, Operand])[];

function readComparisons(
  label: string,
  given: Given,
  isOperand: (value: unknown) => boolean,
  others: OtherProperties,
): Compared {
  return names.flatMap((name) => {
    const comparison = comparisons[name];
    const operand = given[name];
    if (operand === undefined || comparison === undefined) return [];
    const attribute = isGiven(operand) ? operand.attribute : undefined;
    if (typeof attribute === 'string') others.require(label, attribute);
    const of = readOperand(label, name, operand, isOperand);
    return [[comparison, { of, isSecret: typeof attribute === 'string' && others.isSecret(attribute) }] as const];
  });
}

/** A value, `{ attribute: 'startsAt' }`, or a function of the record. */
function readOperand(
  label: string,
  name: string,
  given: unknown,
  isOperand: (value: unknown) => boolean,
): Operand['of'] {
  if (typeof given === 'function') return (record) => Reflect.apply(given, undefined, [record]);
  if (isGiven(given) && typeof given.attribute === 'string') {
    const { attribute } = given;
    return (record) => property(record, attribute);
  }
  if (isOperand(given)) return () => given;
  throw wrongRule(
    label,
    `has ${describeValue(given)} as "${name}"`,
    `Write a value, { attribute: 'name' }, or a function of the record.`,
  );
}

async function compareWith(
  value: unknown,
  record: RecordState,
  compared: Compared,
  order: (a: unknown, b: unknown) => number | undefined,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const [{ key, holds }, { of, isSecret }] of compared) {
    const other = await of(record);
    // There is nothing to compare with.
    if (other === null || other === undefined) continue;
    const sign = order(value, other);
    if (sign === undefined || !holds(sign))
      found.push({ type: key, key, details: { count: isSecret ? '[hidden]' : other } });
  }
  return found;
}

export const numericality: Maker = (label, given, _name, others) => {
  checkNames(label, given, [...names, 'integer', 'odd', 'even']);
  const compared = readComparisons(label, given, (value) => exactNumber(value) !== undefined, others);
  const [integer, odd, even] = ['integer', 'odd', 'even'].map((name) => flag(label, name, given[name]) === true);
  return async (value, { record }) => {
    const number = exactNumber(value);
    if (number === undefined) return { type: 'not_a_number', key: 'not_a_number' };
    const found: Finding[] = [];
    const whole = wholeNumber(number);
    if (integer && whole === undefined) found.push({ type: 'not_an_integer', key: 'not_an_integer' });
    if (odd && (whole === undefined || whole % 2n === 0n)) found.push({ type: 'odd', key: 'odd' });
    if (even && (whole === undefined || whole % 2n !== 0n)) found.push({ type: 'even', key: 'even' });
    return [...found, ...(await compareWith(value, record, compared, numericOrder))];
  };
};

export const comparison: Maker = (label, given, _name, others) => {
  checkNames(label, given, names);
  const isOperand = (value: unknown) => value instanceof Date || Object(value) !== value;
  const compared = readComparisons(label, given, isOperand, others);
  if (compared.length === 0)
    throw wrongRule(label, 'compares with nothing', "Write { greaterThan: { attribute: 'startsAt' } }.");
  return (value, { record }) => compareWith(value, record, compared, orderOf);
};

/** A number without loss: its digits, and how many of them stand after the point. */
interface ExactNumber {
  readonly digits: bigint;
  readonly scale: number;
}

/** undefined for what is no number, and for powers of ten that no column has. */
function exactNumber(value: unknown): ExactNumber | undefined {
  if (typeof value === 'bigint') return { digits: value, scale: 0 };
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  // Trimmed first: two runs of spaces in one pattern take a time that grows with the square of a long text.
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(String(value).trim());
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = parts;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const scale = fraction.length - Number(power);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function wholeNumber({ digits, scale }: ExactNumber): bigint | undefined {
  const unit = 10n ** BigInt(scale);
  return digits % unit === 0n ? digits / unit : undefined;
}

function numericOrder(a: unknown, b: unknown): number | undefined {
  const [one, two] = [exactNumber(a), exactNumber(b)];
  if (one === undefined || two === undefined) return undefined;
  const scale = Math.max(one.scale, two.scale);
  return sign(one.digits * 10n ** BigInt(scale - one.scale), two.digits * 10n ** BigInt(scale - two.scale));
}

function orderOf(a: unknown, b: unknown): number | undefined {
  if (a instanceof Date && b instanceof Date) return sign(a.getTime(), b.getTime());
  // Decimals are text; so are dates and times, which are in order as they are written.
  if (typeof a === 'string' && typeof b === 'string') return numericOrder(a, b) ?? sign(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return sign(a, b);
  return numericOrder(a, b);
}

const sign = <T extends bigint | number | string | boolean>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
