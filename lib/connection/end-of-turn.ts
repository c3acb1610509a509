// Kept now: tools for tests put a clock of their own in place of process.nextTick, and a query is no matter of the clock.
const { nextTick } = process;

/** Something that can wait a moment, because more of its kind may come. */
export interface Waiting {
  /** Sends what has come together. Called once; takes its turn on the connection before it returns. */
  send(): void;
}

/**
 * What one scope (a transaction, or a connection outside of any) holds back until the end of this turn of the event
 * loop. A statement of the scope that does not wait sends it first, so that statements go in the order of the calls.
 */
export class EndOfTurn {
  #waiting: Waiting[] = [];
  #scheduled = false;

  /** What waits, in the order of coming. */
  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Runs when no promise of this turn has anything left to do, and before the event loop looks at timers and sockets.
    nextTick(endTurn, this);
  }

  /** Sends all that waits, now. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.send();
  }

  /** @internal */
  static end(turn: EndOfTurn): void {
    turn.#scheduled = false;
    turn.flush();
  }
}

const endTurn = (turn: EndOfTurn): void => EndOfTurn.end(turn);
