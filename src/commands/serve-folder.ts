import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveSiteFile } from '../mirrors/serve/site-files.ts';

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

/** Serves as `rollcall serve` does: the next publication is seen at once. */
export async function serveFolder(folder: string): Promise<ServedFolder> {
  const server = createServer((request, response) => {
    serveSiteFile(folder, request, response)
      .then((isAnswered) => isAnswered || answer(response, 404, 'There is no such page.\n'))
      .catch(() => answer(response, 500, 'The page cannot be read.\n'));
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

function answer(response: ServerResponse, status: number, text: string): void {
  // What has begun cannot become another answer.
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
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
