import { ActiveRecordError, type ErrorDetails } from './base.ts';

/** What is wrong with a record, or with asking for one. */
export abstract class RecordError extends ActiveRecordError {}

export interface NotFoundDetails extends ErrorDetails {
  /** The model's name. */
  readonly model: string;
  /** The keys that have no row, where the query was by key. */
  readonly keys?: readonly unknown[] | undefined;
}

/** No row has the key, or meets the conditions. */
export class RecordNotFound extends RecordError {
  readonly code = 'AR_RECORD_NOT_FOUND';
  readonly model: string;
  readonly keys: readonly unknown[];

  constructor(what: string, details: NotFoundDetails) {
    super(what, details);
    this.model = details.model;
    this.keys = details.keys ?? [];
  }
}

/** More than one row meets the conditions of `sole` or `findSoleBy`. */
export class SoleRecordExceeded extends RecordError {
  readonly code = 'AR_SOLE_RECORD';
  /** The model's name. */
  readonly model: string;

  constructor(model: string) {
    super(`There is more than one ${model} where only one was expected.`, {
      hint: 'Add a condition, or use first() or many().',
    });
    this.model = model;
  }
}

/** The errors of a record, as `RecordInvalid` needs them; `record.errors` is one. */
export interface ErrorReport {
  fullMessages(): string[];
  /** The messages about one attribute. */
  on(attribute: string): string[];
  toJSON(): Record<string, string[]>;
}

/** The record has errors (`error.errors`, which is also `record.errors`) and was not saved. */
export class RecordInvalid<Errors extends ErrorReport = ErrorReport, Subject = unknown> extends RecordError {
  readonly code = 'AR_RECORD_INVALID';
  readonly errors: Errors;
  /** The record that was not saved. Not enumerable: a log of the error must not print its attributes. */
  declare readonly record: Subject;

  constructor(model: string, record: Subject, errors: Errors, cause?: unknown) {
    super(`${model} was not saved: ${errors.fullMessages().join(', ')}.`, { cause });
    this.errors = errors;
    Object.defineProperty(this, 'record', { value: record, enumerable: false });
    Object.defineProperty(this, 'errors', { value: errors, enumerable: false });
  }
}

/** The record has been destroyed. */
export class RecordDestroyed extends RecordError {
  readonly code = 'AR_RECORD_DESTROYED';
}

/** The record has no row yet. */
export class RecordNotPersisted extends RecordError {
  readonly code = 'AR_RECORD_NOT_PERSISTED';
}

/** The name is no attribute of the model. */
export class UnknownAttribute extends RecordError {
  readonly code = 'AR_ATTRIBUTE_UNKNOWN';
}

/** The attribute was not selected by the query that loaded the record. */
export class MissingAttribute extends RecordError {
  readonly code = 'AR_ATTRIBUTE_MISSING';
}

/** The record is frozen: nothing of it is assigned or written. */
export class FrozenRecord extends RecordError {
  readonly code = 'AR_RECORD_FROZEN';
}

/** The attribute is `readonly()`, and was to be changed on a record that has a row. */
export class ReadOnlyAttribute extends RecordError {
  readonly code = 'AR_ATTRIBUTE_READ_ONLY';
  /** The attribute's name. */
  readonly attribute: string;

  /** @param label - such as `User.email` */
  constructor(label: string, attribute: string) {
    super(`${label} is read-only: it is given to new records, and cannot be changed once there is a row.`, {
      hint: 'To change it all the same, use updateAll with the key of the row.',
    });
    this.attribute = attribute;
  }
}

/** The record, or the query that loaded it, was told `readonly()`. */
export class ReadOnlyRecord extends RecordError {
  readonly code = 'AR_RECORD_READ_ONLY';
}

export interface StaleDetails<Subject> {
  /** The model's name. */
  readonly model: string;
  /** As the program has it. */
  readonly record: Subject;
  /** As the database has it now. */
  readonly current: Subject;
  /** What was to be done. */
  readonly attempted: 'update' | 'destroy' | 'touch';
  /** The attributes that are not as they were loaded. */
  readonly changed: readonly string[];
}

/** Somebody else has changed the row since the record was loaded: its lock version is another one. Nothing was written. */
export class StaleObjectError<Subject = unknown> extends RecordError {
  readonly code = 'AR_RECORD_STALE';
  readonly attempted: 'update' | 'destroy' | 'touch';
  /** The attributes that somebody else has changed. */
  readonly changed: readonly string[];
  /** The record with what the program has assigned. Not enumerable: a log must not print its attributes. */
  declare readonly record: Subject;
  /** The same row as the database has it now. */
  declare readonly current: Subject;

  constructor({ model, record, current, attempted, changed }: StaleDetails<Subject>) {
    const done = { update: 'saved', destroy: 'destroyed', touch: 'touched' }[attempted];
    const what = changed.length === 0 ? '' : ` (${changed.join(', ')})`;
    super(`This ${model} was not ${done}: somebody else has changed its row meanwhile${what}.`, {
      hint: 'Look at error.current, which has the row as it is, or reload() the record, and do it again.',
    });
    this.attempted = attempted;
    this.changed = changed;
    Object.defineProperty(this, 'record', { value: record, enumerable: false });
    Object.defineProperty(this, 'current', { value: current, enumerable: false });
  }
}
