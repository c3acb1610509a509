import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import { indexProblems, requireAsDescribed } from './as-described.ts';
import { inBulk } from './bulk-changes.ts';
import { requirePossible } from './capabilities.ts';
import { indexExists, indexesOf, requireIndex, requireOwnIndex, requireValidated } from './catalogue.ts';
import {
  addColumn,
  changeColumn,
  changeColumnDefault,
  changeColumnNull,
  changeComment,
  removeColumn,
} from './column-steps.ts';
import {
  addForeignKey,
  changeForeignKey,
  removeConstraint,
  removeForeignKey,
  requireTarget,
} from './constraint-steps.ts';
import type { ChangeTableOperation, MigrationOperation, RemoveIndexOperation } from './operations.ts';
import { Rehearsal } from './rehearsal.ts';
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
      return changeColumn(operation, connection);
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
      return [{ kind: 'removeIndex', table, name: await removedIndex(operation, connection), online, concurrently }];
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
    case 'dropVirtualTable':
      return [{ kind: 'dropVirtualTable', table: operation.table }];
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

/** @throws MigrationInvalid where the index is not what the migration says it is */
async function removedIndex(operation: RemoveIndexOperation, connection: Connection): Promise<string> {
  const { table, was } = operation;
  const name = await requireOwnIndex(connection, table, operation);
  if (operation.exact !== true || was === undefined) return name;
  const index = (await indexesOf(connection, table)).find((each) => each.name === name);
  const problems = index === undefined ? [] : indexProblems(index, was, connection.dialect);
  requireAsDescribed(`The index "${name}" of "${table}"`, problems, `removeIndex('${table}', { name: '${name}' })`);
  return name;
}

/**
 * In one statement where there is one for it: the table is then written anew, or locked, once. Each change is looked up
 * in the table as those before it leave it.
 */
async function changeTable(operation: ChangeTableOperation, connection: Connection): Promise<SchemaStep[]> {
  const { table, operations, online } = operation;
  const foreseen = new Rehearsal(connection);
  const steps: SchemaStep[] = [];
  for (const each of operations) {
    for (const step of await stepsOf(each, foreseen)) {
      steps.push(step);
      if (step.kind !== 'execute') await foreseen.applyDdl(step);
    }
  }
  return connection.dialect.features.schema.bulkChanges ? inBulk(table, steps, online) : steps;
}
