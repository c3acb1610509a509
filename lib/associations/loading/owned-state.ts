import { InvalidDefinition } from '../../errors/definition.ts';
import type { Attribute } from '../../record/attribute.ts';
import type { RecordState } from '../../record/state.ts';
import { readValue } from '../../record/values.ts';
import { isOfType, stepState, wayState } from '../../relation/associated-rows.ts';
import { keyPredicate } from '../../relation/load.ts';
import { type QueryState, wherePredicate } from '../../relation/query-state.ts';
import type { Reflection, Step } from '../../relation/source.ts';
import { columnNode, conjunction, type Predicate, type SelectStatement } from '../../sql/nodes.ts';
import { valueFor } from './memory-keys.ts';

/**
 * What the collection of one owner asks for: a query on one table, whatever is on the way there, so that it can be
 * counted, updated, deleted and locked like any other.
 *
 * @param read - gives the owner's keys: as they stand, or as they are in the database
 */
export function ownedState(owner: RecordState, reflection: Reflection, read = readValue): QueryState {
  const path = reflection.steps;
  const [first] = path;
  const last = path.at(-1);
  if (first === undefined || last === undefined) throw new InvalidDefinition(`${reflection.label} leads nowhere.`);
  const state = stepState(last, reflection.needsOwner ? owner : undefined);
  const values = first.from.map((attribute, index) =>
    valueFor(read(owner, attribute), attribute, first.to[index] as Attribute),
  );
  // A record without a key has no rows.
  if (values.some((value) => value === null || value === undefined)) return { ...state, none: true };
  const isOwned = path.length === 1 ? ownedBy(first, values) : among(path, values);
  return { ...state, where: [...state.where, isOwned] };
}

function ownedBy(step: Step, values: readonly unknown[]): Predicate {
  const { attributes } = step.source;
  if (attributes === undefined) throw new InvalidDefinition('An association leads to an unknown table.');
  return conjunction([keyPredicate(step.to, [values])(attributes), ...kindOf(step)]);
}

const kindOf = ({ toType }: Step): Predicate[] =>
  toType === undefined ? [] : [isOfType(toType.attribute, toType.value)];

/** `tag_id IN (SELECT tag_id FROM taggings WHERE post_id IN (…))`: each row once, and no other table beside it. */
function among(path: readonly Step[], values: readonly unknown[]): Predicate {
  const last = path.at(-1);
  const before = path.slice(0, -1);
  if (last === undefined || before.length === 0) throw new InvalidDefinition('An association leads nowhere.');
  const within = before.length === 1 && before[0] !== undefined ? ownedBy(before[0], values) : among(before, values);
  const table = before.at(-1)?.source;
  const attributes = table?.attributes;
  const step = before.at(-1);
  if (attributes === undefined || step === undefined)
    throw new InvalidDefinition('An association goes through an unknown table.');
  const conditions = [
    within,
    wherePredicate(wayState(step), attributes),
    ...(before.length > 1 ? kindOf(step) : []),
    ...(last.fromType === undefined ? [] : [isOfType(last.fromType.attribute, last.fromType.value)]),
  ].filter((each) => each !== undefined);
  const select = (columns: readonly Attribute[], where: readonly Predicate[], alias?: string): SelectStatement => ({
    kind: 'select',
    distinct: false,
    columns: columns.map(({ column }) => ({ expression: columnNode(column), alias: undefined })),
    from: { table: attributes.tableName, alias },
    where: conjunction(where),
    order: [],
    limit: undefined,
    offset: undefined,
  });
  const [to, another] = last.to;
  const [from] = last.from;
  const membership: Predicate =
    to !== undefined && from !== undefined && another === undefined
      ? {
          kind: 'inSelect',
          operand: columnNode(to.column),
          select: select([from], conditions),
          negated: false,
        }
      : {
          kind: 'exists',
          negated: false,
          select: select(
            last.from,
            [
              ...conditions,
              ...last.to.map(
                (attribute, index): Predicate => ({
                  kind: 'comparison',
                  operator: '=',
                  left: columnNode(last.from[index]?.column ?? '', 'ar_between'),
                  right: columnNode(attribute.column, last.source.attributes?.tableName),
                }),
              ),
            ],
            'ar_between',
          ),
        };
  return conjunction([membership, ...kindOf(last)]);
}
