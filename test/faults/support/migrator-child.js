// A process that migrates when it is told to: { url, folder, options }. It answers with what was run, or the error's code
// and those of its causes.
const { connect, disconnect, migrate } = await import(process.env.AR_LIBRARY || 'active-record-ts');

process.on('message', async ({ url, folder, options }) => {
  try {
    const connection = await connect(url);
    process.send({ started: true });
    process.send({ ran: await migrate({ connection, folder, ...options }) });
  } catch (error) {
    const codes = [];
    for (let each = error; each instanceof Error; each = each.cause) codes.push(each.code ?? each.name);
    process.send({ codes, message: error.message });
  } finally {
    await disconnect();
  }
});
process.send({ ready: true });
