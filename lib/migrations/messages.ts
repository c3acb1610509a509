import type { SayOperation } from './dsl/operations.ts';

/** What a migration says while it runs. */
export interface MigrationMessage {
  readonly message: string;
  /** How many milliseconds the work of that message took, once it is done; undefined for plain messages. */
  readonly duration: number | undefined;
}

/** Tells messages when their turn has come, with the time that work took. */
export class Messages {
  readonly #listener: (message: MigrationMessage) => void;
  /** When timed work has begun; work may stand inside of other work. */
  readonly #begun: number[] = [];

  constructor(listener: (message: MigrationMessage) => void) {
    this.#listener = listener;
  }

  tell({ message, timer }: SayOperation): void {
    if (timer === 'begin') this.#begun.push(performance.now());
    const begun = timer === 'end' ? this.#begun.pop() : undefined;
    this.#listener({ message, duration: begun === undefined ? undefined : performance.now() - begun });
  }
}
