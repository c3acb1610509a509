import { resolve } from 'node:path';
import { abortIfPending, connections } from 'active-record-ts';
import { buildApp } from './app.ts';

// That of DATABASE_URL or ar.config.ts. Opened now, and not by the first request: a server must not run on a schema that
// is not finished.
const connection = await connections.open();
await abortIfPending({ connection, folder: resolve('migrations') });

const app = buildApp();
app.addHook('onClose', () => connections.closeAll());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close());

const address = await app.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${address}`);
