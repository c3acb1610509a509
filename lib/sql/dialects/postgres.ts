import { CapabilityMissing } from '../../errors/query.ts';
import { standardTable } from '../compile.ts';
import { postgresSchema } from '../ddl/features.ts';
import { postgresDdl } from '../ddl/postgres.ts';
import { type CompileTable, type Dialect, type Features, isolationLevels, quoteName } from '../dialect.ts';
import { postgresJsonExtract } from './json-path.ts';
import { postgresMembership } from './long-lists.ts';
import { type LiteralForms, standardLiteral } from './standard-literal.ts';

const features: Features = {
  isolation: isolationLevels,
  returning: true,
  updateReturning: true,
  conflictTargets: true,
  transactionalDdl: true,
  alterConstraints: true,
  alterColumns: true,
  nativeUuid: true,
  comments: true,
  collations: true,
  unsigned: false,
  wideDecimals: true,
  exactDecimalSums: true,
  enforcesLength: true,
  bulkIds: true,
  maxBinds: 65_535,
  // Longer names are cut by the server without a word.
  nullsOrdering: true,
  transactionsFail: true,
  nullsGreatest: true,
  maxNameLength: { bytes: 63 },
  schema: postgresSchema,
};

const forms: LiteralForms = {
  label: 'PostgreSQL',
  true: 'TRUE',
  false: 'FALSE',
  // A bare -0 is a NUMERIC, which has no negative zero.
  negativeZero: "'-0'::float8",
  bytes: (hex) => `'\\x${hex}'::bytea`,
};

const match: CompileTable['match'] = (node, writer) => {
  writer.text("to_tsvector('simple', concat_ws(' ', ");
  writer.list(node.columns, ', ', (column) => writer.node(column));
  writer.text(")) @@ plainto_tsquery('simple', ");
  writer.node(node.text);
  writer.text(')');
};

const lockWaits = { wait: '', skipLocked: ' SKIP LOCKED', noWait: ' NOWAIT' };

/** PostgreSQL. The server infers the type of a placeholder from what it meets, so values are sent as text. */
export const postgresDialect: Dialect = {
  label: 'PostgreSQL',
  features,
  booleans: 'native',
  uuids: 'text',
  times: 'day',
  quoteCharacter: '"',
  literal: (value) => standardLiteral(value, forms),
  placeholder: (index) => `$${index + 1}`,
  endlessLimit: undefined,
  emptyInsert: 'DEFAULT VALUES',
  defaultKeyword: true,
  begin: 'BEGIN',
  savepoints: { readOnly: 'SET TRANSACTION READ ONLY', checkConstraints: 'SET CONSTRAINTS ALL IMMEDIATE' },
  beginAs: ({ isolation, readOnly }) => [
    `BEGIN${isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`}${readOnly ? ' READ ONLY' : ''}`,
  ],
  lock({ strength, of, wait }) {
    // It cannot lock what a LEFT JOIN has made up.
    const table = of === undefined ? '' : ` OF ${quoteName(of, postgresDialect)}`;
    return (strength === 'update' ? ' FOR UPDATE' : ' FOR SHARE') + table + lockWaits[wait];
  },
  indexHint() {
    throw new CapabilityMissing('PostgreSQL takes no index hints.', {
      hint: 'Its planner goes by statistics: ANALYZE.',
    });
  },
  compile: { ...standardTable, membership: postgresMembership, match, jsonExtract: postgresJsonExtract },
  ddl: postgresDdl,
};
