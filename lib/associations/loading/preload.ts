import type { QueryLimits } from '../../adapters/contract.ts';
import { InvalidDefinition } from '../../errors/definition.ts';
import { InvalidQuery } from '../../errors/query.ts';
import { linkAt } from '../../record/links.ts';
import type { RecordState } from '../../record/state.ts';
import type { Include } from '../../relation/include.ts';
import { isRecordOf } from '../../relation/record-of.ts';
import type { Reflection, Source } from '../../relation/source.ts';
import { Identities } from './identities.ts';
import { type LoadRequest, loadAssociation } from './loader.ts';
import { isCurrent } from './wiring.ts';

interface PreloadOptions {
  readonly identities?: Identities | undefined;
  /** Leaves alone what is loaded already. */
  readonly onlyMissing?: boolean;
  /** Of the query that this is a part of. */
  readonly limits?: QueryLimits | undefined;
  /** How many scopes, one within the other, have asked for this; 0 where the program has. */
  readonly depth?: number;
}

/** More than anybody writes down. */
const deepest = 100;

/** Loads associations of records that are there, and what is to be loaded with those; a statement for each. */
export async function preload(
  records: readonly RecordState[],
  includes: readonly Include[],
  source: Source,
  options: PreloadOptions = {},
): Promise<void> {
  if (records.length === 0) return;
  const { onlyMissing = false, depth = 0, identities } = options;
  for (const include of includes) {
    const reflection = source.associations.get(include.name);
    if (reflection.needsOwner) {
      throw new InvalidQuery(`${reflection.label} has a scope that asks for its owner, so it is not loaded for many.`, {
        hint: 'Write a scope with one parameter, or await the association of each record.',
      });
    }
    if (depth > deepest) {
      throw new InvalidDefinition(`${reflection.label} is included by scopes that include each other without end.`, {
        hint: 'Leave the association out of one of these scopes.',
      });
    }
    const wanted = onlyMissing ? records.filter((record) => !isCurrent(record, reflection)) : records;
    // Two scopes may include each other: what this load has brought already is not loaded once more.
    const owners = identities?.notYet(reflection, wanted, depth > 0) ?? wanted;
    await loadWithNested(owners, reflection, { narrow: narrowing(include, reflection), ...options });
    if (include.nested.length === 0) continue;
    for (const [target, targets] of bySource(reflection, records)) {
      // Of several models each is asked for what it has; that one has it was checked before.
      const nested =
        reflection.variants === undefined
          ? include.nested
          : include.nested.filter(({ name }) => target.associations.find(name) !== undefined);
      await preload(targets, nested, target, options);
    }
  }
}

/** Loads an association, and what its own scopes include. */
export async function loadWithNested(
  owners: readonly RecordState[],
  reflection: Reflection,
  request: LoadRequest & { readonly depth?: number },
): Promise<void> {
  if (owners.length === 0) return;
  const further = await loadAssociation(owners, reflection, request);
  const { identities = new Identities(), limits, depth = 0 } = request;
  for (const { records, includes, target } of further) {
    await preload(records, includes, target, { identities, limits, depth: depth + 1 });
  }
}

function narrowing({ scope }: Include, { label }: Reflection): LoadRequest['narrow'] {
  return scope === undefined ? undefined : (state, target) => target.scoped(state, scope, `includes ${label}`);
}

/** The records that are loaded for an association, by their models. */
function bySource(reflection: Reflection, owners: readonly RecordState[]): Map<Source, RecordState[]> {
  const loaded = new Set<RecordState>();
  for (const owner of owners) {
    const link = linkAt(owner, reflection.index);
    if (link === undefined) continue;
    if (link.one !== null) loaded.add(link.one);
    for (const record of link.many ?? []) loaded.add(record);
  }
  if (reflection.variants === undefined) return new Map([[reflection.target, [...loaded]]]);
  const groups = new Map<Source, RecordState[]>();
  for (const record of loaded) {
    const step = [...reflection.variants.values()].find(({ source }) => isRecordOf(record, source));
    if (step === undefined) continue;
    const group = groups.get(step.source);
    if (group === undefined) groups.set(step.source, [record]);
    else group.push(record);
  }
  return groups;
}
