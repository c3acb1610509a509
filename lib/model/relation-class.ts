import { AssociationSet } from '../associations/association-set.ts';
import { type CollectionClass, defineCollection } from '../associations/collection.ts';
import { furnish } from '../associations/loading/furnish.ts';
import { InvalidDefinition } from '../errors/definition.ts';
import type { AttributeSet } from '../record/attribute.ts';
import type { CallbackSet } from '../record/callbacks/callback.ts';
import type { RecordState } from '../record/state.ts';
import { rowsOfType } from '../relation/model-rows.ts';
import { sourceKey, stateKey } from '../relation/query-base.ts';
import { everything, markDefaultConditions, type QueryState } from '../relation/query-state.ts';
import { QueryBuilder } from '../relation/relation.ts';
import type { Source } from '../relation/source.ts';
import { callFound, callTouched } from './callbacks/call-callbacks.ts';
import { callbacksOf } from './callbacks/registered.ts';
import { concernDefaultScopes, lineOf } from './concerns/concerns.ts';
import { scopedWords } from './enum-words.ts';
import { familyOf, ofType, requireConcrete } from './inheritance/family.ts';
import { declarerOf, sharesAssociation } from './inheritance/inherited-associations.ts';
import { lineageOf, polymorphicNameOf } from './inheritance/polymorphic-name.ts';
import { instantiatorOf } from './instantiate.ts';
import { knownAttributes, ready, readyNow } from './metadata.ts';
import { asModel, gettersKey, type ModelClass } from './model-class.ts';
import { destroyRecord } from './saving/destroy.ts';
import { saveRecord } from './saving/save.ts';
import { problemsOf } from './validation/validate.ts';

const relations = new WeakMap<object, QueryBuilder<RecordState>>();

/**
 * The query for all records of a model. Relations are immutable, so one serves everybody; but a default scope is asked
 * anew each time, since it may go by the time, or by who is asking.
 */
export function relationOf(model: ModelClass, defaultScope = true): QueryBuilder<RecordState> {
  let made = relations.get(model);
  if (made === undefined) {
    const Scoped = queryClassOf(model);
    const unscoped = new Scoped(sourceOf(model), sourceOf(model).base);
    relations.set(model, unscoped);
    made = unscoped;
  }
  return defaultScope ? withDefaultScope(model, made) : made;
}

function withDefaultScope(model: ModelClass, query: QueryBuilder<RecordState>): QueryBuilder<RecordState> {
  const { defaultScope } = model;
  const ofConcerns = concernDefaultScopes(model);
  if (defaultScope === undefined && ofConcerns.length === 0) return query;
  const scoped = ofConcerns.reduce(
    (scoping: QueryBuilder<RecordState>, scope) => scopedByDefault(model, scoping, scope),
    query,
  );
  return defaultScope === undefined ? scoped : scopedByDefault(model, scoped, defaultScope);
}

function scopedByDefault(
  model: ModelClass,
  query: QueryBuilder<RecordState>,
  defaultScope: unknown,
): QueryBuilder<RecordState> {
  if (typeof defaultScope !== 'function') {
    throw new InvalidDefinition(`The defaultScope of ${model.name} is no function.`, {
      hint: 'Write static defaultScope = (query: Query<typeof Model>) => query.where({ … }).',
    });
  }
  const scoped: unknown = Reflect.apply(defaultScope, undefined, [query]);
  if (scoped instanceof QueryBuilder) {
    markDefaultConditions(scoped[stateKey], defaultScope);
    return scoped;
  }
  throw new InvalidDefinition(`The defaultScope of ${model.name} does not return a query.`, {
    hint: 'Return what where(…), order(…) and so on give.',
  });
}

const sources = new WeakMap<object, Source<RecordState>>();

/** What relations and associations know of a model. */
export function sourceOf(model: ModelClass): Source<RecordState> {
  let source = sources.get(model);
  if (source === undefined) {
    source = makeSource(model);
    sources.set(model, source);
  }
  return source;
}

function makeSource(model: ModelClass): Source<RecordState> {
  requireConcrete(model);
  const family = familyOf(model);
  const sharesTable = family !== undefined && family.root !== model;
  const source: Source<RecordState> = {
    modelName: model.name,
    model,
    get lineage() {
      return lineageOf(model);
    },
    get polymorphicName() {
      return polymorphicNameOf(model);
    },
    connectionName: model.connectionName,
    get attributes() {
      return knownAttributes(model);
    },
    get associations() {
      return associations;
    },
    get known() {
      return readyNow(model);
    },
    ready: () => ready(model),
    family: family?.root ?? model,
    base: sharesTable ? rowsOfType((attributes) => ofType(family, model, attributes)) : everything,
    declarer: (association) => sourceOf(declarerOf(model, association)),
    shares: (record, association) =>
      record instanceof model || (family !== undefined && sharesAssociation(family, model, record, association)),
    state: () => relationOf(model)[stateKey],
    scoped(state, scope, label, owner) {
      const Scoped = queryClassOf(model);
      const scoped: unknown = Reflect.apply(scope, undefined, [new Scoped(source, state), owner]);
      if (scoped instanceof QueryBuilder && scoped[sourceKey] === source) return scoped[stateKey];
      throw new InvalidDefinition(`The scope of ${label} does not return a query on ${model.name}.`, {
        hint: 'Return what where(…), order(…) and so on give.',
      });
    },
    furnish: (load) => furnish(source, load),
    instantiate: instantiatorOf(model),
    initialize: (given) => new model(given),
    save: (record, run, options) => saveRecord(sourceOf(asModel(record.constructor)), record, run, options),
    destroy: (record) => destroyRecord(sourceOf(asModel(record.constructor)), record),
    validate: (record, request) => problemsOf(sourceOf(asModel(record.constructor)), record, request),
    get callsWhenFound() {
      return anyCalls(model, (callbacks) => callbacks.of('find') !== undefined);
    },
    found: callFound,
    get callsWhenTouched() {
      return anyCalls(model, (callbacks) => callbacks.onTouch);
    },
    touched: callTouched,
    isKin(other) {
      if (other.model === model) return true;
      const theirs = other.model;
      if (typeof theirs !== 'function') return false;
      return model.prototype instanceof theirs || theirs.prototype instanceof model;
    },
  };
  const associations = new AssociationSet(source, model[gettersKey] ?? {}, (other) => sourceOf(asModel(other)));
  return source;
}

/** Whether the model has such callbacks, or one whose records can be among its own. */
function anyCalls(model: ModelClass, has: (callbacks: CallbackSet) => boolean): boolean {
  for (const each of familyOf(model)?.members ?? [model]) {
    const callbacks = callbacksOf(each);
    if (callbacks !== undefined && has(callbacks)) return true;
  }
  return false;
}

const queryClasses = new WeakMap<object, QueryClass>();
type QueryClass = new (source: Source<RecordState>, state: QueryState) => QueryBuilder<RecordState>;

/** The class of queries on a model. */
function queryClassOf(model: ModelClass): QueryClass {
  let made = queryClasses.get(model);
  if (made === undefined) {
    made = scopedClass(model);
    queryClasses.set(model, made);
  }
  return made;
}

const collectionClasses = new WeakMap<object, CollectionClass>();

/** The class of collections of records of a model. */
export function collectionClassOf(model: ModelClass): CollectionClass {
  let made = collectionClasses.get(model);
  if (made === undefined) {
    made = defineCollection(queryClassOf(model));
    collectionClasses.set(model, made);
  }
  return made;
}

/** A class of queries whose prototype has the model's scopes: made once, so that a chain costs no lookup. */
function scopedClass(model: ModelClass): QueryClass {
  class ScopedQuery extends QueryBuilder<RecordState> {}
  for (const [name, scope] of [...enumScopes(knownAttributes(model)), ...declaredScopes(model)]) {
    if (name in QueryBuilder.prototype) {
      throw new InvalidDefinition(`${model.name} has a scope named "${name}", which every query has as a method.`, {
        hint: 'Choose another name.',
      });
    }
    if (Object.hasOwn(ScopedQuery.prototype, name)) {
      throw new InvalidDefinition(`${model.name} has two scopes named "${name}".`, {
        hint: "Choose another name; those of an enum can be named otherwise: { scopes: { prefix: '…' } }.",
      });
    }
    Object.defineProperty(ScopedQuery.prototype, name, {
      value(this: QueryBuilder, ...args: unknown[]): QueryBuilder {
        const scoped = scope(this, ...args);
        if (scoped instanceof QueryBuilder) return scoped;
        throw new InvalidDefinition(`The scope "${name}" of ${model.name} does not return a query.`, {
          hint: 'Return what where(…), order(…) and so on give.',
        });
      },
    });
  }
  return ScopedQuery;
}

type Scope = (query: QueryBuilder, ...args: unknown[]) => unknown;

function declaredScopes(model: ModelClass): [string, Scope][] {
  // Those of the classes above and of concerns are there, whether a class spreads them into its own or not.
  const scopes: Record<string, unknown> = {};
  for (const each of lineOf(model)) {
    const own = Object.hasOwn(each, 'scopes') ? each.scopes : undefined;
    if (own === undefined) continue;
    if (typeof own !== 'object' || own === null)
      throw new InvalidDefinition(`The scopes of ${each.name} are no object of functions.`);
    Object.assign(scopes, own);
  }
  return Object.entries(scopes).map(([name, scope]: [string, unknown]) => {
    if (typeof scope !== 'function')
      throw new InvalidDefinition(`The scope "${name}" of ${model.name} is no function.`, {
        hint: `Write ${name}: (query) => query.where({ … }).`,
      });
    return [name, (query, ...args) => Reflect.apply(scope, undefined, [query, ...args])];
  });
}

function enumScopes(attributes: AttributeSet | undefined): [string, Scope][] {
  return (attributes?.all ?? []).flatMap((attribute) =>
    scopedWords(attribute).map(({ word, scope }): [string, Scope] => [
      scope,
      (query) => query.where({ [attribute.name]: word }),
    ]),
  );
}
