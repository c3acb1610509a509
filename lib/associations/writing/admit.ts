import type { RecordState } from '../../record/state.ts';
import type { Reflection } from '../../relation/source.ts';
import { JoinRows } from './join-rows.ts';
import { giveKey, isNew, type Writing } from './ownership.ts';
import { addThrough } from './through-rows.ts';

/**
 * Makes records belong to an owner, in the database: they are saved with its key; where there is something in between, a
 * row of that is made.
 */
export async function admit(
  owner: RecordState,
  reflection: Reflection,
  members: readonly RecordState[],
  writing: Writing,
): Promise<void> {
  const { declaration, target } = reflection;
  if (declaration.through !== undefined) return addThrough(owner, reflection, members, writing);
  if (declaration.kind === 'hasAndBelongsToMany') {
    for (const member of members) if (isNew(member)) await target.save(member, writing.run, writing.options);
    const rows = new JoinRows(owner, reflection, writing);
    await rows.insert(members.map((member) => rows.keyOf(member)));
    return;
  }
  for (const member of members) {
    giveKey(owner, reflection, member, writing);
    await target.save(member, writing.run, writing.options);
  }
}
