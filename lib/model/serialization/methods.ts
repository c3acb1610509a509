import { InvalidQuery } from '../../errors/query.ts';
import { baseMembers } from '../../record/base-members.ts';
import type { RecordState } from '../../record/state.ts';
import { didYouMean } from '../../support/suggest.ts';
import { attributesOf } from '../metadata.ts';
import { type ModelClass, madeByWith } from '../model-class.ts';
import { sourceOf } from '../relation-class.ts';

/** @throws InvalidQuery (`AR_QUERY_INVALID`) for what every record has (`destroy`), attributes and associations */
export function requireMethodName(model: ModelClass, name: string): void {
  const members: readonly string[] = baseMembers;
  if (members.includes(name) || name in Object.prototype) {
    throw new InvalidQuery(`toJSON does not call ${JSON.stringify(name)}, which every record has.`, {
      hint: 'Name methods without arguments and getters of your class.',
    });
  }
  if (attributesOf(model).find(name) !== undefined) {
    throw new InvalidQuery(`${model.name}.${name} is an attribute, not a method.`, {
      hint: `Name it with toJSON({ only: ['${name}', …] }).`,
    });
  }
  if (sourceOf(model).associations.find(name) !== undefined) {
    throw new InvalidQuery(`${model.name}.${name} is an association, not a method.`, {
      hint: `Give it with toJSON({ include: '${name}' }).`,
    });
  }
}

/** What a method or getter of the record's class gives. @throws InvalidQuery for what is none, or gives a promise */
export function methodValue(model: ModelClass, record: RecordState, name: string): unknown {
  const found = name in record ? (Reflect.get(record, name) as unknown) : undefined;
  if (found === undefined && !(name in record)) {
    throw new InvalidQuery(`${model.name} has no method or getter ${JSON.stringify(name.slice(0, 80))}.`, {
      hint: didYouMean(name, ownNames(model)),
    });
  }
  if (typeof found === 'function' && found.length > 0)
    throw new InvalidQuery(`${model.name}.${name} takes arguments, which toJSON has none of.`);
  const value: unknown = typeof found === 'function' ? Reflect.apply(found, record, []) : found;
  if (typeof value !== 'object' || value === null || !('then' in value) || typeof value.then !== 'function')
    return value;
  // The error below is the one to report; this one must not end the process.
  if (value instanceof Promise) value.catch(() => undefined);
  throw new InvalidQuery(`${model.name}.${name} gives a promise, which JSON cannot wait for.`, {
    hint: 'Await it before, and add it: { ...record.toJSON(), … }.',
  });
}

function ownNames(model: ModelClass): string[] {
  const names: string[] = [];
  const members: readonly string[] = baseMembers;
  let prototype: unknown = model.prototype;
  while (typeof prototype === 'object' && prototype !== null && !Object.hasOwn(prototype, 'reload')) {
    // Those that `with` makes hold attributes and associations.
    if (!madeByWith.has(prototype.constructor)) names.push(...Object.getOwnPropertyNames(prototype));
    prototype = Object.getPrototypeOf(prototype);
  }
  return names.filter((name) => name !== 'constructor' && !members.includes(name));
}
