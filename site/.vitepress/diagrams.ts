/**
 * The diagrams of the guides (`erDiagram` of Mermaid, which code hosts draw by themselves) as plain HTML: one line for each
 * relation, one box for each table. Mermaid itself would be two megabytes of script in every page.
 */
import type { MarkdownRenderer } from 'vitepress';

const relation = /^(\w+) (\|\||\}o|\|o)(--|\.\.)(\|\||o\{|o\|) (\w+) : "([^"]*)"$/;
const table = /^(\w+) \{([^}]*)\}$/;

const counts: Readonly<Record<string, string>> = { '||': '1', 'o{': 'n', '}o': 'n', 'o|': '0–1', '|o': '0–1' };

export function diagrams(markdown: MarkdownRenderer): void {
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() === 'mermaid') return drawn(token.content, markdown.utils.escapeHtml);
    return fence?.(tokens, index, ...rest) ?? '';
  };
}

function drawn(text: string, escaped: (text: string) => string): string {
  // A table may stand over several lines.
  const flat = text.replace(/^(\s*\w+ \{)([^}]*)\}/gm, (_, head: string, columns: string) => {
    return `${head}${columns.trim().replace(/\s*\n\s*/g, ', ')}}`;
  });
  const [kind, ...lines] = flat.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (kind !== 'erDiagram') throw new Error(`The site draws no "${kind}": see site/.vitepress/diagrams.ts`);
  const html = lines.map((line) => {
    const [, from, left, stroke, right, to, label] = relation.exec(line) ?? [];
    if (from !== undefined && left !== undefined && right !== undefined) {
      const dashed = stroke === '..' ? ' class="dashed"' : '';
      return `<li><b>${from}</b> <i>${counts[left]}</i><hr${dashed}><span>${escaped(label ?? '')}</span><hr${dashed}><i>${counts[right]}</i> <b>${to}</b></li>`;
    }
    const [, name, columns] = table.exec(line) ?? [];
    if (name === undefined) throw new Error(`The site does not understand the diagram's line ${line}`);
    return `<li><b>${name}</b> <span>${escaped(columns?.trim() ?? '')}</span></li>`;
  });
  return `<ul class="diagram" v-pre>${html.join('')}</ul>\n`;
}
