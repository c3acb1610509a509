import type { ConnectionConfig } from '../contract.ts';
import { openMysql } from './socket.ts';

/** Milliseconds to reach the server: whoever waits for a kill has waited long enough. */
const patience = 1_000;

/** Ends the statement of a session, on a connection of its own: those of the pool may all be in use. */
export async function killQuery(config: ConnectionConfig, threadId: number): Promise<void> {
  const control = await openMysql({ ...config, connectTimeout: Math.min(patience, config.connectTimeout) }, undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      control.query(`KILL QUERY ${threadId}`, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    control.end();
  }
}
