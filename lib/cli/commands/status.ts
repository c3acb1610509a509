import { migrationStatus } from '../../migrations/runner.ts';
import { type Context, type DatabaseOptions, loadProject, shownPath, withDatabase } from '../context.ts';

/** `ar status`: every migration, and whether the database has run it. */
export async function statusCommand(context: Context, options: DatabaseOptions): Promise<void> {
  const { output } = context;
  const { style } = output;
  const { migrations: folder } = await loadProject(context);
  const all = await withDatabase(context, options, false, (connection) => migrationStatus({ connection, folder }));
  if (all.length === 0) return output.line(`no migrations in ${shownPath(context, folder)}`);
  for (const { version, name, state, appliedAt } of all) {
    const paint = state === 'applied' ? style.good : state === 'missing' ? style.bad : style.strong;
    const note =
      state === 'missing'
        ? 'its file is gone'
        : appliedAt === undefined
          ? ''
          : appliedAt.toISOString().slice(0, 19).replace('T', ' ');
    output.line(`${paint(state.padEnd(8))} ${version}_${name}${note === '' ? '' : `  ${style.faint(note)}`}`);
  }
}
