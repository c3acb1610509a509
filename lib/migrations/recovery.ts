import type { Connection } from '../connection/connection.ts';
import { literalStatement } from '../sql/compile.ts';
import type { CourseJournal } from './course-journal.ts';
import type { JournalStep } from './journal.ts';
import type { JournaledExecution } from './journaled-executor.ts';
import { patiently } from './patience.ts';
import { isDone } from './probe.ts';
import type { Undo } from './undo.ts';

/** What the database has of a migration that failed outside of a transaction. */
export type Aftermath =
  /** Nothing had been done. */
  | { readonly kind: 'nothing' }
  /** All that was done was undone: so many statements. */
  | { readonly kind: 'undone'; readonly steps: number }
  /** It stays as it is until the next run; `because` says why it was not undone. */
  | { readonly kind: 'stopped'; readonly because: string }
  /** Nobody can say yet what became of the last statement. */
  | { readonly kind: 'unknown' };

/**
 * Undoes what was done of a migration that failed, while all of it can be undone and nothing is lost by it; else leaves
 * it where the next run goes on.
 *
 * @param isChange - it was written as change(), so that nothing but its operations has been done
 */
export async function recover(execution: JournaledExecution, isChange: boolean): Promise<Aftermath> {
  const { journal } = execution;
  // Also what is only written down is written by one migrator alone.
  await execution.check();
  if (journal.steps.some(({ kind, state }) => state === 'begun' && kind !== 'data')) return { kind: 'unknown' };
  const done = journal.steps.filter(({ state }) => state !== 'planned');
  if (done.length === 0) {
    await journal.clear();
    return { kind: 'nothing' };
  }
  const reason = isChange
    ? await reasonAgainst(done, execution.connection)
    : 'Only what change() does is undone at once.';
  if (reason !== undefined) {
    const problem = await undoLast(execution, done);
    await forgetPlans(journal);
    return { kind: 'stopped', because: problem ?? reason };
  }
  const problem = await undoSteps(execution, done);
  if (problem !== undefined) return { kind: 'stopped', because: problem };
  await execution.check();
  await journal.clear();
  return { kind: 'undone', steps: done.length };
}

/** Finishes what an earlier run had begun to undo, and forgets it: the migration is begun anew. */
export async function finishUndoing(execution: JournaledExecution): Promise<string | undefined> {
  const { journal, connection } = execution;
  for (const step of journal.steps) {
    if (step.state === 'undoing')
      await journal.mark(step, (await isDone(step, connection)) === false ? 'undone' : 'done');
  }
  const problem = await undoSteps(
    execution,
    journal.steps.filter(({ state }) => state === 'done'),
  );
  if (problem === undefined) await journal.clear();
  return problem;
}

/** An earlier run was undoing when it ended. */
export function isUndoing(journal: CourseJournal): boolean {
  return journal.steps.some(({ state }) => state === 'undoing' || state === 'undone');
}

/** An operation that was left half done is undone alone, where that is possible, so that it can be mended. */
async function undoLast(execution: JournaledExecution, done: readonly JournalStep[]): Promise<string | undefined> {
  const last = execution.journal.steps.find(({ state }) => state === 'planned')?.operation;
  const half = done.filter(({ operation }) => operation === last);
  if (half.length === 0 || (await reasonAgainst(half, execution.connection)) !== undefined) return undefined;
  const problem = await undoSteps(execution, half);
  if (problem === undefined) await execution.journal.remove(half);
  return problem;
}

/** Operations of which nothing has been done can be mended before the next run, and are planned anew by it. */
async function forgetPlans(journal: CourseJournal): Promise<void> {
  const begun = new Set(journal.steps.filter(({ state }) => state !== 'planned').map(({ operation }) => operation));
  await journal.remove(journal.steps.filter(({ operation }) => !begun.has(operation)));
}

/** Why the steps are not undone at once; undefined where they are. */
async function reasonAgainst(done: readonly JournalStep[], connection: Connection): Promise<string | undefined> {
  const other = done.find(({ undo }) => undo === null);
  if (other !== undefined) return `What ${other.label} has done cannot be undone without a loss.`;
  for (const [index, step] of done.entries()) {
    const undo = readUndo(step);
    if (undo?.kind !== 'emptyTable') continue;
    const table = nameAfter(undo.table, done.slice(index + 1));
    if (await hasRows(table, connection)) return `The table ${table} has rows by now.`;
  }
  return undefined;
}

/** What the table is called after those steps. */
function nameAfter(table: string, later: readonly JournalStep[]): string {
  let name = table;
  for (const step of later) {
    const undo = readUndo(step);
    if (undo?.kind !== 'operation' || undo.operation.kind !== 'renameTable') continue;
    // Undoing goes from the new name to the old one.
    if (undo.operation.to === name) name = undo.operation.from;
  }
  return name;
}

async function hasRows(table: string, connection: Connection): Promise<boolean> {
  const { rows } = await connection.run({
    kind: 'select',
    distinct: false,
    columns: [{ expression: { kind: 'raw', parts: ['1'], values: [] }, alias: 'present' }],
    from: { table },
    where: undefined,
    order: [],
    limit: 1,
    offset: undefined,
  });
  return rows.length > 0;
}

function readUndo(step: JournalStep): Undo | undefined {
  if (step.undo === null) return undefined;
  const undo: Undo = JSON.parse(step.undo);
  return undo;
}

/** The last first. @returns what went wrong; the rest then stays */
async function undoSteps(execution: JournaledExecution, done: readonly JournalStep[]): Promise<string | undefined> {
  const { journal, check, connection } = execution;
  for (const step of done.toReversed()) {
    const undo = readUndo(step);
    if (undo === undefined) return `What ${step.label} has done cannot be undone without a loss.`;
    try {
      if (undo.kind === 'emptyTable' && (await hasRows(undo.table, connection)))
        return `The table ${undo.table} has rows by now.`;
      await check();
      const undoing = await journal.mark(step, 'undoing');
      await patiently(execution, () => send(undo, execution));
      await journal.mark(undoing, 'undone');
    } catch (error) {
      return `Undoing ${step.label} failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

async function send(undo: Undo, { connection, lockTimeout }: JournaledExecution): Promise<void> {
  switch (undo.kind) {
    case 'operation':
      return connection.applyDdl(undo.operation, lockTimeout);
    case 'emptyTable':
      return connection.applyDdl({ kind: 'dropTable', table: undo.table, ifExists: false }, lockTimeout);
    case 'statements':
      for (const sql of undo.sql) await connection.runSchemaStatement(literalStatement(sql), lockTimeout);
  }
}
