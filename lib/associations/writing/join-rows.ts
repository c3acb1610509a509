import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import type { RecordState } from '../../record/state.ts';
import { ModelStatements } from '../../record/statements.ts';
import { readValue } from '../../record/values.ts';
import { sendRows } from '../../relation/insert.ts';
import { keyPredicate } from '../../relation/load.ts';
import type { Associations, ReadySource, Reflection } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import { columnNode, conjunction, type Predicate } from '../../sql/nodes.ts';
import { bareType, type Scalar, type Type } from '../../types/type.ts';
import type { MemoryKey } from '../loading/memory-keys.ts';
import { keyText, ownerKey, type Writing } from './ownership.ts';
import { planOf } from './save-hooks.ts';

// The rows of a hasAndBelongsToMany's join table, which has no model: written directly, many in one statement.

/** Keys in one statement. */
const mostKeys = 1000;

/** The join table of one owner. */
export class JoinRows {
  readonly #owner: RecordState;
  readonly #writing: Writing;
  readonly #table: AttributeSet;
  /** What refers to the owner, and to the other side. */
  readonly #here: readonly Attribute[];
  readonly #there: readonly Attribute[];
  readonly #targetKeys: readonly Attribute[];
  readonly #values: readonly unknown[];

  constructor(owner: RecordState, reflection: Reflection, writing: Writing) {
    const [toJoin, toTarget] = reflection.steps;
    const table = toJoin?.source.attributes;
    if (toJoin === undefined || toTarget === undefined || table === undefined)
      throw new InvalidDefinition(`${reflection.label} leads nowhere.`);
    this.#owner = owner;
    this.#writing = writing;
    this.#table = table;
    this.#here = toJoin.to;
    this.#there = toTarget.from;
    this.#targetKeys = toTarget.to;
    this.#values = ownerKey(this.#owner, toJoin) ?? [];
  }

  /** The key of a record of the other side. */
  keyOf(record: RecordState): readonly unknown[] {
    return this.#targetKeys.map((key) => readValue(record, key));
  }

  textOf(key: readonly unknown[]): MemoryKey {
    return keyText(this.#targetKeys, key);
  }

  /** The keys of the other side that are there: of these, or all. */
  async present(among?: readonly (readonly unknown[])[]): Promise<Map<MemoryKey, readonly unknown[]>> {
    const found = new Map<MemoryKey, readonly unknown[]>();
    for (const where of this.#conditions(among)) {
      const statement = compile(
        {
          kind: 'select',
          distinct: false,
          columns: this.#there.map(({ column }) => ({ expression: columnNode(column), alias: undefined })),
          from: { table: this.#table.tableName },
          where,
          order: [],
          limit: undefined,
          offset: undefined,
        },
        this.#dialect,
      );
      const { rows } = await this.#run(statement, 'read');
      for (const row of rows) {
        const key = this.#there.map(({ column, type }) => {
          const raw = row[column];
          return raw === undefined || raw === null ? null : (type as Type).deserialize(raw);
        });
        found.set(this.textOf(key), key);
      }
    }
    return found;
  }

  /** Rows for those keys that have none yet; gives the keys of the new ones. */
  async insert(keys: readonly (readonly unknown[])[], known?: ReadonlyMap<MemoryKey, unknown>) {
    const wanted = new Map(keys.map((key) => [this.textOf(key), key]));
    const present = known ?? (wanted.size === 0 ? new Map() : await this.present([...wanted.values()]));
    const missing = [...wanted].filter(([text]) => !present.has(text)).map(([, key]) => key);
    if (missing.length === 0) return missing;
    await insertRows(this, missing);
    return missing;
  }

  /** Deletes the rows for those keys, or all. */
  async delete(keys?: readonly (readonly unknown[])[]): Promise<void> {
    for (const where of this.#conditions(keys)) {
      await this.#run(compile({ kind: 'delete', table: this.#table.tableName, where }, this.#dialect), 'write');
    }
  }

  #conditions(keys: readonly (readonly unknown[])[] | undefined): Predicate[] {
    const own = keyPredicate(this.#here, [this.#values])(this.#table);
    if (keys === undefined) return [own];
    const conditions: Predicate[] = [];
    for (let start = 0; start < keys.length; start += mostKeys)
      conditions.push(conjunction([own, keyPredicate(this.#there, keys.slice(start, start + mostKeys))(this.#table)]));
    return conditions;
  }

  /** Where rows go, with which columns. */
  get target(): {
    readonly connection: Writing['connection'];
    readonly table: AttributeSet;
    readonly written: readonly Attribute[];
  } {
    const written = [...this.#here, ...this.#there];
    return { connection: this.#writing.connection, table: this.#table, written };
  }

  /** The values of a row, in the order of the columns. */
  valuesFor(key: readonly unknown[]): Scalar[] {
    const values = [...this.#values, ...key];
    return this.target.written.map((attribute, index) =>
      (attribute.type as Type).serialize(bareType(attribute.type).cast(values[index], attribute), this.#dialect),
    );
  }

  get #dialect() {
    return this.#writing.connection.dialect;
  }

  #run(statement: ReturnType<typeof compile>, intent: 'read' | 'write') {
    return this.#writing.connection.run(statement, { prepared: false, bigints: this.#table.bigints }, intent);
  }
}

/** Inserts rows that lead from one owner to those keys. */
function insertRows(rows: JoinRows, keys: readonly (readonly unknown[])[]): Promise<void> {
  const values = keys.map((key) => rows.valuesFor(key));
  return sendJoinRows(rows.target, values);
}

async function sendJoinRows(
  { connection, table, written }: JoinRows['target'],
  rows: readonly (readonly Scalar[])[],
): Promise<void> {
  const ready: ReadySource = {
    connection,
    attributes: table,
    statements: new ModelStatements(table, connection.dialect),
  };
  // Another one may insert the same row at the same moment: where an index forbids that, there is one.
  const target = written.map(({ column }) => column);
  await sendRows(ready, { given: [], written, rows }, { kind: 'conflict', target, anyIndex: true, set: [] }, 'attach');
}

/** Joins many owners to records of the other side, of which one of each pair is new: nothing of that can be there yet. */
export async function joinNew(
  reflection: Reflection,
  pairs: readonly { readonly owner: RecordState; readonly member: RecordState }[],
  writing: Writing,
): Promise<void> {
  const rows = pairs.map(({ owner, member }) => {
    const joining = new JoinRows(owner, reflection, writing);
    return { target: joining.target, values: joining.valuesFor(joining.keyOf(member)) };
  });
  const [first] = rows;
  if (first === undefined) return;
  await sendJoinRows(
    first.target,
    rows.map(({ values }) => values),
  );
}

/** Before a record is destroyed: its rows of join tables, which nobody else would delete. */
export async function detachAll(record: RecordState, associations: Associations): Promise<void> {
  for (const reflection of planOf(associations).joinTables) {
    for (const source of [reflection.owner, reflection.target]) await source.ready();
    const { connection } = await reflection.owner.ready();
    await new JoinRows(record, reflection, { connection }).delete();
  }
}
