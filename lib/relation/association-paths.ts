import { InvalidQuery } from '../errors/query.ts';
import { type AttributeSet, columnsNotLoaded } from '../record/attribute.ts';
import type { QueryState } from './query-state.ts';
import type { Reflection, Source, Step } from './source.ts';

/** The attributes of a table on the way. @throws ColumnsNotLoaded (`AR_COLUMNS_NOT_LOADED`) */
export function attributesOf(source: Source): AttributeSet {
  if (source.attributes === undefined) throw columnsNotLoaded(source.modelName);
  return source.attributes;
}

/**
 * The way of an association, as a statement on its owner's table takes it.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) where no statement can: a polymorphic belongsTo, a scope that asks for its
 *   owner, another database
 */
export function pathOf(reflection: Reflection): readonly Step[] {
  const { label, steps } = reflection;
  if (reflection.needsOwner) {
    throw new InvalidQuery(`The scope of ${label} asks for its owner, so a query cannot say which rows are meant.`, {
      hint: 'Write a scope with one parameter, or give the condition as sql`…`.',
    });
  }
  for (const { source } of steps) requireSameConnection(reflection, source);
  if (reflection.declaration.pick !== undefined && steps.length > 1) {
    throw new InvalidQuery(`${label} picks one row of several by way of another table, which a condition cannot.`, {
      hint: `Ask by an association with all of them, or load it: includes('${reflection.name}').`,
    });
  }
  return steps;
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where one statement would have to reach two databases */
export function requireSameConnection({ owner, label }: Reflection, source: Source): void {
  if (source.connectionName === owner.connectionName) return;
  throw new InvalidQuery(
    `${label} leads from the connection "${owner.connectionName}" to "${source.connectionName}", which one statement cannot.`,
    { hint: 'Ask for the keys there first, and give them as values.' },
  );
}

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for what a condition on associated rows cannot ask of them */
export function requireConditions(state: QueryState, label: string): void {
  const isCut = state.limit !== undefined || state.offset !== undefined;
  if (!isCut && state.from === undefined && state.ctes.length === 0) return;
  throw new InvalidQuery(
    `A condition by ${label} cannot have ${isCut ? 'a limit or an offset' : 'another table in place of its own'}.`,
    { hint: `Give it as a query: where({ ${label.split('.').at(-1)}: … }), or leave that part out.` },
  );
}
