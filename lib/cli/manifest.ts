import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandInvalid } from '../errors/migration.ts';

/**
 * Gives the package.json of a folder what the command needs: the script `migrate`, and ES modules where it does not say
 * what modules it has. Its own formatting stays.
 *
 * @returns what was done, and what was left alone, a line each
 */
export async function prepareManifest(folder: string): Promise<string[]> {
  const path = join(folder, 'package.json');
  const text = await readIfThere(path);
  if (text === undefined) {
    const manifest = { private: true, type: 'module', scripts: { migrate: 'ar migrate' } };
    await writeFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`, { flag: 'wx' });
    return ['created package.json'];
  }
  const manifest = parse(text, path);
  const notes: string[] = [];
  const changes: string[] = [];
  const type = 'type' in manifest ? manifest.type : undefined;
  if (type === undefined) changes.push('"type": "module"');
  else if (type !== 'module') {
    notes.push(
      `note: package.json says "type": ${JSON.stringify(type)}; programs that import active-record-ts need "type": "module", or files named .mts`,
    );
  }
  const scripts = 'scripts' in manifest && isObject(manifest.scripts) ? manifest.scripts : {};
  if ('migrate' in scripts) notes.push('skipped the script "migrate" of package.json (it exists)');
  else changes.push('the script "migrate"');
  if (changes.length > 0) {
    const next = {
      ...manifest,
      ...(type === undefined ? { type: 'module' } : {}),
      scripts: 'migrate' in scripts ? scripts : { ...scripts, migrate: 'ar migrate' },
    };
    const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
    await writeFile(path, `${JSON.stringify(next, undefined, indent)}${text.endsWith('\n') ? '\n' : ''}`);
    notes.unshift(`updated package.json (${changes.join(', ')})`);
  }
  return notes;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string, path: string): object {
  let parsed: unknown;
  try {
    // Editors on Windows begin the file with a byte order mark.
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new CommandInvalid(`${path} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      hint: 'Mend it first.',
      cause,
    });
  }
  if (isObject(parsed)) return parsed;
  throw new CommandInvalid(`${path} holds no JSON object.`, { hint: 'Mend it first, or delete it.' });
}
