import { CapabilityMissing } from '../../errors/query.ts';
import { standardTable } from '../compile.ts';
import { sqliteSchema } from '../ddl/features.ts';
import { sqliteDdl } from '../ddl/sqlite.ts';
import { type Dialect, type Features, quoteName } from '../dialect.ts';
import { sqliteJsonExtract } from './json-path.ts';
import { shallowJunction, sqliteMembership } from './long-lists.ts';
import { sqliteIncrement } from './sqlite-increment.ts';
import { type LiteralForms, standardLiteral } from './standard-literal.ts';

const features: Features = {
  isolation: ['serializable'],
  returning: true,
  updateReturning: true,
  conflictTargets: true,
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
  nullsOrdering: true,
  maxNameLength: { bytes: 1000 },
  schema: sqliteSchema,
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
  times: 'day',
  quoteCharacter: '"',
  literal: (value) => standardLiteral(value, forms),
  placeholder: () => '?',
  endlessLimit: '-1',
  emptyInsert: 'DEFAULT VALUES',
  defaultKeyword: false,
  // A plain BEGIN takes the write lock at the first write, where waiting for it is a deadlock and so fails at once.
  begin: 'BEGIN IMMEDIATE',
  beginAs: ({ readOnly }) => [readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE'],
  readOnlySession: { on: 'PRAGMA query_only = ON', off: 'PRAGMA query_only = OFF' },
  // In a transaction these pragmas do nothing, so they stand around it.
  foreignKeyChecks: {
    off: 'PRAGMA foreign_keys = OFF',
    on: 'PRAGMA foreign_keys = ON',
    tables:
      "SELECT DISTINCT t.name AS name FROM main.sqlite_schema AS t, pragma_foreign_key_list(t.name) WHERE t.type = 'table'",
    violations: (table) =>
      `SELECT "rowid" AS row_id, parent, count(*) AS count FROM pragma_foreign_key_check(${sqliteDialect.literal(table)}) GROUP BY 1, 2`,
  },
  // BEGIN IMMEDIATE has taken the only lock there is: nobody else can write, and nobody waits for a row.
  lock({ wait }) {
    if (wait === 'wait') return '';
    throw new CapabilityMissing('SQLite locks the whole database, so there are no locked rows to skip.', {
      hint: 'Leave out skipLocked and noWait.',
    });
  },
  indexHint({ kind, indexes }) {
    if (kind === 'ignore') return 'NOT INDEXED';
    const [index] = indexes;
    if (index !== undefined && indexes.length === 1) return `INDEXED BY ${quoteName(index, sqliteDialect)}`;
    throw new CapabilityMissing('SQLite takes one index for a table.', { hint: 'Name just one.' });
  },
  compile: {
    ...standardTable,
    increment: sqliteIncrement,
    membership: sqliteMembership,
    and: shallowJunction,
    or: shallowJunction,
    // Elsewhere a backslash escapes by itself.
    like(node, writer) {
      standardTable.like(node, writer);
      writer.text(" ESCAPE '\\'");
    },
    // The text of a document is free in its spaces; only the order of keys is left to differ.
    jsonExtract: sqliteJsonExtract,
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
