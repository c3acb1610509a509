/**
 * State that must be one per process, even where the library was loaded twice (two versions of a bundle, or a tool that
 * loads TypeScript on its own): a connection that one copy opened must be the one that the other finds.
 */
export function shared<T>(name: string, make: () => T): T {
  const key = Symbol.for(`active-record-ts/1/${name}`);
  const held: unknown = Reflect.get(globalThis, key);
  // Only this function writes the key, always with the value that `make` of the same name gives.
  if (held !== undefined) return held as T;
  const made = make();
  Reflect.set(globalThis, key, made);
  return made;
}
