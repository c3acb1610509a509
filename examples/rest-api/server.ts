import { resolve } from 'node:path';
import { abortIfPending, connect, connections } from 'active-record-ts';
import { buildApp } from './app.ts';
import config from './ar.config.ts';

// Opened now, and not by the first request: a server must not run on a schema that is not finished.
const connection = await connect(process.env.DATABASE_URL ?? config.connection ?? 'sqlite:shop.sqlite3');
await abortIfPending({ connection, folder: resolve('migrations') });

const app = buildApp();
app.addHook('onClose', () => connections.closeAll());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close());

const address = await app.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${address}`);
