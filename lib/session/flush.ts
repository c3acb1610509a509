import { joinNew } from '../associations/writing/join-rows.ts';
import { giveKey, onRollback } from '../associations/writing/ownership.ts';
import { noteRow } from '../associations/writing/through-rows.ts';
import type { Connection } from '../connection/connection.ts';
import { InvalidQuery } from '../errors/query.ts';
import { SaveRun } from '../record/save-run.ts';
import type { RecordState } from '../record/state.ts';
import { isStopped } from '../relation/gathering.ts';
import type { Reflection } from '../relation/source.ts';
import { mostRows } from './bulk-rows.ts';
import { Gatherer } from './gatherer.ts';
import { isChanged } from './identity-map.ts';
import { deletingOrder, type Level, levelsOf, savingOrder } from './order.ts';
import type { SessionTransactions } from './transactions.ts';
import { isDestroyed, isNew, type Unit } from './unit.ts';
import { type Member, type Work, workOf } from './work.ts';

/** How often callbacks may add records to a flush that is under way. */
const mostRounds = 100;

/**
 * Writes all that has changed in a unit: INSERTs and UPDATEs first, of rows that others belong to before those; then
 * DELETEs, the other way round. Rows of one table that can be written at the same time are in one statement.
 *
 * `work` looks what there is to be written, `order` brings it into levels, the `gatherer` runs the saves of a level and
 * gathers their statements, and the `bulk-` files make one statement of those that are alike.
 *
 * @throws whatever the save of a record throws; the transactions are to be rolled back then
 */
export async function flushUnit(unit: Unit, transactions: SessionTransactions, begun: () => void): Promise<void> {
  for (let round = 0; ; round++) {
    unit.tidy();
    const work = await workOf(unit);
    // Another round is for what callbacks have added or deleted, not for what they have assigned after a save.
    const isMore = round === 0 || unit.added.size > 0 || unit.deleted.size > 0;
    if (!isMore || (work.saves.size === 0 && work.deletes.size === 0 && work.joined.length === 0)) return;
    if (round === mostRounds) {
      throw new InvalidQuery(`Callbacks have added records to one flush ${mostRounds} times.`, {
        hint: 'Add them only where there is something left to write.',
      });
    }
    for (const record of [...work.saves, ...work.deletes]) {
      unit.requireConnection(recordModel(work, record));
      unit.requireFree(record);
    }
    await transactions.begin(connectionsOf(work));
    begun();
    await transactions.run(() => new Flush(unit, transactions, work).run());
    // What depended on them is gone too, in objects of its own: get() is to see that.
    if (work.deletes.size > 0) unit.known.expire();
  }
}

function recordModel({ sources }: Work, record: RecordState) {
  const source = sources.get(record);
  return { name: record.constructor.name, connectionName: source?.connectionName ?? '' };
}

function connectionsOf({ saves, deletes, joined, sources, ready }: Work): Set<Connection> {
  const connections = new Set<Connection>();
  for (const record of [...saves, ...deletes, ...joined.map(({ owner }) => owner)]) {
    const source = sources.get(record);
    const found = source === undefined ? undefined : ready.get(source);
    if (found !== undefined) connections.add(found.connection);
  }
  return connections;
}

class Flush {
  readonly #unit: Unit;
  readonly #transactions: SessionTransactions;
  readonly #work: Work;
  readonly #run = new SaveRun();
  readonly #newcomers: ReadonlySet<RecordState>;

  constructor(unit: Unit, transactions: SessionTransactions, work: Work) {
    this.#unit = unit;
    this.#transactions = transactions;
    this.#work = work;
    this.#newcomers = new Set([...work.saves].filter(isNew));
  }

  async run(): Promise<void> {
    this.#takeLinks();
    for (const level of levelsOf(savingOrder(this.#work))) await this.#save(level);
    for (const { owner, reflection, record } of this.#work.between)
      if (reflection.through !== undefined) noteRow(owner, reflection.through, record, this.#writing(owner));
    await this.#join();
    for (const level of levelsOf(deletingOrder(this.#work))) await this.#destroy(level);
  }

  #writing(record: RecordState): { readonly connection: Connection; readonly run: SaveRun } {
    const source = this.#work.sources.get(record);
    const ready = source === undefined ? undefined : this.#work.ready.get(source);
    if (ready === undefined) throw new InvalidQuery(`A ${record.constructor.name} has come into a flush on the way.`);
    return { connection: ready.connection, run: this.#run };
  }

  /** The owners' own saves find nothing there any more; it waits again where the transaction is rolled back. */
  #takeLinks(): void {
    for (const { owner, link } of this.#work.taken) {
      const { pending } = link;
      link.pending = undefined;
      onRollback(this.#writing(owner).connection, () => {
        if (pending !== undefined) link.pending = new Set([...pending, ...(link.pending ?? [])]);
      });
    }
  }

  async #save({ records, isCircle }: Level): Promise<void> {
    for (const record of records)
      for (const { owner, reflection } of this.#work.members.get(record) ?? [])
        giveKey(owner, reflection, record, this.#writing(owner));
    await this.#together(records, isCircle, async (record) => {
      const wasNew = isNew(record);
      // A callback of another record may have destroyed it meanwhile.
      if (isDestroyed(record)) return;
      // Nor is there anything left to do for one that another record's save, or a callback, has saved.
      const isSaved = !wasNew && this.#newcomers.has(record) && !isChanged(record);
      // Undone last: the key is the one of before by then.
      if (!wasNew && this.#unit.known.isMoving(record))
        onRollback(this.#writing(record).connection, () => this.#unit.movedBack(record));
      if (!isSaved) await this.#work.sources.get(record)?.save(record, this.#run);
      // It may come back only when the flush has failed, and the session was told so long ago.
      if (!isStopped()) this.#unit.saved(record, this.#newcomers.has(record));
    });
  }

  async #join(): Promise<void> {
    const byAssociation = new Map<Reflection, Member[]>();
    for (const member of this.#work.joined) {
      const members = byAssociation.get(member.reflection);
      if (members === undefined) byAssociation.set(member.reflection, [member]);
      else members.push(member);
    }
    for (const [reflection, members] of byAssociation) {
      const pairs = members.map(({ owner, record }) => ({ owner, member: record }));
      const [first] = pairs;
      if (first !== undefined) await joinNew(reflection, pairs, this.#writing(first.owner));
    }
  }

  async #destroy({ records, isCircle }: Level): Promise<void> {
    await this.#together(records, isCircle, async (record) => {
      // What depends on another record goes with that one.
      if (!isDestroyed(record)) await this.#work.sources.get(record)?.destroy(record);
      if (!isStopped()) this.#unit.destroyed(record);
    });
  }

  async #together(
    records: readonly RecordState[],
    isCircle: boolean,
    write: (record: RecordState) => Promise<void>,
  ): Promise<void> {
    for (const part of isCircle ? records.map((record) => [record]) : this.#partsOf(records)) {
      const jobs = part.map((record) => ({ record, run: () => write(record) }));
      await new Gatherer(this.#transactions.byConnection).run(jobs);
    }
  }

  /** As many of each table as one statement can be about. */
  #partsOf(records: readonly RecordState[]): RecordState[][] {
    const places = new Map<object, number>();
    const parts: RecordState[][] = [];
    for (const record of records) {
      const table = this.#work.sources.get(record)?.family ?? record.constructor;
      const place = places.get(table) ?? 0;
      places.set(table, place + 1);
      const index = Math.floor(place / mostRows);
      const part = parts[index] ?? [];
      parts[index] = part;
      part.push(record);
    }
    return parts;
  }
}
