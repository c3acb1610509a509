import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'shop-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const env = { ...process.env, DATABASE_URL: `sqlite:${join(folder, 'shop.sqlite3')}`, PORT: '0' };

test('the server refuses a schema that is not there, and serves one that is', async () => {
  const early = spawnSync(process.execPath, ['out/server.js'], { env, encoding: 'utf8' });
  assert.notEqual(early.status, 0);
  assert.match(early.stderr, /AR_MIGRATION_PENDING|AR_DATABASE_MISSING/);

  const migrated = spawnSync('npx', ['--no', '--', 'ar', 'migrate'], { env, encoding: 'utf8' });
  assert.equal(migrated.status, 0, migrated.stderr);

  const server = spawn(process.execPath, ['out/server.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [said] = await once(server.stdout, 'data');
    const address = /http:\S+/.exec(String(said))?.[0];
    const answer = await fetch(`${address}/products`);
    assert.deepEqual(await answer.json(), { products: [], next: null });
  } finally {
    server.kill('SIGTERM');
  }
  const [code] = await once(server, 'exit');
  assert.equal(code, 0);
});
