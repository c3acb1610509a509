import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Context } from '../context.ts';

const names = ['AR_PRIMARY_KEY', 'AR_DETERMINISTIC_KEY', 'AR_TOKEN_SECRET'];

/** `ar secrets`: fresh keys, as lines of an .env file. Nothing is written, and nothing but the lines goes to stdout. */
function secretsCommand({ output }: Context): void {
  for (const name of names) output.line(`${name}=${randomBytes(32).toString('base64')}`);
}

export function addSecretsCommand(program: Command, context: Context): void {
  program
    .command('secrets')
    .description('print fresh keys for encrypted attributes and tokens')
    .addHelpText('after', '\nExamples:\n  ar secrets >> .env')
    .action(() => secretsCommand(context));
}
