import type { DriverConnection } from '../adapters/contract.ts';
import { AsyncScope } from '../support/async-scope.ts';
import { shared } from '../support/shared.ts';

/** A driver connection that the running async code holds, and those that surrounding code holds. */
export interface Held {
  readonly connection: DriverConnection;
  readonly outer: Held | undefined;
  /** It has been given back: code that was not awaited can outlive the holder. */
  released: boolean;
}

const heldScope = shared('held connections', () => new AsyncScope<Held>());

/** Runs `use` as the holder of a connection of that pool. */
export async function whileHeld<T>(pool: object, connection: DriverConnection, use: () => Promise<T>): Promise<T> {
  const held: Held = { connection, outer: heldScope.current(pool), released: false };
  try {
    return await heldScope.run(pool, held, use);
  } finally {
    held.released = true;
  }
}

/** Runs `use` as code of that holder, also where another one has called it. */
export function asHolder<T>(pool: object, held: Held | undefined, use: () => T): T {
  return held === undefined ? use() : heldScope.run(pool, held, use);
}

/** Who holds a connection of that pool for the running code. */
export const holderOf = (pool: object): Held | undefined => heldScope.current(pool);

/** What of that pool cannot be given back before the running code is done, unless it outlives its holder. */
export function heldHere(pool: object): readonly Held[] {
  const all: Held[] = [];
  for (let held = heldScope.current(pool); held !== undefined; held = held.outer) if (!held.released) all.push(held);
  return all;
}
