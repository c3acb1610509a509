/** Systems in turns, round by round, so that a noisy moment hits all of them. */
import { workloads } from './workloads.js';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const warmUp = 3;

/**
 * Measures one workload.
 *
 * @param workers - the first one is what the others are compared with
 * @param share - of the operations of a round
 * @returns of each system: microseconds (`wall`, `cpu`) and `ratio` of throughput to the first system, medians of the rounds
 */
export async function measureRounds(name, workers, rounds, share, database) {
  const { operations, writes } = workloads[name];
  const most = Math.max(1, Math.ceil(operations * share));
  const figures = new Map(workers.map((worker) => [worker.file, []]));
  let begin = 1;
  // The first rounds only warm up: no system is to be measured while its code is still being compiled.
  for (let round = -warmUp; round < rounds; round++) {
    const first = (round + warmUp) % workers.length;
    for (const worker of [...workers.slice(first), ...workers.slice(0, first)]) {
      const figure = await worker.do('measure', { workload: name, begin, most });
      if (round >= 0) figures.get(worker.file).push(figure);
    }
    begin += most;
    if (writes) await database.restore();
  }
  const plain = figures.get(workers[0].file);
  return Object.fromEntries(
    [...figures].map(([file, all]) => [
      file,
      {
        wall: median(all.map(({ wall }) => wall)),
        cpu: median(all.map(({ cpu }) => cpu)),
        ratio: median(all.map(({ wall }, round) => plain[round].wall / wall)),
        cpuRatio: median(all.map(({ cpu }, round) => cpu / plain[round].cpu)),
      },
    ]),
  );
}

/** Statements that one operation sends, as the server counts them; undefined where it does not. */
export async function countStatements(name, worker, database) {
  if (database.statements === undefined) return undefined;
  // Prepared, and warm: only what each operation costs.
  const most = workloads[name].inFlight ?? 1;
  await worker.do('measure', { workload: name, begin: 1, most });
  const before = await database.statements();
  const { operations } = await worker.do('measure', { workload: name, begin: 1, most });
  // One of them is the question itself.
  const sent = (await database.statements()) - before - 1;
  if (workloads[name].writes) await database.restore();
  return sent / operations;
}
