/** The short form: this library's ratios held against recorded ones. */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('recorded.json', import.meta.url);
/** A ratio that moves by less is noise. */
const allowed = 0.8;

/**
 * A ratio that is too low is measured a second time: a noisy moment is not to fail anybody.
 *
 * @param measureAfresh - measures a workload in fresh processes
 */
export async function checkRecorded({ dialect, figures, own, measureAfresh, record }) {
  const all = JSON.parse(readFileSync(file, 'utf8'));
  const ratio = (figure) => Number(figure[own].ratio.toFixed(2));
  if (record) {
    all[dialect] = Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, ratio(figure)]));
    writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
    console.log('recorded');
    return;
  }
  for (const [name, figure] of Object.entries(figures)) {
    const expected = all[dialect]?.[name];
    if (expected === undefined) throw new Error(`No ratio of ${name} on ${dialect} is recorded: run with --record.`);
    const least = expected * allowed;
    let found = ratio(figure);
    if (found < least) {
      console.log(`${name}: ${found}, less than ${least.toFixed(2)}; measured again`);
      found = Math.max(found, ratio(await measureAfresh(name)));
    }
    const isShort = found < least;
    if (isShort) process.exitCode = 1;
    console.log(`${name.padEnd(4)} ${found.toFixed(2)}, recorded ${expected}: ${isShort ? 'SLOWER' : 'ok'}`);
  }
}
