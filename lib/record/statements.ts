import { type Compiled, compile } from '../sql/compile.ts';
import type { Dialect } from '../sql/dialect.ts';
import {
  type BindNode,
  bindNode,
  columnNode,
  conjunction,
  type Expression,
  type LockNode,
  type Predicate,
  type SelectStatement,
  type Statement,
} from '../sql/nodes.ts';
import { plainType } from '../types/plain.ts';
import type { Scalar, Type } from '../types/type.ts';
import type { Attribute, AttributeSet } from './attribute.ts';

/** A statement without its values. */
type Shape = Omit<Compiled, 'binds'>;

const anyValue = plainType('');

/**
 * The statements of single records, compiled once for each model and database: with a key, the same text comes again
 * and again, so that drivers find it prepared.
 */
export class ModelStatements {
  readonly dialect: Dialect;
  readonly #attributes: AttributeSet;
  readonly #shapes = new Map<string, Shape>();

  constructor(attributes: AttributeSet, dialect: Dialect) {
    this.#attributes = attributes;
    this.dialect = dialect;
  }

  /** SELECT all columns of the row with that key. */
  find(key: readonly Scalar[]): Compiled {
    return this.#fill('find', key, () => this.#select(this.#keyPredicate()));
  }

  /** The same, with a lock on the row. */
  lock(key: readonly Scalar[], lock: LockNode): Compiled {
    return this.#fill(`lock ${lock.strength} ${lock.wait}`, key, () => ({
      ...this.#select(this.#keyPredicate()),
      lock,
    }));
  }

  /**
   * SELECT all columns of the rows with one of those keys, which are of one column. Filled up to a power of two with the
   * last one, so that few different texts are prepared and kept.
   */
  findAny(keys: readonly Scalar[]): Compiled {
    const size = 2 ** Math.ceil(Math.log2(keys.length));
    const binds = [...keys, ...new Array<Scalar>(size - keys.length).fill(keys.at(-1) ?? null)];
    return this.#fill(`find ${size}`, binds, () => {
      const { key } = this.#attributes;
      const hole = bindNode(null, key.type as Type, key.sensitive);
      const values = new Array<BindNode>(size).fill(hole);
      const where: Predicate = { kind: 'membership', operand: columnNode(key.column), values, negated: false };
      return { ...this.#select(where), limit: undefined };
    });
  }

  insert(attributes: readonly Attribute[], values: readonly Scalar[], returning: readonly Attribute[]): Compiled {
    return this.#fill(`insert ${names(attributes)} ${names(returning)}`, values, () => ({
      kind: 'insert',
      table: this.#attributes.tableName,
      columns: attributes.map((attribute) => attribute.column),
      rows: [attributes.map(() => null)],
      sensitive: attributes.flatMap((attribute, index) => (attribute.sensitive ? [index] : [])),
      returning: returning.map((attribute) => attribute.column),
    }));
  }

  /** UPDATE of some columns of the row with that key; `values` are the columns' and then the key's. */
  update(attributes: readonly Attribute[], values: readonly Scalar[]): Compiled {
    return this.#fill(`update ${names(attributes)}`, values, () => ({
      kind: 'update',
      table: this.#attributes.tableName,
      set: attributes.map((attribute) => ({ column: attribute.column, value: hole(attribute) })),
      where: this.#keyPredicate(),
    }));
  }

  delete(key: readonly Scalar[]): Compiled {
    return this.#fill('delete', key, () => ({
      kind: 'delete',
      table: this.#attributes.tableName,
      where: this.#keyPredicate(),
    }));
  }

  /** SELECT some columns of the row with that key: what the database has filled in, where it cannot return it. */
  read(attributes: readonly Attribute[], key: readonly Scalar[]): Compiled {
    return this.#fill(`read ${names(attributes)}`, key, () => this.#select(this.#keyPredicate(), attributes));
  }

  #select(where: Predicate, attributes: readonly Attribute[] = this.#attributes.all): SelectStatement {
    return {
      kind: 'select',
      distinct: false,
      columns: attributes.map((attribute) => ({ expression: columnNode(attribute.column), alias: undefined })),
      from: { table: this.#attributes.tableName },
      where,
      order: [],
      limit: 1,
      offset: undefined,
    };
  }

  #keyPredicate(): Predicate {
    return conjunction(
      this.#attributes.keys.map((key) => ({
        kind: 'comparison',
        operator: '=',
        left: columnNode(key.column),
        right: bindNode(null, key.type as Type, key.sensitive),
      })),
    );
  }

  #fill(name: string, binds: readonly Scalar[], make: () => Statement): Compiled {
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      shape = compile(make(), this.dialect);
      this.#shapes.set(name, shape);
    }
    return { sql: shape.sql, pieces: shape.pieces, sensitive: shape.sensitive, binds };
  }
}

const names = (attributes: readonly Attribute[]) => attributes.map((attribute) => attribute.column).join('\0');

/** Where a value goes; the shape is made without it. */
const hole = (attribute: Attribute): BindNode & Expression => bindNode(null, anyValue, attribute.sensitive);
