/** A chart of ratios as an SVG: a row of bars for each workload, on a scale that doubles. */
import { workloads } from './workloads.js';

const bar = 9;
const left = 220;
const width = 620;
const most = 16;
const least = 1 / 16;
const colours = { own: '#c0392b', instances: '#2c6fbb', plain: '#9aa5b1' };

const place = (ratio) =>
  left + (width * Math.log2(Math.min(most, Math.max(least, ratio)) / least)) / Math.log2(most / least);
const text = (x, y, content, more = '') => `<text x="${x}" y="${y}" ${more}>${content}</text>`;

export function chart({ database, systems, figures }) {
  const parts = [];
  let y = 44;
  for (const [name, figure] of Object.entries(figures)) {
    parts.push(text(8, y + 8, `${name} ${workloads[name].title}`, 'font-weight="bold"'));
    y += 14;
    for (const { file, name: title, kind } of systems) {
      const { ratio } = figure[file];
      const colour = file === 'active-record-ts' ? colours.own : colours[kind];
      parts.push(text(left - 6, y + bar - 1, title, 'text-anchor="end"'));
      parts.push(
        `<rect x="${left}" y="${y}" width="${(place(ratio) - left).toFixed(1)}" height="${bar - 2}" fill="${colour}"/>`,
      );
      parts.push(text((place(ratio) + 4).toFixed(1), y + bar - 1, ratio.toFixed(2)));
      y += bar;
    }
    y += 10;
  }
  const lines = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16].map((ratio) => {
    const x = place(ratio).toFixed(1);
    return `<line x1="${x}" x2="${x}" y1="36" y2="${y}" stroke="${ratio === 1 ? '#333' : '#ddd'}"/>${text(x, 32, ratio, 'text-anchor="middle"')}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 40} ${y + 4}" font-family="sans-serif" font-size="8">`,
    `<title>${database}: throughput of each workload by system</title>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text(8, 16, `${database}: throughput, ratio to the plain driver (right of 1 is faster)`, 'font-size="11"'),
    ...lines,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
