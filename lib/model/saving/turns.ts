import { transactionScope } from '../../connection/transaction.ts';
import { type Life, lifeOf, type RecordState } from '../../record/state.ts';
import type { ReadySource } from '../../relation/source.ts';
import { Mutex } from '../../support/mutex.ts';

/** Writes under way, by the row that records share and by where they are sent. */
const turns = new WeakMap<Life, WeakMap<object, Mutex>>();

/**
 * Writes that go from the row's value are sent one after the other, so that each finds what the one before has made of
 * the record. Those of another transaction are not waited for: that could wait for a row which this one has locked.
 */
export async function inTurn<T>(record: RecordState, { connection }: ReadySource, write: () => Promise<T>): Promise<T> {
  const scope = transactionScope.current(connection) ?? connection;
  const life = lifeOf(record);
  const byScope = turns.get(life) ?? new WeakMap<object, Mutex>();
  turns.set(life, byScope);
  const mutex = byScope.get(scope) ?? new Mutex();
  byScope.set(scope, mutex);
  const turn = mutex.acquire();
  if (turn !== undefined) await turn;
  try {
    return await write();
  } finally {
    mutex.release();
  }
}
