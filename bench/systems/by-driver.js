/** What the systems share that give rows as the database names them. */
import { snake, user } from '../data.js';

const names = Object.keys(user(1));
const columns = Object.fromEntries(names.map((name) => [name, snake(name)]));

/** Of a row with `created_at` the values by `createdAt`. */
export function camelCased(row) {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  );
}

export const userColumns = names.filter((name) => name !== 'id').map((name) => columns[name]);

/** Reads each attribute of a row. */
export function readRow(row) {
  return (
    row.id +
    row.name.length +
    row.email.length +
    row.age +
    row.balance.length +
    (row.active ? 1 : 0) +
    Number(row.visits) +
    row.preferences.size +
    row.created_at.getTime() +
    row.updated_at.getTime()
  );
}

/** Puts children to their parents: grouped by key once, as one would write it by hand. */
export function attach(parents, name, children, foreignKey) {
  const byKey = new Map();
  for (const parent of parents) {
    parent[name] = [];
    byKey.set(parent.id, parent);
  }
  for (const child of children) byKey.get(child[foreignKey])[name].push(child);
}
