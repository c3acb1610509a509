import { destroyDelegates } from '../../associations/upkeep/delegates.ts';
import { checkDependents, destroyDependents } from '../../associations/upkeep/dependents.ts';
import { tellParents, writeWithParents } from '../../associations/upkeep/parent-writes.ts';
import { detachAll } from '../../associations/writing/join-rows.ts';
import { needsTransactionForDestroy } from '../../associations/writing/save-hooks.ts';
import { allOrNothing } from '../../connection/all-or-nothing.ts';
import type { CallbackSet } from '../../record/callbacks/callback.ts';
import { requireNoLoop, rowWritten } from '../../record/callbacks/chain.ts';
import { queueCommit } from '../../record/callbacks/commit.ts';
import { withCallbacks } from '../../record/callbacks/run.ts';
import { writeInTransaction } from '../../record/snapshot.ts';
import { lifeKey, lifeOf, type RecordState } from '../../record/state.ts';
import { sendWrite } from '../../relation/gathering.ts';
import { beginRemoval, isMarked, type MarkRow } from '../../relation/removal.ts';
import type { Associations, ReadySource, Source } from '../../relation/source.ts';
import { callbacksOf } from '../callbacks/registered.ts';
import { lockVersionOf, refuseStale } from '../locking/lock-version.ts';
import { ready as readyOf } from '../metadata.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { keyOf, requireWritable } from './row-key.ts';
import { inTurn } from './turns.ts';

const prepared = { prepared: true, bigints: true };

/**
 * Destroys a record, in this order: beforeDestroy, aroundDestroy; what depends on it; its row, with the counters and
 * moments of what it belongs to; what it delegates to; afterDestroy. All in one transaction, unless there is nothing but the one statement.
 */
export async function destroyRecord(source: Source<RecordState>, record: RecordState): Promise<void> {
  const { associations } = source;
  const model = asModel(source.model);
  requireWritable(model, record);
  const mark = beginRemoval(record);
  const callbacks = destroyingCallbacks(model);
  if (callbacks !== undefined) requireNoLoop(record, 'destroy', model.name);
  const ready = await readyOf(model);
  const isThere = record[lifeKey]?.isNew !== true && record[lifeKey]?.isDestroyed !== true;
  const isMore = callbacks !== undefined || needsTransactionForDestroy(associations);
  if (record[lifeKey]?.isDestroyed === true || !isMore) return void (await deleteRow(model, record, ready, mark));
  if (isThere) await checkDependents(associations);
  await allOrNothing(
    ready.connection,
    () =>
      withCallbacks(callbacks, 'destroy', record, async () => {
        if (isThere) {
          await destroyDependents(record, associations);
          if (mark === undefined) await detachAll(record, associations);
        }
        const isKnown = isMarked(record, ready.attributes);
        const isDeleted = await deleteRow(model, record, ready, mark, isKnown ? undefined : associations);
        rowWritten(record, 'destroy');
        if (!isThere) return;
        await destroyDelegates(record, associations);
        // A row that is gone already was destroyed by somebody else, whose callbacks have heard of it.
        if (isDeleted) queueCommit(callbacks, record, ready.connection, 'destroy');
        await tellParents(record);
      }),
    { join: true },
  );
}

function destroyingCallbacks(model: ModelClass): CallbackSet | undefined {
  const callbacks = callbacksOf(model);
  return callbacks?.onDestroy === true ? callbacks : undefined;
}

/** Deletes the row of a record, and nothing else: `user.delete()`. */
export async function deleteRecord(model: ModelClass, record: RecordState): Promise<void> {
  requireWritable(model, record);
  const ready = await readyOf(model);
  const write = writeInTransaction(ready.connection, record)?.destroying(record);
  if (hasRow(record)) {
    await ready.connection.run(
      ready.statements.delete(keyOf(model, record, ready.attributes, ready)),
      prepared,
      'write',
    );
  }
  lifeOf(record).isDestroyed = true;
  write?.applied();
}

const hasRow = (record: RecordState) => record[lifeKey]?.isNew !== true && record[lifeKey]?.isDestroyed !== true;

/**
 * Deletes the row of a record that is being destroyed. A row that is gone already is what was wanted.
 *
 * @param mark - is sent in place of the DELETE
 * @param associations - given where what the record belongs to is to hear of it
 * @returns whether there was one
 */
function deleteRow(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  mark: MarkRow | undefined,
  associations?: Associations,
): Promise<boolean> {
  const remove = () => deleteNow(model, record, ready, mark, associations);
  return ready.attributes.lockVersion === undefined ? remove() : inTurn(record, ready, remove);
}

async function deleteNow(
  model: ModelClass,
  record: RecordState,
  ready: ReadySource,
  mark: MarkRow | undefined,
  associations: Associations | undefined,
): Promise<boolean> {
  const { connection, statements } = ready;
  const write = writeInTransaction(connection, record)?.destroying(record);
  let isDeleted = false;
  if (hasRow(record)) {
    const key = keyOf(model, record, ready.attributes, ready);
    const version = lockVersionOf(record, ready);
    const statement = version === undefined ? statements.delete(key) : statements.deleteVersion([...key, version]);
    const alone = () => connection.run(statement, prepared, 'write');
    const send = () => mark?.(ready) ?? sendWrite(record, { kind: 'delete', ready, key, version, alone });
    const { affectedRows } = await (associations === undefined
      ? send()
      : writeWithParents(record, associations, 'destroy', send));
    isDeleted = affectedRows > 0;
    if (version !== undefined && !isDeleted) await refuseStale(model, record, ready, 'destroy', version);
  }
  lifeOf(record).isDestroyed = true;
  write?.applied();
  return isDeleted;
}
