import { MigrationInvalid } from '../errors/migration.ts';
import { checkedNaming } from '../schema/naming.ts';
import type { Naming } from '../support/naming.ts';
import { describeValue } from '../types/type.ts';
import { requirePossible } from './capabilities.ts';
import type { MigrationOperation } from './operations.ts';
import { OperationQueue, Queued } from './queue.ts';
import { flattened } from './recorder.ts';

/** What a migration does with the operations that it is asked for. */
export interface Workings {
  readonly naming: Naming;
  readonly queue: OperationQueue;
  /** Whether operations are carried out; otherwise they are recorded, or gathered for another operation. */
  readonly executes: boolean;
  /** Whether another operation gathers them, which may be needed in either direction. */
  readonly gathers: boolean;
  push(operation: MigrationOperation): Queued;
  /**
   * What `ask` asks for, in place of carrying it out.
   *
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for what is no function, or is async
   */
  gather(ask: unknown, what: string): MigrationOperation[];
}

class MigrationWorkings implements Workings {
  readonly naming: Naming;
  readonly queue = new OperationQueue();
  #gathered: MigrationOperation[] | undefined;

  constructor(naming: Naming) {
    this.naming = naming;
  }

  get executes(): boolean {
    return !this.gathers && this.queue.connection !== undefined;
  }

  get gathers(): boolean {
    return this.#gathered !== undefined;
  }

  push(operation: MigrationOperation): Queued {
    const { connection } = this.queue;
    if (this.#gathered !== undefined) this.#gathered.push(operation);
    else if (connection === undefined) this.queue.push(operation);
    else {
      for (const each of flattened(operation)) {
        requirePossible(each, connection);
        this.queue.push(each);
      }
    }
    return this.queue.drained();
  }

  gather(ask: unknown, what: string): MigrationOperation[] {
    if (typeof ask !== 'function')
      throw new MigrationInvalid(`${what} takes a function, not ${describeValue(ask)}.`, {
        hint: 'Write: () => this.addColumn(…)',
      });
    const outer = this.#gathered;
    const gathered: MigrationOperation[] = [];
    this.#gathered = gathered;
    let answer: unknown;
    try {
      answer = ask();
    } finally {
      this.#gathered = outer;
    }
    if (!isAwaited(answer)) return gathered;
    // Its failure is not what has to be told.
    answer.then(undefined, () => undefined);
    throw new MigrationInvalid(`What is given to ${what} asks for operations, and waits for nothing.`, {
      hint: 'Leave out async and await, or write up() and down().',
    });
  }
}

/** A promise, or a query of a model; what an operation gives back need not be awaited. */
export function isAwaited(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Queued) return false;
  return typeof Reflect.get(value, 'then') === 'function';
}

/** Of a migration; for the classes that `Migration` is put together from. */
export let workingsOf: (migration: MigrationCore) => Workings;

/** What all operations of a migration have in common. */
export abstract class MigrationCore {
  /** How columns are named after attributes: `'snake'` (`createdAt` is `created_at`), or `'preserve'`. */
  static naming = 'snake';
  /**
   * Runs without a transaction where migrations have one (PostgreSQL, SQLite), for what no transaction can hold, such as an
   * index that is made concurrently. One that fails is then gone on with by the next run, as on MySQL.
   */
  static disableTransaction = false;

  readonly #workings: MigrationWorkings;

  constructor() {
    this.#workings = new MigrationWorkings(checkedNaming(new.target.naming, new.target.name));
  }

  static {
    workingsOf = (migration) => migration.#workings;
  }

  /** @internal The queue of a migration; undefined for anything else. */
  static queueOf(migration: unknown): OperationQueue | undefined {
    return typeof migration === 'object' && migration !== null && #workings in migration
      ? migration.#workings.queue
      : undefined;
  }
}
