import { foreignKeyName } from '../../sql/ddl/names.ts';
import type { ReferentialAction } from '../../sql/ddl/spec.ts';
import { referentialAction } from '../referential-action.ts';
import { type Clause, clausesStart, nameGroup, readClauses } from './clauses.ts';
import { type TableItem, tableItems } from './table-text.ts';
import { groupEnd, is, type Token, unquoted } from './tokens.ts';

/** A foreign key as a CREATE TABLE text declares it. */
export interface DeclaredForeignKey {
  /** Its own, or the one that our DDL would have given it. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly toTable: string;
  /** undefined where the text leaves the parent's primary key to be understood. */
  readonly toColumns: readonly string[] | undefined;
  readonly onDelete: ReferentialAction | undefined;
  readonly onUpdate: ReferentialAction | undefined;
  readonly item: TableItem;
  readonly clause: Clause;
  /** The item holds nothing beside it. */
  readonly alone: boolean;
}

/** The constraints of an item; undefined where it is not understood. */
export function clausesOf(item: TableItem): Clause[] | undefined {
  return readClauses(item.tokens, item.column === undefined ? 0 : clausesStart(item.tokens));
}

/** `ON DELETE SET NULL` behind REFERENCES; where it is said twice, the last one counts. */
function actionOf(
  tokens: readonly Token[],
  references: number,
  event: 'DELETE' | 'UPDATE',
): ReferentialAction | undefined {
  const at = tokens.findLastIndex(
    (token, index) => index > references && is(token, 'ON') && is(tokens[index + 1], event),
  );
  if (at === -1) return undefined;
  const words = tokens.slice(at + 2, at + (is(tokens[at + 2], 'SET') ? 4 : 3));
  return referentialAction(words.map(({ text }) => text).join(' '));
}

function declared(table: string, item: TableItem, clause: Clause, alone: boolean): DeclaredForeignKey[] {
  const { tokens } = clause;
  const own = item.column === undefined ? nameGroup(tokens, 2) : [item.column];
  const references = item.column === undefined ? groupEnd(tokens, 2) : 0;
  const parent = tokens[references + 1];
  if (own === undefined || parent === undefined) return [];
  return [
    {
      name: clause.name ?? foreignKeyName(table, own),
      columns: own,
      toTable: unquoted(parent),
      toColumns: nameGroup(tokens, references + 2),
      onDelete: actionOf(tokens, references, 'DELETE'),
      onUpdate: actionOf(tokens, references, 'UPDATE'),
      item,
      clause,
      alone,
    },
  ];
}

/** The foreign keys of a CREATE TABLE text, in its order. SQLite itself forgets their names. */
export function declaredForeignKeys(table: string, sql: string): DeclaredForeignKey[] {
  return tableItems(sql).flatMap((item) => {
    const clauses = clausesOf(item) ?? [];
    const alone = item.column === undefined && clauses.length === 1;
    return clauses
      .filter(({ kind }) => kind === 'foreignKey')
      .flatMap((clause) => declared(table, item, clause, alone));
  });
}
