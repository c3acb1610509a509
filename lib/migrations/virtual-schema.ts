import type {
  ColumnDescription,
  ConstraintDescription,
  DriverConnection,
  ForeignKeyDescription,
  IndexDescription,
  Introspection,
} from '../adapters/contract.ts';
import type { ColumnSpec, DdlOperation, ForeignKeySpec, IndexSpec, TableSpec } from '../sql/ddl/spec.ts';
import { VirtualDefinitions } from './virtual-definitions.ts';

interface VirtualTable {
  readonly columns: readonly ColumnDescription[];
  readonly indexes: readonly IndexDescription[];
  readonly foreignKeys: readonly ForeignKeyDescription[];
  readonly constraints: readonly ConstraintDescription[];
}

/** Asks the database itself. */
export interface RealSchema {
  readonly introspection: Introspection;
  readonly connection: DriverConnection;
}

/** The schema of a database as it would be after operations that nobody has carried out. */
export class VirtualSchema {
  /** Tables that would differ; undefined for those that would be gone. */
  readonly #changed = new Map<string, VirtualTable | undefined>();
  /** Tables of whose columns the database cannot say how they are declared: it has none of that name, or another. */
  readonly #strange = new Set<string>();
  readonly #definitions = new Map<string, VirtualDefinitions>();

  /** What the database would say of its tables. */
  over(real: Introspection): Introspection {
    const changed = this.#changed;
    return {
      async tables(connection) {
        const names = new Set(await real.tables(connection));
        for (const [name, table] of changed) {
          if (table === undefined) names.delete(name);
          else names.add(name);
        }
        return [...names];
      },
      columns: async (connection, table) =>
        changed.has(table) ? [...(changed.get(table)?.columns ?? [])] : real.columns(connection, table),
      indexes: async (connection, table) =>
        changed.has(table) ? [...(changed.get(table)?.indexes ?? [])] : real.indexes(connection, table),
      foreignKeys: async (connection, table) =>
        changed.has(table) ? [...(changed.get(table)?.foreignKeys ?? [])] : real.foreignKeys(connection, table),
      constraints: async (connection, table) =>
        changed.has(table) ? [...(changed.get(table)?.constraints ?? [])] : real.constraints(connection, table),
      ...this.#definitionsOver(real),
    };
  }

  /** Takes an operation as carried out. One that this file does not know of changes nothing that is asked about. */
  async apply(operation: DdlOperation, real: RealSchema): Promise<void> {
    this.#declare(operation, real);
    switch (operation.kind) {
      case 'createTable': {
        const { introspection, connection } = real;
        const exists = (await this.over(introspection).tables(connection)).includes(operation.table.name);
        if (exists) return;
        this.#changed.set(operation.table.name, tableOf(operation.table));
        this.#strange.add(operation.table.name);
        return;
      }
      case 'dropTable':
        this.#changed.set(operation.table, undefined);
        return;
      case 'renameTable':
        this.#changed.set(operation.to, await this.#read(operation.from, real));
        this.#changed.set(operation.from, undefined);
        this.#strange.add(operation.to);
        return;
      case 'addColumn':
        return this.#change(operation.table, real, ({ columns }) => ({
          columns: [...columns, columnOf(operation.column, [])],
        }));
      case 'removeColumn':
        return this.#change(operation.table, real, ({ columns }) => ({
          columns: columns.filter(({ name }) => name !== operation.column),
        }));
      case 'renameColumn': {
        const rename = (name: string) => (name === operation.from ? operation.to : name);
        const renamed = <T extends { readonly columns: readonly string[] }>(each: T): T => ({
          ...each,
          columns: each.columns.map(rename),
        });
        return this.#change(operation.table, real, ({ columns, indexes, foreignKeys, constraints }) => ({
          columns: columns.map((column) => ({ ...column, name: rename(column.name) })),
          indexes: indexes.map(renamed),
          foreignKeys: foreignKeys.map(renamed),
          constraints: constraints.map(renamed),
        }));
      }
      case 'changeColumn':
        return this.#change(operation.table, real, ({ columns }) => ({
          columns: columns.map((column) =>
            column.name === operation.column.name
              ? { ...column, ...columnOf(operation.column, column.primaryKey ? [column.name] : []) }
              : column,
          ),
        }));
      case 'addIndex':
        return this.#change(operation.index.table, real, ({ indexes }) => ({
          indexes: [...indexes, indexOf(operation.index)],
        }));
      case 'removeIndex':
        return this.#change(operation.table, real, ({ indexes }) => ({
          indexes: indexes.filter(({ name }) => name !== operation.name),
        }));
      case 'addForeignKey':
        return this.#change(operation.foreignKey.table, real, ({ foreignKeys }) => ({
          foreignKeys: [...foreignKeys, foreignKeyOf(operation.foreignKey)],
        }));
      case 'removeForeignKey':
        return this.#change(operation.table, real, ({ foreignKeys }) => ({
          foreignKeys: foreignKeys.filter(({ name }) => name !== operation.name),
        }));
      case 'renameIndex':
        return this.#change(operation.table, real, ({ indexes, constraints }) => ({
          indexes: indexes.map((index) => (index.name === operation.from ? { ...index, name: operation.to } : index)),
          // That of a unique constraint is the constraint.
          constraints: constraints.map((each) =>
            each.type === 'unique' && each.name === operation.from ? { ...each, name: operation.to } : each,
          ),
        }));
      case 'changeColumnDefault': {
        const hasDefault = operation.default !== undefined || operation.computedDefault !== undefined;
        return this.#changeColumn(operation, real, { hasDefault });
      }
      case 'changeColumnNull':
        return this.#changeColumn(operation, real, { nullable: operation.nullable });
      case 'addCheck':
        return this.#addConstraint(operation.check, { type: 'check', columns: [] }, real);
      case 'addExclusion':
        return this.#addConstraint(operation.exclusion, { type: 'exclusion', columns: [] }, real);
      case 'addUnique': {
        const { table, name, columns } = operation.unique;
        if (!real.connection.dialect.features.schema.uniqueIsIndex)
          await this.#addConstraint(operation.unique, { type: 'unique', columns }, real);
        return this.apply({ kind: 'addIndex', index: { name, table, columns, unique: true } }, real);
      }
      case 'removeConstraint':
        return this.#change(operation.table, real, ({ constraints, indexes }) => ({
          constraints: constraints.filter(({ name }) => name !== operation.name),
          indexes: indexes.filter(({ name }) => operation.type !== 'unique' || name !== operation.name),
        }));
      case 'alterTable':
        for (const change of operation.changes) await this.apply(change, real);
        return;
      case 'createView':
        this.#changed.set(operation.view.name, nothing);
        return;
      case 'createVirtualTable':
        this.#changed.set(operation.table.name, nothing);
        return;
      case 'dropVirtualTable':
        this.#changed.set(operation.table, undefined);
        return;
      case 'dropView':
        this.#changed.set(operation.name, undefined);
        return;
      default:
        return;
    }
  }

  #changeColumn(
    { table, column: changed }: { readonly table: string; readonly column: string },
    real: RealSchema,
    change: Partial<ColumnDescription>,
  ): Promise<void> {
    return this.#change(table, real, ({ columns }) => ({
      columns: columns.map((column) => (column.name === changed ? { ...column, ...change } : column)),
    }));
  }

  #addConstraint(
    { table, name }: { readonly table: string; readonly name: string },
    how: Pick<ConstraintDescription, 'type' | 'columns'>,
    real: RealSchema,
  ): Promise<void> {
    return this.#change(table, real, ({ constraints }) => ({
      constraints: [...constraints, { name, definition: '', ...how }],
    }));
  }

  #definitionsOver(real: Introspection): Pick<Introspection, 'columnDefinition'> {
    if (real.columnDefinition === undefined) return {};
    return {
      columnDefinition: async (connection, table, column) => {
        if (this.#strange.has(table))
          throw new Error(`how the database then declares ${table}.${column} is known when it runs`);
        const declared = (name: string) => declaredBy(real, connection, table, name);
        return this.#definitionsOf(table).of(column, declared);
      },
    };
  }

  #declare(operation: DdlOperation, { introspection, connection }: RealSchema): void {
    if (introspection.columnDefinition === undefined || !('table' in operation)) return;
    const { table } = operation;
    if (typeof table !== 'string' || this.#strange.has(table)) return;
    const declared = (name: string) => declaredBy(introspection, connection, table, name);
    this.#definitionsOf(table).apply(operation, declared, connection.dialect);
  }

  #definitionsOf(table: string): VirtualDefinitions {
    const known = this.#definitions.get(table) ?? new VirtualDefinitions();
    this.#definitions.set(table, known);
    return known;
  }

  async #read(table: string, { introspection, connection }: RealSchema): Promise<VirtualTable> {
    const schema = this.over(introspection);
    return {
      columns: await schema.columns(connection, table),
      indexes: await schema.indexes(connection, table),
      foreignKeys: await schema.foreignKeys(connection, table),
      constraints: await schema.constraints(connection, table),
    };
  }

  async #change(table: string, real: RealSchema, change: (was: VirtualTable) => Partial<VirtualTable>): Promise<void> {
    const was = await this.#read(table, real);
    this.#changed.set(table, { ...was, ...change(was) });
  }
}

async function declaredBy(
  real: Introspection,
  connection: DriverConnection,
  table: string,
  column: string,
): Promise<string | undefined> {
  return await real.columnDefinition?.(connection, table, column);
}

const nothing: VirtualTable = { columns: [], indexes: [], foreignKeys: [], constraints: [] };

function tableOf({ columns, primaryKey, indexes, foreignKeys }: TableSpec): VirtualTable {
  const key: IndexDescription[] =
    primaryKey.length === 0 ? [] : [{ name: 'PRIMARY', columns: primaryKey, unique: true, primary: true }];
  return {
    columns: columns.map((column) => columnOf(column, primaryKey)),
    indexes: [...key, ...indexes.map(indexOf)],
    foreignKeys: foreignKeys.map(foreignKeyOf),
    constraints: [],
  };
}

function columnOf(column: ColumnSpec, primaryKey: readonly string[]): ColumnDescription {
  return {
    name: column.name,
    type: column.type,
    nullable: column.nullable,
    primaryKey: primaryKey.includes(column.name),
    hasDefault: column.default !== undefined,
    autoIncrement: column.type.kind === 'id' && primaryKey.length === 1 && primaryKey[0] === column.name,
    generated: false,
  };
}

function indexOf({ name, columns, unique, parts, where, type, using }: IndexSpec): IndexDescription {
  const isAny = <T>(list: readonly T[] | undefined, of: (each: T) => boolean) => list?.some(of) === true;
  return {
    name,
    columns,
    unique,
    primary: false,
    orders: isAny(parts, ({ order }) => order === 'desc') ? parts?.map(({ order }) => order ?? 'asc') : undefined,
    lengths: isAny(parts, ({ length }) => length !== undefined) ? parts?.map(({ length }) => length) : undefined,
    where: where === undefined ? undefined : '',
    method: type ?? (using === 'btree' ? undefined : using),
  };
}

const foreignKeyOf = ({
  name,
  columns,
  toTable,
  toColumns,
  onDelete,
  onUpdate,
}: ForeignKeySpec): ForeignKeyDescription => ({
  name,
  columns,
  toTable,
  toColumns,
  onDelete,
  onUpdate,
});
