/** The pages of the documentation, and the code blocks in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Page {
  /** `docs/queries.md` */
  readonly name: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/**
 * What the comment in front of a block says, `<!-- test: scope -->` for instance:
 * - `skip <reason>`: the block is not run
 * - `scope`: in braces, so that it may declare names that other blocks of the page declare too
 * - `change`, `up`: the block is the body of that method of a migration
 *
 * `<!-- test: prelude` in a line of its own, up to `-->`, holds code that readers do not need to see.
 */
export type Mode = 'plain' | 'skip' | 'scope' | 'change' | 'up';

export interface Block {
  readonly language: string;
  readonly code: string;
  /** The line of the page, from 0, on which the code begins. */
  readonly line: number;
  readonly mode: Mode;
  /** Why it is not run. */
  readonly reason: string;
}

/** README.md and every page under docs/. */
export function readPages(): Page[] {
  const names = readdirSync(`${root}docs`).filter((name) => name.endsWith('.md'));
  return ['README.md', ...names.sort().map((name) => `docs/${name}`)].map(readPage);
}

export function readPage(name: string): Page {
  const text = readFileSync(`${root}${name}`, 'utf8');
  return { name, text, blocks: blocksOf(name, text) };
}

export function blocksOf(name: string, text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  let directive: { mode: Mode; reason: string } | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const fence = /^```(\w*)/.exec(line);
    const comment = /^<!-- test: (\w+)(.*)$/.exec(line);
    if (fence === null && comment === null) {
      if (line.trim() !== '') directive = undefined;
      continue;
    }
    const isPrelude = comment?.[1] === 'prelude';
    if (comment !== null && !isPrelude) {
      directive = {
        mode: modeOf(comment[1] ?? '', `${name}:${at + 1}`),
        reason: (comment[2] ?? '').replace('-->', '').trim(),
      };
      continue;
    }
    const end = lines.indexOf(isPrelude ? '-->' : '```', at + 1);
    if (end === -1) throw new Error(`${name}:${at + 1}: the block has no end`);
    const code = lines.slice(at + 1, end).join('\n');
    const { mode, reason } = directive ?? { mode: 'plain', reason: '' };
    blocks.push({ language: isPrelude ? 'ts' : (fence?.[1] ?? ''), code, line: at + 1, mode, reason });
    directive = undefined;
    at = end;
  }
  return blocks;
}

function modeOf(word: string, place: string): Mode {
  if (word === 'skip' || word === 'scope' || word === 'change' || word === 'up') return word;
  throw new Error(`${place}: unknown directive "${word}"`);
}
