import { isInCallbackOf } from './callbacks/chain.ts';
import { type Inserting, type Life, lifeKey, lifeOf, linksKey, type RecordState } from './state.ts';

// Two saves of one new record at once make one row: the second goes on from where the first has ended. Nobody waits who
// has rows locked that the other one may need: inside of a transaction, only what is sent in the same one is waited for.

/** What a save outside of any transaction is about to insert, and its end: by what `becomes` shares. */
const claims = new WeakMap<Life, Promise<void>>();

/** Runs the save of a record with others, once no other save is about to insert one of those. */
export async function claiming(record: RecordState, save: () => Promise<void>): Promise<void> {
  let records = newRecords(record);
  for (let under = endsOf(records); under.length > 0; under = endsOf(records)) {
    await Promise.all(under);
    records = newRecords(record);
  }
  const { promise, resolve } = settling();
  for (const each of records) claims.set(lifeOf(each), promise);
  try {
    await save();
  } finally {
    for (const each of records) if (claims.get(lifeOf(each)) === promise) claims.delete(lifeOf(each));
    resolve();
  }
}

/**
 * The end of the save that is about to insert the record, with others; undefined also for a callback of that very save,
 * which would wait for itself.
 */
export function claimOf(record: RecordState): Promise<void> | undefined {
  const claim = claims.get(lifeOf(record));
  return claim === undefined || isInCallbackOf((each) => claims.get(lifeOf(each)) === claim) ? undefined : claim;
}

/**
 * The end of the record's INSERT that is under way; undefined where there is none, or where to wait for it might be to
 * wait for oneself.
 *
 * @param scope - the transaction of whoever asks
 */
export function endOfInsert(record: RecordState, scope: object | undefined): Promise<void> | undefined {
  const inserting = record[lifeKey]?.inserting;
  if (inserting === undefined || (scope !== undefined && scope !== inserting.scope)) return undefined;
  const { promise, resolve } = settling();
  inserting.waiting ??= [];
  inserting.waiting.push(resolve);
  return promise;
}

/** The INSERT of a record begins. */
export function beginInsert(record: RecordState, scope: object | undefined): Inserting {
  const inserting: Inserting = { scope, waiting: undefined };
  lifeOf(record).inserting = inserting;
  return inserting;
}

/** It has ended: with a row, or with an error. */
export function endInsert(record: RecordState, inserting: Inserting): void {
  const life = record[lifeKey];
  if (life?.inserting === inserting) life.inserting = undefined;
  if (inserting.waiting !== undefined) for (const wake of inserting.waiting) wake();
}

function endsOf(records: ReadonlySet<RecordState>): Promise<void>[] {
  return [...records].flatMap((each) => claimOf(each) ?? endOfInsert(each, undefined) ?? []);
}

/** The new records that wait to be saved with one, itself among them. */
function newRecords(record: RecordState): Set<RecordState> {
  const seen = new Set([record]);
  for (const each of seen) {
    for (const link of each[linksKey] ?? []) {
      for (const other of link?.pending ?? []) seen.add(other);
      if (link?.one?.[lifeKey]?.isNew === true) seen.add(link.one);
    }
  }
  return new Set([...seen].filter((each) => each[lifeKey]?.isNew === true));
}

function settling(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((end) => {
    resolve = end;
  });
  return { promise, resolve };
}
