import type { Dialect } from '../dialect.ts';
import type { DdlOperation } from './spec.ts';

/** The statements of a schema operation in one dialect. */
export function ddlStatements(operation: DdlOperation, dialect: Dialect): readonly string[] {
  // Each function takes its own kind of operation, which TypeScript cannot follow through a lookup by that kind.
  const statements = dialect.ddl[operation.kind] as (operation: DdlOperation, dialect: Dialect) => readonly string[];
  return statements(operation, dialect);
}
