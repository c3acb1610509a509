import { CapabilityMissing, InvalidQuery } from '../errors/query.ts';
import type { Scalar } from '../types/type.ts';
import { type CompileTable, type Dialect, quoteName, type Writer } from './dialect.ts';
import {
  databaseDefault,
  type Expression,
  type InsertStatement,
  type SelectStatement,
  type SqlNode,
  type Statement,
} from './nodes.ts';

/** A statement as it is sent. */
export interface Compiled {
  /** The text, with the dialect's placeholders. */
  readonly sql: string;
  readonly binds: readonly Scalar[];
  /** The text around the values: one more piece than there are values. */
  readonly pieces: readonly string[];
  /** Positions in `binds` that must not be logged. */
  readonly sensitive: readonly number[];
}

/** Collects the text and the values of one statement in a single pass. */
class SqlWriter implements Writer {
  readonly dialect: Dialect;
  readonly #pieces: string[] = [];
  readonly #binds: Scalar[] = [];
  readonly #sensitive: number[] = [];
  #text = '';

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  text(text: string): void {
    this.#text += text;
  }

  name(name: string): void {
    this.#text += quoteName(name, this.dialect);
  }

  bind(value: Scalar, sensitive = false): void {
    if (sensitive) this.#sensitive.push(this.#binds.length);
    this.#binds.push(value);
    this.#pieces.push(this.#text);
    this.#text = '';
  }

  node(node: SqlNode): void {
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
    return { sql, binds: this.#binds, pieces, sensitive: this.#sensitive };
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

/** A nested SELECT stands in parentheses; everything else that can be an operand is one token or a call. */
function operand(node: Expression, writer: Writer): void {
  const nested = node.kind === 'select' || node.kind === 'raw';
  if (nested) writer.text('(');
  writer.node(node);
  if (nested) writer.text(')');
}

function select(node: SelectStatement, writer: Writer): void {
  writer.text(node.distinct ? 'SELECT DISTINCT ' : 'SELECT ');
  writer.list(node.columns, ', ', ({ expression, alias }) => {
    writer.node(expression);
    if (alias === undefined) return;
    writer.text(' AS ');
    writer.name(alias);
  });
  writer.text(' FROM ');
  if ('table' in node.from) writer.name(node.from.table);
  else {
    writer.text('(');
    writer.node(node.from.select);
    writer.text(') AS ');
    writer.name(node.from.alias);
  }
  where(node.where, writer);
  if (node.order.length > 0) {
    writer.text(' ORDER BY ');
    writer.list(node.order, ', ', ({ expression, direction }) => {
      writer.node(expression);
      if (direction === 'desc') writer.text(' DESC');
    });
  }
  limit(node.limit, node.offset, writer);
}

function where(predicate: SelectStatement['where'], writer: Writer): void {
  if (predicate === undefined) return;
  writer.text(' WHERE ');
  writer.node(predicate);
}

/** Inlined, after a check: MySQL takes a bound limit as a DOUBLE and refuses it. */
function limit(count: number | undefined, offset: number | undefined, writer: Writer): void {
  for (const value of [count, offset]) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new InvalidQuery(`A limit or offset is a whole number from 0 up, not ${String(value)}.`);
    }
  }
  if (count !== undefined) writer.text(` LIMIT ${count}`);
  else if (offset !== undefined && writer.dialect.endlessLimit !== undefined)
    writer.text(` LIMIT ${writer.dialect.endlessLimit}`);
  if (offset !== undefined) writer.text(` OFFSET ${offset}`);
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
  if (node.returning.length > 0) {
    writer.text(' RETURNING ');
    writer.list(node.returning, ', ', (column) => writer.name(column));
  }
}

function junction(node: Extract<SqlNode, { kind: 'and' | 'or' }>, writer: Writer): void {
  if (node.operands.length === 0) writer.text(node.kind === 'and' ? '1=1' : '1=0');
  const separator = node.kind === 'and' ? ' AND ' : ' OR ';
  writer.list(node.operands, separator, (predicate) => {
    const nested = predicate.kind === 'and' || predicate.kind === 'or' || predicate.kind === 'raw';
    if (nested) writer.text('(');
    writer.node(predicate);
    if (nested) writer.text(')');
  });
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
  column(node, writer) {
    if (node.table !== undefined) {
      writer.name(node.table);
      writer.text('.');
    }
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
  and: junction,
  or: junction,
  not(node, writer) {
    writer.text('NOT (');
    writer.node(node.operand);
    writer.text(')');
  },
  constant(node, writer) {
    writer.text(node.value ? '1=1' : '1=0');
  },
  select,
  insert,
  update(node, writer) {
    writer.text('UPDATE ');
    writer.name(node.table);
    writer.text(' SET ');
    writer.list(node.set, ', ', ({ column, value }) => {
      writer.name(column);
      writer.text(' = ');
      operand(value, writer);
    });
    where(node.where, writer);
  },
  delete(node, writer) {
    writer.text('DELETE FROM ');
    writer.name(node.table);
    where(node.where, writer);
  },
};
