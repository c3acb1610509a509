import { InvalidDefinition } from '../../errors/definition.ts';
import { didYouMean } from '../../support/suggest.ts';
import { describeValue } from '../../types/type.ts';
import type { RecordState } from '../state.ts';
import type { RuleOptions } from './rule.ts';

/** What a rule was declared as: its own options, and those that every rule has. */
export type Given = Readonly<Record<string, unknown>>;

export const commonOptions = ['on', 'if', 'unless', 'allowNull', 'message', 'strict'];

export function isGiven(value: unknown): value is Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The error about a rule that cannot work. */
export function wrongRule(label: string, what: string, hint: string): InvalidDefinition {
  return new InvalidDefinition(`The validation ${label} ${what}.`, { hint });
}

/** @throws InvalidDefinition for an option that the rule does not have */
export function checkNames(label: string, given: Given, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw wrongRule(label, `has no option ${JSON.stringify(name)}`, didYouMean(name, known));
  }
}

/** The options that every rule has. Those of the attribute hold for each of its rules. */
export function readOptions(label: string, given: Given, outer?: RuleOptions): RuleOptions {
  const { message, strict, allowNull } = given;
  if (message !== undefined && typeof message !== 'string' && typeof message !== 'function')
    throw wrongRule(label, 'has a message that is neither text nor a function', "Write message: 'must rhyme'.");
  return {
    on: contextsOf(label, given.on) ?? outer?.on,
    if: both(functionOf(label, 'if', given.if), outer?.if, 'and'),
    unless: both(functionOf(label, 'unless', given.unless), outer?.unless, 'or'),
    allowNull: flag(label, 'allowNull', allowNull) ?? outer?.allowNull,
    message: typeof message === 'function' ? callable(message) : (message ?? outer?.message),
    strict: flag(label, 'strict', strict) ?? outer?.strict ?? false,
  };
}

function contextsOf(label: string, on: unknown): readonly string[] | undefined {
  if (on === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(on) ? on : [on];
  const names = list.filter((each) => typeof each === 'string');
  if (names.length === list.length && list.length > 0) return names;
  throw wrongRule(label, 'has an "on" that is no context', "Write on: 'create', on: 'update' or on: 'publish'.");
}

type Asked = ((record: RecordState) => unknown) | undefined;

function functionOf(label: string, name: string, value: unknown): Asked {
  if (value === undefined) return undefined;
  if (typeof value === 'function') return (record) => Reflect.apply(value, undefined, [record]);
  throw wrongRule(label, `has ${describeValue(value)} as "${name}"`, `Write ${name}: (record) => record.isNewRecord.`);
}

function both(own: Asked, outer: Asked, how: 'and' | 'or'): Asked {
  if (own === undefined || outer === undefined) return own ?? outer;
  return async (record) =>
    how === 'and' ? (await outer(record)) && (await own(record)) : (await outer(record)) || (await own(record));
}

export function flag(label: string, name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongRule(label, `has ${describeValue(value)} as "${name}"`, `Write ${name}: true.`);
}

const callable = (given: Function) => (record: RecordState, problem: object) =>
  Reflect.apply(given, undefined, [record, problem]) as unknown;
