import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const library = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where in the project's own files an error comes from, as `seeds.ts:12`: its stack is mostly of this library and of
 * Node. The column is left out: TypeScript was taken away, lines were kept.
 */
export function placeOf(error: unknown, cwd: string): string | undefined {
  let place: string | undefined;
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    place = firstOwnFrame(at.stack ?? '', cwd) ?? place;
  }
  return place;
}

function firstOwnFrame(stack: string, cwd: string): string | undefined {
  for (const line of stack.split('\n')) {
    const [, where = '', row = ''] = /^\s+at (?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\).*):(\d+):\d+\)?$/.exec(line) ?? [];
    if (where === '') continue;
    const path = where.startsWith('file://') ? fileURLToPath(where) : where;
    if (path.startsWith(library) || path.includes(`${sep}node_modules${sep}`)) continue;
    const shown = relative(cwd, path);
    return `${shown.startsWith('..') ? path : shown}:${row}`;
  }
  return undefined;
}
