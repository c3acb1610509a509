import { booleanType } from '../../types/boolean.ts';
import type { StorageType } from '../../types/column-type.ts';
import { decimalType } from '../../types/decimal.ts';
import { jsonType } from '../../types/json.ts';
import { bigintType, floatType, integerType } from '../../types/numbers.ts';
import { plainType } from '../../types/plain.ts';
import { binaryType, uuidType } from '../../types/structured.ts';
import { dateType, datetimeType, timeType } from '../../types/temporal.ts';
import { enumType, longTextType, stringType } from '../../types/text.ts';

/** What else than its declared type says of what type a column is. */
export interface ColumnCircumstances {
  /** An alias of the row id. */
  readonly countsUp: boolean;
  /** Part of the primary key or of a foreign key. */
  readonly isKey: boolean;
  /** A check allows no negative numbers. */
  readonly unsigned: boolean;
  /** The words that a check allows. */
  readonly words: readonly string[] | undefined;
}

const shape = /^\s*([^()]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*$/;

/**
 * The type of a column by the words it was declared with: those that our own DDL writes (names that end in `_TEXT`
 * where a value must stay text), and those that people and other libraries use.
 */
export function declaredType(declared: string, circumstances: ColumnCircumstances): StorageType {
  const match = shape.exec(declared);
  if (match === null) return plainType(declared);
  const [, name = '', first, second] = match;
  const size = first === undefined ? undefined : Number(first);
  switch (name.toUpperCase().replace(/\s+/g, ' ')) {
    case 'INTEGER':
    case 'INT':
    case 'MEDIUMINT':
    case 'INT4':
      if (circumstances.countsUp) return integerType('id');
      return circumstances.isKey ? integerType('key') : integerType('integer', circumstances.unsigned);
    case 'BIGINT':
    case 'INT8':
    case 'UNSIGNED BIG INT':
      return circumstances.isKey ? integerType('key') : bigintType(circumstances.unsigned);
    case 'SMALLINT':
    case 'INT2':
      return integerType('smallint', circumstances.unsigned);
    case 'TINYINT':
      return size === 1 ? booleanType : integerType('tinyint', circumstances.unsigned);
    case 'BOOLEAN':
    case 'BOOL':
      return booleanType;
    case 'VARCHAR':
    case 'NVARCHAR':
    case 'CHAR':
    case 'NCHAR':
    case 'CHARACTER':
    case 'CHARACTER VARYING':
    case 'VARYING CHARACTER':
    case 'NATIVE CHARACTER':
      return size === undefined || size === 0 ? longTextType : stringType(size);
    case 'TEXT':
    case 'CLOB':
      return circumstances.words === undefined ? longTextType : enumType(circumstances.words);
    case 'DECIMAL':
    case 'NUMERIC':
    case 'DECIMAL_TEXT':
      return size === undefined || size === 0 ? plainType(declared) : decimalType(size, Number(second ?? 0));
    case 'FLOAT':
      return floatType('float');
    // A REAL of SQLite has 64 bits.
    case 'REAL':
    case 'DOUBLE':
    case 'DOUBLE PRECISION':
      return floatType('double');
    case 'DATE':
    case 'DATE_TEXT':
      return dateType;
    case 'TIME':
    case 'TIME_TEXT':
      return timeType;
    case 'DATETIME':
    case 'DATETIME_TEXT':
    case 'TIMESTAMP':
      return datetimeType(Math.min(size ?? 3, 6));
    case 'JSON':
    case 'JSON_TEXT':
      return jsonType;
    case 'UUID':
    case 'UUID_TEXT':
      return uuidType;
    case 'BLOB':
    case 'BINARY':
    case 'VARBINARY':
      return binaryType(size);
    default:
      return plainType(declared);
  }
}
