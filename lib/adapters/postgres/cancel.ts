import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectionFailed } from '../../errors/connection.ts';
import type { ConnectionConfig } from '../contract.ts';

/** Milliseconds to reach the server: whoever waits for a cancel has waited long enough. */
const patience = 1_000;
const codes = { cancel: 80_877_102, tls: 80_877_103 } as const;

/** The folder of a Unix socket, which is what the driver wants; `…/.s.PGSQL.5432` is the socket itself. */
export function socketFolder(path: string): { readonly host: string; readonly port?: number } {
  const match = /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(path);
  return match === null ? { host: path } : { host: match[1] || '/', port: Number(match[2]) };
}

function packet(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * (numbers.length + 1));
  bytes.writeInt32BE(bytes.length, 0);
  numbers.forEach((number, index) => void bytes.writeInt32BE(number, 4 * (index + 1)));
  return bytes;
}

function once(socket: Socket, event: 'connect' | 'secureConnect' | 'data' | 'close'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    // Hanging up is the whole answer to a cancel, and none to anything else.
    if (event !== 'close')
      socket.once('close', () =>
        reject(new ConnectionFailed('The server hung up on a request to cancel a statement.')),
      );
  });
}

/**
 * The protocol's own way to end the statement of a session. It needs no login and takes no place among the connections
 * of the server; the server hangs up when it has passed the request on.
 */
export async function cancelStatement(config: ConnectionConfig, processId: number, secret: number): Promise<void> {
  const port = config.port ?? 5432;
  const folder = config.socketPath === undefined ? undefined : socketFolder(config.socketPath);
  let socket: Socket = connectSocket(
    folder === undefined
      ? { host: config.host ?? '127.0.0.1', port }
      : { path: `${folder.host}/.s.PGSQL.${folder.port ?? port}` },
  );
  const impatient = setTimeout(() => socket.destroy(), patience);
  try {
    await once(socket, 'connect');
    if (config.tls !== 'off' && folder === undefined) socket = await encrypted(socket, config);
    const closed = once(socket, 'close');
    socket.resume();
    socket.write(packet(codes.cancel, processId, secret));
    await closed;
  } finally {
    clearTimeout(impatient);
    socket.destroy();
  }
}

async function encrypted(socket: Socket, config: ConnectionConfig): Promise<Socket> {
  socket.write(packet(codes.tls));
  const answer = await once(socket, 'data');
  if (!(answer instanceof Uint8Array) || answer[0] !== 0x53)
    throw new ConnectionFailed('The server does not speak TLS, so that the statement was not cancelled.');
  const secure = connectTls({
    socket,
    ...(config.host === undefined || isIP(config.host) !== 0 ? {} : { servername: config.host }),
    rejectUnauthorized: config.tls === 'verified',
    ...(config.ca === undefined ? {} : { ca: config.ca }),
  });
  await once(secure, 'secureConnect');
  return secure;
}
