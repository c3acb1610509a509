// npm run scorecard [-- --rows 1-8,21] [--quick]: the rows of the reliability scorecard, each a script in test/faults/
// that prints one line. They run against dist/, on SQLite and on the servers of MYSQL_URL and POSTGRES_URL.
import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

const folder = new URL('../test/faults/', import.meta.url);

/** The rows that there are, in order. */
export async function allRows() {
  const files = readdirSync(folder).filter((name) => /^row-\d+.*\.js$/.test(name));
  return Promise.all(files.sort().map(async (name) => (await import(new URL(name, folder).href)).default));
}

/** `1-8,21` as the numbers it means. */
export function wantedNumbers(text) {
  const numbers = new Set();
  for (const range of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range.trim());
    if (match === null) throw new Error(`--rows takes numbers and ranges such as 1-8,21, not "${range}".`);
    for (let number = Number(match[1]); number <= Number(match[2] ?? match[1]); number++) numbers.add(number);
  }
  return numbers;
}

/** The line of a row, whether it reached its target, and what kept it from that. */
export async function runRow(row, context) {
  try {
    const { count, of, target, unit = '', note = '', failures = [] } = await row.run(context);
    const ok = count === target && of > 0;
    const figures = `${count}${unit === '' ? '' : ` ${unit}`} of ${of} (target ${target})`;
    return {
      ok,
      line: `row ${row.number} ${row.title}: ${figures} ${ok ? 'ok' : 'short'}${note && ` — ${note}`}`,
      failures,
    };
  } catch (error) {
    return { ok: false, line: `row ${row.number} ${row.title}: did not finish — short`, failures: [error.stack] };
  }
}

async function main() {
  const { values } = parseArgs({ options: { rows: { type: 'string' }, quick: { type: 'boolean', default: false } } });
  if (!existsSync(new URL('../dist/index.js', import.meta.url))) {
    console.error('dist/ is missing: run npm ci first (or npm run build).');
    process.exit(1);
  }
  const { serversFromEnvironment } = await import(new URL('support/databases.js', folder).href);
  const rows = await allRows();
  const wanted = values.rows === undefined ? undefined : wantedNumbers(values.rows);
  const missing = [...(wanted ?? [])].filter((number) => !rows.some((row) => row.number === number));
  const context = { quick: values.quick, servers: serversFromEnvironment(), library: undefined };
  let short = missing.length;
  for (const number of missing) console.log(`row ${number}: there is no such row — short`);
  for (const row of rows) {
    if (wanted?.has(row.number) === false) continue;
    const { ok, line, failures } = await runRow(row, context);
    console.log(line);
    for (const failure of failures) console.error(`  ${failure}`);
    if (!ok) short++;
  }
  process.exitCode = short === 0 ? 0 : 1;
}

if (import.meta.filename === process.argv[1]) await main();
