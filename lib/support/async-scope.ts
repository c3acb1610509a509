import { AsyncLocalStorage } from 'node:async_hooks';

interface Frame<T> {
  readonly owner: object;
  readonly value: T | undefined;
  readonly outer: Frame<T> | undefined;
}

/**
 * A value of the running async code, for each of several owners: what `run` sets is seen by the function and by all
 * that it starts, and by nobody else. An inner value hides an outer one of the same owner; so does `undefined`.
 */
export class AsyncScope<T> {
  readonly #storage = new AsyncLocalStorage<Frame<T>>();

  current(owner: object): T | undefined {
    let frame = this.#storage.getStore();
    while (frame !== undefined && frame.owner !== owner) frame = frame.outer;
    return frame?.value;
  }

  run<R>(owner: object, value: T | undefined, fn: () => R): R {
    return this.#storage.run({ owner, value, outer: this.#storage.getStore() }, fn);
  }
}
