import { isDeepStrictEqual } from 'node:util';
import { InvalidDefinition } from '../../errors/definition.ts';
import type { AnyColumn } from '../../schema/column.ts';
import { checkedNaming } from '../../schema/naming.ts';
import { columnName, type TableColumns, tableSpec } from '../../schema/table-spec.ts';
import type { TableSpec } from '../../sql/ddl/spec.ts';
import { type StorageType, storageOf } from '../../types/column-type.ts';
import type { ModelClass } from '../model-class.ts';
import { type Family, familyOf, requireConcrete } from './family.ts';

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
  /** Its name among the columns of the table. */
  readonly key: string;
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
        requireSame(name, first, model, column);
        // Each class writes its own; what leaves the column out is of neither.
        if (first.model !== root && !isDeepStrictEqual(constantDefault(column), constantDefault(first.column)))
          columns[first.key] = (columns[first.key] ?? column).default(null);
        continue;
      }
      // Two classes may call different columns the same.
      const key = model !== root && Object.hasOwn(columns, attribute) ? `${attribute} of ${model.name}` : attribute;
      declared.set(name, { model, column, key });
      if (model === root) continue;
      if (column.definition.primaryKey) {
        throw new InvalidDefinition(
          `${model.name}.${attribute} is a primary key, but the table is that of ${root.name}.`,
          {
            hint: `Declare the key in ${root.name}.`,
          },
        );
      }
      columns[key] = column.nullable().column(name);
    }
  }
  return columns;
}

function constantDefault({ definition }: AnyColumn): unknown {
  return typeof definition.default === 'function' ? undefined : definition.default;
}

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) where two classes want one column to be of two types */
function requireSame(name: string, first: Declared, model: ModelClass, column: AnyColumn): void {
  const [one, other] = [first.column, column].map(({ definition }) => traitsOf(storageOf(definition.type)));
  if (isDeepStrictEqual(one, other)) return;
  throw new InvalidDefinition(
    `${first.model.name} and ${model.name} share a table, and declare its column "${name}" with different types: ${described(one, other)} and ${described(other, one)}.`,
    { hint: "Give one of them another column: .column('…')." },
  );
}

type Traits = readonly (readonly [name: string, value: unknown])[];

/** What the database is told of a type: lengths, digits, words. */
function traitsOf(type: StorageType): Traits {
  return Object.entries(type).filter(
    ([name, value]) => typeof value !== 'function' && value !== undefined && !inProgram.has(name),
  );
}

const inProgram = new Set(['plain', 'mutable']);

/** `decimal`; and where the other is one too, `decimal (precision 8, scale 2)`. */
function described(traits: Traits = [], other: Traits = []): string {
  const [kind, otherKind] = [traits, other].map((each) => String(new Map(each).get('kind')));
  const rest = traits.filter(([name]) => name !== 'kind').map(([name, value]) => `${name} ${String(value)}`);
  return kind !== otherKind || rest.length === 0 ? String(kind) : `${kind} (${rest.join(', ')})`;
}
