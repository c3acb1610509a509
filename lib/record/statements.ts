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

/** A statement without the values that it is given. */
interface Shape extends Omit<Compiled, 'binds'> {
  /** Values that are the same each time, behind those that it is given. */
  readonly constants: readonly Scalar[];
}

/** What rows have to be beside having a key: of a class that shares its table. */
export type Narrowing = () => Predicate;

const anyValue = plainType('');

/**
 * The statements of single records, compiled once for each model and database: with a key, the same text comes again
 * and again, so that drivers find it prepared.
 */
export class ModelStatements {
  readonly dialect: Dialect;
  readonly #attributes: AttributeSet;
  readonly #narrowing: Narrowing | undefined;
  readonly #shapes = new Map<string, Shape>();
  #version: number;

  constructor(attributes: AttributeSet, dialect: Dialect, narrowing?: Narrowing) {
    this.#attributes = attributes;
    this.#narrowing = narrowing;
    this.#version = attributes.version;
    this.dialect = dialect;
  }

  /** SELECT all columns of the row with that key. */
  find(key: readonly Scalar[]): Compiled {
    return this.#fill('find', key, () => this.#select(this.#narrowed(this.#keyPredicate())));
  }

  #narrowed(where: Predicate): Predicate {
    return this.#narrowing === undefined ? where : conjunction([where, this.#narrowing()]);
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
      return { ...this.#select(this.#narrowed(where)), limit: undefined };
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

  /**
   * UPDATE of some columns of the row with that key; `values` are the columns', the key's, and the lock version's.
   *
   * @param present - what must not be NULL in the row
   */
  update(attributes: readonly Attribute[], values: readonly Scalar[], present?: Attribute): Compiled {
    return this.#fill(`update ${names(attributes)} ${present?.column ?? ''}`, values, () => ({
      kind: 'update',
      table: this.#attributes.tableName,
      set: attributes.map((attribute) => ({ column: attribute.column, value: hole(attribute) })),
      where:
        present === undefined
          ? this.#versionPredicate()
          : conjunction([
              this.#versionPredicate(),
              { kind: 'nullTest', operand: columnNode(present.column), negated: true },
            ]),
    }));
  }

  delete(key: readonly Scalar[]): Compiled {
    return this.#fill('delete', key, () => ({
      kind: 'delete',
      table: this.#attributes.tableName,
      where: this.#keyPredicate(),
    }));
  }

  /** The same with a lock version, behind the key. */
  deleteVersion(key: readonly Scalar[]): Compiled {
    return this.#fill('delete version', key, () => ({
      kind: 'delete',
      table: this.#attributes.tableName,
      where: this.#versionPredicate(),
    }));
  }

  /** SELECT some columns of the row with that key: what the database has filled in, where it cannot return it. */
  read(attributes: readonly Attribute[], key: readonly Scalar[]): Compiled {
    return this.#fill(`read ${names(attributes)}`, key, () =>
      this.#select(
        this.#keyPredicate(),
        attributes.map(({ column }) => column),
      ),
    );
  }

  #select(where: Predicate, columns: readonly string[] = this.#attributes.columns): SelectStatement {
    return {
      kind: 'select',
      distinct: false,
      columns: columns.map((column) => ({ expression: columnNode(column), alias: undefined })),
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

  #versionPredicate(): Predicate {
    const { lockVersion } = this.#attributes;
    const predicate = this.#keyPredicate();
    return lockVersion === undefined ? predicate : conjunction([predicate, versionPredicate(lockVersion, null)]);
  }

  #fill(name: string, binds: readonly Scalar[], make: () => Statement): Compiled {
    if (this.#version !== this.#attributes.version) {
      this.#shapes.clear();
      this.#version = this.#attributes.version;
    }
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      const compiled = compile(make(), this.dialect);
      shape = { ...compiled, constants: compiled.binds.slice(binds.length) };
      this.#shapes.set(name, shape);
    }
    const { sql, pieces, sensitive, constants } = shape;
    return { sql, pieces, sensitive, binds: constants.length === 0 ? binds : [...binds, ...constants] };
  }
}

/** That a row has a lock version; one that has none since before there were any is as if it were 0. */
export function versionPredicate({ column, type, nullable, sensitive }: Attribute, version: unknown): Predicate {
  const held = columnNode(column);
  return {
    kind: 'comparison',
    operator: '=',
    left: nullable ? { kind: 'raw', parts: ['COALESCE(', ', 0)'], values: [held] } : held,
    right: bindNode(version, type as Type, sensitive),
  };
}

const names = (attributes: readonly Attribute[]) => attributes.map((attribute) => attribute.column).join('\0');

/** Where a value goes; the shape is made without it. */
const hole = (attribute: Attribute): BindNode & Expression => bindNode(null, anyValue, attribute.sensitive);
