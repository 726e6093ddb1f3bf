import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sirv from 'sirv';

/** A folder as a website on this machine alone. */
export interface ServedFolder {
  /** `http://127.0.0.1:8017/` */
  address: string;
  /** Ends when the server has been closed. */
  closed: Promise<void>;
  close(): void;
}

/** Tried first, so that a page that was left open still works after the next start. */
const USUAL_PORT = 8017;

/**
 * What a web server of one's own would say too: pages take nothing from elsewhere and run no other script. Data may be
 * fetched from other sites.
 */
const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Content-Security-Policy':
    "default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export async function serveFolder(folder: string): Promise<ServedFolder> {
  // `dev`: every request looks at the disk, so the next publication is seen at once.
  const handler = sirv(folder, {
    dev: true,
    etag: true,
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    },
  });
  const server = createServer((request, response) => {
    handler(request, response, () => {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end('There is no such page.\n');
    });
  });
  const port = await listen(server);
  return {
    address: `http://127.0.0.1:${port}/`,
    closed: new Promise((resolve) => server.once('close', resolve)),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server): Promise<number> {
  for (const port of [USUAL_PORT, 0]) {
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isListening) return (server.address() as AddressInfo).port;
  }
  throw new Error('no free port on 127.0.0.1');
}
