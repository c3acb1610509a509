import type { Connection } from '../../connection/connection.ts';
import { DropRefused } from '../../errors/migration.ts';
import { type Context, createDatabase, type DatabaseOptions, dropDatabase, withConnection } from '../context.ts';

export interface DropOptions extends DatabaseOptions {
  /** Without a question, and in production too. */
  readonly force?: boolean;
}

/** `ar create`: makes the database. */
export async function createCommand(context: Context, options: DatabaseOptions): Promise<void> {
  await withConnection(options, (connection) => create(context, connection));
}

/** `ar drop`: drops the database, after a question. */
export async function dropCommand(context: Context, options: DropOptions): Promise<void> {
  await withConnection(options, (connection) => drop(context, connection, options));
}

/** @returns whether it was made */
export async function create({ output }: Context, connection: Connection): Promise<boolean> {
  const { database } = connection.config;
  const made = await createDatabase(connection);
  output.line(
    made
      ? `${output.style.good('created')} the database ${database}`
      : `nothing to do: the database ${database} exists`,
  );
  return made;
}

/**
 * @returns whether somebody agreed
 * @throws DropRefused (`AR_DROP_REFUSED`) in production, and where nobody can be asked, unless it is forced
 */
export async function drop(context: Context, connection: Connection, { force }: DropOptions): Promise<boolean> {
  const { output } = context;
  const { database } = connection.config;
  if (force !== true && !(await agreed(context, database))) {
    output.line('cancelled: nothing was dropped');
    return false;
  }
  const dropped = await dropDatabase(connection);
  output.line(
    dropped
      ? `${output.style.good('dropped')} the database ${database}`
      : `nothing to drop: there is no database ${database}`,
  );
  return true;
}

async function agreed({ output }: Context, database: string): Promise<boolean> {
  const variable = ['AR_ENV', 'NODE_ENV'].find((name) => process.env[name] === 'production');
  if (variable !== undefined) {
    throw new DropRefused(`The database ${database} was not dropped: ${variable} is production.`, {
      hint: 'Say --force if it shall be dropped all the same.',
    });
  }
  if (!output.interactive) {
    throw new DropRefused(`The database ${database} was not dropped: nobody is there to be asked.`, {
      hint: 'Say --force if it shall be dropped without a question.',
    });
  }
  const answer = await output.choose(`Drop the database ${database}, with all that it holds?`, [
    { value: 'no', label: 'No, keep it' },
    { value: 'yes', label: 'Yes, drop it' },
  ]);
  return answer === 'yes';
}
