export type { ConnectionOptions } from './connection/config.ts';
export { defineConfig, type ProjectConfig } from './connection/config-file.ts';
export type { Connection } from './connection/connection.ts';
export type { ConnectionEvent, StatementEvent } from './connection/events.ts';
export type { LoggedStatement, LogSetting } from './connection/log.ts';
export {
  afterCommit,
  type ConnectOptions,
  connect,
  connections,
  disconnect,
  transaction,
  withoutTransaction,
} from './connection/registry.ts';
export type { TransactionOptions } from './connection/transaction.ts';
export { ActiveRecordError } from './errors/base.ts';
export type { ErrorCode } from './errors/codes.ts';
export * from './errors/connection.ts';
export * from './errors/definition.ts';
export * from './errors/migration.ts';
export * from './errors/query.ts';
export * from './errors/record.ts';
export * from './errors/statement.ts';
export * from './errors/transaction.ts';
export type {
  AddReferenceOptions,
  ForeignKeyOptions,
  IndexOptions,
  TimestampsOptions,
} from './migrations/arguments.ts';
export { type CreateTableOptions, type DropTableOptions, Migration } from './migrations/migration.ts';
export type { MigrationStatus } from './migrations/plan.ts';
export {
  type MigrationDirection,
  type MigrationEvent,
  type MigratorOptions,
  migrate,
  migrationStatus,
  rollback,
} from './migrations/runner.ts';
export { BaseModel } from './model/base-model.ts';
export { RecordErrors, type RecordProblem } from './record/errors.ts';
export { between, gt, gte, like, lt, lte, not, type Operator } from './relation/operators.ts';
export type { Query, Relation } from './relation/query.ts';
export { column } from './schema/builders.ts';
export type { Column } from './schema/column.ts';
export { createAll, dropAll, type SchemaModel } from './schema/create-all.ts';
export type { TableColumns } from './schema/table-spec.ts';
export { type Sql, sql } from './sql/template.ts';
export type { CustomConversion } from './types/custom.ts';
