import { DeleteRestricted } from '../../errors/association.ts';
import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute } from '../../record/attribute.ts';
import { originalValue } from '../../record/changes.ts';
import { linkAt } from '../../record/links.ts';
import { heldBy, settle } from '../../record/settle.ts';
import { writeInTransaction } from '../../record/snapshot.ts';
import { lifeKey, lifeOf, type RecordState } from '../../record/state.ts';
import { isLoaded, readValue } from '../../record/values.ts';
import { isOfType } from '../../relation/associated-rows.ts';
import { deleteAll, updateAll } from '../../relation/bulk.ts';
import { batches } from '../../relation/destroy.ts';
import { type QueryState, selectStatement } from '../../relation/query-state.ts';
import { isRemovedForGood, keepsRow, removedTogether, withRemoved } from '../../relation/removal.ts';
import type { Associations, ReadySource, Reflection, Source } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import { AsyncScope } from '../../support/async-scope.ts';
import { shared } from '../../support/shared.ts';
import { oneOf } from '../loading/loader.ts';
import { keyIn, type MemoryKey } from '../loading/memory-keys.ts';
import { ownedState } from '../loading/owned-state.ts';
import { rowName } from './parent-rows.ts';
import { destroyedWith } from './parent-writes.ts';

const whole = { everyRow: true };

/** What is being destroyed up to here, so that records that depend on each other in a circle come to an end. */
const underWay = shared('destroys under way', () => new AsyncScope<ReadonlySet<string>>());

/** Whether that very row is being destroyed, further out. */
export function isUnderWay(source: Source, record: RecordState): boolean {
  const keys = source.attributes?.keys ?? [];
  const values = keys.map((key) => originalValue(record, key));
  return underWay.current(underWay)?.has(rowName(source, keys, values)) === true;
}

/** What an association's `dependent` concerns: the associated rows, or those of the model in between. */
interface Dependents {
  readonly reflection: Reflection;
  /** The association whose rows go. */
  readonly rows: Reflection;
  readonly how: NonNullable<Reflection['declaration']['dependent']>;
}

/**
 * Before the DELETE of `destroy()` (not of `delete()`), in its transaction: by `dependent` the records of hasMany and
 * hasOne are destroyed, deleted or nullified, or their being there is an error. Through another model it is the rows in
 * between that go.
 *
 * @throws DeleteRestricted (`AR_DELETE_RESTRICTED`) before anything is written
 */
export async function destroyDependents(record: RecordState, associations: Associations): Promise<void> {
  const all = dependentsOf(associations);
  const owner = all[0]?.reflection.owner;
  if (owner === undefined) return;
  for (const dependents of all) if (dependents.how === 'restrict') await restrict(record, dependents);
  const keys = owner.attributes?.keys ?? [];
  const name = rowName(
    owner,
    keys,
    keys.map((key) => originalValue(record, key)),
  );
  const outer = underWay.current(underWay);
  await underWay.run(underWay, new Set([...(outer ?? []), name]), async () => {
    for (const dependents of all) {
      if (dependents.how === 'destroy') await destroyEach(record, dependents);
      else if (dependents.how === 'nullify') await nullify(record, dependents);
      else if (dependents.how !== 'restrict') await deleteRows(record, dependents);
    }
  });
}

/**
 * Before anything is sent: whether what the associations say can be done.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a key that is to become NULL and cannot
 */
export async function checkDependents(associations: Associations): Promise<void> {
  for (const dependents of dependentsOf(associations)) {
    const { reflection, how } = dependents;
    for (const source of [reflection.owner, ...reflection.models]) await source.ready();
    if (how === 'nullify') nullifiedKey(dependents);
  }
}

const known = new WeakMap<Associations, readonly Dependents[]>();

function dependentsOf(associations: Associations): readonly Dependents[] {
  let found = known.get(associations);
  if (found === undefined) {
    found = associations.all.flatMap((reflection) => {
      const { dependent: how, kind } = reflection.declaration;
      return how === undefined || kind === 'belongsTo' ? [] : [{ reflection, how, rows: rowsOf(reflection, how) }];
    });
    known.set(associations, found);
  }
  return found;
}

function rowsOf(reflection: Reflection, how: Dependents['how']): Reflection {
  const { through, label } = reflection;
  if (through === undefined || how === 'restrict') return reflection;
  if (how === 'nullify' || through.through !== undefined || through.declaration.kind === 'belongsTo') {
    throw new InvalidDefinition(
      `${label} goes through ${through.label}, whose rows cannot be made to go by '${how}'.`,
      {
        hint:
          how === 'nullify'
            ? "Of a through association the rows in between go: say dependent: 'destroy' or 'deleteAll'."
            : `Say what becomes of them there: ${through.label}.`,
      },
    );
  }
  return through;
}

/** The rows that `dependent: 'destroy'` is about, with those that are marked as deleted. */
export function destroyedRows(
  record: RecordState,
  associations: Associations,
): { readonly source: Source<RecordState>; readonly state: QueryState }[] {
  return dependentsOf(associations)
    .filter(({ how }) => how === 'destroy')
    .map((dependents) => ({
      // A model makes records, whatever it is a model of.
      source: dependents.rows.target as Source<RecordState>,
      state: withRemoved(stateOf(record, dependents)),
    }));
}

/** The rows that are meant, by the key that the owner has in the database. */
function stateOf(record: RecordState, { rows, reflection }: Dependents): QueryState {
  const there = ownedState(record, rows, originalValue);
  // Whose row goes for good takes with it what refers to that row, marked as deleted or not.
  const state = isRemovedForGood(record) ? withRemoved(there) : there;
  // One of several is the one that the association picks; otherwise there is but one, and whatever else refers goes too.
  if (rows.declaration.kind === 'hasOne' && rows.declaration.pick !== undefined) return oneOf(rows, state, 1);
  const kind = reflection === rows ? undefined : kindOf(reflection);
  const where = kind === undefined ? state.where : [...state.where, kind];
  // In which order they go is all the same, unless it says which they are.
  return state.limit === undefined && state.offset === undefined ? { ...state, where, order: [] } : { ...state, where };
}

/** Of rows in between that lead to several kinds, those of the kind that the association leads to. */
function kindOf({ steps }: Reflection): QueryState['where'][number] | undefined {
  const type = steps.at(-1)?.fromType;
  return type === undefined ? undefined : isOfType(type.attribute, type.value);
}

async function restrict(record: RecordState, dependents: Dependents): Promise<void> {
  const { reflection } = dependents;
  const { target, label, owner } = reflection;
  const ready = await target.ready();
  const state = stateOf(record, dependents);
  if (state.none) return;
  const count = { kind: 'aggregate', name: 'count', operand: undefined, distinct: false } as const;
  const select = selectStatement({ ...state, order: [], limit: undefined, offset: undefined }, ready.attributes, [
    { expression: count, alias: 'count' },
  ]);
  const statement = compile(select, ready.connection.dialect);
  const { rows } = await ready.connection.run(statement, { prepared: false, bigints: false }, 'read');
  const found = Number(rows[0]?.count ?? 0);
  if (found === 0) return;
  throw new DeleteRestricted(
    `This ${owner.modelName} was not destroyed: ${label} has ${found} ${found === 1 ? 'record' : 'records'} still.`,
    { association: label, count: found, hint: 'Destroy or move them first.' },
  );
}

/** Loads them batch by batch, and destroys each through its own pipeline. */
async function destroyEach(record: RecordState, dependents: Dependents): Promise<void> {
  const { rows } = dependents;
  // A model makes records, whatever it is a model of.
  const source = rows.target as Source<RecordState>;
  const state = stateOf(record, dependents);
  if (state.none) return;
  const ready = await source.ready();
  const { keys } = ready.attributes;
  const held = recordsHeld(record, rows, ready);
  // Where the owner's row stays, what is counted in it has to be right.
  const owner = keepsRow(record) ? undefined : ownerRow(record, rows);
  const going = underWay.current(underWay);
  const keyOf = (each: RecordState) => keys[0] && readValue(each, keys[0]);
  for await (const batch of batches(source, ready, state, keyOf)) {
    for (const found of batch) {
      if (
        going?.has(
          rowName(
            source,
            keys,
            keys.map((key) => readValue(found, key)),
          ),
        ) === true
      )
        continue;
      const inMemory = keys.length === 0 ? undefined : held.get(keyIn(found, keys));
      const isUsable =
        inMemory !== undefined &&
        inMemory[lifeKey]?.isReadOnly !== true &&
        inMemory[lifeKey]?.isFrozen !== true &&
        ready.attributes.all.every((attribute) => isLoaded(inMemory, attribute));
      const child = isUsable ? inMemory : found;
      const destroy = () => removedTogether(record, child, () => source.destroy(child));
      if (owner === undefined) await destroy();
      else await destroyedWith(child, owner, destroy);
      if (inMemory !== undefined && child !== inMemory) showDestroyed(inMemory, ready);
    }
  }
}

/** The row that they belong to, by the name that they know it by. */
function ownerRow(record: RecordState, { steps, owner }: Reflection): string | undefined {
  const [step] = steps;
  if (step === undefined) return undefined;
  return rowName(
    owner,
    step.from,
    step.from.map((attribute) => originalValue(record, attribute)),
  );
}

/** The records that the association has loaded, by their keys. */
function recordsHeld(
  record: RecordState,
  { index }: Reflection,
  { attributes }: ReadySource,
): ReadonlyMap<MemoryKey, RecordState> {
  const link = linkAt(record, index);
  const held = link?.isLoaded === true ? (link.many ?? (link.one === null ? [] : [link.one])) : [];
  const { keys } = attributes;
  const isKnown = (each: RecordState) =>
    each[lifeKey]?.isNew !== true && each[lifeKey]?.isDestroyed !== true && keys.every((key) => isLoaded(each, key));
  return new Map(held.filter(isKnown).map((each) => [keyIn(each, keys), each]));
}

function showDestroyed(record: RecordState, { connection }: ReadySource): void {
  const write = writeInTransaction(connection, record)?.destroying(record);
  lifeOf(record).isDestroyed = true;
  write?.applied();
}

async function deleteRows(record: RecordState, dependents: Dependents): Promise<void> {
  const { rows } = dependents;
  const state = stateOf(record, dependents);
  if (state.none) return;
  const ready = await rows.target.ready();
  await deleteAll(ready, state, whole, 'destroy');
  for (const held of recordsHeld(record, rows, ready).values()) showDestroyed(held, ready);
}

/** The attributes that become NULL. @throws InvalidDefinition where the key cannot */
function nullifiedKey({ reflection }: Dependents): readonly Attribute[] {
  const { foreignKey, steps, label, target } = reflection;
  const fixed = foreignKey.find(({ nullable }) => !nullable);
  if (fixed !== undefined) {
    throw new InvalidDefinition(
      `${label} is dependent: 'nullify', but ${fixed.label} is required and cannot be null.`,
      {
        hint: `Declare it nullable(), or destroy, delete or restrict: each ${target.modelName} has to belong to something.`,
      },
    );
  }
  const type = steps[0]?.toType?.attribute;
  // Without the key the kind says nothing, so that it may stay where it has to.
  return type?.nullable === true ? [...foreignKey, type] : foreignKey;
}

async function nullify(record: RecordState, dependents: Dependents): Promise<void> {
  const { reflection } = dependents;
  const state = stateOf(record, dependents);
  if (state.none) return;
  const ready = await reflection.target.ready();
  const attributes = nullifiedKey(dependents);
  await updateAll(ready, state, Object.fromEntries(attributes.map(({ name }) => [name, null])), whole);
  for (const held of recordsHeld(record, reflection, ready).values()) {
    const selected = attributes.filter((attribute) => isLoaded(held, attribute));
    const write = writeInTransaction(ready.connection, held)?.setting(held, selected);
    for (const attribute of selected) settle(held, attribute, null, heldBy(held, attribute));
    write?.applied();
  }
}
