/** What the suites about callbacks share: models that tell what they are called for. */
import { type AroundEvent, BaseModel, type CallbackEvent, column } from '../../lib/index.ts';

export class Thing extends BaseModel.with(
  {
    id: column.id(),
    name: column.string().nullable(),
    size: column.integer().default(0),
    active: column.boolean().default(true),
  },
  column.timestamps(),
) {}

/** A class of that table, without callbacks yet. */
export const fresh = () =>
  class Sub extends Thing {
    static override tableName = 'things';
  };

/** All callbacks that are methods of a record. */
export const callbackNames = [
  'beforeValidation',
  'aroundValidation',
  'afterValidation',
  'beforeSave',
  'aroundSave',
  'afterSave',
  'beforeCreate',
  'aroundCreate',
  'afterCreate',
  'beforeUpdate',
  'aroundUpdate',
  'afterUpdate',
  'beforeDestroy',
  'aroundDestroy',
  'afterDestroy',
  'afterTouch',
  'afterCommit',
  'afterRollback',
  'afterFind',
  'afterInitialize',
] as const;
export type CallbackName = (typeof callbackNames)[number];

type AnyRecord = Pick<BaseModel, CallbackName>;
type AnyModel = { readonly prototype: AnyRecord };

/** Gives a class these methods, which note that they are called. */
export function logMethods(
  model: AnyModel,
  log: string[],
  names: readonly CallbackName[] = callbackNames,
  label = (name: string, _record: AnyRecord) => name,
): void {
  for (const name of names) {
    const value = name.startsWith('around')
      ? async function (this: AnyRecord, proceed: () => Promise<void>) {
          log.push(`${label(name, this)} in`);
          await proceed();
          log.push(`${label(name, this)} out`);
        }
      : function (this: AnyRecord) {
          log.push(label(name, this));
        };
    Object.defineProperty(model.prototype, name, { value, configurable: true, writable: true });
  }
}

/** Gives a class one method. */
export function setMethod(
  model: AnyModel,
  name: CallbackName,
  value: (this: never, proceed: () => Promise<void>) => unknown,
): void {
  Object.defineProperty(model.prototype, name, { value, configurable: true, writable: true });
}

export const aroundEvents: readonly AroundEvent[] = ['validation', 'save', 'create', 'update', 'destroy'];
export const callbackEvents: readonly CallbackEvent[] = [
  ...aroundEvents,
  'touch',
  'commit',
  'rollback',
  'find',
  'initialize',
];
