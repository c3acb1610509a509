import { planOf } from '../associations/writing/save-hooks.ts';
import type { Link } from '../record/link.ts';
import { ensureLink, linkAt } from '../record/links.ts';
import { makeNeighbours } from '../record/neighbours.ts';
import { cacheKey, linksKey, type RecordState, rowKey } from '../record/state.ts';
import type { Reflection } from '../relation/source.ts';
import { isChanged, sourceFor } from './identity-map.ts';
import { isDestroyed, isNew, type Unit } from './unit.ts';

/**
 * The records of a session for those that a query has loaded: of a row that the session knows its own record, which takes
 * the new values over unless the program has changed it.
 */
export function adoptAll(unit: Unit, loaded: readonly RecordState[]): RecordState[] {
  const adoption = new Adoption(unit);
  const records = loaded.map((record) => adoption.adopt(record));
  makeNeighbours(records);
  return records;
}

class Adoption {
  readonly #unit: Unit;
  readonly #adopted = new Map<RecordState, RecordState>();

  constructor(unit: Unit) {
    this.#unit = unit;
  }

  adopt(loaded: RecordState): RecordState {
    const already = this.#adopted.get(loaded);
    if (already !== undefined) return already;
    if (isNew(loaded) || isDestroyed(loaded)) return loaded;
    const known = this.#unit.known.standingFor(loaded);
    this.#adopted.set(loaded, known ?? loaded);
    if (known === undefined) this.#unit.attach(loaded);
    else if (known !== loaded && !isDirty(known)) {
      known[rowKey] = loaded[rowKey];
      known[cacheKey] = undefined;
      this.#unit.known.refreshed(known);
    }
    for (const [index, link] of (loaded[linksKey] ?? []).entries()) {
      if (link === undefined || !link.isLoaded) continue;
      this.#adoptLink(link);
      if (known !== undefined && known !== loaded) takeOver(ensureLink(known, index), link);
    }
    return known ?? loaded;
  }

  /** What was loaded with the records is the session's too. */
  #adoptLink(link: Link<RecordState>): void {
    if (link.one !== null) link.one = this.adopt(link.one);
    link.many = link.many?.map((each) => this.adopt(each));
  }
}

/** What was loaded anew for an association; not over what the program has put there. */
function takeOver(own: Link<RecordState>, loaded: Link<RecordState>): void {
  if (isWaiting(own)) return;
  const { isLoaded, isNarrowed, one, many, key } = loaded;
  Object.assign(own, { isLoaded, isNarrowed, one, many, key });
}

/** Whether something waits to be written by the owner's save. */
export const isWaiting = (link: Link<RecordState>): boolean =>
  link.replacesAll || [link.pending, link.replaced, link.doomed, link.nested].some((each) => each !== undefined);

/**
 * Whether a flush would write something for the record itself. Not whether it would for those that it leads to: each of
 * them is asked too.
 */
export function isDirty(record: RecordState): boolean {
  return isChanged(record) || (record[linksKey] !== undefined && hasWaiting(record));
}

function hasWaiting(record: RecordState): boolean {
  const { belongsTo, children } = planOf(sourceFor(record).associations);
  const isHeld = ({ index, declaration: { autosave } }: Reflection) => {
    const link = linkAt(record, index);
    return link !== undefined && autosave !== false && isWaiting(link);
  };
  const isParentNew = ({ index, declaration: { autosave } }: Reflection) => {
    const parent = linkAt(record, index)?.one;
    return parent !== undefined && parent !== null && autosave !== false && isNew(parent);
  };
  return children.some(isHeld) || belongsTo.some((each) => isHeld(each) || isParentNew(each));
}
