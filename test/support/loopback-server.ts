import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { selfSigned } from './self-signed.ts';

/** The context of a test, which ends what it started. */
interface Owner {
  after(cleanUp: () => Promise<void> | void): void;
}

export interface Loopback {
  port: number;
  /** How many connections have come in. */
  connections(): number;
}

export async function httpServer(owner: Owner, listener: RequestListener): Promise<Loopback> {
  return await listen(owner, createServer(listener));
}

export async function tlsServer(owner: Owner, host: string, listener: RequestListener): Promise<Loopback> {
  return await listen(owner, createTlsServer(selfSigned(host), listener));
}

/** Whatever HTTP forbids. */
export async function rawServer(owner: Owner, onConnection: (socket: Socket) => void): Promise<Loopback> {
  return await listen(owner, createSocketServer(onConnection));
}

async function listen(owner: Owner, server: Server): Promise<Loopback> {
  let connections = 0;
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    connections++;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.after(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  );
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}
