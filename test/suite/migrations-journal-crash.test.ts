/** A migrator is killed before each of its statements in turn, of every kind; the next one finishes what it has left. */
import { beforeEach, expect, it } from 'vitest';
import type { Connection } from '../../lib/connection/connection.ts';
import { connections } from '../../lib/connection/registry.ts';
import { MigrationInDoubt } from '../../lib/errors/migration.ts';
import { migrate, rollback } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { crashing } from '../support/crashes.ts';
import { createDatabase, describeEachDatabase, type TestDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { schemaText } from '../support/schema-snapshot.ts';

const base = `up() {
  this.createTable('teams', { id: column.id(), title: column.string(40) });
  this.createTable('notes', {
    id: column.id(),
    body: column.string(40).nullable(),
    rank: column.integer().default(1),
    teamId: column.references('teams').nullable(),
    leadId: column.bigint({ unsigned: true }).nullable(),
  });
  this.addIndex('notes', 'rank');
  this.createTable('spare', { id: column.id() });
  this.createTable('other', { id: column.id(), a: column.date().nullable() });
  this.createView('ranked', sql\`SELECT id FROM notes WHERE rank > 1\`);
  this.execute("INSERT INTO notes (body, rank) VALUES ('a', 1), (NULL, 2)");
}
down() {}`;

interface Kind {
  readonly steps: string;
  readonly only?: readonly string[];
}

const kinds: Readonly<Record<string, Kind>> = {
  createTable: { steps: "this.createTable('tags', { id: column.id(), label: column.string().index() });" },
  createJoinTable: { steps: "this.createJoinTable('teams', 'notes');" },
  dropTable: { steps: "this.dropTable('spare', { id: column.id() });" },
  'dropTable, createTable': {
    steps:
      "this.dropTable('spare', { id: column.id() }); this.createTable('spare', { id: column.id(), a: column.date() });",
  },
  renameTable: { steps: "this.renameTable('spare', 'kept');" },
  'renameTable, twice': { steps: "this.renameTable('spare', 'kept'); this.renameTable('other', 'spare');" },
  addColumn: { steps: "this.addColumn('notes', 'tag', column.string().nullable().unique());" },
  addReference: { steps: "this.addReference('notes', 'parent', { table: 'notes', nullable: true });" },
  removeColumn: { steps: "this.removeColumn('notes', 'leadId', column.bigint({ unsigned: true }).nullable());" },
  removeReference: { steps: "this.removeReference('notes', 'team', { nullable: true });" },
  'removeColumn, addColumn': {
    steps:
      "this.removeColumn('other', 'a', column.date().nullable()); this.addColumn('other', 'a', column.integer().nullable());",
  },
  renameColumn: { steps: "this.renameColumn('notes', 'body', 'text');" },
  'renameColumn, swapped': {
    steps:
      "this.renameColumn('notes', 'body', 'x'); this.renameColumn('notes', 'rank', 'body'); this.renameColumn('notes', 'x', 'rank');",
    only: ['mysql', 'postgres'],
  },
  changeColumn: {
    steps: "this.changeColumn('notes', 'body', column.string(80).nullable(), column.string(40).nullable());",
  },
  'changeColumn to the same': {
    steps: "this.changeColumn('notes', 'body', column.string(40).nullable(), column.string(40).nullable());",
  },
  changeColumnDefault: { steps: "this.changeColumnDefault('notes', 'rank', { from: 1, to: 5 });" },
  changeColumnNull: { steps: "this.changeColumnNull('notes', 'body', false, 'none');" },
  addIndex: { steps: "this.addIndex('notes', ['rank', 'body'], { unique: true });" },
  'addIndex, commented': { steps: "this.addIndex('notes', 'body', { comment: 'c' });", only: ['mysql', 'postgres'] },
  'addIndex concurrently': {
    steps: "this.addIndex('notes', 'body', { concurrently: true });",
    only: ['postgres'],
  },
  'removeIndex concurrently': {
    steps: "this.removeIndex('notes', 'rank', { concurrently: true });",
    only: ['postgres'],
  },
  removeIndex: { steps: "this.removeIndex('notes', 'rank');" },
  'removeIndex, addIndex': {
    steps:
      "this.removeIndex('notes', 'rank', { name: 'index_notes_on_rank' }); this.addIndex('notes', 'body', { name: 'index_notes_on_rank' });",
  },
  renameIndex: { steps: "this.renameIndex('notes', 'index_notes_on_rank', 'by_rank');" },
  addForeignKey: { steps: "this.addForeignKey('notes', 'teams', { column: 'teamId', name: 'fk_second' });" },
  removeForeignKey: { steps: "this.removeForeignKey('notes', 'teams', { column: 'teamId' });" },
  changeForeignKey: {
    steps: "this.changeForeignKey('notes', 'teams', { column: 'teamId', onDelete: 'cascade' }, { column: 'teamId' });",
  },
  checks: {
    steps:
      "this.addCheckConstraint('notes', sql`rank > 0`, { name: 'positive' }); this.removeCheckConstraint('notes', sql`rank > 0`, { name: 'positive' });",
  },
  uniques: {
    steps:
      "this.addUniqueConstraint('notes', 'body', { name: 'one_body' }); this.removeUniqueConstraint('notes', 'body', { name: 'one_body' });",
  },
  views: {
    steps:
      "this.createView('second', sql`SELECT id FROM notes`); this.alterView('ranked', sql`SELECT id, rank FROM notes`, sql`SELECT id FROM notes WHERE rank > 1`); this.dropView('second', sql`SELECT id FROM notes`);",
  },
  comments: {
    steps:
      "this.changeTableComment('notes', { from: null, to: 'n' }); this.changeColumnComment('notes', 'body', { from: null, to: 'b' });",
    only: ['mysql', 'postgres'],
  },
  enums: {
    steps:
      "this.createEnum('mood', ['sad', 'ok']); this.renameEnum('mood', 'feeling'); this.renameEnumValue('feeling', 'ok', 'fine');",
    only: ['postgres'],
  },
  changeTable: {
    steps: `this.changeTable('notes', (t) => {
      t.addColumn('tag', column.string().nullable());
      t.renameColumn('body', 'text');
      t.changeColumnDefault('rank', { from: 1, to: 2 });
      t.addIndex('tag');
    });`,
  },
  'changeTable there and back': {
    steps: `this.changeTable('notes', (t) => { t.removeIndex('rank', { name: 'index_notes_on_rank' }); t.addIndex('rank', { name: 'index_notes_on_rank' }); });`,
  },
  'changeTable, a column anew': {
    steps: `this.changeTable('other', (t) => { t.removeColumn('a', column.date().nullable()); t.addColumn('b', column.integer().nullable()); });`,
  },
  execute: {
    steps: 'this.execute("UPDATE notes SET rank = rank + 10", \'UPDATE notes SET rank = rank - 10\');',
  },
  trigger: {
    steps: "this.execute('CREATE TRIGGER t1 BEFORE INSERT ON notes FOR EACH ROW SET NEW.rank = 7', 'DROP TRIGGER t1');",
    only: ['mysql'],
  },
  data: {
    steps: `this.reversible({
      up: () => this.data(({ execute }) => execute("INSERT INTO teams (title) VALUES ('x')").then(() => undefined)),
      down: () => this.data(({ execute }) => execute("DELETE FROM teams").then(() => undefined)),
    });`,
  },
  batches: {
    steps: `this.reversible({
      up: () => this.data(async ({ execute, at = 0 }) => {
        if (at > 3) return 0;
        await execute(sql\`UPDATE notes SET rank = rank + 1 WHERE id = \${at}\`);
        return { rows: 1, at: at + 1 };
      }),
      down: () => this.execute('UPDATE notes SET rank = id'),
    });`,
  },
};

/** CI's share; the long run has all of them. */
const share = ['changeTable'];
const wanted = process.env.AR_TEST_LONG === undefined ? share : undefined;
/** What is the same for every kind: the end of a migration. */
const ending = /^(?:START|BEGIN|COMMIT|SAVEPOINT|RELEASE|INSERT INTO .ar_migrations|DELETE FROM .ar_migration)/;
const marking = /^UPDATE .ar_migration_steps/;

describeEachDatabase('a migrator that is killed', ({ dialect }) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase(dialect);
    return () => database.drop();
  });
  let opened = 0;

  async function connected<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = connections.define(`killed-${dialect}-${opened++}`, database.url);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  const state = () =>
    connected(async (connection) => {
      const { ar_migration_steps: _, ...schema } = await schemaText(connection);
      const rows = [];
      for (const text of [
        'SELECT * FROM notes ORDER BY id',
        'SELECT title FROM teams',
        'SELECT version FROM ar_migrations',
      ])
        rows.push(await connection.query(sql.unsafe(text)));
      return { schema, rows, journal: await connection.query(sql.unsafe('SELECT * FROM ar_migration_steps')) };
    });

  const of = (names: readonly string[] | undefined) => names === undefined || names.includes(dialect);
  const chosen = Object.entries(kinds).filter(([name, { only }]) => of(only) && (wanted?.includes(name) ?? true));

  it.each(chosen)(
    'leaves what the next one finishes: %s',
    async (name, { steps }) => {
      const folder = migrationFolder();
      const [first, second] = ['20260101000000', '20260102000000'];
      folder.add(`${first}_base`, base);
      folder.add(`${second}_change`, `static disableTransaction = true; change() { ${steps} }`);
      await connected((connection) => migrate({ connection, folder: folder.path, only: first }));
      const goes = {
        up: (connection: Connection, assume?: 'done' | 'not-done') =>
          migrate({ connection, folder: folder.path, only: second, assume }),
        down: (connection: Connection, assume?: 'done' | 'not-done') =>
          rollback({ connection, folder: folder.path, only: second, assume }),
      };
      const directions = ['up', 'down'] as const;
      const expected = new Map<string, unknown>();
      const counts = new Map<string, readonly string[]>();
      for (const direction of directions) {
        const counting = crashing(dialect, undefined);
        await connected(goes[direction]).finally(() => counting.restore());
        counts.set(direction, counting.sent);
        expected.set(direction, await state());
      }
      const problems: string[] = [];
      const longest = Math.max(...[...counts.values()].map(({ length }) => length));
      for (let at = 0; at < longest; at++)
        for (const direction of directions) {
          const killedAt = counts.get(direction)?.[at];
          if (killedAt === undefined || (name !== 'addColumn' && ending.test(killedAt))) {
            await connected(goes[direction]);
            continue;
          }
          const run = crashing(dialect, at);
          const victim = connections.define(`killed-${dialect}-${opened++}`, database.url);
          const running = goes[direction](victim);
          running.catch(() => undefined);
          const statement = await Promise.race([
            run.crashed,
            running.then(
              () => 'NEVER',
              (e) => `FAILED ${e}`,
            ),
          ]);
          run.restore();
          const where = `${direction} ${at} ${statement}`;
          try {
            await connected(goes[direction]);
          } catch (error) {
            if (!(error instanceof MigrationInDoubt)) {
              problems.push(`ERROR ${where}: ${error}`);
              expect(problems.join('\n\n')).toBe('');
            }
            if (!/execute|trigger|batches/.test(name)) problems.push(`ASKED ${where}: ${error}`);
            await connected((connection) => goes[direction](connection, marking.test(statement) ? 'done' : 'not-done'));
          }
          try {
            expect(await state()).toEqual(expected.get(direction));
          } catch (error) {
            problems.push(`DIFF ${where}: ${error}`);
            break;
          }
        }
      expect(problems.join('\n\n')).toBe('');
    },
    600_000,
  );
});
