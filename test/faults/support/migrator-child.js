// A process that migrates when it is told to: { url, folder, options }. It answers with what was run, or the error's code
// and those of its causes.
const { connect, disconnect, migrate } = await import(process.env.AR_LIBRARY || 'active-record-ts');

process.on('message', async (task) => process.send(await answerTo(task)));

/** Given when nothing is left open: the next task may come at once. */
async function answerTo({ url, folder, options }) {
  try {
    const connection = await connect(url);
    process.send({ started: true });
    try {
      return { ran: await migrate({ connection, folder, ...options }) };
    } finally {
      await disconnect();
    }
  } catch (error) {
    const codes = [];
    for (let each = error; each instanceof Error; each = each.cause) codes.push(each.code ?? each.name);
    return { codes, message: error.message };
  }
}
process.send({ ready: true });
