// Run in a process with TZ set: writes moments and days around changes of the clock, reads them back by every way, and
// prints what differs as a JSON list. Arguments: the URL of an empty database, and a name for its table.
const library = await import(process.env.AR_LIBRARY || 'active-record-ts');
const { BaseModel, column, connect, connections, createAll, disconnect, sql } = library;

const [url, table] = process.argv.slice(2);

class Moment extends BaseModel.with({
  id: column.id(),
  at: column.datetime(),
  exact: column.datetime(6).as('string'),
  day: column.date(),
  clock: column.time(),
}) {
  static tableName = table;
}

/** Hours around the changes of 2026 in New York and Berlin, and the night when Kathmandu gained a quarter of an hour. */
const dates = ['2026-03-08T07:00:00Z', '2026-10-25T01:00:00Z', '1985-12-31T18:30:00Z'];
const moments = dates.flatMap((date) =>
  [-90, -60, -30, -15, 0, 15, 30, 60, 90].map((minutes) => new Date(Date.parse(date) + minutes * 60_000 + 123)),
);
const days = ['2026-03-08', '2026-03-29', '2026-10-25', '2026-11-01', '1986-01-01', '0001-01-01', '9999-12-31'];

const wrong = [];
let tried = 0;
const same = (label, found, expected) => {
  tried++;
  const [a, b] = [found, expected].map((value) => (value instanceof Date ? value.toISOString() : String(value)));
  if (a !== b) wrong.push(`${process.env.TZ}, ${label}: ${a} in place of ${b}`);
};

await connect(url);
await createAll([Moment]);
for (const [index, at] of moments.entries()) {
  const exact = `${at.toISOString().slice(0, 23).replace('T', ' ')}456`;
  const day = days[index % days.length];
  const values = { at, exact, day, clock: at.toISOString().slice(11, 19) };
  const { id } = await Moment.create(values);
  await Moment.insertAll([values]);
  for (const record of [await Moment.find(id), ...(await Moment.where({ at, day })), await Moment.last()]) {
    for (const [name, value] of Object.entries(values)) same(`${name} of ${at.toISOString()}`, record?.[name], value);
  }
  // As the server sees it, and as others would.
  const [raw] = await connections.get().query(sql`SELECT day, exact FROM ${sql.name(table)} WHERE id = ${id}`);
  same(`raw day of ${day}`, raw?.day, day);
  same(`raw text of ${exact}`, String(raw?.exact).replace(/\+00$/, ''), exact);
}
await disconnect();
console.log(JSON.stringify({ tried, wrong }));
