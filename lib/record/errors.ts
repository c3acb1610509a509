import { humanName } from '../support/naming.ts';
import {
  givenName,
  isMessageKey,
  type MessageTable,
  messageTable,
  messageText,
  type ProblemDetails,
  setMessages,
} from './messages.ts';

/** One thing that is wrong with a record. */
export interface RecordProblem {
  /** The attribute, or `base` for the record as a whole. */
  readonly attribute: string;
  /** What kind of problem: `blank`, `taken`, `too_long`, … or `invalid`. */
  readonly type: string;
  /** As it follows the attribute's name: `can't be blank`. */
  readonly message: string;
  /** What the message is about, where it is about anything: `{ count: 80 }`. */
  readonly details?: ProblemDetails;
}

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

  /** The messages by key, as `setMessages` has left them. */
  static get messages(): MessageTable {
    return messageTable();
  }

  /**
   * Replaces messages, for all models: those that are left out are the library's own again. A function is called with the
   * details whenever a problem is added, so that it can choose the language of the request.
   *
   * ```ts
   * RecordErrors.setMessages({
   *   blank: 'muss ausgefüllt werden',
   *   too_long_characters: 'ist zu lang (höchstens {count} Zeichen)',
   *   attributes: { name: 'Der Name' },
   * });
   * ```
   * @param table - by key; `full` is the whole sentence (`'{attribute} {message}'`), `attributes` the names of attributes
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a key that there is not
   */
  static setMessages(table: MessageTable): void {
    setMessages(table);
  }

  /**
   * Adds a problem.
   *
   * ```ts
   * errors.add('name', 'blank');                                // can't be blank
   * errors.add('name', 'must rhyme');                           // of type invalid
   * errors.add('age', 'greater_than', { count: 17 });           // must be greater than 17
   * errors.add('name', 'unrhymed', { message: 'must rhyme' });  // a type of your own
   * ```
   * @param attribute - the attribute's name, or `base`
   * @param typeOrMessage - a known type (`blank`, `taken`, …), or a message of your own
   * @param details - what the message is about; with `message` in place of the type's own message, or that message alone
   */
  add(attribute: string, typeOrMessage: string, details?: string | ProblemDetails): this {
    const { message, ...others } = typeof details === 'object' ? details : { message: details };
    const own = typeof message === 'string' ? message : undefined;
    const isKnown = isMessageKey(typeOrMessage);
    this.append({
      attribute,
      type: isKnown || own !== undefined ? typeOrMessage : 'invalid',
      message: own ?? (isKnown ? messageText(typeOrMessage, others) : typeOrMessage),
      ...(Object.keys(others).length === 0 ? {} : { details: others }),
    });
    return this;
  }

  /** @internal The same problems, in a list of their own. */
  static copyOf(others: Iterable<RecordProblem>): RecordErrors {
    const copy = new RecordErrors();
    for (const problem of others) copy.append(problem);
    return copy;
  }

  /** @internal Adds what is known to be one. */
  append(problem: RecordProblem): void {
    this.#problems.push(problem);
  }

  /** @internal Has these and no others. */
  replace(others: RecordErrors | undefined): void {
    const problems = others === undefined ? [] : [...others];
    this.#problems.length = 0;
    this.#problems.push(...problems);
  }

  /** The messages about one attribute: `['is too long']`. */
  on(attribute: string): string[] {
    return this.where(attribute).map(({ message }) => message);
  }

  /** The problems of one attribute, or those of them that are of one type. */
  where(attribute: string, type?: string): RecordProblem[] {
    return this.#problems.filter((each) => each.attribute === attribute && (type === undefined || each.type === type));
  }

  /** Whether an attribute has a problem, or one of that type. */
  has(attribute: string, type?: string): boolean {
    return this.where(attribute, type).length > 0;
  }

  /** The problems by attribute, as values: `{ name: [{ type: 'too_long', count: 80 }] }`, for an API to translate. */
  get details(): Record<string, ({ readonly type: string } & ProblemDetails)[]> {
    return this.#byAttribute(({ type, details }) => ({ ...details, type }));
  }

  /** Removes the problems of one attribute, or those of them that are of one type. Gives their messages. */
  delete(attribute: string, type?: string): string[] {
    const removed = this.where(attribute, type);
    const kept = this.#problems.filter((each) => !removed.includes(each));
    this.#problems.length = 0;
    this.#problems.push(...kept);
    return removed.map(({ message }) => message);
  }

  /** Whole sentences: `['Name is too long']`; of one attribute, where one is named. */
  fullMessages(attribute?: string): string[] {
    return (attribute === undefined ? this.#problems : this.where(attribute)).map(fullMessage);
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
    return this.#byAttribute(({ message }) => message);
  }

  #byAttribute<T>(of: (problem: RecordProblem) => T): Record<string, T[]> {
    const byAttribute = new Map<string, T[]>();
    for (const problem of this.#problems) {
      const list = byAttribute.get(problem.attribute);
      if (list === undefined) byAttribute.set(problem.attribute, [of(problem)]);
      else list.push(of(problem));
    }
    return Object.fromEntries(byAttribute);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `RecordErrors(${this.isEmpty ? 'none' : this.fullMessages().join(', ')})`;
  }
}

/** The problem of an associated record, told of the association: its message is a whole sentence already. */
export const associatedKey = 'associated';

function fullMessage({ attribute, message, details }: RecordProblem): string {
  if (attribute === 'base') return message.charAt(0).toUpperCase() + message.slice(1);
  const isAssociated = details !== undefined && Object.hasOwn(details, associatedKey);
  return messageText(isAssociated ? 'full_associated' : 'full', { attribute: labelOf(attribute), message });
}

/** The name of an attribute as people read it. */
export function labelOf(attribute: string): string {
  return givenName(attribute) ?? humanName(attribute);
}
