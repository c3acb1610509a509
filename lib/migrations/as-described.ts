import type { ForeignKeyDescription, IndexDescription } from '../adapters/contract.ts';
import { MigrationInvalid } from '../errors/migration.ts';
import type { ForeignKeySpec, IndexSpec, ReferentialAction } from '../sql/ddl/spec.ts';
import type { Dialect } from '../sql/dialect.ts';
import { sameNames } from './catalogue.ts';

// Whether what is removed is what the migration says it is: undoing that then makes it again, and not something else.

/** @throws MigrationInvalid where there are `problems` */
export function requireAsDescribed(what: string, problems: readonly string[], byName: string): void {
  if (problems.length === 0) return;
  throw new MigrationInvalid(`${what} is not what the migration says it is: ${problems.join(', ')}.`, {
    hint: `Describe it as it is, so that it can be made again, or remove it by its name: ${byName}.`,
  });
}

const problem = (differs: boolean, text: string): string[] => (differs ? [text] : []);

/** What an index is, and is not said to be. */
export function indexProblems(index: IndexDescription, was: IndexSpec, dialect: Dialect): string[] {
  const parts = was.parts ?? was.columns.map(() => undefined);
  const orders = index.orders ?? index.columns.map(() => 'asc');
  const isTyped = dialect.features.schema.typedIndexes;
  // MySQL takes some methods for others.
  const method = isTyped ? was.type : was.using === 'btree' ? undefined : was.using;
  return [
    ...problem(index.name !== was.name, `it is not named "${was.name}"`),
    ...problem(index.unique !== was.unique, index.unique ? 'it is unique' : 'it is not unique'),
    ...problem(
      index.columns.length !== parts.length || orders.some((order, at) => order !== (parts[at]?.order ?? 'asc')),
      `its order is ${index.columns.map((column, at) => `${column} ${orders[at]}`).join(', ')}`,
    ),
    ...problem(
      parts.some((part, at) => part?.length !== index.lengths?.[at]),
      index.lengths === undefined ? 'it is over all of its columns' : `its lengths are ${index.lengths.join(', ')}`,
    ),
    ...problem(
      (index.where === undefined) !== (was.where === undefined),
      index.where === undefined ? 'it has no condition' : `it is for rows with ${index.where}`,
    ),
    ...problem(index.method !== method, `its method is ${index.method ?? 'btree'}`),
  ];
}

/** What a foreign key is, and is not said to be. */
export function foreignKeyProblems(key: ForeignKeyDescription, was: ForeignKeySpec, dialect: Dialect): string[] {
  // Where nothing can be deferred, refusing at once is the same as refusing in the end.
  const usual: readonly (ReferentialAction | undefined)[] = dialect.features.schema.deferrableForeignKeys
    ? [undefined, 'noAction']
    : [undefined, 'noAction', 'restrict'];
  const differs = (is: ReferentialAction | undefined, said: ReferentialAction | undefined) =>
    is !== said && !(usual.includes(is) && usual.includes(said));
  return [
    ...problem(key.name !== was.name, `it is not named "${was.name}"`),
    ...problem(
      key.toTable !== was.toTable || !sameNames(key.toColumns, was.toColumns),
      `it points to ${key.toTable} (${key.toColumns.join(', ')})`,
    ),
    ...problem(differs(key.onDelete, was.onDelete), `onDelete is '${key.onDelete ?? 'noAction'}'`),
    ...problem(differs(key.onUpdate, was.onUpdate), `onUpdate is '${key.onUpdate ?? 'noAction'}'`),
  ];
}
