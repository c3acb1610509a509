import type { ColumnDescription } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { definedConnection, resolveConnection } from '../connection/registry.ts';
import { InvalidDefinition } from '../errors/definition.ts';
import { defineAccessors } from '../record/accessors.ts';
import { defineAliases } from '../record/aliases.ts';
import { type Attribute, AttributeSet, columnsNotLoaded } from '../record/attribute.ts';
import { baseMembers } from '../record/base-members.ts';
import { ModelStatements } from '../record/statements.ts';
import type { ReadySource } from '../relation/source.ts';
import { checkEncrypted } from '../schema/encrypted-check.ts';
import { checkedNaming, unreadableColumns } from '../schema/naming.ts';
import { columnName, type TableColumns } from '../schema/table-spec.ts';
import { camelCase } from '../support/naming.ts';
import type { ColumnType } from '../types/column-type.ts';
import { boundType } from '../types/encrypted.ts';
import { besideOf } from './beside.ts';
import { defineEnumPredicates } from './enum-predicates.ts';
import { type Family, familyOf, ofType, requireConcrete } from './inheritance/family.ts';
import { typeRuleOf } from './inheritance/type-rule.ts';
import { lockingAttribute } from './locking/locking-attribute.ts';
import { aliasesKey, asModel, type ModelClass, madeByWith } from './model-class.ts';

/** What is worked out once per model class. */
interface Metadata {
  attributes: AttributeSet | undefined;
  /** Where statements go, while the connection of that name stays the same. */
  ready: ReadySource | undefined;
  loading: Promise<ReadySource> | undefined;
}

const known = new WeakMap<object, Metadata>();

function metadataOf(model: ModelClass): Metadata {
  let metadata = known.get(model);
  if (metadata === undefined) {
    metadata = { attributes: undefined, ready: undefined, loading: undefined };
    known.set(model, metadata);
  }
  return metadata;
}

/** The attributes of a model, where they are known: declared ones always are. */
export function knownAttributes(model: ModelClass): AttributeSet | undefined {
  const metadata = metadataOf(model);
  if (metadata.attributes === undefined && model.definition !== undefined) {
    // The class above has its accessors first, so that a getter of its own around one is seen, and kept.
    const parent = parentModel(model);
    if (parent !== undefined) knownAttributes(parent);
    // Asked first: where two classes have the same type, each use says so.
    const family = familyOf(model);
    metadata.attributes = declaredAttributes(model, model.definition, family);
    completeClass(model, metadata.attributes);
    if (family !== undefined) widen(family);
  }
  if (metadata.attributes === undefined) metadata.attributes = sharedAttributes(model);
  return metadata.attributes;
}

/** The columns of tables that bare classes share, once one of these has read them. */
const sharedColumns = new WeakMap<Family, readonly ColumnDescription[]>();

function sharedAttributes(model: ModelClass): AttributeSet | undefined {
  const family = familyOf(model);
  const columns = family === undefined ? undefined : sharedColumns.get(family);
  if (columns === undefined) return undefined;
  const attributes = describedAttributes(model, columns, family);
  completeClass(model, attributes);
  return attributes;
}

/** Rows of a class are read with the columns of those below it, which is known by now. */
function widen(family: Family): void {
  const sets = [...family.members].map((model) => ({ model, attributes: knownAttributes(model) }));
  const all = new Set(sets.flatMap(({ attributes }) => attributes?.columns ?? []));
  for (const { model, attributes } of sets) {
    const below = sets.filter((each) => each.model.prototype instanceof model);
    attributes?.widen(
      below.flatMap((each) => each.attributes?.all ?? []),
      all,
    );
  }
}

/** The class that this one extends, past those that `with` put between them. */
function parentModel(model: ModelClass): ModelClass | undefined {
  let parent: unknown = Object.getPrototypeOf(model);
  while (typeof parent === 'function' && madeByWith.has(parent)) parent = Object.getPrototypeOf(parent);
  return typeof parent === 'function' && 'connectionName' in parent ? asModel(parent) : undefined;
}

/** @throws ColumnsNotLoaded (`AR_COLUMNS_NOT_LOADED`) for a model without a definition before its first query */
export function attributesOf(model: ModelClass): AttributeSet {
  const attributes = knownAttributes(model);
  if (attributes === undefined) throw columnsNotLoaded(model.name);
  return attributes;
}

function declaredAttributes(model: ModelClass, definition: TableColumns, family: Family | undefined): AttributeSet {
  const attributes = Object.entries(definition).map(([name, column]): Attribute => {
    const declared = column.definition;
    const label = `${model.name}.${name}`;
    checkEncrypted(name, label, declared);
    const ownColumn = columnName(name, column, checkedNaming(model.naming, model.name));
    return {
      name,
      label,
      column: ownColumn,
      type: attributeType(model, name, ownColumn, declared.type),
      nullable: declared.nullable,
      key: declared.primaryKey,
      autoIncrement: declared.type.kind === 'id',
      databaseDefault: declared.computedDefault !== undefined,
      computed: declared.generatedAs !== undefined,
      readOnly: declared.readOnly,
      isVirtual: false,
      sensitive: declared.sensitive,
      definition: declared,
      typeRule: family?.attribute === name ? typeRuleOf(family, model) : undefined,
    };
  });
  return attributeSet(model, attributes);
}

/** An encrypted one has to know what it encrypts for. */
function attributeType(model: ModelClass, attribute: string, column: string, type: ColumnType): ColumnType {
  if (type.kind !== 'encrypted') return type;
  return boundType(type, { model: model.name, attribute, context: `${model.tableName}.${column}` });
}

/** The attributes of the table, with what the class says of them and has beside them. */
function attributeSet(model: ModelClass, attributes: readonly Attribute[]): AttributeSet {
  return new AttributeSet(model.name, model.tableName, attributes, {
    lockVersion: lockingAttribute(model, attributes),
    aliases: model[aliasesKey],
    beside: besideOf(model, attributes),
  });
}

function describedAttributes(
  model: ModelClass,
  columns: readonly ColumnDescription[],
  family: Family | undefined,
): AttributeSet {
  const taken = new Set<string>();
  const readable = columns.filter((column) => !unreadableColumns.has(column.name));
  const attributes = readable.map((column): Attribute => {
    let name = attributeName(model, column.name);
    // `user_id` and `userId` in one table.
    while (taken.has(name)) name += '_';
    taken.add(name);
    const isType = family?.attribute === name;
    if (isType) family.isNullable = column.nullable;
    return {
      name,
      label: `${model.name}.${name}`,
      column: column.name,
      type: column.type,
      nullable: column.nullable,
      key: column.primaryKey,
      autoIncrement: column.autoIncrement,
      databaseDefault: column.hasDefault,
      computed: column.generated,
      readOnly: false,
      isVirtual: false,
      sensitive: false,
      definition: undefined,
      typeRule: isType ? typeRuleOf(family, model) : undefined,
    };
  });
  return attributeSet(model, attributes);
}

/** A column named like a member of every record gets an underscore: a table that exists must stay readable. */
function attributeName(model: ModelClass, column: string): string {
  const name = checkedNaming(model.naming, model.name) === 'preserve' ? column : camelCase(column);
  const members: readonly string[] = baseMembers;
  return members.includes(name) || name === 'then' || name in Object.prototype ? `${name}_` : name;
}

function completeClass(model: ModelClass, attributes: AttributeSet): void {
  const holdsAccessors = (prototype: object) => madeByWith.has(prototype.constructor);
  defineAccessors(model.prototype, attributes, holdsAccessors);
  defineAliases(model.prototype, attributes, holdsAccessors);
  defineEnumPredicates(model.prototype, attributes);
}

/** What statements need, where nothing has to be waited for. */
export function readyNow(model: ModelClass): ReadySource | undefined {
  const metadata = metadataOf(model);
  const connection = definedConnection(model.connectionName);
  if (connection === undefined) return undefined;
  if (metadata.ready?.connection === connection) return metadata.ready;
  if (connection.state !== 'open') return undefined;
  const attributes = knownAttributes(model);
  return attributes === undefined ? undefined : keepReady(model, connection, attributes);
}

/** The same, opening the connection and reading the columns of a model without a definition first where need be. */
export function ready(model: ModelClass): ReadySource | Promise<ReadySource> {
  const now = readyNow(model);
  if (now !== undefined) return now;
  const metadata = metadataOf(model);
  metadata.loading ??= makeReady(model).finally(() => {
    metadata.loading = undefined;
  });
  return metadata.loading;
}

async function makeReady(model: ModelClass): Promise<ReadySource> {
  const connection = await resolveConnection(model.connectionName);
  await connection.open();
  const attributes = knownAttributes(model) ?? (await loadColumns(model));
  return keepReady(model, connection, attributes);
}

function keepReady(model: ModelClass, connection: Connection, attributes: AttributeSet): ReadySource {
  const metadata = metadataOf(model);
  const family = familyOf(model);
  const narrowing = family === undefined || family.root === model ? undefined : () => ofType(family, model, attributes);
  metadata.ready = {
    connection,
    attributes,
    statements: new ModelStatements(attributes, connection.dialect, narrowing),
  };
  return metadata.ready;
}

/** Reads the columns of a model without a definition from its database, anew each time. */
export async function loadColumns(model: ModelClass): Promise<AttributeSet> {
  const metadata = metadataOf(model);
  requireConcrete(model);
  if (model.definition !== undefined) return attributesOf(model);
  const connection = await resolveConnection(model.connectionName);
  const columns = await connection.introspect((introspection, driver) =>
    introspection.columns(driver, model.tableName),
  );
  if (columns.length === 0) {
    throw new InvalidDefinition(
      `The table "${model.tableName}" of ${model.name} does not exist in database "${connection.config.database}".`,
      {
        hint: "Run the migrations (npx ar migrate), or set the table's name: static tableName = '…'.",
      },
    );
  }
  const family = familyOf(model);
  if (family !== undefined) sharedColumns.set(family, columns);
  metadata.attributes = describedAttributes(model, columns, family);
  metadata.ready = undefined;
  completeClass(model, metadata.attributes);
  return metadata.attributes;
}
