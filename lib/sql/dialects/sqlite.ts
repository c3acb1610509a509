import { standardTable } from '../compile.ts';
import { sqliteDdl } from '../ddl/sqlite.ts';
import type { Dialect, Features } from '../dialect.ts';
import { type LiteralForms, standardLiteral } from './standard-literal.ts';

const features: Features = {
  returning: true,
  reportsInsertId: true,
  transactionalDdl: true,
  alterConstraints: false,
  alterColumns: false,
  nativeUuid: false,
  comments: false,
  collations: true,
  unsigned: false,
  wideDecimals: false,
  exactDecimalSums: false,
  enforcesLength: false,
  bulkIds: true,
  maxBinds: 32_766,
  // SQLite itself sets no limit; this one only keeps nonsense out of statements.
  maxNameLength: { bytes: 1000 },
};

const forms: LiteralForms = {
  label: 'SQLite',
  true: '1',
  false: '0',
  negativeZero: '-0.0',
  bytes: (hex) => `X'${hex}'`,
};

/** SQLite 3.35 and later, as both of its drivers contain it. */
export const sqliteDialect: Dialect = {
  label: 'SQLite',
  features,
  booleans: 'integer',
  uuids: 'text',
  quoteCharacter: '"',
  literal: (value) => standardLiteral(value, forms),
  placeholder: () => '?',
  endlessLimit: '-1',
  emptyInsert: 'DEFAULT VALUES',
  defaultKeyword: false,
  // A plain BEGIN takes the write lock at the first write, where waiting for it is a deadlock and so fails at once.
  begin: 'BEGIN IMMEDIATE',
  // In a transaction these pragmas do nothing, so they stand around it.
  foreignKeyChecks: {
    off: 'PRAGMA foreign_keys = OFF',
    on: 'PRAGMA foreign_keys = ON',
    violations: 'PRAGMA foreign_key_check',
  },
  compile: {
    ...standardTable,
    // Elsewhere a backslash escapes by itself.
    like(node, writer) {
      standardTable.like(node, writer);
      writer.text(" ESCAPE '\\'");
    },
    // The text of a document is free in its spaces; only the order of keys is left to differ.
    jsonEquality(node, writer) {
      writer.text('json(');
      writer.node(node.operand);
      writer.text(node.negated ? ') <> json(' : ') = json(');
      writer.node(node.value);
      writer.text(')');
    },
  },
  ddl: sqliteDdl,
};
