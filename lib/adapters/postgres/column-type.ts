import { booleanType } from '../../types/boolean.ts';
import type { StorageType } from '../../types/column-type.ts';
import { decimalType } from '../../types/decimal.ts';
import { jsonType } from '../../types/json.ts';
import { bigintType, floatType, integerType } from '../../types/numbers.ts';
import { plainType } from '../../types/plain.ts';
import { binaryType, uuidType } from '../../types/structured.ts';
import { dateType, datetimeType, timeType } from '../../types/temporal.ts';
import { enumType, longTextType, stringType } from '../../types/text.ts';

/** What else than its name says of what type a column is. */
export interface ColumnCircumstances {
  /** An identity, or a default that takes the next number of a sequence. */
  readonly countsUp: boolean;
  /** Part of the primary key or of a foreign key. */
  readonly isKey: boolean;
  /** The words that a check of this column alone allows. */
  readonly words: readonly string[] | undefined;
}

const shape = /^([^()]+?)(?:\((\d+)(?:,(\d+))?\))?(| with time zone| without time zone)$/;

/** The type of a column by its full name, as `format_type` writes it: `numeric(10,2)`, `timestamp(3) with time zone`. */
export function columnType(full: string, circumstances: ColumnCircumstances): StorageType {
  const match = shape.exec(full);
  if (match === null) return plainType(full);
  const [, name = '', first, second, zone = ''] = match;
  const size = first === undefined ? undefined : Number(first);
  switch (name + zone) {
    case 'bigint':
      if (circumstances.countsUp) return integerType('id');
      return circumstances.isKey ? integerType('key') : bigintType();
    case 'integer':
      return integerType('integer');
    case 'smallint':
      return integerType('smallint');
    case 'numeric':
      return size === undefined || Number(second ?? 0) > size
        ? plainType(full)
        : decimalType(size, Number(second ?? 0));
    case 'real':
      return floatType('float');
    case 'double precision':
      return floatType('double');
    case 'boolean':
      return booleanType;
    case 'character varying':
      return size === undefined ? longTextType : stringType(size);
    case 'text':
      return circumstances.words === undefined ? longTextType : enumType(circumstances.words);
    case 'date':
      return dateType;
    case 'time without time zone':
      return timeType;
    case 'timestamp with time zone':
    case 'timestamp without time zone':
      return datetimeType(size ?? 6);
    case 'json':
    case 'jsonb':
      return jsonType;
    case 'bytea':
      return binaryType(undefined);
    case 'uuid':
      return uuidType;
    default:
      return plainType(full);
  }
}

const oneOf = /^CHECK \(\((?:"(?:[^"]|"")*"|[\w$]+) = ANY \(ARRAY\[((?:'(?:[^']|'')*'::text(?:, )?)+)\]\)\)\)$/;
const exactlyOne = /^CHECK \(\((?:"(?:[^"]|"")*"|[\w$]+) = ('(?:[^']|'')*')::text\)\)$/;

/** The words of a check such as `CHECK ((role = ANY (ARRAY['admin'::text, 'guest'::text])))` and nothing else. */
export function checkedWords(definition: string): string[] | undefined {
  const list = oneOf.exec(definition)?.[1] ?? exactlyOne.exec(definition)?.[1];
  return list?.match(/'(?:[^']|'')*'/g)?.map((literal) => literal.slice(1, -1).replaceAll("''", "'"));
}
