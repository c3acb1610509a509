import { InvalidQuery } from '../../errors/query.ts';
import { ensureLink, outdate } from '../../record/links.ts';
import type { RecordState } from '../../record/state.ts';
import { isRecord } from '../../record/state.ts';
import { castKey } from '../../relation/load.ts';
import type { Reflection } from '../../relation/source.ts';
import type { MemoryKey } from '../loading/memory-keys.ts';
import { dropFromMemory, expectLater, noteAdded, replaceLoaded } from './collection-memory.ts';
import { expectRecord, requireAlive } from './expect-record.ts';
import { JoinRows } from './join-rows.ts';
import { isNew, keyText } from './ownership.ts';
import { requireSaved } from './reference-writing.ts';

// `attach`, `detach`, `sync` and `toggle` of a hasAndBelongsToMany: its join table, by records or by keys.

/** The keys that came and went. */
export interface Attached {
  readonly attached: unknown[];
  readonly detached: unknown[];
}

interface Given {
  /** By the keys' text, each once. */
  readonly keys: ReadonlyMap<MemoryKey, readonly unknown[]>;
  readonly records: readonly RecordState[];
}

function given(reflection: Reflection, values: readonly unknown[], what: string): Given {
  const { target, label } = reflection;
  const attributes = target.attributes?.keys ?? [];
  const keys = new Map<MemoryKey, readonly unknown[]>();
  const records: RecordState[] = [];
  for (const value of values.flat()) {
    if (isRecord(value)) {
      const record = expectRecord(reflection, value);
      if (isNew(record)) {
        throw new InvalidQuery(`This ${target.modelName} is not saved, so ${label}.${what} has no key for it.`, {
          hint: 'Save it first, or use add.',
        });
      }
      records.push(record);
    }
    const key = castKey(target.modelName, attributes, isRecord(value) ? keyOf(value, attributes) : value);
    keys.set(keyText(attributes, key), key);
  }
  return { keys, records };
}

/** As `castKey` takes it: of one column its value, of several an object. */
function keyOf(record: RecordState, keys: readonly { readonly name: string }[]): unknown {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) return Reflect.get(record, only.name);
  return Object.fromEntries(keys.map(({ name }) => [name, Reflect.get(record, name)]));
}

async function rowsOf(owner: RecordState, reflection: Reflection, what: string): Promise<JoinRows> {
  if (reflection.declaration.kind !== 'hasAndBelongsToMany') {
    throw new InvalidQuery(`${reflection.label} has no join table, so there is no ${what}.`, {
      hint: 'Use add, remove and set.',
    });
  }
  requireAlive(owner, reflection);
  const { connection } = await reflection.owner.ready();
  await reflection.target.ready();
  return new JoinRows(owner, reflection, { connection });
}

export async function attach(owner: RecordState, reflection: Reflection, values: readonly unknown[]): Promise<void> {
  const rows = await rowsOf(owner, reflection, 'attach');
  if (isNew(owner) && values.flat().every(isRecord))
    return expectLater(
      owner,
      reflection,
      values.flat().map((each) => expectRecord(reflection, each)),
    );
  requireSaved(owner, reflection, 'attach');
  const { keys, records } = given(reflection, values, 'attach');
  await rows.insert([...keys.values()]);
  show(owner, reflection, rows, { added: keys, records, removed: new Set() });
}

/** Without values all rows go. */
export async function detach(owner: RecordState, reflection: Reflection, values: readonly unknown[]): Promise<void> {
  const rows = await rowsOf(owner, reflection, 'detach');
  if (isNew(owner)) {
    const link = ensureLink(owner, reflection.index);
    const out = values.length === 0 ? (link.many ?? []) : values.flat().filter(isRecord);
    return void dropFromMemory(owner, reflection, out);
  }
  const all = values.length === 0;
  const { keys } = given(reflection, values, 'detach');
  if (!all && keys.size === 0) return;
  await rows.delete(all ? undefined : [...keys.values()]);
  show(owner, reflection, rows, { added: new Map(), records: [], removed: all ? 'all' : new Set(keys.keys()) });
}

export async function sync(owner: RecordState, reflection: Reflection, values: unknown): Promise<Attached> {
  return change(owner, reflection, values, 'sync', (wanted, present) => ({
    added: [...wanted.keys()].filter((each) => !present.has(each)),
    removed: [...present.keys()].filter((each) => !wanted.has(each)),
  }));
}

export async function toggle(
  owner: RecordState,
  reflection: Reflection,
  values: readonly unknown[],
): Promise<Attached> {
  return change(owner, reflection, values, 'toggle', (wanted, present) => ({
    added: [...wanted.keys()].filter((each) => !present.has(each)),
    removed: [...wanted.keys()].filter((each) => present.has(each)),
  }));
}

type Keys = ReadonlyMap<MemoryKey, readonly unknown[]>;

async function change(
  owner: RecordState,
  reflection: Reflection,
  values: unknown,
  what: string,
  compare: (wanted: Keys, present: Keys) => { readonly added: MemoryKey[]; readonly removed: MemoryKey[] },
): Promise<Attached> {
  const rows = await rowsOf(owner, reflection, what);
  requireSaved(owner, reflection, what);
  if (!Array.isArray(values)) throw new InvalidQuery(`${reflection.label}.${what} takes an array of records or keys.`);
  const { keys, records } = given(reflection, values, what);
  const { connection } = await reflection.owner.ready();
  const attributes = reflection.target.attributes?.keys ?? [];
  let found: Keys = new Map();
  let result: { readonly added: MemoryKey[]; readonly removed: MemoryKey[] } = { added: [], removed: [] };
  await connection.transaction(async () => {
    found = await rows.present();
    result = compare(keys, found);
    await rows.delete(result.removed.flatMap((each) => wrapped(found.get(each))));
    await rows.insert(
      result.added.flatMap((each) => wrapped(keys.get(each))),
      new Map(),
    );
  });
  const added = new Map(result.added.map((each) => [each, keys.get(each) ?? []]));
  show(owner, reflection, rows, { added, records, removed: new Set(result.removed) });
  const shown = (key: readonly unknown[]) =>
    key.length === 1 ? key[0] : Object.fromEntries(attributes.map(({ name }, index) => [name, key[index]]));
  return {
    attached: [...added.values()].map(shown),
    detached: result.removed.flatMap((each) => wrapped(found.get(each))).map(shown),
  };
}

const wrapped = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

interface Shown {
  readonly added: Keys;
  readonly records: readonly RecordState[];
  readonly removed: ReadonlySet<MemoryKey> | 'all';
}

/** What was loaded follows; where only the key of something new is known, it is forgotten. */
function show(owner: RecordState, reflection: Reflection, rows: JoinRows, { added, records, removed }: Shown): void {
  const link = ensureLink(owner, reflection.index);
  const { known } = reflection.owner;
  if (!link.isLoaded || known === undefined) {
    outdate(link);
    return;
  }
  const textOf = (record: RecordState) => rows.textOf(rows.keyOf(record));
  const { isNarrowed } = link;
  const kept = (link.many ?? []).filter((each) => isNew(each) || (removed !== 'all' && !removed.has(textOf(each))));
  const there = new Set(kept.filter((each) => !isNew(each)).map(textOf));
  const given = new Map(records.map((each) => [textOf(each), each]));
  const unknown = [...added.keys()].some((each) => !there.has(each) && !given.has(each));
  replaceLoaded(link, unknown ? undefined : kept, known.connection);
  link.isNarrowed = isNarrowed && link.isLoaded;
  if (!unknown)
    noteAdded(
      owner,
      reflection,
      [...added.keys()].flatMap((each) => wrapped(given.get(each))),
      known.connection,
    );
}
