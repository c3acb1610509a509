import { ActiveRecordError } from './base.ts';

/** What is wrong before or around statements: configuration, reaching the server, the pool. */
export abstract class ConnectionError extends ActiveRecordError {}

/** A URL, option or configuration file is not understood. */
export class ConfigurationInvalid extends ConnectionError {
  readonly code = 'AR_CONFIGURATION_INVALID';
}

/** Nobody has defined a connection of that name. */
export class ConnectionNotDefined extends ConnectionError {
  readonly code = 'AR_CONNECTION_NOT_DEFINED';
}

/** A connection of that name exists with other settings. */
export class ConnectionAlreadyDefined extends ConnectionError {
  readonly code = 'AR_CONNECTION_ALREADY_DEFINED';
}

/** The connection has been closed by `close()` or `disconnect()`. */
export class ConnectionClosed extends ConnectionError {
  readonly code = 'AR_CONNECTION_CLOSED';
}

/** The server could not be reached. */
export class ConnectionFailed extends ConnectionError {
  readonly code = 'AR_CONNECTION_FAILED';
}

/** The server ended the connection while a statement was waiting: it may or may not have been carried out. */
export class ConnectionLost extends ConnectionError {
  readonly code = 'AR_CONNECTION_LOST';
}

/** The server refused the user name or password. */
export class AccessDenied extends ConnectionError {
  readonly code = 'AR_ACCESS_DENIED';
}

/** The server has no database of that name. */
export class DatabaseMissing extends ConnectionError {
  readonly code = 'AR_DATABASE_MISSING';
}

/** The package that speaks to this kind of database is not installed. */
export class DriverMissing extends ConnectionError {
  readonly code = 'AR_DRIVER_MISSING';
}

/** Figures of a pool at the moment when a wait ended in vain. */
export interface PoolFigures {
  /** The most connections that the pool may open. */
  readonly size: number;
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
}

/** No connection became free before the deadline. */
export class PoolTimeout extends ConnectionError {
  readonly code = 'AR_POOL_TIMEOUT';
  readonly pool: PoolFigures;
  /** How long the caller waited, in milliseconds. */
  readonly waited: number;

  /** @param cursors - how many of them cursors have whose loops have asked for no rows all the while */
  constructor(connection: string, pool: PoolFigures, waited: number, cursors = 0) {
    const note =
      cursors === 0
        ? ''
        : `; ${cursors} of them ${cursors === 1 ? 'is a cursor whose loop has' : 'are cursors whose loops have'} asked for no more rows meanwhile`;
    super(
      `No connection of "${connection}" became free within ${waited} ms: pool size ${pool.size}, ` +
        `${pool.inUse} in use, ${pool.idle} idle, ${pool.waiting} waiting${note}.`,
      {
        hint:
          cursors === 0
            ? 'End transactions sooner, raise the pool size (?pool=20), or wait longer (?acquireTimeout=10000).'
            : 'A statement inside of a loop over a cursor needs a second connection: raise the pool size (?pool=20), or leave out { cursor: true }.',
      },
    );
    this.pool = pool;
    this.waited = waited;
  }
}

/**
 * A connection was asked for by code that holds one already (it is inside a transaction), and every connection of the
 * pool is held by such code: all of them would wait for one another.
 */
export class PoolDeadlock extends ConnectionError {
  readonly code = 'AR_POOL_DEADLOCK';
  readonly pool: PoolFigures;

  constructor(connection: string, pool: PoolFigures, held: number) {
    super(
      `A wait for a connection of "${connection}" could never end: this code holds ${held} of the ${pool.size} in the ` +
        `pool, inside a transaction, and ${
          pool.size === held
            ? 'there is no other one'
            : 'the others are held by transactions that wait for another connection too'
        }.`,
      {
        hint: 'Do inside the transaction what withoutTransaction(…) does outside, or after it (afterCommit); or raise the pool size (?pool=20).',
      },
    );
    this.pool = pool;
  }
}
