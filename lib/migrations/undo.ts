import type { Connection } from '../connection/connection.ts';
import type { AddCheck, AddExclusion, AddUnique, ColumnSpec, DdlOperation } from '../sql/ddl/spec.ts';
import { ddlStatements } from '../sql/ddl/statements.ts';
import type { StorageType } from '../types/column-type.ts';
import { type AddedColumn, addedBy } from './added-columns.ts';
import type { MigrationOperation } from './operations.ts';
import type { SchemaStep } from './schema-steps.ts';

/** What undoes a step: an operation that is plain data, or statements where its columns have types. */
export type Undo = (
  | { readonly kind: 'operation'; readonly operation: DdlOperation }
  /** Of a table that was made: only while it has no rows. */
  | { readonly kind: 'emptyTable'; readonly table: string }
  | { readonly kind: 'statements'; readonly sql: readonly string[] }
) & {
  /** Columns that were added: only while nobody has written to them. */
  readonly added?: readonly AddedColumn[];
};

export const nothingToUndo: Undo = { kind: 'statements', sql: [] };

/** What undoes a step of the operation and loses nothing; undefined where there is no such thing. */
export function undoOf(step: SchemaStep, operation: MigrationOperation, connection: Connection): Undo | undefined {
  switch (step.kind) {
    case 'createTable':
      return { kind: 'emptyTable', table: step.table.name };
    case 'addColumn':
      return {
        ...plain({ kind: 'removeColumn', table: step.table, column: step.column.name }),
        added: addedBy(step, connection.dialect),
      };
    case 'renameTable':
      return plain({ kind: 'renameTable', from: step.to, to: step.from });
    case 'renameColumn':
      return plain({ kind: 'renameColumn', table: step.table, from: step.to, to: step.from });
    case 'changeColumn':
      return undoOfChange(step.column, operation, connection);
    case 'addIndex':
      return plain({ kind: 'removeIndex', table: step.index.table, name: step.index.name });
    case 'addForeignKey':
      return plain({ kind: 'removeForeignKey', table: step.foreignKey.table, name: step.foreignKey.name });
    case 'removeIndex':
      return operation.kind === 'removeIndex' && operation.was !== undefined
        ? restoring({ kind: 'addIndex', index: { ...operation.was, name: step.name } }, connection)
        : undefined;
    case 'renameIndex':
      return plain({ kind: 'renameIndex', table: step.table, from: step.to, to: step.from });
    case 'addCheck':
      return plain({ kind: 'removeConstraint', type: 'check', table: step.check.table, name: step.check.name });
    case 'addUnique':
      return plain({ kind: 'removeConstraint', type: 'unique', table: step.unique.table, name: step.unique.name });
    case 'addExclusion': {
      const { table, name } = step.exclusion;
      return plain({ kind: 'removeConstraint', type: 'exclusion', table, name });
    }
    case 'removeConstraint':
      return operation.kind === 'removeConstraint' && operation.was !== undefined
        ? restoring(constraintNamed(operation.was, step.name), connection)
        : undefined;
    case 'alterTable': {
      const undos = step.changes.toReversed().map((change) => undoOf(change, operation, connection));
      const changes = undos.flatMap((undo) => (undo?.kind === 'operation' ? [undo.operation] : []));
      if (changes.length < undos.length) return undefined;
      const added = undos.flatMap((undo) => undo?.added ?? []);
      return { ...plain({ kind: 'alterTable', table: step.table, changes, online: {} }), added };
    }
    case 'createView': {
      const { name, materialized } = step.view;
      return plain({ kind: 'dropView', name, materialized, ifExists: false });
    }
    case 'dropView':
      // One that may not have been there is not made, and a materialized one has indexes that nobody knows of.
      return operation.kind === 'dropView' && operation.was !== undefined && !step.ifExists && !step.materialized
        ? restoring({ kind: 'createView', view: operation.was }, connection)
        : undefined;
    case 'alterView':
      return operation.kind === 'alterView' && operation.was !== undefined
        ? restoring({ kind: 'alterView', view: operation.was }, connection)
        : undefined;
    case 'createVirtualTable':
      return { kind: 'emptyTable', table: step.table.name };
    case 'createEnum':
      return plain({ kind: 'dropEnum', name: step.name });
    case 'renameEnum':
      return plain({ kind: 'renameEnum', from: step.to, to: step.from });
    case 'renameEnumValue':
      return plain({ kind: 'renameEnumValue', name: step.name, from: step.to, to: step.from });
    case 'removeForeignKey':
      return operation.kind === 'removeForeignKey' && operation.was !== undefined
        ? plain({ kind: 'addForeignKey', foreignKey: { ...operation.was, name: step.name } })
        : undefined;
    default:
      return undefined;
  }
}

const plain = (operation: DdlOperation): Undo => ({ kind: 'operation', operation });

/** What it was may hold SQL, which is written down as the text of a statement. */
function restoring(inverse: DdlOperation, connection: Connection): Undo | undefined {
  if (connection.adapter.rebuild?.handles(inverse) === true) return undefined;
  return { kind: 'statements', sql: ddlStatements(inverse, connection.dialect) };
}

function constraintNamed(was: AddCheck | AddUnique | AddExclusion, name: string): DdlOperation {
  switch (was.kind) {
    case 'addCheck':
      return { kind: 'addCheck', check: { ...was.check, name } };
    case 'addUnique':
      return { kind: 'addUnique', unique: { ...was.unique, name } };
    case 'addExclusion':
      return { kind: 'addExclusion', exclusion: { ...was.exclusion, name } };
  }
}

function undoOfChange(to: ColumnSpec, operation: MigrationOperation, connection: Connection): Undo | undefined {
  if (operation.kind !== 'changeColumn' || operation.was === undefined) return undefined;
  const { was, table } = operation;
  if (!widens(was, to)) return undefined;
  return restoring({ kind: 'changeColumn', table, column: was }, connection);
}

const integerWidths: Readonly<Record<string, number>> = { tinyint: 1, smallint: 2, integer: 4, bigint: 8 };

/**
 * Whether every value of the one column is a value of the other, so that nothing is cut or rounded on the way; and on the
 * way back a value that was written meanwhile is refused rather than cut or rounded.
 */
export function widens(from: ColumnSpec, to: ColumnSpec): boolean {
  return from.collation === to.collation && from.charset === to.charset && typeWidens(from.type, to.type);
}

function typeWidens(from: StorageType, to: StorageType): boolean {
  if (from.kind === 'string') {
    if (to.kind === 'text') return true;
    return to.kind === 'string' && lengthOf(to) >= lengthOf(from);
  }
  const [narrow, wide] = [integerWidths[from.kind], integerWidths[to.kind]];
  if (narrow !== undefined && wide !== undefined)
    return wide >= narrow && Reflect.get(from, 'unsigned') === Reflect.get(to, 'unsigned');
  // Narrowed again, it refuses what is too large; but digits behind the point it rounds, without a word.
  if (from.kind === 'decimal' && to.kind === 'decimal')
    return to.scale === from.scale && to.precision >= from.precision;
  if (from.kind === 'enum' && to.kind === 'enum')
    // The same words in the same places: those that follow are new.
    return from.values.every((word, place) => to.values[place] === word);
  return JSON.stringify(from) === JSON.stringify(to);
}

const lengthOf = (type: object): number => Number(Reflect.get(type, 'length') ?? Number.POSITIVE_INFINITY);
