import { hideInPlan } from '../connection/events.ts';
import { compile } from '../sql/compile.ts';
import { checkCapabilities } from './capabilities.ts';
import { eagerStatement } from './eager-load.ts';
import { type QueryState, selectStatement } from './query-state.ts';
import type { ReadySource, Source } from './source.ts';

/** The database's plan for the statement of a query, as text for people. */
export async function explain(
  source: Source,
  ready: ReadySource,
  state: QueryState,
  analyze: boolean,
): Promise<string> {
  const { attributes, connection } = ready;
  const { dialect } = connection;
  const { explaining } = connection.adapter;
  const node =
    state.eager.length > 0 ? eagerStatement(source, ready, state).statement : selectStatement(state, attributes);
  checkCapabilities(node, attributes, dialect);
  const statement = compile(node, dialect);
  const prefix = explaining.prefix(dialect, analyze);
  const [first = '', ...rest] = statement.pieces;
  const { rows } = await connection.run(
    { ...statement, sql: prefix + statement.sql, pieces: [prefix + first, ...rest] },
    { prepared: false, bigints: false, limits: state.limits },
    'read',
  );
  return hideInPlan(explaining.text(rows), statement);
}
