import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import type { DdlOperation, ForeignKeySpec } from '../sql/ddl/spec.ts';
import { foreignKeysOf, indexesOf, requireForeignKey, requireIndex, sameNames, tableExists } from './catalogue.ts';
import type {
  MigrationOperation,
  RemoveColumnOperation,
  RemoveForeignKeyOperation,
  RemoveIndexOperation,
} from './operations.ts';
import type { Executor } from './queue.ts';

/** Carries out the operations of migrations, so that each means the same on every database. */
export class DatabaseExecutor implements Executor {
  readonly connection: Connection;
  readonly partial: string[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
  }

  async #ddl(operation: DdlOperation): Promise<void> {
    await this.connection.applyDdl(operation);
    this.partial.push(operation.kind);
  }

  async apply(operation: MigrationOperation): Promise<void> {
    this.partial.length = 0;
    switch (operation.kind) {
      case 'createTable':
        for (const key of operation.table.foreignKeys) await this.#requireTarget(key);
        return this.#ddl(operation);
      case 'dropTable':
        return this.#ddl({ kind: 'dropTable', table: operation.table, ifExists: operation.ifExists });
      case 'addColumn': {
        const { column, indexes, foreignKeys } = operation.parts;
        await this.#ddl({ kind: 'addColumn', table: operation.table, column });
        for (const index of indexes) await this.#ddl({ kind: 'addIndex', index });
        for (const key of foreignKeys) await this.#addForeignKey(key);
        return;
      }
      case 'removeColumn':
        return this.#removeColumn(operation);
      case 'changeColumn':
        return this.#ddl({ kind: 'changeColumn', table: operation.table, column: operation.column });
      case 'removeIndex':
        return this.#removeIndex(operation);
      case 'addForeignKey':
        return this.#addForeignKey(operation.foreignKey);
      case 'removeForeignKey':
        return this.#removeForeignKey(operation);
      case 'execute':
        await this.connection.execute(operation.statement);
        return;
      default:
        return this.#ddl(operation);
    }
  }

  /** With the column's own indexes and keys: some databases drop them along, others refuse while they are there. */
  async #removeColumn({ table, column }: RemoveColumnOperation): Promise<void> {
    const keys = (await foreignKeysOf(this.connection, table)).filter(({ columns }) => columns.includes(column));
    const indexes = (await indexesOf(this.connection, table)).filter(
      ({ columns, primary }) => !primary && columns.includes(column),
    );
    for (const { name, columns } of [...keys, ...indexes]) {
      if (columns.length === 1) continue;
      throw new MigrationInvalid(`The column "${table}.${column}" is a part of "${name}" (${columns.join(', ')}).`, {
        hint: 'Remove that first, with removeIndex or removeForeignKey, so that it can be made again when this is undone.',
      });
    }
    for (const { name } of keys) await this.#ddl({ kind: 'removeForeignKey', table, name });
    for (const { name } of indexes) await this.#ddl({ kind: 'removeIndex', table, name });
    await this.#ddl({ kind: 'removeColumn', table, column });
  }

  async #removeIndex(operation: RemoveIndexOperation): Promise<void> {
    const { table } = operation;
    const name = await requireIndex(this.connection, table, operation);
    await this.#ddl({ kind: 'removeIndex', table, name });
  }

  /**
   * A foreign key has an index that begins with its columns: MySQL asks for one, and elsewhere every DELETE of a parent
   * would read the whole table. Where none does, it gets one of the key's own name, which is gone with the key.
   */
  async #addForeignKey(foreignKey: ForeignKeySpec): Promise<void> {
    const { table, columns, name } = foreignKey;
    await this.#requireTarget(foreignKey);
    const existing = await indexesOf(this.connection, table);
    if (!existing.some((index) => sameNames(index.columns.slice(0, columns.length), columns))) {
      await this.#ddl({ kind: 'addIndex', index: { name, table, columns, unique: false } });
    }
    await this.#ddl({ kind: 'addForeignKey', foreignKey });
  }

  /** SQLite would take a key to nowhere, and MySQL says no more than "errno: 150". */
  async #requireTarget({ name, table, toTable }: ForeignKeySpec): Promise<void> {
    if (toTable === table || (await tableExists(this.connection, toTable))) return;
    throw new MigrationInvalid(`The table "${toTable}" that the foreign key ${name} points to does not exist.`, {
      hint: 'Create it first. Where two tables point to each other, add one of the keys afterwards with addForeignKey.',
    });
  }

  async #removeForeignKey(operation: RemoveForeignKeyOperation): Promise<void> {
    const { table } = operation;
    const name = await requireForeignKey(this.connection, table, operation);
    await this.#ddl({ kind: 'removeForeignKey', table, name });
    const indexes = await indexesOf(this.connection, table);
    if (indexes.some((index) => index.name === name)) await this.#ddl({ kind: 'removeIndex', table, name });
  }
}
