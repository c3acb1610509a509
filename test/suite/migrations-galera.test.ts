import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connections } from '../../lib/connection/registry.ts';
import { type MigrationEvent, migrate } from '../../lib/migrations/runner.ts';
import { sql } from '../../lib/sql/template.ts';
import { galeraProvider, mysqlBinaries } from '../support/binaries.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { freePort, type PrivateServer, startPrivateMysql } from '../support/private-server.ts';

const provider = galeraProvider();
const binaries = mysqlBinaries();
const isLong = process.env.AR_TEST_LONG !== undefined;

/** A cluster of one node, which is as careful as one of many. */
async function startNode(): Promise<PrivateServer> {
  if (typeof binaries === 'string') throw new Error(binaries);
  const port = await freePort();
  return startPrivateMysql(binaries, [
    ...['--wsrep-on=ON', `--wsrep-provider=${provider}`, '--wsrep-new-cluster', '--wsrep-cluster-address=gcomm://'],
    ...['--binlog-format=ROW', '--innodb-autoinc-lock-mode=2', `--wsrep-node-address=127.0.0.1:${port}`],
    `--wsrep-provider-options=base_port=${port};gmcast.listen_addr=tcp://127.0.0.1:${port};gcache.size=16M`,
  ]);
}

describe.skipIf(!isLong || provider === undefined || typeof binaries === 'string')('migrators in a cluster', () => {
  let server: PrivateServer | undefined;
  beforeAll(async () => {
    server = await startNode();
  }, 120_000);
  afterAll(() => server?.stop());

  it('are one that works at a time, by a lease that all nodes agree on', { timeout: 120_000 }, async () => {
    const folder = migrationFolder();
    folder.add('20260101000001_create_users', "change() { this.createTable('users', { id: column.id() }); }");
    folder.add('20260101000002_fill', "up() { this.execute('INSERT INTO users () VALUES ()'); }");
    for (let run = 0; run < 10; run++) {
      const admin = connections.define('cluster', `${server?.url}mysql`);
      await admin.execute(sql.unsafe(`CREATE DATABASE run_${run}`));
      const events: MigrationEvent[] = [];
      const migrators = Array.from({ length: 4 }, (_, index) =>
        connections.define(`migrator ${index} of a cluster`, `${server?.url}run_${run}`),
      );
      const onEvent = (event: MigrationEvent) => {
        events.push(event);
      };
      const ran = await Promise.all(
        migrators.map((connection) => migrate({ connection, folder: folder.path, onEvent })),
      );
      expect(ran.map((names) => names.length).sort()).toEqual([0, 0, 0, 2]);
      expect(events.filter(({ kind }) => kind === 'waiting')).toHaveLength(3);
      const [first] = migrators;
      expect(await first?.query(sql`SELECT COUNT(*) AS rows_there FROM users`)).toEqual([{ rows_there: 1 }]);
      expect(await first?.query(sql`SELECT * FROM ar_leases`)).toEqual([]);
      for (const each of [...migrators, admin]) await each.close();
    }
  });
});
