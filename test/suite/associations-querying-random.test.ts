// Random conditions by association find the rows that JavaScript finds in the same data.
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { graphModels } from '../support/association-graph.ts';
import { expected, queryOf, type Records, tree } from '../support/association-trees.ts';
import { populate, reference } from '../support/association-world.ts';
import { describeModels } from '../support/models.ts';

const isLong = process.env.AR_TEST_LONG !== undefined;
const runs = isLong ? 5_000 : 300;
/** Fixed, so that a failure can be run again; another one each time a long run is asked for. */
const seed = isLong ? Date.now() : 20_261_120;

describeModels('random conditions by association', graphModels, () => {
  let records: Records;
  beforeAll(async () => {
    await populate();
    const found = await Promise.all(
      Object.entries(reference).map(async ([name, { model }]) => {
        const all: { id: number }[] = await (model as { unscoped(): PromiseLike<{ id: number }[]> }).unscoped();
        return [name, new Map(all.map((record) => [record.id, record]))] as const;
      }),
    );
    records = Object.fromEntries(found) as unknown as Records;
  });

  it('find the same rows as plain JavaScript', async () => {
    for (const { model, clauses } of fc.sample(tree, { numRuns: runs, seed })) {
      const query = queryOf(model, clauses, records);
      const found = await query.order('id').ids();
      const { sql } = query.toSQL();
      expect(found, `seed ${seed}: ${sql} ${JSON.stringify(clauses)}`).toEqual(expected(model, clauses));
    }
  });
});
