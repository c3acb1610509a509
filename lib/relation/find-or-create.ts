import { allOrNothing } from '../connection/all-or-nothing.ts';
import { InvalidQuery } from '../errors/query.ts';
import { RecordInvalid } from '../errors/record.ts';
import { RecordNotUnique } from '../errors/statement.ts';
import { ownName, withOwnNames } from '../record/aliases.ts';
import type { Attribute, AttributeSet } from '../record/attribute.ts';
import { RecordErrors } from '../record/errors.ts';
import { refuseUntrusted } from '../record/untrusted.ts';
import type { Expression, MembershipNode, Predicate } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { isEmptyInstance } from '../support/empty-instance.ts';
import { describeValue, type Scalar } from '../types/type.ts';
import { foreignValues, unknownName } from './association-conditions.ts';
import { loadRecords } from './load.ts';
import { Operator } from './operators.ts';
import { type QueryState, wherePredicate } from './query-state.ts';
import { isEncrypted } from './refuse-encrypted.ts';
import type { Source } from './source.ts';

/** What the three methods share: how to find, and the record to take where there is none. */
interface Wanted<R> {
  readonly source: Source<R>;
  /** The query with the conditions added. */
  readonly state: QueryState;
  /** Made before anything is sent, so that a mistake in its attributes does not wait for the first row that is missing. */
  readonly fresh: R;
}

/** The new record meets the conditions: it has the values that the query names, the given ones, and further ones. */
export function wanted<R>(
  source: Source<R>,
  attributeSet: AttributeSet,
  own: QueryState,
  state: QueryState,
  given: unknown,
  further: unknown,
  what: string,
): Wanted<R> {
  const conditions = plainValues(source, attributeSet, given, what);
  if (Object.keys(conditions).length === 0) throw new InvalidQuery(`${what} was given no conditions.`);
  const rest = further === undefined ? {} : objectOf(further, `${what} takes further attributes as an object`);
  const twice = Object.keys(rest).find((name) => Object.hasOwn(conditions, ownName(attributeSet, name)));
  if (twice !== undefined)
    throw new InvalidQuery(`${what} was given "${twice.slice(0, 80)}" both as a condition and as an attribute.`);
  const where = wherePredicate(own, attributeSet);
  const scoped = where === undefined ? {} : equalities(where, attributeSet);
  return { source, state, fresh: source.initialize({ ...scoped, ...rest, ...conditions }) };
}

function objectOf(value: unknown, message: string): object {
  refuseUntrusted(value, message.split(' ', 1)[0] ?? '');
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isEmptyInstance(value)) return value;
  throw new InvalidQuery(`${message}, not ${describeValue(value)}.`);
}

/** Only values can become attributes: no lists, operators or SQL. Cast here, so that nothing is sent before an error. */
function plainValues(source: Source, attributes: AttributeSet, given: unknown, what: string): Record<string, unknown> {
  const message = `${what} takes an object of values by attribute`;
  const values = Object.entries(withOwnNames(attributes, objectOf(given, message)));
  return Object.fromEntries(
    values.flatMap(([name, value]): (readonly [string, unknown])[] => {
      const attribute = attributes.find(name);
      if (attribute === undefined) {
        const association = source.associations.find(name);
        if (association === undefined) throw unknownName(source, attributes, name);
        return Object.entries(foreignValues(association, value, what));
      }
      if (Operator.nodeOf(value) !== undefined || Sql.nodeOf(value) !== undefined) {
        throw new InvalidQuery(`${message}: ${attribute.label} was given an operator or sql.`, {
          hint: 'Put such conditions into where(…) in front.',
        });
      }
      return [[name, value === null ? null : attribute.type.cast(value, attribute)]];
    }),
  );
}

/** The values that rows of a condition certainly have. */
export function equalities(predicate: Predicate, attributes: AttributeSet): Record<string, unknown> {
  if (predicate.kind === 'and') {
    return Object.assign({}, ...predicate.operands.map((operand) => equalities(operand, attributes)));
  }
  if (predicate.kind === 'membership' && !predicate.negated) return encryptedEquality(predicate, attributes);
  const column =
    predicate.kind === 'comparison' && predicate.operator === '='
      ? predicate.left
      : (predicate.kind === 'nullTest' || predicate.kind === 'jsonEquality') && !predicate.negated
        ? predicate.operand
        : undefined;
  const attribute = ownAttribute(column, attributes);
  if (attribute === undefined || attribute.computed) return {};
  if (predicate.kind === 'nullTest') return { [attribute.name]: null };
  const value =
    predicate.kind === 'jsonEquality' ? predicate.value : predicate.kind === 'comparison' ? predicate.right : undefined;
  return value?.kind === 'bind' ? { [attribute.name]: value.value } : {};
}

function ownAttribute(column: Expression | undefined, attributes: AttributeSet): Attribute | undefined {
  const isOwn = column?.kind === 'column' && (column.table === undefined || column.table === attributes.tableName);
  return isOwn ? attributes.all.find((each) => each.column === column.name) : undefined;
}

/** Encrypted, one value is a list of texts: one for each key. */
function encryptedEquality({ operand, values }: MembershipNode, attributes: AttributeSet): Record<string, unknown> {
  const attribute = ownAttribute(operand, attributes);
  if (attribute === undefined || !isEncrypted(attribute)) return {};
  const { type, name } = attribute;
  const [first, ...others] = values.map(({ value }) => type.deserialize(value as Scalar));
  return first !== undefined && others.every((other) => type.equals(first, other)) ? { [name]: first } : {};
}

async function find<R>({ source, state }: Wanted<R>): Promise<R | undefined> {
  const [record] = await loadRecords(source, { ...state, limit: 1 });
  return record;
}

export async function findOrInitialize<R>(request: Wanted<R>): Promise<R> {
  return (await find(request)) ?? request.fresh;
}

export async function findOrCreate<R>(request: Wanted<R>): Promise<R> {
  return (await find(request)) ?? createOrFind(request);
}

/** Inserts first, and finds where a unique index says that the row is there: whoever comes second finds. */
export async function createOrFind<R>(request: Wanted<R>): Promise<R> {
  const { source, state, fresh } = request;
  const { connection } = await source.ready();
  const { inTransaction } = connection;
  try {
    // What callbacks have written with a row that is not there after all is taken back, too.
    if (inTransaction) await allOrNothing(connection, () => source.save(fresh));
    else await source.save(fresh);
    return fresh;
  } catch (error) {
    if (!isTaken(error)) throw error;
    // A transaction of MySQL sees the rows of its first read; only a locking read sees what others have added since.
    const latest: QueryState = inTransaction ? { ...state, lock: state.lock ?? sharedLock } : state;
    const found = await find({ ...request, state: latest });
    if (found === undefined) throw error;
    return found;
  }
}

const sharedLock = { strength: 'share', wait: 'wait' } as const;

function isTaken(error: unknown): boolean {
  if (!(error instanceof RecordInvalid)) return error instanceof RecordNotUnique;
  if (error.cause instanceof RecordNotUnique) return true;
  // A validation has seen the row before the index could.
  const { errors } = error;
  return errors instanceof RecordErrors && [...errors].every(({ type }) => type === 'taken');
}
