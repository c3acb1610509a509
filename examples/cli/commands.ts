import { not, transaction } from 'active-record-ts';
import { Entry } from './models/entry.ts';
import { Project } from './models/project.ts';

/** `track start website -m 'the header'`: begins an entry, and stops the one that runs. Both or neither. */
export async function start(name: string, note: string | undefined, now: Date): Promise<string> {
  return (
    (await transaction(async () => {
      const stopped = await stopRunning(now);
      const project = await Project.findOrCreateBy({ name });
      await project.entries.create({ note: note ?? null, startedAt: now });
      return [...(stopped === undefined ? [] : [stopped]), `started ${project.name}`].join('\n');
    })) ?? ''
  );
}

export async function stop(now: Date): Promise<string> {
  return (await stopRunning(now)) ?? 'nothing is running';
}

async function stopRunning(now: Date): Promise<string | undefined> {
  const entry = await Entry.all().running().includes('project').first();
  if (entry === null) return undefined;
  await entry.update({ stoppedAt: now });
  return `stopped ${entry.project.value.name} after ${duration(entry.minutes(now))}`;
}

/** The last entries, the newest first: two statements, however many they are. */
export async function list(count: number, now: Date): Promise<string> {
  const entries = await Entry.includes('project').order('startedAt', 'desc').order('id', 'desc').limit(count);
  const lines = entries.map((entry) => {
    const state = entry.stoppedAt === null ? ' (running)' : '';
    const note = entry.note === null ? '' : `  ${entry.note}`;
    return `${day(entry.startedAt)}  ${duration(entry.minutes(now)).padStart(7)}  ${entry.project.value.name}${state}${note}`;
  });
  return lines.length === 0 ? 'no entries' : lines.join('\n');
}

/** Minutes by project, the longest first. */
export async function report(now: Date): Promise<string> {
  const totals = new Map<string, number>();
  // A few at a time: years of entries need no more memory than a thousand.
  for await (const entries of Entry.includes('project')
    .where({ stoppedAt: not(null) })
    .findInBatches()) {
    for (const entry of entries) {
      const { name } = entry.project.value;
      totals.set(name, (totals.get(name) ?? 0) + entry.minutes(now));
    }
  }
  const lines = [...totals]
    .sort((a, b) => b[1] - a[1])
    .map(([name, minutes]) => `${duration(minutes).padStart(7)}  ${name}`);
  return lines.length === 0 ? 'no entries' : lines.join('\n');
}

export async function remove(name: string): Promise<string> {
  const project = await Project.findByOrFail({ name });
  await project.destroy();
  return `removed ${project.name} and its entries (${project.entriesCount})`;
}

const day = (moment: Date): string => moment.toISOString().slice(0, 10);

function duration(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  return `${hours}:${String(minutes % 60).padStart(2, '0')} h`;
}
