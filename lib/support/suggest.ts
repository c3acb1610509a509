/** The number of single-letter edits between two words, given up above `limit`. */
function distance(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let at = 1; at <= b.length; at++) {
      const substitution = (previous[at - 1] ?? 0) + (a[row - 1] === b[at - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[at] ?? 0) + 1, (current[at - 1] ?? 0) + 1));
    }
    if (Math.min(...current) > limit) return limit + 1;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The name among `known` that `name` was probably meant to be. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const limit = name.length <= 3 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const found = distance(name.toLowerCase(), candidate.toLowerCase(), limit);
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** The hint of an error about an unknown name, which may be of any type: the nearest one, else all of them. */
export function didYouMean(name: unknown, known: Iterable<string>): string {
  const names = [...known];
  const found = typeof name === 'string' ? nearest(name.slice(0, 64), names) : undefined;
  if (found !== undefined) return `Did you mean "${found}"?`;
  return names.length === 0 ? 'There is none.' : `There is ${names.map((each) => `"${each}"`).join(', ')}.`;
}
