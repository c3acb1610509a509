import { expect, it } from 'vitest';
import { type MigrationEvent, migrate, migrationStatus, rollback } from '../../lib/migrations/runner.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { migrationSource } from '../support/migration-files.ts';
import { useMigrator } from '../support/migrator.ts';

describeEachDatabase('the files of migrations that were run', ({ dialect }) => {
  const m = useMigrator(dialect);
  const options = () => ({ connection: m.connection, folder: m.folder.path });
  const users = "change() { this.createTable('users', { id: column.id(), name: column.string(40) }); }";

  it('are told of where they were changed or are gone since', async () => {
    m.folder.add('20260101000001_users', users);
    m.folder.add('20260101000002_tags', "change() { this.createTable('tags', { id: column.id() }); }");
    await m.up();
    m.folder.add('20260101000001_users', `${users} // changed`);
    m.folder.remove('20260101000002_tags');
    const warnings = async (accept?: boolean) => {
      const events: MigrationEvent[] = [];
      await migrate({ ...options(), accept, onEvent: (event) => events.push(event) });
      return events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
    };
    const gone = '20260101000002_tags was run, but its file is gone.';
    expect(await warnings()).toEqual([
      '20260101000001_users was changed after it had been run: this database has what it said before.',
      gone,
    ]);
    expect((await migrationStatus(options())).map(({ state }) => state)).toEqual(['drifted', 'missing']);
    expect(await warnings(true)).toEqual([gone]);
    expect(await warnings()).toEqual([gone]);
  });

  it('may have other ends of lines and a byte order mark; any other change is told before it is undone', async () => {
    m.folder.add('20260101000001_users', users);
    await m.up();
    const events: MigrationEvent[] = [];
    const onEvent = (event: MigrationEvent) => events.push(event);
    m.folder.write('20260101000001_users.ts', `\uFEFF${migrationSource(users).replaceAll('\n', '\r\n')}`);
    expect(await m.states()).toEqual(['users applied']);
    m.folder.add('20260101000001_users', `${users} // changed`);
    expect(await rollback({ ...options(), onEvent })).toEqual(['20260101000001_users']);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'warning', migration: '20260101000001_users' }));
  });

  it('count as they were loaded, though they were changed or removed while they ran', async () => {
    m.folder.add('20260101000001_users', `async up() { globalThis.journalRemoves(); ${users.slice(10)}`);
    Reflect.set(globalThis, 'journalRemoves', () => m.folder.remove('20260101000001_users'));
    expect(await m.up()).toEqual(['20260101000001_users']);
    expect(await m.states()).toEqual(['users missing']);
  });
});
