import type { Connection } from '../connection/connection.ts';
import { IrreversibleMigration, MigrationInvalid } from '../errors/migration.ts';
import { requireOutsideData } from './data-steps.ts';
import { Messages, type MigrationMessage } from './messages.ts';
import type { MigrationOperation } from './operations.ts';

/** Who carries out operations. The queue of a migration that is only being recorded has none. */
export interface Executor {
  readonly connection: Connection;
  /** @param place - the operation's place in the migration, from 0 */
  apply(operation: MigrationOperation, place: number): Promise<void>;
  /**
   * The answer to a question with yes or no, the `turn`-th that the migration asks, after so many operations: where an
   * earlier run has gone by an answer, that one.
   */
  answer(question: string, operation: number, turn: number, ask: () => Promise<boolean>): Promise<boolean>;
}

/**
 * What an operation of a migration gives back. Nobody has to await it: the operation has its turn in the queue. To await
 * it is to wait until it, and all before it, are done.
 */
export class Queued implements PromiseLike<undefined> {
  readonly #drain: () => Promise<void>;

  constructor(drain: () => Promise<void>) {
    this.#drain = drain;
  }

  // Lazily, so that an operation which nobody awaits leaves no rejected promise behind.
  then<A = undefined, B = never>(
    done?: ((value: undefined) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#drain()
      .then(() => undefined)
      .then(done, failed);
  }
}

/** The operations of one migration in the order in which it asked for them. */
export class OperationQueue {
  /** With what is said between them. */
  readonly #entries: MigrationOperation[] = [];
  readonly #operations: MigrationOperation[] = [];
  #executor: Executor | undefined;
  #next = 0;
  #done = 0;
  #running: Promise<void> | undefined;
  #asked = 0;
  /** Parts of the migration that wait for an operation or an answer. */
  #waiting = 0;
  #isClosed = false;
  #messages: Messages | undefined;
  /** The first failure: nothing that was to follow may run. */
  #failure: { readonly error: unknown; readonly operation: MigrationOperation | undefined } | undefined;

  /** All that was asked for, with what is said between the operations. */
  get entries(): readonly MigrationOperation[] {
    return this.#entries;
  }

  /** Those that do something: a message has no place among them, so that one more changes no journal. */
  get operations(): readonly MigrationOperation[] {
    return this.#operations;
  }

  /** How many of them have been carried out. */
  get done(): number {
    return this.#done;
  }

  /** The operation that failed. */
  get failed(): MigrationOperation | undefined {
    return this.#failure?.operation;
  }

  /** Where operations are carried out; undefined while they are only recorded. */
  get connection(): Connection | undefined {
    return this.#executor?.connection;
  }

  /** Who is told what the migration says. */
  onMessage(listener: (message: MigrationMessage) => void): void {
    this.#messages = new Messages(listener);
  }

  /** From here on operations are carried out, and not just recorded. */
  runWith(executor: Executor): void {
    this.#executor = executor;
  }

  push(operation: MigrationOperation): Queued {
    requireOutsideData();
    if (this.#isAbandoned) return this.drained();
    this.#requireOpen();
    this.#entries.push(operation);
    if (operation.kind !== 'say') this.#operations.push(operation);
    return this.drained();
  }

  /** To be awaited by whoever goes on when all that was asked for so far is done. */
  drained(): Queued {
    return new Queued(() => this.waitFor(() => this.drain()));
  }

  /**
   * Runs the method of a migration, and carries out all that it asks for. Afterwards nothing can be asked for any more:
   * what a forgotten `await` has left behind would be carried out when nobody has the lock, or not at all.
   *
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) where a part of it still waits when it returns
   */
  async perform(step: () => unknown): Promise<void> {
    try {
      await step();
      this.#isClosed = true;
      if (this.#waiting > 0) throw notAwaited();
      await this.drain();
    } catch (error) {
      this.#isClosed = true;
      this.#failure ??= { error, operation: undefined };
      // The operation that is under way belongs to the transaction that is about to end.
      await this.#running?.catch(ignore);
      throw error;
    }
  }

  /** Counts who waits for `work`, so that a method which returns without waiting for it is noticed. */
  async waitFor<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    try {
      const value = await work();
      if (!this.#isAbandoned) return value;
    } catch (error) {
      if (!this.#isAbandoned) throw error;
    } finally {
      this.#waiting--;
    }
    // The failure has been told to whoever runs the migration: in a part that nobody awaits it would end the process.
    return new Promise(() => undefined);
  }

  /** It has failed, and what is still waiting belongs to a part of it that nobody awaits. */
  get #isAbandoned(): boolean {
    return this.#isClosed && this.#failure !== undefined;
  }

  /** Carries out all that was asked for so far. Rejects with the error of the first operation that failed. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#executor === undefined || this.#next === this.#entries.length) return;
    this.#running = this.#run(this.#executor);
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #run(executor: Executor): Promise<void> {
    for (let entry = this.#entries[this.#next]; entry !== undefined; entry = this.#entries[this.#next]) {
      if (this.#failure !== undefined) throw this.#failure.error;
      try {
        if (entry.kind === 'say') this.#messages?.tell(entry);
        else await executor.apply(entry, this.#done);
      } catch (error) {
        this.#failure = { error, operation: entry.kind === 'say' ? undefined : entry };
        throw error;
      }
      this.#next++;
      if (entry.kind !== 'say') this.#done++;
    }
  }

  /** Asks the database something, after all operations asked for so far have been carried out. */
  ask<T>(question: string, answer: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#ask(question, ({ connection }) => answer(connection));
  }

  /** The same for a question with yes or no, which is answered once for all runs of a migration that stopped half way. */
  askWhether(question: string, answer: (connection: Connection) => Promise<boolean>): Promise<boolean> {
    const [place, turn] = [this.#operations.length, this.#asked++];
    return this.#ask(question, (executor) => executor.answer(question, place, turn, () => answer(executor.connection)));
  }

  #ask<T>(question: string, answer: (executor: Executor) => Promise<T>): Promise<T> {
    requireOutsideData();
    if (!this.#isAbandoned) this.#requireOpen();
    const executor = this.#executor;
    if (executor === undefined) return this.#refuse(question);
    const drained = this.drain();
    const answered = this.waitFor(async () => {
      await drained;
      if (this.#failure !== undefined) throw this.#failure.error;
      return answer(executor);
    });
    // The failure of an operation is reported by whoever drains the queue last, also where nobody awaits the answer.
    drained.catch(() => answered.catch(ignore));
    return answered;
  }

  /** It is told also where nobody awaits the answer. */
  #refuse(question: string): Promise<never> {
    const error = new IrreversibleMigration(
      `A change() that asks the database something (${question}) cannot be turned round.`,
      { hint: 'Write up() and down() in place of change(). Nothing was changed.' },
    );
    this.#failure ??= { error, operation: undefined };
    const refused = Promise.reject(error);
    refused.catch(ignore);
    return refused;
  }

  #requireOpen(): void {
    if (!this.#isClosed) return;
    throw new MigrationInvalid(
      'A migration asked for something after it had ended, so it was not carried out: an await is missing.',
      { hint: awaitHint },
    );
  }
}

const awaitHint =
  'Write async and await before all that takes its time: tableExists and its like, query, sayWithTime with an async function, functions of your own.';

const notAwaited = () =>
  new MigrationInvalid(
    'The migration returned while a part of it was still waiting for an operation or an answer: an await is missing.',
    { hint: awaitHint },
  );

function ignore(): void {}
