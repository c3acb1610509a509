import { SessionBusy } from '../errors/session.ts';
import { AsyncScope } from '../support/async-scope.ts';

/** An operation that is under way; what it has started may outlive it. */
interface Operation {
  isOver: boolean;
}

const scope = new AsyncScope<Operation>();

/**
 * The turns of what is done with one session: reads go beside each other, and what writes or ends its transaction goes
 * alone, in the order of the calls. Code that an operation calls (callbacks) is part of it.
 */
export class Turns {
  #readers = 0;
  #isWriting = false;
  readonly #waiting: { readonly writes: boolean; readonly begin: () => void }[] = [];

  /** Whether the running code has been called by an operation of the session. */
  get isInside(): boolean {
    return scope.current(this)?.isOver === false;
  }

  /** @throws SessionBusy (`AR_SESSION_BUSY`) while a flush, or the end of the transaction, is under way */
  requireNotWriting(what: string): void {
    if (this.#isWriting) throw new SessionBusy(what);
  }

  /** Not to be called inside of another operation: it could wait for itself. */
  read<T>(fn: () => Promise<T>): Promise<T> {
    return this.#take(false, fn);
  }

  /** @throws SessionBusy (`AR_SESSION_BUSY`) inside of another operation: it would wait for itself */
  async write<T>(what: string, fn: () => Promise<T>): Promise<T> {
    if (this.isInside) throw new SessionBusy(what);
    return this.#take(true, fn);
  }

  async #take<T>(writes: boolean, fn: () => Promise<T>): Promise<T> {
    await this.#begin(writes);
    const operation: Operation = { isOver: false };
    try {
      return await scope.run(this, operation, fn);
    } finally {
      operation.isOver = true;
      this.#end(writes);
    }
  }

  #begin(writes: boolean): Promise<void> | undefined {
    const isFree = !this.#isWriting && (writes ? this.#readers === 0 : true) && this.#waiting.length === 0;
    if (!isFree)
      return new Promise((begin) => {
        this.#waiting.push({ writes, begin });
      });
    this.#enter(writes);
    return undefined;
  }

  #enter(writes: boolean): void {
    if (writes) this.#isWriting = true;
    else this.#readers++;
  }

  #end(writes: boolean): void {
    if (writes) this.#isWriting = false;
    else this.#readers--;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#isWriting || (next.writes && this.#readers > 0)) return;
      this.#waiting.shift();
      this.#enter(next.writes);
      next.begin();
    }
  }
}
