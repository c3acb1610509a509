import type { Connection } from '../../connection/connection.ts';
import { Rollback } from '../../errors/transaction.ts';
import { BaseModel } from '../../model/base-model.ts';
import { type Context, type DatabaseOptions, loadProject, type Project, shownPath, withDatabase } from '../context.ts';
import { exportsOf, scriptsIn } from '../files.ts';
import { packageExports } from '../package-exports.ts';
import { type Names, readStatements, talk } from '../repl.ts';

export interface ConsoleOptions extends DatabaseOptions {
  /** Everything happens in a transaction that is rolled back at the end. */
  readonly sandbox?: boolean;
}

/** `ar console`: statements from a terminal or a pipe, with the models and this package at hand. */
export async function consoleCommand(context: Context, options: ConsoleOptions): Promise<void> {
  const project = await loadProject(context);
  await withDatabase(context, options, false, async (connection) => {
    const { models, problems } = await loadModels(context, project);
    for (const problem of problems) context.output.problem(problem);
    const names = { ...(await packageExports()), connection, ...models };
    const session = () => converse(context, project, connection, options, names, Object.keys(models));
    if (options.sandbox !== true) return session();
    await connection.transaction(async () => {
      await session();
      throw new Rollback();
    });
    context.output.problem('sandbox: everything was rolled back');
  });
}

async function converse(
  { output }: Context,
  { folder }: Project,
  connection: Connection,
  { sandbox }: ConsoleOptions,
  names: Names,
  models: readonly string[],
): Promise<void> {
  if (!output.interactive) return readStatements(process.stdin, names, (text) => output.line(text));
  const { style } = output;
  const database = shortName(connection.config.database);
  output.line(`${connection.dialect.label}, ${style.strong(connection.config.database)}`);
  output.line(models.length === 0 ? style.faint('no models were found') : `models: ${models.join(', ')}`);
  if (sandbox === true) output.line('sandbox: everything is rolled back at the end');
  output.line(style.faint('await works at the top; .exit or Ctrl-D leaves'));
  await talk(`${database}${sandbox === true ? ' (sandbox)' : ''}> `, names, folder);
}

/** `blog` of `/var/blog.sqlite3`, for the prompt. */
function shortName(database: string): string {
  const last = database.split(/[\\/]/).at(-1) ?? database;
  return last.replace(/\.(?:sqlite3?|db)$/, '');
}

/** The model classes that the project's files export. A file that fails is told of, and the others are there. */
async function loadModels(
  context: Context,
  { models: folder }: Project,
): Promise<{ models: Names; problems: string[] }> {
  const models: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const file of await scriptsIn(folder)) {
    try {
      for (const [name, value] of Object.entries(await exportsOf(file, shownPath(context, file))))
        if (isModel(value)) models[name === 'default' ? value.name : name] = value;
    } catch (error) {
      problems.push(
        `${context.output.style.bad('not loaded:')} ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return { models, problems };
}

function isModel(value: unknown): value is { readonly name: string } {
  return typeof value === 'function' && value.prototype instanceof BaseModel;
}
