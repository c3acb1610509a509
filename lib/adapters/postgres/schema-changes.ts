import { asking } from '../ask.ts';
import type { Row, SchemaChanges } from '../contract.ts';
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

  // What the session had is kept in the session. An index that is built beside the others' work may wait for them.
  lockWait: (milliseconds, sql) =>
    /\bCONCURRENTLY\b/i.test(sql)
      ? undefined
      : {
          before: `SELECT set_config('ar.lock_timeout', current_setting('lock_timeout'), false), set_config('lock_timeout', '${Math.max(1, Math.ceil(milliseconds))}', false)`,
          after: "SELECT set_config('lock_timeout', current_setting('ar.lock_timeout'), false)",
        },

  /** Everybody may see who holds which locks; what a session does, only its own user and those who may see all. */
  async blockers(connection) {
    const ask = asking(connection);
    // Inside a transaction the server would tell again what it told first.
    await ask`SELECT pg_stat_clear_snapshot()`;
    const rows = await ask`
      SELECT l.pid, l.tables, a.usename, a.application_name, a.state, a.query,
          floor(extract(epoch FROM clock_timestamp() - a.xact_start)) AS seconds
        FROM (
          SELECT pid, string_agg(DISTINCT relation::regclass::text, ', ') AS tables
            FROM pg_locks JOIN pg_class c ON c.oid = relation
            WHERE locktype = 'relation' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND c.relkind IN ('r', 'p', 'm', 'v') AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            GROUP BY pid
        ) l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        ORDER BY a.xact_start LIMIT 5`;
    return rows.map(sessionText);
  },
};

function sessionText({ pid, tables, usename, application_name: program, state, query, seconds }: Row): string {
  const uses = `which uses ${String(tables)}`;
  if (pid === null) return `a prepared transaction (see pg_prepared_xacts), ${uses}`;
  const who = [usename, program].filter((each) => each !== null && each !== '').map(String);
  const session = `session ${String(pid)} (${who.join(', ') || 'of the server'}), ${uses}`;
  if (state === null) return session;
  const doing = state === 'active' ? `running: ${String(query).slice(0, 120)}` : 'doing nothing';
  return `${session}, in a transaction that has been open for ${String(seconds)} s, ${doing}`;
}
