// What one borrower leaves in a session, in every way to send it: the next one finds nothing of it.
import { BaseModel, column, connect, connections, createAll, disconnect, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { outcomeOf } from './support/random.js';
import { none, Tally } from './support/tally.js';

class Item extends BaseModel.with({ id: column.id(), name: column.string() }) {}

const rows = (statement) => connections.get().query(statement);
const value = async (statement) => Object.values((await rows(statement))[0] ?? {})[0];
/** Asked from another session: whether the lock is free. */
const free = async (statement) => Object.values((await connections.get('watcher').query(statement))[0] ?? {})[0];
const works = async (statement) => (await outcomeOf(() => rows(statement))).error === undefined;

/** What is done, and what the next borrower asks. As it answers before, it has to answer afterwards. */
const kinds = {
  mysql: {
    'an open transaction': [sql`CALL begin_hidden()`, () => value(sql`SELECT @@in_transaction`)],
    'a setting': [sql`SET sql_mode = ''`, () => value(sql`SELECT @@sql_mode`)],
    'a setting behind a comment': [sql`/* so */ -- and so\n SET SESSION time_zone = '+05:00'`, () => value(sql`SELECT @@time_zone`)],
    'a setting by a procedure': [sql`CALL change_hidden()`, () => value(sql`SELECT @@sql_mode`)],
    'a setting that is carried out in a comment': [sql`/*!40101 SET NAMES latin1 */`, () => value(sql`SELECT @@character_set_client`)],
    isolation: [sql`SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE`, () => value(sql`SELECT @@tx_isolation`)],
    'a variable': [sql`SET @own = 5`, () => value(sql`SELECT @own`)],
    'a variable by a query': [sql`SELECT @own := 5`, () => value(sql`SELECT @own`)],
    'a quoted variable': [sql`SELECT @'own' := 5`, () => value(sql`SELECT @own`)],
    'a variable by INTO': [sql`SELECT 5 INTO @own`, () => value(sql`SELECT @own`)],
    'a temporary table': [sql`CREATE TEMPORARY TABLE own (id INT)`, () => works(sql`SELECT * FROM own`)],
    'a table that is hidden': [sql`CREATE OR REPLACE TEMPORARY TABLE items (other INT)`, () => works(sql`SELECT name FROM items`)],
    'a lock': [sql`SELECT GET_LOCK('own', 0)`, () => free(sql`SELECT IS_FREE_LOCK('own')`)],
    'a lock by DO': [sql`DO GET_LOCK('own', 0)`, () => free(sql`SELECT IS_FREE_LOCK('own')`)],
    'a lock in a condition': [sql`SELECT * FROM (SELECT 1 AS one) t WHERE get_lock ('own', 0) = 1`, () => free(sql`SELECT IS_FREE_LOCK('own')`)],
    'a prepared statement': [sql`PREPARE own FROM 'SELECT 1'`, () => works(sql`EXECUTE own`)],
    'another database': [sql`USE information_schema`, () => value(sql`SELECT DATABASE()`)],
    'a handler': [sql`HANDLER items OPEN AS own`, () => works(sql`HANDLER own READ FIRST`)],
  },
  postgres: {
    'a setting': [sql`SET statement_timeout = '7s'`, () => value(sql`SELECT current_setting('statement_timeout')`)],
    'a setting by a function': [sql`SELECT set_config('statement_timeout', '7s', false)`, () => value(sql`SELECT current_setting('statement_timeout')`)],
    'a setting by a quoted function': [sql`SELECT pg_catalog."set_config"('statement_timeout', '7s', false)`, () => value(sql`SELECT current_setting('statement_timeout')`)],
    'a setting by a block': [sql`DO $$ BEGIN EXECUTE 'SE' || 'T statement_timeout = 7000'; END $$`, () => value(sql`SELECT current_setting('statement_timeout')`)],
    'a setting by a procedure': [sql`CALL change_hidden()`, () => value(sql`SELECT current_setting('statement_timeout')`)],
    'a search path': [sql`SET search_path = pg_catalog`, () => value(sql`SELECT current_setting('search_path')`)],
    'a time zone': [sql`/* /* nested */ */ SET TIME ZONE 'Asia/Tokyo'`, () => value(sql`SELECT current_setting('TimeZone')`)],
    isolation: [sql`SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE`, () => value(sql`SELECT current_setting('default_transaction_isolation')`)],
    'a temporary table': [sql`CREATE TEMP TABLE own (id INT)`, () => works(sql`SELECT * FROM own`)],
    'a temporary table by a query': [sql`SELECT 1 AS one INTO TEMPORARY own`, () => works(sql`SELECT * FROM own`)],
    'a temporary table in its schema': [sql`CREATE TABLE pg_temp.own (id INT)`, () => works(sql`SELECT * FROM own`)],
    'a temporary view': [sql`CREATE OR REPLACE TEMP VIEW own AS SELECT 1`, () => works(sql`SELECT * FROM own`)],
    'a lock': [sql`SELECT pg_advisory_lock(42)`, () => free(sql`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`)],
    'a lock that is tried': [sql`WITH l AS (SELECT pg_try_advisory_lock_shared(42)) SELECT * FROM l`, () => free(sql`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`)],
    'a prepared statement': [sql`PREPARE own AS SELECT 1`, () => value(sql`SELECT count(*) FROM pg_prepared_statements WHERE name = 'own'`)],
    'a listener': [sql`LISTEN own`, () => value(sql`SELECT count(*) FROM pg_listening_channels()`)],
    'a role': [sql`SET ROLE pg_monitor`, () => value(sql`SELECT current_user`)],
  },
  sqlite: {
    'a setting': [sql`PRAGMA foreign_keys = OFF`, () => value(sql`SELECT foreign_keys FROM pragma_foreign_keys`)],
    'a temporary table': [sql`CREATE TEMP TABLE own (id)`, () => works(sql`INSERT INTO own VALUES (1)`)],
    'a temporary table in its schema': [sql`CREATE TABLE temp.own (id)`, () => works(sql`INSERT INTO own VALUES (1)`)],
    'another file': [sql`ATTACH ':memory:' AS own`, () => works(sql`CREATE TABLE own.t (id)`)],
  },
}; // biome-ignore format: one line for each

/** Ways to send it. What a transaction cannot hold may fail there: nothing is left behind then either. */
const ways = {
  execute: (statement) => connections.get().execute(statement),
  query: (statement) => connections.get().query(statement),
  'with a limit': (statement) => connections.get().query(statement, { timeout: 20_000 }),
  'in a transaction': (statement) => connections.get().transaction(() => connections.get().execute(statement)),
  'in a savepoint': (statement) =>
    connections.get().transaction(() => connections.get().transaction(() => connections.get().query(statement))),
  'in a transaction, with a limit': (statement) =>
    connections.get().transaction(() => connections.get().execute(statement, { timeout: 20_000 })),
  'in a transaction that is rolled back': (statement) =>
    connections.get().transaction(async () => {
      await connections.get().execute(statement);
      throw new Error('no');
    }),
};

/** Fragments in queries of a model. */
const fragments = {
  mysql: [sql`GET_LOCK('own', 0) = 1`, () => free(sql`SELECT IS_FREE_LOCK('own')`)],
  postgres: [sql`set_config('statement_timeout', '7s', false) = '7s'`, () => value(sql`SELECT current_setting('statement_timeout')`)],
}; // biome-ignore format: one line for each
const queries = {
  where: (fragment) => Item.where(fragment),
  'where, with a limit': (fragment) => Item.where(fragment).timeout(20_000),
  select: (fragment) => Item.all().pluck(fragment),
  order: (fragment) => Item.all().order(fragment),
  updateAll: (fragment) => Item.where(fragment).updateAll({ name: 'x' }),
  'a cursor': async (fragment) => {
    for await (const _ of Item.where(fragment).findEach({ cursor: true })) break;
  },
  'in a transaction': (fragment) => connections.get().transaction(() => Item.where(fragment)),
};

const hidden = {
  mysql: [sql`CREATE PROCEDURE begin_hidden() START TRANSACTION`, sql`CREATE PROCEDURE change_hidden() SET sql_mode = ''`],
  postgres: [sql`CREATE PROCEDURE change_hidden() LANGUAGE sql AS $$ SELECT set_config('statement_timeout', '7s', false) $$`],
  sqlite: [],
}; // biome-ignore format: one line for each

export default {
  number: 20,
  title: 'tainted sessions',
  async run(context) {
    const tally = new Tally();
    let carriedOut = 0;
    await eachDatabase(
      context,
      async ({ dialect, url }) => {
        await createAll([Item]);
        await Item.create({ name: 'a' });
        for (const statement of hidden[dialect]) await connections.get().execute(statement);
        await connect(url, { name: 'watcher', pool: 1 });
        const check = async (label, send, ask) => {
          const before = await ask();
          const { error } = await outcomeOf(send);
          if (error === undefined) carriedOut++;
          // The end of a session reaches its locks a moment later.
          let after = await ask();
          for (let left = 50; after !== before && left > 0; left--) {
            await new Promise((resolve) => setTimeout(resolve, 10));
            after = await ask();
          }
          const { inUse } = connections.get().pool;
          tally.check(
            after === before && inUse === 0,
            () => `${dialect}: ${label}: ${after} in place of ${before}, ${inUse} in use (${error})`,
          );
        };
        const few = context.quick ? ['with a limit', 'in a transaction'] : Object.keys(ways);
        for (const [kind, [statement, ask]] of Object.entries(kinds[dialect]))
          for (const way of few) await check(`${kind}, ${way}`, () => ways[way](statement), ask);
        const [fragment, ask] = fragments[dialect] ?? [];
        if (fragment !== undefined)
          for (const [way, query] of Object.entries(queries))
            await check(`a fragment, ${way}`, () => query(fragment), ask);
        await disconnect('watcher');
      },
      { options: ({ dialect }) => (dialect === 'sqlite' ? {} : { pool: 1 }) },
    );
    return none(tally, 'visible to the next borrower', `${carriedOut} were carried out`);
  },
};
