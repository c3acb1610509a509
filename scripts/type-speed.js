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

/**
 * A model of a file of its own, with associations in circles of several lengths through all the others. No spread stands
 * beside the getters (`...column.timestamps()`): the compiler reads the types of getters to copy them, and so goes round
 * the circle (TS2506).
 * @param {number} index
 */
function model(index) {
  const at = (/** @type {number} */ step) => (index + step + models) % models;
  const [next, previous, far, back] = [at(1), at(-1), at(37), at(-37)];
  const imports = [...new Set([next, previous, far, back, at(-2)])].map(
    (each) => `import { Model${each} } from './model${each}.ts';`,
  );
  return `import { BaseModel, belongsTo, column, gt, gte, hasMany, hasOne, like, polymorphic, type Query } from 'active-record-ts';
${imports.join('\n')}

export class Model${index} extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  role: column.enum(['admin', 'editor', 'guest'], { scopes: true }).default('guest'),
  price: column.decimal(10, 2).default('0.00'),
  settings: column.json<{ theme: string; sizes: number[]; deep: { a: { b: string } } }>().nullable(),
  nextId: column.references('model${next}s'),
  farId: column.references('model${far}s').nullable(),
  ownerId: column.integer().nullable(),
  ownerType: column.string().nullable(),
  get next() { return belongsTo(Model${next}); },
  get far() { return belongsTo(Model${far}, { optional: true }); },
  get owner() { return belongsTo(polymorphic([Model${next}, Model${far}]), { optional: true }); },
  get previous() { return hasMany(Model${previous}, { foreignKey: 'nextId', dependent: 'destroy' }); },
  get back() { return hasOne(Model${back}, { foreignKey: 'farId' }); },
  get owned() { return hasMany(Model${previous}, { as: 'owner', scope: (owned: Query<typeof Model${previous}>): unknown => owned.where({ age: gt(1) }).order('name') }); },
  get nearer() { return hasMany(Model${at(-2)}, { through: 'previous', source: 'previous' }); },
}, column.timestamps()) {
  static scopes = {
    adults: (query: Query<typeof Model${index}>) => query.where({ age: gt(18) }),
    named: (query: Query<typeof Model${index}>, name: string) => query.where({ name: like(name) }),
    followed: (query: Query<typeof Model${index}>) => query.whereHas('previous', (previous) => previous.adults()),
  };
  greet() { return this.name; }
  async names() { return (await this.previous).map((each) => each.name); }
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

export async function associate${index}() {
  const next = await Model${next}.create({ name: 'x', nextId: 1 });
  const made = await Model${index}.create({ name: 'x', next, previousAttributes: [{ name: 'y' }] });
  const loaded = await Model${index}.includes('far', { next: { previous: 'far' }, previous: (previous) => previous.named('x').includes('back') }).adults().firstOrFail();
  const names = [loaded.far.value?.name, loaded.next.value.previous.at(0)?.far.value?.greet(), loaded.previous.map((each) => each.back.value?.name)];
  const rows = await Model${index}.where({ next: { name: 'x', previous: { age: gte(3) } }, far: null }).order('next.name').pluck('id', 'far.age');
  await Model${index}.joins({ next: 'previous' }).whereHas('previous', (previous) => previous.adults());
  const counted = await Model${index}.withCount('previous').adults().first();
  const mine = await made.previous.adults().where({ name: 'x' }).first();
  made.next.set(next);
  await made.previous.create({ name: 'x' });
  return { names, rows, count: counted?.previousCount, mine: (await mine?.next)?.greet(), owner: (await made.owner)?.greet(), all: (await made.nearer)[0]?.names() };
}
`;
}

const folder = mkdtempSync(join(root, 'test/types/speed-'));
try {
  // What a user's compiler reads: the declarations, and not the library's sources.
  const fresh = join(root, 'node_modules/typescript/bin/tsc');
  const declarations = [
    '-p',
    join(root, 'tsconfig.build.json'),
    '--emitDeclarationOnly',
    '--outDir',
    join(folder, 'lib'),
  ];
  const built = spawnSync(process.execPath, [fresh, ...declarations], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the declarations of lib/ cannot be made:\n${built.stdout}`);
  mkdirSync(join(folder, 'src'));
  for (let index = 0; index < models; index++) writeFileSync(join(folder, 'src', `model${index}.ts`), model(index));
  const config = {
    extends: '../../../tsconfig.json',
    // Models of a library of their own have declarations, too.
    compilerOptions: {
      paths: { 'active-record-ts': ['./lib/index.d.ts'] },
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: true,
      outDir: 'out',
    },
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
