import { RecordError } from './record.ts';

/** A callback stopped a save with `halt(reason)`, or an `around` one did not go on. */
export class RecordNotSaved<Subject = unknown> extends RecordError {
  readonly code = 'AR_RECORD_NOT_SAVED';
  /** What `halt` was given. */
  readonly reason: string;
  /** Not enumerable: a log of the error must not print its attributes. */
  declare readonly record: Subject;

  /** @param by - the callback, as `User.beforeSave` */
  constructor(model: string, record: Subject, by: string, halted: Halted) {
    super(`${model} was not saved: ${by} stopped it: ${sentence(halted.reason)}`, { cause: halted });
    this.reason = halted.reason;
    Object.defineProperty(this, 'record', { value: record, enumerable: false });
  }
}

/** A callback stopped `destroy` with `halt(reason)`, or an `around` one did not go on. */
export class RecordNotDestroyed<Subject = unknown> extends RecordError {
  readonly code = 'AR_RECORD_NOT_DESTROYED';
  /** What `halt` was given. */
  readonly reason: string;
  /** Not enumerable: a log of the error must not print its attributes. */
  declare readonly record: Subject;

  /** @param by - the callback, as `User.beforeDestroy` */
  constructor(model: string, record: Subject, by: string, halted: Halted) {
    super(`${model} was not destroyed: ${by} stopped it: ${sentence(halted.reason)}`, { cause: halted });
    this.reason = halted.reason;
    Object.defineProperty(this, 'record', { value: record, enumerable: false });
  }
}

/**
 * What `halt` throws. Whoever has called save or destroy gets it as the `cause` of their error, with the line of the
 * `halt`; by itself it arrives where there is nothing to stop.
 */
export class Halted extends RecordError {
  readonly code = 'AR_HALTED';
  /** What `halt` was given. */
  readonly reason: string;

  constructor(reason: string) {
    super(`halt() was called: ${sentence(reason)}`, {
      hint: 'It stops the save or destroy that has called the callback; elsewhere throw an error.',
    });
    this.reason = reason;
  }
}

/** A callback saves or destroys the record that it is called for, which would call it again without end. */
export class CallbackLoop extends RecordError {
  readonly code = 'AR_CALLBACK_LOOP';
  /** How it came to that, step by step: `['User.save', 'User.beforeSave', 'User.save']`. */
  readonly chain: readonly string[];

  constructor(chain: readonly string[], hint: string) {
    super(`Callbacks go round in a circle: ${shown(chain).join(' → ')}.`, { hint });
    this.chain = chain;
  }
}

const sentence = (reason: string) => (/[.!?]$/.test(reason) ? reason : `${reason}.`);

/** A circle of many steps looks the same after a few of them. */
const shown = (chain: readonly string[]) =>
  chain.length <= 12 ? chain : [...chain.slice(0, 6), '…', ...chain.slice(-4)];
