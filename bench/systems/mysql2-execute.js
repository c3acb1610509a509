/** The same with prepared statements. */
import { openWith } from './mysql2.js';

export const name = 'mysql2 pool.execute';
export const kind = 'plain';
export const dialects = ['mysql'];
export const open = openWith('execute');
