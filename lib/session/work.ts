import { isCurrent } from '../associations/loading/wiring.ts';
import { hasNested } from '../associations/nested/nested-records.ts';
import { directStep } from '../associations/writing/ownership.ts';
import { planOf } from '../associations/writing/save-hooks.ts';
import { rowBetween } from '../associations/writing/through-rows.ts';
import { changedAttributes } from '../record/changes.ts';
import type { Link } from '../record/link.ts';
import { linkAt } from '../record/links.ts';
import { lifeKey, linksKey, type RecordState } from '../record/state.ts';
import type { Associations, ReadySource, Reflection, Source } from '../relation/source.ts';
import { isDirty } from './adopt.ts';
import { sourceFor } from './identity-map.ts';
import { isDestroyed, isNew, type Unit } from './unit.ts';

/** A record of a collection that is to be given the key of its owner. */
export interface Member {
  readonly owner: RecordState;
  readonly reflection: Reflection;
  readonly record: RecordState;
}

/** What waits in an association, and is written by the flush in place of the owner's own save. */
export interface Taken {
  readonly owner: RecordState;
  readonly link: Link<RecordState>;
}

/** All that a flush has to write. */
export interface Work {
  readonly saves: ReadonlySet<RecordState>;
  readonly deletes: ReadonlySet<RecordState>;
  readonly taken: readonly Taken[];
  readonly members: ReadonlyMap<RecordState, readonly Member[]>;
  /** Rows of join tables. */
  readonly joined: readonly Member[];
  /** Records in between that have been made for members. */
  readonly between: readonly Member[];
  readonly sources: ReadonlyMap<RecordState, Source<RecordState>>;
  readonly ready: ReadonlyMap<Source, ReadySource>;
}

/**
 * Looks what there is to be written: the records of the unit that are new or changed, and those that they lead to by what
 * their associations hold.
 */
export async function workOf(unit: Unit): Promise<Work> {
  return new Survey(unit).make();
}

/** Whether there is anything to be written: the same, without a look at the database. */
export function hasWork({ known, added, deleted }: Unit): boolean {
  if (added.size > 0 || deleted.size > 0) return true;
  const reached = new Set(known.records);
  const reach = (record: RecordState, reflection: Reflection, cascades: boolean) => {
    if (isReachable(record, reflection, cascades)) reached.add(record);
  };
  for (const record of reached) {
    if (isDestroyed(record)) continue;
    if (isDirty(record)) return true;
    if (record[linksKey] !== undefined) follow(record, sourceFor(record).associations, reach);
  }
  return false;
}

type Reach = (record: RecordState, reflection: Reflection, cascades: boolean) => void;

/** The records that the associations of one hold. */
function follow(record: RecordState, associations: Associations, reach: Reach): void {
  const { belongsTo, children } = planOf(associations);
  for (const reflection of belongsTo) {
    const link = linkAt(record, reflection.index);
    if (link?.one === null || link?.one === undefined || !isCurrent(record, reflection)) continue;
    reach(link.one, reflection, true);
  }
  for (const reflection of children) {
    const link = linkAt(record, reflection.index);
    if (link === undefined || reflection.declaration.autosave === false) continue;
    for (const each of link.many ?? (link.one === null ? [] : [link.one])) reach(each, reflection, false);
    for (const each of link.pending ?? []) reach(each, reflection, true);
  }
}

/** @param cascades - also where it is new */
function isReachable(record: RecordState, { declaration }: Reflection, cascades: boolean): boolean {
  if (isDestroyed(record) || declaration.autosave === false || (isNew(record) && !cascades)) return false;
  // What nobody may write has been told so; it is not the session's.
  return record[lifeKey]?.isReadOnly !== true && record[lifeKey]?.isFrozen !== true;
}

class Survey {
  readonly #unit: Unit;
  readonly #saves = new Set<RecordState>();
  readonly #reached: Set<RecordState>;
  readonly #sources = new Map<RecordState, Source<RecordState>>();
  readonly #ready = new Map<Source, ReadySource>();
  readonly #taken: Taken[] = [];
  readonly #takenLinks = new Set<Link<RecordState>>();
  readonly #members = new Map<RecordState, Member[]>();
  readonly #joined: Member[] = [];
  readonly #between: Member[] = [];

  constructor(unit: Unit) {
    this.#unit = unit;
    this.#reached = new Set([...unit.known.records, ...unit.added]);
  }

  async make(): Promise<Work> {
    const { deleted } = this.#unit;
    // Those that are reached on the way are looked at too.
    for (const record of this.#reached) {
      if (isDestroyed(record)) continue;
      const source = sourceFor(record);
      this.#sources.set(record, source);
      if (!this.#ready.has(source)) await this.#prepare(source);
      if (deleted.has(record)) continue;
      if (record[linksKey] !== undefined) this.#follow(record, source.associations);
      if (this.#isToSave(record, source)) this.#saves.add(record);
    }
    return {
      saves: this.#saves,
      deletes: new Set([...deleted].filter((record) => !isDestroyed(record))),
      taken: this.#taken,
      members: this.#members,
      joined: this.#joined,
      between: this.#between,
      sources: this.#sources,
      ready: this.#ready,
    };
  }

  /** The columns of whatever its associations lead to are known from then on. */
  async #prepare(source: Source): Promise<void> {
    this.#ready.set(source, await source.ready());
    for (const { models } of source.associations.all)
      for (const model of models) if (model.attributes === undefined) await model.ready();
  }

  #isToSave(record: RecordState, source: Source): boolean {
    if (isNew(record) || this.#members.has(record)) return true;
    const { attributes, associations } = source;
    if (attributes !== undefined && changedAttributes(record, attributes).length > 0) return true;
    return record[linksKey] !== undefined && (hasNested(record) || this.#hasOwnLinks(record, associations));
  }

  /** Something waits in its associations that its own save has to write. */
  #hasOwnLinks(record: RecordState, associations: Associations): boolean {
    const { belongsTo, children } = planOf(associations);
    const isWaiting = ({ index, declaration }: Reflection) => {
      const link = linkAt(record, index);
      if (link === undefined || declaration.autosave === false || this.#takenLinks.has(link)) return false;
      return [link.pending, link.replaced, link.doomed].some((each) => each !== undefined) || link.replacesAll;
    };
    return children.some(isWaiting) || belongsTo.some((each) => isWaiting(each) && isCurrent(record, each));
  }

  #follow(record: RecordState, associations: Associations): void {
    follow(record, associations, (each, reflection, cascades) => {
      if (isReachable(each, reflection, cascades)) this.#reached.add(each);
    });
    for (const reflection of planOf(associations).children) {
      const link = linkAt(record, reflection.index);
      if (link?.pending === undefined || reflection.declaration.autosave === false) continue;
      this.#take(record, reflection, link, [...link.pending]);
    }
  }

  /** Takes over what waits in an association, where that is all there is to do for it. */
  #take(owner: RecordState, reflection: Reflection, link: Link<RecordState>, waiting: readonly RecordState[]): void {
    if (link.replaced !== undefined || link.doomed !== undefined || link.replacesAll) return;
    const members = waiting.filter((each) => !isDestroyed(each) && !this.#unit.deleted.has(each));
    const { kind, through } = reflection.declaration;
    const isDirect = kind !== 'hasAndBelongsToMany' && through === undefined;
    if (isDirect && directStep(reflection) === undefined) return;
    // What may be there already has to be asked for: the owner's own save does that.
    if (!isDirect && !isNew(owner) && !members.every(isNew)) return;
    this.#taken.push({ owner, link });
    this.#takenLinks.add(link);
    for (const record of members) {
      const member = { owner, reflection, record };
      if (isDirect) this.#expect(record, member);
      else if (kind === 'hasAndBelongsToMany') this.#joined.push(member);
      else this.#between.push({ ...member, record: this.#rowBetween(owner, reflection, record) });
    }
  }

  #expect(record: RecordState, member: Member): void {
    const list = this.#members.get(record);
    if (list === undefined) this.#members.set(record, [member]);
    else list.push(member);
    // It may have been looked at already.
    if (this.#sources.has(record)) this.#saves.add(record);
  }

  #rowBetween(owner: RecordState, reflection: Reflection, member: RecordState): RecordState {
    const row = rowBetween(owner, reflection, member);
    const { through } = reflection;
    if (through !== undefined) this.#expect(row, { owner, reflection: through, record: row });
    this.#reached.add(row);
    return row;
  }
}
