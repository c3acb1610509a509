import type { Explaining } from '../contract.ts';

export const postgresExplaining: Explaining = {
  prefix: (_, analyze) => (analyze ? 'EXPLAIN (ANALYZE) ' : 'EXPLAIN '),
  text: (rows) => rows.map((row) => String(row['QUERY PLAN'] ?? '')).join('\n'),
};
