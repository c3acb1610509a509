import { InvalidQuery } from '../errors/query.ts';
import type { Attribute } from '../record/attribute.ts';
import { type StorageType, storageOf } from '../types/column-type.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';

const families: Partial<Record<StorageType['kind'], string>> = {
  string: 'text',
  enum: 'text',
  id: 'number',
  key: 'number',
  integer: 'number',
  smallint: 'number',
  tinyint: 'number',
  bigint: 'number',
  decimal: 'number',
  float: 'number',
  double: 'number',
};

const wider: readonly string[] = ['uuid', 'boolean', 'integer enum'];

/**
 * Two columns are compared only where no database has to turn one's values into the other's: MySQL makes 0 of every
 * text, PostgreSQL refuses, SQLite never finds them equal.
 */
export function requireComparable(one: Attribute, other: Attribute): void {
  refuseEncrypted(one, 'it cannot be compared with another column');
  refuseEncrypted(other, 'it cannot be compared with another column');
  if (isComparable(one, other)) return;
  throw new InvalidQuery(
    `${one.label} is of type ${one.type.kind}, and ${other.label} of type ${other.type.kind}: columns of different kinds are not compared.`,
    { hint: 'Convert one of them in sql`…`, with CAST.' },
  );
}

function isComparable(one: Attribute, other: Attribute): boolean {
  const [first, second] = [familyOf(one), familyOf(other)];
  if (first === second || first === 'plain' || second === 'plain') return true;
  // Read from the database, a flag or an enum may be known as a number, and a uuid as text or bytes.
  const declared = (one.definition === undefined) === (other.definition === undefined);
  return !declared && [first, second].some((family) => wider.includes(family));
}

function familyOf({ type }: Attribute): string {
  // In the program it is a word.
  if (type.kind === 'integer enum') return type.kind;
  const { kind } = storageOf(type);
  return families[kind] ?? kind;
}
