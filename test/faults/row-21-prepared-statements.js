// Ever new statements by ten connections at once: the server keeps a bounded number of them, and never refuses one.
import { BaseModel, column, connections, createAll, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { none, Tally } from './support/tally.js';

// Rows with a float are read prepared, so that every one of its queries is.
class Reading extends BaseModel.with({ id: column.id(), value: column.float() }) {}

const sessions = 10;
const cap = 256;

const held = {
  async mysql() {
    const rows = await connections
      .get()
      .query(sql`SHOW SESSION STATUS WHERE Variable_name IN ('Com_stmt_prepare', 'Com_stmt_close')`);
    const figure = (name) => Number(rows.find((row) => Object.values(row).includes(name))?.Value);
    return { held: figure('Com_stmt_prepare') - figure('Com_stmt_close'), prepared: figure('Com_stmt_prepare') };
  },
  async postgres() {
    const [row] = await connections.get().query(sql`SELECT count(*) AS held FROM pg_prepared_statements`);
    return { held: Number(row.held), prepared: undefined };
  },
};

export default {
  number: 21,
  title: 'distinct statements on 10 connections',
  async run(context) {
    const tally = new Tally();
    const each = context.quick ? 400 : 20_000;
    let most = 0;
    await eachDatabase(
      context,
      async ({ dialect }) => {
        await createAll([Reading]);
        await Reading.create({ value: 0.1 });
        const work = async (_, session) =>
          connections.get().transaction(async () => {
            for (let index = 0; index < each; index++) {
              const rows = await Reading.where(
                sql`${sql.unsafe(`${session} = ${session} AND ${index} = ${index}`)}`,
              ).limit(1);
              tally.check(
                rows[0]?.value === 0.1,
                () => `${dialect}: statement ${index} of session ${session} found ${rows.length}`,
              );
            }
            const figures = await held[dialect]();
            most = Math.max(most, figures.held);
            tally.check(figures.held <= cap, () => `${dialect}: a session holds ${figures.held} prepared statements`);
            tally.check(
              figures.prepared === undefined || figures.prepared >= each,
              () => `${dialect}: only ${figures.prepared} were prepared`,
            );
          });
        await Promise.all(Array.from({ length: sessions }, work));
      },
      { only: ['mysql', 'postgres'], options: { pool: sessions } },
    );
    return none(tally, 'errors', `at most ${most} held by a session (cap ${cap}); SQLite has no server`);
  },
};
