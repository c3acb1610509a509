import { InvalidDefinition } from '../../errors/definition.ts';
import { InvalidQuery, InvalidValue } from '../../errors/query.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { attributeChanged } from '../../record/changes.ts';
import { problem } from '../../record/column-rules.ts';
import type { RecordErrors } from '../../record/errors.ts';
import { keepPicture } from '../../record/picture.ts';
import { lifeKey, type RecordState, rowKey } from '../../record/state.ts';
import { isLoaded, readValue, writeValue } from '../../record/values.ts';
import {
  costsOtherwise,
  hashPassword,
  isDigest,
  isTooLong,
  longestPassword,
  verifyNothing,
  verifyPassword,
} from '../../secrets/password.ts';
import { passwordCost } from '../../secrets/registry.ts';
import { rejectValue } from '../../types/type.ts';
import { attributesOf } from '../metadata.ts';
import { asModel } from '../model-class.ts';

/** A password of a model: what it is assigned to, what repeats it, and what is kept of it. */
export interface Password {
  readonly password: Attribute;
  readonly confirmation: Attribute | undefined;
  readonly digest: Attribute;
}

const known = new WeakMap<AttributeSet, readonly Password[]>();

/** The passwords of a model: none for most. @throws InvalidDefinition (`AR_DEFINITION_INVALID`) */
export function passwordsOf(attributes: AttributeSet): readonly Password[] {
  let passwords = known.get(attributes);
  if (passwords === undefined) {
    passwords = attributes.all.flatMap((each) => passwordOf(each, attributes));
    known.set(attributes, passwords);
  }
  return passwords;
}

function passwordOf(digest: Attribute, attributes: AttributeSet): Password[] {
  const name = digest.definition?.digestOf;
  if (name === undefined) return [];
  const password = attributes.findAny(name);
  if (password?.isVirtual !== true || digest.name !== `${name}Digest`) {
    throw new InvalidDefinition(`${digest.label} is the digest of "${name}", which is not declared beside it.`, {
      hint: `Spread all that it gives: ...column.securePassword(${name === 'password' ? '' : `'${name}'`}).`,
    });
  }
  return [{ password, confirmation: attributes.findAny(`${name}Confirmation`), digest }];
}

/** The password of that name; the only one of a model, or the one named `password`, where none is named. */
export function namedPassword(record: RecordState, name: unknown): Password {
  const model = asModel(record.constructor);
  const passwords = passwordsOf(attributesOf(model));
  const wanted = name ?? (passwords.length === 1 ? passwords[0]?.password.name : 'password');
  const found = passwords.find(({ password }) => password.name === wanted);
  if (found !== undefined) return found;
  throw new InvalidQuery(`${model.name} has no password ${JSON.stringify(String(wanted).slice(0, 80))}.`, {
    hint: 'Declare it: ...column.securePassword().',
  });
}

/** What is to be hashed with the next save: an empty text, as a form sends it, is none. */
function pendingOf(record: RecordState, { password }: Password): string | undefined {
  const value = attributeChanged(record, password) ? readValue(record, password) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export const hasPendingPassword = (record: RecordState, attributes: AttributeSet): boolean =>
  passwordsOf(attributes).some((each) => pendingOf(record, each) !== undefined);

/**
 * Before a record is written: makes the digests of the passwords that it was given.
 *
 * @returns undefined where there are none; else what is to be called once they are saved
 */
export function hashPasswords(record: RecordState, attributes: AttributeSet): Promise<() => void> | undefined {
  const pending = passwordsOf(attributes).flatMap((each) => {
    const given = pendingOf(record, each);
    return given === undefined ? [] : [{ ...each, given }];
  });
  return pending.length === 0 ? undefined : hashAll(record, pending);
}

async function hashAll(record: RecordState, pending: readonly (Password & { given: string })[]): Promise<() => void> {
  const long = pending.find(({ given }) => isTooLong(given));
  if (long !== undefined)
    throw new InvalidValue(`${long.password.label} has more than ${longestPassword} bytes, and is not hashed.`);
  for (const { digest, given } of pending) writeValue(record, digest, await hashPassword(given, passwordCost()));
  return () => {
    for (const { password, confirmation, given } of pending) forget(record, password, confirmation, given);
  };
}

/** The text is not kept any longer than it is needed; a rollback of the transaction brings it back. */
function forget(record: RecordState, password: Attribute, confirmation: Attribute | undefined, given: string): void {
  // Assigned meanwhile: that one waits for the next save.
  if (readValue(record, password) !== given) return;
  keepPicture(record);
  for (const attribute of [password, confirmation]) {
    if (attribute === undefined) continue;
    record[rowKey][attribute.column] = null;
    record[lifeKey]?.originals?.delete(attribute.column);
    const life = record[lifeKey];
    if (life?.previousChanges === undefined) continue;
    const { [attribute.name]: _, ...changes } = life.previousChanges;
    life.previousChanges = Object.freeze(changes);
  }
}

/** The validations that a password brings: it is there, not too long, and repeated where it is to be. */
export function passwordRules(attributes: AttributeSet): object | undefined {
  const passwords = passwordsOf(attributes);
  if (passwords.length === 0) return undefined;
  return Object.fromEntries(
    passwords.map((each) => [
      each.password.name,
      [{ confirmation: true }, (_: unknown, record: RecordState, errors: RecordErrors) => judge(record, each, errors)],
    ]),
  );
}

function judge(record: RecordState, each: Password, errors: RecordErrors): void {
  const { password, digest } = each;
  const given = pendingOf(record, each);
  if (given !== undefined) {
    if (isTooLong(given))
      errors.append({ attribute: password.name, ...problem('too_long', 'too_long_bytes', { count: longestPassword }) });
    return;
  }
  if (!digest.nullable && isLoaded(record, digest) && !readValue(record, digest)) errors.add(password.name, 'blank');
}

/** Whether it is the record's password. Takes as long where the record has none. */
export async function isPassword(record: RecordState, given: unknown, name: unknown): Promise<boolean> {
  const { password, digest } = namedPassword(record, name);
  const text = passwordText(given, password.label);
  const stored = readValue(record, digest);
  if (typeof stored === 'string' && isDigest(stored)) return verifyPassword(text, stored);
  await verifyNothing(text, passwordCost());
  return false;
}

/** @throws InvalidValue (`AR_VALUE_INVALID`) for what is no text: a body from outside may hold anything */
export function passwordText(given: unknown, label: string): string {
  if (typeof given === 'string' && given.isWellFormed()) return given;
  throw rejectValue(given, 'the text of a password', { label, sensitive: true });
}

/** Whether the digest was made at another cost than new ones are. */
export function isOutdated(record: RecordState, name: unknown): boolean {
  const stored = readValue(record, namedPassword(record, name).digest);
  return typeof stored === 'string' && stored !== '' && costsOtherwise(stored, passwordCost());
}
