import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { connections } from '../../lib/connection/registry.ts';
import { startAr } from '../support/ar.ts';
import { createDatabase, describeEachDatabase } from '../support/databases.ts';
import { migrationFolder } from '../support/migration-files.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';

const long = process.env.AR_TEST_LONG !== undefined;
const runs = long ? 20 : 1;

/** Holds the first migration up until the other migrator has said that it waits, so that the two do meet in every run. */
const held = (signal: string) => `async up() {
  const { existsSync } = await import('node:fs');
  this.createTable('users', { id: column.id(), name: column.string() });
  for (let tries = 0; !existsSync(${JSON.stringify(signal)}) && tries < 1000; tries++) await new Promise((done) => setTimeout(done, 20));
}
down() { this.dropTable('users'); }`;

describeEachDatabase('two migrators at once', ({ dialect }) => {
  it(`are one that works, and one that waits and finds nothing to do, in each of ${runs} runs`, {
    timeout: long ? 300_000 : 60_000,
  }, async () => {
    for (let run = 0; run < runs; run++) {
      const folder = migrationFolder();
      const project = dirname(folder.path);
      const signal = join(project, 'go');
      writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
      folder.add('20260101000001_create_users', held(signal));
      folder.add(
        '20260101000002_create_posts',
        "change() { this.createTable('posts', { id: column.id(), userId: column.references('users') }); }",
      );
      folder.add(
        '20260101000003_add_age_to_users',
        "change() { this.addColumn('users', 'age', column.integer().nullable()); }",
      );
      const database = await createDatabase(dialect);
      const connection = connections.define(`migrators-${dialect}-${run}`, database.url);
      try {
        const both = [
          startAr(project, 'migrate', '--url', database.url),
          startAr(project, 'migrate', '--url', database.url),
        ] as const;
        await Promise.race(both.map((each) => each.until('another migrator is at work')));
        writeFileSync(signal, '');
        const codes = await Promise.all(both.map((each) => each.ended));
        // Either of them may be the one that makes the file of SQLite.
        const outputs = both.map((each) => each.output().replace(/^created the database .*\n/, ''));
        expect(codes, outputs.join('\n')).toEqual([0, 0]);
        const [waited, worked] = outputs.toSorted();
        expect(waited).toMatch(/^another migrator is at work.*\nnothing to do: every migration is applied\n$/);
        expect(worked).toMatch(/^(migrated \d{14}_\w+ \(.*\)\n){3}$/);
        expect(Object.keys(await schemaSnapshot(connection))).toEqual(['posts', 'users']);
      } finally {
        await connection.close();
        await database.drop();
      }
    }
  });
});
