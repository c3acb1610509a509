import { basename, join } from 'node:path';
import { loadProjectConfig } from '../../connection/config-file.ts';
import { quoted } from '../../migrations/files/column-argument.ts';
import {
  type GeneratedFile,
  generateMigration,
  generateModel,
  writeNewFile,
} from '../../migrations/files/generator.ts';
import { discover } from '../../migrations/files/source.ts';
import { snakeCase } from '../../support/naming.ts';
import { type Context, loadProject, shownPath } from '../context.ts';
import { prepareManifest } from '../manifest.ts';
import type { Answer } from '../output.ts';

export interface InitOptions {
  readonly url?: string;
}

const defaultUrl = 'sqlite:development.sqlite3';

/**
 * `ar init`: a configuration, a first model and its migration, and an npm script, in the working directory. Nothing that
 * exists is written over.
 */
export async function initCommand(context: Context, options: InitOptions): Promise<void> {
  const { output, cwd } = context;
  const url = options.url ?? (output.interactive ? await askUrl(context) : defaultUrl);
  if (url === undefined) return output.line('cancelled: nothing was written');

  // First: it makes this folder the project, if it was none.
  for (const note of await prepareManifest(cwd)) output.line(paint(context, note));
  const { file } = await loadProjectConfig(cwd);
  if (file === undefined) await writeOrSkip(context, { path: join(cwd, 'ar.config.ts'), text: configText(url) });
  else skipped(context, shownPath(context, file));

  const { models, migrations } = await loadProject(context);
  const columns = ['name:string', 'age:integer?'];
  const model = generateModel(models, 'User', columns);
  await writeOrSkip(context, model);
  const same = (await discover(migrations)).find(({ className }) => className === model.migrationName);
  if (same === undefined) await writeOrSkip(context, await generateMigration(migrations, model.migrationName, columns));
  else skipped(context, shownPath(context, same.path));
  sayWhatNext(context, shownPath(context, model.path));
}

async function askUrl({ output, cwd }: Context): Promise<string | undefined> {
  const name = snakeCase(basename(cwd)).replace(/[^a-z\d_]+/g, '_') || 'app';
  const answers: Answer[] = [
    { value: defaultUrl, label: 'SQLite', hint: 'a file, no server' },
    { value: `mysql://root@127.0.0.1:3306/${name}`, label: 'MySQL or MariaDB' },
    { value: `postgresql://postgres@127.0.0.1:5432/${name}`, label: 'PostgreSQL' },
  ];
  return output.choose('Which database?', answers);
}

function configText(url: string): string {
  return [
    "import { defineConfig } from 'active-record-ts';",
    '',
    'export default defineConfig({',
    '  // Where DATABASE_URL is set, it takes precedence.',
    `  connection: ${quoted(url)},`,
    '});',
    '',
  ].join('\n');
}

async function writeOrSkip(context: Context, file: GeneratedFile): Promise<void> {
  const shown = shownPath(context, file.path);
  if (await writeNewFile(file)) context.output.line(paint(context, `created ${shown}`));
  else skipped(context, shown);
}

function skipped(context: Context, what: string): void {
  context.output.line(paint(context, `skipped ${what} (it exists)`));
}

/** The first word in colour. */
function paint({ output: { style } }: Context, line: string): string {
  const [, word = '', rest = ''] = /^(\S+)(.*)$/s.exec(line) ?? [];
  return `${word === 'created' || word === 'updated' ? style.good(word) : style.faint(word)}${rest}`;
}

function sayWhatNext({ output }: Context, model: string): void {
  const { style } = output;
  output.line();
  output.line('Next:');
  output.line(`  ${style.strong('npx ar migrate')}   makes the table users (and the database, where there is none)`);
  output.line(
    `  ${style.strong("npx ar generate model Post 'title:string' 'user:references'")}   adds a model and its migration`,
  );
  output.line('and in a program:');
  output.line(`  import { User } from './${model.replace(/\\/g, '/')}';`);
  output.line("  const ada = await User.create('Ada');");
}
