/** What a driver's error says, whichever driver it is of. */
export interface SqliteErrorFacts {
  /** SQLite's own name of its (extended) result code, such as `SQLITE_CONSTRAINT_UNIQUE`; undefined for errors of drivers. */
  readonly code: string | undefined;
  readonly message: string;
}

/** node:sqlite gives numbers, better-sqlite3 names. Only those that something depends on are here. */
const names = new Map<number, string>([
  [1, 'SQLITE_ERROR'],
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [18, 'SQLITE_TOOBIG'],
  [19, 'SQLITE_CONSTRAINT'],
  [20, 'SQLITE_MISMATCH'],
  [26, 'SQLITE_NOTADB'],
  [261, 'SQLITE_BUSY_RECOVERY'],
  [275, 'SQLITE_CONSTRAINT_CHECK'],
  [517, 'SQLITE_BUSY_SNAPSHOT'],
  [773, 'SQLITE_BUSY_TIMEOUT'],
  [787, 'SQLITE_CONSTRAINT_FOREIGNKEY'],
  [1299, 'SQLITE_CONSTRAINT_NOTNULL'],
  [1555, 'SQLITE_CONSTRAINT_PRIMARYKEY'],
  [2067, 'SQLITE_CONSTRAINT_UNIQUE'],
  [2579, 'SQLITE_CONSTRAINT_ROWID'],
]);

export function sqliteFacts(error: unknown): SqliteErrorFacts {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  const number: unknown = Reflect.get(error, 'errcode');
  // The low byte is the general code of one that is not listed.
  if (typeof number === 'number')
    return { code: names.get(number) ?? names.get(number & 0xff), message: error.message };
  const code: unknown = Reflect.get(error, 'code');
  return { code: typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined, message: error.message };
}

/** Another connection holds the lock, and waiting may help. */
export function isBusy(error: unknown): boolean {
  const { code } = sqliteFacts(error);
  // A snapshot that others have written past stays so however long one waits.
  return code?.startsWith('SQLITE_BUSY') === true && code !== 'SQLITE_BUSY_SNAPSHOT';
}
