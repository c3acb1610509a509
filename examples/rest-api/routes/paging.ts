/** Numbers of a query string, within bounds; what is no number is as if it had not been said. */
export function pageOf(query: Readonly<Record<string, unknown>>): { page: number; perPage: number } {
  return { page: bounded(query.page, 1, 1_000_000), perPage: bounded(query.perPage, 20, 100) };
}

export function limitOf(query: Readonly<Record<string, unknown>>): number {
  return bounded(query.limit, 20, 100);
}

function bounded(value: unknown, otherwise: number, most: number): number {
  const number = Number(value ?? otherwise);
  return Number.isSafeInteger(number) && number >= 1 ? Math.min(number, most) : otherwise;
}
