import type { Connection } from '../connection/connection.ts';
import { ConnectionFailed, PoolTimeout } from '../errors/connection.ts';
import { MigrationUnfinished } from '../errors/migration.ts';
import { QueryError } from '../errors/query.ts';
import { StatementError } from '../errors/statement.ts';
import { literalStatement } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { CourseJournal } from './course-journal.ts';
import { type DataOperation, type DataProgress, noProgress, runData } from './data-steps.ts';
import { type Assumed, wasDone } from './doubt.ts';
import type { Execution } from './execution.ts';
import { runOwnStatement } from './executor.ts';
import type { JournalStep } from './journal.ts';
import { hashOf, ownStatement, planOf } from './journal-entries.ts';
import { describeOperation, type MigrationOperation } from './operations.ts';
import { patiently } from './patience.ts';
import { isDone, lookBefore, removeRemains } from './probe.ts';
import type { Executor } from './queue.ts';
import { stepsOf } from './schema-steps.ts';

/** How a migration is run whose statements are not taken back by the database. */
export interface JournaledExecution extends Execution {
  readonly journal: CourseJournal;
  readonly migration: string;
  readonly assumption: Assumed;
}

/** Carries out the operations of a migration, and writes down each statement before and after it. */
export class JournaledExecutor implements Executor {
  readonly connection: Connection;
  readonly #execution: JournaledExecution;

  constructor(execution: JournaledExecution) {
    this.connection = execution.connection;
    this.#execution = execution;
  }

  async apply(operation: MigrationOperation, place: number): Promise<void> {
    // Also what is only written down is written by one migrator alone.
    await this.#execution.check();
    const entries = (await this.#begun(operation, place)) ?? (await this.#begin(operation, place));
    if (operation.kind === 'data') return this.#runData(operation, entries);
    for (const entry of entries) if (entry.state !== 'done') await this.#perform(entry, operation);
  }

  /** What an earlier run has written down of the operation, where it has done something of it. */
  async #begun(operation: MigrationOperation, place: number): Promise<readonly JournalStep[] | undefined> {
    const { journal, migration, connection } = this.#execution;
    const known = journal.stepsOf(place);
    if (known.every(({ state }) => state === 'planned')) {
      // It may be another one by now, and the database another than it was planned for.
      await journal.remove(known);
      return undefined;
    }
    requireSame(operation, known, place, migration, connection.dialect);
    return known;
  }

  /** @returns what is still to be done */
  async #begin(operation: MigrationOperation, place: number): Promise<readonly JournalStep[]> {
    const { journal, connection } = this.#execution;
    const { isAtomic, entries } = await planOf(operation, place, journal.course, connection);
    if (isAtomic) {
      await this.#applyAtOnce(operation, entries);
      return [];
    }
    await journal.add(entries);
    return entries;
  }

  async answer(question: string, operation: number, turn: number, ask: () => Promise<boolean>): Promise<boolean> {
    await this.#execution.check();
    return this.#execution.journal.answer(question, operation, turn, ask);
  }

  /** With what is written down of it: there is nothing to be in doubt of. */
  async #applyAtOnce(operation: MigrationOperation, entries: readonly JournalStep[]): Promise<void> {
    const { connection, journal, lockTimeout } = this.#execution;
    const send = async () => {
      for (const step of await stepsOf(operation, connection)) {
        if (step.kind === 'execute') await runOwnStatement(step.statement, connection, lockTimeout);
        else await connection.applyDdl(step, lockTimeout);
      }
      await journal.add(entries.map((entry): JournalStep => ({ ...entry, state: 'done' })));
    };
    await patiently(this.#execution, () => connection.schemaTransaction(send));
  }

  async #perform(entry: JournalStep, operation: MigrationOperation): Promise<void> {
    const { connection, journal, check, migration, assumption } = this.#execution;
    const doubted = entry.state === 'begun';
    if (doubted && (await wasDone(entry, migration, connection, assumption))) {
      await journal.mark(entry, 'done');
      return;
    }
    const seen = doubted ? entry.seen : await lookBefore(entry, connection);
    await check();
    const begun = await journal.mark(entry, 'begun', seen);
    await removeRemains(entry, connection);
    try {
      await patiently(this.#execution, () => this.#send(begun, operation));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // It was under way all the same when the catalogue was asked.
      if (!(doubted && (await isDone(begun, connection)) === true)) {
        await check();
        await journal.mark(begun, 'planned');
        throw error;
      }
    }
    await journal.mark(begun, 'done');
  }

  async #send(entry: JournalStep, operation: MigrationOperation): Promise<void> {
    const { connection, lockTimeout, journal } = this.#execution;
    const own =
      entry.kind === 'execute'
        ? await ownStatement(entry, journal.stepsOf(entry.operation), operation, connection)
        : undefined;
    if (own !== undefined) await runOwnStatement(own, connection, lockTimeout);
    else await connection.runSchemaStatement(literalStatement(entry.sql), lockTimeout);
  }

  async #runData(operation: DataOperation, [entry]: readonly JournalStep[]): Promise<void> {
    if (entry === undefined || entry.state === 'done') return;
    const { connection, journal, check, onProgress } = this.#execution;
    let recorded = entry;
    await runData(operation, {
      connection,
      check,
      from: entry.seen === null ? noProgress : progressOf(entry.seen),
      // With the rows of the batch, or not at all. What is in memory follows after the commit.
      record: async (progress, goesOn) => {
        recorded = await journal.record(entry, goesOn ? 'begun' : 'done', progress);
      },
      told: (progress) => {
        journal.remember(recorded);
        onProgress(progress);
      },
    });
  }
}

function progressOf(text: string): DataProgress {
  const { batches, rows, at }: DataProgress = JSON.parse(text);
  return { batches, rows, at };
}

/** The server has said no, or was never asked: nothing of the statement was carried out. */
function isRefusal(error: unknown): boolean {
  return [StatementError, QueryError, PoolTimeout, ConnectionFailed].some((kind) => error instanceof kind);
}

/** @throws MigrationUnfinished (`AR_MIGRATION_UNFINISHED`) where an operation is other than the one that was begun */
export function requireSame(
  operation: MigrationOperation,
  known: readonly JournalStep[],
  place: number,
  migration: string,
  dialect: Dialect,
): void {
  const [first] = known;
  if (first === undefined || first.hash === hashOf(operation, dialect)) return;
  throw changedError(migration, place, first.label, describeOperation(operation));
}

function changedError(migration: string, place: number, was: string, is: string): MigrationUnfinished {
  const now = was === is ? 'says something else now' : `is ${is} now`;
  return new MigrationUnfinished(
    `${migration} stopped half way in an earlier run, and was changed since: operation ${place + 1}, which was begun as ${was}, ${now}.`,
    {
      hint: 'Put that operation back as it was, so that the rest can be carried out; what is to be different goes into the operations that follow, or into a new migration. Nothing was changed.',
    },
  );
}

/** @throws MigrationUnfinished (`AR_MIGRATION_UNFINISHED`) where operations are gone that an earlier run has begun */
export function requireAllThere(journal: CourseJournal, count: number, migration: string): void {
  const gone = journal.steps.find(({ operation, state }) => operation >= count && state !== 'planned');
  if (gone === undefined) return;
  throw new MigrationUnfinished(
    `${migration} stopped half way in an earlier run, and was changed since: operation ${gone.operation + 1}, ${gone.label}, is gone.`,
    { hint: 'Put it back, so that the rest can be carried out. Nothing more was done.' },
  );
}
