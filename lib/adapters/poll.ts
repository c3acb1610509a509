import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until there is an answer; undefined where there is none within `wait` milliseconds. Asks at
 * least once.
 */
export async function poll<T>(ask: () => T | undefined | Promise<T | undefined>, wait: number): Promise<T | undefined> {
  const deadline = performance.now() + wait;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 250)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const left = deadline - performance.now();
    if (left <= 0) return undefined;
    // Not in step with others who wait for the same.
    await sleep(Math.min(left, pause * (0.5 + Math.random())));
  }
}
