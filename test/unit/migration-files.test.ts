import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { MigrationInvalid } from '../../lib/errors/migration.ts';
import { fileNameOf, nextVersion, parseFileName } from '../../lib/migrations/files/file-name.ts';
import { discover, loadMigration } from '../../lib/migrations/files/source.ts';
import { migrationFolder, migrationSource } from '../support/migration-files.ts';

const at = (text: string) => new Date(`${text}Z`);

describe('names of migration files', () => {
  it('say version, name and class', () => {
    expect(parseFileName('20261120101500_create_users.ts')).toEqual({
      version: '20261120101500',
      name: 'create_users',
      className: 'CreateUsers',
    });
    expect(parseFileName('20261120101500_add_v2_to_users.js')?.className).toBe('AddV2ToUsers');
    expect(parseFileName('20240229235959_a.mjs')?.version).toBe('20240229235959');
  });

  it.each([
    'create_users.ts',
    '20261120_create_users.ts',
    '20261320101500_create_users.ts',
    '20250229101500_create_users.ts',
    '20261120241500_create_users.ts',
    '20261120101500_CreateUsers.ts',
    '20261120101500_create-users.ts',
    '20261120101500_.ts',
    '20261120101500_create__users.ts',
    '20261120101500_create_users.json',
    '20261120101500_create_users.ts.bak',
  ])('are not %s', (name) => {
    expect(parseFileName(name)).toBeUndefined();
  });

  it('are read back as they were made', () => {
    const words = fc.array(fc.stringMatching(/^[A-Z][a-z]{1,8}$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.date({ min: at('0001-01-01T00:00'), max: at('9998-12-31T00:00'), noInvalidDate: true }),
        words,
        (now, parts) => {
          const version = nextVersion([], now);
          expect(parseFileName(fileNameOf(version, parts.join('')))).toMatchObject({
            version,
            className: parts.join(''),
          });
        },
      ),
    );
  });
});

describe('versions of new migrations', () => {
  it('are the present second in UTC', () => {
    expect(nextVersion([], at('2026-11-20T10:15:00.999'))).toBe('20261120101500');
  });

  it('follow the newest that there is, over every border of the calendar', () => {
    expect(nextVersion(['20261120101500'], at('2026-11-20T10:15:00'))).toBe('20261120101501');
    expect(nextVersion(['20271231235959', '20260101000000'], at('2026-11-20T10:15:00'))).toBe('20280101000000');
  });

  it('increase whatever the clock does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.date({ min: at('2000-01-01T00:00'), max: at('2100-01-01T00:00'), noInvalidDate: true })),
        (clock) => {
          const versions: string[] = [];
          for (const now of clock) versions.push(nextVersion(versions, now));
          expect(versions).toEqual([...new Set(versions)].toSorted());
        },
      ),
    );
  });
});

describe('a folder of migrations', () => {
  it('is read in the order of versions, without what is no script', async () => {
    const folder = migrationFolder();
    folder.write('20260101000002_b.ts', '');
    folder.write('20260101000001_a.mjs', '');
    for (const other of ['README.md', 'types.d.ts', '20260101000002_b.js.map', '.hidden.ts']) folder.write(other, '');
    expect((await discover(folder.path)).map(({ version, className }) => [version, className])).toEqual([
      ['20260101000001', 'A'],
      ['20260101000002', 'B'],
    ]);
  });

  it('may not exist', async () => {
    expect(await discover('/nowhere/at/all')).toEqual([]);
  });

  it.each([
    [['helper.ts'], /helper\.ts is not named like a migration/],
    [['20260101000001_a.ts', '20260101000001_b.ts'], /Two migrations have the version 20260101000001/],
    [['20260101000001_a.ts', '20260101000001_a.js'], /compiled from the other/],
    [['20260101000001_create_users.ts', '20260101000002_create_users.ts'], /Two migrations have the name CreateUsers/],
  ])('is refused with %s', async (names, message) => {
    const folder = migrationFolder();
    for (const name of names) folder.write(name, '');
    await expect(discover(folder.path)).rejects.toThrow(message);
    await expect(discover(folder.path)).rejects.toBeInstanceOf(MigrationInvalid);
  });
});

describe('a migration file', () => {
  it.each([
    ['export const x = 1;', /has no class as its default export.*export default class Made extends Migration/],
    ['export default class {}', /does not extend Migration/],
    ['export default () => ({});', /could not be constructed|does not extend Migration/],
    ['throw new Error("no luck");', /could not be loaded: no luck/],
    [migrationSource(''), /says nothing to do/],
    [migrationSource('down() {}'), /has down\(\), but no up\(\)/],
    [migrationSource('change() {} up() {}'), /has change\(\) beside up\(\) or down\(\)/],
    [migrationSource('constructor() { super(); throw new Error("no luck"); }'), /could not be constructed: no luck/],
  ])('is refused with %s', async (text, message) => {
    const folder = migrationFolder();
    folder.write('20260101000001_made.ts', text);
    const [file] = await discover(folder.path);
    if (file === undefined) throw new Error('no file');
    await expect(loadMigration(file)).rejects.toThrow(message);
    await expect(loadMigration(file)).rejects.toBeInstanceOf(MigrationInvalid);
  });
});

describe('a folder of migrations', () => {
  // As a program does with the published package: there files are loaded in another way than here.
  it('may be told from the working directory on', () => {
    const folder = migrationFolder();
    folder.add('20261120101500_create_users', "change() { this.createTable('users', { id: column.id() }); }");
    const library = pathToFileURL(join(inject('compiled'), 'index.js')).href;
    const program = `
      const { connect, disconnect, migrate } = await import(${JSON.stringify(library)});
      const connection = await connect('sqlite::memory:');
      console.log(await migrate({ connection, folder: 'migrations' }));
      await disconnect();`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: dirname(folder.path),
      encoding: 'utf8',
    });
    expect(stdout, stderr).toBe("[ '20261120101500_create_users' ]\n");
  });
});
