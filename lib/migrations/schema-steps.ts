import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import type { DdlOperation } from '../sql/ddl/spec.ts';
import { requirePossible } from './capabilities.ts';
import { indexExists, requireIndex, requireValidated } from './catalogue.ts';
import { addColumn, changeColumnDefault, changeColumnNull, changeComment, removeColumn } from './column-steps.ts';
import {
  addForeignKey,
  changeForeignKey,
  removeConstraint,
  removeForeignKey,
  requireTarget,
} from './constraint-steps.ts';
import type { ChangeTableOperation, MigrationOperation } from './operations.ts';
import type { SchemaStep } from './schema-step.ts';

export type { SchemaStep };

/**
 * What an operation consists of on this database as it is now, in order; nothing is changed by asking.
 *
 * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) for what the database cannot do
 */
export async function stepsOf(operation: MigrationOperation, connection: Connection): Promise<readonly SchemaStep[]> {
  requirePossible(operation, connection);
  switch (operation.kind) {
    case 'createTable':
      for (const key of operation.table.foreignKeys) await requireTarget(key, connection);
      return [operation];
    case 'dropTable':
      return [{ kind: 'dropTable', table: operation.table, ifExists: operation.ifExists }];
    case 'addColumn':
      return addColumn(operation, connection);
    case 'removeColumn':
      return removeColumn(operation, connection);
    case 'changeColumn':
      return [{ kind: 'changeColumn', table: operation.table, column: operation.column }];
    case 'changeColumnDefault':
      return changeColumnDefault(operation, connection);
    case 'changeColumnNull':
      return changeColumnNull(operation, connection);
    case 'changeComment':
      return changeComment(operation, connection);
    case 'addIndex': {
      const { index, ifNotExists, ...manner } = operation;
      if (
        ifNotExists === true &&
        (await indexExists(connection, index.table, { name: index.name, columns: undefined }))
      )
        return [];
      return [{ ...manner, index }];
    }
    case 'removeIndex': {
      const { table, online, concurrently } = operation;
      if (operation.ifExists === true && !(await indexExists(connection, table, operation))) return [];
      return [
        { kind: 'removeIndex', table, name: await requireIndex(connection, table, operation), online, concurrently },
      ];
    }
    case 'renameIndex': {
      const from = await requireIndex(connection, operation.table, { name: operation.from, columns: undefined });
      return [{ ...operation, from }];
    }
    case 'setIndexVisibility': {
      const { kind, table, visible } = operation;
      return [{ kind, table, name: await requireIndex(connection, table, operation), visible }];
    }
    case 'addForeignKey':
      return addForeignKey(operation.foreignKey, connection, []);
    case 'removeForeignKey':
      return removeForeignKey(operation, connection);
    case 'changeForeignKey':
      return changeForeignKey(operation, connection);
    case 'removeConstraint':
      return removeConstraint(operation, connection);
    case 'validateConstraint': {
      const { table, name } = operation;
      await requireValidated(connection, table, name);
      return [operation];
    }
    case 'changeTable':
      return changeTable(operation, connection);
    case 'dropView': {
      const { was: _, ...drop } = operation;
      return [drop];
    }
    case 'alterView':
      return [{ kind: 'alterView', view: operation.view }];
    case 'dropEnum':
      return [{ kind: 'dropEnum', name: operation.name }];
    case 'reversible': {
      const steps: SchemaStep[] = [];
      for (const each of operation.up) steps.push(...(await stepsOf(each, connection)));
      return steps;
    }
    case 'say':
      return [];
    case 'data':
      // Its batches have transactions of their own: it is no part of another operation.
      throw new MigrationInvalid(
        'A data step stands by itself in up(), down() or change(), not inside of another operation.',
      );
    default:
      return [operation];
  }
}

/** An index or key that is removed by itself is still there when it is asked what has to go with its column. */
function isGone(step: SchemaStep, before: readonly SchemaStep[]): boolean {
  if (step.kind !== 'removeIndex' && step.kind !== 'removeForeignKey') return false;
  return before.some((each) => each.kind === step.kind && each.name === step.name && !madeAgain(step.name, before));
}

const madeAgain = (name: string, steps: readonly SchemaStep[]): boolean =>
  steps.some(
    (each) =>
      (each.kind === 'addIndex' && each.index.name === name) ||
      (each.kind === 'addForeignKey' && each.foreignKey.name === name),
  );

/** In one statement where there is one for it: the table is then written anew, or locked, once. */
async function changeTable(operation: ChangeTableOperation, connection: Connection): Promise<SchemaStep[]> {
  const { table, operations, online } = operation;
  const steps: SchemaStep[] = [];
  for (const each of operations)
    steps.push(...(await stepsOf(each, connection)).filter((step) => !isGone(step, steps)));
  if (!connection.dialect.features.schema.bulkChanges) return steps;
  const joined: SchemaStep[] = [];
  let changes: DdlOperation[] = [];
  const finish = () => {
    if (changes.length > 0) joined.push({ kind: 'alterTable', table, changes, online });
    changes = [];
  };
  for (const step of steps) {
    if (step.kind !== 'execute') changes.push(step);
    else {
      finish();
      joined.push(step);
    }
  }
  finish();
  return joined;
}
