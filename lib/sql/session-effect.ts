/** Blank space and comments, but of MySQL's that are carried out only the beginning. */
const leading = /^(?:\s|;|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!M?!)[\s\S]*?\*\/|\/\*M?!\d*)*/;
const transactional =
  /^(?:BEGIN(?!\s+NOT\s+ATOMIC)|START\s+TRANSACTION|PREPARE\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE)\b/i;
/** What a procedure, an anonymous block or a library does is not told by its call. */
const lasting =
  /^(?:(?:SET|RESET|USE|LOCK|UNLOCK|FLUSH|PRAGMA|DISCARD|ATTACH|DETACH|PREPARE|EXECUTE|DEALLOCATE|DECLARE|HANDLER|LISTEN|UNLISTEN|XA|CALL|DO|BEGIN\s+NOT\s+ATOMIC|IF|CASE|FOR|WHILE|LOOP|REPEAT|LOAD|BACKUP|CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?)\b|CREATE\s+(?:\w+\s+){1,6}?["'`[]?TEMP["'`\]]?\s*\.)/i;
/** With which MySQL and MariaDB commit the transaction around it. */
const committing =
  /^(?:(?:CREATE|DROP)(?!\s+(?:OR\s+REPLACE\s+)?TEMPORARY)|ALTER|RENAME|TRUNCATE|GRANT|REVOKE|ANALYZE\s+(?:(?:NO_WRITE_TO_BINLOG|LOCAL)\s+)?TABLE|OPTIMIZE|REPAIR|CHECK|CACHE|LOAD\s+INDEX|(?:UN)?INSTALL|FLUSH|RESET|LOCK|(?:START|STOP)\s+(?:ALL\s+)?(?:SLAVES?|REPLICAS?)|CHANGE|BACKUP|SET\s+PASSWORD|SET\s+DEFAULT\s+ROLE|SET\s+(?:(?:SESSION|LOCAL)\s+|@@(?:SESSION\.|LOCAL\.)?)?AUTOCOMMIT)\b/i;
/**
 * Functions and clauses that leave something behind in the session wherever they stand: settings, locks that outlive the
 * transaction, variables, temporary tables. Looked for in the whole text, also in its strings and comments, where they
 * do nothing: taking too much for a change costs a connection, too little shows one borrower's session to the next.
 */
const within =
  /\b(?:GET_LOCK|SET_CONFIG|SETSEED|PG_(?:TRY_)?ADVISORY_LOCK(?:_SHARED)?|DBLINK_(?:CONNECT(?:_U)?|OPEN)|PG_TEMP|LOAD_EXTENSION|CREATE\s+(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?|INTO\s+(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?)\b|@[\w.$]*\s*:=|@(?:'[^']*'|"[^"]*"|`[^`]*`)\s*:=|\bINTO\s+@/i;

/**
 * What a statement of the application's own does to the session that it runs in, as far as its text tells: begins or
 * ends a transaction, or changes what whoever uses the session next would find.
 */
export function sessionEffect(sql: string): 'transaction' | 'session' | undefined {
  if (beginsLike(sql, transactional)) return 'transaction';
  return beginsLike(sql, lasting) || changesWithin(sql) ? 'session' : undefined;
}

/** Whether a fragment somewhere in a statement changes the session. */
export function changesWithin(sql: string): boolean {
  return within.test(sql) || (hasComment.test(sql) && within.test(uncommented(sql)));
}

/** Whether a statement is one around which databases without transactional DDL commit. */
export function commitsImplicitly(sql: string): boolean {
  return beginsLike(sql, committing);
}

/** Databases differ in where a comment ends that holds another one: either way of reading counts. */
function beginsLike(sql: string, words: RegExp): boolean {
  return isLike(sql, words) || (hasComment.test(sql) && isLike(uncommented(sql), words));
}

function isLike(sql: string, words: RegExp): boolean {
  const text = sql.replace(leading, '');
  return words.test(text) || (carrier.test(text) && words.test(text.replace(carrier, '')));
}

/** MariaDB's settings for the one statement behind them. */
const carrier = /^SET\s+STATEMENT\s[\s\S]*?\sFOR\s+/i;
const hasComment = /\/\*|--|#/;

const innermost = /\/\*(?!M?!)(?:(?!\/\*)[\s\S])*?\*\//g;

/** Texts in it may look like comments, so that only its first words are right. PostgreSQL ends lines at \r, too. */
function uncommented(sql: string): string {
  let text = sql;
  for (let before = ''; text !== before; ) {
    before = text;
    text = text.replace(innermost, ' ');
  }
  return text.replace(/\/\*M?!\d*|\*\//g, ' ').replace(/(?:--|#)[^\n\r]*/g, ' ');
}
