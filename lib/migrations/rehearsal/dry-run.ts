import type { Connection } from '../../connection/connection.ts';
import { describeOperation, type MigrationOperation } from '../dsl/operations.ts';
import type { MigrationDirection } from '../events.ts';
import { discover, type MigrationFile } from '../files/source.ts';
import { CourseJournal } from '../journal/course-journal.ts';
import { Journal, type JournalStep } from '../journal/journal.ts';
import { requireSame } from '../journal/journaled-executor.ts';
import { isUndoing } from '../journal/recovery.ts';
import { Ledger, type LedgerEntry } from '../ledger.ts';
import { nameOf, requireDirection, type Task } from '../perform.ts';
import type { Executor } from '../queue.ts';
import { type MigratorOptions, tasksOf } from '../runner.ts';
import { stepsOf } from '../steps/schema-steps.ts';
import { type Choice, filesToMigrate, filesToUndo, type MigrationTarget } from '../targets.ts';
import { NotKnown, Rehearsal } from './rehearsal.ts';

export interface DryRunOptions extends Pick<MigratorOptions, 'connection' | 'folder'>, MigrationTarget {
  /**
   * What would happen: `'up'`, as `migrate` does it (which may undo, with `to`), `'down'`, as `rollback` does it, or
   * `'redo'`, as `redo` does it.
   */
  readonly direction?: MigrationDirection | 'redo' | undefined;
}

/** A migration that would run, and what it would send. */
export interface PlannedMigration {
  readonly migration: string;
  readonly direction: MigrationDirection;
  /** Statements in order. Lines that begin with `--` say with which values, or what is not known. */
  readonly sql: readonly string[];
  /** False where not all of it can be known before it runs. */
  readonly complete: boolean;
}

/**
 * The SQL that `migrate` (or `rollback`) would send, without sending it. The migrations' own methods run, in a
 * transaction in which the database refuses to write; what they ask the database by `query` is not asked. The
 * bookkeeping of the migrator is left out. Of a migration that stopped half way it is what is left.
 *
 * @returns what would run, in order
 * @throws as `migrate` and `rollback` do before the first statement
 * @example
 * ```ts
 * const [first] = await dryRun({ connection: await connections.open(), folder: 'migrations' });
 * first?.sql; // ['CREATE TABLE `users` (…)']
 * ```
 */
export async function dryRun(options: DryRunOptions): Promise<PlannedMigration[]> {
  const { connection, folder, direction: wanted = 'up' } = options;
  await connection.open();
  const [files, entries] = [await discover(folder), await new Ledger(connection).entries()];
  const journal = new Journal(connection);
  const known = await journal.steps();
  const rehearsal = new Rehearsal(connection);
  const planned: PlannedMigration[] = [];
  for (const { direction, files: chosen } of choicesOf(wanted, files, entries, options)) {
    requireDirection(known, { direction: wanted === 'redo' ? 'down' : direction, entries });
    for (const task of await tasksOf(direction, chosen, options)) {
      const { version } = task.file;
      const begun = known.filter((step) => step.version === version && step.direction === direction);
      const course = new CourseJournal(journal, { version, direction }, begun);
      planned.push(
        await rehearse(task, direction, new RehearsingExecutor(rehearsal, course, nameOf(task.file)), connection),
      );
    }
  }
  return planned;
}

function choicesOf(
  wanted: MigrationDirection | 'redo',
  files: readonly MigrationFile[],
  entries: readonly LedgerEntry[],
  target: MigrationTarget,
): Choice[] {
  if (wanted === 'up') return [filesToMigrate(files, entries, target)];
  const undone = filesToUndo(files, entries, target);
  const down: Choice = { direction: 'down', files: undone };
  return wanted === 'down' ? [down] : [down, { direction: 'up', files: undone.toReversed() }];
}

async function rehearse(
  { queue, step, file }: Task,
  direction: MigrationDirection,
  executor: RehearsingExecutor,
  connection: Connection,
): Promise<PlannedMigration> {
  const rehearsal = executor.connection;
  rehearsal.begin();
  queue.runWith(executor);
  try {
    executor.requireBeginning();
    // Whatever else a migration does, with models for instance, goes where nothing can be written.
    await connection.transaction(() => queue.perform(step), { readOnly: true });
  } catch (error) {
    const place = queue.failed === undefined ? '' : `${describeOperation(queue.failed)}: `;
    const reason = error instanceof Error ? error.message : String(error);
    rehearsal.unclear(`not known from here on: ${place}${reason.replace(/\s*\n\s*/g, ' ')}`);
    rehearsal.doubt(nameOf(file));
  }
  return { migration: nameOf(file), direction, sql: [...rehearsal.script], complete: rehearsal.isComplete };
}

/** Takes operations apart as the real one does, and leaves out what an earlier run has done. */
class RehearsingExecutor implements Executor {
  readonly connection: Rehearsal;
  readonly #journal: CourseJournal;
  readonly #migration: string;

  constructor(connection: Rehearsal, journal: CourseJournal, migration: string) {
    this.connection = connection;
    this.#journal = journal;
    this.#migration = migration;
  }

  /** @throws NotKnown where the next run begins with what is left of an earlier one */
  requireBeginning(): void {
    if (isUndoing(this.#journal)) throw new NotKnown('an earlier run was being undone; that is finished first');
  }

  async apply(operation: MigrationOperation, place: number): Promise<void> {
    const known = this.#journal.stepsOf(place);
    // What was planned and never begun is planned anew.
    if (known.some(({ state }) => state !== 'planned')) return this.#goOn(operation, known, place);
    if (operation.kind === 'data') return this.connection.unclear('a data step: what it sends is known when it runs');
    for (const step of await stepsOf(operation, this.connection)) {
      if (step.kind === 'execute') await this.connection.execute(step.statement);
      else await this.connection.applyDdl(step);
    }
  }

  async answer(question: string, operation: number, turn: number, ask: () => Promise<boolean>): Promise<boolean> {
    const given = this.#journal.given(question, operation, turn);
    if (given !== undefined) return given;
    this.connection.requireCertain(question);
    return ask();
  }

  #goOn(operation: MigrationOperation, known: readonly JournalStep[], place: number): void {
    requireSame(operation, known, place, this.#migration, this.connection.dialect);
    const left = known.filter(({ state }) => state !== 'done');
    const label = describeOperation(operation);
    if (left.length === 0) {
      this.connection.script.push(`-- done by an earlier run: ${label}`);
      return;
    }
    this.connection.unclear(`begun by an earlier run: ${label}`);
    this.connection.doubt(label);
    for (const { sql, state } of left) {
      if (state === 'begun') this.connection.unclear('perhaps done already; the next run looks, or asks:');
      if (sql !== '') this.connection.script.push(sql);
    }
  }
}
