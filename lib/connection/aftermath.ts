import { AfterCommitFailed, AfterRollbackFailed } from '../errors/transaction.ts';
import { Afterwards } from './afterwards.ts';

/** What is to happen when a transaction has ended, one way or the other. */
export class Aftermath {
  readonly afterCommit: Afterwards = new Afterwards();
  readonly afterRollback: Afterwards = new Afterwards();
  #undos: (() => void)[] = [];

  onRollback(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** A savepoint is released: its fate is now that of the transaction around it. */
  moveTo(outer: Aftermath): void {
    for (const undo of this.#undos) outer.#undos.push(undo);
    this.#undos = [];
    this.afterCommit.moveTo(outer.afterCommit);
    this.afterRollback.moveTo(outer.afterRollback);
  }

  committed(): void {
    this.#undos = [];
    this.afterRollback.clear();
  }

  /** Takes back what was to be, the last first, all of it; gives the error that the transaction then ends with. */
  rolledBack(reason: unknown): unknown {
    const undos = this.#undos.reverse();
    this.#undos = [];
    this.afterCommit.clear();
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
    this.afterCommit.clear();
    this.afterRollback.clear();
  }

  /** @throws AfterCommitFailed */
  async runAfterCommit(): Promise<void> {
    // One of another transaction, which was committed after this one, says what has failed there.
    const errors = (await this.afterCommit.run()).flatMap((error) =>
      error instanceof AfterCommitFailed ? error.errors : [error],
    );
    if (errors.length > 0) throw new AfterCommitFailed(errors);
  }

  /** @throws AfterRollbackFailed */
  async runAfterRollback(reason: unknown): Promise<void> {
    const errors = await this.afterRollback.run();
    if (errors.length > 0) throw new AfterRollbackFailed(errors, reason, 'functions');
  }
}
