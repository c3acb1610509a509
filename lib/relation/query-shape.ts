import type { DefinitionOf, Value } from '../record/definition-types.ts';
import type { Sql } from '../sql/template.ts';
import type { Subquery } from './operators.ts';
import type { ColumnPath, Direction, Join, Name } from './query-types.ts';

/** Where NULL stands in an order; left to the database (first on MySQL and SQLite, last on PostgreSQL) unless told. */
export interface OrderOptions {
  readonly nulls?: 'first' | 'last';
}
/** What a row lock does about rows that another transaction has locked, in place of waiting. */
export interface LockOptions {
  readonly skipLocked?: boolean;
  readonly noWait?: boolean;
}
/** Where a recursive common table begins, and how it goes on from what it has found. */
export interface RecursiveParts {
  readonly base: Subquery | Sql;
  readonly step: Subquery | Sql;
  /** The names of its columns; those of `base` unless told. */
  readonly columns?: readonly string[];
}

/** The shape of a query: each method gives another query. */
export interface QueryShape<M> {
  /** The same query: `User.all()` is where scopes are called on. */
  all(): this;

  /**
   * Orders by a column, by several, or by an expression; a further call adds to what is there. A column of an
   * association that leads to one record joins it by itself.
   *
   * ```ts
   * User.order('name').order({ age: 'desc' })   // ORDER BY name, age DESC
   * User.order(sql`length(name)`, 'desc')       // ORDER BY length(name) DESC
   * Post.order('author.name')                   // LEFT JOIN users author ON author.id = posts.user_id ORDER BY author.name
   * ```
   */
  order(name: ColumnPath<DefinitionOf<M>> | Sql, direction?: Direction, options?: OrderOptions): this;
  order(directions: { readonly [K in ColumnPath<DefinitionOf<M>>]?: Direction }): this;

  /** Replaces the order; without arguments takes it away. */
  reorder(name?: ColumnPath<DefinitionOf<M>> | Sql, direction?: Direction, options?: OrderOptions): this;
  reorder(directions: { readonly [K in ColumnPath<DefinitionOf<M>>]?: Direction }): this;

  /** Turns the order round; the key's where there is none: `User.order('name').reverseOrder()` sends `ORDER BY name DESC`. */
  reverseOrder(): this;

  /**
   * Rows with one of these values, in the order of the list.
   *
   * ```ts
   * User.inOrderOf('role', ['admin', 'member'])   // WHERE role IN (?, ?) ORDER BY CASE role WHEN ? THEN 0 WHEN ? THEN 1 ELSE 2 END
   * ```
   */
  inOrderOf<K extends Name<DefinitionOf<M>>>(name: K, values: readonly ValueAt<DefinitionOf<M>, K>[]): this;

  /** At most so many rows. @throws InvalidQuery (`AR_QUERY_INVALID`) unless it is a whole number from 0 up */
  limit(count: number): this;

  /** Leaves out the first rows. @throws InvalidQuery (`AR_QUERY_INVALID`) unless it is a whole number from 0 up */
  offset(count: number): this;

  /** Each different row once: `User.select('age').distinct()` sends `SELECT DISTINCT age FROM users`. */
  distinct(on?: boolean): this;

  /**
   * Joins the tables of associations. In `sql` each goes by the association's name, nested by its path (`posts_comments`);
   * rows that match several times come several times.
   *
   * ```ts
   * Post.joins('author').where(sql`author.name = ${'Ada'}`)   // INNER JOIN users author ON author.id = posts.user_id
   * User.joins({ posts: ['comments', 'tags'] }).distinct()    // … INNER JOIN comments posts_comments ON …
   * ```
   * @throws UnknownAssociation (`AR_ASSOCIATION_UNKNOWN`); InvalidQuery (`AR_QUERY_INVALID`) for a polymorphic belongsTo
   */
  joins(...associations: readonly [Join<DefinitionOf<M>>, ...Join<DefinitionOf<M>>[]]): this;
  /**
   * Joins a table on a condition of your own. The columns of the model are then written with its table's name; rows that
   * match several times come several times.
   *
   * ```ts
   * User.joins('posts', sql`posts.author_id = users.id`).where(sql`posts.title = ${'Notes'}`).distinct()
   * // SELECT DISTINCT users.id, … FROM users INNER JOIN posts ON posts.author_id = users.id WHERE posts.title = ?
   * ```
   * @param table - its name, or `[name, alias]`
   */
  joins(table: string | readonly [table: string, alias: string], on: Sql): this;

  /** The same as `joins`, with rows that match nothing kept: LEFT JOIN. */
  leftJoins(...associations: readonly [Join<DefinitionOf<M>>, ...Join<DefinitionOf<M>>[]]): this;
  leftJoins(table: string | readonly [table: string, alias: string], on: Sql): this;

  /** Reads from another table, view or common table, or from a query, in place of the model's table; under its name. */
  from(source: string | Subquery | Sql): this;

  /**
   * Names a query for use inside this one: `WITH busy AS (SELECT …) SELECT …`.
   *
   * ```ts
   * User.all().cte('busy', Order.select('userId').distinct()).joins('busy', sql`busy.user_id = users.id`)
   * ```
   */
  cte(name: string, query: Subquery | Sql): this;

  /**
   * A common table that refers to itself: `WITH RECURSIVE line (id) AS (base UNION ALL step) …`.
   *
   * ```ts
   * Employee.all().recursiveCte('line', {
   *   base: Employee.where({ id: 3 }).select('id', 'reportsTo'),
   *   step: sql`SELECT e.id, e.reports_to FROM employees e JOIN line ON line.reports_to = e.id`,
   * }).joins('line', sql`line.id = employees.id`)
   * ```
   */
  recursiveCte(name: string, parts: RecursiveParts): this;

  /** The different rows of both queries. Conditions, order and limit that follow apply to all of them. */
  union(other: Subquery<M>): this;
  /** The rows of both queries, also those that come twice. */
  unionAll(other: Subquery<M>): this;
  /** The rows that both queries have. */
  intersect(other: Subquery<M>): this;
  /** The rows of this query that the other does not have. */
  except(other: Subquery<M>): this;

  /**
   * Locks the rows until the transaction ends: FOR UPDATE, or FOR SHARE. On SQLite the transaction has locked all there is.
   * @throws InvalidQuery (`AR_QUERY_INVALID`) outside of a transaction, where the lock would be gone at once
   */
  lock(strength?: 'update' | 'share', options?: LockOptions): this;

  /** Hints for the optimizer, in the database's own words: `SELECT /*+ … *\/`. Databases without hints take it for a comment. */
  optimizerHints(...hints: string[]): this;
  /** Proposes indexes: USE INDEX on MySQL and MariaDB, INDEXED BY on SQLite. @throws CapabilityMissing on PostgreSQL */
  useIndex(...names: string[]): this;
  /** Demands indexes: FORCE INDEX. @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) on PostgreSQL */
  forceIndex(...names: string[]): this;
  /** Forbids indexes: IGNORE INDEX, NOT INDEXED. @throws CapabilityMissing (`AR_CAPABILITY_MISSING`) on PostgreSQL */
  ignoreIndex(...names: string[]): this;

  /** A comment behind the statement, to find it in the server's logs: text, or tags as `key='value'`. */
  annotate(comment: string | { readonly [tag: string]: string | number | boolean }): this;

  /** The records cannot be saved or destroyed: ReadOnlyRecord (`AR_RECORD_READ_ONLY`). */
  readonly(): this;

  /** The records load no association by themselves: first use is StrictLoadingViolation (`AR_STRICT_LOADING`). */
  strictLoading(): this;

  /** Each record loads its associations for itself alone, not for those that were loaded with it. */
  withoutBatching(): this;

  /** Asks nothing and finds nothing: no statement is sent. */
  none(): this;

  /** Takes over what the other query asks for; its conditions replace those on the same attributes. */
  merge(other: Subquery<M>): this;

  /** Takes parts away, also those of the default scope: `unscope('order')`, `unscope({ where: 'deletedAt' })`. */
  unscope(
    ...parts: readonly (UnscopedPart | { readonly where: Name<DefinitionOf<M>> | readonly Name<DefinitionOf<M>>[] })[]
  ): this;
}

export type UnscopedPart =
  | 'where'
  | 'order'
  | 'limit'
  | 'offset'
  | 'select'
  | 'distinct'
  | 'joins'
  | 'from'
  | 'lock'
  | 'readonly';
export type ValueAt<D, K> = K extends keyof D ? NonNullable<Value<D, K>> : unknown;
