import { humanName } from '../support/naming.ts';

/** One thing that is wrong with a record. */
export interface RecordProblem {
  /** The attribute, or `base` for the record as a whole. */
  readonly attribute: string;
  /** What kind of problem: `blank`, `taken`, `too_long`, … or `invalid`. */
  readonly type: string;
  /** As it follows the attribute's name: `can't be blank`. */
  readonly message: string;
}

const messages: Readonly<Record<string, string>> = {
  blank: "can't be blank",
  taken: 'has already been taken',
  missing: 'must exist',
  referenced: 'is still referred to by other rows',
  too_long: 'is too long',
  out_of_range: 'is out of range',
  check: 'is not allowed',
  invalid: 'is invalid',
};

/**
 * What is wrong with a record, by attribute. `record.errors` is filled by a save that fails, and emptied by the next.
 *
 * ```ts
 * try { await User.create({ name: 'Ada', email: 'taken@example.org' }); }
 * catch (error) { error.errors.on('email') }   // ['has already been taken']
 * ```
 */
export class RecordErrors implements Iterable<RecordProblem> {
  readonly #problems: RecordProblem[] = [];

  /**
   * Adds a problem.
   * @param attribute - the attribute's name, or `base`
   * @param typeOrMessage - a known type (`blank`, `taken`, …), or a message of your own
   * @param message - in place of the type's own message
   */
  add(attribute: string, typeOrMessage: string, message?: string): this {
    const known = Object.hasOwn(messages, typeOrMessage) ? messages[typeOrMessage] : undefined;
    const type = known === undefined && message === undefined ? 'invalid' : typeOrMessage;
    this.#problems.push({ attribute, type, message: message ?? known ?? typeOrMessage });
    return this;
  }

  /** The messages about one attribute: `['is too long']`. */
  on(attribute: string): string[] {
    return this.#problems.filter((problem) => problem.attribute === attribute).map((problem) => problem.message);
  }

  /** Whole sentences: `['Name is too long']`. */
  fullMessages(): string[] {
    return this.#problems.map(({ attribute, message }) => {
      if (attribute !== 'base') return `${humanName(attribute)} ${message}`;
      return message.charAt(0).toUpperCase() + message.slice(1);
    });
  }

  get size(): number {
    return this.#problems.length;
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  clear(): void {
    this.#problems.length = 0;
  }

  [Symbol.iterator](): Iterator<RecordProblem> {
    return this.#problems[Symbol.iterator]();
  }

  /** Messages by attribute, as an API would send them: `{ name: ["can't be blank"] }`. */
  toJSON(): Record<string, string[]> {
    const byAttribute = new Map<string, string[]>();
    for (const { attribute, message } of this.#problems)
      byAttribute.set(attribute, [...(byAttribute.get(attribute) ?? []), message]);
    return Object.fromEntries(byAttribute);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `RecordErrors(${this.isEmpty ? 'none' : this.fullMessages().join(', ')})`;
  }
}
