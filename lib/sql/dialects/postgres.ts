import { standardTable } from '../compile.ts';
import { postgresDdl } from '../ddl/postgres.ts';
import type { Dialect, Features } from '../dialect.ts';
import { type LiteralForms, standardLiteral } from './standard-literal.ts';

const features: Features = {
  returning: true,
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
  maxNameLength: { bytes: 63 },
};

const forms: LiteralForms = {
  label: 'PostgreSQL',
  true: 'TRUE',
  false: 'FALSE',
  // A bare -0 is a NUMERIC, which has no negative zero.
  negativeZero: "'-0'::float8",
  bytes: (hex) => `'\\x${hex}'::bytea`,
};

/** PostgreSQL. The server infers the type of a placeholder from what it meets, so values are sent as text. */
export const postgresDialect: Dialect = {
  label: 'PostgreSQL',
  features,
  booleans: 'native',
  uuids: 'text',
  quoteCharacter: '"',
  literal: (value) => standardLiteral(value, forms),
  placeholder: (index) => `$${index + 1}`,
  endlessLimit: undefined,
  emptyInsert: 'DEFAULT VALUES',
  defaultKeyword: true,
  begin: 'BEGIN',
  compile: standardTable,
  ddl: postgresDdl,
};
