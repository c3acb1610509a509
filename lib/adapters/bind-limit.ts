import { InvalidQuery } from '../errors/query.ts';
import type { Compiled } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';

/** What the protocol would count wrongly, or the server refuse after it was sent. */
export function bindLimitError({ binds }: Compiled, { label, features }: Dialect): InvalidQuery | undefined {
  if (binds.length <= features.maxBinds) return undefined;
  return new InvalidQuery(
    `The statement has ${binds.length} values, but ${label} takes at most ${features.maxBinds} in one statement.`,
    { hint: 'Give a list ([…]) in place of many conditions, or split the work.' },
  );
}
