/** What callbacks are called for. */
export type CallbackEvent =
  | 'validation'
  | 'save'
  | 'create'
  | 'update'
  | 'destroy'
  | 'touch'
  | 'commit'
  | 'rollback'
  | 'find'
  | 'initialize';
export type CallbackTime = 'before' | 'around' | 'after';
/** Those that have something to come before, or to go around. */
export type AroundEvent = 'validation' | 'save' | 'create' | 'update' | 'destroy';
/** What has happened to a record in a transaction: what `on` of a commit or rollback callback names. */
export type RecordAction = 'create' | 'update' | 'destroy';

/** When callbacks of each event can be called. */
export const callbackTimes: Readonly<Record<CallbackEvent, readonly CallbackTime[]>> = {
  validation: ['before', 'around', 'after'],
  save: ['before', 'around', 'after'],
  create: ['before', 'around', 'after'],
  update: ['before', 'around', 'after'],
  destroy: ['before', 'around', 'after'],
  touch: ['after'],
  commit: ['after'],
  rollback: ['after'],
  find: ['after'],
  initialize: ['after'],
};

export interface CallbackMethod {
  readonly name: string;
  readonly time: CallbackTime;
  readonly event: CallbackEvent;
}

/** The methods of a record that are callbacks: `beforeSave`, `aroundSave`, `afterSave` and so on. */
export const callbackMethods: readonly CallbackMethod[] = Object.entries(callbackTimes).flatMap(([event, times]) =>
  times.map((time) => ({
    name: `${time}${event.charAt(0).toUpperCase()}${event.slice(1)}`,
    time,
    // The keys of the table above are exactly the events.
    event: event as CallbackEvent,
  })),
);

/** Their names. Several concerns of a model may each have one of the same name: they all run, and none hides another. */
export const callbackNames: ReadonlySet<string> = new Set(callbackMethods.map(({ name }) => name));
