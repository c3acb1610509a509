import { transactionScope } from '../../connection/transaction.ts';
import { StrictLoadingViolation } from '../../errors/association.ts';
import type { Link } from '../../record/link.ts';
import { ensureLink } from '../../record/links.ts';
import { neighboursOf } from '../../record/neighbours.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import type { Reflection } from '../../relation/source.ts';
import { ownError } from '../../support/own-error.ts';
import { loadWithNested } from './preload.ts';
import { isCurrent } from './wiring.ts';

/**
 * Loads an association on its first use: for the record, and in the same statement for all records that were loaded
 * together with it and have it not loaded yet.
 */
export async function loadLazily(record: RecordState, reflection: Reflection): Promise<void> {
  const link = ensureLink(record, reflection.index);
  while (!isCurrent(record, reflection)) {
    const scope = scopeOf(reflection);
    if (link.loading?.scope === scope && link.loading !== undefined) {
      await shared(link.loading.done);
      continue;
    }
    checkStrict(record, reflection);
    const owners = together(record, reflection, scope);
    const done = loadWithNested(owners, reflection, {
      automatic: owners.length > 1,
      accepts: unchangedSince(owners, reflection),
    });
    await whileLoading(owners, reflection, { scope, done });
    // A foreign key that was assigned meanwhile asks for another record.
  }
}

/** A load that somebody else has begun. @throws its error, with a stack of this caller's own */
async function shared(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    throw ownError(error);
  }
}

/** What an owner has been given meanwhile stays, and what it has given up meanwhile does not come back. */
function unchangedSince(owners: readonly RecordState[], reflection: Reflection): (owner: RecordState) => boolean {
  const versionOf = (owner: RecordState) => ensureLink(owner, reflection.index).version;
  const versions = new Map(owners.map((owner) => [owner, versionOf(owner)]));
  return (owner) => !isCurrent(owner, reflection) && versions.get(owner) === versionOf(owner);
}

/** Whoever asks for the same meanwhile waits for this statement. */
async function whileLoading(
  owners: readonly RecordState[],
  reflection: Reflection,
  loading: NonNullable<Link['loading']>,
): Promise<void> {
  const links = owners.map((owner) => ensureLink(owner, reflection.index));
  for (const link of links) link.loading = loading;
  try {
    await loading.done;
  } finally {
    for (const link of links) if (link.loading === loading) link.loading = undefined;
  }
}

/** The transaction that its statements would go to: the target may be in another database than the owner. */
function scopeOf({ owner, models }: Reflection): object | undefined {
  for (const { known } of [...models, owner]) {
    const scope = known === undefined ? undefined : transactionScope.current(known.connection);
    if (scope !== undefined) return scope;
  }
  return undefined;
}

function together(record: RecordState, reflection: Reflection, scope: object | undefined): readonly RecordState[] {
  if (!reflection.declaration.batch || reflection.needsOwner) return [record];
  return neighboursOf(record).filter((each) => {
    if (each === record) return true;
    if (!reflection.owner.shares(each, reflection.name)) return false;
    // One that the program has frozen can be given nothing.
    if (!Object.isExtensible(each)) return false;
    if (each[lifeKey]?.isNew === true || isCurrent(each, reflection)) return false;
    const { loading } = ensureLink(each, reflection.index);
    return loading === undefined || loading.scope !== scope;
  });
}

/** @throws StrictLoadingViolation (`AR_STRICT_LOADING`) where using what is not loaded is forbidden */
function checkStrict(record: RecordState, reflection: Reflection): void {
  const { model } = reflection.owner;
  const setting =
    record[lifeKey]?.strictLoading ??
    reflection.declaration.strictLoading ??
    (typeof model === 'function' ? Reflect.get(record.constructor, 'strictLoading') : undefined);
  if (setting !== true && setting !== 'log') return;
  const message = `${reflection.label} is not loaded, and loading it on first use is forbidden.`;
  const hint = `Load it with the records: includes('${reflection.name}'), or loadMissing.`;
  if (setting === true) throw new StrictLoadingViolation(message, { hint });
  process.emitWarning(`${message} ${hint}`, { type: 'StrictLoading', code: 'AR_STRICT_LOADING' });
}
