/** Blank space and comments, but of MySQL's that are carried out only the beginning. */
const leading = /^(?:\s|;|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!M?!)[\s\S]*?\*\/|\/\*M?!\d*)*/;
const transactional =
  /^(?:BEGIN(?!\s+NOT\s+ATOMIC)|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE)\b/i;
const lasting =
  /^(?:SET|RESET|USE|LOCK|UNLOCK|FLUSH|PRAGMA|DISCARD|ATTACH|DETACH|PREPARE|EXECUTE|DEALLOCATE|DECLARE|HANDLER|LISTEN|UNLISTEN|XA|CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?)\b/i;

/**
 * What a statement of the application's own does to the session that it runs in, as far as its first words tell:
 * begins or ends a transaction, or changes what whoever uses the session next would find.
 */
export function sessionEffect(sql: string): 'transaction' | 'session' | undefined {
  const text = sql.replace(leading, '');
  return transactional.test(text) ? 'transaction' : lasting.test(text) ? 'session' : undefined;
}
