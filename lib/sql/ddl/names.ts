import { createHash } from 'node:crypto';

/** Every database takes names of 63 bytes; a little is left for those that derive names of their own from ours. */
const longest = 60;

/**
 * The name, cut where no database could have it whole. The hash is that of the whole name, so that two long names which
 * begin alike stay different, and the same name is cut the same way every time.
 */
function fitted(name: string): string {
  if (Buffer.byteLength(name) <= longest) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > longest - hash.length - 1) break;
    kept += character;
  }
  return `${kept}_${hash}`;
}

/** `index_users_on_email`, `index_posts_on_author_id_and_title`. */
export function indexName(table: string, columns: readonly string[]): string {
  return fitted(`index_${table}_on_${columns.join('_and_')}`);
}

/** `fk_posts_author_id`. */
export function foreignKeyName(table: string, columns: readonly string[]): string {
  return fitted(`fk_${table}_${columns.join('_')}`);
}

/** `unique_users_email`: of a constraint. */
export function uniqueName(table: string, columns: readonly string[]): string {
  return fitted(`unique_${table}_${columns.join('_')}`);
}

/** `check_users_1f3870be`: by its text. */
export function conditionName(kind: 'check' | 'excl', table: string, text: string): string {
  return fitted(`${kind}_${table}_${createHash('sha256').update(text).digest('hex').slice(0, 8)}`);
}

/** `chk_users_role`. */
export function checkName(table: string, column: string): string {
  return fitted(`${checkPrefix}${table}_${column}`);
}

/** What the names of this library's own checks begin with. */
export const checkPrefix = 'chk_';
