/** How long a transaction waits before it is run again. */
import { afterEach, expect, it, vi } from 'vitest';
import { checkOptions } from '../../lib/connection/transaction-options.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The waits after the first attempts, with all or none of what chance takes away. */
const waits = (retries: number | { times: number; backoff: number }, chance: number) => {
  vi.spyOn(Math, 'random').mockReturnValue(chance);
  const { backoff } = checkOptions({ retries });
  return [1, 2, 3, 4, 9, 50].map((attempt) => backoff(attempt));
};

it('is twice as long each time, up to two seconds', () => {
  expect(waits(9, 1)).toEqual([20, 40, 80, 160, 2_000, 2_000]);
});

it('is less up to half of it by chance', () => {
  expect(waits(9, 0)).toEqual([10, 20, 40, 80, 1_000, 1_000]);
});

it('begins with what it is told', () => {
  expect(waits({ times: 9, backoff: 100 }, 1)).toEqual([100, 200, 400, 800, 2_000, 2_000]);
  expect(waits({ times: 9, backoff: 5_000 }, 1)).toEqual([5_000, 5_000, 5_000, 5_000, 5_000, 5_000]);
});
