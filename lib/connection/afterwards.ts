/** Gives the functions to be called for what has happened to a subject. */
export type Calls = (actions: ReadonlySet<string>) => readonly (() => unknown)[];

/** What is to be called when a transaction has ended. */
interface Entry {
  readonly calls: Calls;
  /** What it is about; undefined for a function of its own. */
  readonly subject: object | undefined;
  readonly actions: Set<string>;
}

/** Functions to be called when a transaction has ended, in order. What is about one subject is called once. */
export class Afterwards {
  #entries: Entry[] = [];
  #bySubject: Map<object, Entry> | undefined;

  add(fn: () => unknown): void {
    this.#entries.push({ calls: () => [fn], subject: undefined, actions: new Set() });
  }

  /**
   * @param subject - for which `calls` is asked once, in the place where it first came up
   * @param action - what has happened to it: `calls` is given all of that
   */
  addFor(subject: object, action: string, calls: Calls): void {
    const existing = this.#bySubject?.get(subject);
    if (existing !== undefined) existing.actions.add(action);
    else this.#keep({ calls, subject, actions: new Set([action]) });
  }

  #keep(entry: Entry): void {
    this.#entries.push(entry);
    if (entry.subject === undefined) return;
    this.#bySubject ??= new Map();
    this.#bySubject.set(entry.subject, entry);
  }

  moveTo(outer: Afterwards): void {
    for (const entry of this.#entries) {
      const existing = entry.subject === undefined ? undefined : outer.#bySubject?.get(entry.subject);
      if (existing === undefined) outer.#keep(entry);
      else for (const action of entry.actions) existing.actions.add(action);
    }
    this.clear();
  }

  clear(): void {
    this.#entries = [];
    this.#bySubject = undefined;
  }

  /** Calls them one after another, and gives what they threw: one that throws does not stop the rest. */
  async run(): Promise<readonly unknown[]> {
    const errors: unknown[] = [];
    for (const { calls, actions } of this.#entries) {
      for (const call of calls(actions)) {
        try {
          await call();
        } catch (error) {
          errors.push(error);
        }
      }
    }
    return errors;
  }
}
