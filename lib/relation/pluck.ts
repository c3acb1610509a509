import { InvalidQuery } from '../errors/query.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { deserialized } from '../record/values.ts';
import { compile } from '../sql/compile.ts';
import { columnNode, type SelectedNode } from '../sql/nodes.ts';
import { storageOf } from '../types/column-type.ts';
import type { Scalar } from '../types/type.ts';
import { type JoinedColumn, joinedColumns, requireDistinctJoins } from './association-joins.ts';
import { checkCapabilities } from './capabilities.ts';
import { requireLockable } from './load.ts';
import { isNone, type QueryState, selectStatement } from './query-state.ts';
import { refuseEncrypted } from './refuse-encrypted.ts';
import type { Source } from './source.ts';

function read(attribute: Attribute, raw: Scalar | undefined): unknown {
  return raw === null || raw === undefined ? null : deserialized(attribute, raw);
}

/** The values of columns, without making records: of one column a list, of several a list of tuples. */
export async function pluck(source: Source, given: QueryState, names: readonly string[]): Promise<unknown[]> {
  if (names.length === 0) throw new InvalidQuery('pluck takes at least one name.');
  const ready = await source.ready();
  const { connection } = ready;
  const { paths, columns: joined } = joinedColumns(source, given.paths, names, 'pluck');
  requireDistinctJoins(paths, given.joins);
  const state: QueryState = { ...given, paths };
  const plucked = names.map((name) => pluckedColumn(name, joined, ready.attributes));
  if (state.distinct)
    for (const { attribute } of plucked) refuseEncrypted(attribute, 'the database cannot tell its different values');
  if (isNone(state)) return [];
  requireLockable(ready, state);
  const statement = selectStatement(
    state,
    ready.attributes,
    plucked.map(({ node }) => node),
  );
  checkCapabilities(statement, ready.attributes, connection.dialect);
  const { rows } = await connection.run(
    compile(statement, connection.dialect),
    {
      prepared: ready.attributes.floats || isOfKind(plucked, ['float']),
      bigints: ready.attributes.bigints || isOfKind(plucked, ['bigint', 'plain']),
      limits: state.limits,
    },
    'read',
  );
  const [only] = plucked;
  if (plucked.length === 1 && only !== undefined) return rows.map((row) => read(only.attribute, row[only.key]));
  return rows.map((row) => plucked.map(({ attribute, key }) => read(attribute, row[key])));
}

/** Columns of other tables are read as their types need it, too. */
function isOfKind(plucked: readonly PluckedColumn[], kinds: readonly string[]): boolean {
  return plucked.some(({ attribute }) => kinds.includes(storageOf(attribute.type).kind));
}

interface PluckedColumn {
  readonly attribute: Attribute;
  readonly node: SelectedNode;
  /** What it is called in the rows. */
  readonly key: string;
}

function pluckedColumn(
  name: string,
  joined: ReadonlyMap<string, JoinedColumn>,
  attributes: AttributeSet,
): PluckedColumn {
  const found = joined.get(name);
  if (found === undefined) {
    const attribute = attributes.get(name);
    return { attribute, node: { expression: columnNode(attribute.column), alias: undefined }, key: attribute.column };
  }
  // A colon keeps it apart from the columns of the model, which may have the same name.
  const key = `ar:${[...joined.keys()].indexOf(name)}`;
  return { attribute: found.attribute, node: { expression: found.expression, alias: key }, key };
}

/** The keys: values where the key is one column, objects where it is several. */
export async function ids(source: Source, state: QueryState): Promise<unknown[]> {
  const ready = await source.ready();
  const names = ready.attributes.keys.map((key) => key.name);
  if (names.length === 0) throw new InvalidQuery(`${ready.attributes.modelName} has no primary key.`);
  const values = await pluck(source, state, names);
  if (names.length === 1) return values;
  return values.map((tuple) =>
    Object.fromEntries(names.map((name, index) => [name, Array.isArray(tuple) ? tuple[index] : undefined])),
  );
}
