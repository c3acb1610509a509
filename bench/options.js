/** What `npm run bench -- …` takes. */
export const options = {
  /** MariaDB or MySQL. */
  url: { type: 'string', default: process.env.MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/' },
  sqlite: { type: 'boolean', default: false },
  postgres: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '7' },
  /** Names of files in systems/ and of workloads, with commas; all where they are not given. */
  systems: { type: 'string' },
  workloads: { type: 'string' },
  /** The driver and this library only, fewer operations; fails where a ratio has become much lower than recorded. */
  short: { type: 'boolean', default: false },
  /** Keeps the ratios of the short form as what later ones are held against. */
  record: { type: 'boolean', default: false },
  /** Writes RESULTS.md. */
  write: { type: 'boolean', default: false },
};
