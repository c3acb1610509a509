import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConsoleOptions } from './commands/console.ts';
import type { DropOptions } from './commands/database.ts';
import type { MigrateOptions, RunOptions } from './commands/migrate.ts';
import type { PrepareOptions, ResetOptions } from './commands/prepare.ts';
import type { RollbackOptions } from './commands/rollback.ts';
import type { StampOptions } from './commands/stamp.ts';
import type { Context, DatabaseOptions } from './context.ts';

// Each command loads what it needs when it runs: the others would make every one of them slower to start.
const commands = {
  console: () => import('./commands/console.ts'),
  database: () => import('./commands/database.ts'),
  migrate: () => import('./commands/migrate.ts'),
  prepare: () => import('./commands/prepare.ts'),
  rollback: () => import('./commands/rollback.ts'),
  seed: () => import('./commands/seed.ts'),
  stamp: () => import('./commands/stamp.ts'),
  status: () => import('./commands/status.ts'),
};

/** The commands that work on a database. */
export function addDatabaseCommands(program: Command, context: Context): void {
  addMigrators(program, context);
  addObservers(program, context);
  addMakers(program, context);
}

function addMigrators(program: Command, context: Context): void {
  running(program, 'migrate', 'run the migrations that the database has not run; makes a missing database')
    .option('--to <version>', 'go up, or down, to that version; 0 undoes all')
    .option('--step <n>', 'how many, the oldest first', positive)
    .option('--accept', 'take files that were changed after they had been run as they are now')
    .addHelpText(
      'after',
      examples(
        ['ar migrate', 'runs all that has not been run'],
        ['ar migrate --to 20261120101500', 'goes to that version'],
        ['ar migrate --dry-run', 'prints the SQL, and changes nothing'],
      ),
    )
    .action(async (options: MigrateOptions) => (await commands.migrate()).migrateCommand(context, options));
  running(program, 'up', 'run one migration')
    .argument('<version>', 'its version, or the name of its file')
    .addHelpText('after', examples(['ar up 20261120101500', 'runs that one alone']))
    .action(async (version: string, options: RunOptions) =>
      (await commands.migrate()).upCommand(context, version, options),
    );
  running(program, 'down', 'undo one migration')
    .argument('<version>', 'its version, or the name of its file')
    .addHelpText('after', examples(['ar down 20261120101500', 'undoes that one alone']))
    .action(async (version: string, options: RunOptions) =>
      (await commands.rollback()).downCommand(context, version, options),
    );
  running(program, 'rollback', 'undo the migrations that were run last')
    .option('--step <n>', 'how many (1)', positive)
    .addHelpText('after', examples(['ar rollback --step 2', 'undoes the last two']))
    .action(async (options: RollbackOptions) => (await commands.rollback()).rollbackCommand(context, options));
  running(program, 'redo', 'undo the migrations that were run last, and run them again')
    .argument('[version]', 'the one to redo, in place of the last')
    .option('--step <n>', 'how many (1)', positive)
    .addHelpText('after', examples(['ar redo', 'while the last migration is still being written']))
    .action(async (version: string | undefined, options: RollbackOptions) =>
      (await commands.rollback()).redoCommand(context, version, options),
    );
}

function addObservers(program: Command, context: Context): void {
  onDatabase(program, 'status', 'list migrations and whether they were run')
    .option('--json', 'answer with one JSON document')
    .addHelpText('after', examples(['ar status --json', 'for scripts']))
    .action(async (options: DatabaseOptions) => (await commands.status()).statusCommand(context, options));
  onDatabase(program, 'abort-if-pending', 'fail (1) where the database has not run every migration')
    .option('--json', 'answer with one JSON document')
    .addHelpText('after', examples(['ar abort-if-pending && node server.js', 'starts on a finished schema only']))
    .action(async (options: DatabaseOptions) => (await commands.status()).abortIfPendingCommand(context, options));
  onDatabase(program, 'stamp', 'record migrations as run without running them')
    .argument('<version>', 'up to which version, or all')
    .option('--remove', 'take that one off the record; its file may be gone')
    .option('--wait <seconds>', 'how long to wait for another migrator (300)', wholeNumber)
    .option('--json', 'answer with one JSON document')
    .addHelpText(
      'after',
      examples(
        ['ar stamp 20261120101500', 'the database has all that, from elsewhere'],
        ['ar stamp 20261120101500 --remove', 'it counts as not run'],
      ),
    )
    .action(async (version: string, options: StampOptions) =>
      (await commands.stamp()).stampCommand(context, version, options),
    );
}

function addMakers(program: Command, context: Context): void {
  onDatabase(program, 'create', 'make the database')
    .addHelpText('after', examples(['ar create --url postgresql://postgres@127.0.0.1/blog', 'where there is none']))
    .action(async (options: DatabaseOptions) => (await commands.database()).createCommand(context, options));
  onDatabase(program, 'drop', 'drop the database, after a question')
    .option('--force', 'without a question, and in production too')
    .addHelpText('after', examples(['ar drop --force', 'in a script']))
    .action(async (options: DropOptions) => (await commands.database()).dropCommand(context, options));
  waiting(onDatabase(program, 'prepare', 'make a missing database, migrate, and seed where it was new'))
    .addHelpText('after', examples(['ar prepare', 'before every start, on every machine']))
    .action(async (options: PrepareOptions) => (await commands.prepare()).prepareCommand(context, options));
  waiting(onDatabase(program, 'setup', 'make a missing database, migrate and seed'))
    .addHelpText('after', examples(['ar setup', 'after a fresh checkout']))
    .action(async (options: PrepareOptions) => (await commands.prepare()).setupCommand(context, options));
  waiting(onDatabase(program, 'reset', 'drop the database, after a question, and set it up anew'))
    .option('--force', 'without a question, and in production too')
    .addHelpText('after', examples(['ar reset --force', 'in a script']))
    .action(async (options: ResetOptions) => (await commands.prepare()).resetCommand(context, options));
  onDatabase(program, 'seed', 'run seeds.ts, or the files of seeds/ in the order of their names')
    .addHelpText('after', examples(['ar seed', 'again at any time, where they use seed(…)']))
    .action(async (options: DatabaseOptions) => (await commands.seed()).seedCommand(context, options));
  onDatabase(program, 'console', 'a prompt with the models and active-record-ts at hand')
    .option('--sandbox', 'roll everything back at the end')
    .addHelpText(
      'after',
      examples(
        ['ar console --sandbox', 'to look around'],
        ["echo 'await User.count()' | ar console", 'prints the number'],
      ),
    )
    .action(async (options: ConsoleOptions) => (await commands.console()).consoleCommand(context, options));
}

function onDatabase(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--url <url>', 'the database, such as mysql://root@127.0.0.1:3306/blog or sqlite:blog.sqlite3')
    .option('--connection <name>', 'a connection of ar.config.ts by its name');
}

function waiting(command: Command): Command {
  return command.option('--wait <seconds>', 'how long to wait for another migrator (300)', wholeNumber);
}

/** A command that runs migrations. */
function running(program: Command, name: string, description: string): Command {
  return waiting(onDatabase(program, name, description))
    .option('--dry-run', 'print the SQL that would be sent, and change nothing')
    .option('--json', 'answer with one JSON document')
    .addOption(
      new Option('--assume <what>', 'what became of the step at which an earlier run stopped').choices([
        'done',
        'not-done',
      ]),
    );
}

function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, what]) => `  ${command.padEnd(width)}   ${what}`).join('\n')}`;
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number from 0 up.');
}

function positive(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It is a whole number from 1 up.');
}
