import type { ReferentialAction } from '../../sql/ddl/spec.ts';
import { quoteName } from '../../sql/dialect.ts';
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
  ConstraintDescription,
  DriverConnection,
  ForeignKeyDescription,
  IndexDescription,
  Introspection,
  Row,
} from '../contract.ts';
import { referentialAction } from '../referential-action.ts';

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
        datetime_precision AS datetime_precision, generation_expression AS generation, column_comment AS comment
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
      const fallback = defaultOf(row);
      return {
        name,
        type: typeOf(row, json.has(name), references.has(name)),
        nullable: text(row.nullable) === 'YES',
        primaryKey: text(row.column_key) === 'PRI',
        hasDefault: fallback !== undefined,
        default: fallback,
        comment: text(row.comment) || undefined,
        autoIncrement: extra.includes('auto_increment'),
        generated: text(row.generation ?? null) !== '' && row.generation !== null,
      };
    });
  },

  async indexes(connection, table): Promise<IndexDescription[]> {
    // All columns, because each server has some of its own: expressions, and whether an index is used.
    const rows = await ask(
      connection,
      'SELECT s.*, s.index_name AS name FROM information_schema.statistics s WHERE s.table_schema = DATABASE() AND s.table_name = ',
      ' ORDER BY s.index_name, s.seq_in_index',
      table,
    );
    return grouped(rows.map(lowerKeys)).map(([name, group]) => indexOf(name, group));
  },

  async foreignKeys(connection, table): Promise<ForeignKeyDescription[]> {
    const rows = await ask(
      connection,
      `SELECT k.constraint_name AS name, k.column_name AS column_name, k.referenced_table_name AS to_table, k.referenced_column_name AS to_column,
        r.delete_rule AS on_delete, r.update_rule AS on_update
        FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
          ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
        WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL AND k.table_name = `,
      ' ORDER BY k.constraint_name, k.ordinal_position',
      table,
    );
    return grouped(rows).map(([name, group]) => ({
      name,
      columns: group.map((row) => text(row.column_name)),
      toTable: text(group[0]?.to_table),
      toColumns: group.map((row) => text(row.to_column)),
      onDelete: actionOf(group[0]?.on_delete),
      onUpdate: actionOf(group[0]?.on_update),
    }));
  },

  async constraints(connection, table): Promise<ConstraintDescription[]> {
    // A name of a check is one of its table on MariaDB, and one of the whole database on MySQL.
    const sameTable = connection.dialect.label === 'MariaDB' ? 'AND c.table_name = t.table_name ' : '';
    const rows = await ask(
      connection,
      `SELECT t.constraint_name AS name, c.check_clause AS clause FROM information_schema.table_constraints t
        JOIN information_schema.check_constraints c ON c.constraint_schema = t.constraint_schema AND c.constraint_name = t.constraint_name ${sameTable}
        WHERE t.constraint_type = 'CHECK' AND t.table_schema = DATABASE() AND t.table_name = `,
      ' ORDER BY t.constraint_name',
      table,
    );
    return rows.map((row) => {
      const definition = text(row.clause);
      return { name: text(row.name), type: 'check', columns: columnsOf(definition), definition };
    });
  },

  async columnDefinition(connection, table, column): Promise<string | undefined> {
    const sql = `SHOW CREATE TABLE ${quoteName(table, connection.dialect)}`;
    const { rows } = await connection.run(
      { sql, binds: [], pieces: [sql], sensitive: [] },
      { prepared: false, bigints: false },
    );
    const start = `  ${quoteName(column, connection.dialect)} `;
    const line = text(rows[0]?.['Create Table'])
      .split('\n')
      .find((each) => each.startsWith(start));
    return line?.slice(start.length).replace(/,$/, '');
  },
};

/** RESTRICT and NO ACTION are the same here, and servers differ in which of them they call the default. */
function actionOf(rule: Scalar | undefined): ReferentialAction | undefined {
  const action = referentialAction(text(rule));
  return action === 'restrict' ? undefined : action;
}

/** The names in a condition as the server writes it down: quoted, beside texts. */
function columnsOf(clause: string): string[] {
  const names = [...clause.matchAll(/'(?:[^'\\]|''|\\[\s\S])*'|`((?:[^`]|``)*)`/g)].map(([, name]) => name);
  return [...new Set(names.filter((name) => name !== undefined).map((name) => name.replaceAll('``', '`')))];
}

/** In the server's own words; MariaDB says NULL where there is none. */
function defaultOf({ default_value: fallback }: Row): string | undefined {
  return fallback === null || fallback === undefined || text(fallback) === 'NULL' ? undefined : text(fallback);
}

const lowerKeys = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value]));

/** An expression has no column; it stands for itself. */
function indexOf(name: string, group: readonly Row[]): IndexDescription {
  const [first] = group;
  const lengths = group.map((row) => number(row.sub_part));
  const method = text(first?.index_type);
  const isTyped = method === 'FULLTEXT' || method === 'SPATIAL';
  return {
    name,
    columns: group.map((row) => (row.column_name === null ? `(${text(row.expression)})` : text(row.column_name))),
    unique: Number(first?.non_unique) === 0,
    primary: name === 'PRIMARY',
    orders: group.some((row) => row.collation === 'D')
      ? group.map((row) => (row.collation === 'D' ? 'desc' : 'asc'))
      : undefined,
    lengths: !isTyped && lengths.some((length) => length !== undefined) ? lengths : undefined,
    method: isTyped ? method.toLowerCase() : undefined,
    invisible: first?.is_visible === 'NO' || first?.ignored === 'YES' ? true : undefined,
  };
}

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
