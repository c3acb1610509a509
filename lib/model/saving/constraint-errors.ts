import type { Connection } from '../../connection/connection.ts';
import { ActiveRecordError } from '../../errors/base.ts';
import {
  CheckViolation,
  type ConstraintViolation,
  InvalidForeignKey,
  NotNullViolation,
  RecordNotUnique,
  ValueOutOfRange,
  ValueTooLong,
} from '../../errors/statement.ts';
import type { Attribute, AttributeSet } from '../../record/attribute.ts';
import { attributeChanged } from '../../record/changes.ts';
import type { RecordErrors } from '../../record/errors.ts';
import { lifeKey, type RecordState } from '../../record/state.ts';
import { ownMessage } from '../../record/validation/run.ts';
import { rawForDatabase, readValue } from '../../record/values.ts';
import type { ReadySource } from '../../relation/source.ts';
import { compile } from '../../sql/compile.ts';
import { checkName } from '../../sql/ddl/names.ts';
import { columnNode, conjunction, type SelectStatement } from '../../sql/nodes.ts';
import { plainType } from '../../types/plain.ts';
import type { ModelRules } from '../validation/rules.ts';
import type { UniqueBy } from '../validation/uniqueness.ts';

/** Turns a violated constraint into errors of the record, on the attributes that it is about. */
export async function addConstraintErrors(
  record: RecordState,
  ready: ReadySource,
  violation: ConstraintViolation,
  errors: RecordErrors,
  unique: ModelRules['unique'] = [],
): Promise<void> {
  const names = await attributesAbout(record, ready, violation);
  const type = typeOf(violation, ready.attributes, names);
  const isOthers = violation.table !== undefined && violation.table !== ready.attributes.tableName;
  if (violation instanceof InvalidForeignKey && (isOthers || names.length === 0)) {
    const key = changedKey(record, ready.attributes);
    if (key !== undefined) return void errors.add(key.name, 'referenced');
  }
  const rule = violation instanceof RecordNotUnique ? unique.find((by) => isBy(by, names)) : undefined;
  if (rule !== undefined) return void addTaken(record, rule, errors);
  // A value that must be unique together with others is said to be taken on the first of them.
  const named = violation instanceof RecordNotUnique ? names.slice(0, 1) : names;
  if (named.length === 0)
    errors.add(
      'base',
      type,
      violation instanceof InvalidForeignKey ? 'a record that this one refers to must exist' : undefined,
    );
  for (const name of named) errors.add(name, type);
}

/** Whether a validation asks for the same attributes as the index that was violated. */
function isBy({ attribute, scope }: UniqueBy, names: readonly string[]): boolean {
  const asked = new Set([attribute, ...scope].map((each) => each.name));
  return asked.size === names.length && names.every((name) => asked.has(name));
}

/** As the validation would have said it, had the other row been there when it asked. */
function addTaken(record: RecordState, { attribute, rule }: ModelRules['unique'][number], errors: RecordErrors): void {
  const facts = { attribute: attribute.name, type: 'taken', value: readValue(record, attribute) };
  const message = rule === undefined ? undefined : ownMessage(rule, facts, record);
  errors.add(attribute.name, 'taken', message);
}

/** The key, where the row had one and now was to have another. */
function changedKey(record: RecordState, attributes: AttributeSet): Attribute | undefined {
  if (record[lifeKey]?.isNew === true) return undefined;
  return attributes.keys.find((key) => attributeChanged(record, key));
}

function typeOf(violation: ConstraintViolation, attributes: AttributeSet, names: readonly string[]): string {
  // To MySQL a word that an enum does not have is data that was cut; to others it breaks a rule.
  if (names.some((name) => attributes.find(name)?.type.kind === 'enum') && violation instanceof ValueOutOfRange)
    return 'check';
  if (violation instanceof RecordNotUnique) return 'taken';
  if (violation instanceof InvalidForeignKey) return 'missing';
  if (violation instanceof NotNullViolation) return 'blank';
  if (violation instanceof ValueTooLong) return 'too_long';
  if (violation instanceof ValueOutOfRange) return 'out_of_range';
  return 'check';
}

async function attributesAbout(
  record: RecordState,
  ready: ReadySource,
  violation: ConstraintViolation,
): Promise<string[]> {
  const { attributes, connection } = ready;
  const columns = violation.columns ?? (await catalogueColumns(record, ready, violation, connection));
  return attributes.all.filter((attribute) => columns.includes(attribute.column)).map((attribute) => attribute.name);
}

/** What is asked of the catalogue may fail, where the violation has ended the transaction: it is only for wording. */
async function catalogueColumns(...asked: Parameters<typeof constraintColumns>): Promise<readonly string[]> {
  try {
    return await constraintColumns(...asked);
  } catch (error) {
    if (error instanceof ActiveRecordError) return [];
    throw error;
  }
}

/** Where the database names only the constraint, or not even that, its own catalogue knows the columns. */
async function constraintColumns(
  record: RecordState,
  ready: ReadySource,
  violation: ConstraintViolation,
  connection: Connection,
): Promise<readonly string[]> {
  const { attributes } = ready;
  if (violation instanceof RecordNotUnique) {
    const indexes = await connection.introspect((introspection, driver) =>
      introspection.indexes(driver, attributes.tableName),
    );
    return indexes.find(({ name }) => name === violation.constraint)?.columns ?? [];
  }
  if (violation instanceof CheckViolation) {
    const owner = attributes.all.find(
      (attribute) => violation.constraint === checkName(attributes.tableName, attribute.column),
    );
    return owner === undefined ? [] : [owner.column];
  }
  if (violation instanceof InvalidForeignKey) return brokenKeys(record, attributes, ready);
  return [];
}

/** SQLite says only that some foreign key is violated: which one is found by looking for the rows referred to. */
async function brokenKeys(
  record: RecordState,
  attributes: AttributeSet,
  ready: ReadySource,
): Promise<readonly string[]> {
  const { connection } = ready;
  const keys = await connection.introspect((introspection, driver) =>
    introspection.foreignKeys(driver, attributes.tableName),
  );
  const broken: string[] = [];
  for (const key of keys) {
    const owners = key.columns.map((column) => attributes.all.find((attribute) => attribute.column === column));
    const values = owners.map((attribute) =>
      attribute === undefined ? null : rawForDatabase(record, attribute, connection.dialect),
    );
    if (values.includes(null)) continue;
    const where = conjunction(
      key.toColumns.map((column, index) => ({
        kind: 'comparison',
        operator: '=',
        left: columnNode(column),
        right: { kind: 'bind', value: values[index], type: anyValue, sensitive: isSensitive(owners[index]) },
      })),
    );
    const one = { expression: { kind: 'raw' as const, parts: ['1'], values: [] }, alias: 'one' };
    const statement: SelectStatement = {
      kind: 'select',
      distinct: false,
      columns: [one],
      from: { table: key.toTable },
      where,
      order: [],
      limit: 1,
      offset: undefined,
    };
    const { rows } = await connection.run(
      compile(statement, connection.dialect),
      { prepared: false, bigints: false },
      'read',
    );
    if (rows.length === 0) broken.push(...key.columns);
  }
  return broken;
}

const anyValue = plainType('');
const isSensitive = (attribute: Attribute | undefined) => attribute?.sensitive === true;
