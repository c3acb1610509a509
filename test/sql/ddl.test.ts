import { describe, expect, it } from 'vitest';
import { InvalidDefinition } from '../../lib/errors/definition.ts';
import { CapabilityMissing } from '../../lib/errors/query.ts';
import { column } from '../../lib/schema/builders.ts';
import { columnSpec, type TableColumns, tableSpec } from '../../lib/schema/table-spec.ts';
import type { DdlOperation } from '../../lib/sql/ddl/spec.ts';
import { sqliteColumnSql, sqliteConstraintSql } from '../../lib/sql/ddl/sqlite.ts';
import type { Dialect } from '../../lib/sql/dialect.ts';
import { mariadbDialect, mysqlDialect } from '../../lib/sql/dialects/mysql.ts';
import { postgresDialect } from '../../lib/sql/dialects/postgres.ts';
import { sqliteDialect } from '../../lib/sql/dialects/sqlite.ts';

const dialects = {
  mysql: mysqlDialect,
  mariadb: mariadbDialect(10, 11),
  postgres: postgresDialect,
  sqlite: sqliteDialect,
};
type Name = keyof typeof dialects;
type Expected = Readonly<Record<Name, readonly string[]>>;

function statements(operation: DdlOperation, dialect: Dialect): readonly string[] {
  // Each function takes its own kind of operation, which TypeScript cannot follow through a lookup by that kind.
  const write = dialect.ddl[operation.kind] as (operation: DdlOperation, dialect: Dialect) => readonly string[];
  return write(operation, dialect);
}

/** A total record: a dialect that is not told of fails to compile. */
function expectSql(operation: DdlOperation, expected: Expected): void {
  const actual = Object.fromEntries(
    Object.entries(dialects).map(([name, dialect]) => [name, statements(operation, dialect)]),
  );
  expect(actual).toEqual(expected);
}

const createTable = (name: string, columns: TableColumns, comment?: string): DdlOperation => ({
  kind: 'createTable',
  table: tableSpec(name, columns, { comment }),
  ifNotExists: false,
});

/** What stands behind the column's name. */
function typeOf(declared: TableColumns[string]): Record<Name, string> {
  const operation: DdlOperation = { kind: 'addColumn', table: 't', column: columnSpec('t', 'c', declared, 'snake') };
  const written = (name: Name) =>
    (statements(operation, dialects[name])[0] ?? '').replace(/^.* ADD COLUMN ["`]c["`] /, '');
  return {
    mysql: written('mysql'),
    mariadb: written('mariadb'),
    postgres: written('postgres'),
    sqlite: written('sqlite'),
  };
}

const alike = (mysql: string, postgres: string, sqlite: string) => ({ mysql, mariadb: mysql, postgres, sqlite });

describe('DDL of column types', () => {
  it.each([
    ['string', column.string(), alike('VARCHAR(255) NOT NULL', 'VARCHAR(255) NOT NULL', 'VARCHAR(255) NOT NULL')],
    ['string(80)?', column.string(80).nullable(), alike('VARCHAR(80) NULL', 'VARCHAR(80)', 'VARCHAR(80)')],
    ['text', column.text(), alike('LONGTEXT NOT NULL', 'TEXT NOT NULL', 'TEXT NOT NULL')],
    ['integer', column.integer(), alike('INT NOT NULL', 'INTEGER NOT NULL', 'INTEGER NOT NULL')],
    ['smallint', column.smallint(), alike('SMALLINT NOT NULL', 'SMALLINT NOT NULL', 'SMALLINT NOT NULL')],
    ['tinyint', column.tinyint(), alike('TINYINT NOT NULL', 'SMALLINT NOT NULL', 'TINYINT NOT NULL')],
    ['bigint', column.bigint(), alike('BIGINT NOT NULL', 'BIGINT NOT NULL', 'BIGINT NOT NULL')],
    [
      'unsigned integer',
      column.integer().unsigned(),
      alike(
        'INT UNSIGNED NOT NULL',
        'BIGINT NOT NULL CONSTRAINT "chk_t_c" CHECK ("c" >= 0)',
        'INTEGER NOT NULL CONSTRAINT "chk_t_c" CHECK ("c" >= 0)',
      ),
    ],
    [
      'unsigned bigint',
      column.bigint().unsigned(),
      alike(
        'BIGINT UNSIGNED NOT NULL',
        'BIGINT NOT NULL CONSTRAINT "chk_t_c" CHECK ("c" >= 0)',
        'BIGINT NOT NULL CONSTRAINT "chk_t_c" CHECK ("c" >= 0)',
      ),
    ],
    ['references', column.references('users'), alike('BIGINT UNSIGNED NOT NULL', 'BIGINT NOT NULL', 'BIGINT NOT NULL')],
    [
      'uuid',
      column.uuid(),
      {
        mysql: 'BINARY(16) NOT NULL',
        mariadb: 'UUID NOT NULL',
        postgres: 'UUID NOT NULL',
        sqlite: 'UUID_TEXT NOT NULL',
      },
    ],
    [
      'decimal',
      column.decimal(10, 2),
      alike('DECIMAL(10, 2) NOT NULL', 'NUMERIC(10, 2) NOT NULL', 'DECIMAL(10, 2) NOT NULL'),
    ],
    [
      'wide decimal',
      column.decimal(16, 2),
      alike('DECIMAL(16, 2) NOT NULL', 'NUMERIC(16, 2) NOT NULL', 'DECIMAL_TEXT(16, 2) NOT NULL'),
    ],
    ['float', column.float(), alike('FLOAT NOT NULL', 'REAL NOT NULL', 'FLOAT NOT NULL')],
    ['double', column.double(), alike('DOUBLE NOT NULL', 'DOUBLE PRECISION NOT NULL', 'DOUBLE NOT NULL')],
    [
      'boolean with a default',
      column.boolean().default(true),
      alike('TINYINT(1) NOT NULL DEFAULT 1', 'BOOLEAN NOT NULL DEFAULT TRUE', 'BOOLEAN NOT NULL DEFAULT 1'),
    ],
    ['date', column.date(), alike('DATE NOT NULL', 'DATE NOT NULL', 'DATE_TEXT NOT NULL')],
    ['time', column.time(), alike('TIME(6) NOT NULL', 'TIME(6) NOT NULL', 'TIME_TEXT NOT NULL')],
    [
      'datetime',
      column.datetime(),
      alike('DATETIME(3) NOT NULL', 'TIMESTAMPTZ(3) NOT NULL', 'DATETIME_TEXT(3) NOT NULL'),
    ],
    [
      'datetime with a default',
      column.datetime(0).default(new Date(Date.UTC(2026, 10, 20, 10, 15))),
      alike(
        "DATETIME(0) NOT NULL DEFAULT '2026-11-20 10:15:00'",
        "TIMESTAMPTZ(0) NOT NULL DEFAULT '2026-11-20 10:15:00'",
        "DATETIME_TEXT(0) NOT NULL DEFAULT '2026-11-20 10:15:00'",
      ),
    ],
    [
      'datetime(6) as text',
      column.datetime(6).as('string'),
      alike('DATETIME(6) NOT NULL', 'TIMESTAMPTZ(6) NOT NULL', 'DATETIME_TEXT(6) NOT NULL'),
    ],
    [
      'json with a default',
      column.json<{ a: number }>().default({ a: 1 }),
      alike(
        `JSON NOT NULL DEFAULT ('{"a":1}')`,
        `JSONB NOT NULL DEFAULT '{"a":1}'`,
        `JSON_TEXT NOT NULL DEFAULT '{"a":1}'`,
      ),
    ],
    ['binary', column.binary(), alike('LONGBLOB NOT NULL', 'BYTEA NOT NULL', 'BLOB NOT NULL')],
    [
      'binary(4) with a default',
      column.binary(4).default(Buffer.from('00ff', 'hex')),
      alike(
        "VARBINARY(4) NOT NULL DEFAULT X'00ff'",
        "BYTEA NOT NULL DEFAULT '\\x00ff'::bytea",
        "BLOB NOT NULL DEFAULT X'00ff'",
      ),
    ],
    [
      'enum',
      column.enum(['admin', "it's", 'back\\slash']),
      alike(
        "ENUM('admin', 'it''s', 'back\\\\slash') NOT NULL",
        `TEXT NOT NULL CONSTRAINT "chk_t_c" CHECK ("c" IN ('admin', 'it''s', 'back\\slash'))`,
        `TEXT NOT NULL CONSTRAINT "chk_t_c" CHECK ("c" IN ('admin', 'it''s', 'back\\slash'))`,
      ),
    ],
    ['raw', column.raw('INET6').nullable(), alike('INET6 NULL', 'INET6', 'INET6')],
    [
      'text with a default',
      column.text().default('x'),
      alike("LONGTEXT NOT NULL DEFAULT ('x')", "TEXT NOT NULL DEFAULT 'x'", "TEXT NOT NULL DEFAULT 'x'"),
    ],
    [
      'a default with a quote',
      column.string(9).default("o'k"),
      alike(
        "VARCHAR(9) NOT NULL DEFAULT _utf8mb4 X'6f276b'",
        "VARCHAR(9) NOT NULL DEFAULT 'o''k'",
        "VARCHAR(9) NOT NULL DEFAULT 'o''k'",
      ),
    ],
    [
      'bigint with a default',
      column.bigint().default(9007199254740993n),
      alike(
        'BIGINT NOT NULL DEFAULT 9007199254740993',
        'BIGINT NOT NULL DEFAULT 9007199254740993',
        'BIGINT NOT NULL DEFAULT 9007199254740993',
      ),
    ],
    [
      'decimal with a default',
      column.decimal(5, 2).default('1.5'),
      alike(
        "DECIMAL(5, 2) NOT NULL DEFAULT '1.50'",
        "NUMERIC(5, 2) NOT NULL DEFAULT '1.50'",
        "DECIMAL(5, 2) NOT NULL DEFAULT '1.50'",
      ),
    ],
    [
      'a default of null',
      column.string().nullable().default(null),
      alike('VARCHAR(255) NULL', 'VARCHAR(255)', 'VARCHAR(255)'),
    ],
    [
      'a default made for each record',
      column.string().default(() => 'x'),
      alike('VARCHAR(255) NOT NULL', 'VARCHAR(255) NOT NULL', 'VARCHAR(255) NOT NULL'),
    ],
    [
      'a collation',
      column.string().collation('nocase'),
      alike(
        'VARCHAR(255) COLLATE `nocase` NOT NULL',
        'VARCHAR(255) COLLATE "nocase" NOT NULL',
        'VARCHAR(255) NOT NULL COLLATE "nocase"',
      ),
    ],
  ])('%s', (_, declared, expected) => {
    expect(typeOf(declared)).toEqual(expected);
  });

  it('writes a UUID default in the form of the database', () => {
    const uuid = '018f0000-0000-7000-8000-00000000000a';
    expect(typeOf(column.uuid().default(uuid))).toEqual({
      mysql: "BINARY(16) NOT NULL DEFAULT X'018f000000007000800000000000000a'",
      mariadb: `UUID NOT NULL DEFAULT '${uuid}'`,
      postgres: `UUID NOT NULL DEFAULT '${uuid}'`,
      sqlite: `UUID_TEXT NOT NULL DEFAULT '${uuid}'`,
    });
  });

  it('keeps a custom type as its storage type', () => {
    const cents = column.custom<number, string>({
      storage: column.decimal(8, 2),
      load: (text) => Number(text) * 100,
      dump: (value) => String(value / 100),
    });
    expect(typeOf(cents.default(250)).postgres).toBe("NUMERIC(8, 2) NOT NULL DEFAULT '2.50'");
  });
});

describe('DDL of tables', () => {
  it('creates a table with its key, indexes, foreign keys and comments', () => {
    expectSql(
      createTable(
        'posts',
        {
          id: column.id(),
          slug: column.string(80).unique().comment("the URL's end"),
          authorId: column.references('users', { onDelete: 'cascade', onUpdate: 'setNull' }),
          draft: column.boolean().default(false).index(),
        },
        'What is written',
      ),
      {
        mysql: [
          'CREATE TABLE `posts` (`id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, ' +
            "`slug` VARCHAR(80) NOT NULL COMMENT 'the URL''s end', `author_id` BIGINT UNSIGNED NOT NULL, " +
            '`draft` TINYINT(1) NOT NULL DEFAULT 0, PRIMARY KEY (`id`), UNIQUE INDEX `index_posts_on_slug` (`slug`), ' +
            'INDEX `index_posts_on_author_id` (`author_id`), INDEX `index_posts_on_draft` (`draft`), ' +
            'CONSTRAINT `fk_posts_author_id` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`) ON DELETE CASCADE ON UPDATE SET NULL) ' +
            "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='What is written'",
        ],
        mariadb: [expect.stringContaining('CREATE TABLE `posts` (`id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, ')],
        postgres: [
          'CREATE TABLE "posts" ("id" BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY, "slug" VARCHAR(80) NOT NULL, ' +
            '"author_id" BIGINT NOT NULL, "draft" BOOLEAN NOT NULL DEFAULT FALSE, PRIMARY KEY ("id"), ' +
            'CONSTRAINT "fk_posts_author_id" FOREIGN KEY ("author_id") REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE SET NULL)',
          'CREATE UNIQUE INDEX "index_posts_on_slug" ON "posts" ("slug")',
          'CREATE INDEX "index_posts_on_author_id" ON "posts" ("author_id")',
          'CREATE INDEX "index_posts_on_draft" ON "posts" ("draft")',
          `COMMENT ON TABLE "posts" IS 'What is written'`,
          `COMMENT ON COLUMN "posts"."slug" IS 'the URL''s end'`,
        ],
        sqlite: [
          'CREATE TABLE "posts" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "slug" VARCHAR(80) NOT NULL, "author_id" BIGINT NOT NULL, ' +
            '"draft" BOOLEAN NOT NULL DEFAULT 0, CONSTRAINT "fk_posts_author_id" FOREIGN KEY ("author_id") REFERENCES "users" ("id") ' +
            'ON DELETE CASCADE ON UPDATE SET NULL)',
          'CREATE UNIQUE INDEX "index_posts_on_slug" ON "posts" ("slug")',
          'CREATE INDEX "index_posts_on_author_id" ON "posts" ("author_id")',
          'CREATE INDEX "index_posts_on_draft" ON "posts" ("draft")',
        ],
      },
    );
  });

  it('writes a key of several columns, and no index that its first column has already', () => {
    const columns = { postId: column.references('posts').primaryKey(), tagId: column.references('tags').primaryKey() };
    const [table] = statements(createTable('taggings', columns), mysqlDialect);
    expect(table).toContain(
      'PRIMARY KEY (`post_id`, `tag_id`), INDEX `index_taggings_on_tag_id` (`tag_id`), CONSTRAINT',
    );
    expect(statements(createTable('taggings', columns), sqliteDialect)[0]).toContain(
      'PRIMARY KEY ("post_id", "tag_id"), CONSTRAINT',
    );
  });

  it('counts up nothing in a key of several columns', () => {
    const columns = { id: column.id(), part: column.integer().primaryKey() };
    expect(statements(createTable('t', columns), mysqlDialect)[0]).toContain('`id` BIGINT UNSIGNED NOT NULL, ');
    expect(statements(createTable('t', columns), sqliteDialect)[0]).toContain('"id" INTEGER NOT NULL, ');
  });

  it('makes what does not exist yet, on demand', () => {
    const operation: DdlOperation = {
      kind: 'createTable',
      table: tableSpec('t', { id: column.id(), a: column.string().index() }),
      ifNotExists: true,
    };
    expect(statements(operation, mysqlDialect)[0]).toMatch(/^CREATE TABLE IF NOT EXISTS `t` /);
    expect(statements(operation, postgresDialect)[1]).toBe('CREATE INDEX IF NOT EXISTS "index_t_on_a" ON "t" ("a")');
  });

  it('drops and renames tables', () => {
    expectSql(
      { kind: 'dropTable', table: 'a', ifExists: true },
      {
        mysql: ['DROP TABLE IF EXISTS `a`'],
        mariadb: ['DROP TABLE IF EXISTS `a`'],
        postgres: ['DROP TABLE IF EXISTS "a"'],
        sqlite: ['DROP TABLE IF EXISTS "a"'],
      },
    );
    expectSql(
      { kind: 'renameTable', from: 'a', to: 'b`"' },
      {
        mysql: ['RENAME TABLE `a` TO `b``"`'],
        mariadb: ['RENAME TABLE `a` TO `b``"`'],
        postgres: ['ALTER TABLE "a" RENAME TO "b`"""'],
        sqlite: ['ALTER TABLE "a" RENAME TO "b`"""'],
      },
    );
  });

  it('refuses two attributes of one column, and a table without columns', () => {
    expect(() => tableSpec('t', { firstName: column.string(), first_name: column.string() })).toThrow(
      InvalidDefinition,
    );
    expect(() => tableSpec('t', {})).toThrow(/has no columns/);
  });
});

describe('DDL of changes', () => {
  const role = columnSpec('users', 'role', column.enum(['a', 'b']).default('a').comment('what for'), 'snake');

  it('removes and renames columns', () => {
    expectSql(
      { kind: 'removeColumn', table: 't', column: 'c' },
      {
        mysql: ['ALTER TABLE `t` DROP COLUMN `c`'],
        mariadb: ['ALTER TABLE `t` DROP COLUMN `c`'],
        postgres: ['ALTER TABLE "t" DROP COLUMN "c"'],
        sqlite: ['ALTER TABLE "t" DROP COLUMN "c"'],
      },
    );
    expectSql(
      { kind: 'renameColumn', table: 't', from: 'c', to: 'd' },
      {
        mysql: ['ALTER TABLE `t` RENAME COLUMN `c` TO `d`'],
        mariadb: ['ALTER TABLE `t` RENAME COLUMN `c` TO `d`'],
        postgres: ['ALTER TABLE "t" RENAME COLUMN "c" TO "d"'],
        sqlite: ['ALTER TABLE "t" RENAME COLUMN "c" TO "d"'],
      },
    );
  });

  it('changes a column', () => {
    const operation: DdlOperation = { kind: 'changeColumn', table: 'users', column: role };
    const mysql = ["ALTER TABLE `users` MODIFY COLUMN `role` ENUM('a', 'b') NOT NULL DEFAULT 'a' COMMENT 'what for'"];
    expect(statements(operation, mysqlDialect)).toEqual(mysql);
    const [drop, change, comment] = statements(operation, postgresDialect);
    expect(drop).toMatch(/^DO 'DECLARE found name; BEGIN FOR found IN SELECT .* END LOOP; END'$/);
    expect(change).toBe(
      'ALTER TABLE "users" ALTER COLUMN "role" DROP DEFAULT, ALTER COLUMN "role" TYPE TEXT USING "role"::TEXT, ' +
        `ALTER COLUMN "role" SET NOT NULL, ALTER COLUMN "role" SET DEFAULT 'a', ` +
        `ADD CONSTRAINT "chk_users_role" CHECK ("role" IN ('a', 'b'))`,
    );
    expect(comment).toBe(`COMMENT ON COLUMN "users"."role" IS 'what for'`);
    expect(() => statements(operation, sqliteDialect)).toThrow(CapabilityMissing);
  });

  it('adds and removes indexes', () => {
    const index = { name: 'i', table: 't', columns: ['a', 'b'], unique: true };
    expectSql(
      { kind: 'addIndex', index },
      {
        mysql: ['CREATE UNIQUE INDEX `i` ON `t` (`a`, `b`)'],
        mariadb: ['CREATE UNIQUE INDEX `i` ON `t` (`a`, `b`)'],
        postgres: ['CREATE UNIQUE INDEX "i" ON "t" ("a", "b")'],
        sqlite: ['CREATE UNIQUE INDEX "i" ON "t" ("a", "b")'],
      },
    );
    expectSql(
      { kind: 'removeIndex', table: 't', name: 'i' },
      {
        mysql: ['DROP INDEX `i` ON `t`'],
        mariadb: ['DROP INDEX `i` ON `t`'],
        postgres: ['DROP INDEX "i"'],
        sqlite: ['DROP INDEX "i"'],
      },
    );
  });

  it('adds and removes foreign keys', () => {
    const foreignKey = {
      name: 'fk',
      table: 't',
      columns: ['a', 'b'],
      toTable: 'u',
      toColumns: ['x', 'y'],
      onDelete: 'restrict',
      onUpdate: 'noAction',
    } as const;
    expect(statements({ kind: 'addForeignKey', foreignKey }, mysqlDialect)).toEqual([
      'ALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`, `b`) REFERENCES `u` (`x`, `y`) ON DELETE RESTRICT ON UPDATE NO ACTION',
    ]);
    expect(statements({ kind: 'addForeignKey', foreignKey }, postgresDialect)[0]).toMatch(
      /^ALTER TABLE "t" ADD CONSTRAINT "fk" FOREIGN KEY/,
    );
    expect(statements({ kind: 'removeForeignKey', table: 't', name: 'fk' }, mysqlDialect)).toEqual([
      'ALTER TABLE `t` DROP FOREIGN KEY `fk`',
    ]);
    expect(statements({ kind: 'removeForeignKey', table: 't', name: 'fk' }, postgresDialect)).toEqual([
      'ALTER TABLE "t" DROP CONSTRAINT "fk"',
    ]);
    expect(() => statements({ kind: 'addForeignKey', foreignKey }, sqliteDialect)).toThrow(/writes the table anew/);
    expect(sqliteConstraintSql({ kind: 'addForeignKey', foreignKey }, sqliteDialect)).toBe(
      'CONSTRAINT "fk" FOREIGN KEY ("a", "b") REFERENCES "u" ("x", "y") ON DELETE RESTRICT ON UPDATE NO ACTION',
    );
  });

  it('writes single columns for SQLite tables that are written anew', () => {
    expect(sqliteColumnSql(role, sqliteDialect, 'users')).toBe(
      `"role" TEXT NOT NULL DEFAULT 'a' CONSTRAINT "chk_users_role" CHECK ("role" IN ('a', 'b'))`,
    );
    expect(sqliteColumnSql(columnSpec('users', 'id', column.id(), 'snake'), sqliteDialect, 'users')).toBe(
      '"id" INTEGER PRIMARY KEY AUTOINCREMENT',
    );
  });
});
