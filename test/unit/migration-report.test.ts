import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Output } from '../../lib/cli/output.ts';
import { migrationReport } from '../../lib/cli/report.ts';

const asIs = (text: string) => text;

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

it.each([
  ['a pipe gets a line about a data step now and then', false, { lines: ['   1_a: 20 rows in 2 batches'], shown: 0 }],
  ['a terminal gets a line that changes', true, { lines: [], shown: 3 }],
])('%s', (_, interactive, expected) => {
  const lines: string[] = [];
  let shown = 0;
  const output: Output = {
    interactive,
    line: (text = '') => lines.push(text),
    problem: () => undefined,
    progress: () => ({ show: (text) => void (text.includes('rows') && shown++), clear: () => undefined }),
    choose: async () => undefined,
    style: { good: asIs, bad: asIs, faint: asIs, strong: asIs },
  };
  const tell = migrationReport(output);
  tell({ kind: 'started', direction: 'up', migration: '1_a' });
  for (const [batches, wait] of [
    [1, 9_000],
    [2, 2_000],
    [3, 5_000],
  ] as const) {
    vi.advanceTimersByTime(wait);
    tell({ kind: 'progress', migration: '1_a', batches, rows: batches * 10 });
  }
  expect({ lines, shown }).toEqual(expected);
});
