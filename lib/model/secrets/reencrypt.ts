import type { Row } from '../../adapters/contract.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { DecryptionFailed } from '../../errors/secrets.ts';
import { lifeKey, type RecordState, rowKey } from '../../record/state.ts';
import { readValue } from '../../record/values.ts';
import { checkBatchOptions } from '../../relation/batch-options.ts';
import { batchesByKey } from '../../relation/batches.ts';
import type { EncryptedAttribute } from '../../relation/encrypted-conditions.ts';
import type { ReadySource } from '../../relation/source.ts';
import { rowValuePredicate } from '../../relation/where.ts';
import { compile } from '../../sql/compile.ts';
import { bindNode, columnNode, conjunction, type Predicate } from '../../sql/nodes.ts';
import { longTextType } from '../../types/text.ts';
import type { Scalar, Type } from '../../types/type.ts';
import { ready as readyOf } from '../metadata.ts';
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
}

/** Encrypts all rows of a model that are not encrypted with the first key. */
export async function reencryptAll(model: ModelClass, options: ReencryptOptions = {}): Promise<ReencryptResult> {
  const source = sourceOf(model);
  const ready = await readyOf(model);
  const { attributes } = ready;
  const encrypted = encryptedAttributes(attributes);
  if (encrypted.length === 0) throw new InvalidQuery(`${model.name} has no encrypted attribute.`);
  const plan = checkBatchOptions({ ...options, progress: undefined });
  const columns = [...attributes.keys, ...encrypted].map(({ column }) => column);
  const state = { ...source.base, selection: { columns: [...new Set(columns)], expressions: [] } };
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
        const changes = changesOf(encrypted, row);
        if (changes.length === 0) result.current++;
        else if (await write(ready, keys, changes)) result.reencrypted++;
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

/** Encrypts the row of a record, with the first key, as the database has it now. */
export async function reencryptRecord(model: ModelClass, record: RecordState): Promise<void> {
  requireRow(record, 'reencrypt');
  const ready = await readyOf(model);
  const { attributes, connection, statements } = ready;
  const encrypted = encryptedAttributes(attributes);
  if (encrypted.length === 0) throw new InvalidQuery(`${model.name} has no encrypted attribute.`);
  const key = keyOf(model, record, attributes, ready);
  for (;;) {
    const read = statements.read(attributes.all, [...key]);
    const { rows } = await connection.run(read, { prepared: true, bigints: attributes.bigints }, 'read');
    const [row] = rows;
    if (row === undefined) throw gone(model, record, attributes);
    const changes = changesOf(encrypted, row, true);
    const keys = attributes.keys.map((attribute) => readValue(record, attribute));
    // Somebody else has written meanwhile: what they wrote is to stay.
    if (changes.length > 0 && !(await write(ready, keys, changes))) continue;
    for (const { attribute, before, after } of changes) remember(record, attribute, before, after);
    return;
  }
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
    if (!everything && secret.state(before) === 'current') return [];
    return [{ attribute, before, after: secret.reencrypt(before, attribute) }];
  });
}

/** Only where the row still is as it was read. */
async function write(
  { attributes, connection }: ReadySource,
  keys: readonly unknown[],
  changes: readonly Change[],
): Promise<boolean> {
  const own = attributes.keys.map(({ name }, index) => rowValuePredicate(attributes, name, keys[index]));
  const unchanged = changes.map(({ attribute, before }): Predicate => {
    return {
      kind: 'comparison',
      operator: '=',
      left: columnNode(attribute.column),
      right: bindNode(before, longTextType, true),
    };
  });
  const statement = compile(
    {
      kind: 'update',
      table: attributes.tableName,
      set: changes.map(({ attribute, after }) => ({
        column: attribute.column,
        value: bindNode(after, longTextType, true),
      })),
      where: conjunction([...own, ...unchanged]),
    },
    connection.dialect,
  );
  const { affectedRows } = await connection.run(statement, { prepared: true, bigints: true }, 'write');
  return affectedRows > 0;
}
