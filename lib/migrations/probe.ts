import { createHash } from 'node:crypto';
import type { Connection } from '../connection/connection.ts';
import { columnExists, constraintExists, foreignKeysOf, indexesOf, tableExists } from './catalogue.ts';
import type { JournalStep } from './journal.ts';
import type { SchemaStep } from './schema-steps.ts';

/** Something that the catalogue can tell. `text`: the table is no longer as it was before the statement. */
export type Fact = CatalogueFact | { readonly kind: 'text'; readonly table: string };

type CatalogueFact =
  | { readonly kind: 'table'; readonly table: string; readonly there: boolean }
  | {
      readonly kind: 'column' | 'index' | 'foreignKey' | 'constraint';
      readonly table: string;
      readonly name: string;
      readonly there: boolean;
    };

/** What does not have to be told, since to do it again is to do it once. */
export const repeatable: readonly Fact[] = [];

/** What the catalogue says once the step is done; undefined where it says nothing of it. */
export function factsOf(step: SchemaStep): readonly Fact[] | undefined {
  switch (step.kind) {
    case 'alterTable': {
      const facts = step.changes.map(factsOf);
      const told = facts.some((each) => each === undefined) ? [] : netFacts(facts.flatMap((each) => each ?? []));
      return [...told, { kind: 'text', table: step.table }];
    }
    case 'changeColumn':
    case 'changeColumnDefault':
    case 'changeColumnNull':
    case 'changeColumnComment':
    case 'changeTableComment':
    case 'setIndexVisibility':
    case 'validateConstraint':
    case 'alterView':
      return repeatable;
    case 'createView':
      return [{ kind: 'table', table: step.view.name, there: true }];
    case 'dropView':
      return [{ kind: 'table', table: step.name, there: false }];
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
      return undefined;
  }
}

/** Of several changes of the same thing, what the last one leaves. */
function netFacts(facts: readonly Fact[]): Fact[] {
  const last = new Map(facts.map((fact) => [nameOf(fact), fact]));
  return [...last.values()];
}

const nameOf = (fact: Fact): string => JSON.stringify([fact.kind, fact.table, Reflect.get(fact, 'name')]);

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

/** What the catalogue said of each fact before the statement: whether it held; of a text, its hash. */
type Before = readonly (boolean | string | null)[];

/** What has to be remembered of the catalogue before the step is sent, so that one can tell afterwards whether it was done. */
export async function lookBefore(step: JournalStep, connection: Connection): Promise<string | null> {
  const facts = readFacts(step);
  if (facts === undefined) return null;
  const before: (boolean | string | null)[] = [];
  for (const fact of facts)
    before.push(
      fact.kind === 'text' ? ((await textHash(fact.table, connection)) ?? null) : await factHolds(fact, connection),
    );
  return JSON.stringify(before);
}

/**
 * Whether the catalogue says that a step is done; undefined where it cannot tell. What held before the statement was sent
 * tells nothing of it: where nothing else could tell, the statement is sent again, and is repeated or refused.
 */
export async function isDone(step: JournalStep, connection: Connection): Promise<boolean | undefined> {
  const signs = await signsOf(step, connection);
  if (signs === undefined || signs.includes(undefined)) return undefined;
  if (signs.every((sign) => sign === false)) return false;
  return signs.every((sign) => sign === true) ? true : undefined;
}

/** Whether the catalogue says that what undoes a step is done, which an earlier run had begun. */
export async function isUndone(step: JournalStep, connection: Connection): Promise<boolean> {
  const signs = await signsOf(step, connection);
  return signs !== undefined && signs.length > 0 && signs.every((sign) => sign === false);
}

/** Whether the step is done, by each fact that can tell; undefined where there are no facts. */
async function signsOf(
  step: JournalStep,
  connection: Connection,
): Promise<readonly (boolean | undefined)[] | undefined> {
  const facts = readFacts(step);
  if (facts === undefined) return undefined;
  const before: Before = step.seen === null ? [] : JSON.parse(step.seen);
  const signs: boolean[] = [];
  for (const [place, fact] of facts.entries())
    if (fact.kind !== 'text' && before[place] !== true) signs.push(await factHolds(fact, connection));
  if (signs.length > 0) return signs;
  const place = facts.findIndex(({ kind }) => kind === 'text');
  const text = facts[place];
  if (text === undefined) return [];
  const [was, is] = [before[place], await textHash(text.table, connection)];
  return [typeof was !== 'string' || is === undefined ? undefined : is !== was];
}

async function factHolds(fact: CatalogueFact, connection: Connection): Promise<boolean> {
  const { table, there } = fact;
  switch (fact.kind) {
    case 'table':
      return (await tableExists(connection, table)) === there;
    case 'column':
      return (await columnExists(connection, table, fact.name)) === there;
    case 'index': {
      const isThere = (await indexesOf(connection, table)).some(({ name }) => name === fact.name);
      // One that is unfinished is neither made nor removed.
      return there ? isThere && !(await isInvalid(fact.name, connection)) : !isThere;
    }
    case 'foreignKey':
      return (await foreignKeysOf(connection, table)).some(({ name }) => name === fact.name) === there;
    case 'constraint': {
      // A unique one is described as the index that it is, where it is nothing else.
      const isIndex = (await indexesOf(connection, table)).some(({ name }) => name === fact.name);
      return (isIndex || (await constraintExists(connection, table, fact.name))) === there;
    }
  }
}

async function textHash(table: string, connection: Connection): Promise<string | undefined> {
  const text = await connection.aboutChanges((changes, driver) => changes.tableText(driver, table));
  if (text === undefined) return undefined;
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}
