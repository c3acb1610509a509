// Values of 14 types are read back as they were written, whatever the zone of the process, on days when clocks change.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BaseModel, column, connections, createAll, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { none, show, Tally } from './support/tally.js';

class Kind extends BaseModel.with({
  id: column.id(),
  bigint: column.bigint().nullable(),
  decimal: column.decimal(65, 30).nullable(),
  micros: column.datetime(6).as('string').nullable(),
  datetime: column.datetime().nullable(),
  date: column.date().nullable(),
  time: column.time().nullable(),
  double: column.double().nullable(),
  float: column.float().nullable(),
  boolean: column.boolean().nullable(),
  string: column.string().nullable(),
  text: column.text().nullable(),
  json: column.json({ exact: true }).nullable(),
  binary: column.binary().nullable(),
  uuid: column.uuid().nullable(),
}) {}

const literals = {
  bigint: [2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  decimal: [`${'9'.repeat(35)}.${'9'.repeat(30)}`, `-0.${'0'.repeat(29)}1`, `100775.${'0'.repeat(30)}`],
  micros: ['2026-11-20 10:15:30.123456', '0001-01-01 00:00:00.000001', '9999-12-31 23:59:59.999999'],
  datetime: [new Date('2026-12-31T23:59:59.999Z'), new Date('0001-01-01T00:00:00Z'), new Date(-1)],
  date: ['0001-01-01', '2024-02-29', '9999-12-31'],
  time: ['00:00:00', '23:59:59.999999', '12:00:00.1'],
  double: [0.1, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, 1e-7],
  float: [0.1, 16_777_216, 3.4028235e38],
  boolean: [true, false],
  string: ['😀𝒳é', "quote ' \\ ", ''],
  text: ['😀'.repeat(1000), '日本'],
  json: [{ n: 2n ** 53n + 1n, deep: [-(2n ** 63n), 1.5] }, [1, '2', null]],
  binary: [new Uint8Array([0, 255, 39, 92]), new Uint8Array(0)],
  uuid: ['018f3a5e-7c1b-7def-8123-456789abcdef'],
};
const shown = (value) =>
  value instanceof Uint8Array
    ? Buffer.from(value).toString('hex')
    : JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : Object.is(each, -0) ? '-0' : each));

const child = fileURLToPath(new URL('support/zone-child.js', import.meta.url));

const zones = ['America/New_York', 'Asia/Kathmandu', 'Europe/Berlin', 'UTC'];

/** What a process in another zone finds wrong. */
function inZone(zone, url, { library }) {
  const env = { ...process.env, TZ: zone, ...(library === undefined ? {} : { AR_LIBRARY: library }) };
  const table = `zone_${zone.replace(/\W/g, '_').toLowerCase()}`;
  const started = spawn(process.execPath, [child, url, table], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, problem] = ['', ''];
  started.stdout.on('data', (chunk) => {
    output += chunk;
  });
  started.stderr.on('data', (chunk) => {
    problem += chunk;
  });
  return new Promise((resolve, reject) => {
    started.once('error', reject);
    started.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`${zone}: ${problem}`)),
    );
  });
}

export default {
  number: 22,
  title: '14 types; changes of the clock in 4 zones',
  async run(context) {
    const tally = new Tally();
    await eachDatabase(context, async ({ dialect, url }) => {
      await createAll([Kind]);
      for (const [name, values] of Object.entries(literals)) {
        for (const value of values) {
          const { id } = await Kind.create({ [name]: value });
          await Kind.insertAll([{ [name]: value }]);
          const read = [
            (await Kind.find(id))[name],
            (await Kind.where({ id }).pluck(name))[0],
            (await Kind.last())[name],
          ];
          for (const found of read)
            tally.check(
              shown(found) === shown(value),
              () => `${dialect}: ${name} ${shown(value)} came back as ${shown(found)}`,
            );
          const listed = await Kind.where({ id, [name]: value }).count();
          tally.check(listed === 1, () => `${dialect}: ${name} ${show(shown(value))} was not found by itself`);
        }
      }
      // Where a database can have a zone of its own, it is another one.
      if (dialect === 'postgres') {
        const name = sql.name(new URL(url).pathname.slice(1));
        await connections.get().execute(sql`ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'`);
      }
      for (const zone of zones.slice(0, context.quick ? 1 : 4)) {
        const { tried, wrong } = await inZone(zone, url, context);
        tally.tried += tried;
        for (const each of wrong) tally.check(false, () => `${dialect}: ${each}`);
      }
    });
    return none(tally, 'wrong');
  },
};
