import { InvalidQuery } from '../../errors/query.ts';
import { RecordNotPersisted } from '../../errors/record.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { lifeKey, type RecordState, rowKey } from '../../record/state.ts';
import { type EncryptedAttribute, isEncrypted } from '../../relation/refuse-encrypted.ts';
import { attributesOf } from '../metadata.ts';
import { asModel } from '../model-class.ts';

const known = new WeakMap<AttributeSet, readonly EncryptedAttribute[]>();

/** The encrypted attributes of a model. */
export function encryptedAttributes(attributes: AttributeSet): readonly EncryptedAttribute[] {
  let encrypted = known.get(attributes);
  if (encrypted === undefined) {
    encrypted = attributes.all.filter((attribute) => isEncrypted(attribute));
    known.set(attributes, encrypted);
  }
  return encrypted;
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for one that is not encrypted */
function encryptedAttribute(attributes: AttributeSet, name: unknown): EncryptedAttribute {
  const attribute: Attribute = attributes.get(name);
  if (isEncrypted(attribute)) return attribute;
  throw new InvalidQuery(`${attribute.label} is not encrypted.`);
}

/** What the row of a record holds of an encrypted attribute; null for NULL, and for a record without a row. */
export function ciphertextOf(record: RecordState, name: unknown): string | null {
  const attribute = encryptedAttribute(attributesOf(asModel(record.constructor)), name);
  const { column, label } = attribute;
  if (record[lifeKey]?.isNew === true) return null;
  const originals = record[lifeKey]?.originals;
  const raw: unknown = originals?.has(column) === true ? originals.get(column) : record[rowKey][column];
  if (raw === undefined) throw new InvalidQuery(`${label} was not selected by the query that loaded this record.`);
  if (raw === null) return null;
  return raw instanceof Uint8Array ? Buffer.from(raw).toString() : String(raw);
}

/** Whether the row holds an attribute encrypted: false for what was written before it was. */
export function isStoredEncrypted(record: RecordState, name: unknown): boolean {
  const { type } = encryptedAttribute(attributesOf(asModel(record.constructor)), name);
  const text = ciphertextOf(record, name);
  return text !== null && type.secret !== undefined && type.secret.state(text) !== 'plain';
}

/** @throws RecordNotPersisted (`AR_RECORD_NOT_PERSISTED`) */
export function requireRow(record: RecordState, what: string): void {
  if (record[lifeKey]?.isNew !== true && record[lifeKey]?.isDestroyed !== true) return;
  const { name } = asModel(record.constructor);
  throw new RecordNotPersisted(`This ${name} has no row, so ${what} has nothing to go by.`, { hint: 'Save it first.' });
}
