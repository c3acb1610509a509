import { InvalidDefinition } from '../../errors/definition.ts';
import { InvalidQuery } from '../../errors/query.ts';
import type { DefinitionOf, PasswordName, RecordOf } from '../../record/definition-types.ts';
import type { RecordState } from '../../record/state.ts';
import { readValue } from '../../record/values.ts';
import { saltOf } from '../../secrets/password.ts';
import { fingerprint } from '../../secrets/signed-message.ts';
import { didYouMean } from '../../support/suggest.ts';
import { jsonOfScalar } from '../../types/json-scalar.ts';
import { describeValue } from '../../types/type.ts';
import { attributesOf } from '../metadata.ts';
import type { ModelClass } from '../model-class.ts';
import { expiryOf } from './expiry.ts';
import { passwordsOf } from './passwords.ts';
import { recordToken, useOf } from './record-token.ts';

/** What the tokens of one purpose are like. */
export interface TokenRule<R> {
  /** In seconds; without it they do not expire. */
  readonly expiresIn?: number;
  /** A token is not valid any more once this gives something else: text, numbers, dates, or lists of such. */
  readonly dependsOn?: (record: R) => unknown;
}

/**
 * The purposes of a model's tokens.
 *
 * ```ts
 * static tokens = {
 *   emailConfirmation: { expiresIn: 24 * 60 * 60, dependsOn: (user) => user.email },
 * } satisfies Tokens<typeof User>;
 * ```
 */
export type Tokens<M> = Readonly<Record<string, TokenRule<RecordOf<M>>>>;

/** Where `with` keeps those of the class above: `tokens` itself stays to be declared anew, with other purposes. */
export declare const inheritedTokens: unique symbol;
/** The tokens of a class, or those that it has from above; unknown where there are none. */
export type TokensOf<M> = M extends { readonly tokens: infer T }
  ? T
  : M extends { readonly [inheritedTokens]: infer T }
    ? T
    : unknown;

/** The purposes that a model has declared, and of each password that it can be reset: `passwordReset`. */
export type TokenPurpose<M> = (keyof TokensOf<M> & string) | `${PasswordName<DefinitionOf<M>> & string}Reset`;

export const tokenKind = 'token';
const resetExpiresIn = 15 * 60;

interface Purpose {
  readonly expiresIn: number | undefined;
  readonly dependsOn: ((record: RecordState) => unknown) | undefined;
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for a purpose that the model does not have */
export function purposeOf(model: ModelClass, purpose: unknown): Purpose {
  const declared: unknown = Reflect.get(model, 'tokens');
  const passwords = passwordsOf(attributesOf(model));
  const known = [
    ...(typeof declared === 'object' && declared !== null ? Object.keys(declared) : []),
    ...passwords.map(({ password }) => `${password.name}Reset`),
  ];
  if (typeof purpose !== 'string' || !known.includes(purpose)) {
    throw new InvalidQuery(`${model.name} has no tokens for ${JSON.stringify(String(purpose).slice(0, 80))}.`, {
      hint:
        known.length === 0
          ? 'Declare them: static tokens = { emailConfirmation: { expiresIn: 3600 } }.'
          : didYouMean(String(purpose), known),
    });
  }
  if (typeof declared === 'object' && declared !== null && Object.hasOwn(declared, purpose))
    return declaredPurpose(model, purpose, Reflect.get(declared, purpose));
  const digest = passwords.find(({ password }) => purpose === `${password.name}Reset`)?.digest;
  return {
    expiresIn: resetExpiresIn,
    dependsOn: (record) => {
      const value = digest === undefined ? null : readValue(record, digest);
      return typeof value === 'string' ? saltOf(value) : null;
    },
  };
}

function declaredPurpose(model: ModelClass, purpose: string, rule: unknown): Purpose {
  const label = `tokens.${purpose} of ${model.name}`;
  if (typeof rule !== 'object' || rule === null) throw new InvalidDefinition(`The ${label} is no object.`);
  const unknown = Object.keys(rule).find((name) => name !== 'expiresIn' && name !== 'dependsOn');
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, ['expiresIn', 'dependsOn']);
    throw new InvalidDefinition(`The ${label} has no option "${unknown}".`, { hint });
  }
  const expiresIn: unknown = Reflect.get(rule, 'expiresIn');
  const dependsOn: unknown = Reflect.get(rule, 'dependsOn');
  if (expiresIn !== undefined && (typeof expiresIn !== 'number' || !(expiresIn > 0)))
    throw new InvalidDefinition(`The expiresIn of ${label} is a number of seconds greater than 0.`);
  if (dependsOn !== undefined && typeof dependsOn !== 'function')
    throw new InvalidDefinition(`The dependsOn of ${label} is a function of the record.`);
  return {
    expiresIn,
    dependsOn: dependsOn === undefined ? undefined : (record): unknown => Reflect.apply(dependsOn, undefined, [record]),
  };
}

/** A token of a purpose, about the record as it is now. */
export function purposeToken(model: ModelClass, record: RecordState, purpose: string): string {
  const found = purposeOf(model, purpose);
  const expiry = expiryOf(found.expiresIn === undefined ? {} : { expiresIn: found.expiresIn }, `tokens.${purpose}`);
  return recordToken(record, tokenKind, purpose, expiry, markOf(model, record, purpose, found, 0) ?? null);
}

/** Whether what the token depends on is as it was. */
export function isStillValid(model: ModelClass, record: RecordState, purpose: string, mark: string | null): boolean {
  const found = purposeOf(model, purpose);
  if (found.dependsOn === undefined) return mark === null;
  // The secrets may have been rotated since.
  for (let index = 0; ; index++) {
    const expected = markOf(model, record, purpose, found, index);
    if (expected === undefined) return false;
    if (expected === mark) return true;
  }
}

/**
 * What a token depends on, as JSON that is another one for every other value.
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for what has none: the token would stay valid whatever happens to it
 */
function told(value: unknown, label: string): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value;
  if (typeof value === 'bigint' || value instanceof Uint8Array) return jsonOfScalar(value);
  if (value instanceof Date && Number.isFinite(value.getTime())) return { d: value.getTime() };
  if (Array.isArray(value)) return value.map((each) => told(each, label));
  if (typeof value === 'object' && isPlainObject(value))
    return { o: Object.entries(value).map(([name, each]) => [name, told(each, label)]) };
  throw new InvalidDefinition(
    `The dependsOn of ${label} gives ${describeValue(value)}, which nothing can be compared with.`,
    {
      hint: 'Give text, numbers, dates, or lists of such.',
    },
  );
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Stands for what a token depends on, without telling it; undefined where there are no more secrets. */
function markOf(
  model: ModelClass,
  record: RecordState,
  purpose: string,
  { dependsOn }: Purpose,
  index: number,
): string | undefined {
  if (dependsOn === undefined) return undefined;
  const value = dependsOn(record);
  const label = `tokens.${purpose} of ${model.name}`;
  if (typeof value === 'object' && value !== null && 'then' in value) {
    throw new InvalidDefinition(`The dependsOn of ${label} gives a promise, which nothing can be compared with.`, {
      hint: 'Give what the record has already.',
    });
  }
  return fingerprint(JSON.stringify(told(value, label)), useOf(model, tokenKind, purpose), label, index);
}
