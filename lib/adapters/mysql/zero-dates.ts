import type { FieldPacket } from 'mysql2';
import { zeroDay } from '../../types/type.ts';
import type { Row } from '../contract.ts';

/** The protocol's numbers for TIMESTAMP, DATE, DATETIME and NEWDATE. */
const dateTypes = new Set<number | undefined>([7, 10, 12, 14]);

/** Makes NULL of dates that are none, in place. Results without a date column cost a look at their fields. */
export function nullZeroDates(rows: readonly Row[], fields: readonly FieldPacket[]): void {
  for (const { columnType, name } of fields) {
    if (!dateTypes.has(columnType)) continue;
    for (const row of rows) {
      const value = row[name];
      if (typeof value === 'string' && zeroDay.test(value)) row[name] = null;
    }
  }
}
