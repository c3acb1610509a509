// What a change costs: this build against another one, in processes of their own that take turns. Usage:
//   npm run build && node bench/compare.js ../other/dist/index.js [--rounds 9] [--url sqlite:…|mysql://…]
// A ratio above 1 says that this build is faster.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: `sqlite:${join(tmpdir(), `ar_compare_${process.pid}.sqlite3`)}` },
    rounds: { type: 'string', default: '9' },
    worker: { type: 'boolean', default: false },
  },
});

if (values.worker) await measure(positionals[0], values.url);
else compare();

function compare() {
  const [other] = positionals;
  if (other === undefined) throw new Error('Name the other build: node bench/compare.js ../other/dist/index.js');
  const builds = [fileURLToPath(new URL('../dist/index.js', import.meta.url)), resolve(other)];
  const figures = builds.map(() => new Map());
  for (let round = 0; round < Number(values.rounds); round++) {
    // Whoever comes second finds the machine warmer: they take turns in that, too.
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const arguments_ = [import.meta.filename, '--worker', '--url', values.url, builds[index]];
      const figure = JSON.parse(execFileSync(process.execPath, arguments_, { encoding: 'utf8' }));
      for (const [name, value] of Object.entries(figure)) {
        figures[index].set(name, [...(figures[index].get(name) ?? []), value]);
      }
    }
  }
  for (const name of figures[0].keys()) {
    const [mine, theirs] = figures.map((each) => median(each.get(name)));
    console.log(
      `${name.padEnd(8)} ${mine.toFixed(2)} µs, other ${theirs.toFixed(2)} µs: ${(theirs / mine).toFixed(3)}`,
    );
  }
  if (values.url.startsWith('sqlite:')) rmSync(values.url.slice('sqlite:'.length), { force: true });
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Prints microseconds per operation: a model with nothing declared but its columns. */
async function measure(build, url) {
  const { BaseModel, column, connect, createAll, disconnect, dropAll } = await import(pathToFileURL(build).href);
  class Thing extends BaseModel.with({
    id: column.id(),
    name: column.string(),
    size: column.integer().nullable(),
    active: column.boolean().default(true),
  }) {}
  await connect(url);
  await createAll([Thing]);
  const figures = {};
  const time = async (name, count, run) => {
    await run(Math.ceil(count / 4));
    const start = process.hrtime.bigint();
    await run(count);
    figures[name] = Number(process.hrtime.bigint() - start) / 1000 / count;
  };
  const records = [];
  await time('create', 2000, async (count) => {
    for (let index = 0; index < count; index++) records.push(await Thing.create({ name: `Thing ${index}` }));
  });
  await time('save', 2000, async (count) => {
    for (let index = 0; index < count; index++) {
      records[index].size = (records[index].size ?? 0) + 1;
      await records[index].save();
    }
  });
  await time('nothing', 20_000, async (count) => {
    for (let index = 0; index < count; index++) await records[index % 1000].save();
  });
  await time('new', 100_000, async (count) => {
    for (let index = 0; index < count; index++) new Thing({ name: 'x' });
  });
  await time('find', 2000, async (count) => {
    for (let index = 0; index < count; index++) await Thing.find(records[index].id);
  });
  await time('load', 20, async (count) => {
    for (let index = 0; index < count; index++) await Thing.all();
  });
  await time('destroy', 500, async (count) => {
    for (let index = 0; index < count; index++) await records.pop().destroy();
  });
  await dropAll([Thing]);
  await disconnect();
  console.log(JSON.stringify(figures));
}
