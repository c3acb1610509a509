import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Loads a file of the application: TypeScript or JavaScript, on any Node. What it imports as `active-record-ts` is this
 * very copy of the library, wherever the file lies.
 */
export async function importModule(file: string): Promise<unknown> {
  // Run from its TypeScript sources, the library is in an environment that can load the application's too.
  if (import.meta.url.endsWith('.ts')) return import(/* @vite-ignore */ pathToFileURL(file).href);
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, {
    alias: { 'active-record-ts': fileURLToPath(new URL('../index.js', import.meta.url)) },
    moduleCache: false,
    fsCache: false,
  });
  return jiti.import(file);
}
