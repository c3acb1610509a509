import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connections } from 'active-record-ts';
import { assertQueries } from 'active-record-ts/testing';
import { openDatabase } from '../database.ts';
import { track } from '../main.ts';
import { Entry } from '../models/entry.ts';
import { Project } from '../models/project.ts';

const folder = mkdtempSync(join(tmpdir(), 'track-'));
process.env.DATABASE_URL ??= `sqlite:${join(folder, 'track.sqlite3')}`;

before(async () => void (await openDatabase()));
beforeEach(async () => {
  await Entry.deleteAll({ everyRow: true });
  await Project.deleteAll({ everyRow: true });
});
after(async () => {
  await connections.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

const at = (time: string) => new Date(`2026-11-20T${time}:00Z`);

test('start and stop', async () => {
  assert.deepEqual(await track(['start', 'Website', '-m', 'the header'], at('09:00')), {
    output: 'started website',
    code: 0,
  });
  assert.deepEqual(await track(['stop'], at('10:30')), { output: 'stopped website after 1:30 h', code: 0 });
  const entry = await Entry.includes('project').firstOrFail();
  assert.deepEqual([entry.project.value.name, entry.note, entry.stoppedAt], ['website', 'the header', at('10:30')]);
});

test('starting another project stops the one that runs', async () => {
  await track(['start', 'website'], at('09:00'));
  const { output } = await track(['start', 'books'], at('09:20'));
  assert.equal(output, 'stopped website after 0:20 h\nstarted books');
  assert.equal(await Entry.all().running().count(), 1);
  assert.equal((await Project.findByOrFail({ name: 'books' })).entriesCount, 1);
});

test('what cannot be started leaves the entry that runs as it is', async () => {
  await track(['start', 'website'], at('09:00'));
  const { output, code } = await track(['start', 'my site!'], at('09:20'));
  assert.deepEqual([output, code], ['Name is of letters, digits and hyphens', 1]);
  assert.equal(await Entry.all().running().count(), 1);
});

test('an entry does not stop before it has started', async () => {
  await track(['start', 'website'], at('09:00'));
  const { output, code } = await track(['stop'], at('08:00'));
  assert.match(output, /^Stopped at must be greater than/);
  assert.equal(code, 1);
});

test('the list costs two statements, however long it is', async () => {
  for (const hour of ['09', '10', '11']) {
    await track(['start', hour === '10' ? 'books' : 'website'], at(`${hour}:00`));
  }
  const { output } = await assertQueries(2, () => track(['list'], at('11:15')));
  assert.equal(
    output,
    '2026-11-20   0:15 h  website (running)\n2026-11-20   1:00 h  books\n2026-11-20   1:00 h  website',
  );
});

test('the report adds up by project', async () => {
  for (const [name, hour] of [
    ['website', '09'],
    ['books', '10'],
    ['website', '13'],
  ] as const) {
    await track(['start', name], at(`${hour}:00`));
  }
  await track(['stop'], at('13:30'));
  assert.equal((await track(['report'])).output, ' 3:00 h  books\n 1:30 h  website');
});

test('a project is removed with its entries', async () => {
  await track(['start', 'website'], at('09:00'));
  assert.equal((await track(['remove', 'website'])).output, 'removed website and its entries (1)');
  assert.equal(await Entry.count(), 0);
  assert.deepEqual(await track(['remove', 'website']), { output: 'there is no such project', code: 1 });
});

test('what is not understood prints the usage', async () => {
  for (const args of [
    [],
    ['dance'],
    ['list', '--loud'],
    ['start'],
    ['start', 'two', 'words'],
    ['list', '-n', 'many'],
  ]) {
    const { output, code } = await track(args);
    assert.deepEqual([args, code], [args, 2]);
    assert.match(output, /usage: track/);
  }
});

test('the command itself: a new database, its output and its exit code', () => {
  const command = fileURLToPath(new URL('../main.js', import.meta.url));
  const url = `sqlite:${join(folder, 'own.sqlite3')}`;
  const runOn = (database: string, ...args: string[]) =>
    spawnSync(process.execPath, [command, ...args], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: database },
    });
  const run = (...args: string[]) => runOn(url, ...args);
  assert.deepEqual([run('start', 'website').stdout, run('list').status], ['started website\n', 0]);
  assert.equal(run('remove', 'books').stderr, 'there is no such project\n');
  const { stderr, status } = runOn('mysql://root@127.0.0.1:1/track', 'list');
  assert.match(stderr, /^The server at .* could not be reached.*\(AR_CONNECTION_FAILED\)\n$/);
  assert.equal(status, 1);
});
