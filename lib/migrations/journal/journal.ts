import type { Row } from '../../adapters/contract.ts';
import type { Connection } from '../../connection/connection.ts';
import { MigrationUnfinished } from '../../errors/migration.ts';
import { column } from '../../schema/builders.ts';
import { tableSpec } from '../../schema/table-spec.ts';
import { bindNode, columnNode, type Predicate } from '../../sql/nodes.ts';
import { integerType } from '../../types/numbers.ts';
import { datetimeType } from '../../types/temporal.ts';
import { longTextType } from '../../types/text.ts';
import type { Scalar } from '../../types/type.ts';
import { tableExists } from '../steps/catalogue.ts';

/** The table in which a database remembers how far a migration has come that it cannot roll back. */
export const journalTable = 'ar_migration_steps';

/**
 * `planned`: not sent. `begun`: sent, and nobody has written down what came of it. `undoing`, `undone`: the same of what
 * undoes it.
 */
export type StepState = 'planned' | 'begun' | 'done' | 'undoing' | 'undone';

/** One statement of a migration under way (or a question that it asked, or its data step). */
export interface JournalStep {
  readonly version: string;
  readonly direction: 'up' | 'down';
  /** The place of the operation in the migration, from 0. */
  readonly operation: number;
  /** The place of the statement in the operation, from 0. */
  readonly step: number;
  readonly kind: string;
  /** The operation, for people: `addColumn users.age`. */
  readonly label: string;
  /** Of the operation: it is the same as when it was begun. */
  readonly hash: string;
  readonly sql: string;
  /** What the catalogue says once it is done, as JSON; null where no catalogue tells. */
  readonly probe: string | null;
  /** What undoes it and loses nothing, as JSON; null where there is no such thing. */
  readonly undo: string | null;
  /** The table's text before it was sent, or how far a data step has come. */
  readonly seen: string | null;
  readonly state: StepState;
}

const spec = tableSpec(journalTable, {
  version: column.string(14).primaryKey(),
  direction: column.string(4).primaryKey(),
  operation: column.integer().primaryKey(),
  step: column.integer().primaryKey(),
  kind: column.string(40),
  label: column.text(),
  hash: column.string(64),
  sql: column.text(),
  probe: column.text().nullable(),
  undo: column.text().nullable(),
  seen: column.text().nullable(),
  state: column.string(10),
  at: column.datetime(),
});
const names = spec.columns.map(({ name }) => name);
const momentType = datetimeType(3);
const placeType = integerType('integer', false);

/** What is known of the migrations that are under way, or have stopped half way. */
export class Journal {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes the table, where there is none yet. */
  async prepare(): Promise<void> {
    if (await tableExists(this.#connection, journalTable)) return;
    await this.#connection.applyDdl({ kind: 'createTable', table: spec, ifNotExists: true });
  }

  /**
   * Of all migrations, in order. Empty, and nothing is made, where there is no journal.
   *
   * @throws MigrationUnfinished (`AR_MIGRATION_UNFINISHED`) for a journal that another version has made
   */
  async steps(): Promise<JournalStep[]> {
    const columns = await this.#connection.introspect((introspection, driver) =>
      introspection.columns(driver, journalTable),
    );
    if (columns.length === 0) return [];
    const missing = names.filter((name) => columns.every((each) => each.name !== name));
    if (missing.length > 0) {
      throw new MigrationUnfinished(
        `The table ${journalTable} has no ${missing.join(', ')}: it is not of this version.`,
        {
          hint: 'Finish with the version that made it what has stopped half way, and drop the table: it is made anew.',
        },
      );
    }
    const { rows } = await this.#connection.run({
      kind: 'select',
      distinct: false,
      columns: names.map((name) => ({ expression: columnNode(name), alias: undefined })),
      from: { table: journalTable },
      where: undefined,
      order: ['version', 'direction', 'operation', 'step'].map((name) => ({
        expression: columnNode(name),
        direction: 'asc' as const,
      })),
      limit: undefined,
      offset: undefined,
    });
    return rows.map(stepOf);
  }

  /** All in one statement: an operation is there as a whole, or not at all. */
  async add(steps: readonly JournalStep[]): Promise<void> {
    if (steps.length === 0) return;
    const at = momentType.serialize(new Date(), this.#connection.dialect);
    await this.#connection.run({
      kind: 'insert',
      table: journalTable,
      columns: names,
      rows: steps.map((step) => [
        ...[step.version, step.direction, step.operation, step.step, step.kind, step.label, step.hash, step.sql],
        ...[step.probe, step.undo, step.seen, step.state, at],
      ]),
      sensitive: [],
      returning: [],
    });
  }

  /** Writes down where a step stands. */
  async mark(step: JournalStep, state: StepState, seen: string | null = step.seen): Promise<JournalStep> {
    const text = (name: string, value: string | null) => ({ column: name, value: bindNode(value, longTextType) });
    const at = { column: 'at', value: bindNode(new Date(), momentType) };
    await this.#connection.run({
      kind: 'update',
      table: journalTable,
      set: [text('state', state), text('seen', seen), at],
      where: placeOf(step),
    });
    return { ...step, state, seen };
  }

  async remove(steps: readonly JournalStep[]): Promise<void> {
    for (const step of steps) await this.#connection.run({ kind: 'delete', table: journalTable, where: placeOf(step) });
  }

  /** Forgets a migration that has come to its end. */
  async clear(version: string): Promise<void> {
    await this.#connection.run({ kind: 'delete', table: journalTable, where: equals('version', version) });
  }
}

function equals(name: string, value: Scalar): Predicate {
  const type = typeof value === 'number' ? placeType : longTextType;
  return { kind: 'comparison', operator: '=', left: columnNode(name), right: bindNode(value, type) };
}

function placeOf({ version, direction, operation, step }: JournalStep): Predicate {
  const operands = Object.entries({ version, direction, operation, step }).map(([name, value]) => equals(name, value));
  return { kind: 'and', operands };
}

const states: readonly StepState[] = ['planned', 'begun', 'done', 'undoing', 'undone'];

function stepOf(row: Row): JournalStep {
  const text = (name: string): string => longTextType.deserialize(row[name] ?? '');
  const optional = (name: string): string | null => (row[name] === null ? null : text(name));
  return {
    version: text('version'),
    direction: text('direction') === 'down' ? 'down' : 'up',
    operation: Number(row.operation),
    step: Number(row.step),
    kind: text('kind'),
    label: text('label'),
    hash: text('hash'),
    sql: text('sql'),
    probe: optional('probe'),
    undo: optional('undo'),
    seen: optional('seen'),
    state: states.find((state) => state === text('state')) ?? 'begun',
  };
}
