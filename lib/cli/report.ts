import type { MigrationEvent } from '../migrations/runner.ts';
import { durationText, type Output } from './output.ts';

const words = {
  up: { now: 'migrating', done: 'migrated', failed: 'not migrated' },
  down: { now: 'rolling back', done: 'rolled back', failed: 'not rolled back' },
} as const;

/** Tells what a migrator does, as it does it. */
export function migrationReport(output: Output): (event: MigrationEvent) => void {
  const { style } = output;
  const progress = output.progress();
  let planned = 0;
  let begun = 0;
  return (event) => {
    switch (event.kind) {
      case 'waiting':
        return output.line('another migrator is at work on this database; waiting until it has finished …');
      case 'planned':
        planned = event.migrations.length;
        return;
      case 'started':
        begun++;
        return progress.show(`${words[event.direction].now} ${event.migration} (${begun} of ${planned})`);
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
