import type { Row } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import type { AttributeSet } from '../record/attribute.ts';
import type { ModelStatements } from '../record/statements.ts';

/** What a relation knows of its model: enough to ask for rows and to make records of them, and nothing more. */
export interface Source<R = unknown> {
  readonly modelName: string;
  /** undefined until the columns of a model without a definition have been read from the database. */
  readonly attributes: AttributeSet | undefined;
  /** The same as `ready`, where nothing has to be waited for. */
  readonly known: ReadySource | undefined;
  /** The connection, open, with the attributes there. */
  ready(): ReadySource | Promise<ReadySource>;
  /** The record of a row. */
  instantiate(row: Row): R;
  /** A new record, not saved. */
  initialize(attributes: object): R;
  save(record: R): Promise<void>;
  destroy(record: R): Promise<void>;
}

/** A source whose database and columns are known. */
export interface ReadySource {
  readonly connection: Connection;
  readonly attributes: AttributeSet;
  readonly statements: ModelStatements;
}
