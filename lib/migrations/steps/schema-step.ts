import type { DdlOperation } from '../../sql/ddl/spec.ts';
import type { ExecuteOperation } from '../dsl/operations.ts';

/** One change of the schema, or a statement of the migration's own. */
export type SchemaStep = DdlOperation | ExecuteOperation;
