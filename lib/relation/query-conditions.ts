import type {
  ColumnName,
  DefinitionOf,
  JoinableName,
  KeyOf,
  PolymorphicName,
  RecordOf,
  TargetOf,
  TextName,
  ValueOf,
} from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { Operator, Subquery } from './operators.ts';
import type { Name, Where } from './query-types.ts';

export type Comparison = '=' | '<>' | '>' | '>=' | '<' | '<=';

/** Columns that hold JSON documents, or whatever has properties. */
export type JsonName<D> = {
  [K in keyof D]: NonNullable<ValueOf<D[K]>> extends string | number | bigint | boolean | Date | Uint8Array ? never : K;
}[ColumnName<D>];

/** A path into a document: keys and positions, as its type has them. */
export type JsonPath<J, Depth extends readonly unknown[] = []> = unknown extends J
  ? readonly (string | number)[]
  : Depth['length'] extends 6
    ? readonly []
    : J extends readonly (infer E)[]
      ? readonly [number] | readonly [number, ...JsonPath<NonNullable<E>, [...Depth, unknown]>]
      : J extends object
        ? {
            [K in keyof J & string]: readonly [K] | readonly [K, ...JsonPath<NonNullable<J[K]>, [...Depth, unknown]>];
          }[keyof J & string]
        : never;

/** What a document has at a path. */
export type JsonAt<J, P> = unknown extends J
  ? unknown
  : P extends readonly [infer Head, ...infer Rest]
    ? J extends readonly (infer E)[]
      ? JsonAt<NonNullable<E>, Rest>
      : Head extends keyof J
        ? JsonAt<NonNullable<J[Head]>, Rest>
        : never
    : J;
type JsonScalar<V> = unknown extends V ? string | number | boolean : Extract<V, string | number | boolean>;
/** What a value inside a document can be compared with. */
export type JsonCondition<V> =
  | JsonScalar<V>
  | null
  | readonly (JsonScalar<V> | null)[]
  | Operator<JsonScalar<V> | null>;

/** Conditions of a query: each method gives another query. */
export interface QueryConditions<M> {
  /**
   * Adds conditions; all of them have to hold.
   *
   * @param conditions - by attribute: a value, null, a list, an operator (`gt gte lt lte between notBetween like notLike
   *   startsWith endsWith contains anyOf not`), a query of one column; or `sql`. By association: a record, a list of
   *   them, null (there is none), `not(…)`, conditions on the associated row, a query on its model
   * @throws UnknownAttribute (`AR_ATTRIBUTE_UNKNOWN`), InvalidValue (`AR_VALUE_INVALID`), before any SQL is sent
   * @example
   * ```ts
   * User.where({ name: 'Ada', age: [36, 37, null] })      // name = ? AND (age IN (?, ?) OR age IS NULL)
   * User.where({ age: not(between(10, 20)) })             // age NOT BETWEEN ? AND ?
   * User.where({ id: Order.select('userId') })            // id IN (SELECT user_id FROM orders)
   * User.where(sql`length(name) > ${3}`)                  // length(name) > ?
   * Post.where({ author: ada })                           // user_id = ?
   * Post.where({ author: { name: 'Ada' } })               // EXISTS (SELECT 1 FROM users WHERE users.id = posts.user_id AND …)
   * ```
   */
  where(conditions: Where<DefinitionOf<M>> | Sql): this;

  /**
   * Adds the opposite of conditions: rows for which not all of them hold. As in SQL, a row whose column is NULL does not
   * meet a comparison, nor its opposite.
   *
   * ```ts
   * User.whereNot({ name: 'Ada', age: 36 })   // NOT (name = ? AND age = ?)
   * ```
   */
  whereNot(conditions: Where<DefinitionOf<M>> | Sql): this;

  /** Replaces the conditions on these attributes: `User.where({ age: 1 }).rewhere({ age: 2 })` sends `age = 2`. */
  rewhere(conditions: Where<DefinitionOf<M>>): this;

  /**
   * What this query asks for, or what the other does; its own conditions are one side.
   *
   * ```ts
   * User.where({ name: 'Ada' }).or({ age: gte(65) })   // name = ? OR age >= ?
   * ```
   */
  or(other: Where<DefinitionOf<M>> | Sql | Subquery<M>): this;

  /** What this query asks for, and what the other does: `User.where({ age: 1 }).and(User.where(…).or(…))`. */
  and(other: Where<DefinitionOf<M>> | Sql | Subquery<M>): this;

  /** Without these records, or the rows with these keys: `NOT (id IN (?, ?))`. */
  excluding(
    ...records: readonly (RecordOf<M> | KeyOf<DefinitionOf<M>> | readonly (RecordOf<M> | KeyOf<DefinitionOf<M>>)[])[]
  ): this;

  /** Compares two columns: `User.whereColumn('updatedAt', '>', 'createdAt')` sends `updated_at > created_at`. */
  whereColumn(left: Name<DefinitionOf<M>>, operator: Comparison, right: Name<DefinitionOf<M>>): this;

  /**
   * A condition on a value inside a JSON document, by its path. The path is bound, never written into the statement. The
   * type of the value counts: the text `'5'` is not the number 5. `null` asks for what is null or not there.
   *
   * ```ts
   * User.whereJson('preferences', ['theme'], 'dark')
   * User.whereJson('preferences', ['tags', 0], startsWith('a'))
   * ```
   */
  whereJson<K extends JsonName<DefinitionOf<M>>, const P extends JsonPath<NonNullable<ValueOf<DefinitionOf<M>[K]>>>>(
    name: K,
    path: P,
    condition: JsonCondition<JsonAt<NonNullable<ValueOf<DefinitionOf<M>[K]>>, P>>,
  ): this;

  /**
   * Full-text search, where the database has it: `MATCH (title, body) AGAINST (?)` on MySQL and MariaDB (they need a
   * FULLTEXT index over just these columns), `to_tsvector(…) @@ plainto_tsquery(?)` on PostgreSQL.
   * @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) on SQLite
   */
  whereMatch(names: TextName<DefinitionOf<M>> | readonly TextName<DefinitionOf<M>>[], text: string): this;

  /** Rows that have no associated row: `Post.whereMissing('author', 'comments')` sends NOT EXISTS for each. */
  whereMissing(...names: readonly [JoinableName<DefinitionOf<M>>, ...JoinableName<DefinitionOf<M>>[]]): this;

  /**
   * Rows whose polymorphic association leads to a record of that model, or of one of those.
   *
   * ```ts
   * Entry.whereType('entryable', Message)              // entryable_type = ?
   * Entry.whereType('entryable', [Message, Comment])   // entryable_type = ? OR entryable_type = ?
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for a model that it never leads to; UnknownAssociation
   */
  whereType<const K extends PolymorphicName<DefinitionOf<M>>>(
    name: K,
    models: TargetOf<DefinitionOf<M>, K> | readonly TargetOf<DefinitionOf<M>, K>[],
  ): this;

  /** Rows for which the other query has any: `EXISTS (SELECT …)`. Tie the two together with `sql`. */
  whereExists(query: Subquery | Sql): this;

  /** Rows for which the other query has none: `NOT EXISTS (SELECT …)`. */
  whereNotExists(query: Subquery | Sql): this;
}
