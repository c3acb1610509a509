import { CapabilityMissing } from '../errors/query.ts';

/** What `insertAll`, `upsertAll` and `upsert` give. */
export class InsertResult<Key = unknown> {
  /** How many rows were inserted, or updated by an upsert. */
  readonly count: number;
  /**
   * Their primary keys, in the order of the rows that were given.
   * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) where the database does not tell them: MySQL, for an upsert or
   *   where only some rows have a key of their own
   */
  declare readonly ids: readonly Key[];

  /** @internal @param ids - the keys, or why they are not known */
  constructor(count: number, ids: readonly Key[] | string) {
    this.count = count;
    if (typeof ids !== 'string') Object.defineProperty(this, 'ids', { value: ids, enumerable: true });
    else {
      const get = (): never => {
        throw new CapabilityMissing(`The ids of the inserted rows are not known: ${ids}.`, {
          hint: 'Select them by other columns, or give each row its key (a uuid).',
        });
      };
      Object.defineProperty(this, 'ids', { get });
    }
  }
}
