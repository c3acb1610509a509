/** The driver of Node itself, with prepared statements that are kept. */
import { openWith } from './better-sqlite3.js';

export const name = 'node:sqlite';
export const kind = 'plain';
export const dialects = ['sqlite'];
export const open = openWith(async (file) => {
  const { DatabaseSync } = await import('node:sqlite');
  return new DatabaseSync(file);
});
