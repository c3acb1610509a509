import { type Dialect, quoteName } from '../dialect.ts';
import { expressionSql } from './expression.ts';
import { nameList } from './indexes.ts';
import type { CheckSpec, Deferrable, ExclusionSpec, ForeignKeySpec, ReferentialAction, UniqueSpec } from './spec.ts';

// Constraints as lines of CREATE TABLE, or behind ADD.

const actions: Readonly<Record<ReferentialAction, string>> = {
  cascade: 'CASCADE',
  restrict: 'RESTRICT',
  setNull: 'SET NULL',
  noAction: 'NO ACTION',
};

function deferrableSql(deferrable: Deferrable | undefined): string {
  if (deferrable === undefined) return '';
  return ` DEFERRABLE INITIALLY ${deferrable === 'deferred' ? 'DEFERRED' : 'IMMEDIATE'}`;
}

const named = (name: string, dialect: Dialect): string => `CONSTRAINT ${quoteName(name, dialect)}`;
const later = (unvalidated: boolean | undefined): string => (unvalidated === true ? ' NOT VALID' : '');

/** `CONSTRAINT … FOREIGN KEY (…) REFERENCES … (…)`. */
export function foreignKeySql(key: ForeignKeySpec, dialect: Dialect): string {
  const onDelete = key.onDelete === undefined ? '' : ` ON DELETE ${actions[key.onDelete]}`;
  const onUpdate = key.onUpdate === undefined ? '' : ` ON UPDATE ${actions[key.onUpdate]}`;
  return (
    `${named(key.name, dialect)} FOREIGN KEY ${nameList(key.columns, dialect)} ` +
    `REFERENCES ${quoteName(key.toTable, dialect)} ${nameList(key.toColumns, dialect)}${onDelete}${onUpdate}` +
    deferrableSql(key.deferrable) +
    later(key.unvalidated)
  );
}

/** `CONSTRAINT … CHECK (…)`. */
export function checkConstraintSql(check: CheckSpec, dialect: Dialect): string {
  return `${named(check.name, dialect)} CHECK (${expressionSql(check.condition, dialect)})${later(check.unvalidated)}`;
}

/** `CONSTRAINT … UNIQUE (…)`. */
export function uniqueSql(unique: UniqueSpec, dialect: Dialect): string {
  return `${named(unique.name, dialect)} UNIQUE ${nameList(unique.columns, dialect)}${deferrableSql(unique.deferrable)}`;
}

/** `CONSTRAINT … EXCLUDE USING gist (… WITH …)`. */
export function exclusionSql(exclusion: ExclusionSpec, dialect: Dialect): string {
  const elements = exclusion.elements.map(({ column, expression, with: operator }) => {
    const what =
      expression === undefined ? quoteName(column ?? '', dialect) : `(${expressionSql(expression, dialect)})`;
    return `${what} WITH ${operator}`;
  });
  const where = exclusion.where === undefined ? '' : ` WHERE (${expressionSql(exclusion.where, dialect)})`;
  return (
    `${named(exclusion.name, dialect)} EXCLUDE USING ${exclusion.using} (${elements.join(', ')})${where}` +
    deferrableSql(exclusion.deferrable)
  );
}
