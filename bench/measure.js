/** The middle one of some numbers. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function time(operations, operation) {
  const start = performance.now();
  for (let index = 0; index < operations; index++) await operation();
  return ((performance.now() - start) * 1000) / operations;
}

/**
 * Runs two ways of doing the same, in turn, round by round, so that a noisy moment hits both. Gives the median of each
 * in microseconds per operation, and the median of the rounds' ratios.
 */
export async function measure(rounds, operations, { mysql2, ours }) {
  // A whole round of each first: neither is to be measured while it is still being compiled.
  await time(operations, mysql2);
  await time(operations, ours);
  const plain = [];
  const own = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    const a = await time(operations, first ? mysql2 : ours);
    const b = await time(operations, first ? ours : mysql2);
    plain.push(first ? a : b);
    own.push(first ? b : a);
  }
  return { mysql2: median(plain), ours: median(own), ratio: median(plain.map((value, index) => value / own[index])) };
}
