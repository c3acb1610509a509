import type { Journal, JournalStep, StepState } from './journal.ts';
import type { Course } from './journal-entries.ts';

/** Questions have places of their own behind the statements of an operation. */
const firstAnswer = 1_000_000;

/** The journal of one migration in one direction: what the database has of it, and the same here. */
export class CourseJournal {
  readonly course: Course;
  readonly #journal: Journal;
  readonly #steps = new Map<string, JournalStep>();

  /** @param known - what the database has of it */
  constructor(journal: Journal, course: Course, known: readonly JournalStep[]) {
    this.#journal = journal;
    this.course = course;
    for (const step of known) this.#steps.set(keyOf(step), step);
  }

  /** The statements and data steps, in order. */
  get steps(): JournalStep[] {
    return [...this.#steps.values()].filter(isStatement).sort(inOrder);
  }

  /** Of one operation. */
  stepsOf(operation: number): JournalStep[] {
    return this.steps.filter((step) => step.operation === operation);
  }

  async add(steps: readonly JournalStep[]): Promise<void> {
    await this.#journal.add(steps);
    for (const step of steps) this.#steps.set(keyOf(step), step);
  }

  async mark(step: JournalStep, state: StepState, seen?: string | null): Promise<JournalStep> {
    const marked = await this.#journal.mark(step, state, seen);
    this.#steps.set(keyOf(step), marked);
    return marked;
  }

  /** Writes down how far a data step has come, in the transaction of its batch: nothing here changes before the commit. */
  record(step: JournalStep, state: StepState, progress: object): Promise<JournalStep> {
    return this.#journal.mark(step, state, JSON.stringify(progress));
  }

  /** What the database has by now. */
  remember(step: JournalStep): JournalStep {
    this.#steps.set(keyOf(step), step);
    return step;
  }

  async remove(steps: readonly JournalStep[]): Promise<void> {
    await this.#journal.remove(steps);
    for (const step of steps) this.#steps.delete(keyOf(step));
  }

  async clear(): Promise<void> {
    await this.#journal.clear(this.course.version);
    this.#steps.clear();
  }

  /**
   * The answer to the question that the migration asks as its `turn`-th, after `operation` operations: the one that it
   * got in an earlier run, whose operations have followed from it; else that of the database.
   */
  async answer(question: string, operation: number, turn: number, ask: () => Promise<boolean>): Promise<boolean> {
    const place = { operation, step: firstAnswer + turn };
    const given = this.given(question, operation, turn);
    if (given !== undefined) return given;
    const known = this.#steps.get(keyOf(place));
    if (known !== undefined) await this.remove([known]);
    const answer = await ask();
    await this.add([
      {
        ...this.course,
        ...place,
        ...{ kind: 'answer', label: question, hash: '', sql: question },
        ...{ probe: null, undo: null, seen: String(answer), state: 'done' },
      },
    ]);
    return answer;
  }

  /** The answer of an earlier run, where something was done after it. */
  given(question: string, operation: number, turn: number): boolean | undefined {
    const known = this.#steps.get(keyOf({ operation, step: firstAnswer + turn }));
    return known !== undefined && known.sql === question && this.#isRelied(known) ? known.seen === 'true' : undefined;
  }

  /** Whether anything has been done since. */
  #isRelied(answer: JournalStep): boolean {
    return this.steps.some(({ operation, state }) => operation >= answer.operation && state !== 'planned');
  }
}

const keyOf = ({ operation, step }: Pick<JournalStep, 'operation' | 'step'>): string => `${operation}:${step}`;
const isStatement = ({ step }: JournalStep): boolean => step < firstAnswer;
const inOrder = (a: JournalStep, b: JournalStep): number => a.operation - b.operation || a.step - b.step;
