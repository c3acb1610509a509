import type { Connection } from '../connection/connection.ts';
import type { MigrationDirection } from './events.ts';
import { Ledger } from './ledger.ts';
import { describeOperation, type MigrationOperation } from './operations.ts';
import { nameOf, type Task } from './perform.ts';
import type { Executor } from './queue.ts';
import { Rehearsal } from './rehearsal.ts';
import { type MigratorOptions, tasksOf } from './runner.ts';
import { stepsOf } from './schema-steps.ts';
import { discover } from './source.ts';
import { filesToMigrate, filesToUndo, type MigrationTarget } from './targets.ts';

export interface DryRunOptions extends Pick<MigratorOptions, 'connection' | 'folder'>, MigrationTarget {
  /** What would happen: `'up'`, as `migrate` does it (which may undo, with `to`), or `'down'`, as `rollback` does it. */
  readonly direction?: MigrationDirection | undefined;
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
 * bookkeeping of the migrator is left out.
 *
 * @returns what would run, in order
 * @throws as `migrate` and `rollback` do before the first statement
 * @example
 * ```ts
 * const [first] = await dryRun({ connection: connections.get(), folder: 'migrations' });
 * first?.sql; // ['CREATE TABLE `users` (…)']
 * ```
 */
export async function dryRun(options: DryRunOptions): Promise<PlannedMigration[]> {
  const { connection, folder, direction: wanted = 'up' } = options;
  await connection.open();
  const [files, entries] = [await discover(folder), await new Ledger(connection).entries()];
  const choice =
    wanted === 'up'
      ? filesToMigrate(files, entries, options)
      : { direction: wanted, files: filesToUndo(files, entries, options) };
  const rehearsal = new Rehearsal(connection);
  const planned: PlannedMigration[] = [];
  for (const task of await tasksOf(choice.direction, choice.files))
    planned.push(await rehearse(task, choice.direction, rehearsal, connection));
  return planned;
}

async function rehearse(
  task: Task,
  direction: MigrationDirection,
  rehearsal: Rehearsal,
  connection: Connection,
): Promise<PlannedMigration> {
  rehearsal.script.length = 0;
  const { queue, step } = task;
  const executor = new RehearsingExecutor(rehearsal);
  queue.runWith(executor);
  let stopped: unknown;
  try {
    // Whatever else a migration does, with models for instance, goes where nothing can be written.
    await connection.transaction(
      async () => {
        await step();
        await queue.drain();
      },
      { readOnly: true },
    );
  } catch (error) {
    stopped = error ?? new Error('it threw nothing');
    const place = queue.failed === undefined ? '' : `${describeOperation(queue.failed)}: `;
    const reason = error instanceof Error ? error.message : String(error);
    rehearsal.script.push(`-- not known from here on: ${place}${reason.replace(/\s*\n\s*/g, ' ')}`);
  }
  const unknown = ['writes the table anew', '-- a data step'];
  const rebuilds = rehearsal.script.some((line) => unknown.some((each) => line.includes(each)));
  return {
    migration: nameOf(task.file),
    direction,
    sql: [...rehearsal.script],
    complete: stopped === undefined && !rebuilds,
  };
}

/** Takes operations apart as the real one does. */
class RehearsingExecutor implements Executor {
  readonly connection: Rehearsal;

  constructor(connection: Rehearsal) {
    this.connection = connection;
  }

  async apply(operation: MigrationOperation): Promise<void> {
    if (operation.kind === 'data') {
      this.connection.script.push('-- a data step: what it sends is known when it runs');
      return;
    }
    for (const step of await stepsOf(operation, this.connection)) {
      if (step.kind === 'execute') await this.connection.execute(step.statement);
      else await this.connection.applyDdl(step);
    }
  }

  answer(_question: string, _operation: number, _turn: number, ask: () => Promise<boolean>): Promise<boolean> {
    return ask();
  }
}
