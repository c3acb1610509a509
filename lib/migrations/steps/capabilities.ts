import type { Connection } from '../../connection/connection.ts';
import { MigrationInvalid } from '../../errors/migration.ts';
import { requireCapable } from '../../sql/ddl/capabilities.ts';
import type { DdlOperation } from '../../sql/ddl/spec.ts';
import { describeOperation, type MigrationOperation } from '../dsl/operations.ts';

/** What an operation is sure to ask of the database, whatever is found there; names that have to be looked up are left out. */
function knownParts(operation: MigrationOperation): readonly DdlOperation[] {
  switch (operation.kind) {
    case 'addColumn': {
      const { table, parts } = operation;
      return [
        { kind: 'addColumn', table, column: parts.column },
        ...parts.indexes.map((index): DdlOperation => ({ kind: 'addIndex', index })),
        ...parts.foreignKeys.map((foreignKey): DdlOperation => ({ kind: 'addForeignKey', foreignKey })),
      ];
    }
    case 'changeComment': {
      const { table, column } = operation;
      if (column === undefined) return [{ kind: 'changeTableComment', table, comment: undefined }];
      return [{ kind: 'changeColumnComment', table, column, comment: undefined, definition: undefined }];
    }
    case 'changeTable': {
      const { table, operations, online } = operation;
      return [{ kind: 'alterTable', table, changes: operations.flatMap(knownParts), online }];
    }
    case 'changeForeignKey':
      return [{ kind: 'addForeignKey', foreignKey: operation.foreignKey }];
    case 'removeIndex':
    case 'setIndexVisibility':
      return [{ ...operation, name: operation.name ?? '' }];
    case 'removeColumn':
    case 'removeForeignKey':
    case 'removeConstraint':
    case 'changeColumnDefault':
    case 'changeColumnNull':
    case 'dropTable':
    case 'execute':
    case 'data':
    case 'say':
      return [];
    case 'reversible':
      return operation.up.flatMap(knownParts);
    default:
      return [operation];
  }
}

/**
 * Whether an operation can be done at all, before anything is sent.
 *
 * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`), MigrationInvalid (`AR_MIGRATION_INVALID`)
 */
export function requirePossible(operation: MigrationOperation, connection: Connection): void {
  for (const part of knownParts(operation)) {
    requireCapable(part, connection.dialect);
    if (!('concurrently' in part) || part.concurrently !== true || !connection.inTransaction) continue;
    throw new MigrationInvalid(`${describeOperation(operation)} cannot be done concurrently inside of a transaction.`, {
      hint: 'Write static disableTransaction = true in the class of the migration, and nothing else in that migration.',
    });
  }
}
