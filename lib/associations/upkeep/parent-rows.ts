import { MissingAttribute } from '../../errors/record.ts';
import type { Attribute } from '../../record/attribute.ts';
import { originalValue } from '../../record/changes.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { isLoaded, readValue } from '../../record/values.ts';
import type { Associations, Reflection, Source, Step } from '../../relation/source.ts';
import { memoryKey, tuple, valueFor } from '../loading/memory-keys.ts';
import { counterAttribute } from './counter-cache.ts';
import { momentsOf } from './touch.ts';

/** A belongsTo that writes to the row that it refers to. */
export interface ParentAssociation {
  readonly reflection: Reflection;
  /** What it writes there, by the stored name of the kind; the empty one where there is one kind only. */
  readonly kinds: ReadonlyMap<string, ParentKind>;
}

interface ParentKind {
  readonly step: Step;
  readonly counter: Attribute | undefined;
  readonly moments: readonly Attribute[];
}

/** A row that a record belongs to. */
export interface ParentRow extends ParentKind {
  readonly reflection: Reflection;
  readonly values: readonly unknown[];
  /** The same for the same row, by whichever association. */
  readonly name: string;
}

const known = new WeakMap<Associations, readonly ParentAssociation[]>();
const withParents = new WeakMap<Associations, boolean>();

/** Whether records of the model write to those that they belong to. */
export function hasParents(associations: Associations): boolean {
  let has = withParents.get(associations);
  if (has === undefined) {
    has = associations.all.some(writesToParent);
    withParents.set(associations, has);
  }
  return has;
}

function writesToParent({ declaration: { kind, counterCache, touch } }: Reflection): boolean {
  return kind === 'belongsTo' && (counterCache !== false || touch !== false);
}

/**
 * The associations of a model that write to the rows that they refer to: looked at once.
 *
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where there is nothing to write to
 */
export async function parentAssociations(associations: Associations): Promise<readonly ParentAssociation[]> {
  const found = known.get(associations);
  if (found !== undefined) return found;
  const parents: ParentAssociation[] = [];
  for (const reflection of associations.all.filter(writesToParent)) {
    for (const model of reflection.models) if (model.attributes === undefined) await model.ready();
    const { variants } = reflection;
    const steps = variants === undefined ? reflection.steps.map((step) => ['', step] as const) : [...variants];
    const kinds = steps.map(([kind, step]): readonly [string, ParentKind] => [
      kind,
      { step, counter: counterAttribute(reflection, step.source), moments: momentsOf(reflection, step.source) },
    ]);
    parents.push({ reflection, kinds: new Map(kinds) });
  }
  known.set(associations, parents);
  return parents;
}

type Read = (attribute: Attribute) => unknown;

/** The row that values refer to; undefined where one of them is NULL, or the kind is not known. */
export function parentRow({ reflection, kinds }: ParentAssociation, read: Read): ParentRow | undefined {
  const { typeAttribute } = reflection;
  const kind = kinds.get(typeAttribute === undefined ? '' : String(read(typeAttribute)));
  if (kind === undefined) return undefined;
  const { from, to } = kind.step;
  const values = from.map((attribute, index) => valueFor(read(attribute), attribute, to[index] as Attribute));
  if (values.some((value) => value === null || value === undefined)) return undefined;
  return { reflection, ...kind, values, name: rowName(kind.step.source, to, values) };
}

/** What a row goes by in the program: its table, and the values that it is referred to by. */
export function rowName({ attributes }: Source, keys: readonly Attribute[], values: readonly unknown[]): string {
  const parts = keys.map((key, index) => memoryKey(values[index], key));
  return tuple([attributes?.tableName, ...keys.map(({ column }) => column), ...parts]);
}

/** What the record refers to as it stands. @throws MissingAttribute where that was not selected */
export const currentOf =
  (record: RecordState): Read =>
  (attribute) =>
    readValue(record, attribute);

/** What it refers to in the database. @throws MissingAttribute where that was not selected */
export const storedOf =
  (record: RecordState): Read =>
  (attribute) => {
    const originals = record[lifeKey]?.originals;
    const isKnown = originals?.has(attribute.column)
      ? originals.get(attribute.column) !== undefined
      : isLoaded(record, attribute);
    if (isKnown) return originalValue(record, attribute);
    throw new MissingAttribute(`${attribute.label} was not selected, so what the record belongs to is not known.`, {
      hint: `Add '${attribute.name}' to select(…): the counter or moment of the other side goes by it.`,
    });
  };
