import type { ColumnDescription, ConstraintDescription } from '../adapters/contract.ts';
import type { Connection } from '../connection/connection.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import { checkPrefix } from '../sql/ddl/names.ts';
import type { ChangeColumnDefault } from '../sql/ddl/spec.ts';
import { sql } from '../sql/template.ts';
import { didYouMean } from '../support/suggest.ts';
import { neutralEncoding, type Type } from '../types/type.ts';
import { foreignKeyProblems, indexProblems, requireAsDescribed } from './as-described.ts';
import { constraintsOf, foreignKeysOf, indexesOf } from './catalogue.ts';
import { addForeignKey } from './constraint-steps.ts';
import type {
  AddColumnOperation,
  ChangeColumnDefaultOperation,
  ChangeColumnNullOperation,
  ChangeColumnOperation,
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
  { table, column, was, exact }: RemoveColumnOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const keys = (await foreignKeysOf(connection, table)).filter(({ columns }) => columns.includes(column));
  const all = (await indexesOf(connection, table)).filter(({ primary }) => !primary);
  const constraints = (await constraintsOf(connection, table)).filter(
    ({ name, type, columns }) => columns.includes(column) && !isOfColumn({ name, type, columns }, column),
  );
  const indexes = all.filter(({ columns }) => columns.includes(column));
  // Databases drop some of those along, without a word.
  const dependent = [...constraints, ...all.filter(({ goesBy }) => goesBy?.includes(column) === true)].at(0);
  if (dependent !== undefined) {
    throw new MigrationInvalid(`"${dependent.name}" of "${table}" goes by the column "${column}".`, {
      hint: 'Remove that first, with an operation of its own, so that it can be made again when this is undone.',
    });
  }
  for (const { name, columns } of [...keys, ...indexes]) {
    if (columns.length === 1) continue;
    throw new MigrationInvalid(`The column "${table}.${column}" is a part of "${name}" (${columns.join(', ')}).`, {
      hint: 'Remove that first, with removeIndex, removeUniqueConstraint or removeForeignKey, so that it can be made again when this is undone.',
    });
  }
  if (exact === true && was !== undefined) {
    const problems = [
      ...ownProblems(indexes, was.indexes, (index, own) => indexProblems(index, own, connection.dialect)),
      ...ownProblems(keys, was.foreignKeys, (key, own) => foreignKeyProblems(key, own, connection.dialect)),
    ];
    requireAsDescribed(`The column "${table}.${column}"`, problems, `removeColumn('${table}', '${column}')`);
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

/** A check that belongs to the column's type goes with it. */
const isOfColumn = (
  { name, type, columns }: Pick<ConstraintDescription, 'name' | 'type' | 'columns'>,
  column: string,
): boolean => type === 'check' && columns.length === 1 && (name.startsWith(checkPrefix) || name === column);

/** What a column has, and is not said to have, or the other way round. */
function ownProblems<T extends { readonly name: string }, S extends { readonly name: string }>(
  existing: readonly T[],
  said: readonly S[],
  problemsOf: (each: T, own: S) => string[],
): string[] {
  const [first] = said;
  const lacking = existing.length === 0 && first !== undefined ? [`it has no "${first.name}"`] : [];
  return [
    ...lacking,
    ...existing.flatMap((each) => {
      const own = said.find(({ name }) => name === each.name) ?? first;
      if (own === undefined) return [`it has "${each.name}", which would be gone with it`];
      return problemsOf(each, own).map((problem) => `"${each.name}": ${problem}`);
    }),
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

/** One that the database counts up or computes would become a column like others, which no `was` could take back. */
export async function changeColumn(
  { table, column }: ChangeColumnOperation,
  connection: Connection,
): Promise<SchemaStep[]> {
  const { autoIncrement, generated } = await requireColumn(connection, table, column.name);
  if (autoIncrement || generated) {
    throw new MigrationInvalid(
      `The column "${table}.${column.name}" is ${generated ? 'computed' : 'counted up'} by the database, and would not be any more.`,
      { hint: generated ? 'Remove it and add it again.' : 'Write the statement yourself, with execute.' },
    );
  }
  return [{ kind: 'changeColumn', table, column }];
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
  const { type, generated } = await requireColumn(connection, table, column);
  if (generated) {
    throw new MigrationInvalid(
      `The column "${table}.${column}" is computed by the database: it is NULL where that gives NULL.`,
      {
        hint: 'Remove it, and add it again with another expression.',
      },
    );
  }
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
