import { AsyncResource } from 'node:async_hooks';
import type { Outcome, Row, RunOptions } from '../adapters/contract.ts';
import type { EndOfTurn, Waiting } from '../connection/end-of-turn.ts';
import { type Recording, recordingScope } from '../connection/recording.ts';
import { ValueOutOfRange } from '../errors/statement.ts';
import type { Attribute } from '../record/attribute.ts';
import { columnProblem } from '../record/column-rules.ts';
import type { Compiled } from '../sql/compile.ts';
import { ownError } from '../support/own-error.ts';
import type { Scalar, Type } from '../types/type.ts';
import type { ReadySource } from './source.ts';

/** The most keys that one statement asks for. */
const most = 1_000;

/**
 * Keys of which the program knows, as the database does, whether two are the same. (Which texts are the same is the
 * business of the column's collation.)
 */
const comparable: ReadonlySet<string> = new Set(['id', 'key', 'integer', 'smallint', 'tinyint', 'bigint', 'uuid']);

/**
 * The row with that key. Calls that wait at the same turn, of one model in one transaction (or outside of any), are one
 * statement; each gets a row of its own, and an error of its own where the statement fails.
 *
 * @returns undefined where there is none
 */
export async function findRow(ready: ReadySource, key: readonly unknown[]): Promise<Row | undefined> {
  const [attribute, another] = ready.attributes.keys;
  if (attribute === undefined || another !== undefined || !comparable.has(attribute.type.kind))
    return (await ask(ready, ready.statements.find(bindsOf(ready, key)), 1)).rows[0];
  const turn = ready.connection.endOfTurn;
  const batch = batchOf(turn, ready, attribute);
  const wanted = batch.join(key[0]);
  if (batch.isFull) turn.flush();
  try {
    await batch.answer;
    return wanted.take();
  } catch (error) {
    throw ownError(error);
  }
}

function bindsOf({ attributes, statements }: ReadySource, key: readonly unknown[]): Scalar[] {
  const { dialect } = statements;
  return attributes.keys.map((attribute, index) => (attribute.type as Type).serialize(key[index], dialect) as Scalar);
}

function ask({ connection, attributes }: ReadySource, statement: Compiled, finds: number): Promise<Outcome> {
  const options: RunOptions = { prepared: true, bigints: attributes.bigints };
  return connection.run(statement, finds === 1 ? options : { ...options, coalesced: finds }, 'read');
}

/** Of many rows text is read faster than what a prepared statement gives; but text rounds floating-point numbers. */
function askForMany({ connection, attributes }: ReadySource, statement: Compiled, finds: number): Promise<Outcome> {
  const { bigints, floats } = attributes;
  return connection.run(statement, { prepared: floats, bigints, coalesced: finds }, 'read');
}

/** The batch of this turn that a find can join, or a new one. */
function batchOf(turn: EndOfTurn, ready: ReadySource, attribute: Attribute): FindBatch {
  const recording = recordingScope.getStore();
  const { holder } = ready.connection;
  for (const each of turn.waiting) {
    if (!(each instanceof FindBatch) || each.ready.statements !== ready.statements) continue;
    // What one test counts is not to hang on what runs beside it; nor a wait that others can bear on one that nobody can.
    if (each.recording === recording && each.holder === holder) return each;
  }
  const batch = new FindBatch(ready, attribute, recording, holder);
  turn.add(batch);
  return batch;
}

/** One key, and the rows for those who have asked for it. */
class Wanted {
  readonly key: unknown;
  /** How many have asked. */
  finds = 1;
  #row: Row | undefined;
  #copies: Row[] | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(key: unknown) {
    this.key = key;
  }

  /** Copied before anybody has it: a row becomes the record's own. */
  keep(row: Row | undefined): void {
    this.#row = row;
    if (row === undefined || this.finds === 1) return;
    this.#copies = Array.from({ length: this.finds - 1 }, () => copyOf(row));
  }

  fail(error: unknown): void {
    this.#failure = { error };
  }

  /** A row that nobody else has; undefined where the key has none. */
  take(): Row | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#copies?.pop() ?? this.#row;
  }
}

function copyOf(row: Row): Row {
  const copy: Row = Object.create(Object.getPrototypeOf(row));
  for (const column of Object.keys(row)) {
    const value = row[column];
    copy[column] = value instanceof Uint8Array ? Buffer.from(value) : value;
  }
  return copy;
}

const nothing = (): void => undefined;

/** The finds of one turn that become one statement. */
class FindBatch implements Waiting {
  readonly ready: ReadySource;
  readonly recording: Recording | undefined;
  /** What those who ask hold already. */
  readonly holder: object | undefined;
  /** Settles when all rows are there. */
  readonly answer: Promise<void>;
  readonly #attribute: Attribute;
  /** Whatever code sends the batch, it runs as if the first of its callers had. */
  readonly #caller = new AsyncResource('active-record-ts:find');
  #first: Wanted | undefined;
  /** All of them by the text of their keys, where there are several. */
  #several: Map<string, Wanted> | undefined;
  #resolve: () => void = nothing;
  #reject: (error: unknown) => void = nothing;

  constructor(ready: ReadySource, attribute: Attribute, recording: Recording | undefined, holder: object | undefined) {
    this.ready = ready;
    this.recording = recording;
    this.holder = holder;
    this.#attribute = attribute;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isFull(): boolean {
    return this.#several !== undefined && this.#several.size >= most;
  }

  /** @returns what holds the row once the answer is there */
  join(key: unknown): Wanted {
    const first = this.#first;
    if (first === undefined) {
      this.#first = new Wanted(key);
      return this.#first;
    }
    this.#several ??= new Map([[String(first.key), first]]);
    const name = String(key);
    let wanted = this.#several.get(name);
    if (wanted === undefined) {
      wanted = new Wanted(key);
      this.#several.set(name, wanted);
    } else wanted.finds++;
    return wanted;
  }

  send(): void {
    this.#caller.runInAsyncScope(this.#send, this);
  }

  #send(): void {
    const first = this.#first;
    const several = this.#several;
    const sent = several !== undefined && several.size > 1 ? this.#loadSeveral(several) : first && this.#loadOne(first);
    sent?.then(this.#resolve, this.#reject);
  }

  async #loadOne(wanted: Wanted): Promise<void> {
    const { rows } = await ask(this.ready, this.ready.statements.find(bindsOf(this.ready, [wanted.key])), wanted.finds);
    wanted.keep(rows[0]);
  }

  async #loadSeveral(several: ReadonlyMap<string, Wanted>): Promise<void> {
    const fitting: Wanted[] = [];
    const others: Wanted[] = [];
    for (const wanted of several.values())
      (columnProblem(this.#attribute, wanted.key) === undefined ? fitting : others).push(wanted);
    // Begun at once, all of them: each has to have its place among the statements of its transaction.
    await Promise.all([this.#loadTogether(fitting, several), this.#loadApart(others)]);
  }

  async #loadTogether(wanted: readonly Wanted[], several: ReadonlyMap<string, Wanted>): Promise<void> {
    if (wanted.length < 2) return this.#loadApart(wanted);
    const { ready } = this;
    const binds = wanted.map(({ key }) => bindsOf(ready, [key])[0] ?? null);
    const finds = wanted.reduce((sum, each) => sum + each.finds, 0);
    let rows: readonly Row[];
    try {
      ({ rows } = await askForMany(ready, ready.statements.findAny(binds), finds));
    } catch (error) {
      // The column is narrower than the model says: a key that does not fit in it must not hit the others either.
      if (!(error instanceof ValueOutOfRange) || ready.connection.inTransaction) throw error;
      return this.#loadApart(wanted);
    }
    const { column, type } = this.#attribute;
    for (const row of rows) several.get(String(type.deserialize(row[column] ?? null)))?.keep(row);
  }

  /** A statement for each, whose failure concerns nobody else. */
  async #loadApart(wanted: readonly Wanted[]): Promise<void> {
    await Promise.all(
      wanted.map((each) =>
        this.#loadOne(each).catch((error: unknown) => {
          each.fail(error);
        }),
      ),
    );
  }
}
