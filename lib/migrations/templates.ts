import { tableNameOf } from '../support/naming.ts';
import { type ColumnArgument, quoted } from './column-argument.ts';

// The text of the files that are generated. It is read and changed by people, so it looks as if one had written it.

/** What a migration is to do, from its name and columns. */
export type MigrationPurpose =
  | { readonly kind: 'create'; readonly table: string }
  | { readonly kind: 'join'; readonly tables: readonly [string, string] }
  | { readonly kind: 'add' | 'remove'; readonly table: string }
  | { readonly kind: 'other' };

/** `create_users`, `create_join_table_users_teams`, `add_age_to_users`, `remove_age_from_users`, or anything. */
export function purposeOf(name: string): MigrationPurpose {
  const [, one, other] = /^create_join_table_([a-z\d]+)_([a-z\d]+)$/.exec(name) ?? [];
  if (one !== undefined && other !== undefined) return { kind: 'join', tables: [tableNameOf(one), tableNameOf(other)] };
  // Of more words nobody can tell where the one name ends.
  if (name.startsWith('create_join_table_')) return { kind: 'other' };
  const created = /^create_(.+)$/.exec(name)?.[1];
  if (created !== undefined) return { kind: 'create', table: tableNameOf(created) };
  const added = /^add_.+_to_(.+)$/.exec(name)?.[1];
  if (added !== undefined) return { kind: 'add', table: tableNameOf(added) };
  const removed = /^remove_.+_from_(.+)$/.exec(name)?.[1];
  return removed === undefined ? { kind: 'other' } : { kind: 'remove', table: tableNameOf(removed) };
}

/** The file of a migration. */
export function migrationText(
  className: string,
  purpose: MigrationPurpose,
  columns: readonly ColumnArgument[],
): string {
  const lines = stepLines(purpose, columns);
  const uses = lines.some((line) => line.includes('column.')) ? 'column, Migration' : 'Migration';
  const body = lines.length === 0 ? ["// Undone by itself: this.renameColumn('users', 'name', 'fullName');"] : lines;
  return [
    `import { ${uses} } from 'active-record-ts';`,
    '',
    `export default class ${className} extends Migration {`,
    '  change() {',
    ...body.map((line) => `    ${line}`),
    '  }',
    '}',
    '',
  ].join('\n');
}

function stepLines(purpose: MigrationPurpose, columns: readonly ColumnArgument[]): string[] {
  switch (purpose.kind) {
    case 'create':
      return [`this.createTable(${quoted(purpose.table)}, {`, ...definitionLines(columns), '});'];
    case 'join':
      return [`this.createJoinTable(${purpose.tables.map(quoted).join(', ')});`];
    case 'add':
    case 'remove':
      return columns.map(({ attribute, expression }) => {
        const operation = purpose.kind === 'add' ? 'addColumn' : 'removeColumn';
        return `this.${operation}(${quoted(purpose.table)}, ${quoted(attribute)}, ${expression});`;
      });
    case 'other':
      return [];
  }
}

/** The columns of a new table, between its key and its timestamps. */
function definitionLines(columns: readonly ColumnArgument[]): string[] {
  return [
    '  id: column.id(),',
    ...columns.map(({ attribute, expression }) => `  ${attribute}: ${expression},`),
    '  ...column.timestamps(),',
  ];
}

/** An association of a new model, to another one whose file is there. */
export interface GeneratedAssociation {
  readonly name: string;
  readonly className: string;
  /** Of the file, beside the new one; undefined where it is the model itself. */
  readonly file: string | undefined;
  readonly optional: boolean;
}

/** The file of a model. */
export function modelText(
  className: string,
  columns: readonly ColumnArgument[],
  associations: readonly GeneratedAssociation[] = [],
): string {
  const used = ['BaseModel', ...(associations.length > 0 ? ['belongsTo'] : []), 'column'];
  const files = new Map(associations.map((each) => [each.file, each.className]));
  return [
    `import { ${used.join(', ')} } from 'active-record-ts';`,
    ...[...files].flatMap(([file, name]) => (file === undefined ? [] : [`import { ${name} } from './${file}';`])),
    '',
    `export class ${className} extends BaseModel.with({`,
    '  id: column.id(),',
    ...columns.map(({ attribute, expression }) => `  ${attribute}: ${expression},`),
    ...associations.flatMap(({ name, className: target, optional }) => [
      `  get ${name}() {`,
      `    return belongsTo(${target}${optional ? ', { optional: true }' : ''});`,
      '  },',
    ]),
    '}, column.timestamps()) {}',
    '',
  ].join('\n');
}
