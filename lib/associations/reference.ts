import { NotLoaded } from '../errors/association.ts';
import { RecordNotFound } from '../errors/record.ts';
import { ensureLink, forget } from '../record/links.ts';
import type { RecordState } from '../record/state.ts';
import type { HowSaved, Reflection } from '../relation/source.ts';
import { leadsTo } from './kinds.ts';
import { loadLazily } from './loading/lazy.ts';
import { isCurrent } from './loading/wiring.ts';
import { buildReference, createReference, setReference } from './writing/reference-writing.ts';

/** A to-one association of one record, as the program is given it. `reference-types.ts` documents its members. */
export class AssociationReference implements PromiseLike<RecordState | null> {
  readonly #owner: RecordState;
  readonly #reflection: Reflection;

  constructor(owner: RecordState, reflection: Reflection) {
    this.#owner = owner;
    this.#reflection = reflection;
  }

  // Not an async function: the stack of an error would then end here, and not at the caller's await.
  then<T = RecordState | null, E = never>(
    resolve?: ((record: RecordState | null) => T | PromiseLike<T>) | null,
    reject?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    return this.load().then(resolve, reject);
  }

  get loaded(): boolean {
    return isCurrent(this.#owner, this.#reflection);
  }

  get value(): RecordState | null {
    if (this.loaded) return this.#one();
    throw notLoaded(this.#reflection, 'value');
  }

  #one(): RecordState | null {
    const { one } = ensureLink(this.#owner, this.#reflection.index);
    if (one === null && this.#reflection.isRequired) throw missing(this.#reflection);
    return one;
  }

  async load(): Promise<RecordState | null> {
    if (!this.loaded) await loadLazily(this.#owner, this.#reflection);
    return this.#one();
  }

  async reload(): Promise<RecordState | null> {
    this.reset();
    return this.load();
  }

  reset(): void {
    forget(ensureLink(this.#owner, this.#reflection.index));
  }

  set(record: unknown): void {
    setReference(this.#owner, this.#reflection, record);
  }

  is(model: unknown): boolean {
    return leadsTo(this.#owner, this.#reflection, model);
  }

  async as(model: unknown): Promise<RecordState | null> {
    return this.is(model) ? this.load() : null;
  }

  build(attributes?: unknown): RecordState {
    return buildReference(this.#owner, this.#reflection, attributes);
  }

  async create(attributes?: unknown, options?: HowSaved): Promise<RecordState> {
    return createReference(this.#owner, this.#reflection, attributes, options);
  }

  toJSON(): unknown {
    // What this gives is written as it is: JSON.stringify asks nobody twice.
    if (this.loaded) return recordJson(this.#one());
    throw notLoaded(this.#reflection, 'JSON');
  }

  toString(): string {
    if (this.loaded) return `[object ${this.#reflection.label}]`;
    throw notLoaded(this.#reflection, 'text');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { label } = this.#reflection;
    if (!this.loaded) return `Reference(${label}; await it to load it)`;
    const { one } = ensureLink(this.#owner, this.#reflection.index);
    return `Reference(${label}: ${one === null ? 'none' : one.constructor.name})`;
  }
}

export function recordJson(record: RecordState | null, options?: unknown): unknown {
  const toJson: unknown = record === null ? undefined : Reflect.get(record, 'toJSON');
  return typeof toJson === 'function' ? Reflect.apply(toJson, record, [options]) : record;
}

/** The error about reading what has not been loaded. */
export function notLoaded({ label, name }: Reflection, what: string): NotLoaded {
  return new NotLoaded(`${label} was read (${what}) before it was loaded.`, {
    hint: `Await it first, or load it with the records: includes('${name}').`,
  });
}

function missing({ label, declaration, foreignKey, models }: Reflection): RecordNotFound {
  return new RecordNotFound(`There is no record for ${label}, which is required.`, {
    model: declaration.polymorphic ? label : (models[0]?.modelName ?? label),
    hint: `${foreignKey.map(({ label: key }) => key).join(' and ')} refers to no row. Where that may be, say belongsTo(…, { optional: true }).`,
  });
}
