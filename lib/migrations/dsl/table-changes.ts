import type { ConstraintMigration } from './constraint-migration.ts';

type Rest<T> = T extends (table: string, ...rest: infer R) => unknown ? R : never;
type Arguments<K extends keyof ConstraintMigration> = Rest<ConstraintMigration[K]>;

/** The changes of one table, as `changeTable` takes them: each is the operation of that name, without the table. */
export class TableChanges {
  readonly #migration: ConstraintMigration;
  readonly #table: string;

  /** @internal */
  constructor(migration: ConstraintMigration, table: string) {
    this.#migration = migration;
    this.#table = table;
  }

  addColumn(...rest: Arguments<'addColumn'>): void {
    this.#migration.addColumn(this.#table, ...rest);
  }

  removeColumn(...rest: Arguments<'removeColumn'>): void {
    this.#migration.removeColumn(this.#table, ...rest);
  }

  removeColumns(...rest: Arguments<'removeColumns'>): void {
    this.#migration.removeColumns(this.#table, ...rest);
  }

  renameColumn(...rest: Arguments<'renameColumn'>): void {
    this.#migration.renameColumn(this.#table, ...rest);
  }

  changeColumn(...rest: Arguments<'changeColumn'>): void {
    this.#migration.changeColumn(this.#table, ...rest);
  }

  changeColumnDefault(...rest: Arguments<'changeColumnDefault'>): void {
    this.#migration.changeColumnDefault(this.#table, ...rest);
  }

  changeColumnNull(...rest: Arguments<'changeColumnNull'>): void {
    this.#migration.changeColumnNull(this.#table, ...rest);
  }

  changeColumnComment(...rest: Arguments<'changeColumnComment'>): void {
    this.#migration.changeColumnComment(this.#table, ...rest);
  }

  addReference(...rest: Arguments<'addReference'>): void {
    this.#migration.addReference(this.#table, ...rest);
  }

  removeReference(...rest: Arguments<'removeReference'>): void {
    this.#migration.removeReference(this.#table, ...rest);
  }

  addTimestamps(...rest: Arguments<'addTimestamps'>): void {
    this.#migration.addTimestamps(this.#table, ...rest);
  }

  removeTimestamps(...rest: Arguments<'removeTimestamps'>): void {
    this.#migration.removeTimestamps(this.#table, ...rest);
  }

  addIndex(...rest: Arguments<'addIndex'>): void {
    this.#migration.addIndex(this.#table, ...rest);
  }

  removeIndex(...rest: Arguments<'removeIndex'>): void {
    this.#migration.removeIndex(this.#table, ...rest);
  }

  renameIndex(...rest: Arguments<'renameIndex'>): void {
    this.#migration.renameIndex(this.#table, ...rest);
  }

  enableIndex(...rest: Arguments<'enableIndex'>): void {
    this.#migration.enableIndex(this.#table, ...rest);
  }

  disableIndex(...rest: Arguments<'disableIndex'>): void {
    this.#migration.disableIndex(this.#table, ...rest);
  }

  addForeignKey(...rest: Arguments<'addForeignKey'>): void {
    this.#migration.addForeignKey(this.#table, ...rest);
  }

  removeForeignKey(...rest: Arguments<'removeForeignKey'>): void {
    this.#migration.removeForeignKey(this.#table, ...rest);
  }

  addCheckConstraint(...rest: Arguments<'addCheckConstraint'>): void {
    this.#migration.addCheckConstraint(this.#table, ...rest);
  }

  removeCheckConstraint(...rest: Arguments<'removeCheckConstraint'>): void {
    this.#migration.removeCheckConstraint(this.#table, ...rest);
  }

  addUniqueConstraint(...rest: Arguments<'addUniqueConstraint'>): void {
    this.#migration.addUniqueConstraint(this.#table, ...rest);
  }

  removeUniqueConstraint(...rest: Arguments<'removeUniqueConstraint'>): void {
    this.#migration.removeUniqueConstraint(this.#table, ...rest);
  }
}
