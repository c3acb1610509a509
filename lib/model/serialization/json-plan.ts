import { InvalidQuery } from '../../errors/query.ts';
import { UnknownAttribute } from '../../errors/record.ts';
import { ownName } from '../../record/aliases.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import type { Reflection } from '../../relation/source.ts';
import { didYouMean } from '../../support/suggest.ts';
import { describeValue } from '../../types/type.ts';
import { attributesOf } from '../metadata.ts';
import type { ModelClass } from '../model-class.ts';
import { sourceOf } from '../relation-class.ts';
import { shownOf } from './hidden.ts';
import { requireMethodName } from './methods.ts';

/** What is given of the records of one model. */
export interface JsonPlan {
  readonly attributes: AttributeSet;
  readonly shown: readonly Attribute[];
  /** They were named, so that one which was not selected is an error. */
  readonly named: boolean;
  /** Whether an expression that was selected beside the attributes is given. */
  readonly takes: (alias: string) => boolean;
  /** Names that are no attributes: such an expression, or a mistake. */
  readonly aliases: readonly string[];
  readonly methods: readonly string[];
  readonly include: readonly { readonly reflection: Reflection; readonly options: JsonRequest | undefined }[];
}

const names = ['only', 'except', 'methods', 'include'] as const;
/** Deeper than any page; options that contain themselves would have no end. */
const deepest = 32;

/** Options of `toJSON`, checked. A record's `toJSON` is given them in place of the application's, so that they are once. */
export class JsonRequest {
  readonly only: readonly string[] | undefined;
  readonly except: readonly string[] | undefined;
  readonly methods: readonly string[];
  readonly include: Readonly<Record<string, true | JsonRequest>>;
  readonly #plans = new WeakMap<ModelClass, JsonPlan>();

  /** @throws InvalidQuery (`AR_QUERY_INVALID`) */
  constructor(options: unknown, depth = 0) {
    if (depth > deepest) {
      throw new InvalidQuery(`toJSON was given options that are nested more than ${deepest} deep.`, {
        hint: 'They may contain themselves: say how far to go.',
      });
    }
    const given = entriesOf(options);
    this.only = namesOf(given.get('only'), 'only');
    this.except = namesOf(given.get('except'), 'except');
    if (this.only !== undefined && this.except !== undefined)
      throw new InvalidQuery('toJSON takes either only or except.', { hint: 'Name what is wanted with only.' });
    this.methods = namesOf(given.get('methods'), 'methods') ?? [];
    this.include = includeOf(given.get('include'), depth);
  }

  /** What to give of records of that model. @throws UnknownAttribute, UnknownAssociation, InvalidQuery */
  planFor(model: ModelClass): JsonPlan {
    let plan = this.#plans.get(model);
    if (plan === undefined) {
      plan = this.#plan(model);
      this.#plans.set(model, plan);
    }
    return plan;
  }

  #plan(model: ModelClass): JsonPlan {
    const attributes = attributesOf(model);
    const { associations } = sourceOf(model);
    const { methods } = this;
    const [only, except] = [this.only, this.except].map((list) => list?.map((name) => ownName(attributes, name)));
    const list = only ?? except ?? [];
    for (const name of list) {
      if (attributes.find(name) !== undefined || associations.find(name) === undefined) continue;
      throw new InvalidQuery(`${model.name}.${name} is an association, not an attribute.`, {
        hint: `Give it with toJSON({ include: '${name}' }).`,
      });
    }
    for (const name of methods) requireMethodName(model, name);
    const { all } = shownOf(model);
    return {
      attributes,
      shown:
        only === undefined
          ? all.filter(({ name }) => except?.includes(name) !== true)
          : attributes.all.filter(({ name, sensitive }) => !sensitive && only.includes(name)),
      named: only !== undefined,
      takes: (alias) => (only === undefined ? except?.includes(alias) !== true : only.includes(alias)),
      aliases: list.filter((name) => attributes.find(name) === undefined),
      methods,
      include: Object.entries(this.include).map(([name, options]) => ({
        reflection: associations.get(name),
        options: options === true ? undefined : options,
      })),
    };
  }
}

function entriesOf(options: unknown): ReadonlyMap<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidQuery(`toJSON takes an object of options, not ${describeValue(options)}.`, {
      hint: "Write { only: ['name'] }; of an association { posts: { include: 'comments' } }, or { posts: true }.",
    });
  }
  const given = new Map<string, unknown>(Object.entries(options));
  const unknown = [...given.keys()].find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new InvalidQuery(`toJSON has no option "${unknown.slice(0, 40)}".`, { hint: didYouMean(unknown, names) });
  return given;
}

function namesOf(given: unknown, what: string): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (Array.isArray(given) && given.every((name): name is string => typeof name === 'string')) return [...given];
  throw new InvalidQuery(`${what} of toJSON takes a list of names, not ${describeValue(given)}.`, {
    hint: `Write { ${what}: ['name', …] }.`,
  });
}

function includeOf(given: unknown, depth: number): JsonRequest['include'] {
  const all = new Map<string, true | JsonRequest>();
  const add = (name: string, options: true | JsonRequest) => {
    if (all.has(name)) throw new InvalidQuery(`toJSON includes "${name.slice(0, 80)}" twice.`);
    all.set(name, options);
  };
  for (const item of given === undefined ? [] : Array.isArray(given) ? (given as readonly unknown[]) : [given]) {
    if (typeof item === 'string') add(item, true);
    else if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      for (const [name, options] of Object.entries(item) as [string, unknown][])
        if (options !== undefined) add(name, options === true || requestOf(options, depth + 1));
    } else {
      throw new InvalidQuery(`include of toJSON takes names of associations, not ${describeValue(item)}.`, {
        hint: "Write { include: ['posts', { author: { only: ['name'] } }] }.",
      });
    }
  }
  return Object.fromEntries(all);
}

export function requestOf(options: unknown, depth = 0): JsonRequest {
  return options instanceof JsonRequest ? options : new JsonRequest(options, depth);
}

/** The error about a name that is neither an attribute nor an expression of this record. */
export function unknownJsonName({ modelName, all }: AttributeSet, name: string): UnknownAttribute {
  return new UnknownAttribute(`${modelName} has no attribute ${JSON.stringify(name.slice(0, 80))}.`, {
    hint: didYouMean(
      name,
      all.map((attribute) => attribute.name),
    ),
  });
}
