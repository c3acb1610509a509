import { ActiveRecordError } from './base.ts';

/** What the database told of a violated rule, as far as it told it. */
export interface ConstraintFacts {
  /** The name of the index or constraint. */
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
  /** The columns, where the database names them. */
  readonly columns?: readonly string[] | undefined;
}

export interface StatementFacts extends ConstraintFacts {
  readonly sql: string;
  /** The values bound to the statement; those of sensitive columns are replaced by `[hidden]`. */
  readonly binds: readonly unknown[];
  readonly cause: unknown;
  readonly hint?: string | undefined;
}

/**
 * The database refused a statement. `sql` is its text, `cause` the driver's error; `binds` holds the values but is not
 * enumerable, so that loggers which print errors whole do not print users' data.
 */
export abstract class StatementError extends ActiveRecordError {
  readonly sql: string;
  declare readonly binds: readonly unknown[];
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly columns: readonly string[] | undefined;

  constructor(what: string, facts: StatementFacts) {
    super(what, facts);
    this.sql = facts.sql;
    this.constraint = facts.constraint;
    this.table = facts.table;
    this.columns = facts.columns;
    Object.defineProperty(this, 'binds', { value: facts.binds, enumerable: false });
  }
}

export class StatementFailed extends StatementError {
  readonly code = 'AR_STATEMENT_FAILED';
}
export class StatementSyntax extends StatementError {
  readonly code = 'AR_STATEMENT_SYNTAX';
}
export class TableMissing extends StatementError {
  readonly code = 'AR_TABLE_MISSING';
}
export class ColumnMissing extends StatementError {
  readonly code = 'AR_COLUMN_MISSING';
}
/** A table, column or index to be made exists already. */
export class AlreadyExists extends StatementError {
  readonly code = 'AR_ALREADY_EXISTS';
}
export class ReadOnlyViolation extends StatementError {
  readonly code = 'AR_READ_ONLY';
}
/** A time limit of the server, or somebody, ended a statement before it was done. */
export class StatementCancelled extends StatementError {
  readonly code = 'AR_STATEMENT_CANCELLED';
}

/** A row would break a rule that the schema declares. On `save` these become errors of the record (`RecordInvalid`). */
export abstract class ConstraintViolation extends StatementError {}

// Not every database tells which of the two it was.
const howToMend =
  "What a row refers to has to be written before it, and deleted after it: an association's dependent: 'destroy' does that.";

export class RecordNotUnique extends ConstraintViolation {
  readonly code = 'AR_NOT_UNIQUE';
}
export class InvalidForeignKey extends ConstraintViolation {
  readonly code = 'AR_FOREIGN_KEY';

  constructor(what: string, facts: StatementFacts) {
    super(what, { ...facts, hint: facts.hint ?? howToMend });
  }
}
export class NotNullViolation extends ConstraintViolation {
  readonly code = 'AR_NOT_NULL';
}
export class CheckViolation extends ConstraintViolation {
  readonly code = 'AR_CHECK';
}
export class ValueTooLong extends ConstraintViolation {
  readonly code = 'AR_VALUE_TOO_LONG';
}
export class ValueOutOfRange extends ConstraintViolation {
  readonly code = 'AR_VALUE_OUT_OF_RANGE';
}

/** A concurrent transaction got in the way. */
export abstract class ConcurrencyError extends StatementError {}

export class Deadlocked extends ConcurrencyError {
  readonly code = 'AR_DEADLOCK';
}
export class LockTimeout extends ConcurrencyError {
  readonly code = 'AR_LOCK_TIMEOUT';
}
export class SerializationFailure extends ConcurrencyError {
  readonly code = 'AR_SERIALIZATION';
}
