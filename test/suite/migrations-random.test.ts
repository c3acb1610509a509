/**
 * Whatever a migration does in whatever order: undone the schema is what it was, and done again what it became; and what
 * a dry run tells is what is sent.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { dryRun } from '../../lib/migrations/rehearsal/dry-run.ts';
import { migrate, rollback } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { recordQueries } from '../../lib/testing/record-queries.ts';
import { createDatabase, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { schemaSnapshot, schemaText } from '../support/schema-snapshot.ts';

const numRuns = process.env.AR_TEST_LONG === undefined ? 6 : 1_000;

const types = [
  'column.integer().nullable()',
  'column.integer().nullable().default(7)',
  'column.string(20).nullable()',
  "column.string(20).nullable().default('it\\'s')",
  "column.enum(['a', 'b']).nullable()",
  'column.bigint().unsigned().nullable()',
  'column.datetime(3).nullable().default(sql`CURRENT_TIMESTAMP`)',
] as const;

const changing = /^\s*(?:CREATE|ALTER|RENAME|DROP|DO|UPDATE|INSERT|DELETE|COMMENT)\b/i;

/** The table as it is known to be after the steps so far: what can be done next depends on it. */
interface World {
  readonly columns: Map<string, string>;
  readonly indexes: Map<string, readonly string[]>;
  /** What is given to removeIndex to remove one that was made here. */
  readonly removals: Map<string, string>;
  readonly checks: Map<string, string>;
  /** Columns that have a comment now. */
  readonly commented: Set<string>;
  readonly hasComments: boolean;
  table: string;
  made: number;
}

type Choice = readonly [what: number, one: number, other: number];

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];

/** Whether anything but the column itself goes by its name. */
const isUsed = (world: World, name: string): boolean =>
  [...world.indexes.values()].some((columns) => columns.includes(name)) || [...world.checks.values()].includes(name);

/** Rows that there are get the default of a new column, all of them the same; and MySQL indexes no whole text. */
const canBeUnique = (world: World, name: string): boolean =>
  !/default|text/.test(world.columns.get(name) ?? '') && name !== 'rank';

const steps: readonly ((world: World, one: number, other: number) => string | undefined)[] = [
  (world, one) => {
    const [name, type] = [`c${world.made++}`, pick(types, one) ?? types[0]];
    world.columns.set(name, type);
    return `this.addColumn('${world.table}', '${name}', ${type})`;
  },
  (world, one) => {
    const found = pick(
      [...world.columns].filter(([name]) => !isUsed(world, name)),
      one,
    );
    if (found === undefined) return undefined;
    world.columns.delete(found[0]);
    return `this.removeColumn('${world.table}', '${found[0]}', ${found[1]})`;
  },
  (world, one) => {
    const found = pick(
      [...world.columns].filter(([name]) => !isUsed(world, name)),
      one,
    );
    if (found === undefined) return undefined;
    const to = `c${world.made++}`;
    world.columns.delete(found[0]);
    world.columns.set(to, found[1]);
    return `this.renameColumn('${world.table}', '${found[0]}', '${to}')`;
  },
  (world, one, other) => {
    const names = [...world.columns].filter(([, type]) => !type.includes('text')).map(([name]) => name);
    const columns = [...new Set([pick(names, one), pick(names, other)].filter((name) => name !== undefined))];
    if (columns.length === 0) return undefined;
    const name = `i${world.made++}`;
    world.indexes.set(name, columns);
    const list = columns.map(
      (column, at) => `{ name: '${column}', order: '${(one + at) % 2 === 0 ? 'asc' : 'desc'}' }`,
    );
    const unique = other % 3 === 0 && columns.every((column) => canBeUnique(world, column));
    world.removals.set(name, `[${list.join(', ')}], { name: '${name}', unique: ${unique} }`);
    return `this.addIndex('${world.table}', ${world.removals.get(name)})`;
  },
  (world, one) => {
    // One whose columns have the names that it was made with.
    const found = pick(
      [...world.removals].filter(([name]) => world.indexes.get(name)?.every((column) => world.columns.has(column))),
      one,
    );
    if (found === undefined) return undefined;
    world.indexes.delete(found[0]);
    world.removals.delete(found[0]);
    return `this.removeIndex('${world.table}', ${found[1]})`;
  },
  (world, one) => {
    const found = pick([...world.indexes.keys()], one);
    if (found === undefined) return undefined;
    const to = `i${world.made++}`;
    world.indexes.set(to, world.indexes.get(found) ?? []);
    world.indexes.delete(found);
    world.removals.delete(found);
    return `this.renameIndex('${world.table}', '${found}', '${to}')`;
  },
  (world, one) => {
    const number = pick(
      [...world.columns].filter(([, type]) => type.startsWith('column.integer')),
      one,
    )?.[0];
    if (number === undefined) return undefined;
    const name = `k${world.made++}`;
    world.checks.set(name, number);
    return `this.addCheckConstraint('${world.table}', '${number} > ${one % 7} OR ${number} IS NULL', { name: '${name}' })`;
  },
  (world, one, other) => {
    const found = pick(
      [...world.columns].filter(([, type]) => !type.includes('default') && type.startsWith('column.integer')),
      one,
    );
    if (found === undefined) return undefined;
    world.columns.set(found[0], `${found[1]}.default(${other})`);
    return `this.changeColumnDefault('${world.table}', '${found[0]}', { from: null, to: ${other} })`;
  },
  (world, one) => {
    const found = pick(
      [...world.columns].filter(([, type]) => type === types[2]),
      one,
    );
    if (found === undefined || isUsed(world, found[0])) return undefined;
    world.columns.set(found[0], 'column.text().nullable()');
    return `this.changeColumn('${world.table}', '${found[0]}', column.text().nullable(), ${found[1]})`;
  },
  (world) => {
    const [from, to] = [world.table, `t${world.made++}`];
    world.table = to;
    return `this.renameTable('${from}', '${to}')`;
  },
  (world) => {
    const name = `team${world.made++}`;
    // Found by no other step: its key goes by its name.
    return `this.addReference('${world.table}', '${name}', { table: 'teams', nullable: true })`;
  },
  (world, one) => {
    const name = `u${world.made++}`;
    const column = pick(
      [...world.columns.keys()].filter((each) => canBeUnique(world, each)),
      one,
    );
    if (column === undefined) return undefined;
    world.indexes.set(name, [column]);
    return `this.addUniqueConstraint('${world.table}', '${column}', { name: '${name}' })`;
  },
  (world, one) => {
    const column = pick([...world.columns.keys()], one);
    if (column === undefined || world.commented.has(column) || !world.hasComments) return undefined;
    world.commented.add(column);
    const type = world.columns.get(column) ?? '';
    world.columns.set(column, `${type}.comment('${column}, CHECK (it) NOT NULL')`);
    return `this.changeColumnComment('${world.table}', '${column}', { from: null, to: '${column}, CHECK (it) NOT NULL' })`;
  },
  (world, one) => {
    // Rows that hold NULL are given a value, which stays: of a column that the migration made, and that may repeat one.
    const found = pick(
      [...world.columns].filter(([name, type]) => /^c\d/.test(name) && type === types[1] && !isUsed(world, name)),
      one,
    );
    if (found === undefined) return undefined;
    world.columns.set(found[0], found[1].replace('.nullable()', ''));
    return `this.changeColumnNull('${world.table}', '${found[0]}', false, 7)`;
  },
];

/** Steps of one table that follow one another, as changes of one `changeTable`, for some of them. */
function gathered(lines: readonly string[], choices: readonly Choice[]): string[] {
  const groups: string[][] = [];
  let table: string | undefined;
  lines.forEach((line, at) => {
    const own = /^this\.(?!renameTable)\w+\('(\w+)', /.exec(line)?.[1];
    if (own !== undefined && own === table && (choices[at]?.[2] ?? 0) % 4 > 0) groups.at(-1)?.push(line);
    else groups.push([line]);
    table = own;
  });
  return groups.map((group) => {
    if (group.length === 1) return group.join();
    const name = /\('(\w+)', /.exec(group[0] ?? '')?.[1];
    const changes = group.map((line) => line.replace(/^this\.(\w+)\('\w+', /, 'table.$1('));
    return `this.changeTable('${name}', (table) => { ${changes.join('; ')} })`;
  });
}

/** The body of a migration, of steps that are possible one after the other. */
function bodyOf(choices: readonly Choice[], hasComments: boolean): string {
  const world: World = {
    columns: new Map([
      ['age', types[0]],
      ['rank', types[1]],
      ['title', types[2]],
      ['state', types[4]],
    ]),
    indexes: new Map([
      ['by_title', ['title']],
      ['by_state', ['state', 'age']],
    ]),
    removals: new Map(),
    checks: new Map([['old', 'rank']]),
    commented: new Set(),
    hasComments,
    table: 't',
    made: 0,
  };
  const lines = choices.flatMap(([what, one, other]) => pick(steps, what)?.(world, one, other) ?? []);
  return ["this.addColumn('t', 'label', column.string(9).nullable())", ...gathered(lines, choices)].join(';\n');
}

/** A column is declared anew in the words of the database, which are others before it has the column. */
const comparable = (statements: readonly string[]): string =>
  statements.map((text) => text.replace(/(MODIFY COLUMN `[^`]+`).*/s, '$1')).join('\n');

describeEachDatabase('migrations of any steps', ({ dialect }) => {
  let database: TestDatabase;
  let connection: Connection;
  const folder = migrationFolder();
  let count = 0;

  const begin = async () => {
    database = await createDatabase(dialect);
    connection = connections.define(`random-${dialect}-${count}`, database.url);
    folder.add(
      '20260101000000_base',
      `up() {
        this.createTable('teams', { id: column.id() });
        this.createTable('t', {
          id: column.id(), name: column.string(20), age: ${types[0]}, rank: ${types[1]}, title: ${types[2]}, state: ${types[4]},
        });
        this.addIndex('t', 'title', { name: 'by_title', unique: true });
        this.addIndex('t', ['state', { name: 'age', order: 'desc' }], { name: 'by_state' });
        this.addCheckConstraint('t', 'rank > 0 OR rank IS NULL', { name: 'old' });
        this.execute("INSERT INTO t (name) VALUES ('a'), ('b')");
      }
      down() { this.dropTable('t'); this.dropTable('teams'); }`,
    );
    await migrate({ connection, folder: folder.path });
  };
  const end = async () => {
    await connection.close();
    await database.drop();
  };
  beforeAll(begin);
  afterAll(end);
  /** MariaDB keeps statistics of indexes by name, and now and then refuses a new name for one that had it before. */
  const isFaultOfServer = (error: unknown) => error instanceof Error && error.message.includes('innodb_index_stats');

  const state = async () => ({ snapshot: await schemaSnapshot(connection), text: await schemaText(connection) });

  /** Where the dry run tells other statements than are sent then; a table that is written anew has none to tell. */
  const plannedAndSent = async (direction: 'up' | 'down', run: typeof migrate | typeof rollback) => {
    const options = { connection, folder: folder.path };
    const [planned] = await dryRun({ ...options, direction });
    const { statements } = await recordQueries(() => run(options));
    if (planned?.complete !== true) {
      // MySQL declares a column anew in its own words, which it has none of for a table that is not there yet.
      const isKnownLimit = (line: string) => line.includes('how the database then declares');
      return planned?.sql.filter((line) => line.includes('not known') && !isKnownLimit(line));
    }
    const sent = statements
      .map((each) => each.sql)
      .filter((text) => changing.test(text) && !text.includes('ar_migration'));
    const thought = planned.sql.filter((line) => !line.startsWith('-- '));
    return comparable(sent) === comparable(thought) ? [] : [planned.sql, sent];
  };

  it(
    'are undone and done again',
    async () => {
      const choice = fc.tuple(fc.nat({ max: steps.length - 1 }), fc.nat({ max: 30 }), fc.nat({ max: 30 }));
      await fc.assert(
        fc.asyncProperty(fc.array(choice, { minLength: 1, maxLength: 10 }), async (choices) => {
          // PostgreSQL counts columns that are gone: after some thousand of them a table takes no more.
          if (count % 100 === 99) {
            await rollback({ connection, folder: folder.path });
            await migrate({ connection, folder: folder.path });
          }
          const before = await state();
          count++;
          // A name for each: a file is read once by a process.
          const fileName = `2026${String(2 + Math.floor(count / 86_400)).padStart(2, '0')}01${timeOf(count)}_step_${count}`;
          const body = bodyOf(choices, connection.dialect.features.comments);
          folder.add(fileName, `change() { ${body} }`);
          let isStuck = false;
          try {
            expect(await plannedAndSent('up', migrate), body).toEqual([]);
            const after = await state();
            expect(await plannedAndSent('down', rollback), body).toEqual([]);
            expect(await state(), body).toEqual(before);
            await migrate({ connection, folder: folder.path });
            expect(await state(), body).toEqual(after);
            await rollback({ connection, folder: folder.path });
          } catch (error) {
            if (!isFaultOfServer(error)) throw error;
            isStuck = true;
          } finally {
            folder.remove(fileName);
          }
          if (isStuck) {
            await end();
            return begin();
          }
          expect((await connection.query(sql`SELECT name FROM t ORDER BY id`)).map(({ name }) => name)).toEqual([
            'a',
            'b',
          ]);
        }),
        {
          numRuns,
          seed: process.env.AR_TEST_LONG === undefined ? 20_261_120 : Date.now(),
          // What failed half way is there still.
          endOnFailure: true,
        },
      );
    },
    numRuns * 20_000,
  );
});

function timeOf(second: number): string {
  const parts = [Math.floor(second / 3600) % 24, Math.floor(second / 60) % 60, second % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join('');
}
