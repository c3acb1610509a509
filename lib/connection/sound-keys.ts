import type { Row } from '../adapters/contract.ts';
import { InvalidQuery } from '../errors/query.ts';

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where a schema change leaves foreign keys that point to nothing */
export function requireSoundKeys(violations: readonly Row[]): void {
  const [first] = violations;
  if (first === undefined) return;
  throw new InvalidQuery(
    `The schema change would leave ${violations.length} rows whose foreign keys point to nothing (the first in table "${String(first.table)}").`,
    { hint: 'Nothing was changed. Mend or delete those rows first.' },
  );
}
