// Type-checks a hundred models that use each other densely, and fails when the compiler has to do much more for them than
// what is recorded here. Instantiations are counted, not seconds: the number is the same on every machine.
// Usage: node scripts/type-speed.js [--record]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const recordFile = join(root, 'test/types/speed.json');
const models = 100;
/** Some growth is the price of a new method; more is a mistake in a type. */
const allowance = 1.1;

/** @param {number} index */
function model(index) {
  const next = (index + 1) % models;
  return `import { BaseModel, column, gt, like, type Query } from 'active-record-ts';
import { Model${next} } from './model${next}.ts';

export class Model${index} extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  role: column.enum(['admin', 'editor', 'guest'], { scopes: true }).default('guest'),
  price: column.decimal(10, 2).default('0.00'),
  settings: column.json<{ theme: string; sizes: number[]; deep: { a: { b: string } } }>().nullable(),
  nextId: column.references('model${next}s'),
  ...column.timestamps(),
}) {
  static scopes = {
    adults: (query: Query<typeof Model${index}>) => query.where({ age: gt(18) }),
    named: (query: Query<typeof Model${index}>, name: string) => query.where({ name: like(name) }),
  };
  greet() { return this.name; }
}

export async function use${index}() {
  const made = await Model${index}.create({ name: 'x', nextId: 1 });
  const found = await Model${index}.where({ age: [1, null], role: 'admin' }).or({ price: '1.00' }).all().adults().first();
  const lean = await Model${index}.all().named('x').select('id', 'name').order('name').limit(3);
  const keys = await Model${index}.where({ nextId: Model${next}.where({ name: made.name }).select('id') }).pluck('id', 'age');
  const groups = await Model${index}.group('role').count();
  await Model${index}.whereJson('settings', ['deep', 'a', 'b'], 'x').all().admin();
  await made.update({ age: 3 });
  return { found: found?.greet(), lean: lean[0]?.name, keys, groups, other: (await Model${next}.find(made.nextId)).greet() };
}
`;
}

const folder = mkdtempSync(join(root, 'test/types/speed-'));
try {
  mkdirSync(join(folder, 'src'));
  for (let index = 0; index < models; index++) writeFileSync(join(folder, 'src', `model${index}.ts`), model(index));
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: { paths: { 'active-record-ts': ['../../../lib/index.ts'] } },
    include: ['src'],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript-5.9/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder, '--extendedDiagnostics'], {
    encoding: 'utf8',
  });
  const instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(stdout)?.[1]);
  if (status !== 0 || !Number.isFinite(instantiations)) {
    console.error(stdout.slice(0, 4000));
    throw new Error('the models do not compile');
  }
  if (process.argv.includes('--record')) writeFileSync(recordFile, `${JSON.stringify({ models, instantiations })}\n`);
  const recorded = JSON.parse(readFileSync(recordFile, 'utf8')).instantiations;
  const ok = instantiations <= recorded * allowance;
  console.log(`${models} models: ${instantiations} instantiations (recorded ${recorded}) ${ok ? 'ok' : 'too many'}`);
  if (!ok) {
    console.log('Find the type that grew; if the growth is worth it, record it: node scripts/type-speed.js --record');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
