/** What a database says of its tables, as plain data that can be compared. */
import type { Connection } from '../../lib/connection/connection.ts';
import { journalTable } from '../../lib/migrations/journal/journal.ts';
import { ledgerTable } from '../../lib/migrations/ledger.ts';
import { sql } from '../../lib/sql/template.ts';
import type { StorageType } from '../../lib/types/column-type.ts';

export type SchemaSnapshot = Readonly<Record<string, unknown>>;

/** In the order of names: a column that is added again comes last in its table, which nothing depends on. */
export async function schemaSnapshot(connection: Connection): Promise<SchemaSnapshot> {
  return connection.introspect(async (introspection, driver) => {
    const snapshot: Record<string, unknown> = {};
    for (const table of (await introspection.tables(driver)).toSorted()) {
      if (table === ledgerTable || table === journalTable) continue;
      snapshot[table] = {
        columns: byName(
          (await introspection.columns(driver, table)).map((each) => ({ ...each, type: typeData(each.type) })),
        ),
        indexes: byName(await introspection.indexes(driver, table)),
        foreignKeys: byName(await introspection.foreignKeys(driver, table)),
        constraints: byName(await introspection.constraints(driver, table)),
      };
    }
    return snapshot;
  });
}

/**
 * The same in the database's own words, with what introspection does not tell: defaults, checks, comments, collations,
 * and what a foreign key does on delete.
 */
export async function schemaText(connection: Connection): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables = await connection.introspect((introspection, driver) => introspection.tables(driver));
  const texts: Record<string, readonly string[]> = {};
  for (const table of tables.toSorted())
    texts[table] = (await tableText[connection.config.adapter](connection, table)).toSorted();
  return texts;
}

const tableText = {
  async mysql(connection: Connection, table: string): Promise<string[]> {
    const [row] = await connection.query(sql`SHOW CREATE TABLE ${sql.name(table)}`);
    return String(row?.['Create Table'] ?? row?.['Create View'])
      .split('\n')
      .map((line) => line.replace(/,$/, '').replace(/ AUTO_INCREMENT=\d+/, ''));
  },
  async postgres(connection: Connection, table: string): Promise<string[]> {
    const rows = await connection.query(sql`
      SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid),
          col_description(a.attrelid, a.attnum)) AS line
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = ${table}::regclass AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ${table}::regclass
      UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename = ${table}
      UNION ALL SELECT 'comment ' || obj_description(i.indexrelid) FROM pg_index i
        WHERE i.indrelid = ${table}::regclass AND obj_description(i.indexrelid) IS NOT NULL
      UNION ALL SELECT 'comment ' || obj_description(${table}::regclass) WHERE obj_description(${table}::regclass) IS NOT NULL
      UNION ALL SELECT 'validated ' || conname FROM pg_constraint WHERE conrelid = ${table}::regclass AND convalidated
      UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = ${table}::regclass AND NOT tgisinternal
      UNION ALL SELECT pg_get_viewdef(${table}::regclass) FROM pg_class WHERE oid = ${table}::regclass AND relkind IN ('v', 'm')`);
    return rows.map((row) => String(row.line));
  },
  /** Columns and rules one by one, because the text of the whole table keeps the spaces of each change. */
  async sqlite(connection: Connection, table: string): Promise<string[]> {
    const columns = await connection.query(
      sql`SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(${table})`,
    );
    const keys = await connection.query(
      sql`SELECT "from", "table", "to", on_delete, on_update FROM pragma_foreign_key_list(${table})`,
    );
    const own = await connection.query(
      sql`SELECT name, sql FROM sqlite_schema WHERE tbl_name = ${table} AND sql IS NOT NULL`,
    );
    const texts = own.map((row) => String(row.sql));
    return [
      ...columns.map((row) =>
        Object.entries(row)
          .filter(([name]) => name !== 'pk' || Number(row.pk) > 0)
          .join(' '),
      ),
      ...keys.map((row) => Object.values(row).join(' ')),
      ...texts.flatMap((text) => (text.startsWith('CREATE TABLE') ? rulesOf(text) : [text])),
    ];
  },
};

/** What a CREATE TABLE says beside its columns, each up to the end of its parentheses. */
function rulesOf(text: string): string[] {
  const starts = [...text.matchAll(/(?:CONSTRAINT "[^"]*" )?(?:CHECK|UNIQUE|AS) \(/g)];
  const rules = starts.map(({ index, 0: start }) => {
    let end = index + start.length;
    for (let depth = 1; depth > 0 && end < text.length; end++) depth += { '(': 1, ')': -1 }[text[end] ?? ''] ?? 0;
    return text.slice(index, end);
  });
  return [...rules, ...(text.match(/AUTOINCREMENT|DEFERRABLE INITIALLY \w+|STORED|VIRTUAL/g) ?? [])];
}

function byName<T extends { readonly name: string }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A type without its functions. */
function typeData(type: StorageType): Record<string, unknown> {
  return Object.fromEntries(Object.entries(type).filter(([, value]) => typeof value !== 'function'));
}
