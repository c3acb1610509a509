import type { Row } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { column } from '../schema/builders.ts';
import { tableSpec } from '../schema/table-spec.ts';
import { bindNode, columnNode } from '../sql/nodes.ts';
import { datetimeType } from '../types/temporal.ts';
import { longTextType } from '../types/text.ts';
import type { MigrationName } from './files/file-name.ts';
import { columnExists, tableExists } from './steps/catalogue.ts';

/** The table in which a database remembers the migrations that it has run. */
export const ledgerTable = 'ar_migrations';

export interface LedgerEntry {
  readonly version: string;
  readonly name: string;
  readonly appliedAt: Date;
  /** Of the file as it was run; undefined where an earlier version of this library ran it. */
  readonly hash?: string | undefined;
}

const spec = tableSpec(ledgerTable, {
  version: column.string(14).primaryKey(),
  name: column.string(),
  appliedAt: column.datetime(),
  hash: column.string(64).nullable(),
});
const hashColumn = 'hash';
const momentType = datetimeType(3);

/** The migrations that a database has run. */
export class Ledger {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes the table, where the database has run no migration yet. */
  async prepare(): Promise<void> {
    if (!(await tableExists(this.#connection, ledgerTable))) {
      await this.#connection.applyDdl({ kind: 'createTable', table: spec, ifNotExists: true });
      return;
    }
    const added = spec.columns.find(({ name }) => name === hashColumn);
    if (added === undefined || (await columnExists(this.#connection, ledgerTable, hashColumn))) return;
    await this.#connection.applyDdl({ kind: 'addColumn', table: ledgerTable, column: added });
  }

  /** In the order in which they were run. Empty, and nothing is made, where there is no ledger. */
  async entries(): Promise<LedgerEntry[]> {
    if (!(await tableExists(this.#connection, ledgerTable))) return [];
    const isKept = await columnExists(this.#connection, ledgerTable, hashColumn);
    const names = spec.columns.map(({ name }) => name).filter((name) => isKept || name !== hashColumn);
    const { rows } = await this.#connection.run({
      kind: 'select',
      distinct: false,
      columns: names.map((name) => ({ expression: columnNode(name), alias: undefined })),
      from: { table: ledgerTable },
      where: undefined,
      order: ['applied_at', 'version'].map((name) => ({ expression: columnNode(name), direction: 'asc' as const })),
      limit: undefined,
      offset: undefined,
    });
    return rows.map(entryOf);
  }

  /** @param hash - of the file */
  async add({ version, name }: MigrationName, appliedAt: Date, hash: string): Promise<void> {
    await this.#connection.run({
      kind: 'insert',
      table: ledgerTable,
      columns: ['version', 'name', 'applied_at', hashColumn],
      rows: [[version, name, momentType.serialize(appliedAt, this.#connection.dialect), hash]],
      sensitive: [],
      returning: [],
    });
  }

  /** Takes a file as it is now for what was run. */
  async accept(version: string, hash: string): Promise<void> {
    const operands = { left: columnNode('version'), right: bindNode(version, longTextType) };
    await this.#connection.run({
      kind: 'update',
      table: ledgerTable,
      set: [{ column: hashColumn, value: bindNode(hash, longTextType) }],
      where: { kind: 'comparison', operator: '=', ...operands },
    });
  }

  async remove(version: string): Promise<void> {
    const operands = { left: columnNode('version'), right: bindNode(version, longTextType) };
    await this.#connection.run({
      kind: 'delete',
      table: ledgerTable,
      where: { kind: 'comparison', operator: '=', ...operands },
    });
  }
}

function entryOf(row: Row): LedgerEntry {
  return {
    version: longTextType.deserialize(row.version ?? ''),
    name: longTextType.deserialize(row.name ?? ''),
    appliedAt: momentType.deserialize(row.applied_at ?? ''),
    hash: typeof row.hash === 'string' ? row.hash : undefined,
  };
}
