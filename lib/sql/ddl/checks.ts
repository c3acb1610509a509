import type { Scalar } from '../../types/type.ts';
import { type Dialect, quoteName } from '../dialect.ts';
import { checkName } from './names.ts';
import type { ColumnSpec } from './spec.ts';

/**
 * The rule that stands in for a type which the database lacks: the words of an enum, whole numbers without a sign.
 * Named, so that the database's complaint can be told from others.
 */
export function checkSql(column: ColumnSpec, table: string, dialect: Dialect): string | undefined {
  const condition = checkCondition(column, dialect);
  return condition === undefined
    ? undefined
    : `CONSTRAINT ${quoteName(checkName(table, column.name), dialect)} CHECK (${condition})`;
}

function checkCondition({ name, type }: ColumnSpec, dialect: Dialect): string | undefined {
  const column = quoteName(name, dialect);
  const list = (values: readonly Scalar[]) => values.map((value) => dialect.literal(value)).join(', ');
  switch (type.kind) {
    case 'enum':
      return `${column} IN (${list(type.values)})`;
    case 'integer':
    case 'smallint':
    case 'tinyint':
    case 'bigint':
      if (type.among !== undefined) return `${column} IN (${list(type.among)})`;
      return type.unsigned && !dialect.features.unsigned ? `${column} >= 0` : undefined;
    default:
      return undefined;
  }
}
