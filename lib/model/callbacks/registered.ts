import { InvalidDefinition } from '../../errors/definition.ts';
import { type Callback, CallbackSet, type Proceed } from '../../record/callbacks/callback.ts';
import {
  type CallbackEvent,
  type CallbackMethod,
  type CallbackTime,
  callbackMethods,
  callbackTimes,
  type RecordAction,
} from '../../record/callbacks/events.ts';
import type { RecordState } from '../../record/state.ts';
import { didYouMean } from '../../support/suggest.ts';
import { concernMethods, lineOf } from '../concerns/concerns.ts';
import { asModel, concernOrigins, type ModelClass } from '../model-class.ts';

/** What `User.before(…)` and its kin were given, by the class that they were called on. */
const registered = new WeakMap<object, Callback[]>();
/** The events that anything was ever registered for, by any model. */
const events = new Set<CallbackEvent>();
/** Counts what was registered, anywhere: what was worked out before may be out of date. */
let generation = 0;

/** Whether any model has registered a callback for an event. */
export const hasRegistered = (event: CallbackEvent): boolean => events.size > 0 && events.has(event);

interface Known {
  readonly generation: number;
  readonly callbacks: CallbackSet | undefined;
}
const known = new WeakMap<ModelClass, Known>();

/**
 * The callbacks of a model in the order in which they are called; undefined where it has none. Worked out once.
 *
 * Registered ones come first, those of the topmost class before those of the classes below it, each class's in the order
 * of registration; with them those of its concerns and of what those extend, and their methods. Then the method of the record, which says `super`
 * for the one above it.
 */
export function callbacksOf(model: ModelClass): CallbackSet | undefined {
  const found = known.get(model);
  if (found !== undefined && found.generation === generation) return found.callbacks;
  const all = [...inherited(model), ...methodsOf(model)];
  const callbacks = all.length === 0 ? undefined : new CallbackSet(model.name, all);
  known.set(model, { generation, callbacks });
  return callbacks;
}

function inherited(model: ModelClass): Callback[] {
  const all: Callback[] = [];
  const seen = new Set<unknown>();
  for (const each of lineOf(model)) {
    const origin = concernOrigins.get(each);
    if (origin !== undefined) all.push(...(registered.get(origin) ?? []));
    for (const { name, ...kind } of callbackMethods) {
      for (const method of concernMethods(each, name)) {
        if (!seen.has(method)) all.push(methodCallback(kind, `${each.name}.${name}`, method));
        seen.add(method);
      }
    }
    all.push(...(registered.get(each) ?? []));
  }
  return all;
}

function methodCallback(
  { time, event }: Omit<CallbackMethod, 'name'>,
  label: string,
  method: (...args: never) => unknown,
): Callback {
  const call = (record: RecordState, proceed?: Proceed): unknown =>
    Reflect.apply(method, record, proceed === undefined ? [] : [proceed]);
  return { time, event, label, call, if: undefined, unless: undefined, on: undefined };
}

/** The methods that the root of all models has do nothing, and are no callbacks. */
const idle = new Set<unknown>();

/** @param root - the prototype with the methods that do nothing */
export function knowIdleMethods(root: object): void {
  for (const { name } of callbackMethods) idle.add(Reflect.get(root, name));
}

function methodsOf(model: ModelClass): Callback[] {
  return callbackMethods.flatMap(({ name, time, event }) => {
    const method: unknown = Reflect.get(model.prototype, name);
    if (method === undefined || idle.has(method)) return [];
    const label = `${model.name}.${name}`;
    if (typeof method !== 'function') {
      throw new InvalidDefinition(`${label} is no method.`, { hint: 'A callback is written as a method.' });
    }
    return [methodCallback({ time, event }, label, method as (...args: never) => unknown)];
  });
}

/**
 * Registers a callback of a class and of those below it.
 *
 * @returns takes it away again
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for an event that there is not, and for options that mean nothing
 */
export function register(model: object, time: CallbackTime, event: unknown, fn: unknown, options: unknown): () => void {
  const callback = callbackOf(asModel(model), time, event, fn, options);
  const own = registered.get(model) ?? [];
  registered.set(model, own);
  if (isFirst(options)) own.unshift(callback);
  else own.push(callback);
  events.add(callback.event);
  generation++;
  return () => {
    const index = own.indexOf(callback);
    if (index >= 0) own.splice(index, 1);
    generation++;
  };
}

const isFirst = (options: unknown) =>
  typeof options === 'object' && options !== null && Reflect.get(options, 'prepend') === true;

function callbackOf(model: ModelClass, time: CallbackTime, event: unknown, fn: unknown, options: unknown): Callback {
  const call = `${model.name}.${time}(${typeof event === 'string' ? `'${event.slice(0, 40)}'` : String(event)}, …)`;
  if (!isEvent(event)) {
    throw new InvalidDefinition(`${call}: there is no such event.`, {
      hint: didYouMean(event, Object.keys(callbackTimes)),
    });
  }
  if (!callbackTimes[event].includes(time)) {
    throw new InvalidDefinition(`${call}: the event ${event} has no callbacks ${time} it.`, {
      hint: `Write ${model.name}.after('${event}', …).`,
    });
  }
  if (typeof fn !== 'function') {
    throw new InvalidDefinition(`${call} takes a function of the record.`, {
      hint: `Write ${model.name}.${time}('${event}', (record) => { … }).`,
    });
  }
  const label = `${model.name}.${time}${event.charAt(0).toUpperCase()}${event.slice(1)}`;
  return {
    time,
    event,
    label: fn.name === '' ? label : `${label}(${fn.name})`,
    call: (record, proceed) => Reflect.apply(fn, undefined, proceed === undefined ? [record] : [record, proceed]),
    ...optionsOf(call, event, options),
  };
}

function isEvent(event: unknown): event is CallbackEvent {
  return typeof event === 'string' && Object.hasOwn(callbackTimes, event);
}

type Options = Pick<Callback, 'if' | 'unless' | 'on'>;
const names = ['if', 'unless', 'on', 'prepend'];

function optionsOf(call: string, event: CallbackEvent, given: unknown): Options {
  if (given === undefined) return { if: undefined, unless: undefined, on: undefined };
  if (typeof given !== 'object' || given === null) throw new InvalidDefinition(`${call}: the options are no object.`);
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new InvalidDefinition(`${call} has no option "${name}".`, { hint: didYouMean(name, names) });
  }
  const prepend: unknown = Reflect.get(given, 'prepend');
  if (prepend !== undefined && typeof prepend !== 'boolean')
    throw new InvalidDefinition(`${call}: prepend is true or false.`);
  return {
    if: conditionOf(call, given, 'if'),
    unless: conditionOf(call, given, 'unless'),
    on: actionsOf(call, event, Reflect.get(given, 'on')),
  };
}

function conditionOf(call: string, given: object, name: 'if' | 'unless'): Callback['if'] {
  const condition: unknown = Reflect.get(given, name);
  if (condition === undefined) return undefined;
  if (typeof condition !== 'function')
    throw new InvalidDefinition(`${call}: ${name} is no function of the record.`, {
      hint: `Write ${name}: (record) => …`,
    });
  return (record) => Reflect.apply(condition, undefined, [record]);
}

const actions: readonly RecordAction[] = ['create', 'update', 'destroy'];
/** The events that come after several kinds of writes. */
const several: readonly CallbackEvent[] = ['validation', 'commit', 'rollback'];

function actionsOf(call: string, event: CallbackEvent, given: unknown): Callback['on'] {
  if (given === undefined) return undefined;
  if (!several.includes(event)) {
    throw new InvalidDefinition(`${call}: the event ${event} has no option "on".`, {
      hint: `It is for ${several.join(', ')}; register for create, update or destroy instead.`,
    });
  }
  const on = (Array.isArray(given) ? given : [given]).map((each: unknown) => {
    const action = actions.find((one) => one === each);
    if (action !== undefined && !(event === 'validation' && action === 'destroy')) return action;
    throw new InvalidDefinition(`${call}: on is create, update or destroy, not ${JSON.stringify(each)}.`);
  });
  if (on.length === 0) throw new InvalidDefinition(`${call}: on is an empty list, so it would never be called.`);
  return new Set(on);
}
