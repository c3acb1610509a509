import type { ColumnDescription } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import type { ChangeColumnDefault } from '../sql/ddl/spec.ts';
import { sql } from '../sql/template.ts';
import { didYouMean } from '../support/suggest.ts';
import { neutralEncoding, type Type } from '../types/type.ts';
import { foreignKeysOf, indexesOf } from './catalogue.ts';
import { addForeignKey } from './constraint-steps.ts';
import type {
  AddColumnOperation,
  ChangeColumnDefaultOperation,
  ChangeColumnNullOperation,
  ChangeCommentOperation,
  RemoveColumnOperation,
} from './operations.ts';
import type { SchemaStep } from './schema-step.ts';

export async function addColumn({ table, parts }: AddColumnOperation, connection: Connection): Promise<SchemaStep[]> {
  const { column, indexes, foreignKeys } = parts;
  const own = indexes.map((index): SchemaStep => ({ kind: 'addIndex', index }));
  const covered = indexes.map(({ columns }) => columns);
  const keys: SchemaStep[] = [];
  for (const key of foreignKeys) keys.push(...(await addForeignKey(key, connection, covered)));
  return [{ kind: 'addColumn', table, column }, ...own, ...keys];
}

/** With the column's own indexes and keys: some databases drop them along, others refuse while they are there. */
export async function removeColumn(
  { table, column }: RemoveColumnOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const keys = (await foreignKeysOf(connection, table)).filter(({ columns }) => columns.includes(column));
  const indexes = (await indexesOf(connection, table)).filter(
    ({ columns, primary }) => !primary && columns.includes(column),
  );
  for (const { name, columns } of [...keys, ...indexes]) {
    if (columns.length === 1) continue;
    throw new MigrationInvalid(`The column "${table}.${column}" is a part of "${name}" (${columns.join(', ')}).`, {
      hint: 'Remove that first, with removeIndex, removeUniqueConstraint or removeForeignKey, so that it can be made again when this is undone.',
    });
  }
  return [
    ...keys.map(({ name }): SchemaStep => ({ kind: 'removeForeignKey', table, name })),
    // The index of a constraint goes with that, and that with the column.
    ...indexes.flatMap(({ name, constraint }): SchemaStep[] =>
      constraint ? [] : [{ kind: 'removeIndex', table, name }],
    ),
    { kind: 'removeColumn', table, column },
  ];
}

/** The column as the database describes it. */
async function requireColumn(connection: Connection, table: string, column: string): Promise<ColumnDescription> {
  const columns = await connection.introspect((introspection, driver) => introspection.columns(driver, table));
  const found = columns.find(({ name }) => name === column);
  if (found !== undefined) return found;
  if (columns.length === 0) throw new MigrationInvalid(`There is no table "${table}".`);
  const names = columns.map(({ name }) => name);
  throw new MigrationInvalid(`The table "${table}" has no column "${column}".`, { hint: didYouMean(column, names) });
}

/** The column in the words of the database, where its statements have to repeat them. */
function definitionOf(connection: Connection, table: string, column: string): Promise<string | undefined> {
  return connection.introspect(
    async (introspection, driver) => await introspection.columnDefinition?.(driver, table, column),
  );
}

export async function changeColumnDefault(
  { table, column, to }: ChangeColumnDefaultOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const { type, nullable } = await requireColumn(connection, table, column);
  const step = { kind: 'changeColumnDefault', table, column, type, nullable } as const;
  if ('expression' in to) return [{ ...step, default: undefined, computedDefault: to.expression }];
  return [{ ...step, default: defaultOf(to.value, type, `${table}.${column}`), computedDefault: undefined }];
}

function defaultOf(value: unknown, type: Type, label: string): ChangeColumnDefault['default'] {
  if (value === null) return undefined;
  const cast: unknown = type.cast(value, { label: `The default of ${label}`, sensitive: false });
  return cast === null ? undefined : type.serialize(cast, neutralEncoding);
}

export async function changeColumnNull(
  { table, column, nullable, fill }: ChangeColumnNullOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const { type } = await requireColumn(connection, table, column);
  const definition = await definitionOf(connection, table, column);
  const change: SchemaStep = { kind: 'changeColumnNull', table, column, nullable, definition };
  if (fill === undefined || fill === null) return [change];
  const storage: Type = type;
  const cast: unknown = storage.cast(fill, { label: `The value for ${table}.${column}`, sensitive: false });
  const name = sql.name(column);
  const statement = sql`UPDATE ${sql.name(table)} SET ${name} = ${storage.serialize(cast, connection.dialect)} WHERE ${name} IS NULL`;
  return [{ kind: 'execute', statement }, change];
}

export async function changeComment(
  { table, column, to }: ChangeCommentOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const comment = to ?? undefined;
  if (column === undefined) return [{ kind: 'changeTableComment', table, comment }];
  await requireColumn(connection, table, column);
  const definition = await definitionOf(connection, table, column);
  return [{ kind: 'changeColumnComment', table, column, comment, definition }];
}
