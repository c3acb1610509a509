import type { ForeignKeySpec, TableSpec } from '../sql/ddl/spec.ts';

export interface TableOrder {
  /** Each table behind those that it refers to. */
  readonly ordered: readonly TableSpec[];
  /** Foreign keys of circles: the table that they refer to comes later. */
  readonly late: readonly ForeignKeySpec[];
}

/** Tables in the order of their foreign keys; among equals in the order given, so that the same models give the same SQL. */
export function orderTables(tables: readonly TableSpec[]): TableOrder {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const placed = new Set<string>();
  const underWay = new Set<string>();
  const ordered: TableSpec[] = [];
  const late: ForeignKeySpec[] = [];

  const place = (table: TableSpec): void => {
    if (placed.has(table.name) || underWay.has(table.name)) return;
    underWay.add(table.name);
    for (const key of table.foreignKeys) {
      const target = byName.get(key.toTable);
      // A table may refer to itself: it exists by the time that its keys are checked.
      if (target === undefined || target === table) continue;
      if (underWay.has(target.name)) late.push(key);
      else place(target);
    }
    underWay.delete(table.name);
    placed.add(table.name);
    ordered.push(table);
  };

  for (const table of tables) place(table);
  return { ordered, late };
}
