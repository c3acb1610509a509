import type { Row } from '../adapters/contract.ts';
import { forgetLinks } from './links.ts';
import { cacheKey, lifeKey, type RecordState, rowKey } from './state.ts';

/** Makes a record what its row is now: what was assigned, and what was loaded for its associations, is gone. */
export function replaceRow(record: RecordState, row: Row): void {
  record[rowKey] = row;
  record[cacheKey] = undefined;
  record[lifeKey] = undefined;
  forgetLinks(record);
}
