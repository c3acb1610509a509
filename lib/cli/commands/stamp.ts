import { stamp } from '../../migrations/stamp.ts';
import { type Context, loadProject, withDatabase } from '../context.ts';
import { migrationReport } from '../report.ts';
import { handedOn, type RunOptions } from './migrate.ts';

export interface StampOptions extends Pick<RunOptions, 'url' | 'connection' | 'wait'> {
  readonly remove?: boolean;
}

/** `ar stamp <version|all>`: records migrations as run without running them. */
export async function stampCommand(context: Context, version: string, options: StampOptions): Promise<void> {
  const { output } = context;
  const { remove = false } = options;
  const { migrations: folder } = await loadProject(context);
  await withDatabase(context, options, false, async (connection) => {
    const onEvent = migrationReport(output);
    const names = await stamp({ connection, folder, version, remove, ...handedOn(options), onEvent });
    Object.assign(context.document, {
      database: connection.config.database,
      [remove ? 'removed' : 'recorded']: names,
    });
    const word = remove ? 'taken off the record' : 'recorded';
    for (const name of names)
      output.line(`${output.style.good(word)} ${name} ${output.style.faint(remove ? '(not undone)' : '(not run)')}`);
    if (names.length === 0)
      output.line(remove ? `nothing to do: ${version} is not recorded` : 'nothing to do: it is recorded already');
  });
}
