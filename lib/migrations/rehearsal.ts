import type { Adapter, DriverConnection, Introspection, Outcome, Row } from '../adapters/contract.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionState } from '../connection/executor.ts';
import { nodeOfSql } from '../connection/own-sql.ts';
import { type Compiled, compile } from '../sql/compile.ts';
import type { DdlOperation } from '../sql/ddl/spec.ts';
import { ddlStatements } from '../sql/ddl/statements.ts';
import type { Dialect } from '../sql/dialect.ts';
import type { Statement } from '../sql/nodes.ts';
import { commitsImplicitly } from '../sql/session-effect.ts';
import type { Sql } from '../sql/template.ts';
import { VirtualSchema } from './virtual-schema.ts';

/** Thrown into a migration that asks what only a database on which it really runs could answer. */
export class NotKnown extends Error {}

/**
 * Stands for a connection, writes down what it is told to send, and sends none of it. What it is asked about tables it
 * answers as if all of it had been carried out.
 */
export class Rehearsal extends Connection {
  readonly #real: Connection;
  readonly #schema = new VirtualSchema();
  /** What would be sent; lines that begin with `--` say what cannot be known. */
  readonly script: string[] = [];
  /** The script tells all of it. */
  isComplete = true;
  /** What is known of the tables from here on: nothing for certain, once something was done that nobody can follow. */
  #doubt: string | undefined;
  #isDoubtTold = false;

  constructor(real: Connection) {
    super(real.name, { config: real.config, log: undefined, slow: undefined });
    this.#real = real;
  }

  override get state(): ConnectionState {
    return this.#real.state;
  }

  override get dialect(): Dialect {
    return this.#real.dialect;
  }

  override get adapter(): Adapter {
    return this.#real.adapter;
  }

  override async open(): Promise<this> {
    await this.#real.open();
    return this;
  }

  override async query(statement: Sql): Promise<Row[]> {
    return this.#refuse(compile(nodeOfSql(statement), this.dialect));
  }

  override async execute(statement: Sql): Promise<{ affectedRows: number }> {
    const { sql, binds, sensitive } = compile(nodeOfSql(statement), this.dialect);
    this.script.push(sql.trim());
    if (commitsImplicitly(sql)) this.doubt(sql.trim());
    if (binds.length > 0) {
      const shown = binds.map((bind, at) => (sensitive.includes(at) ? '[hidden]' : shownBind(bind)));
      this.script.push(`-- with ${shown.join(', ')}`);
    }
    return { affectedRows: 0 };
  }

  override async run(statement: Statement | Compiled): Promise<Outcome> {
    return this.#refuse('kind' in statement ? compile(statement, this.dialect) : statement);
  }

  override async transaction<T>(fn: () => T | PromiseLike<T>): Promise<T | undefined> {
    return fn();
  }

  override async schemaTransaction<T>(fn: () => Promise<T>): Promise<T> {
    return fn();
  }

  override async applyDdl(operation: DdlOperation): Promise<void> {
    if (this.adapter.rebuild?.handles(operation) === true) {
      this.unclear(`${operation.kind}: ${this.dialect.label} writes the table anew, with all that it holds`);
    } else this.script.push(...ddlStatements(operation, this.dialect));
    await this.#real.introspect((introspection, connection) =>
      this.#schema.apply(operation, { introspection, connection }),
    );
  }

  override introspect<T>(ask: (introspection: Introspection, connection: DriverConnection) => Promise<T>): Promise<T> {
    if (this.#doubt !== undefined && !this.#isDoubtTold) {
      this.#isDoubtTold = true;
      this.unclear(`what follows goes by tables that this may have changed: ${this.#doubt}`);
    }
    return this.#real.introspect((introspection, connection) => ask(this.#schema.over(introspection), connection));
  }

  /** Begins the script of another migration. */
  begin(): void {
    this.script.length = 0;
    this.isComplete = true;
    this.#isDoubtTold = false;
  }

  /** Something happens here of which the statements are not known. */
  unclear(what: string): void {
    this.script.push(`-- ${what}`);
    this.isComplete = false;
  }

  /** From here on the tables may be other than they seem. */
  doubt(because: string): void {
    this.#doubt ??= because.replace(/\s+/g, ' ');
  }

  /** @throws NotKnown where a migration would go by an answer that may be wrong */
  requireCertain(question: string): void {
    if (this.#doubt !== undefined)
      throw new NotKnown(`what ${question} would be told depends on what is done before: ${this.#doubt}`);
  }

  #refuse({ sql }: Compiled): never {
    throw new NotKnown(`it asks the database, which is not done here: ${sql.trim()}`);
  }
}

function shownBind(bind: unknown): string {
  if (typeof bind === 'bigint') return String(bind);
  if (bind instanceof Uint8Array) return `${bind.byteLength} bytes`;
  return JSON.stringify(bind) ?? String(bind);
}
