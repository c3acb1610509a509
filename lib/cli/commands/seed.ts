import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { importModule } from '../../connection/import-module.ts';
import { CommandInvalid } from '../../errors/migration.ts';
import { seeded } from '../../model/seed.ts';
import { type Context, type DatabaseOptions, loadProject, shownPath, withDatabase } from '../context.ts';
import { scriptsIn } from '../files.ts';
import { durationText } from '../output.ts';

/** `ar seed`: runs seeds.ts, or the files of seeds/ in the order of their names. */
export async function seedCommand(context: Context, options: DatabaseOptions): Promise<void> {
  const { folder } = await loadProject(context);
  const files = await seedFiles(folder);
  if (files.length === 0) {
    throw new CommandInvalid(`There are no seeds in ${folder}.`, {
      hint: "Write seeds.ts, or seeds/01_users.ts: import { seed } from 'active-record-ts'; await seed(User, { email }, { name }).",
    });
  }
  await withDatabase(context, options, false, () => runSeeds(context, files));
}

/** seeds.ts (or .mts, .js, .mjs) of the project; where there is none, the files of seeds/. */
export async function seedFiles(folder: string): Promise<string[]> {
  const single = ['ts', 'mts', 'js', 'mjs'].map((ending) => join(folder, `seeds.${ending}`)).find(existsSync);
  return single === undefined ? scriptsIn(join(folder, 'seeds')) : [single];
}

export async function runSeeds(context: Context, files: readonly string[]): Promise<void> {
  const { output } = context;
  const { style } = output;
  const progress = output.progress();
  for (const file of files) {
    const shown = shownPath(context, file);
    const before = { ...seeded };
    const startedAt = performance.now();
    progress.show(`seeding ${shown}`);
    try {
      await runFile(file);
    } catch (error) {
      progress.clear();
      output.line(`${style.bad('not seeded')} ${shown}`);
      throw error;
    }
    progress.clear();
    const figures = (['created', 'updated', 'unchanged'] as const)
      .map((what) => ({ what, count: seeded[what] - before[what] }))
      .filter(({ count }) => count > 0)
      .map(({ what, count }) => `${count} ${what}`);
    const took = durationText(performance.now() - startedAt);
    output.line(`${style.good('seeded')} ${shown} ${style.faint(`(${[...figures, took].join(', ')})`)}`);
  }
}

/** What stands in the file runs when it is loaded; a function that it exports as default is called. */
async function runFile(file: string): Promise<void> {
  const loaded = await importModule(file);
  const main: unknown =
    typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  if (typeof main === 'function') await main();
}
