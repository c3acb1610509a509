import type { RecordState } from '../state.ts';
import type { AroundEvent, CallbackEvent, CallbackTime, RecordAction } from './events.ts';

/** Goes on with what an `around` callback stands around. */
export type Proceed = () => Promise<void>;

/** A callback of a model, with what it was registered with. */
export interface Callback {
  readonly time: CallbackTime;
  readonly event: CallbackEvent;
  /** `User.beforeSave`, for errors. */
  readonly label: string;
  readonly call: (record: RecordState, proceed?: Proceed) => unknown;
  readonly if: ((record: RecordState) => unknown) | undefined;
  readonly unless: ((record: RecordState) => unknown) | undefined;
  /** Only for these; undefined for all. */
  readonly on: ReadonlySet<RecordAction> | undefined;
}

/** The callbacks of one event, each kind in the order in which they are called. */
export interface EventCallbacks {
  readonly before: readonly Callback[];
  readonly around: readonly Callback[];
  readonly after: readonly Callback[];
}

/** All callbacks of a model. */
export class CallbackSet {
  readonly modelName: string;
  /** Saving calls some, so that it needs a transaction and goes through all steps. */
  readonly onSave: boolean;
  /** The same for `touch`, and for `destroy`. */
  readonly onTouch: boolean;
  readonly onDestroy: boolean;
  readonly #events: ReadonlyMap<CallbackEvent, EventCallbacks>;

  constructor(modelName: string, all: readonly Callback[]) {
    this.modelName = modelName;
    const events = new Map<CallbackEvent, { before: Callback[]; around: Callback[]; after: Callback[] }>();
    for (const each of all) {
      let event = events.get(each.event);
      if (event === undefined) {
        event = { before: [], around: [], after: [] };
        events.set(each.event, event);
      }
      event[each.time].push(each);
    }
    this.#events = events;
    const has = (...names: CallbackEvent[]) => names.some((name) => events.has(name));
    this.onSave = has('validation', 'save', 'create', 'update', 'commit', 'rollback');
    this.onTouch = has('touch', 'commit', 'rollback');
    this.onDestroy = has('destroy', 'commit', 'rollback');
  }

  of(event: CallbackEvent): EventCallbacks | undefined {
    return this.#events.get(event);
  }

  after(event: Exclude<CallbackEvent, AroundEvent>): readonly Callback[] {
    return this.#events.get(event)?.after ?? none;
  }
}

const none: readonly Callback[] = [];
