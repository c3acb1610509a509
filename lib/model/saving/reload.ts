import { RecordNotPersisted } from '../../errors/record.ts';
import { replaceRow } from '../../record/replace-row.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { ready as readyOf } from '../metadata.ts';
import type { ModelClass } from '../model-class.ts';
import { gone, keyOf } from './row-key.ts';

/** Reads the row of a record again; what was assigned and not saved is gone. */
export async function reloadRecord(model: ModelClass, record: RecordState): Promise<void> {
  const ready = await readyOf(model);
  if (record[lifeKey]?.isNew === true) {
    throw new RecordNotPersisted(`This ${model.name} has not been saved, so there is nothing to reload.`, {
      hint: 'Save it first.',
    });
  }
  const outcome = await ready.connection.run(
    ready.statements.read(ready.attributes.all, keyOf(model, record, ready.attributes, ready)),
    { prepared: true, bigints: ready.attributes.bigints },
    'read',
  );
  const [row] = outcome.rows;
  if (row === undefined) throw gone(model, record, ready.attributes);
  replaceRow(record, row);
}
