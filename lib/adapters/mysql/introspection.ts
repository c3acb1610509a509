import { booleanType } from '../../types/boolean.ts';
import type { StorageType } from '../../types/column-type.ts';
import { decimalType } from '../../types/decimal.ts';
import { jsonType } from '../../types/json.ts';
import { bigintType, floatType, integerType } from '../../types/numbers.ts';
import { plainType } from '../../types/plain.ts';
import { binaryType, uuidType } from '../../types/structured.ts';
import { dateType, datetimeType, timeType } from '../../types/temporal.ts';
import { enumType, longTextType, stringType } from '../../types/text.ts';
import type { Scalar } from '../../types/type.ts';
import type {
  ColumnDescription,
  DriverConnection,
  ForeignKeyDescription,
  IndexDescription,
  Introspection,
  Row,
} from '../contract.ts';

/** Information schema queries: one bound table name, in the connected database. */
async function ask(connection: DriverConnection, before: string, after: string, table: string): Promise<Row[]> {
  const statement = { sql: `${before}?${after}`, binds: [table], pieces: [before, after], sensitive: [] };
  return (await connection.run(statement, { prepared: false, bigints: false })).rows;
}

const text = (value: Scalar | undefined) =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : String(value ?? '');
const number = (value: Scalar | undefined) => (value === null || value === undefined ? undefined : Number(value));

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', '0': '\0', Z: '\x1a' };

/** `enum('it''s','back\\\\slash')`: the catalogue doubles quotes, and writes backslashes as a string literal does. */
function enumValues(columnType: string): string[] {
  return [...columnType.matchAll(/'((?:[^']|'')*)'/g)].map((match) =>
    (match[1] ?? '').replaceAll("''", "'").replace(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter),
  );
}

/** The catalogue has no room for characters past U+FFFF and shows a question mark: such words cannot be checked here. */
function enumOf(columnType: string): StorageType {
  const values = enumValues(columnType);
  return values.some((value) => value.includes('?')) ? plainType(columnType) : enumType(values);
}

/** Whole numbers that are keys are numbers in the program; other BIGINT columns may use all of their 64 bits. */
function typeOf(row: Row, isJson: boolean, isReference: boolean): StorageType {
  const name = text(row.type_name).toLowerCase();
  const full = text(row.full_type).toLowerCase();
  const unsigned = full.includes('unsigned');
  const length = number(row.length);
  const isKey = text(row.column_key) === 'PRI';
  switch (name) {
    case 'bigint':
      if (text(row.extra).includes('auto_increment')) return integerType('id', unsigned);
      return isKey || isReference ? integerType('key', unsigned) : bigintType(unsigned);
    case 'int':
    case 'mediumint':
      return integerType('integer', unsigned);
    case 'smallint':
      return integerType('smallint', unsigned);
    case 'tinyint':
      return full.startsWith('tinyint(1)') ? booleanType : integerType('tinyint', unsigned);
    case 'decimal':
      return decimalType(number(row.precision) ?? 10, number(row.scale) ?? 0);
    case 'float':
      return floatType('float');
    case 'double':
      return floatType('double');
    case 'char':
    case 'varchar':
      return stringType(length ?? 255);
    case 'tinytext':
    case 'text':
    case 'mediumtext':
      return longTextType;
    case 'longtext':
      return isJson ? jsonType : longTextType;
    case 'json':
      return jsonType;
    case 'date':
      return dateType;
    case 'time':
      return timeType;
    case 'datetime':
    case 'timestamp':
      return datetimeType(number(row.datetime_precision) ?? 0);
    case 'enum':
      return enumOf(text(row.full_type));
    case 'uuid':
      return uuidType;
    case 'binary':
      return length === 16 ? uuidType : binaryType(length);
    case 'varbinary':
      return binaryType(length);
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return binaryType(undefined);
    default:
      return plainType(full);
  }
}

/** MariaDB keeps JSON as LONGTEXT with a check; the check is what tells the two apart. */
async function jsonColumns(connection: DriverConnection, table: string): Promise<Set<string>> {
  if (connection.dialect.label !== 'MariaDB') return new Set();
  const rows = await ask(
    connection,
    'SELECT check_clause AS clause FROM information_schema.check_constraints WHERE constraint_schema = DATABASE() AND table_name = ',
    '',
    table,
  );
  return new Set(rows.flatMap((row) => /^json_valid\(`(.+)`\)$/i.exec(text(row.clause))?.[1] ?? []));
}

export const mysqlIntrospection: Introspection = {
  async tables(connection) {
    const statement = {
      sql: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name',
      binds: [],
      sensitive: [],
    };
    const { rows } = await connection.run(
      { ...statement, pieces: [statement.sql] },
      { prepared: false, bigints: false },
    );
    return rows.map((row) => text(row.name));
  },

  async columns(connection, table): Promise<ColumnDescription[]> {
    const rows = await ask(
      connection,
      `SELECT column_name AS name, data_type AS type_name, column_type AS full_type, is_nullable AS nullable, column_default AS default_value,
        extra AS extra, column_key AS column_key, character_maximum_length AS length, numeric_precision AS \`precision\`, numeric_scale AS scale,
        datetime_precision AS datetime_precision, generation_expression AS generation
        FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = `,
      ' ORDER BY ordinal_position',
      table,
    );
    if (rows.length === 0) return [];
    const json = await jsonColumns(connection, table);
    const references = new Set((await this.foreignKeys(connection, table)).flatMap((key) => key.columns));
    return rows.map((row) => {
      const name = text(row.name);
      const extra = text(row.extra).toLowerCase();
      const fallback = row.default_value;
      return {
        name,
        type: typeOf(row, json.has(name), references.has(name)),
        nullable: text(row.nullable) === 'YES',
        primaryKey: text(row.column_key) === 'PRI',
        hasDefault: fallback !== null && fallback !== undefined && text(fallback) !== 'NULL',
        autoIncrement: extra.includes('auto_increment'),
        generated: text(row.generation ?? null) !== '' && row.generation !== null,
      };
    });
  },

  async indexes(connection, table): Promise<IndexDescription[]> {
    const rows = await ask(
      connection,
      'SELECT index_name AS name, column_name AS column_name, non_unique AS non_unique FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ',
      ' ORDER BY index_name, seq_in_index',
      table,
    );
    return grouped(rows).map(([name, group]) => ({
      name,
      columns: group.map((row) => text(row.column_name)),
      unique: Number(group[0]?.non_unique) === 0,
      primary: name === 'PRIMARY',
    }));
  },

  async foreignKeys(connection, table): Promise<ForeignKeyDescription[]> {
    const rows = await ask(
      connection,
      `SELECT constraint_name AS name, column_name AS column_name, referenced_table_name AS to_table, referenced_column_name AS to_column
        FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL AND table_name = `,
      ' ORDER BY constraint_name, ordinal_position',
      table,
    );
    return grouped(rows).map(([name, group]) => ({
      name,
      columns: group.map((row) => text(row.column_name)),
      toTable: text(group[0]?.to_table),
      toColumns: group.map((row) => text(row.to_column)),
    }));
  },
};

function grouped(rows: readonly Row[]): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = text(row.name);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return [...groups];
}
