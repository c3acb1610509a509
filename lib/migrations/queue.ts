import type { Connection } from '../connection/connection.ts';
import { IrreversibleMigration } from '../errors/migration.ts';
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
  readonly #operations: MigrationOperation[] = [];
  #executor: Executor | undefined;
  #done = 0;
  #running: Promise<void> | undefined;
  #asked = 0;
  #messages: Messages | undefined;
  /** The first failure: nothing that was to follow may run. */
  #failure: { readonly error: unknown } | undefined;

  get operations(): readonly MigrationOperation[] {
    return this.#operations;
  }

  /** How many of them have been carried out. */
  get done(): number {
    return this.#done;
  }

  /** The operation that failed. */
  get failed(): MigrationOperation | undefined {
    return this.#failure === undefined ? undefined : this.#operations[this.#done];
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
    this.#operations.push(operation);
    return new Queued(() => this.drain());
  }

  /** Carries out all that was asked for so far. Rejects with the error of the first operation that failed. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#executor === undefined || this.#done === this.#operations.length) return;
    this.#running = this.#run(this.#executor);
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #run(executor: Executor): Promise<void> {
    for (let next = this.#operations[this.#done]; next !== undefined; next = this.#operations[this.#done]) {
      try {
        if (next.kind === 'say') this.#messages?.tell(next);
        else await executor.apply(next, this.#done);
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
      this.#done++;
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
    const executor = this.#executor;
    if (executor === undefined) {
      return Promise.reject(
        new IrreversibleMigration(`A change() that asks the database something (${question}) cannot be turned round.`, {
          hint: 'Write up() and down() in place of change(). Nothing was changed.',
        }),
      );
    }
    const drained = this.drain();
    const answered = drained.then(() => answer(executor));
    // The failure of an operation is reported by whoever drains the queue last, also where nobody awaits the answer.
    drained.catch(() => answered.catch(ignore));
    return answered;
  }
}

function ignore(): void {}
