import { ActiveRecordError, type ErrorDetails } from './base.ts';

export abstract class MigrationError extends ActiveRecordError {}

/** A migration stopped with an error; `cause` is that error. */
export class MigrationFailed extends MigrationError {
  readonly code = 'AR_MIGRATION_FAILED';
  readonly migration: string;

  constructor(what: string, details: ErrorDetails & { readonly migration: string }) {
    super(what, details);
    this.migration = details.migration;
  }
}

/** The file is named, exported or written in a way that cannot run. */
export class MigrationInvalid extends MigrationError {
  readonly code = 'AR_MIGRATION_INVALID';
}

/** The migration cannot be undone. */
export class IrreversibleMigration extends MigrationError {
  readonly code = 'AR_MIGRATION_IRREVERSIBLE';
}

/** The database has run a migration whose file is gone. */
export class MigrationMissing extends MigrationError {
  readonly code = 'AR_MIGRATION_MISSING';
}

/** A statement may or may not have been carried out, and the database cannot tell: `--assume done` or `not-done` does. */
export class MigrationInDoubt extends MigrationError {
  readonly code = 'AR_MIGRATION_IN_DOUBT';
}

/** A migration that stopped half way cannot be gone on with as things are. */
export class MigrationUnfinished extends MigrationError {
  readonly code = 'AR_MIGRATION_UNFINISHED';
}

/** Another migrator holds the lock. */
export class MigrationLocked extends MigrationError {
  readonly code = 'AR_MIGRATION_LOCKED';
}

/** The database has not run every migration; `migrations` are the names of those left, `unfinished` those among them that stopped half way. */
export class PendingMigrations extends MigrationError {
  readonly code = 'AR_MIGRATION_PENDING';
  readonly migrations: readonly string[];
  readonly unfinished: readonly string[];

  constructor(what: string, details: ErrorDetails & Pick<PendingMigrations, 'migrations' | 'unfinished'>) {
    super(what, details);
    this.migrations = details.migrations;
    this.unfinished = details.unfinished;
  }
}

/** A database was to be dropped that may be the one in use, or without anybody having agreed. */
export class DropRefused extends MigrationError {
  readonly code = 'AR_DROP_REFUSED';
}

/** The command was given arguments that it does not understand, or would overwrite a file. */
export class CommandInvalid extends ActiveRecordError {
  readonly code = 'AR_COMMAND_INVALID';
}
