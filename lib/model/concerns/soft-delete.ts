import type { Outcome } from '../../adapters/contract.ts';
import { destroyedRows } from '../../associations/upkeep/dependents.ts';
import { allOrNothing } from '../../connection/all-or-nothing.ts';
import { transactionScope } from '../../connection/transaction.ts';
import { InvalidQuery } from '../../errors/query.ts';
import type { Attribute } from '../../record/attribute.ts';
import { originalValue, restoreOriginals } from '../../record/changes.ts';
import { heldBy, settle } from '../../record/settle.ts';
import { writeInTransaction } from '../../record/snapshot.ts';
import { lifeKey, lifeOf, type RecordState } from '../../record/state.ts';
import { versionPredicate } from '../../record/statements.ts';
import { isLoaded, readValue, writeValue } from '../../record/values.ts';
import { batches } from '../../relation/destroy.ts';
import { keyPredicate } from '../../relation/load.ts';
import type { Query } from '../../relation/query.ts';
import {
  hidesRemoved,
  includingRemoved,
  onlyRemoved,
  type Removal,
  removalKey,
  removalOf,
  removingForGood,
  restoringRow,
} from '../../relation/removal.ts';
import type { ReadySource, Source } from '../../relation/source.ts';
import { column } from '../../schema/builders.ts';
import { compile } from '../../sql/compile.ts';
import { bindNode, columnNode, conjunction } from '../../sql/nodes.ts';
import type { Scalar, Type } from '../../types/type.ts';
import { BaseModel } from '../base-model.ts';
import { nextVersion, versionToFind } from '../locking/lock-version.ts';
import { ready as readyOf } from '../metadata.ts';
import { asModel } from '../model-class.ts';
import { sourceOf } from '../relation-class.ts';
import { destroyRecord } from '../saving/destroy.ts';
import { gone, keyOf, requireWritable } from '../saving/row-key.ts';
import { saveRecord } from '../saving/save.ts';

/** What `restore` can be told. */
export interface RestoreOptions {
  /** `true`: also what was destroyed together with the record, by `dependent: 'destroy'`. */
  readonly dependents?: boolean;
}

/**
 * A concern: `destroy()` marks the row as deleted, and queries, associations and counts leave it out.
 *
 * ```ts
 * class Post extends BaseModel.use(SoftDelete).with({ id: column.id(), title: column.string() }) {}
 * await post.destroy();                // UPDATE posts SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL
 * await Post.all();                    // SELECT … FROM posts WHERE deleted_at IS NULL
 * await Post.all().withDeleted();      // SELECT … FROM posts
 * await post.restore();                // UPDATE posts SET deleted_at = NULL WHERE id = ?
 * await post.reallyDestroy();          // DELETE FROM posts WHERE id = ?
 * ```
 *
 * What writes past `destroy` deletes rows: `delete()`, `deleteAll()`.
 */
export abstract class SoftDelete extends BaseModel.with({ deletedAt: column.datetime().nullable() }) {
  /** @internal */
  static readonly [removalKey]: Removal = { attribute: 'deletedAt', mark: markDeleted };

  static defaultScope = hidesRemoved((records: Query<typeof SoftDelete>) => records.where({ deletedAt: null }));

  static scopes = {
    /** Deleted ones among them. */
    withDeleted: <Q>(records: Q): Q => includingRemoved(records),
    /** Deleted ones alone. */
    onlyDeleted: <Q>(records: Q): Q => onlyRemoved(records),
  };

  /** Whether its row is marked as deleted. */
  get isDeleted(): boolean {
    return this.deletedAt !== null;
  }

  /**
   * Takes the mark off, through `save`: validations are asked, uniqueness among them. Counters count the record again.
   *
   * @param options - `{ dependents: true }` also restores what was destroyed with it, by `dependent: 'destroy'`
   * @returns the record itself
   * @throws RecordInvalid (`AR_RECORD_INVALID`), where its place has been taken, say; RecordNotFound where the row is gone
   */
  async restore(options: RestoreOptions = {}): Promise<this> {
    await restoreRecord(sourceOf(asModel(this.constructor)), this, checkOptions(options));
    return this;
  }

  /**
   * Deletes the row, with what depends on it, deleted before or not: what `destroy()` does for other models.
   * @returns the record itself
   * @throws InvalidForeignKey (`AR_FOREIGN_KEY`) where other rows still refer to it
   */
  async reallyDestroy(): Promise<this> {
    // As if it had not been marked: what is destroyed already would not be destroyed again.
    const source = sourceOf(asModel(this.constructor));
    const { isDestroyed = false } = this[lifeKey] ?? {};
    // For a rollback, after which it is marked again.
    const write = isDestroyed
      ? writeInTransaction((await source.ready()).connection, this)?.destroying(this)
      : undefined;
    if (isDestroyed) lifeOf(this).isDestroyed = false;
    try {
      await removingForGood(this, () => destroyRecord(source, this));
    } catch (error) {
      lifeOf(this).isDestroyed = isDestroyed;
      throw error;
    }
    write?.applied();
    return this;
  }
}

/** The UPDATE in place of the DELETE. A row that is marked already keeps its moment, and is not counted down twice. */
async function markDeleted(record: RecordState, ready: ReadySource, moment: Date): Promise<Outcome> {
  const { attributes, connection } = ready;
  const { dialect } = connection;
  const deletedAt = attributes.get('deletedAt');
  // For its error where the key is not known.
  keyOf(asModel(record.constructor), record, attributes, ready);
  const key = attributes.keys.map((each) => originalValue(record, each));
  const { updatedAt, lockVersion } = attributes;
  const version = lockVersion === undefined ? undefined : versionToFind(record, lockVersion);
  const written = [deletedAt, updatedAt, lockVersion].filter((each) => each !== undefined);
  const stamps = written.map((attribute) => {
    const type = attribute.type as Type;
    const value: unknown = type.cast(attribute === lockVersion ? nextVersion(version) : moment, attribute);
    const raw = type.serialize(value, dialect);
    return { attribute, raw, set: { column: attribute.column, value: bindNode(value, type, attribute.sensitive) } };
  });
  const statement = compile(
    {
      kind: 'update',
      table: attributes.tableName,
      set: stamps.map(({ set }) => set),
      where: conjunction([
        keyPredicate(attributes.keys, [key])(attributes),
        { kind: 'nullTest', operand: columnNode(deletedAt.column), negated: false },
        ...(lockVersion === undefined ? [] : [versionPredicate(lockVersion, version ?? 0)]),
      ]),
    },
    dialect,
  );
  const shown = stamps.filter(({ attribute }) => isLoaded(record, attribute));
  const held = shown.map(({ attribute }) => heldBy(record, attribute));
  const write = writeInTransaction(connection, record)?.setting(
    record,
    shown.map(({ attribute }) => attribute),
  );
  const outcome = await connection.run(statement, { prepared: true, bigints: true }, 'write');
  if (outcome.affectedRows === 0) {
    // Somebody else has marked it: the record shows that, so that it can be restored.
    const raw = lockVersion === undefined ? await storedMark(record, ready, deletedAt) : undefined;
    const [before] = shown[0]?.attribute === deletedAt ? held : [];
    if (raw !== undefined && before !== undefined) settle(record, deletedAt, raw ?? stamps[0]?.raw ?? null, before);
    return outcome;
  }
  shown.forEach(({ attribute, raw }, index) => {
    const before = held[index];
    if (before !== undefined) settle(record, attribute, raw, before);
  });
  write?.applied();
  return outcome;
}

/** What the row of a record has for its mark; undefined where the row is gone. */
async function storedMark(record: RecordState, ready: ReadySource, mark: Attribute): Promise<Scalar | undefined> {
  const { attributes, connection, statements } = ready;
  const key = keyOf(asModel(record.constructor), record, attributes, ready);
  const options = { prepared: true, bigints: true };
  const [row] = (await connection.run(statements.read([mark], key), options, 'read')).rows;
  return row === undefined ? undefined : (row[mark.column] ?? null);
}

function checkOptions(options: unknown): boolean {
  const names = typeof options === 'object' && options !== null ? Object.keys(options) : ['?'];
  const dependents: unknown = names.length === 1 ? Reflect.get(Object(options), 'dependents') : undefined;
  if (names.some((name) => name !== 'dependents') || (dependents !== undefined && typeof dependents !== 'boolean'))
    throw new InvalidQuery('restore has one option: { dependents: true }.');
  return dependents === true;
}

async function restoreRecord(source: Source<RecordState>, record: RecordState, dependents: boolean): Promise<void> {
  const model = asModel(source.model);
  requireWritable(model, record);
  const ready = await readyOf(model);
  const { connection, attributes } = ready;
  const deletedAt = attributes.get(removalOf(model)?.attribute);
  const { isDestroyed = false, isNew = false } = record[lifeKey] ?? {};
  if (isNew) return;
  // For its error where the query has not selected it: whether there is something to restore is not known.
  if (!isLoaded(record, deletedAt)) readValue(record, deletedAt);
  const moment = originalValue(record, deletedAt);
  if (moment === null) return;
  const restoredMeanwhile = async () => {
    if ((await storedMark(record, ready, deletedAt)) === undefined) throw gone(model, record, attributes);
    settle(record, deletedAt, null, heldBy(record, deletedAt));
    // What else has been assigned is still to be written.
    await saveRecord(source, record);
  };
  const save = async () => {
    // Kept for a rollback, after which it is destroyed again.
    const write = writeInTransaction(connection, record)?.destroying(record);
    if (isDestroyed) lifeOf(record).isDestroyed = false;
    try {
      // Nobody has assigned it, so that after a rollback it is no change.
      transactionScope.current(connection)?.onRollback(() => restoreOriginals(record, attributes, [deletedAt]));
      writeValue(record, deletedAt, null);
      if (!(await restoringRow(record, deletedAt, () => saveRecord(source, record)))) await restoredMeanwhile();
    } catch (error) {
      restoreOriginals(record, attributes, [deletedAt]);
      if (isDestroyed) lifeOf(record).isDestroyed = true;
      throw error;
    }
    write?.applied();
  };
  if (!dependents) return save();
  await allOrNothing(connection, async () => {
    await save();
    await restoreDependents(record, source, deletedAt, moment);
  });
}

/** What was marked at the very same moment: that of its owner is handed on when they are destroyed together. */
async function restoreDependents(
  record: RecordState,
  { associations }: Source<RecordState>,
  { name }: Attribute,
  moment: unknown,
): Promise<void> {
  for (const { source, state } of destroyedRows(record, associations)) {
    const removal = removalOf(source.model);
    if (removal === undefined) continue;
    const ready = await source.ready();
    const ofThatMoment = source.scoped(
      state,
      (rows: { where(conditions: object): unknown }) => rows.where({ [removal.attribute]: moment }),
      `restore, by ${name}`,
    );
    const [key] = ready.attributes.keys;
    for await (const batch of batches(source, ready, ofThatMoment, (each) => key && readValue(each, key)))
      for (const each of batch) await restoreRecord(sourceOf(asModel(each.constructor)), each, true);
  }
}
