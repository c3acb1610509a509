import { mysqlText } from './mysql-text.ts';

/** Quoted text and names, parentheses, spaces, and what is left between them. */
const pieces = /'(?:[^'\\]|''|\\[\s\S])*'|`(?:[^`]|``)*`|[()]|\s+|[^\s'`()]+/g;

/** The words of a column's definition: what no space parts outside of quotes and parentheses, such as `varchar(20)` or `b'0'`. */
function wordsOf(definition: string): string[] {
  const words: string[] = [];
  let depth = 0;
  let word = '';
  for (const [piece] of definition.matchAll(pieces)) {
    if (piece === '(') depth++;
    if (piece === ')') depth--;
    if (depth > 0 || piece.trim() !== '') word += piece;
    else if (word !== '') {
      words.push(word);
      word = '';
    }
  }
  return word === '' ? words : [...words, word];
}

const isWord = (word: string | undefined, ...among: readonly string[]): boolean =>
  word !== undefined && among.includes(word.toUpperCase());

/** Behind what the column is; a comment comes last by convention, and MariaDB takes nothing behind a check. */
function inserted(words: readonly string[], ...added: readonly string[]): string {
  const end = words.findIndex((word) => isWord(word, 'COMMENT', 'CHECK'));
  return words.toSpliced(end === -1 ? words.length : end, 0, ...added).join(' ');
}

/** Without a word and the one that it governs: `DEFAULT 'a'`. */
function without(words: readonly string[], word: string): string[] {
  const at = words.findIndex((each) => isWord(each, word));
  return at === -1 ? [...words] : words.toSpliced(at, 2);
}

/**
 * A column as SHOW CREATE TABLE writes it, with NULL allowed or forbidden. `varchar(20) NOT NULL DEFAULT 'a'`, without
 * the name.
 */
export function withNullability(definition: string, nullable: boolean): string {
  const words = wordsOf(definition);
  const kept = words.filter((word, at) => {
    if (isWord(word, 'NOT', 'DEFAULT')) return !isWord(words[at + 1], 'NULL');
    return !isWord(word, 'NULL');
  });
  return inserted(kept, nullable ? 'NULL' : 'NOT NULL');
}

/** The same with another comment; undefined for none. */
export function withComment(definition: string, comment: string | undefined): string {
  const words = without(wordsOf(definition), 'COMMENT');
  return comment === undefined ? words.join(' ') : inserted(words, 'COMMENT', mysqlText(comment));
}

/** The same with another default: `DEFAULT 7`; undefined for none. */
export function withDefault(definition: string, fallback: string | undefined): string {
  const words = without(wordsOf(definition), 'DEFAULT');
  return fallback === undefined ? words.join(' ') : inserted(words, fallback);
}
