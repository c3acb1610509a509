import { mysqlText } from './mysql-text.ts';

/** Quoted text and names, parentheses, spaces, and what is left between them. */
const pieces = /'(?:[^'\\]|''|\\[\s\S])*'|`(?:[^`]|``)*`|[()]|\s+|[^\s'`()]+/g;

/** The words of a column's definition, in pieces that stand in no parentheses; what stands in some is one piece. */
function wordsOf(definition: string): string[] {
  const words: string[] = [];
  let depth = 0;
  let group = '';
  for (const [piece] of definition.matchAll(pieces)) {
    if (piece === '(') depth++;
    if (depth > 0) group += piece;
    else if (piece.trim() !== '') words.push(piece);
    if (piece !== ')' || depth === 0) continue;
    depth--;
    if (depth > 0) continue;
    words.push(group);
    group = '';
  }
  return words;
}

/**
 * A column as SHOW CREATE TABLE writes it, with NULL allowed or forbidden. `varchar(20) NOT NULL DEFAULT 'a'`, without
 * the name.
 */
export function withNullability(definition: string, nullable: boolean): string {
  const words = wordsOf(definition);
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [word = '', next = ''] = [words[at]?.toUpperCase(), words[at + 1]?.toUpperCase()];
    if (word === 'NOT' && next === 'NULL') at++;
    else if (word === 'DEFAULT' && next === 'NULL') at++;
    else if (word !== 'NULL') kept.push(words[at] ?? '');
  }
  // Behind the type and its character set anything may stand in any order; a comment comes last by convention.
  const comment = kept.findIndex((word) => word.toUpperCase() === 'COMMENT');
  kept.splice(comment === -1 ? kept.length : comment, 0, nullable ? 'NULL' : 'NOT NULL');
  return joined(kept);
}

/** The same with another comment; undefined for none. */
export function withComment(definition: string, comment: string | undefined): string {
  const words = wordsOf(definition);
  const at = words.findIndex((word) => word.toUpperCase() === 'COMMENT');
  if (at !== -1) words.splice(at, 2);
  if (comment !== undefined) words.push('COMMENT', mysqlText(comment));
  return joined(words);
}

/** A group sticks to the type or function before it, which MySQL asks for in some modes. */
function joined(words: readonly string[]): string {
  return words.reduce((text, word) => (word.startsWith('(') && !/\bAS$/i.test(text) ? text + word : `${text} ${word}`));
}
