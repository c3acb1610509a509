import { InvalidQuery } from '../errors/query.ts';
import * as bulk from './bulk.ts';
import { sourceKey, stateKey } from './query-base.ts';
import { ReadingQuery } from './reading-query.ts';

/** The whole query: conditions and shape, reading, and here writing. `query-writing.ts` documents the methods. */
export class QueryBuilder<R = unknown> extends ReadingQuery<R> {
  async insertAll(rows: readonly unknown[]): Promise<number> {
    if (this[stateKey].where.length > 0)
      throw new InvalidQuery('insertAll is called on a model, not on a query with conditions.');
    return bulk.insertAll(await this[sourceKey].ready(), rows);
  }

  async updateAll(values: unknown, options?: unknown): Promise<number> {
    return bulk.updateAll(await this[sourceKey].ready(), this[stateKey], values, options);
  }

  async deleteAll(options?: unknown): Promise<number> {
    return bulk.deleteAll(await this[sourceKey].ready(), this[stateKey], options);
  }
}
