import { TransactionStuck } from '../errors/transaction.ts';

/** What goes on in a transaction and those inside it, which share a driver connection. */
export class Activity {
  #underWay = 0;
  #since = 0;
  #last: string | undefined;

  async during<T>(task: () => Promise<T>, sql: string | undefined): Promise<T> {
    this.#underWay++;
    this.#last = sql ?? this.#last;
    try {
      return await task();
    } finally {
      this.#underWay--;
      this.#since = performance.now();
    }
  }

  /**
   * Waits for a turn, while there is hope: it ends when nothing has been sent for `patience` milliseconds. Only a nested
   * transaction can keep a turn and send nothing.
   *
   * @param release - for a turn that comes when nobody waits for it any more
   * @throws TransactionStuck
   */
  async waitForTurn(turn: Promise<void>, what: string, patience: number, release: () => void): Promise<void> {
    const begun = performance.now();
    for (let left = patience; left > 0; ) {
      if (await within(turn, left)) return;
      const idle = this.#underWay > 0 ? 0 : performance.now() - Math.max(begun, this.#since);
      // Timers may be early by a part of a millisecond.
      left = idle < patience - 1 ? Math.ceil(patience - idle) : 0;
    }
    turn.then(release, release);
    throw new TransactionStuck(what, this.#last, patience);
  }
}

/** Whether the turn has come after so many milliseconds. */
async function within(turn: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([turn.then(() => true), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
