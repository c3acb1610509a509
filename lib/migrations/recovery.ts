import type { Connection } from '../connection/connection.ts';
import { literalStatement } from '../sql/compile.ts';
import type { DdlOperation } from '../sql/ddl/spec.ts';
import { isWritten } from './added-columns.ts';
import type { CourseJournal } from './course-journal.ts';
import type { JournalStep, StepState } from './journal.ts';
import type { JournaledExecution } from './journaled-executor.ts';
import { patiently } from './patience.ts';
import { isUndone } from './probe.ts';
import type { Undo } from './undo.ts';

/** What the database has of a migration that failed outside of a transaction. */
export type Aftermath =
  /** Nothing had been done. */
  | { readonly kind: 'nothing' }
  /** All that was done was undone: so many statements. */
  | { readonly kind: 'undone'; readonly steps: number }
  /** It stays as it is until the next run; `because` says why it was not undone. */
  | { readonly kind: 'stopped'; readonly because: string }
  /** It was being undone, and stands half way: the next run goes on with that first. */
  | { readonly kind: 'undoing'; readonly because: string }
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
    return problem === undefined ? { kind: 'stopped', because: reason } : { kind: 'undoing', because: problem };
  }
  const problem = await undoSteps(execution, done);
  if (problem !== undefined) return { kind: 'undoing', because: problem };
  await execution.check();
  await journal.clear();
  return { kind: 'undone', steps: done.length };
}

/**
 * Finishes what an earlier run had begun to undo. Where that was all that was done, the migration is begun anew; where
 * something of it has to stay, it goes on behind that.
 *
 * @returns what keeps it from being undone
 */
export async function finishUndoing(execution: JournaledExecution, isChange: boolean): Promise<string | undefined> {
  const { journal, connection } = execution;
  const places = journal.steps.flatMap(({ state, operation }) => (isBeingUndone(state) ? [operation] : []));
  const first = Math.min(...places);
  for (const step of journal.steps)
    if (step.state === 'undoing') await journal.mark(step, (await isUndone(step, connection)) ? 'undone' : 'done');
  const done = journal.steps.filter(({ state }) => state !== 'planned' && state !== 'undone');
  const all = isChange && (await reasonAgainst(done, connection)) === undefined;
  const meant = done.filter(({ operation }) => all || operation >= first);
  const problem = await undoSteps(execution, meant);
  if (problem !== undefined) return problem;
  if (all) await journal.clear();
  else await journal.remove(journal.steps.filter(({ operation }) => operation >= first));
  return undefined;
}

const isBeingUndone = (state: StepState): boolean => state === 'undoing' || state === 'undone';

/** An earlier run was undoing when it ended. */
export function isUndoing(journal: CourseJournal): boolean {
  return journal.steps.some(({ state }) => isBeingUndone(state));
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

/** Why the steps are not undone at once; undefined where they are. */
async function reasonAgainst(done: readonly JournalStep[], connection: Connection): Promise<string | undefined> {
  const other = done.find(({ undo }) => undo === null);
  if (other !== undefined) return `What ${other.label} has done cannot be undone without a loss.`;
  for (const [index, step] of done.entries()) {
    const undo = readUndo(step);
    const lost = undo === undefined ? undefined : await lossOf(undo, done.slice(index + 1), connection);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

/** What would be lost, as people say it: rows, and values, that were written since. */
async function lossOf(undo: Undo, later: readonly JournalStep[], connection: Connection): Promise<string | undefined> {
  const renames = later.flatMap((step) => renamesOf(readUndo(step)));
  if (undo.kind === 'emptyTable') {
    const { table } = nameAfter({ table: undo.table, column: '' }, renames);
    return (await hasRows(table, connection)) ? `The table ${table} has rows by now.` : undefined;
  }
  for (const added of undo.added ?? []) {
    const now = nameAfter(added, renames);
    if (await isWritten({ ...added, ...now }, connection))
      return `The column ${now.table}.${now.column} may have been written to by now.`;
  }
  return undefined;
}

type Rename = Extract<DdlOperation, { kind: 'renameTable' | 'renameColumn' }>;

function renamesOf(undo: Undo | undefined): Rename[] {
  if (undo?.kind !== 'operation') return [];
  const { operation } = undo;
  const operations = operation.kind === 'alterTable' ? operation.changes : [operation];
  return operations.flatMap((each) => (each.kind === 'renameTable' || each.kind === 'renameColumn' ? [each] : []));
}

interface ColumnName {
  readonly table: string;
  readonly column: string;
}

/** What a column is called after the steps which those renames undo: undoing goes from the new name to the old one. */
function nameAfter({ table, column }: ColumnName, renames: readonly Rename[]): ColumnName {
  const now = { table, column };
  for (const rename of renames) {
    if (rename.kind === 'renameTable') {
      if (rename.to === now.table) now.table = rename.from;
    } else if (rename.table === now.table && rename.to === now.column) now.column = rename.from;
  }
  return now;
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
      const lost = await lossOf(undo, [], connection);
      if (lost !== undefined) return lost;
      await check();
      const undoing = await journal.mark(step, 'undoing');
      await patiently(execution, () =>
        // With what is written down of it, where the database can.
        connection.schemaTransaction(async () => {
          await send(undo, execution);
          if (connection.dialect.features.transactionalDdl) await journal.mark(undoing, 'undone');
        }),
      );
      if (!connection.dialect.features.transactionalDdl) await journal.mark(undoing, 'undone');
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
