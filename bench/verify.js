// Whether systems answer alike. Usage: node verify.js mysql://root@127.0.0.1:3306/ [system …]
import { createDatabase } from './database.js';
import { Worker } from './workers.js';

const [server, ...files] = process.argv.slice(2);
const database = await createDatabase(server);
try {
  let expected;
  for (const file of files) {
    const worker = new Worker(file, database, process.execPath);
    await worker.ready();
    const answers = await worker.do('answers').catch((error) => {
      worker.kill();
      throw error;
    });
    expected ??= answers;
    for (const name of Object.keys(expected)) {
      if (answers[name] === expected[name]) continue;
      console.log(`${file}: ${name} is ${answers[name]}, not ${expected[name]}`);
      process.exitCode = 1;
    }
    console.log(`${file}: ${Object.keys(answers).length} answers`);
    await worker.close();
  }
} finally {
  await database.drop();
}
