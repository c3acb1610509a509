import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

// Installing takes most of a minute on a slow machine: everyday runs check types alone, by the same script.
it.runIf(process.env.AR_TEST_LONG !== undefined)(
  'the examples pass their tests with the packed package',
  { timeout: 600_000 },
  () => {
    const { VITEST: _, NODE_ENV: __, ...env } = process.env;
    const result = spawnSync(process.execPath, ['scripts/examples.js'], { cwd: root, encoding: 'utf8', env });
    expect(result.stdout, result.stderr).not.toMatch(/^failed/m);
    expect(result.status, result.stderr).toBe(0);
  },
);
