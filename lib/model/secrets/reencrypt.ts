import type { Row } from '../../adapters/contract.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { DecryptionFailed } from '../../errors/secrets.ts';
import type { Attribute } from '../../record/attribute.ts';
import { lifeKey, type RecordState, rowKey } from '../../record/state.ts';
import { checkBatchOptions } from '../../relation/batch-options.ts';
import { batchesByKey } from '../../relation/batches.ts';
import type { EncryptedAttribute } from '../../relation/refuse-encrypted.ts';
import { lockNode } from '../../relation/shape-options.ts';
import type { ReadySource } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import { type BindNode, bindNode, columnNode, conjunction, type Predicate } from '../../sql/nodes.ts';
import { longTextType } from '../../types/text.ts';
import type { Scalar, Type } from '../../types/type.ts';
import { type Family, familyOf } from '../inheritance/family.ts';
import { attributesOf, ready as readyOf } from '../metadata.ts';
import type { ModelClass } from '../model-class.ts';
import { sourceOf } from '../relation-class.ts';
import { gone, keyOf } from '../saving/row-key.ts';
import { encryptedAttributes, requireRow } from './encrypted-attributes.ts';

/** How `reencryptAll` goes about it. */
export interface ReencryptOptions {
  /** Rows that are read at once: 1000. */
  readonly size?: number;
  /** Is told after each batch how many rows have been looked at. */
  readonly progress?: (progress: { readonly done: number }) => void;
}

/** What `reencryptAll` has done. */
export interface ReencryptResult {
  /** Rows that have been encrypted with the first key. */
  readonly reencrypted: number;
  /** Rows that were so already. */
  readonly current: number;
  /** Rows that somebody else has changed meanwhile, and those that cannot be decrypted; with their keys. */
  readonly changed: readonly unknown[];
  readonly failed: readonly { readonly primaryKey: unknown; readonly error: DecryptionFailed }[];
}

interface Change {
  readonly attribute: EncryptedAttribute;
  readonly before: Scalar;
  readonly after: string;
  /** It was never encrypted. */
  readonly isPlain: boolean;
}

/** Encrypts all rows of a model that are not encrypted with the first key. */
export async function reencryptAll(model: ModelClass, options: ReencryptOptions = {}): Promise<ReencryptResult> {
  const source = sourceOf(model);
  const ready = await readyOf(model);
  const { attributes } = ready;
  const family = familyOf(model);
  const encrypted = encryptedInFamily(model, family);
  if (encrypted.length === 0) throw new InvalidQuery(`${model.name} has no encrypted attribute.`);
  const plan = checkBatchOptions({ ...options, progress: undefined });
  const type = family === undefined ? undefined : attributes.get(family.attribute);
  const read = [...attributes.keys, ...(type === undefined ? [] : [type]), ...encrypted];
  const state = {
    ...source.base,
    selection: { columns: [...new Set(read.map(({ column }) => column))], expressions: [] },
  };
  const result = {
    reencrypted: 0,
    current: 0,
    changed: [] as unknown[],
    failed: [] as ReencryptResult['failed'][number][],
  };
  let done = 0;
  for await (const { rows } of batchesByKey(source, ready, state, plan, false)) {
    for (const row of rows) {
      const keys = attributes.keys.map(({ type, column }) => (type as Type).deserialize(row[column] ?? null));
      const primaryKey =
        keys.length === 1 ? keys[0] : Object.fromEntries(attributes.keys.map(({ name }, index) => [name, keys[index]]));
      try {
        const changes = changesOf(encryptedOfRow(model, family, type, row), row);
        if (changes.length === 0) result.current++;
        else if (await writeUnchanged(ready, row, changes)) result.reencrypted++;
        else result.changed.push(primaryKey);
      } catch (error) {
        if (!(error instanceof DecryptionFailed)) throw error;
        result.failed.push({ primaryKey, error });
      }
    }
    done += rows.length;
    options.progress?.({ done });
  }
  return result;
}

/** Those of a class and of all below it on the same table. */
function encryptedInFamily(model: ModelClass, family: Family | undefined): readonly EncryptedAttribute[] {
  const below = [...(family?.members ?? [])].filter(({ prototype }) => prototype instanceof model);
  return [model, ...below].flatMap((each) => encryptedAttributes(attributesOf(each)));
}

/** @throws UnknownType (`AR_TYPE_UNKNOWN`): of a class that is not known, nobody knows what is encrypted */
function encryptedOfRow(
  model: ModelClass,
  family: Family | undefined,
  type: Attribute | undefined,
  row: Row,
): readonly EncryptedAttribute[] {
  const own = family === undefined || type === undefined ? model : family.classNamed(row[type.column] ?? null);
  return encryptedAttributes(attributesOf(own));
}

/** Encrypts the row of a record, with the first key, as the database has it now. */
export async function reencryptRecord(model: ModelClass, record: RecordState): Promise<void> {
  requireRow(record, 'reencrypt');
  const ready = await readyOf(model);
  const { attributes } = ready;
  const encrypted = encryptedAttributes(attributes);
  if (encrypted.length === 0) throw new InvalidQuery(`${model.name} has no encrypted attribute.`);
  const key = keyOf(model, record, attributes, ready);
  const changes = await underLock(ready, key, (row) => {
    if (row === undefined) throw gone(model, record, attributes);
    return changesOf(encrypted, row, true);
  });
  for (const { attribute, before, after } of changes) remember(record, attribute, before, after);
}

/**
 * Reads a row under a lock, and writes what is then to be changed. Without one, a transaction of MySQL goes on reading the
 * row of its first look; and a comparison with what was read takes other text for the same, where case does not matter.
 */
async function underLock(
  ready: ReadySource,
  key: readonly Scalar[],
  changesFor: (row: Row | undefined) => readonly Change[],
): Promise<readonly Change[]> {
  const { attributes, connection, statements } = ready;
  const written = await connection.transaction(
    async () => {
      const statement = statements.lock(key, lockNode('update', {}));
      const { rows } = await connection.run(statement, { prepared: true, bigints: attributes.bigints }, 'write');
      const changes = changesFor(rows[0]);
      if (changes.length > 0) await write(ready, key, changes);
      return changes;
    },
    { join: true },
  );
  return written ?? [];
}

/** What the record has as the row's own, where that is what was encrypted anew. */
function remember(record: RecordState, { column }: EncryptedAttribute, before: Scalar, after: string): void {
  const originals = record[lifeKey]?.originals;
  if (originals?.get(column) === before) originals.set(column, after);
  else if (record[rowKey][column] === before) record[rowKey][column] = after;
}

/** @param everything - also what is encrypted with the first key already */
function changesOf(encrypted: readonly EncryptedAttribute[], row: Row, everything = false): readonly Change[] {
  return encrypted.flatMap((attribute): Change[] => {
    const before = row[attribute.column] ?? null;
    const { secret } = attribute.type;
    if (before === null || secret === undefined) return [];
    const state = secret.state(before);
    if (!everything && state === 'current') return [];
    return [{ attribute, before, after: secret.reencrypt(before, attribute), isPlain: state === 'plain' }];
  });
}

/** @returns whether the row still was as it had been read */
async function writeUnchanged(ready: ReadySource, row: Row, changes: readonly Change[]): Promise<boolean> {
  const { attributes, connection } = ready;
  const key = attributes.keys.map(({ type, column }) => {
    const each: Type = type;
    return each.serialize(each.deserialize(row[column] ?? null), connection.dialect);
  });
  if (!changes.some(({ isPlain }) => isPlain)) return write(ready, key, changes);
  const isSame = (now: Row | undefined): boolean =>
    now !== undefined && changes.every(({ attribute: { column }, before }) => now[column] === before);
  return (await underLock(ready, key, (now) => (isSame(now) ? changes : []))).length > 0;
}

/** Only where the row has the texts that were read. */
async function write(
  { attributes, connection }: ReadySource,
  key: readonly Scalar[],
  changes: readonly Change[],
): Promise<boolean> {
  const equal = (column: string, bind: BindNode): Predicate => {
    return { kind: 'comparison', operator: '=', left: columnNode(column), right: bind };
  };
  const text = (value: Scalar): BindNode => bindNode(value, longTextType, true);
  const statement = compile(
    {
      kind: 'update',
      table: attributes.tableName,
      set: changes.map(({ attribute, after }) => ({ column: attribute.column, value: text(after) })),
      where: conjunction([
        ...attributes.keys.map(({ column, type, sensitive }, index) => {
          const each: Type = type;
          return equal(column, bindNode(each.deserialize(key[index] ?? null), each, sensitive));
        }),
        ...changes.map(({ attribute, before }) => equal(attribute.column, text(before))),
      ]),
    },
    connection.dialect,
  );
  const { affectedRows } = await connection.run(statement, { prepared: true, bigints: true }, 'write');
  return affectedRows > 0;
}
