import { describe, expect, it } from 'vitest';
import { CapabilityMissing } from '../../lib/errors/query.ts';
import { type IndexColumns, type IndexOptions, indexSpec, mannerOf } from '../../lib/migrations/dsl/index-arguments.ts';
import { column } from '../../lib/schema/builders.ts';
import { columnSpec, tableSpec } from '../../lib/schema/table-spec.ts';
import { requireCapable } from '../../lib/sql/ddl/capabilities.ts';
import { withComment, withNullability } from '../../lib/sql/ddl/mysql-definition.ts';
import type { DdlOperation } from '../../lib/sql/ddl/spec.ts';
import { ddlStatements } from '../../lib/sql/ddl/statements.ts';
import { mariadbDialect, mysqlDialect } from '../../lib/sql/dialects/mysql.ts';
import { postgresDialect } from '../../lib/sql/dialects/postgres.ts';
import { sqliteDialect } from '../../lib/sql/dialects/sqlite.ts';
import type { Expression } from '../../lib/sql/nodes.ts';
import { Sql, sql } from '../../lib/sql/template.ts';
import { stringType } from '../../lib/types/text.ts';

const dialects = {
  mysql: mysqlDialect,
  mariadb: mariadbDialect(10, 11),
  postgres: postgresDialect,
  sqlite: sqliteDialect,
};
type Name = keyof typeof dialects;

/** Its table is written anew: there is no statement. */
const rebuilt = 'rebuilt';
const refused = 'refused';

function written(operation: DdlOperation, name: Name): readonly string[] | string {
  const dialect = dialects[name];
  try {
    requireCapable(operation, dialect);
  } catch (error) {
    if (error instanceof CapabilityMissing) return refused;
    throw error;
  }
  try {
    return ddlStatements(operation, dialect);
  } catch (error) {
    if (error instanceof CapabilityMissing) return rebuilt;
    throw error;
  }
}

/** A total record: a dialect that is not told of fails to compile. */
function expectSql(operation: DdlOperation, expected: Readonly<Record<Name, readonly string[] | string>>): void {
  expect(Object.fromEntries(Object.keys(dialects).map((name) => [name, written(operation, name as Name)]))).toEqual(
    expected,
  );
}

function node(text: Sql): Expression {
  const found = Sql.nodeOf(text);
  if (found === undefined) throw new Error('not SQL');
  return found;
}

const addIndex = (columns: IndexColumns, options: IndexOptions = {}): DdlOperation => ({
  kind: 'addIndex',
  index: indexSpec('t', columns, { name: 'i', ...options }, 'snake'),
  ...mannerOf(options),
});
const addColumn = (declared: Parameters<typeof columnSpec>[2]): DdlOperation => ({
  kind: 'addColumn',
  table: 't',
  column: columnSpec('t', 'c', declared, 'snake'),
});
const constraint = { name: 'k', table: 't' };

describe('DDL of indexes', () => {
  it('orders columns, where it can', () => {
    const expected = {
      mysql: ['CREATE INDEX `i` ON `t` (`first_name`, `b` DESC)'],
      postgres: ['CREATE INDEX "i" ON "t" ("first_name", "b" DESC)'],
    };
    const operation = addIndex(['firstName', { name: 'b', order: 'desc' }]);
    expectSql(operation, { ...expected, mariadb: expected.mysql, sqlite: expected.postgres });
    expect(addIndex(['firstName', 'b'], { order: { b: 'desc' } })).toMatchObject({
      index: { parts: [{ column: 'first_name' }, { column: 'b', order: 'desc' }] },
    });
    expect(() => requireCapable(operation, mariadbDialect(10, 7))).toThrow(
      /MariaDB has no descending indexes \(index "i"\)/,
    );
  });

  it('writes nothing special for what is usual', () => {
    expect(addIndex('a', { order: 'asc' })).toMatchObject({ index: { parts: undefined } });
  });

  it('indexes the beginning of a column', () => {
    const mysql = ['CREATE INDEX `i` ON `t` (`a`(10))'];
    expectSql(addIndex('a', { length: 10 }), { mysql, mariadb: mysql, postgres: refused, sqlite: refused });
  });

  it('indexes an expression, with its values in the text', () => {
    expectSql(addIndex(sql`coalesce(a, ${"it's\\"})`), {
      mysql: ["CREATE INDEX `i` ON `t` ((coalesce(a, 'it''s\\\\')))"],
      mariadb: refused,
      postgres: [`CREATE INDEX "i" ON "t" ((coalesce(a, 'it''s\\')))`],
      sqlite: [`CREATE INDEX "i" ON "t" ((coalesce(a, 'it''s\\')))`],
    });
  });

  it('indexes some of the rows', () => {
    const postgres = ['CREATE UNIQUE INDEX "i" ON "t" ("a") WHERE b > 3'];
    const operation = addIndex('a', { where: sql`b > ${3}`, unique: true });
    expectSql(operation, { mysql: refused, mariadb: refused, postgres, sqlite: postgres });
  });

  it('is of a type', () => {
    const mysql = ['CREATE FULLTEXT INDEX `i` ON `t` (`a`)'];
    expectSql(addIndex('a', { type: 'fulltext' }), { mysql, mariadb: mysql, postgres: refused, sqlite: refused });
  });

  it('has a method', () => {
    const mysql = ['CREATE INDEX `i` ON `t` (`a`) USING HASH'];
    const postgres = ['CREATE INDEX "i" ON "t" USING hash ("a")'];
    expectSql(addIndex('a', { using: 'hash' }), { mysql, mariadb: mysql, postgres, sqlite: refused });
    const gin = ['CREATE INDEX "i" ON "t" USING gin ("a" "gin_trgm_ops")'];
    const operation = addIndex([{ name: 'a', operatorClass: 'gin_trgm_ops' }], { using: 'gin' });
    expectSql(operation, { mysql: refused, mariadb: refused, postgres: gin, sqlite: refused });
  });

  it('carries columns along', () => {
    const postgres = ['CREATE INDEX "i" ON "t" ("a") INCLUDE ("b", "c_d")'];
    const operation = addIndex('a', { include: ['b', 'cD'] });
    expectSql(operation, { mysql: refused, mariadb: refused, postgres, sqlite: refused });
  });

  it('is not used by the optimizer', () => {
    expectSql(addIndex('a', { invisible: true, comment: "it's" }), {
      mysql: ["CREATE INDEX `i` ON `t` (`a`) COMMENT 'it''s' INVISIBLE"],
      mariadb: ["CREATE INDEX `i` ON `t` (`a`) COMMENT 'it''s' IGNORED"],
      postgres: refused,
      sqlite: refused,
    });
    expectSql(
      { kind: 'setIndexVisibility', table: 't', name: 'i', visible: true },
      {
        mysql: ['ALTER TABLE `t` ALTER INDEX `i` VISIBLE'],
        mariadb: ['ALTER TABLE `t` ALTER INDEX `i` NOT IGNORED'],
        postgres: refused,
        sqlite: refused,
      },
    );
  });

  it('is made online, or concurrently', () => {
    const mysql = ['CREATE INDEX `i` ON `t` (`a`) ALGORITHM=INPLACE LOCK=NONE'];
    const online = addIndex('a', { algorithm: 'inplace', lock: 'none' });
    expectSql(online, { mysql, mariadb: mysql, postgres: refused, sqlite: refused });
    const postgres = ['CREATE INDEX CONCURRENTLY "i" ON "t" ("a")'];
    expectSql(addIndex('a', { concurrently: true }), { mysql: refused, mariadb: refused, postgres, sqlite: refused });
    const remove = { kind: 'removeIndex', table: 't', name: 'i' } as const;
    expect(written({ ...remove, online: { algorithm: 'copy', lock: 'shared' } }, 'mysql')).toEqual([
      'ALTER TABLE `t` DROP INDEX `i`, ALGORITHM=COPY, LOCK=SHARED',
    ]);
    expect(written({ ...remove, concurrently: true }, 'postgres')).toEqual(['DROP INDEX CONCURRENTLY "i"']);
  });

  it('is renamed', () => {
    const mysql = ['ALTER TABLE `t` RENAME INDEX `i` TO `j`'];
    const operation = { kind: 'renameIndex', table: 't', from: 'i', to: 'j' } as const;
    expectSql(operation, { mysql, mariadb: mysql, postgres: ['ALTER INDEX "i" RENAME TO "j"'], sqlite: rebuilt });
  });

  it.each([
    ['no column', () => indexSpec('t', [], {}, 'snake'), /at least one column/],
    [
      'an expression without a name',
      () => indexSpec('t', sql`lower(a)`, {}, 'snake'),
      /over an expression needs a name/,
    ],
    ['an order of a column that it has not', () => indexSpec('t', 'a', { order: { b: 'desc' } }, 'snake'), /names "b"/],
    [
      'a unique fulltext index',
      () => indexSpec('t', 'a', { type: 'fulltext', unique: true }, 'snake'),
      /cannot be unique/,
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('DDL of columns that are more than a type', () => {
  it('puts them in their place', () => {
    const mysql = ['ALTER TABLE `t` ADD COLUMN `c` INT NOT NULL AFTER `first_name`'];
    expectSql(addColumn(column.integer().after('firstName')), {
      mysql,
      mariadb: mysql,
      postgres: refused,
      sqlite: refused,
    });
    expect(written(addColumn(column.integer().first()), 'mysql')).toEqual([
      'ALTER TABLE `t` ADD COLUMN `c` INT NOT NULL FIRST',
    ]);
  });

  it('computes them', () => {
    expectSql(addColumn(column.integer().generatedAs(sql`a + ${1}`, { stored: true })), {
      mysql: ['ALTER TABLE `t` ADD COLUMN `c` INT GENERATED ALWAYS AS (a + 1) STORED NOT NULL'],
      mariadb: ['ALTER TABLE `t` ADD COLUMN `c` INT GENERATED ALWAYS AS (a + 1) STORED'],
      postgres: ['ALTER TABLE "t" ADD COLUMN "c" INTEGER GENERATED ALWAYS AS (a + 1) STORED NOT NULL'],
      sqlite: ['ALTER TABLE "t" ADD COLUMN "c" INTEGER NOT NULL GENERATED ALWAYS AS (a + 1) STORED'],
    });
    expect(written(addColumn(column.integer().generatedAs(sql`a`)), 'postgres')).toBe(refused);
    expect(written(addColumn(column.integer().nullable().generatedAs(sql`a`)), 'mysql')).toEqual([
      'ALTER TABLE `t` ADD COLUMN `c` INT GENERATED ALWAYS AS (a) VIRTUAL NULL',
    ]);
  });

  it('refuses a default of what is computed', () => {
    expect(() => addColumn(column.integer().default(1).generatedAs(sql`a`))).toThrow(/has no default/);
  });

  it('computes their defaults', () => {
    const mysql = ['ALTER TABLE `t` ADD COLUMN `c` DATETIME(3) NOT NULL DEFAULT (now(3))'];
    expectSql(addColumn(column.datetime(3).default(sql`now(3)`)), {
      mysql,
      mariadb: mysql,
      postgres: ['ALTER TABLE "t" ADD COLUMN "c" TIMESTAMPTZ(3) NOT NULL DEFAULT (now(3))'],
      sqlite: ['ALTER TABLE "t" ADD COLUMN "c" DATETIME_TEXT(3) NOT NULL DEFAULT (now(3))'],
    });
  });

  it('gives them a character set', () => {
    const mysql = ['ALTER TABLE `t` ADD COLUMN `c` VARCHAR(9) CHARACTER SET latin1 COLLATE `latin1_bin` NOT NULL'];
    const operation = addColumn(column.string(9).charset('latin1').collation('latin1_bin'));
    expectSql(operation, { mysql, mariadb: mysql, postgres: refused, sqlite: refused });
    expect(() => written(addColumn(column.string().charset('latin1; DROP TABLE t')), 'mysql')).toThrow(
      /cannot be the name/,
    );
  });

  it('gives tables options', () => {
    const options = {
      engine: 'MyISAM',
      charset: 'latin1',
      collation: 'latin1_bin',
      comment: 'c',
      options: 'ROW_FORMAT=FIXED',
    };
    const operation: DdlOperation = {
      kind: 'createTable',
      table: tableSpec('t', { a: column.integer() }, options),
      ifNotExists: false,
    };
    const mysql = [
      "CREATE TABLE `t` (`a` INT NOT NULL) ENGINE=MyISAM DEFAULT CHARSET=latin1 COLLATE=latin1_bin COMMENT='c' ROW_FORMAT=FIXED",
    ];
    expectSql(operation, { mysql, mariadb: mysql, postgres: refused, sqlite: refused });
  });

  it('changes a default', () => {
    const change = {
      kind: 'changeColumnDefault',
      table: 't',
      column: 'c',
      type: stringType(9),
      nullable: false,
    } as const;
    const to = { ...change, default: "it's", computedDefault: undefined };
    const mysql = ["ALTER TABLE `t` ALTER COLUMN `c` SET DEFAULT _utf8mb4 X'69742773'"];
    const postgres = [`ALTER TABLE "t" ALTER COLUMN "c" SET DEFAULT 'it''s'`];
    expectSql(to, { mysql, mariadb: mysql, postgres, sqlite: rebuilt });
    const none = { ...change, default: undefined, computedDefault: undefined };
    expect(written(none, 'mysql')).toEqual(['ALTER TABLE `t` ALTER COLUMN `c` DROP DEFAULT']);
    expect(written({ ...none, nullable: true }, 'mysql')).toEqual([
      'ALTER TABLE `t` ALTER COLUMN `c` SET DEFAULT NULL',
    ]);
    expect(written({ ...none, computedDefault: node(sql`now()`) }, 'postgres')).toEqual([
      'ALTER TABLE "t" ALTER COLUMN "c" SET DEFAULT (now())',
    ]);
  });

  it('allows and forbids NULL', () => {
    const mysql = ["ALTER TABLE `t` MODIFY COLUMN `c` varchar(9) DEFAULT 'a' NOT NULL COMMENT 'b'"];
    const operation = {
      kind: 'changeColumnNull',
      table: 't',
      column: 'c',
      nullable: false,
      definition: "varchar(9) DEFAULT 'a' COMMENT 'b'",
    } as const;
    expectSql(operation, {
      mysql,
      mariadb: mysql,
      postgres: ['ALTER TABLE "t" ALTER COLUMN "c" SET NOT NULL'],
      sqlite: rebuilt,
    });
  });

  it('changes comments', () => {
    const mysql = ["ALTER TABLE `t` MODIFY COLUMN `c` int(11) NOT NULL COMMENT 'it''s'"];
    const operation = {
      kind: 'changeColumnComment',
      table: 't',
      column: 'c',
      comment: "it's",
      definition: 'int(11) NOT NULL',
    } as const;
    expectSql(operation, {
      mysql,
      mariadb: mysql,
      postgres: [`COMMENT ON COLUMN "t"."c" IS 'it''s'`],
      sqlite: refused,
    });
    const table = { kind: 'changeTableComment', table: 't', comment: undefined } as const;
    const none = ["ALTER TABLE `t` COMMENT=''"];
    expectSql(table, { mysql: none, mariadb: none, postgres: ['COMMENT ON TABLE "t" IS NULL'], sqlite: refused });
  });

  it.each([
    ['int(11) NOT NULL', 'int(11) NULL'],
    ['int(11) DEFAULT NULL', 'int(11) NULL'],
    ["bit(1) NOT NULL DEFAULT b'0'", "bit(1) DEFAULT b'0' NULL"],
    ['longtext NOT NULL CHECK (json_valid(`j`))', 'longtext NULL CHECK (json_valid(`j`))'],
    [
      "varchar(9) DEFAULT 'NOT NULL' COMMENT 'a NOT NULL, it''s'",
      "varchar(9) DEFAULT 'NOT NULL' NULL COMMENT 'a NOT NULL, it''s'",
    ],
    ["enum('NULL','b)') NOT NULL DEFAULT 'NULL'", "enum('NULL','b)') DEFAULT 'NULL' NULL"],
    ['int GENERATED ALWAYS AS (ifnull(`a`,1)) STORED NOT NULL', 'int GENERATED ALWAYS AS (ifnull(`a`,1)) STORED NULL'],
    [
      'timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()',
      'timestamp DEFAULT current_timestamp() ON UPDATE current_timestamp() NULL',
    ],
  ])('finds NULL in %s', (definition, expected) => {
    expect(withNullability(definition, true)).toBe(expected);
  });

  it('finds the comment behind text that looks like one', () => {
    expect(withComment("varchar(9) DEFAULT 'x COMMENT ''y''' COMMENT 'old'", 'new')).toBe(
      "varchar(9) DEFAULT 'x COMMENT ''y''' COMMENT 'new'",
    );
    expect(withComment("int COMMENT 'old'", undefined)).toBe('int');
  });
});

describe('DDL of constraints', () => {
  it('adds and removes checks', () => {
    const check = { ...constraint, condition: node(sql`a > ${0}`), unvalidated: false };
    const mysql = ['ALTER TABLE `t` ADD CONSTRAINT `k` CHECK (a > 0)'];
    const postgres = ['ALTER TABLE "t" ADD CONSTRAINT "k" CHECK (a > 0)'];
    expectSql({ kind: 'addCheck', check }, { mysql, mariadb: mysql, postgres, sqlite: rebuilt });
    const later: DdlOperation = { kind: 'addCheck', check: { ...check, unvalidated: true } };
    expectSql(later, { mysql: refused, mariadb: refused, postgres: [`${postgres[0]} NOT VALID`], sqlite: refused });
    const dropped = ['ALTER TABLE `t` DROP CONSTRAINT `k`'];
    const remove: DdlOperation = { kind: 'removeConstraint', type: 'check', ...constraint };
    expectSql(remove, {
      mysql: dropped,
      mariadb: dropped,
      postgres: ['ALTER TABLE "t" DROP CONSTRAINT "k"'],
      sqlite: rebuilt,
    });
  });

  it('adds and removes unique constraints', () => {
    const unique = { ...constraint, columns: ['a', 'b'], deferrable: undefined };
    const mysql = ['ALTER TABLE `t` ADD CONSTRAINT `k` UNIQUE (`a`, `b`)'];
    const postgres = ['ALTER TABLE "t" ADD CONSTRAINT "k" UNIQUE ("a", "b")'];
    expectSql({ kind: 'addUnique', unique }, { mysql, mariadb: mysql, postgres, sqlite: rebuilt });
    const deferred: DdlOperation = { kind: 'addUnique', unique: { ...unique, deferrable: 'deferred' } };
    const text = [`${postgres[0]} DEFERRABLE INITIALLY DEFERRED`];
    expectSql(deferred, { mysql: refused, mariadb: refused, postgres: text, sqlite: refused });
    expect(written({ kind: 'removeConstraint', type: 'unique', ...constraint }, 'mysql')).toEqual([
      'ALTER TABLE `t` DROP INDEX `k`',
    ]);
  });

  it('adds exclusions', () => {
    const exclusion = {
      ...constraint,
      using: 'gist',
      elements: [
        { column: 'room', expression: undefined, with: '=' },
        { column: undefined, expression: node(sql`tsrange(a, b)`), with: '&&' },
      ],
      where: node(sql`open`),
      deferrable: 'immediate',
    } as const;
    const postgres = [
      'ALTER TABLE "t" ADD CONSTRAINT "k" EXCLUDE USING gist ("room" WITH =, (tsrange(a, b)) WITH &&) WHERE (open) DEFERRABLE INITIALLY IMMEDIATE',
    ];
    expectSql({ kind: 'addExclusion', exclusion }, { mysql: refused, mariadb: refused, postgres, sqlite: refused });
  });

  it('defers foreign keys, and validates them later', () => {
    const key = {
      ...constraint,
      columns: ['a'],
      toTable: 'u',
      toColumns: ['id'],
      onDelete: undefined,
      onUpdate: undefined,
    };
    const deferred: DdlOperation = { kind: 'addForeignKey', foreignKey: { ...key, deferrable: 'deferred' } };
    const text = 'ALTER TABLE "t" ADD CONSTRAINT "k" FOREIGN KEY ("a") REFERENCES "u" ("id")';
    const postgres = [`${text} DEFERRABLE INITIALLY DEFERRED`];
    expectSql(deferred, { mysql: refused, mariadb: refused, postgres, sqlite: rebuilt });
    const later: DdlOperation = { kind: 'addForeignKey', foreignKey: { ...key, unvalidated: true } };
    expectSql(later, { mysql: refused, mariadb: refused, postgres: [`${text} NOT VALID`], sqlite: refused });
    const validate: DdlOperation = { kind: 'validateConstraint', ...constraint };
    const validated = ['ALTER TABLE "t" VALIDATE CONSTRAINT "k"'];
    expectSql(validate, { mysql: refused, mariadb: refused, postgres: validated, sqlite: refused });
  });
});

describe('DDL of several changes, views and types', () => {
  it('changes a table in one statement', () => {
    const changes: DdlOperation[] = [
      addColumn(column.integer()),
      addIndex('c', { unique: true }),
      { kind: 'removeIndex', table: 't', name: 'j' },
      { kind: 'removeColumn', table: 't', column: 'd' },
    ];
    const mysql = [
      'ALTER TABLE `t` ADD COLUMN `c` INT NOT NULL, ADD UNIQUE INDEX `i` (`c`), DROP INDEX `j`, DROP COLUMN `d`, ALGORITHM=INPLACE, LOCK=NONE',
    ];
    const operation: DdlOperation = {
      kind: 'alterTable',
      table: 't',
      changes,
      online: { algorithm: 'inplace', lock: 'none' },
    };
    expectSql(operation, { mysql, mariadb: mysql, postgres: refused, sqlite: refused });
  });

  it('makes, changes and drops views', () => {
    const view = { name: 'v', query: node(sql`SELECT ${'a'} AS a`), materialized: false };
    const [mysql, postgres] = [["CREATE VIEW `v` AS SELECT 'a' AS a"], [`CREATE VIEW "v" AS SELECT 'a' AS a`]];
    expectSql({ kind: 'createView', view }, { mysql, mariadb: mysql, postgres, sqlite: postgres });
    const replaced = ["CREATE OR REPLACE VIEW `v` AS SELECT 'a' AS a"];
    const anew = ['DROP VIEW "v"', ...postgres];
    // On PostgreSQL, what else there is to put back.
    const kept = [expect.stringMatching(/^DO '.* EXECUTE ''CREATE OR REPLACE VIEW "v" AS SELECT ''''a'''' AS a''; /)];
    expectSql({ kind: 'alterView', view }, { mysql: replaced, mariadb: replaced, postgres: kept, sqlite: anew });
    const materialized: DdlOperation = { kind: 'createView', view: { ...view, materialized: true } };
    const text = [`CREATE MATERIALIZED VIEW "v" AS SELECT 'a' AS a`];
    expectSql(materialized, { mysql: refused, mariadb: refused, postgres: text, sqlite: refused });
  });

  it.each<[DdlOperation, string]>([
    [{ kind: 'createEnum', name: 'm', values: ['a', "it's"] }, `CREATE TYPE "m" AS ENUM ('a', 'it''s')`],
    [{ kind: 'dropEnum', name: 'm' }, 'DROP TYPE "m"'],
    [{ kind: 'renameEnum', from: 'm', to: 'n' }, 'ALTER TYPE "m" RENAME TO "n"'],
    [
      { kind: 'addEnumValue', name: 'm', value: 'b', place: { before: 'a' } },
      `ALTER TYPE "m" ADD VALUE 'b' BEFORE 'a'`,
    ],
    [{ kind: 'addEnumValue', name: 'm', value: 'b', place: undefined }, `ALTER TYPE "m" ADD VALUE 'b'`],
    [{ kind: 'renameEnumValue', name: 'm', from: 'a', to: 'b' }, `ALTER TYPE "m" RENAME VALUE 'a' TO 'b'`],
    [{ kind: 'createObject', type: 'schema', name: 's' }, 'CREATE SCHEMA "s"'],
    [{ kind: 'dropObject', type: 'schema', name: 's' }, 'DROP SCHEMA "s"'],
    [{ kind: 'createObject', type: 'extension', name: 'citext' }, 'CREATE EXTENSION IF NOT EXISTS "citext"'],
    [{ kind: 'dropObject', type: 'extension', name: 'citext' }, 'DROP EXTENSION IF EXISTS "citext"'],
  ])('writes %o on PostgreSQL alone', (operation, text) => {
    expectSql(operation, { mysql: refused, mariadb: refused, postgres: [text], sqlite: refused });
  });
});
