import { existsSync } from 'node:fs';
import { CommandInvalid } from '../../errors/migration.ts';
import {
  type GeneratedFile,
  generateMigration,
  generateModel,
  writeNewFile,
} from '../../migrations/files/generator.ts';
import { reservedAttributes } from '../../model/definition.ts';
import { baseMembers } from '../../record/base-members.ts';
import { type Context, loadProject, shownPath } from '../context.ts';

/** What checkDefinition would refuse when the model is loaded. */
const takenAttributes: ReadonlySet<string> = new Set([...baseMembers, ...reservedAttributes]);

/** `ar generate migration CreateUsers name:string` */
export async function generateMigrationCommand(
  context: Context,
  name: string,
  columns: readonly string[],
): Promise<void> {
  const { migrations } = await loadProject(context);
  await write(context, await generateMigration(migrations, name, columns));
}

/** `ar generate model User name:string`: the model, and the migration that creates its table. */
export async function generateModelCommand(context: Context, name: string, columns: readonly string[]): Promise<void> {
  const { models, migrations } = await loadProject(context);
  const model = generateModel(models, name, columns, takenAttributes, existsSync);
  // Both are made before either is written: one without the other would be in the way of the next attempt.
  const migration = await generateMigration(migrations, model.migrationName, columns);
  await write(context, model);
  await write(context, migration);
}

async function write(context: Context, file: GeneratedFile): Promise<void> {
  const shown = shownPath(context, file.path);
  if (!(await writeNewFile(file))) {
    throw new CommandInvalid(`${shown} exists already; it was not touched.`, {
      hint: 'Choose another name, or delete the file first.',
    });
  }
  context.output.line(`${context.output.style.good('created')} ${shown}`);
}
