import type { Connection } from '../connection/connection.ts';
import type { MigrationDirection, MigrationEvent } from '../migrations/runner.ts';
import type { Context } from './context.ts';
import { bar, durationText, type Output } from './output.ts';

const words = {
  up: { now: 'migrating', done: 'migrated', failed: 'not migrated' },
  down: { now: 'rolling back', done: 'rolled back', failed: 'not rolled back' },
} as const;

/** Milliseconds between two lines about a data step, where no line can change. */
const pause = 10_000;

/** Tells what a migrator does, as it does it. */
export function migrationReport(output: Output): (event: MigrationEvent) => void {
  const { style } = output;
  const progress = output.progress();
  let planned = 0;
  let begun = 0;
  let toldAt = 0;
  return (event) => {
    switch (event.kind) {
      case 'waiting':
        return output.line('another migrator is at work on this database; waiting until it has finished …');
      case 'planned':
        planned = event.migrations.length;
        begun = 0;
        return;
      case 'started': {
        begun++;
        toldAt = performance.now();
        const place = planned > 1 ? `${bar(begun - 1, planned)} ${begun} of ${planned}  ` : '';
        return progress.show(`${place}${words[event.direction].now} ${event.migration}`);
      }
      case 'progress': {
        const text = `${event.migration}: ${event.rows} rows in ${event.batches} batches`;
        if (output.interactive) return progress.show(`migrating ${text}`);
        // A log in which nothing happens for an hour looks like one of a command that hangs.
        if (performance.now() - toldAt < pause) return;
        toldAt = performance.now();
        return output.line(`   ${text}`);
      }
      case 'blocked':
        progress.clear();
        return output.line(
          `${event.migration} waits for others who use the table${event.by.length === 0 ? '' : `, perhaps ${event.by.join('; or ')}`}; trying again …`,
        );
      case 'warning':
        return output.line(`${style.bad('warning')} ${event.message} ${event.hint}`);
      case 'finished':
        progress.clear();
        return output.line(
          `${style.good(words[event.direction].done)} ${event.migration} ${style.faint(`(${durationText(event.duration)})`)}`,
        );
      case 'said':
        progress.clear();
        return output.line(
          event.duration === undefined
            ? `   ${event.message}`
            : `   ${event.message} ${style.faint(`(${durationText(event.duration)})`)}`,
        );
      case 'failed':
        progress.clear();
        return output.line(`${style.bad(words[event.direction].failed)} ${event.migration}`);
    }
  };
}

interface RunEntry {
  readonly migration: string;
  readonly direction: MigrationDirection;
  readonly milliseconds: number;
}

/**
 * Runs a migrator and tells what it does, line by line and in the document.
 *
 * @param nothing - is said where nothing was run
 * @param run - gives the names of the migrations that were run
 */
export async function reportRun(
  { output, document }: Context,
  connection: Connection,
  nothing: string,
  run: (onEvent: (event: MigrationEvent) => void) => Promise<readonly string[]>,
): Promise<void> {
  const migrations: RunEntry[] = [];
  const warnings: string[] = [];
  Object.assign(document, { database: connection.config.database, migrations });
  const tell = migrationReport(output);
  const names = await run((event) => {
    if (event.kind === 'finished') {
      const { migration, direction, duration } = event;
      migrations.push({ migration, direction, milliseconds: Math.round(duration * 1000) / 1000 });
    }
    if (event.kind === 'warning') {
      warnings.push(`${event.message} ${event.hint}`);
      document.warnings = warnings;
    }
    tell(event);
  });
  if (names.length === 0) output.line(nothing);
}
