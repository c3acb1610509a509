/** What the event of a statement, and its line in the log, say of the work that it does for several. */
import { BaseModel, column, connect, disconnect, type LoggedStatement } from 'active-record-ts';
import { recordQueries } from 'active-record-ts/testing';
import { expect, it } from 'vitest';
import { formatStatement } from '../../lib/connection/log.ts';
import { literalStatement } from '../../lib/sql/compile.ts';
import { describeModels } from '../support/models.ts';

class Pupil extends BaseModel.with({ id: column.id(), name: column.string() }) {
  static override connectionName = 'logged';
}

describeModels('events of statements', [], (database) => {
  it('name the association that was loaded automatically, and for how many records', async () => {
    const logged: LoggedStatement[] = [];
    const connection = await connect(database.url, { name: 'logged', log: (statement) => logged.push(statement) });
    const batch = { association: 'Pupil.class', records: 100 };
    const { statements } = await recordQueries(async () => {
      await connection.run(literalStatement('SELECT 1'), { prepared: false, bigints: false, batch });
      await connection.run(literalStatement('SELECT 2'), { prepared: false, bigints: false });
    });
    await disconnect('logged');
    expect(statements[0]).toMatchObject({ batch });
    expect(statements[1]).not.toHaveProperty('batch');
    expect(statements[1]).not.toHaveProperty('coalesced');
    expect(logged[0]).toMatchObject({ batch });
    expect(logged[1]).not.toHaveProperty('batch');
    expect(logged.map((statement) => formatStatement({ ...statement, duration: 1 }))).toEqual([
      '(1.0 ms, 1 row, batch Pupil.class × 100) SELECT 1',
      '(1.0 ms, 1 row) SELECT 2',
    ]);
  });

  it('say how many finds were one statement', async () => {
    const logged: LoggedStatement[] = [];
    const connection = await connect(database.url, { name: 'logged', log: (statement) => logged.push(statement) });
    await Promise.allSettled([Pupil.find(1), Pupil.find(2), Pupil.find(2)]);
    await connection.close();
    await disconnect('logged');
    expect(logged).toHaveLength(1);
    expect(logged[0]?.coalesced).toBe(3);
    expect(logged.map((statement) => formatStatement({ ...statement, rows: 2, error: undefined }))[0]).toMatch(
      /^\(\d+\.\d ms, 2 rows, find × 3\) SELECT /,
    );
  });
});
