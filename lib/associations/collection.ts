import { ensureLink, forget } from '../record/links.ts';
import type { RecordState } from '../record/state.ts';
import { sourceKey, stateKey, withKey } from '../relation/query-base.ts';
import { everything, type QueryState } from '../relation/query-state.ts';
import type { QueryBuilder } from '../relation/relation.ts';
import type { HowSaved, Reflection, Source } from '../relation/source.ts';
import { loadLazily } from './loading/lazy.ts';
import { ownedState } from './loading/owned-state.ts';
import { isCurrent } from './loading/wiring.ts';
import { notLoaded, recordJson } from './reference.ts';
import { keyConditions, sameRecord } from './same-record.ts';
import { counterValue } from './upkeep/counter-cache.ts';
import { type Attached, attach, detach, sync, toggle } from './writing/attaching.ts';
import {
  addMembers,
  buildMember,
  clearMembers,
  createMember,
  expectKeys,
  forgetMembers,
  removeMembers,
  setMembers,
  unsavedOf,
} from './writing/collection-writing.ts';
import { isNew } from './writing/ownership.ts';

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
      if (this.loaded) return this.#records().length;
      const saved = counterValue(this.#owner, this.#reflection) ?? (await this.count());
      return saved + unsavedOf(this.#owner, this.#reflection).length;
    }

    override async isEmpty(): Promise<boolean> {
      if (this.loaded) return this.#records().length === 0;
      return unsavedOf(this.#owner, this.#reflection).length === 0 && super.isEmpty();
    }

    async contains(record: unknown): Promise<boolean> {
      if (this.loaded && !this.#isNarrowed) return this.#records().some((each) => sameRecord(each, record));
      if (unsavedOf(this.#owner, this.#reflection).some((each) => each === record)) return true;
      return this.exists(keyConditions(this[sourceKey], record));
    }

    get #isNarrowed(): boolean {
      return ensureLink(this.#owner, this.#reflection.index).isNarrowed;
    }

    override async *[Symbol.asyncIterator](): AsyncGenerator<RecordState, void> {
      if (this.loaded) yield* [...this.#records()];
      else yield* this.findEach();
    }

    // ---- writing ----

    override async ids(): Promise<unknown[]> {
      if (!this.loaded || this.#isNarrowed) return super.ids();
      const saved = this.#records().filter((record) => !isNew(record));
      return saved.map((record) => Reflect.get(record, 'primaryKey'));
    }

    build(attributes?: unknown): RecordState {
      return buildMember(this.#owner, this.#reflection, attributes);
    }

    async create(attributes?: unknown, options?: HowSaved): Promise<RecordState> {
      return createMember(this.#owner, this.#reflection, attributes, options);
    }

    async add(...records: unknown[]): Promise<void> {
      await addMembers(this.#owner, this.#reflection, records);
    }

    async remove(...records: unknown[]): Promise<void> {
      await removeMembers(this.#owner, this.#reflection, records);
    }

    async set(records: unknown): Promise<void> {
      await setMembers(this.#owner, this.#reflection, records);
    }

    async clear(): Promise<void> {
      await clearMembers(this.#owner, this.#reflection);
    }

    async setIds(ids: unknown): Promise<void> {
      const keys = expectKeys(this.#reflection, ids);
      const target = this[sourceKey] as Source<RecordState>;
      const found = keys.length === 0 ? [] : await new Query(target, target.state()).find(keys);
      await setMembers(this.#owner, this.#reflection, found);
    }

    override async deleteAll(options?: unknown): Promise<number> {
      const count = await super.deleteAll(options);
      forgetMembers(this.#owner, this.#reflection);
      return count;
    }

    override async destroyAll(options?: unknown): Promise<RecordState[]> {
      const destroyed = await super.destroyAll(options);
      forgetMembers(this.#owner, this.#reflection);
      return destroyed;
    }

    async attach(...records: unknown[]): Promise<void> {
      await attach(this.#owner, this.#reflection, records);
    }

    async detach(...records: unknown[]): Promise<void> {
      await detach(this.#owner, this.#reflection, records);
    }

    async sync(records: unknown): Promise<Attached> {
      return sync(this.#owner, this.#reflection, records);
    }

    async toggle(...records: unknown[]): Promise<Attached> {
      return toggle(this.#owner, this.#reflection, records);
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
      for (const [index, record] of [...this.#now('forEach')].entries()) fn(record, index);
    }

    reduce<V>(fn: (value: V, record: RecordState, index: number) => V, initial: V): V {
      return this.#now('reduce').reduce((value, record, index) => fn(value, record, index), initial);
    }

    toArray(): RecordState[] {
      return [...this.#now('toArray')];
    }

    /** Of the records that are there now: a loop that builds more of them comes to an end. */
    [Symbol.iterator](): Iterator<RecordState> {
      return [...this.#now('iteration')][Symbol.iterator]();
    }

    /** JSON.stringify gives a key, and turns each of the records into JSON in turn. */
    override toJSON(options?: unknown): unknown {
      const records = this.#now('JSON');
      if (options === undefined || typeof options === 'string') return [...records];
      return records.map((record) => recordJson(record, options));
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
