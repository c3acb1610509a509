import { InvalidDefinition } from '../errors/definition.ts';
import type { AnyColumn } from '../schema/column.ts';
import { checkedNaming } from '../schema/naming.ts';
import { columnName, type TableColumns, tableSpec } from '../schema/table-spec.ts';
import type { TableSpec } from '../sql/ddl/spec.ts';
import { storageOf } from '../types/column-type.ts';
import { type Family, familyOf, requireConcrete } from './inheritance.ts';
import type { ModelClass } from './model-class.ts';

/** The table as a model describes it; where classes share it, as all that are known describe it together. */
export function modelTable(model: ModelClass): TableSpec {
  requireConcrete(model);
  const { tableName, naming, name } = model;
  const family = familyOf(model);
  const columns = family === undefined ? model.definition : familyColumns(family);
  if (columns !== undefined) return tableSpec(tableName, columns, { naming: checkedNaming(naming, name) });
  throw new InvalidDefinition(`${name} declares no columns, so its table cannot be made.`, {
    hint: 'Declare them with BaseModel.with({ … }), or write a migration.',
  });
}

interface Declared {
  readonly model: ModelClass;
  readonly column: AnyColumn;
}

/** What one class has beside the root's columns has no value in the rows of the others. */
function familyColumns(family: Family): TableColumns | undefined {
  const { root } = family;
  if (root.definition === undefined) return undefined;
  const naming = checkedNaming(root.naming, root.name);
  const columns: Record<string, AnyColumn> = { ...root.definition };
  const declared = new Map<string, Declared>();
  for (const model of family.members) {
    for (const [attribute, column] of Object.entries(model.definition ?? {})) {
      const name = columnName(attribute, column, naming);
      const first = declared.get(name);
      if (first !== undefined) {
        requireSame(name, first, { model, column });
        continue;
      }
      declared.set(name, { model, column });
      if (model === root) continue;
      if (column.definition.primaryKey) {
        throw new InvalidDefinition(
          `${model.name}.${attribute} is a primary key, but the table is that of ${root.name}.`,
          {
            hint: `Declare the key in ${root.name}.`,
          },
        );
      }
      // Two classes may call different columns the same.
      columns[Object.hasOwn(columns, attribute) ? `${attribute} of ${model.name}` : attribute] = column
        .nullable()
        .column(name);
    }
  }
  return columns;
}

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where two classes want one column to be of two types */
function requireSame(name: string, first: Declared, second: Declared): void {
  const [one, other] = [first, second].map(({ column }) => storageOf(column.definition.type).kind);
  if (one === other) return;
  throw new InvalidDefinition(
    `${first.model.name} and ${second.model.name} share a table, and declare its column "${name}" with different types: ${one} and ${other}.`,
    { hint: "Give one of them another column: .column('…')." },
  );
}
