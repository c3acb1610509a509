import { createHash } from 'node:crypto';
import type { Connection } from '../connection/connection.ts';
import { nodeOfSql } from '../connection/own-sql.ts';
import { compile } from '../sql/compile.ts';
import { ddlStatements } from '../sql/ddl/statements.ts';
import type { Dialect } from '../sql/dialect.ts';
import { Sql } from '../sql/template.ts';
import { tableExists } from './catalogue.ts';
import type { JournalStep } from './journal.ts';
import { describeOperation, type MigrationOperation } from './operations.ts';
import { factsOf, isConcurrent, repeatable } from './probe.ts';
import { type SchemaStep, stepsOf } from './schema-steps.ts';
import { nothingToUndo, undoOf } from './undo.ts';

/** Which migration it is, and which way it goes. */
export interface Course {
  readonly version: string;
  readonly direction: 'up' | 'down';
}

/** What an operation says, so that the next run can tell whether it still says so. */
export function hashOf(operation: MigrationOperation, dialect: Dialect): string {
  // What a data step does may be mended while it is half way: it goes on with the rows that are left.
  const said = operation.kind === 'data' ? { kind: 'data' } : operation;
  // JSON has no words for some of what an operation says.
  const exactly = (_key: string, value: unknown): unknown => {
    const node = Sql.nodeOf(value);
    if (node !== undefined) return compile(node, dialect);
    if (typeof value === 'bigint') return `${value}n`;
    return value === undefined ? null : value;
  };
  return createHash('sha256').update(JSON.stringify(said, exactly)).digest('hex');
}

/** The statements of the migration's own in what an operation says, with their text. */
function ownStatements(said: unknown, dialect: Dialect): { readonly sql: string; readonly statement: Sql }[] {
  if (typeof said !== 'object' || said === null) return [];
  if (said instanceof Sql) return [{ sql: compile(nodeOfSql(said), dialect).sql, statement: said }];
  return Object.values(said).flatMap((part: unknown) => ownStatements(part, dialect));
}

/** Statements that give rows a value where they have none, and are made with the step that asks for it. */
async function fillStatements(operation: MigrationOperation, connection: Connection): Promise<Sql[]> {
  if (operation.kind === 'changeTable')
    return (await Promise.all(operation.operations.map((each) => fillStatements(each, connection)))).flat();
  if (operation.kind !== 'changeColumnNull') return [];
  return (await stepsOf(operation, connection)).flatMap((step) => (step.kind === 'execute' ? [step.statement] : []));
}

/**
 * The statement with values that an entry tells of: the values are not written down.
 *
 * @param entries - all of the operation
 */
export async function ownStatement(
  entry: JournalStep,
  entries: readonly JournalStep[],
  operation: MigrationOperation,
  connection: Connection,
): Promise<Sql | undefined> {
  const { dialect } = connection;
  const textOf = (statement: Sql): string => compile(nodeOfSql(statement), dialect).sql;
  if (entry.probe !== null)
    return (await fillStatements(operation, connection)).find((statement) => textOf(statement) === entry.sql);
  const same = ownStatements(operation, dialect).filter(({ sql }) => sql === entry.sql);
  const turn = entries.filter(({ kind, sql, step }) => kind === 'execute' && sql === entry.sql && step < entry.step);
  return same[turn.length]?.statement;
}

function isFill(step: SchemaStep, operation: MigrationOperation, dialect: Dialect): boolean {
  if (step.kind !== 'execute') return false;
  return !ownStatements(operation, dialect).some(({ statement }) => statement === step.statement);
}

/** A step with its statements. */
interface Part {
  readonly step: SchemaStep;
  readonly statements: readonly string[];
  /** It gives rows a value where they have none. */
  readonly fills: boolean;
}

export interface OperationPlan {
  /** In one transaction with its entries: nothing of it can be in doubt. */
  readonly isAtomic: boolean;
  readonly entries: readonly JournalStep[];
}

/** What is written down of an operation: a row for each statement, or for each step of what is done at once. */
export async function planOf(
  operation: MigrationOperation,
  place: number,
  course: Course,
  connection: Connection,
): Promise<OperationPlan> {
  const { dialect } = connection;
  const common = { ...course, operation: place, label: describeOperation(operation), hash: hashOf(operation, dialect) };
  const blank = { probe: null, undo: null, seen: null, state: 'planned' as const };
  if (operation.kind === 'data')
    return { isAtomic: false, entries: [{ ...common, ...blank, step: 0, kind: 'data', sql: '' }] };
  const parts = await partsOf(operation, connection);
  const atomic = isAtomic(operation, parts, dialect);
  const entries: JournalStep[] = [];
  for (const { step, statements, fills } of parts) {
    const facts = fills ? repeatable : factsOf(step);
    const undo = undoOf(step, operation, connection);
    const texts = atomic ? [statements.join('; ')] : statements;
    for (const [index, sql] of texts.entries()) {
      // Behind the first there are comments; of other statements no single one is what the facts tell of.
      const isComment = index > 0 && hasComments(step);
      const isWhole = texts.length === 1 || (index === 0 && hasComments(step));
      const probe = isComment ? repeatable : isWhole ? facts : undefined;
      const inverse = isComment ? nothingToUndo : isWhole ? undo : undefined;
      entries.push({
        ...{ ...common, ...blank, step: entries.length, kind: step.kind, sql },
        probe: probe === undefined ? null : JSON.stringify(probe),
        undo: inverse === undefined ? null : JSON.stringify(inverse),
      });
    }
  }
  return { isAtomic: atomic, entries };
}

const hasComments = ({ kind }: SchemaStep): boolean => kind === 'addIndex' || kind === 'addColumn';

async function partsOf(operation: MigrationOperation, connection: Connection): Promise<Part[]> {
  const parts: Part[] = [];
  for (const step of await stepsOf(operation, connection)) {
    if (await isLeftAlone(step, connection)) continue;
    const fills = isFill(step, operation, connection.dialect);
    parts.push({ step, statements: statementsOf(step, connection), fills });
  }
  return parts;
}

/** A table that is there already is nothing that the migration has made: it must not be dropped to undo it. */
async function isLeftAlone(step: SchemaStep, connection: Connection): Promise<boolean> {
  return step.kind === 'createTable' && step.ifNotExists && tableExists(connection, step.table.name);
}

function statementsOf(step: SchemaStep, connection: Connection): readonly string[] {
  if (step.kind === 'execute') return [compile(nodeOfSql(step.statement), connection.dialect).sql];
  // A table that is written anew has no statement of its own: it is carried out as a whole.
  if (connection.adapter.rebuild?.handles(step) === true) return [''];
  return ddlStatements(step, connection.dialect);
}

/**
 * Whether an operation can be carried out in one transaction with what is written down of it. Statements of the
 * migration's own cannot be asked, and some refuse to be in one, which is why the migration asked for none.
 */
function isAtomic(operation: MigrationOperation, parts: readonly Part[], dialect: Dialect): boolean {
  if (!dialect.features.transactionalDdl || operation.kind === 'execute') return false;
  return parts.every(
    ({ step, statements, fills }) => (step.kind !== 'execute' || fills) && !statements.some(isConcurrent),
  );
}
