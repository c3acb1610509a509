import type { Attribute } from '../record/attribute.ts';
import type { ReadySource } from '../relation/source.ts';
import { compile } from '../sql/compile.ts';
import { bindNode, columnNode, type SelectStatement } from '../sql/nodes.ts';
import { storageOf } from '../types/column-type.ts';

/** Texts that are compared in one statement. */
const mostAsked = 200;

const textual: readonly string[] = ['string', 'text', 'plain'];

export const isTextual = (attribute: Attribute): boolean => textual.includes(storageOf(attribute.type).kind);

/**
 * What texts are compared by in memory, so that those match which the database finds equal: by its collation, 'Ada',
 * 'ada ' and 'ADÀ' may be the same. Only the database knows; it is asked where there is any doubt.
 *
 * @param wanted - the texts that were looked for in the column
 * @param found - the texts that the column has in the rows that were found
 */
export async function textMatcher(
  { connection, attributes }: ReadySource,
  column: Attribute,
  wanted: ReadonlySet<string>,
  found: ReadonlySet<string>,
): Promise<(text: string) => string> {
  const doubtful = doubtfulTexts(wanted, found);
  if (doubtful.length === 0) return (text) => text;
  const same = new Map<string, string>();
  for (let start = 0; start < doubtful.length; start += mostAsked) {
    const asked = doubtful.slice(start, start + mostAsked);
    const members = asked.map(
      (text, index): SelectStatement => ({
        kind: 'select',
        // DISTINCT would find all of them equal, and give one.
        distinct: false,
        columns: [
          { expression: { kind: 'raw', parts: [String(index)], values: [] }, alias: 'position' },
          { expression: columnNode(column.column), alias: 'text' },
        ],
        from: { table: attributes.tableName },
        where: {
          kind: 'comparison',
          operator: '=',
          left: columnNode(column.column),
          right: bindNode(text, column.type, column.sensitive),
        },
        order: [],
        limit: undefined,
        offset: undefined,
      }),
    );
    const statement = compile({ kind: 'compound', operator: 'UNION ALL', members }, connection.dialect);
    const { rows } = await connection.run(statement, { prepared: false, bigints: false }, 'read');
    for (const row of rows) {
      const text = asked[Number(row.position)];
      if (text === undefined || typeof row.text !== 'string') continue;
      const meant = same.get(row.text) ?? same.get(text) ?? row.text;
      same.set(row.text, meant);
      same.set(text, meant);
    }
  }
  return (text) => same.get(text) ?? text;
}

function doubtfulTexts(wanted: ReadonlySet<string>, found: ReadonlySet<string>): string[] {
  const alike = new Map<string, Set<string>>();
  for (const text of [...wanted, ...found]) {
    const key = folded(text);
    const group = alike.get(key) ?? new Set();
    alike.set(key, group);
    group.add(text);
  }
  // A row that was found for no text known here was found by a rule of the collation that folding does not know.
  const stray = [...found].some((text) => ![...(alike.get(folded(text)) ?? [])].some((each) => wanted.has(each)));
  return [...wanted].filter((text) => {
    if ((alike.get(folded(text))?.size ?? 0) > 1) return true;
    return !found.has(text) && found.size > 0 && (stray || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$|^$/.test(text));
  });
}

/** Without case, accents and spaces at the end: whatever collations may find equal is equal here, with few exceptions. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase().trimEnd();
}
