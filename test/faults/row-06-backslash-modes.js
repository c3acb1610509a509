// In NO_BACKSLASH_ESCAPES a backslash is a character: text that was escaped with one would end too early.
import { BaseModel, column, connections, createAll, sql } from 'active-record-ts';
import { eachDatabase } from './support/databases.js';
import { none, show, Tally } from './support/tally.js';

class Account extends BaseModel.with({ id: column.id(), email: column.string() }) {}

const attacks = [
  "' or 1=1 -- ",
  "\\' or 1=1 -- ",
  '\\',
  "x\\' or ''='",
  '" or 1=1 -- ',
  "' or '1",
  "\\\\' or 1=1 #",
  'a\\',
];
const modes = ['NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES', ''];

export default {
  number: 6,
  title: 'NO_BACKSLASH_ESCAPES',
  async run(context) {
    const tally = new Tally();
    for (const preparedStatements of [false, true]) {
      await eachDatabase(
        context,
        async () => {
          await createAll([Account]);
          await Account.insertAll([{ email: 'a@x' }, { email: 'b@x' }, { email: 'c@x' }]);
          for (const mode of modes) {
            await connections.get().execute(sql`SET SESSION sql_mode = ${mode}`);
            for (const email of attacks) {
              const label = () => `${mode}: ${show(email)}`;
              tally.check((await Account.where({ email })).length === 0, label);
              tally.check((await Account.where({ email: [email] }).count()) === 0, label);
              tally.check(
                (await connections.get().query(sql`SELECT * FROM accounts WHERE email = ${email}`)).length === 0,
                label,
              );
              tally.check((await Account.where({ email }).updateAll({ email: 'changed' })) === 0, label);
              const { id } = await Account.create({ email });
              tally.check((await Account.find(id)).email === email, label);
              tally.check((await Account.where({ email }).deleteAll()) === 1, label);
            }
          }
        },
        { only: ['mysql'], options: { preparedStatements, pool: 1 } },
      );
    }
    return none(tally, 'leaked', context.servers.mysql === null ? 'no MySQL or MariaDB in this run' : '');
  },
};
