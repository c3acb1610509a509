import { InvalidQuery } from '../errors/query.ts';
import { castScalar, plainType } from '../types/plain.ts';
import { bindNode, type Expression, type RawNode } from './nodes.ts';

declare const valueType: unique symbol;

/** SQL of the application's own. `V` is the type of its value, where it is selected. */
export class Sql<V = unknown> {
  // A private field is a brand that no JSON document can carry.
  readonly #node: Expression;
  declare readonly [valueType]: V;

  /** @internal */
  constructor(node: Expression) {
    this.#node = node;
  }

  /** @internal */
  static nodeOf(value: unknown): Expression | undefined {
    return typeof value === 'object' && value !== null && #node in value ? value.#node : undefined;
  }
}

const anyScalar = plainType('');
const site = { label: 'A value in sql`…`', sensitive: false };

function toExpression(value: unknown): Expression {
  const node = Sql.nodeOf(value);
  if (node !== undefined) return node;
  if (Array.isArray(value)) return listNode(value);
  if (value instanceof Date) {
    throw new InvalidQuery('A Date in sql`…` has no column to tell its precision.', {
      hint: "Give its text in UTC, such as date.toISOString().slice(0, 23).replace('T', ' ').",
    });
  }
  return bindNode(castScalar(value, site), anyScalar);
}

/** `WHERE id IN ${[1, 2]}`: the values in parentheses; none becomes `(NULL)`, which nothing is in. */
function listNode(values: readonly unknown[]): RawNode {
  if (values.length === 0) return { kind: 'raw', parts: ['(NULL)'], values: [] };
  const parts = ['(', ...Array.from({ length: values.length - 1 }, () => ', '), ')'];
  return { kind: 'raw', parts, values: values.map((value) => bindNode(castScalar(value, site), anyScalar)) };
}

interface SqlTag {
  /**
   * SQL with values: each `${value}` is bound, never written into the text. Another `sql` fragment is put in as it is;
   * an array becomes a list in parentheses.
   *
   * @typeParam V - the type of the value, where the fragment is selected
   * @throws InvalidValue (`AR_VALUE_INVALID`) for undefined, NaN, objects and functions
   * @example
   * ```ts
   * await User.where(sql`length(name) > ${3}`);              // … WHERE (length(name) > ?)
   * await connection.query(sql`SELECT 1 + ${2} AS three`);   // [{ three: 3 }]
   * ```
   */
  <V = unknown>(text: TemplateStringsArray, ...values: unknown[]): Sql<V>;
  /**
   * A quoted name of a table or column: `sql.name('users', 'age')` is `` `users`.`age` ``.
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for a name that the database could not have
   */
  name(...path: string[]): Sql;
  /**
   * In the `update` of an upsert: the value that the row was to be inserted with, by the name of its column.
   *
   * ```ts
   * await Page.upsertAll(rows, { conflict: 'url', update: { visits: sql`pages.visits + ${sql.excluded('visits')}` } });
   * ```
   */
  excluded(column: string): Sql;
  /**
   * Text as it stands, with no check at all. Never give it anything that comes from outside.
   *
   * ```ts
   * sql.unsafe('NOW()')
   * ```
   */
  unsafe<V = unknown>(text: string): Sql<V>;
}

function tag<V = unknown>(text: TemplateStringsArray, ...values: unknown[]): Sql<V> {
  if (!Array.isArray(text) || !('raw' in text)) {
    throw new InvalidQuery('sql is a template tag: write sql`…`, not sql(…).', {
      hint: 'For text that is not known before the program runs there is sql.unsafe(text).',
    });
  }
  return new Sql<V>({ kind: 'raw', parts: text, values: values.map(toExpression) });
}

function quotedName(...path: string[]): Sql {
  if (path.length === 0) throw new InvalidQuery('sql.name takes at least one name.');
  return new Sql({ kind: 'name', path });
}

function excluded(column: string): Sql {
  if (typeof column !== 'string') throw new InvalidQuery('sql.excluded takes the name of a column.');
  return new Sql({ kind: 'excluded', column });
}

function unsafe<V = unknown>(text: string): Sql<V> {
  if (typeof text !== 'string') throw new InvalidQuery('sql.unsafe takes text.');
  return new Sql<V>({ kind: 'raw', parts: [text], values: [] });
}

// Every function has a read-only `name` of its own, so that it has to be redefined, which TypeScript does not follow.
export const sql: SqlTag = Object.defineProperties(tag, {
  name: { value: quotedName },
  excluded: { value: excluded },
  unsafe: { value: unsafe },
}) as unknown as SqlTag;
