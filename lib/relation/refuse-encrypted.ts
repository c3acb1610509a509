import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import type { EncryptedType } from '../types/encrypted.ts';

/** An attribute whose column holds encrypted text. */
export interface EncryptedAttribute extends Attribute {
  readonly type: EncryptedType;
}

export function isEncrypted(attribute: Attribute): attribute is EncryptedAttribute {
  return attribute.type.kind === 'encrypted';
}

/** Before the database is asked for what it cannot tell of encrypted text. @throws InvalidQuery (`AR_QUERY_INVALID`) */
export function refuseEncrypted(attribute: Attribute, what: string): void {
  if (!isEncrypted(attribute)) return;
  throw new InvalidQuery(`${attribute.label} is encrypted: ${what}.`, {
    hint: 'The database sees only the encrypted text. Load the records, and do it in the program.',
  });
}

/** Rows with their key are all different; of others the database would have to see which are the same. */
export function requireDistinct(attributes: AttributeSet, columns: readonly string[]): void {
  if (attributes.keys.length > 0 && attributes.keys.every(({ column }) => columns.includes(column))) return;
  for (const attribute of attributes.all)
    if (columns.includes(attribute.column)) refuseEncrypted(attribute, 'the database cannot tell its different values');
}
