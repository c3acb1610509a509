import { describe, expect, it } from 'vitest';
import { IrreversibleMigration, MigrationInvalid } from '../../lib/errors/migration.ts';
import { Migration } from '../../lib/migrations/migration.ts';
import type { MigrationOperation } from '../../lib/migrations/operations.ts';
import { inverseOf, inversesOf } from '../../lib/migrations/recorder.ts';
import { column } from '../../lib/schema/builders.ts';
import { sql } from '../../lib/sql/template.ts';

class Probe extends Migration {}

/** What a migration asks for when nobody carries it out. */
function record(steps: (migration: Probe) => unknown, migration = new Probe()): readonly MigrationOperation[] {
  steps(migration);
  return Migration.queueOf(migration)?.operations ?? [];
}

function twice(operation: MigrationOperation): MigrationOperation {
  const inverse = inverseOf(operation);
  if ('missing' in inverse) throw new Error(inverse.missing);
  const back = inverseOf(inverse);
  if ('missing' in back) throw new Error(back.missing);
  return back;
}

describe('the recorder', () => {
  const reversible: Readonly<Record<string, (migration: Probe) => unknown>> = {
    createTable: (m) => m.createTable('a', { id: column.id(), bId: column.references('b') }),
    dropTable: (m) => m.dropTable('a', { id: column.id() }),
    renameTable: (m) => m.renameTable('a', 'b'),
    addColumn: (m) => m.addColumn('a', 'b', column.string().unique()),
    removeColumn: (m) => m.removeColumn('a', 'b', column.string().unique()),
    renameColumn: (m) => m.renameColumn('a', 'b', 'c'),
    changeColumn: (m) => m.changeColumn('a', 'b', column.text(), column.string()),
    addIndex: (m) => m.addIndex('a', ['b', 'c'], { unique: true }),
    removeIndex: (m) => m.removeIndex('a', 'b', { name: 'c' }),
    addForeignKey: (m) => m.addForeignKey('a', 'b', { onDelete: 'cascade' }),
    removeForeignKey: (m) => m.removeForeignKey('a', 'b', { name: 'c' }),
  };
  it.each(Object.entries(reversible))('comes back to %s when it is reversed twice', (kind, steps) => {
    const [operation] = record(steps);
    if (operation === undefined) throw new Error('nothing was recorded');
    expect(operation.kind).toBe(kind);
    // Only what a migration itself says is removed is held against the catalogue.
    expect(twice(operation)).toEqual({ ...operation, exact: undefined });
  });

  it.each<[string, (migration: Probe) => unknown, RegExp]>([
    ['dropTable', (m) => m.dropTable('a'), /Give dropTable the columns/],
    ['removeColumn', (m) => m.removeColumn('a', 'b'), /undoes removeColumn a\.b\. Give removeColumn the column/],
    ['changeColumn', (m) => m.changeColumn('a', 'b', column.text()), /Give changeColumn what the column was/],
    ['removeIndex', (m) => m.removeIndex('a', { name: 'b' }), /Give removeIndex the columns/],
    ['removeForeignKey', (m) => m.removeForeignKey('a', { name: 'b' }), /Give removeForeignKey the table/],
    ['execute', (m) => m.execute('SELECT 1'), /SQL of your own only you know/],
  ])('says what %s would have to be told', (_, steps, message) => {
    const operations = record(steps);
    expect(() => inversesOf(operations, 'X')).toThrow(message);
    expect(() => inversesOf(operations, 'X')).toThrow(IrreversibleMigration);
  });

  it('undoes the last first', () => {
    const operations = record((m) => {
      m.createTable('a', { id: column.id() });
      m.addColumn('a', 'b', column.string());
      m.renameTable('a', 'c');
    });
    expect(inversesOf(operations, 'X').map(({ kind }) => kind)).toEqual(['renameTable', 'removeColumn', 'dropTable']);
  });
});

describe('the arguments of operations', () => {
  it('name columns as attributes, or as they are', () => {
    class Preserving extends Migration {
      static override naming = 'preserve';
    }
    const steps = (m: Migration) => m.addIndex('Artist', ['ArtistId', 'sortName']);
    expect(record(steps)).toMatchObject([
      { index: { name: 'index_Artist_on_artist_id_and_sort_name', columns: ['artist_id', 'sort_name'] } },
    ]);
    expect(record(steps, new Preserving())).toMatchObject([{ index: { columns: ['ArtistId', 'sortName'] } }]);
  });

  it('name foreign keys after the table that they point to', () => {
    expect(record((m) => m.addForeignKey('posts', 'line_items'))).toMatchObject([
      { foreignKey: { name: 'fk_posts_line_item_id', columns: ['line_item_id'], toColumns: ['id'] } },
    ]);
    expect(record((m) => m.addReference('posts', 'author', { table: 'users', nullable: true }))).toMatchObject([
      {
        kind: 'addColumn',
        parts: {
          column: { name: 'author_id', nullable: true },
          indexes: [{ name: 'index_posts_on_author_id' }],
          foreignKeys: [{ toTable: 'users' }],
        },
      },
    ]);
  });

  it('remove timestamps in the reverse of the order in which they are added', () => {
    const names = (steps: (m: Probe) => unknown) =>
      record(steps).map((operation) => (operation.kind === 'removeColumn' ? operation.column : operation.kind));
    expect(names((m) => m.addTimestamps('a'))).toEqual(['addColumn', 'addColumn']);
    expect(names((m) => m.removeTimestamps('a'))).toEqual(['updated_at', 'created_at']);
  });

  it.each<[string, (migration: Probe) => unknown, RegExp]>([
    ['a key added to a table that exists', (m) => m.addColumn('a', 'id', column.id()), /cannot become the primary key/],
    ['an index in changeColumn', (m) => m.changeColumn('a', 'b', column.string().unique()), /and nothing else/],
    ['an index without columns', (m) => m.addIndex('a', []), /at least one column/],
    [
      'a foreign key of unequal sides',
      (m) => m.addForeignKey('a', 'b', { column: ['c', 'd'] }),
      /of 2 columns cannot point to 1/,
    ],
    ['a reference named like its column', (m) => m.addReference('a', 'authorId'), /Write "author"/],
  ])('are refused: %s', (_, steps, message) => {
    expect(() => record(steps)).toThrow(message);
    expect(() => record(steps)).toThrow(MigrationInvalid);
  });

  it('refuse a naming that there is not', () => {
    class Odd extends Migration {
      static override naming = 'preserv';
    }
    expect(() => new Odd()).toThrow(/has the naming "preserv", which there is not\. Did you mean "preserve"\?/);
  });

  it('take SQL as a template or as text', () => {
    const operations = record((m) => {
      m.execute('SELECT 1');
      m.execute(sql`SELECT ${1}`);
    });
    expect(operations.map(({ kind }) => kind)).toEqual(['execute', 'execute']);
  });
});
