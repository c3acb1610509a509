import type { Type } from '../../types/type.ts';
import { jsonEquality, standardTable } from '../compile.ts';
import { mysqlDdl } from '../ddl/mysql.ts';
import type { CompileTable, Dialect, Features } from '../dialect.ts';
import { mysqlLiteral } from './mysql-literal.ts';

const features: Features = {
  returning: false,
  reportsInsertId: true,
  transactionalDdl: false,
  alterConstraints: true,
  alterColumns: true,
  nativeUuid: false,
  comments: true,
  collations: true,
  unsigned: true,
  wideDecimals: true,
  exactDecimalSums: true,
  enforcesLength: true,
  bulkIds: false,
  maxBinds: 65_535,
  maxNameLength: { characters: 64 },
};

/** The digits behind the point of a decimal, or of a custom type that is kept as one. */
function decimalScale(type: Type): number | undefined {
  if (type.kind === 'custom' && 'storage' in type) return decimalScale(type.storage as Type);
  return type.kind === 'decimal' && 'scale' in type ? Number(type.scale) : undefined;
}

/** A decimal is sent as text, and the server would compare text with a DECIMAL as floating point. */
const bind: CompileTable['bind'] = (node, writer) => {
  const scale = decimalScale(node.type);
  if (scale === undefined) return standardTable.bind(node, writer);
  writer.text('CAST(');
  standardTable.bind(node, writer);
  writer.text(` AS DECIMAL(65, ${scale}))`);
};

/** MySQL 8. */
export const mysqlDialect: Dialect = {
  label: 'MySQL',
  features,
  booleans: 'integer',
  uuids: 'bytes',
  quoteCharacter: '`',
  literal: mysqlLiteral,
  placeholder: () => '?',
  endlessLimit: '18446744073709551615',
  emptyInsert: '() VALUES ()',
  defaultKeyword: true,
  begin: 'START TRANSACTION',
  compile: { ...standardTable, bind, jsonEquality: jsonEquality('CAST(', ' AS JSON)') },
  ddl: mysqlDdl,
};

/**
 * MariaDB keeps JSON as text. Its JSON_EQUALS compares documents, but reads some exponents wrongly (1e-7), so that the
 * same text has to be enough; and its bare NULL counts as true, which it does not when it is compared with 1.
 */
const mariadbJsonEquality: CompileTable['jsonEquality'] = (node, writer) => {
  writer.text('(');
  writer.node(node.operand);
  writer.text(node.negated ? ' <> ' : ' = ');
  writer.node(node.value);
  writer.text(node.negated ? ' AND JSON_EQUALS(' : ' OR JSON_EQUALS(');
  writer.node(node.operand);
  writer.text(', ');
  writer.node(node.value);
  writer.text(node.negated ? ') = 0)' : ') = 1)');
};

/** What MariaDB has beside, by its version (10.7 brought the UUID type, 10.5 INSERT … RETURNING). */
export function mariadbDialect(major: number, minor: number): Dialect {
  const atLeast = (wantedMinor: number) => major > 10 || (major === 10 && minor >= wantedMinor);
  return {
    ...mysqlDialect,
    label: 'MariaDB',
    compile: { ...mysqlDialect.compile, jsonEquality: mariadbJsonEquality },
    uuids: atLeast(7) ? 'text' : 'bytes',
    features: { ...features, returning: atLeast(5), bulkIds: atLeast(5), nativeUuid: atLeast(7) },
  };
}
