/** The databases the suites can run on, and how a run is limited to some of them. */

export type Dialect = 'sqlite' | 'mysql' | 'postgres';

export type ServerDialect = Exclude<Dialect, 'sqlite'>;

export const allDialects: readonly Dialect[] = ['sqlite', 'mysql', 'postgres'];

function isDialect(text: string): text is Dialect {
  return (allDialects as readonly string[]).includes(text);
}

/**
 * The databases named by `AR_TEST_DATABASES`, all of them when it is unset or empty. A misspelt name is an error: it
 * would otherwise make a run green that tested less than was asked for.
 */
export function wantedDialects(env: NodeJS.ProcessEnv = process.env): readonly Dialect[] {
  const names = (env.AR_TEST_DATABASES ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !isDialect(name));
  if (unknown !== undefined) {
    throw new Error(`AR_TEST_DATABASES names '${unknown}'; it takes a list of ${allDialects.join(', ')}`);
  }
  return names.length === 0 ? allDialects : allDialects.filter((dialect) => names.includes(dialect));
}
