import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { parseAddress } from '../../geo/address.ts';
import type { FloodGuard } from './flood-guard.ts';
import { inTurns } from './turns.ts';

/** Seconds, bytes and numbers. */
export interface HttpLimits {
  headerSeconds: number;
  requestSeconds: number;
  /** Between requests of one connection. */
  keepAliveSeconds: number;
  /** Without a byte in either direction. */
  silentSeconds: number;
  headerBytes: number;
  headers: number;
  targetBytes: number;
  requestsOfConnection: number;
  /** Open at the same time, of one process. */
  connections: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headerSeconds: 5,
  requestSeconds: 10,
  keepAliveSeconds: 5,
  silentSeconds: 15,
  headerBytes: 16_384,
  headers: 100,
  targetBytes: 8_192,
  // As many as a proxy such as nginx sends: a new connection costs as much as twenty requests.
  requestsOfConnection: 1_000,
  connections: 20_000,
};

/** A request and where its answer goes. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** Answers requests that came together. */
export type Handler = (exchanges: readonly Exchange[]) => void;

/** What a server says of itself when it is asked to end. */
export interface HttpServer {
  server: Server;
  /** Takes no more connections, answers what was asked for, and ends. After `seconds` whatever is left is cut. */
  stop(seconds: number): Promise<void>;
}

/**
 * A server that slow, greedy and broken clients cannot keep from answering the others (G01, G02). The handler sees only
 * requests that are whole and without a body.
 * `isProxy`: many clients come over its connections, so these are not counted as one client's.
 */
export function createHttpServer(
  handle: Handler,
  limits: HttpLimits,
  guard: FloodGuard,
  isProxy: (peer: string) => boolean,
): HttpServer {
  const seconds = (count: number) => count * 1000;
  const server = createServer({
    headersTimeout: seconds(limits.headerSeconds),
    requestTimeout: seconds(limits.requestSeconds),
    keepAliveTimeout: seconds(limits.keepAliveSeconds),
    // Node adds a second to what it tells clients, so that they are not cut off while they ask.
    keepAliveTimeoutBuffer: seconds(1),
    // All that are due are cut at once, and everybody else waits: of 5,000 slow connections these are five.
    connectionsCheckingInterval: seconds(0.005),
    maxHeaderSize: limits.headerBytes,
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
    // Nobody reads the body of a request that has none.
    optimizeEmptyRequests: true,
  });
  // One more than is allowed, so that too many are seen.
  server.maxHeadersCount = limits.headers + 1;
  server.maxRequestsPerSocket = limits.requestsOfConnection;
  server.maxConnections = limits.connections;
  server.timeout = seconds(limits.silentSeconds);
  const lastAnswers = new WeakMap<Socket, ServerResponse>();
  const refused = new WeakSet<Socket>();
  const turns = inTurns(handle);
  server.on('connection', (socket: Socket) => {
    // A new connection costs as much as five requests, and there may be hundreds in one turn.
    turns.handOn();
    countConnection(socket, guard, isProxy);
  });
  server.on('request', (request, response) => {
    lastAnswers.set(request.socket, response);
    if (!server.listening) response.setHeader('Connection', 'close');
    if (refused.has(request.socket)) return;
    const problem = problemOf(request, limits);
    if (problem === undefined) return turns.add({ request, response });
    // What follows on this connection may be the body of what was refused.
    refused.add(request.socket);
    refuse(response, ...problem);
  });
  // Both would wait for a body.
  server.on('checkContinue', (_request, response) => refuse(response, ...NO_BODY));
  server.on('checkExpectation', (_request, response) => refuse(response, ...NO_BODY));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    answerBroken(error, socket, lastAnswers.get(socket)),
  );
  return { server, stop: (most) => stop(server, seconds(most)) };
}

function countConnection(socket: Socket, guard: FloodGuard, isProxy: (peer: string) => boolean): void {
  const peer = socket.remoteAddress;
  // It is gone already.
  if (peer === undefined) return;
  const address = isProxy(peer) ? undefined : parseAddress(peer);
  if (!guard.connected(address)) socket.destroy();
  else socket.once('close', () => guard.disconnected(address));
}

type Problem = [status: number, sentence: string];
const NO_BODY: Problem = [413, 'No request here has a body.'];

function problemOf(request: IncomingMessage, limits: HttpLimits): Problem | undefined {
  const { headers, url = '' } = request;
  if (url.length > limits.targetBytes) return [414, 'This address is too long.'];
  if (request.rawHeaders.length > 2 * limits.headers) return [431, 'There are too many header fields.'];
  if (hasTwoHosts(request)) return [400, 'There are two Host fields.'];
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  return hasBody ? NO_BODY : undefined;
}

/** A proxy in front may have gone by the other one (RFC 9112, 3.2). */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  const body = `${sentence}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}

const BROKEN: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What could not be read as a request. An answer that is on its way must not be mixed up with this one. */
function answerBroken({ code }: NodeJS.ErrnoException, socket: Socket, last: ServerResponse | undefined): void {
  if (code === 'ECONNRESET' || !socket.writable || (last !== undefined && !last.writableFinished)) {
    socket.destroy();
    return;
  }
  socket.write(`HTTP/1.1 ${BROKEN[code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // Whoever does not read it is not waited for.
  socket.destroySoon();
}

/** Connections that wait for a next request; one that has just been answered may be about to send it. */
const LINGER_MILLISECONDS = 1_000;

async function stop(server: Server, milliseconds: number): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), LINGER_MILLISECONDS);
  const late = setTimeout(() => server.closeAllConnections(), milliseconds);
  // Not the HTTP server's own close, which cuts idle connections at once, and a request that is on its way with them.
  await new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  clearInterval(idle);
  clearTimeout(late);
  // Ends its own timer.
  server.close();
}
