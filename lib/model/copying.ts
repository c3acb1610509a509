import type { RecordOf } from '../record/definition-types.ts';
import { dupRecord } from './dup.ts';
import { recordAs } from './inheritance/becomes.ts';
import { Locking } from './locking/locking.ts';
import type { AnyClass } from './query-of.ts';

/** Records made of records. */
export abstract class Copying extends Locking {
  /**
   * A new record with the same attributes, those that are changed among them; values that can change in place are copied.
   * Without what tells of the row: key, `createdAt`, `updatedAt`, `lockVersion`, `deletedAt`, counters of associated
   * records. Associated records are not copied. Of a record with some columns only those are given; virtual attributes are.
   *
   * ```ts
   * const copy = await post.dup().save();   // INSERT INTO posts (title, …) VALUES (?, …)
   * ```
   */
  dup(): this {
    // A record of the very same class.
    return dupRecord(this) as this;
  }

  /**
   * The record as one of another class on the same table. The two share the row and what has changed in it: saving one is
   * saving the other; also virtual attributes of the same name and type. The row stays what it is, unless its type is
   * changed too.
   *
   * @param model - a class that shares the table
   * @param options - `changeType: true` assigns the type of that class, for the next save
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for a class of another table, AbstractModel (`AR_MODEL_ABSTRACT`)
   * @example
   * ```ts
   * const manager = user.becomes(Manager, { changeType: true });
   * await manager.update({ budget: '10.00' });   // UPDATE users SET type = ?, budget = ? WHERE id = ?
   * ```
   */
  becomes<M extends AnyClass>(model: M, options?: { readonly changeType?: boolean }): RecordOf<M> {
    // `new` of that class has made it; TypeScript cannot see that through an abstract constructor.
    return recordAs(this, model, options) as unknown as RecordOf<M>;
  }
}
