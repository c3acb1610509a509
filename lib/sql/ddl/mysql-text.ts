/**
 * Text where nothing but a quoted string will do, so that the literal's hexadecimal form is no way out: words of an ENUM,
 * comments, and expressions (which MariaDB writes down again for itself, and does it wrong for that form). Doubling both
 * ends no string early, whether or not the session's sql_mode gives the backslash a meaning.
 */
export function mysqlText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
