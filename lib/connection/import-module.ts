import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Jiti, JitiOptions } from 'jiti';

/**
 * Loads a file of the application: TypeScript or JavaScript, on any Node, with the `paths` of its tsconfig.json. What it
 * imports as `active-record-ts` is this very copy of the library, and files that import one another share what they
 * export, wherever they lie and however many of them are loaded.
 */
export async function importModule(path: string): Promise<unknown> {
  const file = resolve(path);
  // Run from its TypeScript sources, the library is in an environment that can load the application's too.
  if (import.meta.url.endsWith('.ts')) return import(/* @vite-ignore */ pathToFileURL(file).href);
  const { createJiti } = await import('jiti');
  const loader = loaderFor(createJiti, file, {
    virtualModules: await ownEntries(),
    fsCache: false,
    // Two copies of a model would be two models: a record of one is refused where the other is asked for.
    moduleCache: true,
  });
  try {
    return await loader.import(file);
  } catch (error) {
    throw inOneLine(error);
  }
}

/** Syntax errors come with pages about the compiler's settings, and name the place in a line of its own at the end. */
function inOneLine(error: unknown): unknown {
  const [, what, place] =
    /^ParseError: ([^\n]*?)(?: \(\d+:\d+\))?:?\s*\n.*?(\S[^\n]*:\d+):\d+\s*$/s.exec(
      String(Reflect.get(Object(error), 'message')),
    ) ?? [];
  return what === undefined ? error : new SyntaxError(`${what} (${place})`, { cause: error });
}

function loaderFor(createJiti: (id: string, options: JitiOptions) => Jiti, file: string, options: JitiOptions): Jiti {
  try {
    return createJiti(file, { ...options, tsconfigPaths: true });
  } catch {
    // A tsconfig.json that extends what only developers install must not stop a server: most files need no `paths`, and
    // one that does says which module it misses.
    return createJiti(file, options);
  }
}

let entries: Promise<Record<string, unknown>> | undefined;

/** As modules, not as paths: a path with # or % would not find them. They stand above this file: found by their names. */
function ownEntries(): Promise<Record<string, unknown>> {
  entries ??= (async () => {
    const load = (name: string): Promise<unknown> => import(new URL(name, import.meta.url).href);
    const [main, testing] = await Promise.all([load('../index.js'), load('../testing/index.js')]);
    return { 'active-record-ts': main, 'active-record-ts/testing': testing };
  })();
  return entries;
}
