/** A share of each row of the scorecard, on the sources; `npm run scorecard` runs them in full, on dist/. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { dialects } from '../support/databases.ts';

interface Outcome {
  readonly ok: boolean;
  readonly line: string;
  readonly failures: readonly string[];
}
interface Row {
  readonly number: number;
  readonly title: string;
}
interface Runner {
  allRows(): Promise<Row[]>;
  runRow(row: Row, context: object): Promise<Outcome>;
}

const runner: Runner = await import(new URL('../../scripts/scorecard.js', import.meta.url).href);
const rows = await runner.allRows();

const context = {
  quick: process.env.AR_TEST_LONG === undefined,
  servers: { mysql: inject('mysqlUrl'), postgres: inject('postgresUrl') },
  // For processes of their own.
  library: pathToFileURL(join(inject('compiled'), 'index.js')).href,
};

describe('the scorecard', () => {
  it('has the rows 1 to 13, 20 to 28', () => {
    expect(rows.map(({ number }) => number)).toEqual(
      expect.arrayContaining([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27, 28]),
    );
  });

  // These ask servers only.
  const serverRows = [6, 13, 21, 27, 28];
  const wanted = rows.filter(({ number }) => !serverRows.includes(number) || dialects.includes('mysql'));
  it.each(wanted.map((row) => [`row ${row.number} ${row.title}`, row] as const))(
    '%s',
    { timeout: 900_000 },
    async (_, row) => {
      const { ok, line, failures } = await runner.runRow(row, context);
      expect([line, ...failures].join('\n'), line).toMatch(ok ? / ok\b/ : /^$/);
    },
  );
});
