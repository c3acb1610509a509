import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedWords, checksSign, clausesStart, nameGroup, readClauses } from '../../lib/adapters/sqlite/clauses.ts';
import { clausesOf, declaredForeignKeys } from '../../lib/adapters/sqlite/foreign-keys.ts';
import { appendItem, applyEdits, columnItem, removeItems, tableItems } from '../../lib/adapters/sqlite/table-text.ts';
import { placeholderCount, significant, tokenize, unquoted } from '../../lib/adapters/sqlite/tokens.ts';

/** Text with much of what a tokenizer could trip over. */
const nasty = fc.string({ unit: fc.constantFrom(...'\'"`[](),;-/*\n xX0.e+?:@a\u{1F600}é\\'), maxLength: 30 });

const quotedName = fc.oneof(
  nasty.map((text) => `"${text.replaceAll('"', '""')}"`),
  nasty.map((text) => `\`${text.replaceAll('`', '``')}\``),
  nasty.map((text) => `[${text.replaceAll(']', '')}]`),
  fc.constantFrom('plain', 'under_score', 'naïve', 'a$1'),
);
const literal = fc.oneof(
  nasty.map((text) => `'${text.replaceAll("'", "''")}'`),
  fc.constantFrom("x'00ff'", "X''", '1', '-1.5e+10', '.5', 'NULL', '0xFF'),
);
const space = fc.oneof(
  fc.constantFrom(' ', '\n', '\t '),
  nasty.map((text) => `/*${text.replaceAll('*', '')}*/`),
  nasty.map((text) => `--${text.replaceAll('\n', '')}\n`),
);
const expression: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    literal,
    quotedName,
    fc.tuple(tie('node'), space, tie('node')).map(([a, gap, b]) => `(${a}${gap},${b})`),
  ),
})).node;
const item = fc
  .tuple(quotedName, space, expression, space)
  .map(([name, gap, value, after]) => `${name}${gap}TEXT DEFAULT (${value})${after}`);

describe('the tokenizer', () => {
  it('loses no character of any text', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (sql) => {
        expect(
          tokenize(sql)
            .map(({ text }) => text)
            .join(''),
        ).toBe(sql);
      }),
    );
  });

  it('takes each literal, name and comment as one token', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          quotedName,
          literal.filter((text) => !text.startsWith('-')),
          space,
        ),
        (text) => {
          expect(tokenize(text).filter(({ kind }) => kind !== 'space').length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('gives names without their quotes', () => {
    const names = significant(tokenize('"a""b" `c``d` [e"f] \'g\'\'h\' plain')).map(unquoted);
    expect(names).toEqual(['a"b', 'c`d', 'e"f', "g'h", 'plain']);
  });

  it('needs no stack for a literal of megabytes', () => {
    const sql = `'${"it''s ".repeat(500_000)}'`;
    expect(tokenize(sql)).toHaveLength(1);
  });

  it('counts the places for values, where they can be counted', () => {
    expect(placeholderCount('SELECT ?, \'?\', "?", ? -- ?\n/* ? */')).toBe(2);
    expect(placeholderCount('SELECT 1')).toBe(0);
    expect(placeholderCount('SELECT ?1, :name')).toBeUndefined();
    expect(placeholderCount("SELECT ':name', ?")).toBe(1);
  });
});

describe('the items of a table', () => {
  const joined = fc.array(item, { minLength: 1, maxLength: 6 });
  const header = 'CREATE TABLE "odd ( , name" (';

  it('are split at their own commas only', () => {
    fc.assert(
      fc.property(joined, (items) => {
        const sql = `${header}${items.join(',')}) STRICT`;
        expect(tableItems(sql).map(({ from, to }) => sql.slice(from, to))).toEqual(items);
      }),
    );
  });

  it('are removed with exactly one comma each', () => {
    fc.assert(
      fc.property(joined, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (items, gone) => {
        const sql = `${header}${items.join(',')})`;
        const found = tableItems(sql);
        const kept = items.filter((_, index) => !gone[index]);
        fc.pre(kept.length > 0);
        const edited = applyEdits(sql, removeItems(found, new Set(found.filter((_, index) => gone[index]))));
        const meaning = (sql: string) => significant(tokenize(sql)).map(({ text }) => text);
        expect(meaning(edited)).toEqual(meaning(`${header}${kept.join(',')})`));
      }),
    );
  });

  it('are added where no comment swallows them', () => {
    fc.assert(
      fc.property(joined, (items) => {
        const sql = `${header}${items.join(',')})`;
        const added = tableItems(applyEdits(sql, appendItem(tableItems(sql), 'UNIQUE (a)')));
        expect(added).toHaveLength(items.length + 1);
        expect(added.at(-1)?.tokens.map(({ text }) => text)).toEqual(['UNIQUE', '(', 'a', ')']);
      }),
    );
  });

  it('know columns from constraints, whatever their quotes', () => {
    const sql = `CREATE TABLE t ("check" INT, [primary] , 'text' TEXT, CONSTRAINT c CHECK (1), unique (a), Foreign Key (a) REFERENCES b)`;
    expect(tableItems(sql).map(({ column }) => column)).toEqual([
      'check',
      'primary',
      'text',
      undefined,
      undefined,
      undefined,
    ]);
    expect(columnItem(tableItems(sql), 'PRIMARY')?.column).toBe('primary');
    expect(tableItems('CREATE VIEW v AS SELECT 1')).toEqual([]);
  });
});

describe('the constraints of a column', () => {
  const kindsOf = (column: string) => {
    const [first] = tableItems(`CREATE TABLE t (${column})`);
    return first === undefined
      ? undefined
      : clausesOf(first)?.map(({ kind, name }) => (name === undefined ? kind : `${name}: ${kind}`));
  };

  it.each([
    ['id INTEGER PRIMARY KEY ASC ON CONFLICT FAIL AUTOINCREMENT', ['primaryKey']],
    ['a VARYING CHARACTER (10) NOT NULL ON CONFLICT IGNORE UNIQUE', ['notNull', 'unique']],
    ["a DEFAULT 'NOT NULL' CHECK (a IN ('UNIQUE', 'x'))", ['default', 'check']],
    ['a DEFAULT -5 NOT NULL', ['default', 'notNull']],
    ['a DEFAULT (1 + (2)) COLLATE nocase NULL', ['default', 'collate', 'null']],
    ['a BLOB DEFAULT x\'00\' CONSTRAINT "my check" CHECK (length(a) > 1)', ['default', 'my check: check']],
    [
      'a INT CONSTRAINT k REFERENCES b (c) ON DELETE SET NULL ON UPDATE NO ACTION MATCH FULL NOT DEFERRABLE INITIALLY IMMEDIATE NOT NULL',
      ['k: foreignKey', 'notNull'],
    ],
    ['a INT REFERENCES b ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED DEFAULT 1', ['foreignKey', 'default']],
    ['a INT GENERATED ALWAYS AS (b * 2) STORED UNIQUE', ['generated', 'unique']],
    ['a AS (b) VIRTUAL NOT NULL', ['generated', 'notNull']],
    ['PRIMARY KEY (a, b DESC) ON CONFLICT ROLLBACK', ['primaryKey']],
    ['CONSTRAINT x UNIQUE (a COLLATE nocase) CONSTRAINT y CHECK (a)', ['x: unique', 'y: check']],
    ['FOREIGN KEY (a, b) REFERENCES t (c, d) ON DELETE CASCADE', ['foreignKey']],
    ['a', []],
    ['a INT STRANGE NEW WORDS(1) NOT NULL', ['notNull']],
  ])('%s', (column, kinds) => {
    expect(kindsOf(column)).toEqual(kinds);
  });

  it('are refused where they are not understood', () => {
    expect(kindsOf('a INT NOT NULL STRANGE')).toBeUndefined();
  });

  it('tell what a check allows', () => {
    const check = (sql: string) => {
      const tokens = significant(tokenize(`a TEXT CHECK ${sql}`));
      const [clause] = readClauses(tokens, clausesStart(tokens)) ?? [];
      if (clause === undefined) throw new Error('no clause');
      return clause;
    };
    expect(checkedWords(check(`("a" IN ('x', 'it''s'))`), 'a')).toEqual(['x', "it's"]);
    for (const other of [
      `("b" IN ('x'))`,
      `("a" IN ('x') OR 1)`,
      `("a" IN ('x' || 'y'))`,
      `("a" IN (1, 2))`,
      `(a NOT IN ('x'))`,
      `("a" IN ())`,
    ]) {
      expect(checkedWords(check(other), 'a')).toBeUndefined();
    }
    expect(checksSign(check('("a" >= 0)'), 'a')).toBe(true);
    for (const other of ['("a" >= 1)', '("b" >= 0)', '("a" >= 0 AND 1)', '("a" > 0)'])
      expect(checksSign(check(other), 'a')).toBe(false);
  });

  it('give the names of a list', () => {
    const names = (sql: string) => nameGroup(significant(tokenize(sql)), 0);
    expect(names('(a, "b c" COLLATE nocase DESC, [d](1, 2))')).toEqual(['a', 'b c', 'd']);
    expect(names('a')).toBeUndefined();
  });
});

describe('declared foreign keys', () => {
  it('have names, or the ones that our DDL would give', () => {
    const sql = `CREATE TABLE posts (
      author_id INT CONSTRAINT "by" REFERENCES users (id), editor_id INT REFERENCES users,
      a, b, CONSTRAINT both FOREIGN KEY (a, b) REFERENCES "other table" (c, d) ON DELETE CASCADE, FOREIGN KEY (b) REFERENCES users (id))`;
    expect(declaredForeignKeys('posts', sql)).toMatchObject([
      { name: 'by', columns: ['author_id'], toTable: 'users', toColumns: ['id'] },
      { name: 'fk_posts_editor_id', columns: ['editor_id'], toTable: 'users', toColumns: undefined },
      { name: 'both', columns: ['a', 'b'], toTable: 'other table', toColumns: ['c', 'd'] },
      { name: 'fk_posts_b', columns: ['b'], toTable: 'users', toColumns: ['id'] },
    ]);
  });
});
