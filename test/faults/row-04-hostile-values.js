// Hostile text is a value like any other, by both protocols: written, read back, and found by itself.
import { BaseModel, column, connect, connections, createAll, disconnect, sql } from 'active-record-ts';
import fc from 'fast-check';
import { eachDatabase } from './support/databases.js';
import { none, show, Tally } from './support/tally.js';

class Note extends BaseModel.with({ id: column.id(), body: column.text() }) {}

const attacks = [`' OR '1'='1`, `\\' OR 1=1 -- `, `'; DROP TABLE notes; --`, '"', '`', '\\', '\\\\', "''", `x'--`, '%', '_', '\u2028', '\ufeff', '$1', '?', ':a', '{x}', "_utf8mb4 X'00'", '\x1a', '\x08', '¿\x27', '縗\\', '😀\'']; // biome-ignore format: one list
const piece = fc.constantFrom("'", '"', '\\', '`', ';', '--', '/*', '*/', ' ', 'OR', '1=1', 'a', '😀', 'é', '\n', '\r', '\t', '%', '_', '?', '$1', '#', '(', ')', '\x1a', '\x7f', '\u0301'); // biome-ignore format: one list
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0')),
);

export default {
  number: 4,
  title: 'hostile values by both protocols',
  async run(context) {
    const tally = new Tally();
    const count = context.quick ? 300 : 10_000;
    const values = [...attacks, ...fc.sample(hostile, { numRuns: count - attacks.length, seed: 20_261_120 })];
    await eachDatabase(context, async ({ dialect, url }) => {
      await createAll([Note]);
      for (const preparedStatements of [true, false]) {
        await disconnect();
        await connect(url, { preparedStatements });
        const label = `${dialect}, ${preparedStatements ? 'prepared' : 'as text'}`;
        await connections.get().execute(sql`DELETE FROM notes`);
        // One by one, which prepares where anything does; and all at once.
        const ids = await connections.get().transaction(async () => {
          const made = [];
          for (const body of values) made.push((await Note.create({ body })).id);
          return made;
        });
        await Note.insertAll(values.map((body) => ({ body })));
        const bodies = await Note.order('id').pluck('body');
        for (const [index, body] of [...values, ...values].entries()) {
          tally.check(bodies[index] === body, () => `${label}: ${show(body)} came back as ${show(bodies[index])}`);
        }
        for (const [index, body] of values.entries()) {
          if (index % (context.quick ? 5 : 20) !== 0) continue;
          tally.check((await Note.find(ids[index])).body === body, () => `${label}: find of ${show(body)}`);
          const found = await Note.where({ body }).pluck('body');
          const wanted = values.filter((each) => each === body).length * 2;
          tally.check(
            found.filter((each) => each === body).length === wanted,
            () => `${label}: where ${show(body)}: ${found.length}`,
          );
        }
      }
    });
    return none(tally, 'mismatches');
  },
};
