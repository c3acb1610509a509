export type { StatementEvent } from '../connection/events.ts';
export { QueryCountMismatch } from '../errors/testing.ts';
export { assertQueries, type ExpectedQueries } from './assert-queries.ts';
export { equalRecords } from './equal-records.ts';
export {
  type Factory,
  type FactoryAttributes,
  type FactoryDefinition,
  factory,
  type ManyOverrides,
} from './factory.ts';
export {
  type DatabaseOfSuite,
  type DatabaseUrls,
  type OnEachDatabaseOptions,
  onEachDatabase,
  type SuiteHooks,
} from './on-each-database.ts';
export { type RecordedQueries, type RecordQueriesOptions, recordQueries } from './record-queries.ts';
export { type RecordedDatabase, type RecordingConnection, recordingConnection } from './recording-connection.ts';
export type { Answer, RecordedStatement } from './recording-driver.ts';
export {
  inTestTransaction,
  type TestHooks,
  type TestTransactionOptions,
  transactionPerTest,
} from './transaction-per-test.ts';
