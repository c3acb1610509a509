export type { QueryLimits } from './adapters/contract.ts';
export {
  belongsTo,
  delegatedType,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  polymorphic,
} from './associations/builders.ts';
export type { Collection } from './associations/collection-types.ts';
export type { Reference } from './associations/reference-types.ts';
export type { AdvisoryLockOptions } from './connection/advisory-lock.ts';
export type { ConnectionOptions } from './connection/config.ts';
export { defineConfig, type ProjectConfig } from './connection/config-file.ts';
export type { Connection } from './connection/connection.ts';
export type { ConnectionEvent, StatementEvent } from './connection/events.ts';
export type { LoggedStatement, LogSetting } from './connection/log.ts';
export {
  afterCommit,
  afterRollback,
  type ConnectOptions,
  connect,
  connections,
  disconnect,
  withoutTransaction,
} from './connection/registry.ts';
export { type ConnectionTransactionOptions, transaction } from './connection/transaction-connection.ts';
export type { RetryOptions, TransactionOptions } from './connection/transaction-options.ts';
export * from './errors/association.ts';
export * from './errors/attributes.ts';
export { ActiveRecordError } from './errors/base.ts';
export * from './errors/callback.ts';
export type { ErrorCode } from './errors/codes.ts';
export * from './errors/connection.ts';
export * from './errors/definition.ts';
export * from './errors/limits.ts';
export * from './errors/migration.ts';
export * from './errors/query.ts';
export * from './errors/record.ts';
export * from './errors/secrets.ts';
export * from './errors/session.ts';
export * from './errors/statement.ts';
export * from './errors/testing.ts';
export * from './errors/transaction.ts';
export type { DataBatch, DataFunction, DataMark, DataOptions, DataResult } from './migrations/data-steps.ts';
export type { AddReferenceOptions, ForeignKeyOptions, TimestampsOptions } from './migrations/dsl/arguments.ts';
export type { MigrationChange } from './migrations/dsl/column-migration.ts';
export type {
  CheckOptions,
  ExclusionOptions,
  ExclusionPart,
  UniqueConstraintOptions,
} from './migrations/dsl/constraint-arguments.ts';
export type { MigrationClass } from './migrations/dsl/flow-migration.ts';
export type { IndexColumn, IndexColumns, IndexOptions, OnlineOptions } from './migrations/dsl/index-arguments.ts';
export { Migration } from './migrations/dsl/migration.ts';
export type { DropViewOptions, ViewOptions } from './migrations/dsl/object-migration.ts';
export type { TableChanges } from './migrations/dsl/table-changes.ts';
export type {
  CreateTableOptions,
  DropTableOptions,
  JoinTableOptions,
  TableOptions,
} from './migrations/dsl/table-migration.ts';
export { abortIfPending } from './migrations/pending.ts';
export type { MigrationStatus } from './migrations/plan.ts';
export { type DryRunOptions, dryRun, type PlannedMigration } from './migrations/rehearsal/dry-run.ts';
export {
  type Assumption,
  type MigrateOptions,
  type MigrationDirection,
  type MigrationEvent,
  type MigratorOptions,
  migrate,
  migrationStatus,
  redo,
  rollback,
} from './migrations/runner.ts';
export { type StampOptions, stamp } from './migrations/stamp.ts';
export type { MigrationTarget, RollbackTarget } from './migrations/targets.ts';
export { BaseModel } from './model/base-model.ts';
export type { CallbackOptions } from './model/callbacks/callback-members.ts';
export { type RestoreOptions, SoftDelete } from './model/concerns/soft-delete.ts';
export type { Defaults } from './model/defaults-types.ts';
export type { Subclasses } from './model/inheritance/family.ts';
export type { RecordLockOptions, WithLockOptions } from './model/locking/lock-record.ts';
export type { PermitList, PermitOptions, Permitted } from './model/permitting/types.ts';
export type { TouchOption } from './model/record-methods.ts';
export type { SaveOptions } from './model/saving/save-options.ts';
export type { TokenPurpose, TokenRule, Tokens } from './model/secrets/purposes.ts';
export type { ReencryptOptions, ReencryptResult } from './model/secrets/reencrypt.ts';
export type { Credentials, SignedIdOptions, SignedIdPurpose } from './model/secrets/secret-members.ts';
export { seed } from './model/seed.ts';
export { serialize } from './model/serialization/serialize.ts';
export type { JsonOptions } from './model/serialization/types.ts';
export type { CustomRule, ProblemFacts, UniquenessOptions, Validations } from './model/validation/types.ts';
export type { Association } from './record/association.ts';
export type { Proceed } from './record/callbacks/callback.ts';
export type { AroundEvent, CallbackEvent, RecordAction } from './record/callbacks/events.ts';
export { halt } from './record/callbacks/halt.ts';
export { RecordErrors, type RecordProblem } from './record/errors.ts';
export type { MessageTable, ProblemDetails } from './record/messages.ts';
export { type Untrusted, untrusted } from './record/untrusted.ts';
export type { StandardSchema } from './record/validation/standard-schema.ts';
export type { LoadedCollection, LoadedReference } from './relation/association-types.ts';
export type { BatchOptions, BatchProgress, CursorOptions, EachOptions, QueryBatch } from './relation/batch-options.ts';
export type { CursorPage } from './relation/cursor-pages.ts';
export type { InsertResult } from './relation/insert-result.ts';
export {
  anyOf,
  between,
  contains,
  endsWith,
  gt,
  gte,
  like,
  lt,
  lte,
  not,
  notBetween,
  notLike,
  type Operator,
  startsWith,
} from './relation/operators.ts';
export type { Page, PageOptions } from './relation/pages.ts';
export type { Query, Relation } from './relation/query.ts';
export type { CursorPageOptions } from './relation/query-batches.ts';
export type { Grouped } from './relation/query-grouped.ts';
export type { CounterOptions, Counters, UpsertOptions } from './relation/query-writing.ts';
export { column } from './schema/builders.ts';
export type { Column } from './schema/column.ts';
export { createAll, dropAll, type SchemaModel } from './schema/create-all.ts';
export type { EncryptedOptions } from './schema/encrypted-column.ts';
export type { SecurePassword } from './schema/secure-password.ts';
export type { Store } from './schema/store.ts';
export type { TableColumns } from './schema/table-spec.ts';
export type { VirtualColumn } from './schema/virtual-column.ts';
export type { PasswordCost } from './secrets/password.ts';
export { configureSecrets, type SecretKeys, type SecretsOptions } from './secrets/registry.ts';
export type { Passphrase, SecretKeyInput } from './secrets/secret-key.ts';
export { Session, type SessionOptions } from './session/session.ts';
export type { SessionQuery } from './session/session-query.ts';
export type { IsolationLevel } from './sql/dialect.ts';
export { type Sql, sql } from './sql/template.ts';
export type { CustomConversion } from './types/custom.ts';
