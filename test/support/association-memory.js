// What records keep on the heap, with and without associations declared. Run by node --expose-gc; prints one line of JSON.
const { BaseModel, belongsTo, column, connect, createAll, disconnect, hasMany, hasOne } = await import(
  process.env.AR_LIBRARY || 'active-record-ts'
);

const count = Number(process.env.AR_TEST_RECORDS ?? '60000');

const columns = { id: column.id(), name: column.string(), otherId: column.integer() };

class Plain extends BaseModel.with({ ...columns }) {
  static tableName = 'records';
}
class Linked extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  otherId: column.integer(),
  get other() {
    return belongsTo(Plain, { optional: true });
  },
  get many() {
    return hasMany(Plain, { foreignKey: 'otherId' });
  },
  get one() {
    return hasOne(Plain, { foreignKey: 'otherId' });
  },
}) {
  static tableName = 'records';
}

function heap() {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('Run it with --expose-gc.');
  for (let round = 0; round < 4; round++) gc();
  return process.memoryUsage().heapUsed;
}

await connect('sqlite::memory:');
await createAll([Plain]);
await Plain.insertAll(
  Array.from({ length: count }, (_, index) => ({ name: `name ${index}`, otherId: (index % 97) + 1 })),
);

async function bytesEach(load) {
  // The first times fill caches of code and of statements; their records must be gone before the last.
  for (let time = 0; time < 2; time++) await (async () => (await load()).length)();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const before = heap();
  const records = await load();
  const bytes = (heap() - before) / records.length;
  if (records.length !== count) throw new Error(`${records.length} records were loaded.`);
  return bytes;
}

// What else the process does is on the heap, too, and may go from it meanwhile: the middle of several measurements.
const middle = (figures) => figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)];
const [plains, linkeds] = [[], []];
for (let round = 0; round < 7; round++) {
  plains.push(await bytesEach(() => Plain.all()));
  linkeds.push(await bytesEach(() => Linked.all()));
}
const [plain, linked] = [middle(plains), middle(linkeds)];
const records = await Linked.all();
const before = heap();
await records[0]?.other;
const touched = (heap() - before) / Math.min(1_000, records.length);
process.stdout.write(`${JSON.stringify({ count: records.length, plain, linked, touched })}\n`);
await disconnect();
