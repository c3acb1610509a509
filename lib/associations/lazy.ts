import { transactionScope } from '../connection/transaction.ts';
import { StrictLoadingViolation } from '../errors/association.ts';
import type { Link } from '../record/link.ts';
import { ensureLink } from '../record/links.ts';
import { neighboursOf } from '../record/neighbours.ts';
import { lifeKey, type RecordState } from '../record/state.ts';
import type { Reflection } from '../relation/source.ts';
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
      await link.loading.done;
      continue;
    }
    checkStrict(record, reflection);
    const owners = together(record, reflection, scope);
    const done = loadWithNested(owners, reflection, { automatic: owners.length > 1, keep: true });
    await whileLoading(owners, reflection, { scope, done });
    // A foreign key that was assigned meanwhile asks for another record.
  }
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

/** The transaction that its statements would go to. */
function scopeOf({ owner }: Reflection): object | undefined {
  const connection = owner.known?.connection;
  return connection === undefined ? undefined : transactionScope.current(connection);
}

function together(record: RecordState, reflection: Reflection, scope: object | undefined): readonly RecordState[] {
  if (!reflection.declaration.batch || reflection.needsOwner) return [record];
  const { model } = reflection.owner;
  return neighboursOf(record).filter((each) => {
    if (each === record) return true;
    if (typeof model !== 'function' || !(each instanceof model)) return false;
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
