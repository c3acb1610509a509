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

function isNaming(naming: string): naming is Naming {
  return namings.includes(naming);
}
