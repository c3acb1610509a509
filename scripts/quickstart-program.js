// What the quickstart shows: creates, finds, queries, updates and destroys users, printing each statement and its
// result. A program of your own would have the class and the calls; the rest is for showing them.
import { inspect, styleText } from 'node:util';
import { ActiveRecordError, BaseModel, column, connect, disconnect, gte, transaction } from 'active-record-ts';

const colors = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  email: column.string().nullable().unique(),
  ...column.timestamps(),
}) {
  greet() {
    return `Hi, I am ${this.name}.`;
  }
}

await connect(process.env.DATABASE_URL ?? 'sqlite:quickstart.sqlite3', { log: printStatement });
try {
  const ada = await step(() => User.create({ name: 'Ada', age: 36 }));
  const bob = await step(() => User.create('Bob'));
  const mine = User.where({ id: [ada.id, bob.id] });

  await step(() => User.find(ada.id));
  await step(() => ada.greet());
  await step(() => mine.where({ age: gte(18) }).order('name'));
  await step(() => mine.order('id').pluck('id', 'name'));
  await step(() => ada.update({ age: 37 }));
  await step(() => ada.previousChanges);
  await step(() => transaction(() => mine.updateAll({ age: 40 })));
  await step(() => mine.average('age'));
  await step(() => bob.reload());
  await step(() => ada.destroy());
  await step(() => bob.destroy());
  await refusal(() => User.find(ada.id));
  await refusal(() => User.create({ age: 3 }));
} finally {
  await disconnect();
}

/** Runs a call, and prints its source, the statements that it sends, and what comes of it. */
async function step(call) {
  printCall(call);
  const result = await call();
  console.log(indented(`=> ${inspect(result, { colors, breakLength: 150 })}`));
  return result;
}

/** The same for a call that the library has to refuse. */
async function refusal(call) {
  printCall(call);
  try {
    await call();
  } catch (error) {
    if (!(error instanceof ActiveRecordError)) throw error;
    return console.log(indented(paint('yellow', `${error.name} (${error.code}): ${error.message}`)));
  }
  throw new Error('it was not refused');
}

function printCall(call) {
  console.log(`\n${paint('bold', String(call).replace(/^\(\) => /, ''))}`);
}

function printStatement({ sql, binds, duration }) {
  const values = binds.length === 0 ? '' : ` ${inspect(binds, { breakLength: Number.POSITIVE_INFINITY })}`;
  console.log(indented(`${paint('cyan', sql)}${values} ${paint('dim', `(${duration.toFixed(1)} ms)`)}`));
}

function indented(text) {
  return text.replace(/^/gm, '  ');
}

function paint(style, text) {
  return colors ? styleText(style, text) : text;
}
