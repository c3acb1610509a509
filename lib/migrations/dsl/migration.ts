import type { Row } from '../../adapters/contract.ts';
import { type Sql, sql } from '../../sql/template.ts';
import { columnNameOf } from '../../support/naming.ts';
import { type DataFunction, type DataOptions, dataOperation } from '../data-steps.ts';
import type { Queued } from '../queue.ts';
import { columnExists, constraintExists, foreignKeyExists, indexExists, tableExists } from '../steps/catalogue.ts';
import { type ForeignKeyOptions, foreignKeySpec } from './arguments.ts';
import { FlowMigration } from './flow-migration.ts';
import { type IndexColumns, indexTarget } from './index-arguments.ts';
import { workingsOf } from './migration-core.ts';
import { checkArguments } from './signatures.ts';

/**
 * A step of the schema's history, the default export of a file `migrations/YYYYMMDDHHMMSS_name.ts`. Write `change()`,
 * which is undone by itself, or `up()` and `down()`.
 *
 * Operations are queued and carried out in order; none has to be awaited. Await one where what follows needs its effect
 * outside of this class, such as a model that reads a new column. Columns are named as attributes (`authorId`) and
 * written as columns (`author_id`), unless the class says `static naming = 'preserve'`. What an operation does not take is
 * refused before anything is made of it: MigrationInvalid (`AR_MIGRATION_INVALID`).
 *
 * ```ts
 * export default class CreateUsers extends Migration {
 *   change() {
 *     this.createTable('users', { id: column.id(), name: column.string(), ...column.timestamps() });
 *     this.addIndex('users', ['name']);
 *   }
 * }
 * // CREATE TABLE `users` (`id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, `name` VARCHAR(255) NOT NULL, …)
 * // CREATE INDEX `index_users_on_name` ON `users` (`name`)
 * ```
 */
export abstract class Migration extends FlowMigration {
  /**
   * Runs a statement of your own, as sql`…` or as text: `this.execute('UPDATE users SET age = 0')`.
   *
   * ```ts
   * this.execute('CREATE TRIGGER audit …', 'DROP TRIGGER audit');
   * ```
   * @param undo - the statement that undoes it; without, it cannot be undone
   */
  execute(statement: Sql | string, undo?: Sql | string): Queued {
    checkArguments('execute', statement, undo);
    return workingsOf(this).push({
      kind: 'execute',
      statement: statementOf(statement),
      undo: undo === undefined ? undefined : statementOf(undo),
    });
  }

  /**
   * Changes data in batches, after all operations so far. The function is called again and again, each time in a
   * transaction of its own, until it says that nothing is left: it gives back how many rows it did. What a batch has done
   * is written down with it, so that a run that was cut off goes on behind the last batch. It cannot be undone.
   *
   * ```ts
   * this.data(async () => {
   *   const posts = await Post.where({ slug: null }).limit(1000);
   *   for (const post of posts) await post.update({ slug: slugOf(post.title) });
   *   return posts.length;
   * }, { throttle: 50 });
   * ```
   * @param run - is given `{ batch, rows, at }`; gives back a number of rows, `{ rows, at }`, or nothing to be called once
   * @param options - `throttle`: milliseconds to rest between two batches
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for what is no function
   */
  data(run: DataFunction, options: DataOptions = {}): Queued {
    checkArguments('data', run, options);
    return workingsOf(this).push(dataOperation(run, options));
  }

  /** The rows of a query of your own: ``await this.query(sql`SELECT id FROM users`)``. Only in `up()` and `down()`. */
  query(statement: Sql | string): Promise<Row[]> {
    checkArguments('query', statement);
    const asked = statementOf(statement);
    return workingsOf(this).queue.ask('query', (connection) => connection.query(asked));
  }

  /** Whether there is such a table or view, after all operations so far. Only in `up()` and `down()`. */
  tableExists(table: string): Promise<boolean> {
    checkArguments('tableExists', table);
    return workingsOf(this).queue.askWhether('tableExists', (connection) => tableExists(connection, table));
  }

  /** Whether the table has such a column, after all operations so far. Only in `up()` and `down()`. */
  columnExists(table: string, name: string): Promise<boolean> {
    checkArguments('columnExists', table, name);
    const { queue, naming } = workingsOf(this);
    return queue.askWhether('columnExists', (connection) =>
      columnExists(connection, table, columnNameOf(name, naming)),
    );
  }

  /** Whether the table has an index over just these columns, or of that name. Only in `up()` and `down()`. */
  indexExists(table: string, columns: IndexColumns | { readonly name: string }): Promise<boolean> {
    checkArguments('indexExists', table, columns);
    const { queue, naming } = workingsOf(this);
    const target = indexTarget(columns, naming);
    return queue.askWhether('indexExists', (connection) => indexExists(connection, table, target));
  }

  /** Whether the table has a foreign key to that table, or of that name. Only in `up()` and `down()`. */
  foreignKeyExists(
    table: string,
    toTable: string | { readonly name: string },
    options: ForeignKeyOptions = {},
  ): Promise<boolean> {
    checkArguments('foreignKeyExists', table, toTable, options);
    const { queue, naming } = workingsOf(this);
    const target =
      typeof toTable === 'object'
        ? { name: toTable.name, columns: undefined }
        : { name: options.name, columns: foreignKeySpec(table, toTable, options, naming).columns };
    return queue.askWhether('foreignKeyExists', (connection) => foreignKeyExists(connection, table, target));
  }

  /** Whether the table has a check, unique or exclusion constraint of that name. Only in `up()` and `down()`. */
  constraintExists(table: string, name: string): Promise<boolean> {
    checkArguments('constraintExists', table, name);
    return workingsOf(this).queue.askWhether('constraintExists', (connection) =>
      constraintExists(connection, table, name),
    );
  }
}

const statementOf = (statement: Sql | string): Sql =>
  typeof statement === 'string' ? sql.unsafe(statement) : statement;
