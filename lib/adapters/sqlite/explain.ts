import { CapabilityMissing } from '../../errors/query.ts';
import type { Explaining, Row } from '../contract.ts';

/** Each step under the one that it belongs to. */
function treeOf(rows: readonly Row[], parent: number, indent: string): string[] {
  return rows
    .filter((row) => Number(row.parent) === parent)
    .flatMap((row) => [`${indent}${String(row.detail)}`, ...treeOf(rows, Number(row.id), `${indent}  `)]);
}

export const sqliteExplaining: Explaining = {
  prefix(dialect, analyze) {
    if (!analyze) return 'EXPLAIN QUERY PLAN ';
    throw new CapabilityMissing(`${dialect.label} has no EXPLAIN ANALYZE.`, {
      hint: 'explain() without { analyze: true } gives the plan.',
    });
  },
  text: (rows) => treeOf(rows, 0, '').join('\n'),
};
