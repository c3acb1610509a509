import { MigrationInvalid } from '../../errors/migration.ts';
import { checkPrefix, conditionName, uniqueName } from '../../sql/ddl/names.ts';
import type {
  CheckSpec,
  Deferrable,
  ExclusionElement,
  ExclusionSpec,
  IndexMethod,
  UniqueSpec,
} from '../../sql/ddl/spec.ts';
import type { Expression } from '../../sql/nodes.ts';
import type { Sql } from '../../sql/template.ts';
import { columnNameOf, type Naming } from '../../support/naming.ts';
import { columnNames, type Names } from './arguments.ts';
import { expressionOf } from './index-arguments.ts';

export interface CheckOptions {
  /** Its name; one made from the table and the condition unless told otherwise. */
  readonly name?: string;
  /** PostgreSQL: false does not check the rows that are there already; validateConstraint does so later. */
  readonly validate?: boolean;
}
export interface UniqueConstraintOptions {
  /** Its name; `unique_users_email` unless told otherwise. */
  readonly name?: string;
  /** PostgreSQL. */
  readonly deferrable?: Deferrable;
}
/** A column or an expression, with the operator that must not hold for all elements of two rows. */
export type ExclusionPart =
  | { readonly column: string; readonly with: string }
  | { readonly expression: Sql; readonly with: string };
export interface ExclusionOptions {
  readonly name?: string;
  /** The index's method: `gist`. */
  readonly using?: IndexMethod;
  /** Only rows that fulfil it are compared. */
  readonly where?: Sql | string;
  readonly deferrable?: Deferrable;
}

/** What two conditions differ by, as text. */
function textOf(expression: Expression): string {
  return JSON.stringify(expression, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

function checkedName(name: string | undefined): string | undefined {
  if (name?.startsWith(checkPrefix) !== true) return name;
  throw new MigrationInvalid(`The name "${name}" is one of those that the checks of column types have.`, {
    hint: `Names that begin with ${checkPrefix} are removed with the type of their column. Choose another.`,
  });
}

export function checkSpec(table: string, condition: Sql | string, { name, validate }: CheckOptions): CheckSpec {
  const expression = expressionOf(condition, 'A check');
  return {
    name: checkedName(name) ?? conditionName('check', table, textOf(expression)),
    table,
    condition: expression,
    unvalidated: validate === false,
  };
}

export function uniqueSpec(
  table: string,
  columns: Names,
  options: UniqueConstraintOptions,
  naming: Naming,
): UniqueSpec {
  const names = columnNames(columns, naming);
  return { name: options.name ?? uniqueName(table, names), table, columns: names, deferrable: options.deferrable };
}

const operator = /^[-+*/<>=~!@#%^&|`?]{1,63}$/;

function elementOf(part: ExclusionPart, naming: Naming): ExclusionElement {
  if (!operator.test(part.with)) {
    throw new MigrationInvalid(`${JSON.stringify(part.with)} is no operator of an exclusion constraint.`, {
      hint: "Write { column: 'during', with: '&&' }.",
    });
  }
  return 'column' in part
    ? { column: columnNameOf(part.column, naming), expression: undefined, with: part.with }
    : { column: undefined, expression: expressionOf(part.expression, 'An exclusion'), with: part.with };
}

export function exclusionSpec(
  table: string,
  parts: readonly ExclusionPart[],
  options: ExclusionOptions,
  naming: Naming,
): ExclusionSpec {
  if (parts.length === 0) throw new MigrationInvalid(`An exclusion constraint of "${table}" compares nothing.`);
  const elements = parts.map((part) => elementOf(part, naming));
  const text = elements.map(
    ({ column, expression, with: by }) => `${column ?? (expression && textOf(expression))} ${by}`,
  );
  return {
    name: options.name ?? conditionName('excl', table, text.join()),
    table,
    using: options.using ?? 'gist',
    elements,
    where: options.where === undefined ? undefined : expressionOf(options.where, 'The where of an exclusion'),
    deferrable: options.deferrable,
  };
}
