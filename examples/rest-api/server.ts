import { resolve } from 'node:path';
import { abortIfPending, connections } from 'active-record-ts';
import { buildApp } from './app.ts';

// A server must not run on a schema that is not finished. Without `connect`, DATABASE_URL or ar.config.ts says where.
await abortIfPending({ connection: connections.get(), folder: resolve('migrations') });

const app = buildApp();
app.addHook('onClose', () => connections.closeAll());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close());

const address = await app.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${address}`);
