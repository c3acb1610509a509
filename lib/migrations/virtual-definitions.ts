import { withDefault } from '../sql/ddl/mysql-definition.ts';
import type { DdlOperation } from '../sql/ddl/spec.ts';
import { ddlStatements } from '../sql/ddl/statements.ts';
import { type Dialect, quoteName } from '../sql/dialect.ts';

/** Asks the database how it declares a column now. */
type Declared = (column: string) => Promise<string | undefined>;

/**
 * How the columns of one table would be declared, in the words of the database, after changes that nobody has carried
 * out: where a statement has to repeat all of a column, it repeats what those before it have made of the column.
 */
export class VirtualDefinitions {
  readonly #changed = new Map<string, () => Promise<string | undefined>>();

  /** @param declared - asks the database itself */
  of(column: string, declared: Declared): Promise<string | undefined> {
    return this.#reader(column, declared)();
  }

  /** Takes an operation as carried out. */
  apply(operation: DdlOperation, declared: Declared, dialect: Dialect): void {
    const after = this.#after(operation, declared, dialect);
    if (after !== undefined) this.#changed.set(after.column, after.read);
  }

  #after(
    operation: DdlOperation,
    declared: Declared,
    dialect: Dialect,
  ): { readonly column: string; read(): Promise<string | undefined> } | undefined {
    switch (operation.kind) {
      case 'addColumn':
      case 'changeColumn': {
        const { name } = operation.column;
        const placed = { ...operation, column: { ...operation.column, position: undefined } };
        return { column: name, read: async () => textOf(placed, name, dialect) };
      }
      case 'changeColumnNull':
      case 'changeColumnComment':
        return { column: operation.column, read: async () => textOf(operation, operation.column, dialect) };
      case 'changeColumnDefault': {
        const before = this.#reader(operation.column, declared);
        const change = textOf(operation, operation.column, dialect);
        const fallback = change.startsWith('SET ') ? change.slice('SET '.length) : undefined;
        return {
          column: operation.column,
          read: async () => {
            const definition = await before();
            return definition === undefined ? undefined : withDefault(definition, fallback);
          },
        };
      }
      case 'renameColumn':
        return { column: operation.to, read: this.#reader(operation.from, declared) };
      default:
        return undefined;
    }
  }

  #reader(column: string, declared: Declared): () => Promise<string | undefined> {
    return this.#changed.get(column) ?? (() => declared(column));
  }
}

/** What the statement says behind the column's name. */
function textOf(operation: DdlOperation, column: string, dialect: Dialect): string {
  const name = ` COLUMN ${quoteName(column, dialect)} `;
  const [statement = ''] = ddlStatements(operation, dialect);
  return statement.slice(statement.indexOf(name) + name.length);
}
