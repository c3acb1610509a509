import { literalStatement } from '../../sql/compile.ts';
import { quoteName } from '../../sql/dialect.ts';
import { asking } from '../ask.ts';
import type { Row, SchemaChanges } from '../contract.ts';
import { mysqlFacts } from './errors.ts';

const missing = 1146;
/** Transactions are shown to those who may see what everybody does (PROCESS). */
const forbidden = 1227;

export const mysqlSchemaChanges: SchemaChanges = {
  async tableText(connection, table) {
    const statement = literalStatement(`SHOW CREATE TABLE ${quoteName(table, connection.dialect)}`);
    try {
      const { rows } = await connection.run(statement, { prepared: false, bigints: false });
      const text = rows[0]?.['Create Table'] ?? rows[0]?.['Create View'];
      return text === undefined || text === null ? null : String(text).replace(/ AUTO_INCREMENT=\d+/, '');
    } catch (error) {
      if (mysqlFacts(error).errno === missing) return null;
      throw error;
    }
  },

  isInvalid: async () => false,

  /** A server goes on with a schema change after the session that asked for it is gone. */
  async isRunning(connection, sql) {
    const rows = await asking(connection)`
      SELECT COUNT(*) AS running FROM information_schema.processlist
        WHERE id <> CONNECTION_ID() AND db = DATABASE() AND info = ${sql}`;
    return Number(rows[0]?.running) > 0;
  },

  lockWait: (milliseconds) => ({
    before: `SET SESSION lock_wait_timeout = ${Math.max(1, Math.ceil(milliseconds / 1000))}`,
    after: 'SET SESSION lock_wait_timeout = DEFAULT',
  }),

  /**
   * Every open transaction holds the definitions of the tables that it has used, also where it only reads, and so does a
   * statement that runs. Which tables those are, servers tell only where they are configured to.
   */
  async blockers(connection) {
    const ask = asking(connection);
    try {
      const rows = await ask`
      SELECT p.id AS id, p.user AS user, p.host AS host, p.info AS statement, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS seconds
        FROM information_schema.processlist p LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id
        WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID() AND (t.trx_id IS NOT NULL OR p.command IN ('Query', 'Execute'))
        ORDER BY t.trx_started IS NULL, t.trx_started LIMIT 5`;
      return rows.map(sessionText);
    } catch (error) {
      if (mysqlFacts(error).errno !== forbidden) throw error;
    }
    const rows = await ask`
      SELECT id, user, host, info AS statement FROM information_schema.processlist
        WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command IN ('Query', 'Execute') LIMIT 5`;
    return [
      ...rows.map(sessionText),
      'a session with an open transaction (a user with the PROCESS privilege is told which)',
    ];
  },
};

function sessionText({ id, user, host, statement, seconds }: Row): string {
  const parts = [`session ${String(id)} (${String(user)}@${String(host)})`];
  if (seconds !== undefined)
    parts.push(
      seconds === null ? 'without a transaction' : `in a transaction that has been open for ${String(seconds)} s`,
    );
  parts.push(statement === null ? 'doing nothing' : `running: ${String(statement).slice(0, 120)}`);
  return parts.join(', ');
}
