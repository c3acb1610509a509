import { InvalidDefinition } from '../errors/definition.ts';
import { type Attribute, AttributeSet } from '../record/attribute.ts';
import { everything } from '../relation/query-state.ts';
import type { Associations, Reflection, Source, Step } from '../relation/source.ts';
import { checkedNaming } from '../schema/naming.ts';
import { foreignKeyName, indexName } from '../sql/ddl/names.ts';
import type { ColumnSpec, TableSpec } from '../sql/ddl/spec.ts';
import { columnNameOf } from '../support/naming.ts';
import { storageOf } from '../types/column-type.ts';
import { integerType } from '../types/numbers.ts';
import { pair, referred, scopesOf } from './steps.ts';

const noAssociations: Associations = {
  all: [],
  find: () => undefined,
  get(name) {
    throw new InvalidDefinition(`A join table has no association ${String(name)}.`);
  },
};

/** `posts_tags`: both tables, by alphabet. */
function joinTableName(reflection: Reflection, target: Source): string {
  const { joinTable } = reflection.declaration;
  if (joinTable !== undefined) return joinTable;
  const tables = [reflection.owner, target].map((source) => source.attributes?.tableName ?? '');
  return tables.sort().join('_');
}

/** A table with the keys of two models, and no model of its own. */
export function joinTableSource(reflection: Reflection, target: Source): Source {
  const { owner, declaration, label } = reflection;
  const table = joinTableName(reflection, target);
  const own = keyAttributes(reflection, owner, declaration.foreignKey, table);
  const theirs = keyAttributes(reflection, target, declaration.targetKey, table);
  if (own.some(({ column }) => theirs.some((each) => each.column === column))) {
    throw new InvalidDefinition(`${label} joins a model with itself, so its two keys have the same name.`, {
      hint: "Name them: { foreignKey: 'followerId', targetKey: 'followedId' }.",
    });
  }
  const attributes = new AttributeSet(label, table, [...own, ...theirs]);
  const unusable = (): never => {
    throw new InvalidDefinition(`The table "${table}" of ${label} has no model.`);
  };
  const source: Source = {
    modelName: label,
    model: attributes,
    lineage: [],
    polymorphicName: table,
    connectionName: owner.connectionName,
    attributes,
    associations: noAssociations,
    known: undefined,
    ready: unusable,
    family: attributes,
    base: everything,
    state: () => everything,
    declarer: () => source,
    shares: () => false,
    scoped: (state) => state,
    furnish: unusable,
    instantiate: unusable,
    initialize: unusable,
    save: unusable,
    destroy: unusable,
    validate: unusable,
    callsWhenFound: false,
    found: unusable,
    callsWhenTouched: false,
    touched: unusable,
    isKin: () => false,
  };
  return source;
}

/** The attributes of the join table that refer to a model, of the types of its key. */
function keyAttributes(
  reflection: Reflection,
  source: Source,
  given: readonly string[] | undefined,
  table: string,
): readonly Attribute[] {
  const keys = source.attributes?.keys ?? [];
  const [lineage = ''] = source.lineage.slice(-1);
  const base = lineage.charAt(0).toLowerCase() + lineage.slice(1);
  const names =
    given ??
    (keys.length === 1
      ? [`${base}Id`]
      : keys.map(({ name }) => `${base}${name.charAt(0).toUpperCase()}${name.slice(1)}`));
  if (names.length !== keys.length || keys.length === 0) {
    throw new InvalidDefinition(
      `${reflection.label} needs as many attributes in its join table as the key of ${source.modelName} has: ${keys.length}.`,
    );
  }
  const naming = checkedNaming(Reflect.get(reflection.owner.model, 'naming'), reflection.owner.modelName);
  return keys.map((key, index): Attribute => {
    const name = names[index] ?? key.name;
    return {
      ...key,
      name,
      label: `${table}.${name}`,
      column: columnNameOf(name, naming),
      key: false,
      autoIncrement: false,
      databaseDefault: false,
      definition: undefined,
    };
  });
}

/** From the owner to the join table, and from there to the target. */
export function joinTableSteps(reflection: Reflection, target: Source, join: Source): readonly Step[] {
  const { attributes } = join;
  const own = reflection.owner.attributes?.keys ?? [];
  if (attributes === undefined) return [];
  const away = attributes.all.slice(0, own.length);
  const there = attributes.all.slice(own.length);
  return [
    pair(reflection, { source: join, from: own, to: away, fromType: undefined, toType: undefined, scopes: [] }),
    pair(reflection, {
      source: target,
      from: there,
      to: referred(reflection, target),
      fromType: undefined,
      toType: undefined,
      scopes: scopesOf(reflection),
    }),
  ];
}

/**
 * The join table as `createAll` makes it: both keys, which together are its own, and gone with the rows that they refer
 * to.
 */
export function joinTableSpec(reflection: Reflection): TableSpec {
  const [toJoin, toTarget] = reflection.steps;
  const attributes = toJoin?.source.attributes;
  if (toJoin === undefined || toTarget === undefined || attributes === undefined)
    throw new InvalidDefinition(`${reflection.label} has no join table.`);
  const { tableName: table } = attributes;
  const pairs = [
    { columns: toJoin.to, keys: toJoin.from, to: reflection.owner },
    { columns: toTarget.from, keys: toTarget.to, to: toTarget.source },
  ];
  const names = (list: readonly Attribute[]) => list.map(({ column }) => column);
  return {
    name: table,
    columns: pairs.flatMap(({ columns, keys }) => columns.map((each, index) => columnOf(each, keys[index]))),
    primaryKey: pairs.flatMap(({ columns }) => names(columns)),
    // The key's own index begins with the other side.
    indexes: [{ name: indexName(table, names(toTarget.from)), table, columns: names(toTarget.from), unique: false }],
    foreignKeys: pairs.map(({ columns, keys, to }) => ({
      name: foreignKeyName(table, names(columns)),
      table,
      columns: names(columns),
      toTable: to.attributes?.tableName ?? '',
      toColumns: names(keys),
      onDelete: 'cascade',
      onUpdate: undefined,
    })),
  };
}

function columnOf({ column, type }: Attribute, key: Attribute | undefined): ColumnSpec {
  const stored = storageOf(type);
  return {
    name: column,
    // What counts itself up there is a plain number here.
    type: stored.kind === 'id' ? integerType('key', true) : stored,
    nullable: false,
    default: undefined,
    comment: undefined,
    collation: key?.definition?.collation,
  };
}
