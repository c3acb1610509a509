/** Everything that programs import from the package. Its entry stands above this file, and so is found by its name. */
export async function packageExports(): Promise<Readonly<Record<string, unknown>>> {
  const entry = import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js';
  const loaded: unknown = await import(/* @vite-ignore */ new URL(entry, import.meta.url).href);
  return typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};
}
