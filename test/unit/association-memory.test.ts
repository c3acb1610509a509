/** Associations cost nothing until they are touched: measured on the heap of a process of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, inject, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const probe = fileURLToPath(new URL('../support/association-memory.js', import.meta.url));
const library = pathToFileURL(join(inject('compiled'), 'index.js')).href;

test('records with three associations declared are no larger than records with none', { timeout: 120_000 }, () => {
  const records = process.env.AR_TEST_LONG === undefined ? '60000' : '100000';
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', probe], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, AR_TEST_RECORDS: records, AR_LIBRARY: library },
  });
  expect(status, stderr).toBe(0);
  const { count, plain, linked, touched } = JSON.parse(stdout) as Record<string, number>;
  process.stdout.write(
    `heap per record, of ${count}: ${plain?.toFixed(1)} bytes without associations, ${linked?.toFixed(1)} with three; ${touched?.toFixed(0)} more for each of a neighbourhood once one of them is touched\n`,
  );
  expect(plain).toBeGreaterThan(50);
  expect(Math.abs((linked ?? 0) - (plain ?? 0))).toBeLessThan(4);
});
