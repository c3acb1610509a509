import { createHash } from 'node:crypto';
import type { Connection } from '../connection/connection.ts';
import { columnExists, constraintExists, foreignKeysOf, indexesOf, tableExists } from './catalogue.ts';
import type { JournalStep } from './journal.ts';
import type { SchemaStep } from './schema-steps.ts';

/**
 * Something that the catalogue can tell. `text`: the table is no longer as it was before the statement. `repeatable`: there
 * is nothing to tell, since to do it again is to do it once.
 */
export type Fact =
  | { readonly kind: 'table'; readonly table: string; readonly there: boolean }
  | {
      readonly kind: 'column' | 'index' | 'foreignKey' | 'constraint';
      readonly table: string;
      readonly name: string;
      readonly there: boolean;
    }
  | { readonly kind: 'text' | 'repeatable'; readonly table: string };

/** What the catalogue says once the step is done; undefined where it says nothing of it. */
export function factsOf(step: SchemaStep): readonly Fact[] | undefined {
  switch (step.kind) {
    case 'createTable':
      return [{ kind: 'table', table: step.table.name, there: true }];
    case 'dropTable':
      return [{ kind: 'table', table: step.table, there: false }];
    case 'renameTable':
      return [
        { kind: 'table', table: step.from, there: false },
        { kind: 'table', table: step.to, there: true },
      ];
    case 'addColumn':
      return [{ kind: 'column', table: step.table, name: step.column.name, there: true }];
    case 'removeColumn':
      return [{ kind: 'column', table: step.table, name: step.column, there: false }];
    case 'renameColumn':
      return [
        { kind: 'column', table: step.table, name: step.from, there: false },
        { kind: 'column', table: step.table, name: step.to, there: true },
      ];
    case 'addIndex':
      return [{ kind: 'index', table: step.index.table, name: step.index.name, there: true }];
    case 'removeIndex':
      return [{ kind: 'index', table: step.table, name: step.name, there: false }];
    case 'renameIndex':
      return [
        { kind: 'index', table: step.table, name: step.from, there: false },
        { kind: 'index', table: step.table, name: step.to, there: true },
      ];
    case 'addCheck':
      return [{ kind: 'constraint', table: step.check.table, name: step.check.name, there: true }];
    case 'addUnique':
      return [{ kind: 'constraint', table: step.unique.table, name: step.unique.name, there: true }];
    case 'addExclusion':
      return [{ kind: 'constraint', table: step.exclusion.table, name: step.exclusion.name, there: true }];
    case 'removeConstraint':
      return [{ kind: 'constraint', table: step.table, name: step.name, there: false }];
    case 'addForeignKey':
      return [{ kind: 'foreignKey', table: step.foreignKey.table, name: step.foreignKey.name, there: true }];
    case 'removeForeignKey':
      return [{ kind: 'foreignKey', table: step.table, name: step.name, there: false }];
    default:
      return changedTable(step);
  }
}

/** Whatever else changes a table (or makes, changes or drops a view) changes its text. */
function changedTable(step: object): readonly Fact[] | undefined {
  const view: unknown = Reflect.get(step, 'view');
  const own: unknown = typeof view === 'object' && view !== null ? Reflect.get(view, 'name') : viewName(step);
  const table: unknown = Reflect.get(step, 'table') ?? own;
  return typeof table === 'string' ? [{ kind: 'text', table }] : undefined;
}

function viewName(step: object): unknown {
  return /View$/.test(String(Reflect.get(step, 'kind'))) ? Reflect.get(step, 'name') : undefined;
}

/** Such a statement can leave a part of its work behind where it fails. */
export const isConcurrent = (sql: string): boolean => /\bCONCURRENTLY\b/i.test(sql);

/** The index that a failed attempt has left behind, which no query uses: it is made anew. */
export async function removeRemains(step: JournalStep, connection: Connection): Promise<void> {
  if (!isConcurrent(step.sql)) return;
  for (const fact of readFacts(step) ?? []) {
    if (fact.kind !== 'index' || !fact.there || !(await isInvalid(fact.name, connection))) continue;
    await connection.applyDdl({ kind: 'removeIndex', table: fact.table, name: fact.name });
  }
}

function isInvalid(index: string, connection: Connection): Promise<boolean> {
  return connection.aboutChanges((changes, driver) => changes.isInvalid(driver, index));
}

function readFacts(step: JournalStep): readonly Fact[] | undefined {
  if (step.probe === null) return undefined;
  const facts: readonly Fact[] = JSON.parse(step.probe);
  return facts;
}

/** Whether the catalogue says that a step is done; undefined where it cannot tell. */
export async function isDone(step: JournalStep, connection: Connection): Promise<boolean | undefined> {
  const facts = readFacts(step);
  if (facts === undefined) return undefined;
  for (const fact of facts) {
    const holds = await factHolds(fact, step, connection);
    if (holds !== true) return holds;
  }
  return true;
}

async function factHolds(fact: Fact, step: JournalStep, connection: Connection): Promise<boolean | undefined> {
  const { table } = fact;
  switch (fact.kind) {
    case 'table':
      return (await tableExists(connection, table)) === fact.there;
    case 'column':
      return (await columnExists(connection, table, fact.name)) === fact.there;
    case 'index': {
      const isThere = (await indexesOf(connection, table)).some(({ name }) => name === fact.name);
      return (isThere && !(await isInvalid(fact.name, connection))) === fact.there;
    }
    case 'foreignKey':
      return (await foreignKeysOf(connection, table)).some(({ name }) => name === fact.name) === fact.there;
    case 'constraint': {
      // A unique one is described as the index that it is, where it is nothing else.
      const isIndex = (await indexesOf(connection, table)).some(({ name }) => name === fact.name);
      return (isIndex || (await constraintExists(connection, table, fact.name))) === fact.there;
    }
    case 'repeatable':
      return false;
    case 'text': {
      const now = await textHash(table, connection);
      return now === undefined || step.seen === null ? undefined : now !== step.seen;
    }
  }
}

/** What has to be remembered of the table before the step is sent, so that one can tell afterwards whether it was done. */
export async function lookBefore(step: JournalStep, connection: Connection): Promise<string | null> {
  const fact = readFacts(step)?.find(({ kind }) => kind === 'text');
  return fact === undefined ? null : ((await textHash(fact.table, connection)) ?? null);
}

async function textHash(table: string, connection: Connection): Promise<string | undefined> {
  const text = await connection.aboutChanges((changes, driver) => changes.tableText(driver, table));
  if (text === undefined) return undefined;
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}
