import { AsyncLocalStorage } from 'node:async_hooks';
import { shared } from '../support/shared.ts';

interface Scope {
  readonly storage: AsyncLocalStorage<Attempt>;
  /** How many attempts are under way. */
  active: number;
}

const scope = shared<Scope>('attempts', () => ({ storage: new AsyncLocalStorage<Attempt>(), active: 0 }));

/**
 * One run of a transaction that may be run again. Whatever a run changes in memory (records above all) tells it here
 * first: before the next run all of it is as it was before this one, or a second `balance -= 10` would take 20.
 */
export class Attempt {
  /** The connection that the transaction is on. */
  readonly #owner: object;
  readonly #outer: Attempt | undefined = scope.storage.getStore();
  /** Held weakly: a transaction that goes through a million records does not keep them all. */
  readonly #kept = new WeakMap<object, () => void>();
  readonly #subjects: WeakRef<object>[] = [];
  #ended = false;

  constructor(owner: object) {
    this.#owner = owner;
    scope.active++;
  }

  /** Runs the function of the transaction; all that it starts belongs to this attempt. */
  run<T>(fn: () => T): T {
    return scope.storage.run(this, fn);
  }

  /** Before something about `subject` changes: takes a picture of it, the first time. */
  keep(subject: object, picture: () => () => void): void {
    this.#outer?.keep(subject, picture);
    if (this.#ended || this.#kept.has(subject)) return;
    this.#kept.set(subject, picture());
    this.#subjects.push(new WeakRef(subject));
  }

  /** Something about `subject` has become lasting outside of the transaction: that does not go back. */
  forget(subject: object, owner: object, inTransaction: boolean): void {
    this.#outer?.forget(subject, owner, inTransaction);
    if (owner !== this.#owner || !inTransaction) this.#kept.delete(subject);
  }

  /** Puts everything back. */
  restore(): void {
    for (const reference of this.#subjects) {
      const subject = reference.deref();
      if (subject !== undefined) this.#kept.get(subject)?.();
    }
  }

  end(): void {
    this.#ended = true;
    scope.active--;
  }
}

/** The attempt that the running code is part of. Costs next to nothing while there is none in the whole process. */
export function currentAttempt(): Attempt | undefined {
  return scope.active === 0 ? undefined : scope.storage.getStore();
}
