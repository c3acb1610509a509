import type { Adapter, ConnectionConfig, DriverConnection, Intent } from '../adapters/contract.ts';
import { ConnectionClosed, PoolDeadlock, type PoolFigures, PoolTimeout } from '../errors/connection.ts';
import { connectionChannel, tracedApart } from './events.ts';
import { type Held, heldHere } from './held.ts';
import type { Watch } from './watch.ts';

interface Waiter {
  /** With undefined the wait has ended in vain: the caller makes the error, so that its stack shows the caller. */
  readonly resolve: (connection: DriverConnection | Promise<DriverConnection> | undefined) => void;
  readonly timer: NodeJS.Timeout;
  readonly deadline: number;
  /** What its code holds already, and keeps until it has this one too; or gives back before, where nobody awaits it. */
  readonly held: readonly Held[];
}
/** Where its connections come from. */
type Source = Pick<Adapter, 'connect' | 'translateConnectError'>;

interface IdleConnection {
  readonly connection: DriverConnection;
  readonly since: number;
}

/**
 * The driver's connections of one database, at most `size` at a time. Whoever takes one gives it back, or throws it
 * away. Every wait ends: with a connection, or with {@link PoolTimeout} at the deadline; at once, with {@link PoolDeadlock},
 * where it could only be in vain.
 */
export class Pool {
  readonly #name: string;
  readonly #source: Source;
  readonly #config: ConnectionConfig;
  readonly #intent: Intent;
  readonly #size: number;
  readonly #idle: IdleConnection[] = [];
  readonly #inUse = new Set<DriverConnection>();
  readonly #waiters: Waiter[] = [];
  /** Those that a cursor reads whose loop asks for no rows at the moment, since when. */
  readonly #paused = new Map<DriverConnection, number>();
  #opening = 0;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(name: string, source: Source, config: ConnectionConfig, intent: Intent, size: number) {
    this.#name = name;
    this.#source = source;
    this.#config = config;
    this.#intent = intent;
    this.#size = size;
  }

  get figures(): PoolFigures {
    return { size: this.#size, inUse: this.#inUse.size, idle: this.#idle.length, waiting: this.#waiters.length };
  }

  /** An idle connection that needs no check, at once; undefined where the caller has to {@link acquire} one. */
  take(): DriverConnection | undefined {
    if (this.#closed) return undefined;
    const last = this.#idle.at(-1);
    // Waiters come first, and what has been idle for long may be dead: both are acquire's business.
    if (last === undefined || this.#waiters.length > 0 || !last.connection.usable || this.#stale(last))
      return undefined;
    this.#idle.pop();
    this.#inUse.add(last.connection);
    return last.connection;
  }

  /**
   * A connection: an idle one, a new one, or the next that is given back before the deadline, which checks and waiting
   * share. A new one has the connectTimeout on top of it.
   */
  async acquire(watch?: Watch): Promise<DriverConnection> {
    const since = performance.now();
    const deadline = since + this.#config.acquireTimeout;
    for (;;) {
      if (this.#closed) throw this.#closedError();
      const idle = this.#waiters.length === 0 ? this.#idle.pop() : undefined;
      if (idle === undefined) break;
      this.#inUse.add(idle.connection);
      if (idle.connection.usable && (!this.#stale(idle) || (await this.#alive(idle.connection, deadline))))
        return idle.connection;
      this.discard(idle.connection);
      this.#discardStale();
    }
    if (this.#hasRoom()) return this.#open(deadline);
    const held = heldHere(this);
    if (held.length > 0) this.#requireHope(held);
    const connection = await this.#wait(watch, deadline, held);
    if (connection !== undefined) return connection;
    watch?.check();
    const cursors = [...this.#paused.values()].filter((pausedAt) => pausedAt <= since).length;
    throw new PoolTimeout(this.#name, this.figures, Math.round(performance.now() - since), cursors);
  }

  /**
   * A loop over a cursor has its rows, and the connection does nothing until it asks for more. Nobody can say whose loop
   * it is: the wait for a connection may be inside of it. @returns to be called when it asks
   */
  pause(connection: DriverConnection): () => void {
    this.#paused.set(connection, performance.now());
    return () => this.#paused.delete(connection);
  }

  give(connection: DriverConnection): void {
    if (!this.#inUse.delete(connection)) return;
    this.#paused.delete(connection);
    if (!connection.usable) {
      this.#retire(connection);
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      if (this.#closed) this.#retire(connection);
      else this.#idle.push({ connection, since: performance.now() });
      return;
    }
    clearTimeout(waiter.timer);
    this.#inUse.add(connection);
    waiter.resolve(connection);
  }

  /** For a connection whose state nobody knows: it is ended, and its place is free again. */
  discard(connection: DriverConnection): void {
    if (!this.#inUse.delete(connection)) return;
    this.#paused.delete(connection);
    this.#retire(connection);
  }

  /** Refuses new takers, waits for those who have a connection or were promised one, and ends all of them. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#idle.splice(0).map(({ connection }) => connection.close()));
    if (this.#unused()) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #unused(): boolean {
    return this.#inUse.size + this.#opening + this.#waiters.length === 0;
  }

  #stale(idle: IdleConnection): boolean {
    return performance.now() - idle.since > this.#config.verifyAfter;
  }

  /** Whether the server answers in time. A failure is an answer too: the connection is replaced, nobody has used it yet. */
  async #alive(connection: DriverConnection, until: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, until - performance.now()), false);
    });
    const answer = connection.ping().then(
      () => true,
      () => false,
    );
    const alive = await Promise.race([answer, deadline]);
    clearTimeout(timer);
    return alive;
  }

  /** Where one that was idle for long is dead, the network or the server was away: the others are not worth a wait each. */
  #discardStale(): void {
    const fresh = this.#idle.filter((idle) => !this.#stale(idle));
    const stale = this.#idle.filter((idle) => !fresh.includes(idle));
    this.#idle.splice(0, this.#idle.length, ...fresh);
    for (const { connection } of stale) this.#retire(connection);
  }

  async #open(deadline: number): Promise<DriverConnection> {
    this.#opening++;
    try {
      const event = { connection: this.#name };
      const connection = connectionChannel.hasSubscribers
        ? await tracedApart(connectionChannel, event, () => this.#connect(deadline))
        : await this.#connect(deadline);
      this.#inUse.add(connection);
      return connection;
    } catch (error) {
      throw this.#source.translateConnectError(error, this.#config);
    } finally {
      this.#opening--;
      this.#settle();
    }
  }

  /** The drivers know the connectTimeout, but count only what they do themselves: not the statements after the login. */
  async #connect(deadline: number): Promise<DriverConnection> {
    const patience = Math.max(0, deadline - performance.now()) + this.#config.connectTimeout;
    const connecting = this.#source.connect(this.#config, this.#intent);
    let timer: NodeJS.Timeout | undefined;
    const impatient = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, patience, undefined);
    });
    try {
      const connection = await Promise.race([connecting, impatient]);
      if (connection !== undefined) return connection;
    } finally {
      clearTimeout(timer);
    }
    // Nobody is there for it any more when it comes.
    connecting.then(
      (late) => late.destroy(),
      () => undefined,
    );
    throw new Error(`no answer within ${Math.round(patience)} ms`);
  }

  /** @throws PoolDeadlock where every connection is held by code that waits for another one itself */
  #requireHope(held: readonly Held[]): void {
    if (this.#opening > 0) return;
    const stuck = new Set<DriverConnection>();
    for (const each of [held, ...this.#waiters.map((waiter) => waiter.held)])
      for (const { connection, released } of each) if (!released) stuck.add(connection);
    for (const connection of this.#inUse) if (!stuck.has(connection)) return;
    throw new PoolDeadlock(this.#name, this.figures, held.length);
  }

  #wait(watch: Watch | undefined, deadline: number, held: readonly Held[]): Promise<DriverConnection | undefined> {
    return new Promise((resolve) => {
      const expire = () => {
        const index = this.#waiters.indexOf(waiter);
        // Somebody has just made it a promise, which is kept.
        if (index === -1) return;
        this.#waiters.splice(index, 1);
        clearTimeout(waiter.timer);
        resolve(undefined);
        this.#settle();
      };
      const timer = setTimeout(expire, Math.max(0, deadline - performance.now()));
      const waiter: Waiter = { resolve, timer, deadline, held };
      this.#waiters.push(waiter);
      watch?.onFire(expire);
    });
  }

  #hasRoom(): boolean {
    return this.#inUse.size + this.#opening + this.#idle.length < this.#size;
  }

  #retire(connection: DriverConnection): void {
    connection.destroy();
    this.#settle();
  }

  /** A place has become free: somebody who waits may open a connection in it, or close() may go on. */
  #settle(): void {
    if (this.#closed && this.#unused()) this.#drained?.();
    if (!this.#hasRoom()) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    clearTimeout(waiter.timer);
    waiter.resolve(this.#open(waiter.deadline));
  }

  #closedError(): ConnectionClosed {
    return new ConnectionClosed(`The connection "${this.#name}" has been closed.`, {
      hint: 'Call connect(…) again to open it.',
    });
  }
}
