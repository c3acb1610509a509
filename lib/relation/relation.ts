import { InvalidQuery } from '../errors/query.ts';
import * as bulk from './bulk.ts';
import { destroyAll } from './destroy.ts';
import * as finding from './find-or-create.ts';
import { insertAll } from './insert.ts';
import type { InsertResult } from './insert-result.ts';
import { isTypeCondition } from './model-rows.ts';
import { sourceKey, stateKey } from './query-base.ts';
import { keyOfRecord, ReadingQuery } from './reading-query.ts';
import { upsertAll } from './upsert.ts';

/** The whole query: conditions and shape, reading, and here writing. `query-writing.ts` documents the methods. */
export class QueryBuilder<R = unknown> extends ReadingQuery<R> {
  async insertAll(rows: unknown): Promise<InsertResult> {
    this.#requireModel('insertAll');
    return insertAll(await this[sourceKey].ready(), rows);
  }

  async upsertAll(rows: unknown, options?: unknown): Promise<InsertResult> {
    this.#requireModel('upsertAll');
    return upsertAll(await this[sourceKey].ready(), rows, options, 'upsertAll');
  }

  async upsert(row: unknown, options?: unknown): Promise<InsertResult> {
    this.#requireModel('upsert');
    return upsertAll(await this[sourceKey].ready(), [row], options, 'upsert');
  }

  #requireModel(what: string): void {
    if (!this[stateKey].where.every(isTypeCondition))
      throw new InvalidQuery(`${what} is called on a model, not on a query with conditions.`);
  }

  async updateAll(values: unknown, options?: unknown): Promise<number> {
    return bulk.updateAll(await this[sourceKey].ready(), this[stateKey], values, options);
  }

  async touchAll(...namesAndOptions: unknown[]): Promise<number> {
    return bulk.touchAll(await this[sourceKey].ready(), this[stateKey], namesAndOptions);
  }

  async updateCounters(counters: unknown, options?: unknown): Promise<number> {
    return bulk.updateCounters(await this[sourceKey].ready(), this[stateKey], counters, options);
  }

  async deleteAll(options?: unknown): Promise<number> {
    return bulk.deleteAll(await this[sourceKey].ready(), this[stateKey], options);
  }

  async deleteBy(conditions: unknown): Promise<number> {
    const { [stateKey]: state } = this.where(conditions);
    return bulk.deleteAll(await this[sourceKey].ready(), state, undefined, 'deleteBy');
  }

  async destroyAll(options?: unknown): Promise<R[]> {
    return destroyAll(this[sourceKey], this[stateKey], options, keyOfRecord);
  }

  async destroyBy(conditions: unknown): Promise<R[]> {
    return destroyAll(this[sourceKey], this.where(conditions)[stateKey], undefined, keyOfRecord, 'destroyBy');
  }

  async findOrInitializeBy(conditions: unknown, attributes?: unknown): Promise<R> {
    return finding.findOrInitialize(await this.#wanted(conditions, attributes, 'findOrInitializeBy'));
  }

  async findOrCreateBy(conditions: unknown, attributes?: unknown): Promise<R> {
    return finding.findOrCreate(await this.#wanted(conditions, attributes, 'findOrCreateBy'));
  }

  async createOrFindBy(conditions: unknown, attributes?: unknown): Promise<R> {
    return finding.createOrFind(await this.#wanted(conditions, attributes, 'createOrFindBy'));
  }

  async #wanted(conditions: unknown, attributes: unknown, what: string) {
    const { attributes: attributeSet } = await this[sourceKey].ready();
    const [own, state] = [this[stateKey], this.where(conditions)[stateKey]];
    return finding.wanted(this[sourceKey], attributeSet, own, state, conditions, attributes, what);
  }
}
