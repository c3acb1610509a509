// Five migrators begin at the same moment: one of them works, and the others find nothing to do.
import { eachDatabase } from './support/databases.js';
import { contents, MigratorProcess, migrationsIn } from './support/migrators.js';
import { Tally } from './support/tally.js';

const bodies = {
  create_users: "change() { this.createTable('users', { id: column.id(), name: column.string(40) }); }",
  create_posts:
    "change() { this.createTable('posts', { id: column.id(), userId: column.references('users') }); this.addIndex('users', 'name'); }",
  fill_users: 'up() { this.execute("INSERT INTO users (name) VALUES (\'Ada\')"); }\ndown() {}',
};

export default {
  number: 26,
  title: 'five migrators at once',
  async run(context) {
    const tally = new Tally();
    const runs = context.quick ? 1 : 50;
    const { folder, remove } = migrationsIn(bodies);
    const migrators = Array.from({ length: 5 }, () => new MigratorProcess(context));
    try {
      const expected = {};
      for (let run = 0; run < runs; run++) {
        await eachDatabase(context, async ({ dialect, url }) => {
          const answers = await Promise.all(migrators.map((each) => each.migrate({ url, folder })));
          const worked = answers.filter((answer) => answer?.ran?.length === 3).length;
          const idle = answers.filter((answer) => answer?.ran?.length === 0).length;
          const found = await contents(dialect);
          expected[dialect] ??= found;
          tally.check(
            worked === 1 && idle === 4 && found === expected[dialect] && found.includes('Ada'),
            () => `${dialect}: ${JSON.stringify(answers)}; ${found}`,
          );
        });
      }
    } finally {
      await Promise.all(migrators.map((each) => each.kill()));
      remove();
    }
    const right = tally.tried - tally.wrong;
    return { count: right, of: tally.tried, target: tally.tried, unit: 'runs right', failures: tally.failures };
  },
};
