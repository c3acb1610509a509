import { CapabilityMissing, InvalidQuery } from '../errors/query.ts';
import type { Scalar } from '../types/type.ts';
import { operand, selectTable, where } from './compile-select.ts';
import { type CompileTable, type Dialect, quoteName, type Writer } from './dialect.ts';
import {
  type AssignmentNode,
  databaseDefault,
  type Expression,
  type InsertStatement,
  type Predicate,
  type SqlNode,
  type Statement,
} from './nodes.ts';
import { changesWithin } from './session-effect.ts';

/** A statement as it is sent. */
export interface Compiled {
  /** The text, with the dialect's placeholders. */
  readonly sql: string;
  readonly binds: readonly Scalar[];
  /** The text around the values: one more piece than there are values. */
  readonly pieces: readonly string[];
  /** Positions in `binds` that must not be logged. */
  readonly sensitive: readonly number[];
  /** A fragment of the application's own may leave something behind in the session. */
  readonly changesSession?: boolean;
}

/** A query that is being written, with those around it. */
interface Level {
  /** What its table goes by; undefined for a value outside of every statement. */
  table: string | undefined;
  /** All of its tables, as databases compare names. */
  readonly names: ReadonlySet<string>;
}

/** Collects the text and the values of one statement in a single pass. */
class SqlWriter implements Writer {
  readonly dialect: Dialect;
  readonly #pieces: string[] = [];
  readonly #binds: Scalar[] = [];
  readonly #sensitive: number[] = [];
  #text = '';
  #isRaw = false;
  #qualifier: string | undefined;
  readonly #levels: Level[] = [];

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  text(text: string): void {
    this.#text += text;
  }

  name(name: string): void {
    this.#text += quoteName(name, this.dialect);
  }

  qualifyWith(name: string | undefined): string | undefined {
    const outer = this.#qualifier;
    this.#qualifier = name;
    return outer;
  }

  get qualifier(): string | undefined {
    return this.#qualifier;
  }

  enter(table: string, joined: readonly string[] = []): void {
    this.#levels.push({ table, names: new Set([table, ...joined].map((name) => name.toLowerCase())) });
  }

  leave(): void {
    this.#levels.pop();
  }

  rename(table: string | undefined): string | undefined {
    const level = this.#levels.at(-1);
    const before = level?.table;
    if (level !== undefined) level.table = table;
    return before;
  }

  outer(levels: number): string {
    const name = this.#levels.at(-1 - levels)?.table;
    if (name === undefined) throw new InvalidQuery('A condition refers to a query that it does not stand in.');
    if (this.#levels.slice(-levels).some(({ names }) => names.has(name.toLowerCase()))) {
      throw new InvalidQuery(`A query joins a table as "${name}" inside of one whose table has that name.`, {
        hint: 'Give the inner one another name: joins([table, alias], sql`…`).',
      });
    }
    return name;
  }

  unused(name: string): string {
    const isTaken = (each: string) => this.#levels.some(({ names }) => names.has(each.toLowerCase()));
    let found = name;
    for (let number = 2; isTaken(found); number++) found = `${name}_${number}`;
    return found;
  }

  bind(value: Scalar, sensitive = false): void {
    if (sensitive) this.#sensitive.push(this.#binds.length);
    this.#binds.push(value);
    this.#pieces.push(this.#text);
    this.#text = '';
  }

  node(node: SqlNode): void {
    if (node.kind === 'raw') this.#isRaw = true;
    // Each function takes its own kind of node, which TypeScript cannot follow through a lookup by that kind.
    const write = this.dialect.compile[node.kind] as (node: SqlNode, writer: Writer) => void;
    write(node, this);
  }

  list<T>(items: readonly T[], separator: string, write: (item: T) => void): void {
    for (let index = 0; index < items.length; index++) {
      if (index > 0) this.#text += separator;
      write(items[index] as T);
    }
  }

  finish(): Compiled {
    const pieces = [...this.#pieces, this.#text];
    let sql = pieces[0] ?? '';
    for (let index = 1; index < pieces.length; index++) sql += this.dialect.placeholder(index - 1) + pieces[index];
    const compiled: Compiled = { sql, binds: this.#binds, pieces, sensitive: this.#sensitive };
    return this.#isRaw && changesWithin(sql) ? { ...compiled, changesSession: true } : compiled;
  }
}

/** The text and values of a statement for one dialect. */
export function compile(statement: Statement | Expression, dialect: Dialect): Compiled {
  const writer = new SqlWriter(dialect);
  writer.node(statement);
  return writer.finish();
}

/** Text without values, such as BEGIN. */
export function literalStatement(sql: string): Compiled {
  return { sql, binds: [], pieces: [sql], sensitive: [] };
}

function insert(node: InsertStatement, writer: Writer): void {
  writer.text('INSERT INTO ');
  writer.name(node.table);
  if (node.columns.length === 0) {
    if (node.rows.length > 1)
      throw new InvalidQuery('Several rows without a column cannot be inserted in one statement.');
    writer.text(` ${writer.dialect.emptyInsert}`);
  } else {
    writer.text(' (');
    writer.list(node.columns, ', ', (column) => writer.name(column));
    writer.text(') VALUES ');
    const sensitive = new Set(node.sensitive);
    writer.list(node.rows, ', ', (row) => {
      writer.text('(');
      for (let index = 0; index < node.columns.length; index++) {
        if (index > 0) writer.text(', ');
        const value = row[index];
        if (value === databaseDefault) {
          if (!writer.dialect.defaultKeyword) {
            throw new CapabilityMissing(
              `${writer.dialect.label} cannot mix given and default values of a column in one insert.`,
              {
                hint: 'Give every row the same attributes.',
              },
            );
          }
          writer.text('DEFAULT');
        } else writer.bind(value ?? null, sensitive.has(index));
      }
      writer.text(')');
    });
  }
  if (node.conflict !== undefined) writer.node(node.conflict);
  returning(node.returning, writer);
}

function returning(columns: readonly string[], writer: Writer): void {
  if (columns.length === 0) return;
  writer.text(' RETURNING ');
  writer.list(columns, ', ', (column) => writer.name(column));
}

/** `a = ?, b = b + 1`: of an UPDATE, or of an upsert. */
export function assignments(set: readonly AssignmentNode[], writer: Writer): void {
  writer.list(set, ', ', ({ column, value }) => {
    writer.name(column);
    writer.text(' = ');
    operand(value, writer);
  });
}

export function junction(node: Extract<SqlNode, { kind: 'and' | 'or' }>, writer: Writer): void {
  if (node.operands.length === 0) writer.text(node.kind === 'and' ? '1=1' : '1=0');
  const separator = node.kind === 'and' ? ' AND ' : ' OR ';
  writer.list(node.operands, separator, (predicate) => {
    const { kind } = unqualified(predicate);
    const nested = kind === 'and' || kind === 'or' || kind === 'raw';
    if (nested) writer.text('(');
    writer.node(predicate);
    if (nested) writer.text(')');
  });
}

function unqualified(predicate: Predicate): Predicate {
  return predicate.kind === 'qualified' ? unqualified(predicate.operand) : predicate;
}

/** Compares JSON with `before` and `after` around the document that is bound. */
export function jsonEquality(before: string, after: string): CompileTable['jsonEquality'] {
  return (node, writer) => {
    operand(node.operand, writer);
    writer.text(`${node.negated ? ' <> ' : ' = '}${before}`);
    writer.node(node.value);
    writer.text(after);
  };
}

/** The functions that every dialect starts from. */
export const standardTable: CompileTable = {
  ...selectTable,
  column(node, writer) {
    const table = node.table ?? writer.qualifier;
    if (table !== undefined) {
      writer.name(table);
      writer.text('.');
    }
    writer.name(node.name);
  },
  outer(node, writer) {
    writer.name(writer.outer(node.levels));
    writer.text('.');
    writer.name(node.name);
  },
  bind(node, writer) {
    writer.bind(node.value === null ? null : node.type.serialize(node.value, writer.dialect), node.sensitive);
  },
  raw(node, writer) {
    writer.text(node.parts[0] ?? '');
    node.values.forEach((value, index) => {
      writer.node(value);
      writer.text(node.parts[index + 1] ?? '');
    });
  },
  name(node, writer) {
    writer.list(node.path, '.', (name) => writer.name(name));
  },
  aggregate(node, writer) {
    writer.text(`${node.name.toUpperCase()}(${node.distinct ? 'DISTINCT ' : ''}`);
    if (node.operand === undefined) writer.text('*');
    else writer.node(node.operand);
    writer.text(')');
  },
  increment(node, writer) {
    writer.text('COALESCE(');
    writer.name(node.column);
    writer.text(', 0) + ');
    writer.node(node.by);
  },
  excluded(node, writer) {
    writer.text('excluded.');
    writer.name(node.column);
  },
  conflict(node, writer) {
    if (node.anyIndex === true && node.set.length === 0) return writer.text(' ON CONFLICT DO NOTHING');
    writer.text(' ON CONFLICT (');
    writer.list(node.target, ', ', (column) => writer.name(column));
    if (node.set.length === 0) return writer.text(') DO NOTHING');
    writer.text(') DO UPDATE SET ');
    assignments(node.set, writer);
  },
  comparison(node, writer) {
    operand(node.left, writer);
    writer.text(` ${node.operator} `);
    operand(node.right, writer);
  },
  nullTest(node, writer) {
    operand(node.operand, writer);
    writer.text(node.negated ? ' IS NOT NULL' : ' IS NULL');
  },
  membership(node, writer) {
    if (node.values.length === 0) return writer.text(node.negated ? '1=1' : '1=0');
    operand(node.operand, writer);
    writer.text(node.negated ? ' NOT IN (' : ' IN (');
    writer.list(node.values, ', ', (value) => writer.node(value));
    writer.text(')');
  },
  range(node, writer) {
    operand(node.operand, writer);
    writer.text(node.negated ? ' NOT BETWEEN ' : ' BETWEEN ');
    operand(node.from, writer);
    writer.text(' AND ');
    operand(node.to, writer);
  },
  like(node, writer) {
    operand(node.operand, writer);
    writer.text(node.negated ? ' NOT LIKE ' : ' LIKE ');
    operand(node.pattern, writer);
  },
  jsonEquality: jsonEquality('', ''),
  jsonExtract(_, writer) {
    throw new CapabilityMissing(`${writer.dialect.label} cannot look into JSON documents.`);
  },
  match(_, writer) {
    throw new CapabilityMissing(`${writer.dialect.label} has no full-text search of ordinary tables.`);
  },
  and: junction,
  or: junction,
  not(node, writer) {
    writer.text('NOT (');
    writer.node(node.operand);
    writer.text(')');
  },
  qualified(node, writer) {
    const outer = writer.qualifyWith(node.by);
    const table = writer.rename(node.by);
    writer.node(node.operand);
    writer.rename(table);
    writer.qualifyWith(outer);
  },
  constant(node, writer) {
    writer.text(node.value ? '1=1' : '1=0');
  },
  insert,
  update(node, writer) {
    writer.enter(node.table);
    writer.text('UPDATE ');
    writer.name(node.table);
    writer.text(' SET ');
    assignments(node.set, writer);
    where(node.where, writer);
    writer.leave();
    returning(node.returning ?? [], writer);
  },
  delete(node, writer) {
    writer.enter(node.table);
    writer.text('DELETE FROM ');
    writer.name(node.table);
    where(node.where, writer);
    writer.leave();
  },
};
