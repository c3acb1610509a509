import type { QueryLimits } from '../../adapters/contract.ts';

/** The limits of a query hold for the statements of what it loads with its records too, beside those that these have of their own. */
export function joinedLimits(own: QueryLimits | undefined, outer: QueryLimits | undefined): QueryLimits | undefined {
  if (own === undefined || outer === undefined) return own ?? outer;
  const signals = [own.signal, outer.signal].filter((each) => each !== undefined);
  const timeouts = [own.timeout, outer.timeout].filter((each) => each !== undefined);
  return {
    signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
    timeout: timeouts.length > 0 ? Math.min(...timeouts) : undefined,
  };
}
