import { InvalidToken } from '../../errors/secrets.ts';
import type { AttributeSet } from '../../record/attribute.ts';
import { originalValue } from '../../record/changes.ts';
import type { RecordState } from '../../record/state.ts';
import { signMessage, type Use, verifyMessage } from '../../secrets/signed-message.ts';
import { jsonOfScalar, scalarOfJson } from '../../types/json-scalar.ts';
import { neutralEncoding, type Type } from '../../types/type.ts';
import { attributesOf } from '../metadata.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { requireRow } from './encrypted-attributes.ts';
import { isOver } from './expiry.ts';

/** What a token says of the record that it stands for. */
export interface TokenContent {
  /** The values of the key, by attribute. */
  readonly key: Readonly<Record<string, unknown>>;
  /** The key as `find` takes it. */
  readonly primaryKey: unknown;
  /** What else was signed. */
  readonly mark: string | null;
}

/**
 * A token that stands for a record, until it expires. Its kind, purpose, connection and table are signed with it: for
 * another one it is not valid. Classes that share a table share its tokens, and each finds only its own rows.
 */
export function recordToken(
  record: RecordState,
  kind: string,
  purpose: string,
  expiry: number | null,
  mark: string | null,
): string {
  const model = asModel(record.constructor);
  const what = `A ${kind} of ${model.name}`;
  requireRow(record, `a ${kind}`);
  const attributes = attributesOf(model);
  const keys = requireKey(attributes).map((attribute) => {
    const value = originalValue(record, attribute);
    return value === null ? null : jsonOfScalar((attribute.type as Type).serialize(value, neutralEncoding));
  });
  return signMessage([keys, expiry, mark], useOf(model, kind, purpose), what);
}

/** What a token says; undefined where it is not valid. Nothing is asked of the database. */
export function readToken(model: ModelClass, kind: string, purpose: string, token: unknown): TokenContent | undefined {
  const content = verifyMessage(token, useOf(model, kind, purpose), `A ${kind} of ${model.name}`);
  if (!Array.isArray(content)) return undefined;
  const [keys, expiry, mark]: readonly unknown[] = content;
  const attributes = requireKey(attributesOf(model));
  if (isOver(expiry) || !Array.isArray(keys) || keys.length !== attributes.length) return undefined;
  const given: readonly unknown[] = keys;
  const key = attributes.map(({ name, type }, index) => {
    const raw = scalarOfJson(given[index]);
    return [name, raw === undefined || raw === null ? null : (type as Type).deserialize(raw)] as const;
  });
  const [only] = key;
  const byName = Object.fromEntries(key);
  return {
    key: byName,
    primaryKey: key.length === 1 ? only?.[1] : byName,
    mark: typeof mark === 'string' ? mark : null,
  };
}

/** What tokens of a purpose are signed for. */
export function useOf(model: ModelClass, kind: string, purpose: string): Use {
  return [kind, model.connectionName, model.tableName, purpose];
}

export function invalidToken(model: ModelClass, kind: string): InvalidToken {
  return new InvalidToken(`This ${kind} of ${model.name} is not valid, or not any more.`, {
    hint: 'It was changed, has expired, is for another purpose, or is about what has changed since.',
  });
}

function requireKey(attributes: AttributeSet): AttributeSet['keys'] {
  // Says what is missing, where there is none.
  if (attributes.keys.length === 0) return [attributes.key];
  return attributes.keys;
}
