import { InvalidQuery } from '../../errors/query.ts';
import type { JsonArgument } from '../../relation/association-types.ts';
import { describeValue } from '../../types/type.ts';
import { BaseModel } from '../base-model.ts';
import { requestOf } from './json-plan.ts';

/**
 * Several records as JSON.stringify takes them: `toJSON` of each, with the same options.
 *
 * ```ts
 * const users = await User.includes('posts');
 * serialize(users, { only: ['name'], include: { posts: { only: ['title'] } } });
 * // [{ name: 'Ada', posts: [{ title: 'Notes' }] }]
 * ```
 * @param records - a list, or a loaded collection
 * @param options - as of `toJSON`
 * @throws what `toJSON` does; InvalidQuery (`AR_QUERY_INVALID`) for what is no list of records
 */
export function serialize<R extends BaseModel>(
  records: Iterable<R>,
  options?: JsonArgument<R>,
): Record<string, unknown>[];
export function serialize(records: Iterable<unknown>, options?: unknown): unknown[] {
  if (typeof records !== 'object' || records === null || !(Symbol.iterator in records)) {
    throw new InvalidQuery(`serialize takes a list of records, not ${describeValue(records)}.`, {
      hint: 'Await a query first; of one record there is record.toJSON(…).',
    });
  }
  const request = options === undefined ? undefined : requestOf(options);
  return Array.from(records, (record) => {
    if (record instanceof BaseModel) return Reflect.apply(record.toJSON, record, [request]);
    throw new InvalidQuery(`serialize takes records, not ${describeValue(record)}.`);
  });
}
