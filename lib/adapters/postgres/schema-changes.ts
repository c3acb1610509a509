import { asking } from '../ask.ts';
import type { SchemaChanges } from '../contract.ts';
import { transactionalChanges } from '../schema-changes.ts';

export const postgresSchemaChanges: SchemaChanges = {
  ...transactionalChanges,

  async isInvalid(connection, index) {
    const rows = await asking(connection)`
      SELECT count(*) AS invalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relname = ${index} AND pg_table_is_visible(c.oid) AND NOT i.indisvalid`;
    return Number(rows[0]?.invalid) > 0;
  },

  async isRunning(connection, sql) {
    const rows = await asking(connection)`
      SELECT count(*) AS running FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND datname = current_database() AND state = 'active' AND query = ${sql}`;
    return Number(rows[0]?.running) > 0;
  },
};
