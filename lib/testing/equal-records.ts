import { isDeepStrictEqual } from 'node:util';
import { BaseModel } from '../model/base-model.ts';

/**
 * Lets `toEqual` of Vitest and Jest compare what records hold, and not how they were loaded:
 *
 * ```ts
 * expect.addEqualityTesters([equalRecords]);
 *
 * expect(await User.find(1)).toEqual(ada);
 * ```
 * @returns whether both are records of one class with equal attributes; undefined where they are not two records, which
 *   leaves the comparison to the test runner
 */
export function equalRecords(a: unknown, b: unknown): boolean | undefined {
  if (!(a instanceof BaseModel) || !(b instanceof BaseModel)) return undefined;
  return a.constructor === b.constructor && isDeepStrictEqual(a.attributes, b.attributes);
}
