// A migrator is killed at any moment; the next one goes on where it stood, and the schema and rows are those of a run
// that nobody has killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { eachDatabase } from './support/databases.js';
import { contents, MigratorProcess, migrationsIn } from './support/migrators.js';
import { seeded } from './support/random.js';
import { Tally } from './support/tally.js';

const bodies = {
  create_tables: `change() {
  this.createTable('teams', { id: column.id(), title: column.string(40) });
  this.createTable('users', { id: column.id(), name: column.string(40), age: column.integer().default(0) });
  this.addIndex('users', 'name');
}`,
  fill: `up() {
  this.execute("INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'f') ON DUPLICATE KEY UPDATE name = VALUES(name)");
}
down() {}`,
  change: `change() {
  this.addColumn('users', 'teamId', column.references('teams').nullable());
  this.renameColumn('users', 'name', 'full_name');
  this.changeColumn('users', 'age', column.bigint().default(0n), column.integer().default(0));
  this.addColumn('users', 'email', column.string().nullable().unique());
  this.renameTable('teams', 'clubs');
}`,
  age: `up() {
  this.data(async ({ at = 0, execute }) => {
    const { affectedRows } = await execute(sql\`UPDATE users SET age = age + 1 WHERE id > \${at} AND id <= \${at + 2}\`);
    return at > 6 ? 0 : { rows: affectedRows, at: at + 2 };
  });
  this.removeColumn('users', 'email', column.string().nullable().unique());
  this.addIndex('users', ['age', 'fullName'], { name: 'by_age' });
}
down() {}`,
};

export default {
  number: 27,
  title: 'kill -9 of the migrator at any moment, then another run',
  async run(context) {
    const tally = new Tally();
    const runs = context.quick ? 1 : 50;
    const random = seeded(27);
    const { folder, remove } = migrationsIn(bodies);
    let expected;
    let duration = 0;
    try {
      for (let run = 0; run <= runs; run++) {
        await eachDatabase(
          context,
          async ({ url }) => {
            const options = { wait: 60_000 };
            const first = new MigratorProcess(context);
            await first.ready;
            if (expected === undefined) {
              const startedAt = performance.now();
              const answer = await first.migrate({ url, folder, options });
              duration = performance.now() - startedAt;
              if (answer?.ran?.length !== Object.keys(bodies).length) throw new Error(JSON.stringify(answer));
              expected = await contents('mysql');
              return first.kill();
            }
            const running = first.migrate({ url, folder, options });
            await sleep(random() * duration);
            await first.kill();
            await running;
            const second = new MigratorProcess(context);
            let answer = await second.migrate({ url, folder, options });
            // The one statement that no catalogue knows of: it says the same when it is said twice.
            if (answer?.codes?.[0] === 'AR_MIGRATION_IN_DOUBT')
              answer = await second.migrate({ url, folder, options: { ...options, assume: 'not-done' } });
            await second.kill();
            const found = await contents('mysql');
            tally.check(found === expected, () => `${JSON.stringify(answer)}; ${found}\n in place of ${expected}`);
          },
          { only: ['mysql'] },
        );
      }
    } finally {
      remove();
    }
    const right = tally.tried - tally.wrong;
    return { count: right, of: tally.tried, target: tally.tried, unit: 'runs right', failures: tally.failures };
  },
};
