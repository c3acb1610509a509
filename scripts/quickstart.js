// npm run quickstart: makes the tables of migrations/ with `ar migrate`, then runs a small program against them. On
// DATABASE_URL, or on a file of SQLite in this folder. It keeps to rows of its own, so it can be run again.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const url = process.env.DATABASE_URL || 'sqlite:quickstart.sqlite3';
const colors = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const strong = (text) => (colors ? styleText('bold', text) : text);

if (!existsSync(`${root}dist/index.js`)) {
  console.error('dist/ is missing: run npm ci first (or npm run build).');
  process.exit(1);
}

console.log(strong(`active-record-ts on ${url.replace(/(\/\/[^:/@]*):.*@/, '$1:***@')}`));
// What npx would run where the package is installed: here, in its own folder, npm 10 does not find it.
run('npx ar migrate', 'bin/ar.js', 'migrate');
run('node scripts/quickstart-program.js', 'scripts/quickstart-program.js');
console.log('\nThe whole program: scripts/quickstart-program.js. More: README.md and docs/getting-started.md.');

function run(shown, ...args) {
  console.log(`\n${strong(`$ ${shown}`)}`);
  const { status, signal, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, DATABASE_URL: url },
  });
  if (status === 0) return;
  console.error(`\nerror: ${shown} ended with ${error?.message ?? (signal === null ? `code ${status}` : signal)}.`);
  process.exit(status ?? 1);
}
