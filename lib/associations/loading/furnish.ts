import { InvalidQuery } from '../../errors/query.ts';
import { isRecord, lifeKey, type RecordState } from '../../record/state.ts';
import { takeEagerRows } from '../../relation/eager-load.ts';
import { checkIncludes, type Include, includeTree } from '../../relation/include.ts';
import { isRecordOf } from '../../relation/record-of.ts';
import type { LoadedQuery, Source } from '../../relation/source.ts';
import { describeValue } from '../../types/type.ts';
import { wireJoined } from './eager-wiring.ts';
import { Identities, isWhole, repeatedModels } from './identities.ts';
import { preload } from './preload.ts';

/** Gives the records of a query what it loads with them: first what its own statement has joined, then the rest. */
export async function furnish(source: Source, { records, rows, state }: LoadedQuery<RecordState>): Promise<void> {
  const identities = new Identities(state.eager.length > 0 ? undefined : repeatedModels(source, state.includes));
  const { limits } = state;
  // The records of the query are part of the load.
  if (isWhole(state)) identities.addAll(source, records);
  const joined = takeEagerRows(rows);
  if (joined !== undefined) {
    const owners = records.flatMap((record, index) => {
      const row = rows[index];
      return row === undefined ? [] : [{ record, row }];
    });
    await wireJoined(owners, joined.nodes, joined, { identities, limits });
  }
  const isJoined = ({ name, scope }: Include) => scope === undefined && state.eager.some((each) => each.name === name);
  await preload(records, state.includes.filter(isJoined), source, {
    identities,
    limits,
    onlyMissing: true,
  });
  await preload(
    records,
    state.includes.filter((each) => !isJoined(each)),
    source,
    { identities, limits },
  );
}

/**
 * Loads associations of records that are there already.
 *
 * @param given - a record, or a list of them
 * @param onlyMissing - leaves alone what is loaded
 * @returns what it was given
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for what is no saved record of the model
 */
export async function loadOnto<T extends object>(
  source: Source,
  given: T,
  associations: readonly unknown[],
  onlyMissing: boolean,
): Promise<T> {
  const what = onlyMissing ? 'loadMissing' : 'load';
  const includes = includeTree(associations, what);
  checkIncludes(includes, source.associations);
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const records = list.map((each) => savedRecord(each, source, what));
  if (records.length === 0 || includes.length === 0) return given;
  await source.ready();
  const identities = new Identities();
  identities.addAll(source, records);
  await preload(records, includes, source, { identities, onlyMissing });
  return given;
}

function savedRecord(given: unknown, source: Source, what: string): RecordState {
  const { modelName } = source;
  if (!isRecordOf(given, source)) {
    throw new InvalidQuery(
      `${modelName}.${what} takes records of ${modelName}, not ${isRecord(given) ? `one of ${given.constructor.name}` : describeValue(given)}.`,
      { hint: 'Give it one record, or a list of records of this one class.' },
    );
  }
  const { isNew = false, isDestroyed = false } = given[lifeKey] ?? {};
  if (!isNew && !isDestroyed) return given;
  throw new InvalidQuery(
    `${modelName}.${what} was given a record that ${isNew ? 'is not saved yet' : 'has been destroyed'}.`,
    { hint: isNew ? 'Save it first.' : 'Leave it out.' },
  );
}
