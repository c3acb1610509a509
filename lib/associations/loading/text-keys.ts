import type { QueryLimits } from '../../adapters/contract.ts';
import type { Attribute } from '../../record/attribute.ts';
import type { ReadySource } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import { bindNode, columnNode, type SelectStatement } from '../../sql/nodes.ts';
import { storageOf } from '../../types/column-type.ts';

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
  ready: ReadySource,
  column: Attribute,
  wanted: ReadonlySet<string>,
  found: ReadonlySet<string>,
  limits?: QueryLimits,
): Promise<(text: string) => string> {
  const doubtful = doubtfulTexts(wanted, found);
  const same = new Map<string, string>();
  const meaning = (text: string): string => same.get(text) ?? text;
  await askWhichAreSame(ready, column, doubtful, same, limits);
  // Every row was found for one of the texts. One that is none of them yet is so by a rule that folding does not know.
  const known = new Set([...wanted].map(meaning));
  if ([...found].some((text) => !known.has(meaning(text)))) {
    const asked = new Set(doubtful);
    const others = [...wanted].filter((text) => !asked.has(text));
    await askWhichAreSame(ready, column, others, same, limits);
  }
  return meaning;
}

/** Notes for each of these texts, and for those of the column that are equal to it, one text that stands for all of them. */
async function askWhichAreSame(
  { connection, attributes }: ReadySource,
  column: Attribute,
  texts: readonly string[],
  same: Map<string, string>,
  limits: QueryLimits | undefined,
): Promise<void> {
  for (let start = 0; start < texts.length; start += mostAsked) {
    const asked = texts.slice(start, start + mostAsked);
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
    const { rows } = await connection.run(statement, { prepared: false, bigints: false, limits }, 'read');
    for (const row of rows) {
      const text = asked[Number(row.position)];
      if (text === undefined || typeof row.text !== 'string') continue;
      const meant = same.get(row.text) ?? same.get(text) ?? row.text;
      same.set(row.text, meant);
      same.set(text, meant);
    }
  }
}

/** Texts that only differ from each other in case, and in what follows at the end: printable ASCII. */
const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$|^$/;

/** Those of which the database has to say which texts of the column they are equal to. */
function doubtfulTexts(wanted: ReadonlySet<string>, found: ReadonlySet<string>): string[] {
  const alike = new Map<string, Set<string>>();
  for (const text of [...wanted, ...found]) {
    const key = folded(text);
    const group = alike.get(key) ?? new Set();
    alike.set(key, group);
    group.add(text);
  }
  const odd = [...found].some((text) => !plain.test(text));
  return [...wanted].filter((text) => {
    if ((alike.get(folded(text))?.size ?? 0) > 1) return true;
    return !found.has(text) && found.size > 0 && (odd || !plain.test(text));
  });
}

/** Letters that some collations find equal to others, and Unicode does not take apart. */
const relatives = new Map(
  Object.entries({ ø: 'o', ł: 'l', đ: 'd', ð: 'd', ħ: 'h', ŧ: 't', ı: 'i', æ: 'ae', œ: 'oe', þ: 'th', ς: 'σ' }),
);

/**
 * Without case, accents, signs that cannot be seen, and spaces at the end: whatever collations may find equal is equal
 * here, with few exceptions. (Older ones find all characters beyond the first 65,536 equal.)
 */
function folded(text: string): string {
  const letters = text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cc}\p{Cf}]/gu, '')
    .toUpperCase()
    .toLowerCase();
  if (/^[\x20-\x7e]*$/.test(letters)) return letters.trimEnd();
  return letters
    .replace(/[øłđðħŧıæœþς]/g, (letter) => relatives.get(letter) ?? letter)
    .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(/[\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .trimEnd();
}
