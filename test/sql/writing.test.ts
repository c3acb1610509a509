import { describe, expect, it } from 'vitest';
import { sql } from '../../lib/index.ts';
import { compile } from '../../lib/sql/compile.ts';
import type { Dialect } from '../../lib/sql/dialect.ts';
import { mariadbDialect, mysqlDialect } from '../../lib/sql/dialects/mysql.ts';
import { postgresDialect } from '../../lib/sql/dialects/postgres.ts';
import { sqliteDialect } from '../../lib/sql/dialects/sqlite.ts';
import { type AssignmentNode, bindNode, type ConflictNode, type Statement } from '../../lib/sql/nodes.ts';
import { Sql } from '../../lib/sql/template.ts';
import { decimalType } from '../../lib/types/decimal.ts';
import { bigintType, integerType } from '../../lib/types/numbers.ts';
import type { Type } from '../../lib/types/type.ts';

const dialects = {
  mysql: mysqlDialect,
  mariadb: mariadbDialect(10, 11),
  postgres: postgresDialect,
  sqlite: sqliteDialect,
};
const names = Object.keys(dialects) as (keyof typeof dialects)[];

/** MySQL's quotes and marks, from which those of the others follow. */
function spelt(text: string, dialect: Dialect): string {
  let index = 0;
  return text.replaceAll('`', dialect.quoteCharacter).replaceAll('?', () => dialect.placeholder(index++));
}
const sqlOf = (statement: Statement, dialect: Dialect) => compile(statement, dialect).sql;

describe.each(names)('writing for %s', (name) => {
  const dialect = dialects[name];
  const is = (text: string) => spelt(text, dialect);
  const isMysql = name === 'mysql' || name === 'mariadb';

  const upsert = (set: readonly AssignmentNode[]) => {
    const conflict: ConflictNode = { kind: 'conflict', target: ['url'], set };
    const insert = { kind: 'insert', table: 'pages', columns: ['url', 'visits'], rows: [['/', 1]] } as const;
    return sqlOf({ ...insert, sensitive: [], conflict, returning: [] }, dialect);
  };
  const insert = 'INSERT INTO `pages` (`url`, `visits`) VALUES (?, ?)';

  it('updates a row that is there', () => {
    expect(upsert([{ column: 'visits', value: { kind: 'excluded', column: 'visits' } }])).toBe(
      is(
        isMysql
          ? `${insert} ON DUPLICATE KEY UPDATE \`visits\` = VALUES(\`visits\`)`
          : `${insert} ON CONFLICT (\`url\`) DO UPDATE SET \`visits\` = excluded.\`visits\``,
      ),
    );
    const value = Sql.nodeOf(sql`pages.visits + ${sql.excluded('visits')} + ${2}`);
    if (value === undefined) throw new Error('no fragment');
    expect(upsert([{ column: 'visits', value }])).toBe(
      is(
        isMysql
          ? `${insert} ON DUPLICATE KEY UPDATE \`visits\` = (pages.visits + VALUES(\`visits\`) + ?)`
          : `${insert} ON CONFLICT (\`url\`) DO UPDATE SET \`visits\` = (pages.visits + excluded.\`visits\` + ?)`,
      ),
    );
  });

  it('leaves a row that is there as it is', () => {
    expect(upsert([])).toBe(
      is(
        isMysql ? `${insert} ON DUPLICATE KEY UPDATE \`url\` = \`url\`` : `${insert} ON CONFLICT (\`url\`) DO NOTHING`,
      ),
    );
  });

  const increment = (type: Type, by: unknown) =>
    sqlOf(
      {
        kind: 'update',
        table: 'pages',
        set: [{ column: 'n', value: { kind: 'increment', column: 'n', by: bindNode(by, type) } }],
        where: undefined,
        returning: dialect.features.updateReturning === true ? ['n'] : [],
      },
      dialect,
    );
  const returning = isMysql ? '' : ' RETURNING `n`';

  it('adds in the database', () => {
    expect(increment(integerType('integer'), 1)).toBe(
      is(`UPDATE \`pages\` SET \`n\` = COALESCE(\`n\`, 0) + ?${returning}`),
    );
  });

  it('adds decimals exactly', () => {
    const added = isMysql
      ? 'COALESCE(`n`, 0) + CAST(? AS DECIMAL(65, 2))'
      : name === 'sqlite'
        ? 'ROUND(COALESCE(`n`, 0) + ?, 2)'
        : 'COALESCE(`n`, 0) + ?';
    expect(increment(decimalType(10, 2), '0.10')).toBe(is(`UPDATE \`pages\` SET \`n\` = ${added}${returning}`));
  });

  it('never rounds big integers', () => {
    const sum = 'COALESCE(`n`, 0) + ?';
    const added =
      name === 'sqlite' ? `CASE typeof(${sum}) WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE ${sum} END` : sum;
    expect(increment(bigintType(), 1n)).toBe(is(`UPDATE \`pages\` SET \`n\` = ${added}${returning}`));
  });
});
