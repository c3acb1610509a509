/** The guides and their order: what a newcomer reads first stands first. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** By name, without `.md`. One that is not there is left out; one that is not named here comes last. */
const order: readonly (readonly [string, readonly string[]])[] = [
  ['First steps', ['getting-started', 'from-rails', 'from-sqlalchemy']],
  ['Models', ['models', 'attributes', 'validations', 'callbacks', 'associations', 'inheritance', 'concerns']],
  ['Queries', ['queries', 'transactions', 'locking', 'session']],
  ['The database', ['connections', 'migrations', 'cli']],
  ['What goes in and out', ['mass-assignment', 'serialization', 'security', 'encryption', 'secrets']],
  ['In use', ['testing', 'performance', 'errors']],
];

export function guides(): DefaultTheme.SidebarItem[] {
  const there = readdirSync(docs).flatMap((file) => (file.endsWith('.md') ? [file.slice(0, -'.md'.length)] : []));
  const named = new Set(order.flatMap(([, names]) => names));
  const further = there.filter((name) => !named.has(name));
  return [...order, ['More', further] as const].flatMap(([text, names]) => {
    const items = names.filter((name) => there.includes(name)).map(guide);
    return items.length === 0 ? [] : [{ text, items }];
  });
}

function guide(name: string): { text: string; link: string } {
  const heading = /^# (.+)$/m.exec(readFileSync(`${docs}${name}.md`, 'utf8'))?.[1];
  if (heading === undefined) throw new Error(`docs/${name}.md has no heading`);
  return { text: heading.replaceAll('`', ''), link: `/docs/${name}` };
}
