import type { RecordState } from './state.ts';

/**
 * One call of `save` with all the saves that it leads to: a record that comes up again, because records refer to each
 * other in a circle, is saved once.
 */
export class SaveRun {
  readonly #underWay = new Set<RecordState>();
  readonly #done = new Set<RecordState>();
  readonly #waiting = new Map<RecordState, (() => Promise<void>)[]>();

  /** Whether the record's turn has come; the same record does not begin twice. */
  begin(record: RecordState): boolean {
    if (this.#underWay.has(record) || this.#done.has(record)) return false;
    this.#underWay.add(record);
    return true;
  }

  end(record: RecordState): void {
    this.#underWay.delete(record);
    this.#done.add(record);
  }

  isUnderWay(record: RecordState): boolean {
    return this.#underWay.has(record);
  }

  /** Runs `task` once the record, whose save is under way, has its row. */
  whenInserted(record: RecordState, task: () => Promise<void>): void {
    const tasks = this.#waiting.get(record);
    if (tasks === undefined) this.#waiting.set(record, [task]);
    else tasks.push(task);
  }

  /** The record has its row now. Tells whether anything has waited for that. */
  async inserted(record: RecordState): Promise<boolean> {
    const tasks = this.#waiting.get(record);
    if (tasks === undefined) return false;
    this.#waiting.delete(record);
    for (const task of tasks) await task();
    return true;
  }
}
