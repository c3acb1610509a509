import { InvalidQuery } from '../errors/query.ts';
import type { JoinNode, LockNode } from '../sql/nodes.ts';
import { Sql } from '../sql/template.ts';
import { didYouMean } from '../support/suggest.ts';

/** `joins('posts', sql`posts.author_id = users.id`)`. */
export function joinNode(type: JoinNode['type'], table: unknown, on: unknown): JoinNode {
  const [name, alias] = Array.isArray(table) ? table : [table, undefined];
  if (typeof name !== 'string' || (alias !== undefined && typeof alias !== 'string')) {
    throw new InvalidQuery("A join takes a table's name, or [table, alias].");
  }
  const condition = Sql.nodeOf(on);
  if (condition?.kind !== 'raw')
    throw new InvalidQuery('A join takes its condition as sql`…`.', {
      hint: "joins('posts', sql`posts.author_id = users.id`)",
    });
  return { type, table: name, alias, on: condition };
}

/** `lock()`, `lock('share')`, `lock('update', { skipLocked: true })`. */
export function lockNode(strength: unknown, options: unknown): LockNode {
  if (strength !== 'update' && strength !== 'share') throw new InvalidQuery("A lock is 'update' or 'share'.");
  const given = typeof options === 'object' && options !== null ? options : {};
  for (const name of Object.keys(given)) {
    if (name !== 'skipLocked' && name !== 'noWait')
      throw new InvalidQuery(`lock has no option "${name}".`, { hint: didYouMean(name, ['skipLocked', 'noWait']) });
  }
  const [skipLocked, noWait] = [Reflect.get(given, 'skipLocked') === true, Reflect.get(given, 'noWait') === true];
  if (skipLocked && noWait)
    throw new InvalidQuery('A lock either skips locked rows or does not wait for them, not both.');
  return { strength, wait: skipLocked ? 'skipLocked' : noWait ? 'noWait' : 'wait' };
}

/** Text, or tags as `key='value'`, encoded as sqlcommenter asks. */
export function commentOf(given: unknown): string {
  if (typeof given === 'string') return given;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new InvalidQuery('annotate takes text, or an object of tags.');
  return Object.entries(given)
    .map(([key, value]: [string, unknown]) => {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
        throw new InvalidQuery(`The tag "${key}" of annotate is no text.`);
      return `${encodeURIComponent(key)}='${encodeURIComponent(String(value)).replaceAll("'", '%27')}'`;
    })
    .sort()
    .join(',');
}

export function namesOf(names: readonly unknown[], what: string): readonly string[] {
  if (names.length === 0) throw new InvalidQuery(`${what} takes at least one name.`);
  return names.map((name) => {
    if (typeof name === 'string' && name !== '') return name;
    throw new InvalidQuery(`${what} takes names.`);
  });
}
