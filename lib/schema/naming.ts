import { InvalidDefinition } from '../errors/definition.ts';
import type { Naming } from '../support/naming.ts';
import { didYouMean } from '../support/suggest.ts';

const namings: readonly string[] = ['snake', 'preserve'] satisfies Naming[];

/**
 * What a class says by `static naming`. Typed as text there: a subclass that writes `static naming = 'preserve'` has a
 * property of type string, which a narrower one would not take.
 */
export function checkedNaming(naming: string, owner: string): Naming {
  if (isNaming(naming)) return naming;
  throw new InvalidDefinition(`${owner} has the naming ${JSON.stringify(naming)}, which there is not.`, {
    hint: didYouMean(String(naming), namings),
  });
}

/** Columns that not every driver can put into a row: mysql2 refuses these names, and `__proto__` is no property. */
export const unreadableColumns: ReadonlySet<string> = new Set([
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
]);

/** @throws InvalidDefinition (`AR_DEFINITION_INVALID`) for a name that no row can have */
export function checkedColumnName(name: string): string {
  if (!unreadableColumns.has(name)) return name;
  throw new InvalidDefinition(
    `A column named "${name}" cannot be read: every JavaScript object has a member of that name.`,
    {
      hint: 'Rename it in the database (ALTER TABLE … RENAME COLUMN). A model without a definition leaves it out.',
    },
  );
}

function isNaming(naming: string): naming is Naming {
  return namings.includes(naming);
}
