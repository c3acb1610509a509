import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ActiveRecordError } from '../errors/base.ts';
import { CommandInvalid } from '../errors/migration.ts';
import { generateMigrationCommand, generateModelCommand } from './commands/generate.ts';
import { type InitOptions, initCommand } from './commands/init.ts';
import { addSecretsCommand } from './commands/secrets.ts';
import type { Context } from './context.ts';
import { addDatabaseCommands } from './database-program.ts';

const columnsHelp = `
Columns are name:type, with limits in parentheses, ? where NULL is allowed, and :unique or :index behind:
  name:string  title:string(80)  age:integer?  price:decimal(10,2)  email:string?:unique
  role:enum(admin,member)  author:references  author:references(users)?
Put them in quotes where the shell gives ? and ( a meaning of their own.`;

const examples = `
Examples:
  ar init                                               sets up a project in this folder
  ar generate model Post 'title:string' 'body:text?'    writes models/post.ts and its migration
  ar generate migration AddAgeToUsers 'age:integer?'    writes a migration
  ar migrate                                            runs what has not been run
  ar rollback --step 2                                  undoes the last two migrations
  ar status --url mysql://root@127.0.0.1:3306/blog      lists migrations and their state
  ar setup                                              makes the database, migrates and seeds
  ar console                                            a prompt with the models at hand

The database is the one of --url, else DATABASE_URL, else that of ar.config.ts, else (in development)
sqlite:development.sqlite3.`;

/** The exit codes of the command. */
export const exitCodes = { success: 0, failure: 1, usage: 2 } as const;

/** Runs the command line, and tells the exit code. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const program = buildProgram(context);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCodes.success;
  } catch (error) {
    // Commander has printed its own message already; asking for help or the version is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    const trace = program.opts<{ trace?: boolean }>().trace === true;
    report(error, trace, context);
    return error instanceof CommandInvalid ? exitCodes.usage : exitCodes.failure;
  }
}

function report(error: unknown, trace: boolean, { output }: Context): void {
  const { style } = output;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ActiveRecordError ? ` ${style.faint(`(${error.code})`)}` : '';
  output.problem(`${style.bad('error:')} ${message}${code}`);
  if (!trace) {
    if (!(error instanceof ActiveRecordError)) output.problem(style.faint('Add --trace to see where it comes from.'));
    return;
  }
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    output.problem(style.faint(`${depth === 0 ? '' : 'caused by '}${at.stack ?? at.message}`));
  }
}

function buildProgram(context: Context): Command {
  const { output } = context;
  const program = new Command('ar')
    .description('Migrations, generators and the console of active-record-ts.')
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--trace', 'print the stack of an error')
    .addHelpText('after', examples)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.replace(/\n$/, '')),
      writeErr: (text) => output.problem(text.replace(/\n$/, '')),
      outputError: (text, write) => write(text.replace(/^error:/, output.style.bad('error:'))),
    });

  program
    .command('init')
    .description('write ar.config.ts, a first model with its migration, and an npm script; nothing is written over')
    .option('--url <url>', 'the connection of the project')
    .addHelpText('after', '\nExamples:\n  ar init --url postgresql://postgres@127.0.0.1:5432/blog')
    .action((options: InitOptions) => initCommand(context, options));

  const generate = program
    .command('generate')
    .alias('g')
    .description('write a migration or a model')
    .addHelpText('after', columnsHelp);
  generate
    .command('migration')
    .description('write a migration: CreateUsers, AddAgeToUsers, RemoveAgeFromUsers, or any other name')
    .argument('<name>', 'its class name')
    .argument('[columns...]', 'such as name:string age:integer?')
    .addHelpText('after', columnsHelp)
    .action((name: string, columns: string[]) => generateMigrationCommand(context, name, columns));
  generate
    .command('model')
    .description('write a model, and the migration that creates its table')
    .argument('<name>', 'its class name, such as User')
    .argument('[columns...]', 'such as name:string age:integer?')
    .addHelpText('after', columnsHelp)
    .action((name: string, columns: string[]) => generateModelCommand(context, name, columns));

  addDatabaseCommands(program, context);
  addSecretsCommand(program, context);
  return program;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const found: unknown =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return String(found);
}
