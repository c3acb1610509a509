import { linkAt } from '../../record/links.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { removedTogether } from '../../relation/removal.ts';
import type { Associations, Reflection, Source } from '../../relation/source.ts';
import { loadWithNested } from '../loading/preload.ts';
import { isCurrent } from '../loading/wiring.ts';
import { stepTo } from '../writing/expect-record.ts';
import { isUnderWay } from './dependents.ts';

const known = new WeakMap<Associations, readonly Reflection[]>();

function delegatesOf(associations: Associations): readonly Reflection[] {
  let found = known.get(associations);
  if (found === undefined) {
    found = associations.all.filter(
      ({ declaration: { kind, dependent } }) => kind === 'belongsTo' && dependent === 'destroy',
    );
    known.set(associations, found);
  }
  return found;
}

/** After the DELETE of `destroy()`, in its transaction: what the record stands for goes with it. */
export async function destroyDelegates(record: RecordState, associations: Associations): Promise<void> {
  for (const reflection of delegatesOf(associations)) {
    if (!isCurrent(record, reflection))
      await loadWithNested([record], reflection, { automatic: false, accepts: () => true });
    const delegate = linkAt(record, reflection.index)?.one ?? null;
    if (delegate === null || delegate[lifeKey]?.isNew === true || delegate[lifeKey]?.isDestroyed === true) continue;
    // A model makes records, whatever it is a model of.
    const source = stepTo(reflection, delegate).source as Source<RecordState>;
    if (!isUnderWay(source, delegate)) await removedTogether(record, delegate, () => source.destroy(delegate));
  }
}
