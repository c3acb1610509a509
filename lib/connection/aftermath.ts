import { AfterCommitFailed, AfterRollbackFailed } from '../errors/transaction.ts';

/** What is to happen when a transaction has ended, one way or the other. */
export class Aftermath {
  #afterCommit: (() => unknown)[] = [];
  #afterRollback: (() => unknown)[] = [];
  #undos: (() => void)[] = [];

  afterCommit(fn: () => unknown): void {
    this.#afterCommit.push(fn);
  }

  afterRollback(fn: () => unknown): void {
    this.#afterRollback.push(fn);
  }

  onRollback(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** A savepoint is released: its fate is now that of the transaction around it. */
  moveTo(outer: Aftermath): void {
    for (const undo of this.#undos) outer.#undos.push(undo);
    for (const fn of this.#afterCommit) outer.#afterCommit.push(fn);
    for (const fn of this.#afterRollback) outer.#afterRollback.push(fn);
    this.unknown();
  }

  committed(): void {
    this.#undos = [];
    this.#afterRollback = [];
  }

  /** Takes back what was to be, the last first, all of it; gives the error that the transaction then ends with. */
  rolledBack(reason: unknown): unknown {
    const undos = this.#undos.reverse();
    this.#undos = [];
    this.#afterCommit = [];
    const errors: unknown[] = [];
    for (const undo of undos) {
      try {
        undo();
      } catch (error) {
        errors.push(error);
      }
    }
    return errors.length === 0 ? reason : new AfterRollbackFailed(errors, reason);
  }

  /** Nobody knows how it has ended: nothing of it is to happen. */
  unknown(): void {
    this.#undos = [];
    this.#afterCommit = [];
    this.#afterRollback = [];
  }

  /** @throws AfterCommitFailed */
  async runAfterCommit(): Promise<void> {
    const errors = await runAll(this.#afterCommit);
    if (errors.length > 0) throw new AfterCommitFailed(errors);
  }

  /** @throws AfterRollbackFailed */
  async runAfterRollback(reason: unknown): Promise<void> {
    const errors = await runAll(this.#afterRollback);
    if (errors.length > 0) throw new AfterRollbackFailed(errors, reason, 'functions');
  }
}

/** One after another, in order; gives what they threw. */
async function runAll(functions: readonly (() => unknown)[]): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  for (const fn of functions) {
    try {
      await fn();
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}
