import { ensureLink, forget } from '../record/links.ts';
import type { RecordState } from '../record/state.ts';
import { sourceKey, stateKey, withKey } from '../relation/query-base.ts';
import { everything, type QueryState } from '../relation/query-state.ts';
import type { QueryBuilder } from '../relation/relation.ts';
import type { Reflection, Source } from '../relation/source.ts';
import { loadLazily } from './lazy.ts';
import { ownedState } from './owned-state.ts';
import { notLoaded } from './reference.ts';
import { keyConditions, sameRecord } from './same-record.ts';
import { isCurrent } from './wiring.ts';

type QueryClass = new (source: Source<RecordState>, state: QueryState) => QueryBuilder<RecordState>;

/** A class of collections of one model: made once. */
export type CollectionClass = new (owner: RecordState, reflection: Reflection, target: Source<RecordState>) => object;

/**
 * To-many associations of one record, as the program is given them: queries with the scopes of their model, that keep
 * what they have loaded. `collection-types.ts` documents the members.
 */
export function defineCollection(Query: QueryClass): CollectionClass {
  return class AssociationCollection extends Query {
    readonly #owner: RecordState;
    readonly #reflection: Reflection;

    constructor(owner: RecordState, reflection: Reflection, target: Source<RecordState>) {
      super(target, everything);
      this.#owner = owner;
      this.#reflection = reflection;
    }

    override get [stateKey](): QueryState {
      return ownedState(this.#owner, this.#reflection);
    }

    /** What is asked for beyond the association is a query like any other. */
    override [withKey](changes: Partial<QueryState>): this {
      const query: QueryBuilder<RecordState> = new Query(
        this[sourceKey] as Source<RecordState>,
        Object.freeze({ ...this[stateKey], ...changes }),
      );
      // Every method that ends here promises the query that it was called on; of a collection that is its model's.
      return query as this;
    }

    override then<T = RecordState[], E = never>(
      resolve?: ((records: RecordState[]) => T | PromiseLike<T>) | null,
      reject?: ((reason: unknown) => E | PromiseLike<E>) | null,
    ): Promise<T | E> {
      return this.load().then(resolve, reject);
    }

    // ---- reading ----

    get loaded(): boolean {
      return isCurrent(this.#owner, this.#reflection);
    }

    async load(): Promise<RecordState[]> {
      if (!this.loaded) await loadLazily(this.#owner, this.#reflection);
      // A list of its own: to take one out of it is not to take it out of the association.
      return [...this.#records()];
    }

    #records(): readonly RecordState[] {
      return ensureLink(this.#owner, this.#reflection.index).many ?? [];
    }

    async reload(): Promise<RecordState[]> {
      this.reset();
      return this.load();
    }

    reset(): void {
      forget(ensureLink(this.#owner, this.#reflection.index));
    }

    async size(): Promise<number> {
      return this.loaded ? this.#records().length : this.count();
    }

    override async isEmpty(): Promise<boolean> {
      return this.loaded ? this.#records().length === 0 : super.isEmpty();
    }

    async contains(record: unknown): Promise<boolean> {
      if (this.loaded && !this.#isNarrowed) return this.#records().some((each) => sameRecord(each, record));
      return this.exists(keyConditions(this[sourceKey], record));
    }

    get #isNarrowed(): boolean {
      return ensureLink(this.#owner, this.#reflection.index).isNarrowed;
    }

    override async *[Symbol.asyncIterator](): AsyncGenerator<RecordState, void> {
      if (this.loaded) yield* this.#records();
      else yield* this.findEach();
    }

    // ---- once it is loaded ----

    #now(what: string): readonly RecordState[] {
      if (this.loaded) return this.#records();
      throw notLoaded(this.#reflection, what);
    }

    get length(): number {
      return this.#now('length').length;
    }

    at(index: number): RecordState | undefined {
      return this.#now('at').at(index);
    }

    map<V>(fn: (record: RecordState, index: number) => V): V[] {
      return this.#now('map').map((record, index) => fn(record, index));
    }

    filter(fn: (record: RecordState, index: number) => unknown): RecordState[] {
      return this.#now('filter').filter((record, index) => fn(record, index));
    }

    some(fn: (record: RecordState, index: number) => unknown): boolean {
      return this.#now('some').some((record, index) => fn(record, index));
    }

    every(fn: (record: RecordState, index: number) => unknown): boolean {
      return this.#now('every').every((record, index) => fn(record, index));
    }

    forEach(fn: (record: RecordState, index: number) => unknown): void {
      for (const [index, record] of this.#now('forEach').entries()) fn(record, index);
    }

    reduce<V>(fn: (value: V, record: RecordState, index: number) => V, initial: V): V {
      return this.#now('reduce').reduce((value, record, index) => fn(value, record, index), initial);
    }

    toArray(): RecordState[] {
      return [...this.#now('toArray')];
    }

    [Symbol.iterator](): Iterator<RecordState> {
      return this.#now('iteration')[Symbol.iterator]();
    }

    /** JSON.stringify turns each of the records into JSON in turn. */
    override toJSON(): unknown {
      return [...this.#now('JSON')];
    }

    override toString(): string {
      return `[object ${this.#reflection.label}: ${this.#now('text').length}]`;
    }

    [Symbol.for('nodejs.util.inspect.custom')](): string {
      const { label } = this.#reflection;
      if (!this.loaded) return `Collection(${label}; await it to load it)`;
      const { length } = this.#records();
      return `Collection(${label}: ${length} ${length === 1 ? 'record' : 'records'})`;
    }
  };
}
