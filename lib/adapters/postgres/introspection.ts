import type { ReferentialAction } from '../../sql/ddl/spec.ts';
import type { Scalar } from '../../types/type.ts';
import { type Ask, asking, groupRows } from '../ask.ts';
import type {
  ColumnDescription,
  ConstraintDescription,
  ForeignKeyDescription,
  IndexDescription,
  Introspection,
} from '../contract.ts';
import { checkedWords, columnType } from './column-type.ts';

const text = (value: Scalar | undefined) => String(value ?? '');

/** The checks of single columns, by the column. */
async function words(ask: Ask, table: string): Promise<Map<string, readonly string[]>> {
  const rows = await ask`
    SELECT a.attname AS name, pg_get_constraintdef(c.oid) AS definition
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
    WHERE c.conrelid = to_regclass(quote_ident(${table})) AND c.contype = 'c'`;
  const found = new Map<string, readonly string[]>();
  for (const { name, definition } of rows) {
    const list = checkedWords(text(definition));
    if (list !== undefined) found.set(text(name), list);
  }
  return found;
}

/** What tables are called means those that a statement finds without a schema: on the search path. */
export const postgresIntrospection: Introspection = {
  async tables(connection) {
    const rows = await asking(connection)`
      SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(c.oid)
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      ORDER BY c.relname`;
    return rows.map(({ name }) => text(name));
  },

  async columns(connection, table): Promise<ColumnDescription[]> {
    const ask = asking(connection);
    // A domain is described by the type that it restricts: that is what the server sends.
    const rows = await ask`
      SELECT a.attname AS name,
        CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END AS type,
        a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS required,
        a.attidentity <> '' AS identity,
        a.attgenerated <> '' AS generated,
        d.adbin IS NOT NULL AS has_default,
        pg_get_expr(d.adbin, d.adrelid) AS fallback,
        col_description(a.attrelid, a.attnum) AS comment,
        coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false) AS serial,
        coalesce(a.attnum = ANY (p.indkey), false) AS primary_key,
        EXISTS (SELECT 1 FROM pg_constraint f WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND a.attnum = ANY (f.conkey)) AS refers
      FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN pg_index p ON p.indrelid = a.attrelid AND p.indisprimary
      WHERE a.attrelid = to_regclass(quote_ident(${table})) AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum`;
    if (rows.length === 0) return [];
    const checks = await words(ask, table);
    return rows.map((row) => {
      const name = text(row.name);
      const primaryKey = row.primary_key === true;
      const generated = row.generated === true;
      const countsUp = row.identity === true || row.serial === true;
      return {
        name,
        type: columnType(text(row.type), {
          countsUp,
          isKey: primaryKey || row.refers === true,
          words: checks.get(name),
        }),
        nullable: row.required !== true,
        primaryKey,
        hasDefault: countsUp || (row.has_default === true && !generated),
        default: row.has_default === true && !generated ? text(row.fallback) : undefined,
        comment: row.comment === null ? undefined : text(row.comment),
        autoIncrement: countsUp,
        generated,
      };
    });
  },

  async indexes(connection, table): Promise<IndexDescription[]> {
    // An expression stands for itself; columns that are only carried along (INCLUDE) are no part of the key.
    const rows = await asking(connection)`
      SELECT c.relname AS name, i.indisunique AS is_unique, i.indisprimary AS is_primary,
        coalesce(a.attname, pg_get_indexdef(i.indexrelid, k.place, true)) AS column_name,
        (i.indoption[k.place - 1] & 1) = 1 AS descends, pg_get_expr(i.indpred, i.indrelid) AS condition, m.amname AS method,
        EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('u', 'x')) AS is_constraint,
        array_to_json(ARRAY(SELECT DISTINCT o.attname::text FROM pg_depend d JOIN pg_attribute o ON o.attrelid = d.refobjid AND o.attnum = d.refobjsubid
          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid = i.indrelid AND d.refobjsubid > 0 AND d.refobjsubid <> ALL ((i.indkey::int2[])[0:i.indnkeyatts - 1])))::text AS goes_by
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
        CROSS JOIN LATERAL generate_series(1, i.indnkeyatts) AS k (place)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place - 1] AND a.attnum <> 0
      WHERE i.indrelid = to_regclass(quote_ident(${table}))
      ORDER BY i.indisprimary DESC, c.relname, k.place`;
    return groupRows(rows, 'name').map(([name, group]) => ({
      name,
      columns: group.map((row) => text(row.column_name)),
      unique: group[0]?.is_unique === true,
      primary: group[0]?.is_primary === true,
      orders: group.some(({ descends }) => descends === true)
        ? group.map(({ descends }) => (descends === true ? 'desc' : 'asc'))
        : undefined,
      where: group[0]?.condition === null ? undefined : text(group[0]?.condition),
      method: group[0]?.method === 'btree' ? undefined : text(group[0]?.method),
      constraint: group[0]?.is_constraint === true ? true : undefined,
      goesBy: namesOf(group[0]?.goes_by),
    }));
  },

  async foreignKeys(connection, table): Promise<ForeignKeyDescription[]> {
    const rows = await asking(connection)`
      SELECT c.conname AS name, r.relname AS to_table, a.attname AS column_name, b.attname AS to_column,
        c.confdeltype AS on_delete, c.confupdtype AS on_update
      FROM pg_constraint c JOIN pg_class r ON r.oid = c.confrelid
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (own, other, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.other
      WHERE c.conrelid = to_regclass(quote_ident(${table})) AND c.contype = 'f'
      ORDER BY c.conname, k.place`;
    return groupRows(rows, 'name').map(([name, group]) => ({
      name,
      columns: group.map((row) => text(row.column_name)),
      toTable: text(group[0]?.to_table),
      toColumns: group.map((row) => text(row.to_column)),
      onDelete: actions[text(group[0]?.on_delete)],
      onUpdate: actions[text(group[0]?.on_update)],
    }));
  },

  async constraints(connection, table): Promise<ConstraintDescription[]> {
    const rows = await asking(connection)`
      SELECT c.conname AS name, c.contype AS type, pg_get_constraintdef(c.oid) AS definition, a.attname AS column_name
      FROM pg_constraint c
        LEFT JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (own, place) ON true
        LEFT JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
      WHERE c.conrelid = to_regclass(quote_ident(${table})) AND c.contype IN ('c', 'u', 'x')
      ORDER BY c.conname, k.place`;
    return groupRows(rows, 'name').map(([name, group]) => ({
      name,
      type: constraintTypes[text(group[0]?.type)] ?? 'check',
      columns: group.flatMap((row) => (row.column_name === null ? [] : [text(row.column_name)])),
      definition: text(group[0]?.definition),
    }));
  },
};

/** Of a list as JSON; undefined where it is empty. */
function namesOf(json: Scalar | undefined): readonly string[] | undefined {
  const names: unknown = JSON.parse(text(json));
  return Array.isArray(names) && names.length > 0 ? names.map(String) : undefined;
}

const actions: Readonly<Record<string, ReferentialAction>> = { c: 'cascade', r: 'restrict', n: 'setNull' };

const constraintTypes: Readonly<Record<string, ConstraintDescription['type']>> = {
  c: 'check',
  u: 'unique',
  x: 'exclusion',
};
