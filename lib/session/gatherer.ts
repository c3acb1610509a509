import { AsyncResource } from 'node:async_hooks';
import type { Outcome } from '../adapters/contract.ts';
import type { HeldTransaction } from '../connection/held-transaction.ts';
import { ConstraintViolation } from '../errors/statement.ts';
import type { RecordState } from '../record/state.ts';
import { type Gathering, inPipeline, type RowWrite } from '../relation/gathering.ts';
import { deferred } from '../support/deferred.ts';
import { insertTogether, isInsertable } from './bulk-insert.ts';
import { columnsOf, hasKey, scalarText } from './bulk-rows.ts';
import { deleteTogether, isUpdatable, NotAllMet, updateParentsTogether, updateTogether } from './bulk-update.ts';

/** The pipeline of one record. */
export interface Job {
  readonly record: RecordState;
  readonly run: () => Promise<void>;
}

interface Waiting {
  readonly record: RecordState;
  readonly write: RowWrite;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Why a write was not sent: another record of the flush has failed. Nobody outside of it comes to see this. */
class Abandoned extends Error {}

/** Milliseconds without any news after which what has come is sent: whoever has not come may be waiting for that. */
const patience = 100;

/**
 * Runs the pipelines of several records at the same time, and sends what they write together: when each of them has handed
 * its statement over, or has ended.
 */
export class Gatherer implements Gathering {
  readonly #transactions: ReadonlyMap<object, HeldTransaction>;
  /** Statements run as code of the flush, whichever pipeline has come last. */
  readonly #flush = new AsyncResource('active-record-ts:flush');
  #underWay = 0;
  #waiting: Waiting[] = [];
  /** Rows are written in the order of their records, whichever pipeline is the quickest. */
  readonly #places = new Map<RecordState, number>();
  /** How many statements of a record wait. */
  readonly #perRecord = new Map<RecordState, number>();
  #abandoned: Waiting[] = [];
  #isSending = false;
  #timer: NodeJS.Timeout | undefined;
  /** Something has come, or ended, since the timer was last looked at. */
  #isNews = false;
  #failure: { readonly error: unknown } | undefined;
  /** The first statement that has failed; its pipeline may word it otherwise. */
  #cause: { readonly error: unknown } | undefined;
  isStopped = false;

  constructor(transactions: ReadonlyMap<object, HeldTransaction>) {
    this.#transactions = transactions;
  }

  /** @throws what the first pipeline that has failed ends with, when all have ended; or what has ended a transaction */
  async run(jobs: readonly Job[]): Promise<void> {
    this.#underWay = jobs.length;
    for (const [place, { record }] of jobs.entries()) this.#places.set(record, place);
    const lost = [...this.#transactions.values()].map((each) => each.lost);
    try {
      await Promise.race([Promise.all(jobs.map((job) => this.#runOne(job))), ...lost]);
    } catch (error) {
      // Their time is over: a callback that never comes back is not waited for.
      this.#failure ??= { error };
      this.isStopped = true;
      this.#abandon();
    } finally {
      clearTimeout(this.#timer);
    }
    const failure = this.#failure ?? this.#cause;
    if (failure !== undefined) throw failure.error;
  }

  async #runOne({ record, run }: Job): Promise<void> {
    const transactionOn = (connection: object) => this.#transactions.get(connection)?.scope;
    try {
      await inPipeline({ gathering: this, record, transactionOn }, run);
    } catch (error) {
      this.isStopped = true;
      if (!(error instanceof Abandoned)) this.#failure ??= { error };
    } finally {
      this.#underWay--;
      if (this.isStopped) this.#abandon();
      this.#look();
    }
  }

  /** All that is to be sent yet goes nowhere, once it is known what has failed. */
  #abandon(): void {
    const abandoned = [...this.#abandoned, ...this.#waiting];
    this.#abandoned = [];
    this.#waiting = [];
    this.#perRecord.clear();
    for (const { reject } of abandoned) reject(new Abandoned('Another record of the flush has failed.'));
  }

  hand(record: RecordState, write: RowWrite): Promise<Outcome> | undefined {
    if (this.#underWay === 0 || !canBeOneOfMany(write)) return undefined;
    const { promise, resolve, reject } = deferred<Outcome>();
    const waiting: Waiting = { record, write, resolve, reject };
    if (this.isStopped) this.#abandoned.push(waiting);
    else {
      this.#waiting.push(waiting);
      this.#perRecord.set(record, (this.#perRecord.get(record) ?? 0) + 1);
    }
    this.#look();
    return promise;
  }

  #look(): void {
    this.#isNews = true;
    if (this.isStopped && this.#failure !== undefined) this.#abandon();
    if (this.#isSending || this.#waiting.length === 0) return;
    if (this.#perRecord.size >= this.#underWay) this.#flush.runInAsyncScope(() => void this.#send());
    else this.#timer ??= setTimeout(() => this.#lookAgain(), patience);
  }

  /** Sends what has come, where nothing is under way that the others could be waiting for. */
  #lookAgain(): void {
    this.#timer = undefined;
    if (this.#isSending || this.#waiting.length === 0) return;
    const isBusy = this.#isNews || [...this.#transactions.values()].some((each) => each.isBusy);
    this.#isNews = false;
    if (isBusy) this.#timer = setTimeout(() => this.#lookAgain(), patience);
    else this.#flush.runInAsyncScope(() => void this.#send());
  }

  /** Rows that others belong to come first, as they do where a record is saved alone. */
  async #send(): Promise<void> {
    this.#isSending = true;
    const parents = this.#waiting.filter(({ write }) => write.kind === 'parent');
    const sent = parents.length > 0 ? parents : this.#waiting;
    this.#waiting = parents.length > 0 ? this.#waiting.filter(({ write }) => write.kind !== 'parent') : [];
    for (const { record } of sent) this.#sentOne(record);
    const placeOf = ({ record }: Waiting) => this.#places.get(record) ?? 0;
    for (const group of groupsOf(sent.sort((one, other) => placeOf(one) - placeOf(other))))
      await this.#sendGroup(group);
    this.#isSending = false;
    this.#look();
  }

  #sentOne(record: RecordState): void {
    const left = (this.#perRecord.get(record) ?? 0) - 1;
    if (left > 0) this.#perRecord.set(record, left);
    else this.#perRecord.delete(record);
  }

  /** Never rejects: whoever waits is told. */
  async #sendGroup(group: readonly Waiting[]): Promise<void> {
    if (this.isStopped) {
      this.#abandoned.push(...group);
      return;
    }
    try {
      const outcomes = group.length === 1 ? undefined : await sendTogether(group.map(({ write }) => write));
      if (outcomes === undefined) await this.#sendEach(group);
      else for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] as Outcome);
    } catch (error) {
      this.#fail(group, error);
    }
  }

  async #sendEach(group: readonly Waiting[]): Promise<void> {
    for (const [index, each] of group.entries()) {
      try {
        each.resolve(await each.write.alone());
      } catch (error) {
        this.#fail(group.slice(index), error);
        return;
      }
    }
  }

  /** The first one tells what has failed; the others wait until that has been heard. */
  #fail([first, ...others]: readonly Waiting[], error: unknown): void {
    this.isStopped = true;
    this.#cause ??= { error };
    this.#abandoned.push(...others);
    first?.reject(error);
  }
}

function canBeOneOfMany(write: RowWrite): boolean {
  if (write.kind === 'insert') return isInsertable(write);
  if (write.kind === 'parent') return true;
  return hasKey(write.ready.attributes) && (write.kind === 'delete' || isUpdatable(write));
}

/** Statements of the same shape, in the order in which the first of each has come. */
function groupsOf(all: readonly Waiting[]): Iterable<Waiting[]> {
  const groups = new Map<string, Waiting[]>();
  for (const each of all) {
    const { connection, attributes } = each.write.ready;
    // Several classes may be in one table.
    const shape = `${connection.name}\n${attributes.tableName}\n${shapeOf(each.write)}`;
    const group = groups.get(shape);
    if (group === undefined) groups.set(shape, [each]);
    else group.push(each);
  }
  return groups.values();
}

function shapeOf(write: RowWrite): string {
  switch (write.kind) {
    case 'insert':
      return `insert\n${columnsOf(write.written)}\n${columnsOf(write.missing)}`;
    case 'update':
      return `update\n${columnsOf(write.written)}\n${write.version === undefined ? '' : scalarText([write.version])}`;
    case 'delete':
      return `delete\n${write.version === undefined ? '' : scalarText([write.version])}`;
    case 'parent':
      return `parent\n${columnsOf(write.to)}\n${columnsOf([...write.amounts.keys()])}\n${columnsOf([...write.moments])}`;
  }
}

/** @returns undefined where they have to be sent one by one, so that each is told what has become of it */
async function sendTogether(writes: readonly RowWrite[]): Promise<readonly Outcome[] | undefined> {
  const [first] = writes;
  if (first === undefined) return [];
  const { connection } = first.ready;
  const send = (): Promise<Outcome[]> => {
    switch (first.kind) {
      case 'insert':
        return insertTogether(writes.filter((each) => each.kind === 'insert'));
      case 'update':
        return updateTogether(writes.filter((each) => each.kind === 'update'));
      case 'delete':
        return deleteTogether(writes.filter((each) => each.kind === 'delete'));
      case 'parent':
        return updateParentsTogether(writes.filter((each) => each.kind === 'parent'));
    }
  };
  try {
    return first.kind === 'insert' ? await send() : await connection.transaction(send);
  } catch (error) {
    if (error instanceof ConstraintViolation || error instanceof NotAllMet) return undefined;
    throw error;
  }
}
