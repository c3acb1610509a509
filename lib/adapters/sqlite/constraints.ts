import type { ConstraintDescription } from '../contract.ts';
import { nameGroup } from './clauses.ts';
import { clausesOf } from './foreign-keys.ts';
import { tableItems } from './table-text.ts';

/** The named checks and unique constraints of a CREATE TABLE text, in its order; the others cannot be told apart. */
export function declaredConstraints(sql: string): ConstraintDescription[] {
  return tableItems(sql).flatMap((item) =>
    (clausesOf(item) ?? []).flatMap(({ kind, name, tokens, start, end }): ConstraintDescription[] => {
      if (name === undefined || (kind !== 'check' && kind !== 'unique')) return [];
      const columns = kind === 'check' ? [] : item.column === undefined ? nameGroup(tokens, 1) : [item.column];
      return [{ name, type: kind, columns: columns ?? [], definition: sql.slice(tokens[0]?.start ?? start, end) }];
    }),
  );
}
