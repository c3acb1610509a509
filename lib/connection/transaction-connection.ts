import { InvalidQuery } from '../errors/query.ts';
import { describeValue } from '../types/type.ts';
import { Connection } from './connection.ts';
import { resolveConnection } from './registry.ts';
import type { TransactionOptions } from './transaction-options.ts';

/** Options of {@link transaction}, which may be on any connection. */
export interface ConnectionTransactionOptions extends TransactionOptions {
  /** The connection that it is on, or its name: `default` unless told otherwise. */
  readonly connection?: string | Connection | undefined;
}

/**
 * Runs `fn` in a transaction of the default connection, or of the one that is named: see {@link Connection.transaction}.
 *
 * ```ts
 * await transaction(async () => {
 *   await from.update({ balance: '10.00' });
 *   await to.update({ balance: '90.00' });
 * });                                        // START TRANSACTION … UPDATE … UPDATE … COMMIT
 * await transaction(countVisits, { connection: 'analytics' });
 * ```
 * @param options - `connection`, and those of {@link Connection.transaction}
 * @returns what `fn` returns; undefined where it threw {@link Rollback}
 * @throws ConnectionNotDefined (`AR_CONNECTION_NOT_DEFINED`) for a name that there is none of
 */
export async function transaction<T>(
  fn: () => T | PromiseLike<T>,
  options: ConnectionTransactionOptions = {},
): Promise<T | undefined> {
  const { connection, rest } = takeConnection(options);
  const chosen = await (connection ?? resolveConnection('default'));
  return chosen.transaction(fn, rest);
}

/**
 * Runs `fn` in a transaction of a model's connection.
 *
 * @throws InvalidQuery (`AR_QUERY_INVALID`) for options that name another one
 */
export async function modelTransaction<T>(
  model: { readonly name: string; readonly connectionName: string },
  fn: () => T | PromiseLike<T>,
  options: ConnectionTransactionOptions = {},
): Promise<T | undefined> {
  const { connection, rest } = takeConnection(options);
  const own = await resolveConnection(model.connectionName);
  const wanted = connection === undefined ? own : await connection;
  if (wanted !== own) {
    throw new InvalidQuery(
      `${model.name}.transaction is on the connection "${own.name}" of the model, not on "${wanted.name}".`,
      { hint: `Leave the option out, or use transaction(fn, { connection: '${wanted.name}' }).` },
    );
  }
  return own.transaction(fn, rest);
}

function takeConnection(options: ConnectionTransactionOptions): {
  readonly connection: Connection | Promise<Connection> | undefined;
  readonly rest: TransactionOptions;
} {
  // What is no object is refused with the other options.
  if (typeof options !== 'object' || options === null) return { connection: undefined, rest: options };
  const { connection, ...rest } = options;
  if (connection === undefined || connection instanceof Connection) return { connection, rest };
  if (typeof connection === 'string') return { connection: resolveConnection(connection), rest };
  throw new InvalidQuery(`connection takes a connection or its name, not ${describeValue(connection)}.`);
}
