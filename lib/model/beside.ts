import { InvalidDefinition } from '../errors/definition.ts';
import type { Attribute, Beside, StoreKey } from '../record/attribute.ts';
import { Column } from '../schema/column.ts';
import { didYouMean } from '../support/suggest.ts';
import { valueTypeOf } from '../types/column-type.ts';
import { aliasesKey, besideKey, type ModelClass } from './model-class.ts';

/**
 * What a model declares besides columns, worked out once its columns are known.
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a store of what is no JSON attribute
 */
export function besideOf(model: ModelClass, columns: readonly Attribute[]): Beside | undefined {
  const declared = model[besideKey];
  if (declared === undefined) return undefined;
  const virtual = Object.entries(declared.virtual).map(([name, { definition }]): Attribute => {
    return {
      name,
      label: `${model.name}.${name}`,
      // Beside the columns of the row, where no column can be named like it. Classes that share a row may have attributes
      // of one name and several types in it.
      column: `ar:virtual:${definition.type.kind}:${name}`,
      type: definition.type,
      nullable: definition.nullable,
      key: false,
      autoIncrement: false,
      databaseDefault: false,
      computed: false,
      readOnly: false,
      isVirtual: true,
      sensitive: definition.sensitive,
      definition: new Column(definition).definition,
    };
  });
  const names = [...Object.keys(declared.virtual), ...Object.keys(declared.stores)];
  const column = columns.find(({ name }) => names.includes(name));
  if (column !== undefined)
    throw new InvalidDefinition(`${column.label} is declared without a column, and its table has one of that name.`, {
      hint: 'Give it another name.',
    });
  const all = [...columns, ...virtual];
  const stores = Object.entries(declared.stores).map(([name, { attribute, key }]): [string, StoreKey] => {
    const label = `${model.name}.${name}`;
    return [name, { name, label, attribute: jsonAttribute(label, attribute, key, all, model[aliasesKey] ?? {}), key }];
  });
  return { virtual, stores: new Map(stores) };
}

function jsonAttribute(
  label: string,
  name: string,
  key: string,
  all: readonly Attribute[],
  aliases: Readonly<Record<string, string>>,
): Attribute {
  const found = all.find((attribute) => attribute.name === name);
  if (found !== undefined && valueTypeOf(found.type).kind === 'json') return found;
  const behind = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (behind !== undefined) {
    throw new InvalidDefinition(`${label} is a key of "${name}", which is an alias.`, {
      hint: `Write column.store('${behind}', '${key}').`,
    });
  }
  const documents = all.filter(({ type }) => valueTypeOf(type).kind === 'json').map((attribute) => attribute.name);
  throw new InvalidDefinition(
    found === undefined
      ? `${label} is a key of "${name}", which is no attribute.`
      : `${label} is a key of ${found.label}, which is of type ${found.type.kind} and not json.`,
    { hint: documents.length === 0 ? 'The model has no JSON attribute.' : didYouMean(name, documents) },
  );
}
