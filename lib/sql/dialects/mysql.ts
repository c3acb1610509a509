import { CapabilityMissing } from '../../errors/query.ts';
import type { Type } from '../../types/type.ts';
import { assignments, jsonEquality, standardTable } from '../compile.ts';
import { mariadbSchema, mysqlSchema } from '../ddl/features.ts';
import { mysqlDdl } from '../ddl/mysql.ts';
import { mysqlText } from '../ddl/mysql-text.ts';
import { type CompileTable, type Dialect, type Features, isolationLevels, quoteName } from '../dialect.ts';
import { columnNode } from '../nodes.ts';
import { mysqlJsonExtract } from './json-path.ts';
import { mysqlLiteral } from './mysql-literal.ts';

const features: Features = {
  isolation: isolationLevels,
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
  autoIncrementStepQuery: 'SELECT @@auto_increment_increment AS step',
  maxBinds: 65_535,
  nullsOrdering: false,
  maxNameLength: { characters: 64 },
  plainNames: true,
  schema: mysqlSchema,
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

const match: CompileTable['match'] = (node, writer) => {
  writer.text('MATCH (');
  writer.list(node.columns, ', ', (column) => writer.node(column));
  writer.text(') AGAINST (');
  writer.node(node.text);
  writer.text(')');
};

const excluded: CompileTable['excluded'] = (node, writer) => {
  writer.text('VALUES(');
  writer.name(node.column);
  writer.text(')');
};

/** Whichever unique index is broken: none can be named. A column set to itself leaves the row as it is. */
const conflict: CompileTable['conflict'] = (node, writer) => {
  writer.text(' ON DUPLICATE KEY UPDATE ');
  const untouched = node.target.slice(0, 1).map((name) => ({ column: name, value: columnNode(name) }));
  assignments(node.set.length === 0 ? untouched : node.set, writer);
};

const lockWaits = { wait: '', skipLocked: ' SKIP LOCKED', noWait: ' NOWAIT' };

/** MySQL 8. */
export const mysqlDialect: Dialect = {
  label: 'MySQL',
  features,
  booleans: 'integer',
  uuids: 'bytes',
  times: 'span',
  quoteCharacter: '`',
  literal: mysqlLiteral,
  schemaText: mysqlText,
  placeholder: () => '?',
  endlessLimit: '18446744073709551615',
  emptyInsert: '() VALUES ()',
  defaultKeyword: true,
  begin: 'START TRANSACTION',
  beginAs: ({ isolation, readOnly }) => [
    // For the next transaction of the session only.
    ...(isolation === undefined ? [] : [`SET TRANSACTION ISOLATION LEVEL ${isolation.toUpperCase()}`]),
    `START TRANSACTION${readOnly ? ' READ ONLY' : ''}`,
  ],
  lock: ({ strength, wait }) => (strength === 'update' ? ' FOR UPDATE' : ' FOR SHARE') + lockWaits[wait],
  indexHint: ({ kind, indexes }) =>
    `${kind.toUpperCase()} INDEX (${indexes.map((index) => quoteName(index, mysqlDialect)).join(', ')})`,
  compile: {
    ...standardTable,
    bind,
    excluded,
    conflict,
    match,
    jsonEquality: jsonEquality('CAST(', ' AS JSON)'),
    jsonExtract: mysqlJsonExtract(false),
  },
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

/** A dialect with the limits of the server that it is for. */
export function withServerLimits(dialect: Dialect, maxStatementBytes: number, autoIncrementStep: number): Dialect {
  return { ...dialect, features: { ...dialect.features, maxStatementBytes, autoIncrementStep } };
}

/** What MariaDB has beside, by its version (10.7 brought the UUID type, 10.5 INSERT … RETURNING). */
export function mariadbDialect(major: number, minor: number): Dialect {
  const atLeast = (wantedMinor: number) => major > 10 || (major === 10 && minor >= wantedMinor);
  return {
    ...mysqlDialect,
    label: 'MariaDB',
    lock({ strength, wait }) {
      if (wait === 'skipLocked' && !atLeast(6)) {
        throw new CapabilityMissing(`MariaDB ${major}.${minor} cannot skip locked rows; 10.6 and later can.`, {
          hint: 'Use noWait.',
        });
      }
      return (strength === 'update' ? ' FOR UPDATE' : ' LOCK IN SHARE MODE') + lockWaits[wait];
    },
    compile: { ...mysqlDialect.compile, jsonEquality: mariadbJsonEquality, jsonExtract: mysqlJsonExtract(true) },
    uuids: atLeast(7) ? 'text' : 'bytes',
    features: {
      ...features,
      returning: atLeast(5),
      bulkIds: atLeast(5),
      nativeUuid: atLeast(7),
      schema: mariadbSchema(atLeast),
    },
  };
}
