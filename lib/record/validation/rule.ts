import type { Attribute } from '../attribute.ts';
import type { RecordErrors } from '../errors.ts';
import type { MessageKey, ProblemDetails } from '../messages.ts';
import type { RecordState } from '../state.ts';

/** What a check has found to be wrong. */
export interface Finding {
  readonly type: string;
  /** The message of that key, with the details; or a message as it is. */
  readonly key?: MessageKey;
  readonly message?: string;
  readonly details?: ProblemDetails;
  /** Where it is told, if not on the attribute that was checked. */
  readonly attribute?: string;
}

/** How a record is to be validated. */
export interface ValidationRequest {
  /** Besides `create` or `update`. */
  readonly context: string | undefined;
  /** Attributes that a save is still going to fill in: nothing can be said about them yet. */
  readonly awaited: ReadonlySet<Attribute>;
  /** Records that are being validated on the way to this one. */
  readonly underWay: ReadonlySet<RecordState>;
}

/** A record that is being validated. */
export interface Subject extends ValidationRequest {
  readonly record: RecordState;
  /** Where functions of the application may add problems themselves. */
  readonly errors: RecordErrors;
}

export type Found = Finding | readonly Finding[] | undefined;
export type Check = (value: unknown, subject: Subject) => Found | Promise<Found>;

type RecordFunction<T> = (record: RecordState) => T;

/** When a rule is followed, and what it says. */
export interface RuleOptions {
  readonly on: readonly string[] | undefined;
  readonly if: RecordFunction<unknown> | undefined;
  readonly unless: RecordFunction<unknown> | undefined;
  /** Whether null passes; undefined leaves that to the rule. */
  readonly allowNull: boolean | undefined;
  readonly message: string | ((record: RecordState, problem: object) => unknown) | undefined;
  readonly strict: boolean;
}

/** One rule about one attribute. */
export interface Rule {
  /** The name that it was declared under. */
  readonly name: string;
  readonly kind: string;
  /** undefined where the name is an association, a property of the class, or the record as a whole. */
  readonly attribute: Attribute | undefined;
  /** Gives the value to check. */
  readonly read: (record: RecordState) => unknown;
  /** Whether the record has what `read` needs: some of it may not have been selected. undefined: always. */
  readonly isReadable: ((record: RecordState) => boolean) | undefined;
  readonly options: RuleOptions;
  readonly check: Check;
  /** Asked after all others, and only of an attribute that they have left in peace. */
  readonly isLast: boolean;
}
