import { InvalidQuery } from '../../errors/query.ts';
import { RecordDestroyed, RecordNotPersisted } from '../../errors/record.ts';
import { replaceRow } from '../../record/replace-row.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { everyChange } from '../../record/virtual-save.ts';
import { lockNode } from '../../relation/shape-options.ts';
import type { ReadySource } from '../../relation/source.ts';
import type { Compiled } from '../../sql/compile.ts';
import type { LockNode } from '../../sql/nodes.ts';
import { didYouMean } from '../../support/suggest.ts';
import type { Scalar } from '../../types/type.ts';
import { ready as readyOf } from '../metadata.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { gone, keyOf } from '../saving/row-key.ts';

/** How the row of a record is locked. */
export interface RecordLockOptions {
  /** `update` (FOR UPDATE) lets nobody else lock or write it; `share` lets others lock it so too. */
  readonly mode?: 'update' | 'share';
  /** Fails at once where somebody else has locked it: LockTimeout. */
  readonly noWait?: boolean;
}
export interface WithLockOptions extends RecordLockOptions {
  /** Does not run the function where somebody else has locked the row: the result is undefined. */
  readonly skipLocked?: boolean;
}

/** A row that is about to be locked: all that can be wrong with it is known before anything is sent. */
interface Request {
  readonly model: ModelClass;
  readonly record: RecordState;
  readonly ready: ReadySource;
  readonly key: readonly Scalar[];
  readonly statement: Compiled;
  readonly lock: LockNode;
}

async function request(record: RecordState, options: unknown, what: 'lock' | 'withLock'): Promise<Request> {
  const model = asModel(record.constructor);
  const lock = checkOptions(options, what);
  const life = record[lifeKey];
  if (life?.isDestroyed === true)
    throw new RecordDestroyed(`This ${model.name} has been destroyed, so ${what} has no row to lock.`);
  if (life?.isNew === true) {
    throw new RecordNotPersisted(`This ${model.name} has not been saved, so ${what} has no row to lock.`, {
      hint: 'Save it first.',
    });
  }
  const ready = await readyOf(model);
  const changed = everyChange(record, ready.attributes);
  if (changed.length > 0) {
    throw new InvalidQuery(
      `This ${model.name} has changes that are not saved (${changed.map(({ name }) => name).join(', ')}), which ${what} would lose: it reads the row again.`,
      { hint: 'Save them first, or take them back with restoreAttributes(); or change the record under the lock.' },
    );
  }
  const key = keyOf(model, record, ready.attributes, ready);
  return { model, record, ready, key, lock, statement: ready.statements.lock(key, lock) };
}

function checkOptions(options: unknown, what: 'lock' | 'withLock'): LockNode {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidQuery(`${what} takes its options as an object: { mode: 'share' }.`);
  const known = what === 'lock' ? ['mode', 'noWait'] : ['mode', 'noWait', 'skipLocked'];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidQuery(`${what} has no option "${unknown}".`, { hint: didYouMean(unknown, known) });
  const { mode, ...waits } = { mode: 'update', ...options };
  return lockNode(mode, waits);
}

/** `record.lock()`. */
export async function lockRecord(record: RecordState, options: unknown): Promise<void> {
  const asked = await request(record, options, 'lock');
  if (!asked.ready.connection.inTransaction) {
    throw new InvalidQuery('A row lock outside of a transaction would be given back at once.', {
      hint: 'Lock the record inside transaction(async () => …), or use record.withLock(async () => …).',
    });
  }
  await take(asked);
}

/** `record.withLock(fn)`: in a transaction, or as part of the one around it. */
export async function withRecordLock<T>(
  record: RecordState,
  fn: () => T | PromiseLike<T>,
  options: unknown,
): Promise<T | undefined> {
  if (typeof fn !== 'function') throw new InvalidQuery('withLock takes a function to run under the lock.');
  const asked = await request(record, options, 'withLock');
  return asked.ready.connection.transaction(async () => ((await take(asked)) ? await fn() : undefined), { join: true });
}

/** @returns whether the row is locked now; false where it was to be skipped. @throws RecordNotFound where it is gone */
async function take({ model, record, ready, key, lock, statement }: Request): Promise<boolean> {
  const { connection, attributes, statements } = ready;
  const reading = { prepared: true, bigints: attributes.bigints };
  const [row] = (await connection.run(statement, reading, 'write')).rows;
  if (row !== undefined) {
    replaceRow(record, row);
    return true;
  }
  // Skipped, it looks as if it were gone: a plain look tells the two apart.
  const isThere =
    lock.wait === 'skipLocked' &&
    (await connection.run(statements.read(attributes.keys, key), reading, 'read')).rows.length > 0;
  if (isThere) return false;
  throw gone(model, record, attributes);
}
