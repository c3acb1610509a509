import type { Proceed } from '../../record/callbacks/callback.ts';
import type { AroundEvent, CallbackEvent, RecordAction } from '../../record/callbacks/events.ts';
import type { RecordOf } from '../../record/definition-types.ts';
import type { AnyClass } from '../query-of.ts';
import { RecordMembers } from '../record-members.ts';
import { hasRegistered, knowIdleMethods, register } from './registered.ts';

type Awaitable = void | Promise<void>;

/** When a registered callback is called. */
export interface CallbackOptions<R> {
  /** Only where this says true. */
  readonly if?: (record: R) => unknown;
  /** Only where this says false. */
  readonly unless?: (record: R) => unknown;
  /** For validation, commit and rollback: only when the record is (or was) created, updated or destroyed. */
  readonly on?: RecordAction | readonly RecordAction[];
  /** Before those of the same class that are registered already. */
  readonly prepend?: boolean;
}

/**
 * The callbacks of a record: methods to override, and a way to register functions. `docs/callbacks.md` has their order.
 */
export abstract class CallbackMembers extends RecordMembers {
  /**
   * Registers a function to be called before an event, for records of this class and of those below it.
   *
   * ```ts
   * User.before('save', (user) => { user.email = user.email.toLowerCase(); });
   * User.before('destroy', (user) => halt('admins stay'), { if: (user) => user.isAdmin() });
   * ```
   *
   * @param event - validation, save, create, update, destroy
   * @param callback - may be async; what it throws stops the operation, and so does `halt(reason)`
   * @returns a function that takes the callback away again
   * @throws InvalidDefinition (`AR_DEFINITION_INVALID`)
   */
  static before<M extends AnyClass>(
    this: M,
    event: AroundEvent,
    callback: (record: RecordOf<M>) => unknown,
    options?: CallbackOptions<RecordOf<M>>,
  ): () => void {
    return register(this, 'before', event, callback, options);
  }

  /**
   * Registers a function to be called after an event: see {@link CallbackMembers.before}. Those after `commit` and
   * `rollback` are called when the outermost transaction has ended.
   *
   * ```ts
   * Order.after('commit', (order) => mailer.confirm(order.id), { on: 'create' });
   * ```
   *
   * @param event - validation, save, create, update, destroy, touch, commit, rollback, find, initialize
   */
  static after<M extends AnyClass>(
    this: M,
    event: CallbackEvent,
    callback: (record: RecordOf<M>) => unknown,
    options?: CallbackOptions<RecordOf<M>>,
  ): () => void {
    return register(this, 'after', event, callback, options);
  }

  /**
   * Registers a function to be called around an event: see {@link CallbackMembers.before}.
   *
   * ```ts
   * User.around('save', async (user, proceed) => {
   *   const start = performance.now();
   *   await proceed();
   *   log(`saved in ${performance.now() - start} ms`);
   * });
   * ```
   *
   * @param callback - is given the record and a function that goes on. One that does not call it stops the operation.
   */
  static around<M extends AnyClass>(
    this: M,
    event: AroundEvent,
    callback: (record: RecordOf<M>, proceed: Proceed) => unknown,
    options?: CallbackOptions<RecordOf<M>>,
  ): () => void {
    return register(this, 'around', event, callback, options);
  }

  /** Called before the validations are asked, also by `isValid()` and `validate()`. */
  beforeValidation(): Awaitable {}
  /** Called around the validations. */
  aroundValidation(proceed: Proceed): Awaitable {
    return proceed();
  }
  /** Called when the validations have been asked, whatever they found: `this.errors`. */
  afterValidation(): Awaitable {}
  /** Called before an INSERT or UPDATE, also where nothing has changed. */
  beforeSave(): Awaitable {}
  /** Called around an INSERT or UPDATE and what saves with it. */
  aroundSave(proceed: Proceed): Awaitable {
    return proceed();
  }
  /** Called after an INSERT or UPDATE, in its transaction; `previousChanges` has what was written. */
  afterSave(): Awaitable {}
  /** Called before the INSERT of a new record, after `beforeSave`. */
  beforeCreate(): Awaitable {}
  /** Called around the INSERT of a new record and what saves with it. */
  aroundCreate(proceed: Proceed): Awaitable {
    return proceed();
  }
  /** Called after the INSERT, in its transaction: the record has its key. */
  afterCreate(): Awaitable {}
  /** Called before the UPDATE of a record that is there, after `beforeSave`. */
  beforeUpdate(): Awaitable {}
  /** Called around the UPDATE of a record that is there and what saves with it. */
  aroundUpdate(proceed: Proceed): Awaitable {
    return proceed();
  }
  /** Called after the UPDATE, in its transaction; `previousChanges` has what was written. */
  afterUpdate(): Awaitable {}
  /** Called before `destroy()` sends anything: what depends on the record is there still. */
  beforeDestroy(): Awaitable {}
  /** Called around the DELETE and what goes with it. */
  aroundDestroy(proceed: Proceed): Awaitable {
    return proceed();
  }
  /** Called after the DELETE, in its transaction. */
  afterDestroy(): Awaitable {}
  /** Called after `touch()`, also where a record that belongs to this one touches it. */
  afterTouch(): Awaitable {}
  /** Called after the outermost transaction in which the record was written has been committed. */
  afterCommit(): Awaitable {}
  /** Called after a transaction or savepoint in which the record was written has been rolled back. */
  afterRollback(): Awaitable {}
  /** Called when the record has been loaded from the database, before the query gives it. */
  afterFind(): Awaitable {}
  /** Called for new records and for loaded ones, in the constructor: not async, and before the class's own fields are there. */
  afterInitialize(): void {}
}

knowIdleMethods(CallbackMembers.prototype);

/** Asked for every record that is made, so by what costs least. */
export function callsWhenMade({ afterInitialize }: CallbackMembers): boolean {
  return afterInitialize !== idleInitialize || hasRegistered('initialize');
}

const idleInitialize = CallbackMembers.prototype.afterInitialize;
