import type { Dialect } from '../../sql/dialect.ts';
import { mysqlDialect } from '../../sql/dialects/mysql.ts';
import type { Explaining, Row } from '../contract.ts';

/** A table of text, each column as wide as its widest value. */
function tableOf(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const text = lines.map((line) =>
    line
      .map((value, column) => value.padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('-+-'));
  return text.join('\n');
}

export const mysqlExplaining: Explaining = {
  prefix(dialect: Dialect, analyze) {
    // MariaDB has a statement of its own for plans with what really happened.
    if (dialect !== mysqlDialect) return analyze ? 'ANALYZE ' : 'EXPLAIN ';
    return analyze ? 'EXPLAIN ANALYZE ' : 'EXPLAIN ';
  },
  text(rows) {
    const [first] = rows;
    // EXPLAIN ANALYZE of MySQL is one piece of text.
    const only = first !== undefined && Object.keys(first).length === 1 ? Object.values(first)[0] : undefined;
    return typeof only === 'string' ? only.trimEnd() : tableOf(rows);
  },
};
