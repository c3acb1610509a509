import { InvalidQuery } from '../errors/query.ts';
import type { Attribute } from '../record/attribute.ts';
import { compile } from '../sql/compile.ts';
import { columnNode } from '../sql/nodes.ts';
import type { Scalar, Type } from '../types/type.ts';
import { checkCapabilities } from './capabilities.ts';
import { requireLockable } from './load.ts';
import { isNone, type QueryState, selectStatement } from './query-state.ts';
import type { ReadySource } from './source.ts';

function read(attribute: Attribute, raw: Scalar | undefined): unknown {
  return raw === null || raw === undefined ? null : (attribute.type as Type).deserialize(raw);
}

/** The values of columns, without making records: of one column a list, of several a list of tuples. */
export async function pluck(ready: ReadySource, state: QueryState, names: readonly string[]): Promise<unknown[]> {
  if (names.length === 0) throw new InvalidQuery('pluck takes at least one name.');
  if (isNone(state)) return [];
  requireLockable(ready, state);
  const { connection } = ready;
  const attributes = names.map((name) => ready.attributes.get(name));
  const columns = attributes.map(({ column }) => ({ expression: columnNode(column), alias: undefined }));
  const statement = selectStatement(state, ready.attributes, columns);
  checkCapabilities(statement, ready.attributes, connection.dialect);
  const { rows } = await connection.run(
    compile(statement, connection.dialect),
    { prepared: ready.attributes.floats, bigints: ready.attributes.bigints, limits: state.limits },
    'read',
  );
  const [only] = attributes;
  if (attributes.length === 1 && only !== undefined) return rows.map((row) => read(only, row[only.column]));
  return rows.map((row) => attributes.map((attribute) => read(attribute, row[attribute.column])));
}

/** The keys: values where the key is one column, objects where it is several. */
export async function ids(ready: ReadySource, state: QueryState): Promise<unknown[]> {
  const names = ready.attributes.keys.map((key) => key.name);
  if (names.length === 0) throw new InvalidQuery(`${ready.attributes.modelName} has no primary key.`);
  const values = await pluck(ready, state, names);
  if (names.length === 1) return values;
  return values.map((tuple) =>
    Object.fromEntries(names.map((name, index) => [name, Array.isArray(tuple) ? tuple[index] : undefined])),
  );
}
