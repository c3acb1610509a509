import { InvalidQuery } from '../errors/query.ts';
import { baseMembers } from '../record/base-members.ts';
import type { Expression, SelectStatement } from '../sql/nodes.ts';
import { storageOf } from '../types/column-type.ts';
import { describeValue, type Scalar } from '../types/type.ts';
import { type Aggregate, averageOf, countOf, extremeOf, sumOf } from './aggregates.ts';
import { associatedRows, inPickedOrder, isPicked, stepState } from './associated-rows.ts';
import { checkCapabilities } from './capabilities.ts';
import type { Figure, Part, QueryState } from './query-state.ts';
import type { Reflection, ScopeFunction, Source } from './source.ts';

// Figures about the associated rows of each record, each a subquery of the statement that loads the records.

/** What can be asked about associated rows, with the word that stands for it in the property's name. */
export type FigureKind = 'Count' | 'Exist' | 'Sum' | 'Average' | 'Minimum' | 'Maximum';

interface Asked {
  readonly what: string;
  readonly kind: FigureKind;
  /** The attribute of the associated model that it is about. */
  readonly name: string | undefined;
}

/** The models that figures are about: their columns have to be known before the statement is made. */
const modelsOfFigures = new WeakMap<object, readonly Source[]>();

export function figureModels(state: QueryState): readonly Source[] {
  return state.figures.flatMap((figure) => modelsOfFigures.get(figure) ?? []);
}

/** `withCount('posts', { comments: (comments) => … })`. */
export function figuresOfEach(
  source: Source,
  state: QueryState,
  given: readonly unknown[],
  what: string,
  kind: 'Count' | 'Exist',
): readonly Part<Figure>[] {
  let figures = state.figures;
  for (const [name, scope] of given.flatMap((each) => scopedNames(each, what)))
    figures = [...figures, figurePart(source, { ...state, figures }, name, scope, { what, kind, name: undefined })];
  return figures;
}

/** `withSum('posts', 'votes', (posts) => …)`, or with the function by name as in `withCount`. */
export function figuresOfColumn(
  source: Source,
  state: QueryState,
  given: readonly [association: unknown, name: unknown, scope: unknown],
  what: string,
  kind: 'Sum' | 'Average' | 'Minimum' | 'Maximum',
): readonly Part<Figure>[] {
  const [association, name, scope] = given;
  if (typeof name !== 'string') {
    throw new InvalidQuery(`${what} takes an association and the name of a column, not ${describeValue(name)}.`, {
      hint: `Write ${what}('posts', 'votes').`,
    });
  }
  let figures = state.figures;
  for (const [each, own] of scopedNames(association, what)) {
    const narrowing = scope === undefined ? own : scopeOf(scope, what);
    figures = [...figures, figurePart(source, { ...state, figures }, each, narrowing, { what, kind, name })];
  }
  return figures;
}

type Scoped = readonly [name: string, scope: ScopeFunction | undefined];

function scopedNames(given: unknown, what: string): readonly Scoped[] {
  if (typeof given === 'string') return [[given, undefined]];
  if (typeof given !== 'object' || given === null || Object.getPrototypeOf(given) !== Object.prototype) {
    throw new InvalidQuery(
      `${what} takes the name of an association, or functions by name, not ${describeValue(given)}.`,
      {
        hint: `Write ${what}('posts'), or ${what}({ posts: (posts) => posts.where({ … }) }).`,
      },
    );
  }
  return Object.entries(given).map(([name, scope]: [string, unknown]): Scoped => [name, scopeOf(scope, what)]);
}

function scopeOf(given: unknown, what: string): ScopeFunction {
  if (isScope(given)) return given;
  throw new InvalidQuery(`${what} takes a function that narrows the rows, not ${describeValue(given)}.`);
}

function isScope(given: unknown): given is ScopeFunction {
  return typeof given === 'function';
}

function figurePart(
  source: Source,
  state: QueryState,
  name: string,
  scope: ScopeFunction | undefined,
  asked: Asked,
): Part<Figure> {
  const reflection = source.associations.get(name);
  if (reflection.needsOwner) {
    throw new InvalidQuery(`${reflection.label} has a scope that asks for its owner, so ${asked.what} cannot use it.`, {
      hint: `Ask each record: await record.${name}.count().`,
    });
  }
  const { target } = reflection;
  target.attributes?.get(asked.name ?? target.attributes.all[0]?.name);
  const column = asked.name === undefined ? '' : asked.name.charAt(0).toUpperCase() + asked.name.slice(1);
  const alias = `${name}${asked.kind}${column}`;
  checkName(source, state, alias, asked.what);
  const make = () => figure(source, reflection, scope, asked, alias);
  const models = [source, ...reflection.models];
  modelsOfFigures.set(make, models);
  namesOfFigures.set(make, alias);
  // A mistake shows where it was written, unless the columns are not known yet.
  if (models.every(({ attributes }) => attributes !== undefined)) rowsOf(reflection, scope, asked);
  return make;
}

const namesOfFigures = new WeakMap<object, string>();
const members: readonly string[] = baseMembers;

/** It becomes a property of the records, and stands beside the columns in their rows. */
function checkName(source: Source, state: QueryState, alias: string, what: string): void {
  const { attributes, modelName, model, associations } = source;
  const isColumn = attributes?.find(alias) !== undefined || attributes?.hasColumn(alias) === true;
  const isSelected =
    typeof state.selection === 'object' && state.selection.expressions.some((each) => each.alias === alias);
  const isFigure = state.figures.some((each) => namesOfFigures.get(each) === alias);
  const isMember =
    associations.find(alias) !== undefined ||
    members.includes(alias) ||
    (typeof model === 'function' && alias in model.prototype);
  if (isFigure) {
    throw new InvalidQuery(`${what}: the query has "${alias}" already.`, {
      hint: 'Ask for one figure of an association at a time, with one function that narrows it.',
    });
  }
  if (!isColumn && !isSelected && !isMember) return;
  const taken = isColumn
    ? `a column of ${modelName}`
    : isSelected
      ? 'a selected expression'
      : `a member of ${modelName}`;
  throw new InvalidQuery(`${what}: the name "${alias}" is taken by ${taken}.`, {
    hint: isColumn
      ? 'Where the column is a counter cache, read it instead.'
      : 'Rename that, or ask by a query of its own.',
  });
}

/** What is asked for of the target. */
function rowsOf(reflection: Reflection, scope: ScopeFunction | undefined, { what }: Asked): QueryState {
  const { steps, target, label } = reflection;
  const last = steps.at(-1);
  const own = last === undefined ? target.state() : stepState(last);
  const state = scope === undefined ? own : target.scoped(own, scope, `${what} ${label}`);
  if (state.limit !== undefined || state.offset !== undefined) {
    throw new InvalidQuery(`${what}: the query of ${label} has a limit, which a figure about rows cannot have.`, {
      hint: 'Leave it out, or load the rows with includes and count those.',
    });
  }
  return state;
}

function figure(
  source: Source,
  reflection: Reflection,
  scope: ScopeFunction | undefined,
  asked: Asked,
  alias: string,
): Figure {
  const { steps, target } = reflection;
  const { attributes } = target;
  const dialect = source.known?.connection.dialect;
  const outer = source.attributes?.tableName;
  if (attributes === undefined || dialect === undefined || outer === undefined) {
    throw new InvalidQuery(`${source.modelName} has no open connection yet, so ${asked.what} has no SQL.`, {
      hint: 'Await connect(…) first.',
    });
  }
  if (target.connectionName !== source.connectionName) {
    throw new InvalidQuery(`${reflection.label} leads to another database, so ${asked.what} cannot ask there.`, {
      hint: 'Load the records with includes, and count those.',
    });
  }
  const state = rowsOf(reflection, scope, asked);
  const isOne = !reflection.isCollection && reflection.declaration.kind !== 'belongsTo' && asked.kind !== 'Exist';
  const rows = associatedRows(steps, outer, state);
  const own = attributes.tableName;
  const select: SelectStatement = {
    kind: 'select',
    distinct: false,
    columns: [],
    from: isOne ? { table: own, alias: own } : rows.from,
    where: isOne ? isPicked(steps, outer, inPickedOrder(reflection, state), own) : rows.where,
    order: [],
    limit: undefined,
    offset: undefined,
  };
  checkCapabilities(select, attributes, dialect);
  const floats = asked.name !== undefined && storageOf(attributes.get(asked.name).type).kind === 'float';
  if (asked.kind === 'Exist') {
    const one: Expression = { kind: 'raw', parts: ['1'], values: [] };
    const expression = nested('EXISTS (', { ...select, columns: [{ expression: one, alias: undefined }] });
    return { alias, expression, floats, read: isTrue };
  }
  const name = asked.name ?? '';
  const aggregate =
    asked.kind === 'Count'
      ? countOf(attributes, false, undefined)
      : asked.kind === 'Sum'
        ? sumOf(attributes, dialect, false, name)
        : asked.kind === 'Average'
          ? averageOf(attributes, dialect, false, name)
          : extremeOf(attributes, dialect, name, asked.kind === 'Minimum' ? 'min' : 'max');
  const { expression, read } = inOneColumn(aggregate);
  return { alias, expression: nested('(', { ...select, columns: [{ expression, alias: undefined }] }), floats, read };
}

function nested(before: string, select: SelectStatement): Expression {
  return { kind: 'raw', parts: [before, ')'], values: [select] };
}

/** What databases answer to EXISTS. */
function isTrue(raw: Scalar | undefined): boolean {
  return raw === true || raw === 't' || raw === 'true' || Number(raw) === 1;
}

/** A subquery has one column: of two figures it gives the text, with a slash between them. */
function inOneColumn(aggregate: Aggregate): Pick<Figure, 'expression' | 'read'> {
  const [first, second] = aggregate.columns;
  if (first === undefined || second === undefined) {
    const alias = first?.alias ?? '';
    return {
      expression: first?.expression ?? aggregate.expression,
      read: (raw) => aggregate.read({ [alias]: raw ?? null }),
    };
  }
  const values = [first.expression, second.expression];
  return {
    expression: { kind: 'raw', parts: ['', " || '/' || ", ''], values },
    read(raw) {
      const [one, other] = typeof raw === 'string' ? raw.split('/') : [];
      if (one === undefined || other === undefined) return aggregate.read({});
      return aggregate.read({ [first.alias ?? '']: one, [second.alias ?? '']: other });
    },
  };
}
