import { InvalidDefinition } from '../errors/definition.ts';
import type { BooleanType } from './boolean.ts';
import type { CustomType } from './custom.ts';
import type { DecimalType } from './decimal.ts';
import type { EncryptedType } from './encrypted.ts';
import type { IntegerEnumType } from './integer-enum.ts';
import type { JsonType } from './json.ts';
import type { BigintType, FloatType, IntegerType } from './numbers.ts';
import type { PlainType } from './plain.ts';
import type { BinaryType, UuidType } from './structured.ts';
import type { DateType, DatetimeTextType, DatetimeType, TimeType } from './temporal.ts';
import type { EnumType, TextType } from './text.ts';
import { bareType, type Type } from './type.ts';

/** Every type that a database can be told to store, by `kind`. */
export type StorageType =
  | TextType
  | EnumType
  | IntegerType
  | BigintType
  | FloatType
  | DecimalType
  | BooleanType
  | DateType
  | TimeType
  | DatetimeType
  | DatetimeTextType
  | JsonType
  | BinaryType
  | UuidType
  | PlainType;

/** Every type that a column can have. */
export type ColumnType = StorageType | CustomType | IntegerEnumType | EncryptedType;

const storageKinds: Readonly<Record<StorageType['kind'], true>> = {
  id: true,
  key: true,
  integer: true,
  smallint: true,
  tinyint: true,
  bigint: true,
  decimal: true,
  float: true,
  double: true,
  boolean: true,
  string: true,
  text: true,
  enum: true,
  date: true,
  time: true,
  datetime: true,
  json: true,
  binary: true,
  uuid: true,
  plain: true,
};

function isStorageType(type: Type): type is StorageType {
  return Object.hasOwn(storageKinds, type.kind);
}

/** The type that the database stores: a custom type is kept as a built-in one, the words of an enum may be as numbers. */
export function storageOf(type: ColumnType): StorageType {
  const stored: Type = bareType('storage' in type ? type.storage : type);
  if (isStorageType(stored)) return stored;
  throw new InvalidDefinition(`No column can be of the type "${stored.kind}".`, {
    hint: 'Make it with one of the functions of column.',
  });
}

function isColumnType(type: Type): type is ColumnType {
  return isStorageType(type) || type.kind === 'custom' || type.kind === 'integer enum';
}

/** The type of the values in the program, whatever the column keeps of them. */
export function valueTypeOf(type: ColumnType): ColumnType {
  if (type.kind !== 'encrypted' || !isColumnType(type.inner)) return type;
  return type.inner;
}
