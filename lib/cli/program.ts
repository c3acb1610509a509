import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ActiveRecordError } from '../errors/base.ts';
import { CommandInvalid } from '../errors/migration.ts';
import { didYouMean } from '../support/suggest.ts';
import type { InitOptions } from './commands/init.ts';
import { addSecretsCommand } from './commands/secrets.ts';
import type { Context } from './context.ts';
import { addDatabaseCommands } from './database-program.ts';
import { discreet, type Output, silent } from './output.ts';
import { placeOf } from './place.ts';

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
export async function run(argv: readonly string[], { cwd, output: given }: Omit<Context, 'document'>): Promise<number> {
  const output = discreet(given);
  // Known before the words are understood: a script that asked for JSON gets it for a mistyped option, too.
  const json = argv.includes('--json');
  const document: Record<string, unknown> = {};
  const program = buildProgram({ cwd, output: json ? silent(output) : output, document }, output);
  const answer = (code: number) => {
    if (json) output.line(JSON.stringify(document, undefined, 2));
    return code;
  };
  try {
    await program.parseAsync(argv, { from: 'user' });
    return answer(exitCodes.success);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Asking for help or the version is no error, and is its own answer; of others Commander has printed the message.
      if (error.exitCode === 0) return exitCodes.success;
      document.error = { code: 'AR_COMMAND_INVALID', message: error.message.replace(/^error: /, '') };
      return answer(exitCodes.usage);
    }
    const at = placeOf(error, cwd);
    document.error = { ...errorJson(error), ...(at === undefined ? {} : { at }) };
    report(error, at, program.opts<{ trace?: boolean }>().trace === true, output);
    return answer(error instanceof CommandInvalid ? exitCodes.usage : exitCodes.failure);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function errorJson(error: unknown): object {
  const message = messageOf(error);
  return error instanceof ActiveRecordError ? { code: error.code, message } : { message };
}

function report(error: unknown, at: string | undefined, trace: boolean, { style, problem }: Output): void {
  const code = error instanceof ActiveRecordError ? ` ${style.faint(`(${error.code})`)}` : '';
  problem(`${style.bad('error:')} ${messageOf(error)}${code}`);
  if (at !== undefined) problem(style.faint(`at ${at}`));
  if (!trace) {
    if (!(error instanceof ActiveRecordError) && at === undefined)
      problem(style.faint('Add --trace to see where it comes from.'));
    return;
  }
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth++) {
    problem(style.faint(`${depth === 0 ? '' : 'caused by '}${each.stack ?? each.message}`));
  }
}

function buildProgram(context: Context, output: Output): Command {
  const program = new Command('ar')
    .description('Migrations, generators and the console of active-record-ts.')
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .option('--trace', 'print the stack of an error')
    .addHelpText('after', examples)
    .showSuggestionAfterError()
    .showHelpAfterError('ar help lists the commands, ar help <command> explains one.')
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
    .action(async (options: InitOptions) => (await import('./commands/init.ts')).initCommand(context, options));

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
    .action(async (name: string, columns: string[]) => {
      const { generateMigrationCommand } = await import('./commands/generate.ts');
      await generateMigrationCommand(context, name, columns);
    });
  generate
    .command('model')
    .description('write a model, and the migration that creates its table')
    .argument('<name>', 'its class name, such as User')
    .argument('[columns...]', 'such as name:string age:integer?')
    .addHelpText('after', columnsHelp)
    .action(async (name: string, columns: string[]) => {
      const { generateModelCommand } = await import('./commands/generate.ts');
      await generateModelCommand(context, name, columns);
    });

  addDatabaseCommands(program, context);
  addSecretsCommand(program, context);
  program
    .command('help')
    .description('print the help of a command')
    .argument('[command...]', 'such as migrate, or generate model')
    .action((names: string[]) => commandNamed(program, names).help());
  return program;
}

/** Not the one that Commander makes: that one answers a mistyped name with the list of all commands. */
function commandNamed(program: Command, names: readonly string[]): Command {
  return names.reduce((parent, name) => {
    const known = parent.commands.flatMap((command) => [command.name(), ...command.aliases()]);
    const found = parent.commands.find((command) => [command.name(), ...command.aliases()].includes(name));
    if (found !== undefined) return found;
    throw new CommandInvalid(`There is no command "${name}".`, { hint: didYouMean(name, known) });
  }, program);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const found: unknown =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : undefined;
  return String(found);
}
