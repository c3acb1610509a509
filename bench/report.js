/** What a complete run has found: kept as JSON by database, and written as tables and charts to RESULTS.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { chart } from './chart.js';
import { workloads } from './workloads.js';

const folder = new URL('results/', import.meta.url);
const dialects = ['mysql', 'postgres', 'sqlite'];

export async function keepResults(database, systems, figures, { statements, heap, cold }) {
  mkdirSync(folder, { recursive: true });
  const results = {
    database: database.title,
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    systems: systems.map(({ file, name, kind }) => ({ file, name, kind })),
    figures,
    statements,
    heap,
    cold,
  };
  writeFileSync(new URL(`${database.dialect}.json`, folder), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(new URL(`${database.dialect}.svg`, folder), chart(results));
  writeResults();
}

/** RESULTS.md, of what is kept. */
export function writeResults() {
  const kept = dialects
    .map((dialect) => [dialect, new URL(`${dialect}.json`, folder)])
    .filter(([, file]) => existsSync(file))
    .map(([dialect, file]) => section(dialect, JSON.parse(readFileSync(file, 'utf8'))));
  writeFileSync(new URL('RESULTS.md', import.meta.url), `${introduction}\n${kept.join('\n')}`);
}

const introduction = `# Results

Written by \`npm run bench -- --write\`; [README.md](README.md) says what is measured, and how. Ratios of throughput to the
plain driver of the same run: 2 is twice as fast. Less than 15 % is a tie.
`;

function section(dialect, { database, node, machine, systems, figures, statements, heap, cold }) {
  const names = Object.keys(figures);
  const cells = (name, format) => names.map((workload) => format(name, workload));
  const ratio = ({ file }, workload) => figures[workload][file].ratio.toFixed(2);
  const cpu = ({ file }, workload) => `${figures[workload][file].cpu.toFixed(0)}`;
  const sent = ({ file }, workload) => plain(statements[workload][file]);
  const parts = [
    `## ${database}`,
    `Node ${node}, ${machine}, median of the rounds. Systems whose rows are instances of a class of one's own are **bold**.`,
    `![ratios to the plain driver](results/${dialect}.svg)`,
    names.map((name) => `${name} ${workloads[name].title}`).join(' · '),
    '### Throughput, as a ratio to the plain driver',
    table(
      ['', ...names],
      systems.map((system) => [title(system), ...cells(system, ratio)]),
    ),
    '### Client CPU per operation, in µs',
    table(
      ['', ...names],
      systems.map((system) => [title(system), ...cells(system, cpu)]),
    ),
  ];
  if (Object.values(statements).some((each) => Object.values(each).some((value) => value !== undefined))) {
    parts.push(
      '### Statements per operation, as the server counts them',
      table(
        ['', ...names],
        systems.map((system) => [title(system), ...cells(system, sent)]),
      ),
    );
  }
  parts.push(
    '### Heap per loaded record, and the cold start (W9)',
    table(
      ['', 'heap, bytes', 'start to first record, ms', 'over the plain driver, ms', 'peak memory, MiB', 'ratio'],
      systems.map((system) => [title(system), heap[system.file].toFixed(0), ...coldCells(cold[system.file])]),
    ),
  );
  return `${parts.join('\n\n')}\n`;
}

const title = ({ name, kind }) => (kind === 'instances' ? `**${name}**` : name);
const plain = (value) => (value === null || value === undefined ? '' : Number(value.toFixed(2)).toString());

function coldCells(figure) {
  if (figure === undefined) return ['', '', '', ''];
  const { ms, over, memory, memoryRatio } = figure;
  return [ms.toFixed(0), over.toFixed(0), memory.toFixed(0), memoryRatio.toFixed(2)];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
