import { InvalidQuery } from '../errors/query.ts';
import { BaseModel } from '../model/base-model.ts';
import { asModel } from '../model/model-class.ts';
import type { AnyClass } from '../model/query-of.ts';
import type { SaveOptions } from '../model/saving/save-options.ts';
import type { AssignedAttributes, DefinitionOf, RecordOf } from '../record/definition-types.ts';
import { didYouMean } from '../support/suggest.ts';
import { describeValue } from '../types/type.ts';
import { type Lazy, resolved } from './lazy-attributes.ts';
import { ownCopy, requireAttributes } from './plain-attributes.ts';
import { type Sequence, withoutEnd } from './sequence.ts';

/** What a record of the model is made of: any attributes of it, or functions of the others that give them. */
export type FactoryAttributes<M> = Lazy<AssignedAttributes<DefinitionOf<M>>>;

/** Attributes; or a function of the sequence number (from 1, counted up by each record) that gives them. */
export type FactoryDefinition<M> = FactoryAttributes<M> | ((n: number) => FactoryAttributes<M>);

/** Attributes for each of several records; or a function of its index (from 0) that gives them. */
export type ManyOverrides<M> = FactoryAttributes<M> | ((index: number) => FactoryAttributes<M>);

function requireOverrides(overrides: unknown): void {
  requireAttributes(
    overrides,
    'A factory takes attributes by name',
    "Such as users.create({ name: 'Ada' }); several records are made by createMany(3).",
  );
}

/** As many as an array holds. */
const most = 2 ** 32 - 1;

/**
 * Makes records of one model for tests, of which a test says only what matters to it: see {@link factory}.
 */
export class Factory<M extends AnyClass, T extends string = never> {
  readonly #model: M;
  readonly #definitions: readonly FactoryDefinition<M>[];
  readonly #traits: Readonly<Record<T, FactoryDefinition<M>>>;
  /** Shared with those made by `with`. */
  readonly #sequence: Sequence;

  /** @internal */
  constructor(
    model: M,
    definitions: readonly FactoryDefinition<M>[],
    traits: Readonly<Record<T, FactoryDefinition<M>>>,
    sequence: Sequence = { owner: model.name, n: 0, underWay: 0 },
  ) {
    this.#model = model;
    this.#definitions = definitions;
    this.#traits = traits;
    this.#sequence = sequence;
  }

  /**
   * The same factory with traits: a later one overrides an earlier.
   *
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for one that it does not have
   */
  with(...traits: readonly T[]): Factory<M, T> {
    const added = traits.map((name) => {
      if (typeof name === 'string' && Object.hasOwn(this.#traits, name)) return this.#traits[name];
      const known = Object.keys(this.#traits);
      throw new InvalidQuery(`The factory of ${this.#model.name} has no trait "${String(name)}".`, {
        hint:
          known.length === 0
            ? `It has none: give them as the third argument, factory(${this.#model.name}, { … }, { ${String(name)}: { … } }).`
            : didYouMean(name, known),
      });
    });
    return new Factory(this.#model, [...this.#definitions, ...added], this.#traits, this.#sequence);
  }

  /**
   * The attributes of the next record. Nothing is made of them.
   *
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for what are no attributes, and where factories make one another's records
   *   without end
   */
  attributes(overrides: FactoryAttributes<M> = {}): AssignedAttributes<DefinitionOf<M>> {
    requireOverrides(overrides);
    return withoutEnd(this.#sequence, () => {
      const n = ++this.#sequence.n;
      const defined = this.#definitions.map((each) => this.#attributesOf(each, n));
      return resolved<AssignedAttributes<DefinitionOf<M>>>(this.#model.name, Object.assign({}, ...defined, overrides));
    });
  }

  #attributesOf(definition: FactoryDefinition<M>, n: number): FactoryAttributes<M> {
    if (typeof definition !== 'function') return ownCopy(definition);
    const given = definition(n);
    requireAttributes(
      given,
      `The factory of ${this.#model.name} is a function that gives attributes`,
      'What is made for a record is built, and saved with it: no promise is needed.',
    );
    return given;
  }

  /** A new record, not saved. */
  build(overrides: FactoryAttributes<M> = {}): RecordOf<M> {
    const record = new (asModel(this.#model))(this.attributes(overrides));
    // `new` of this class makes its instances; TypeScript cannot see that through an abstract constructor.
    return record as unknown as RecordOf<M>;
  }

  buildMany(count: number, overrides: ManyOverrides<M> = {}): RecordOf<M>[] {
    return this.#each(count, overrides, (each) => this.build(each));
  }

  /**
   * A record that has been saved, with the new records that it refers to.
   *
   * @param options - as of `save`: `{ validate: false }`
   * @throws what `save` throws, such as RecordInvalid (`AR_RECORD_INVALID`)
   */
  async create(overrides: FactoryAttributes<M> = {}, options?: SaveOptions): Promise<RecordOf<M>> {
    const record = this.build(overrides);
    const saving: unknown = record;
    if (saving instanceof BaseModel) await saving.save(options);
    return record;
  }

  /** One after the other: each through its validations and callbacks. */
  async createMany(count: number, overrides: ManyOverrides<M> = {}, options?: SaveOptions): Promise<RecordOf<M>[]> {
    const records: RecordOf<M>[] = [];
    for (const attributes of this.#each(count, overrides, (each) => each))
      records.push(await this.create(attributes, options));
    return records;
  }

  /** The next record is the first again. */
  rewind(): void {
    this.#sequence.n = 0;
  }

  #each<R>(count: number, overrides: ManyOverrides<M>, make: (attributes: FactoryAttributes<M>) => R): R[] {
    if (!Number.isSafeInteger(count) || count < 0 || count > most)
      throw new InvalidQuery(`How many records is a whole number up to ${most}, not ${describeValue(count)}.`);
    if (typeof overrides !== 'function') requireOverrides(overrides);
    return Array.from({ length: count }, (_, index) =>
      make(typeof overrides === 'function' ? overrides(index) : ownCopy(overrides)),
    );
  }
}

/**
 * Says once how records of a model are made for tests, so that each test says only what matters to it.
 *
 * ```ts
 * const users = factory(User, (n) => ({ name: `User ${n}`, email: ({ name }) => `${name}@example.org` }), {
 *   admin: { role: 'admin' },
 * });
 * const posts = factory(Post, { title: 'A post', author: () => users.build() });
 *
 * await users.with('admin').create({ name: 'Ada' });   // INSERT INTO users …
 * await posts.createMany(3);                           // BEGIN; INSERT INTO users …; INSERT INTO posts …; COMMIT …
 * ```
 * @param model - its class
 * @param definition - attributes, or a function of a number that is counted up; a function in place of an attribute is
 *   called, with the other attributes, for each record that is not given this one; undefined leaves one out
 * @param traits - further attributes, by the names that `with` takes
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for what is no model
 */
export function factory<M extends AnyClass, T extends string = never>(
  model: M,
  definition: FactoryDefinition<M>,
  traits?: Readonly<Record<T, FactoryDefinition<M>>>,
): Factory<M, T> {
  if (typeof model !== 'function' || !(model.prototype instanceof BaseModel))
    throw new InvalidQuery(`factory takes a model class first, not ${describeValue(model)}.`);
  const hint = "Write factory(User, (n) => ({ name: 'User ' + n }), { admin: { admin: true } }).";
  const requireDefinition = (given: unknown, what: string) => {
    if (typeof given !== 'function') requireAttributes(given, `${what} attributes or a function that gives them`, hint);
  };
  requireDefinition(definition, 'factory takes');
  if (traits !== undefined) {
    requireAttributes(traits, 'factory takes traits by name', hint);
    for (const [name, trait] of Object.entries(traits)) requireDefinition(trait, `The trait "${name}" is`);
  }
  return new Factory<M, T>(model, [definition], traits ?? ({} as Readonly<Record<T, FactoryDefinition<M>>>));
}
