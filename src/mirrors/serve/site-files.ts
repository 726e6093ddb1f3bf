import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SITE_POLICY } from '../../flow/website/html/policy.ts';
import { type ByteRange, rangeOf } from './byte-range.ts';

/** Of what a publication holds; anything else is bytes. */
const TYPES: Record<string, string> = {
  '.atom': 'application/atom+xml; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.db': 'application/vnd.sqlite3',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.parquet': 'application/vnd.apache.parquet',
  '.pem': 'application/x-pem-file',
  '.png': 'image/png',
  '.sqlite': 'application/vnd.sqlite3',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
};

/** Pages take nothing from elsewhere and run no other script. Data may be fetched from other sites. */
const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  // A page cannot say the last itself.
  'Content-Security-Policy': `${SITE_POLICY}; frame-ancestors 'self'`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
  'Accept-Ranges': 'bytes',
};

/** A reader slower than this for so long is holding the file open, not reading it. */
const SLOWEST_BYTES_PER_SECOND = 8_192;
const SHORTEST_SECONDS = 30;

/**
 * Answers from a folder that may be a link, which is followed anew at each request: the next publication is seen at once.
 * False if there is no such file; true if it was answered, also where the reader went away. Not `sirv`, which throws at
 * `Range: bytes=5-2`, and keeps a file open for ever whose reader goes away; on the Internet somebody sends both.
 */
export async function serveSiteFile(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = pathOf(request.url ?? '/');
  const file = path === undefined ? undefined : await openWithin(folder, path);
  if (file === undefined) return false;
  try {
    if ('location' in file) redirect(response, file.location);
    else await send(file, request, response);
  } finally {
    if ('handle' in file) await file.handle.close();
  }
  return true;
}

/** Decoded, with a slash before it; undefined if it can be no file's (G04). */
export function pathOf(target: string): string | undefined {
  try {
    const path = decodeURIComponent(target.replace(/^https?:\/\/[^/?#]*/, '').replace(/[?#].*$/s, ''));
    const isPlain = path.startsWith('/') && !/[\\\x00-\x1f\x7f]/.test(path);
    // Nothing that begins with a dot was published.
    return isPlain && !/\/\.|\/\//.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

type Found = { handle: FileHandle; size: number; modified: Date; path: string } | { location: string };

/** What lies outside of the folder is not opened, whatever links there are (G04). */
async function openWithin(folder: string, path: string): Promise<Found | undefined> {
  try {
    const root = await realpath(folder);
    const real = await realpath(join(root, path));
    if (real !== root && !real.startsWith(root + sep)) return undefined;
    return await openFile(real, path);
  } catch (error) {
    if (NOT_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EISDIR']);

async function openFile(real: string, path: string): Promise<Found | undefined> {
  // A pipe would be waited for.
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, size: stats.size, modified: stats.mtime, path: real };
  await handle.close();
  if (!stats.isDirectory()) return undefined;
  return path.endsWith('/') ? await openFile(join(real, 'index.html'), '/index.html') : { location: `${path}/` };
}

/** Pages link to each other by where they are, so a folder's page needs the slash. */
function redirect(response: ServerResponse, location: string): void {
  response.writeHead(308, { ...HEADERS, Location: encodeURI(location), 'Content-Length': 0 });
  response.end();
}

async function send(
  { handle, size, modified, path }: Extract<Found, { handle: FileHandle }>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const tag = `"${size.toString(36)}-${modified.getTime().toString(36)}"`;
  const headers = { ...HEADERS, ETag: tag, 'Last-Modified': modified.toUTCString() };
  if (isKnown(request.headers['if-none-match'], tag)) {
    response.writeHead(304, headers).end();
    return;
  }
  // Without `If-Range` a range is of whatever is there.
  const range = String(request.headers['if-range'] ?? tag) === tag ? rangeOf(request.headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end();
    return;
  }
  const type = { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' };
  response.writeHead(range === 'whole' ? 200 : 206, { ...headers, ...type, ...rangeHeaders(range, size) });
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  if (request.method === 'HEAD' || size === 0) response.end();
  else await pour(handle.createReadStream({ start, end, autoClose: false }), response, end - start);
}

async function pour(file: NodeJS.ReadableStream, response: ServerResponse, bytes: number): Promise<void> {
  const seconds = SHORTEST_SECONDS + bytes / SLOWEST_BYTES_PER_SECOND;
  try {
    await pipeline(file, response, { signal: AbortSignal.timeout(Math.ceil(seconds) * 1000) });
  } catch {
    // The reader went away, or was too slow; half an answer cannot be taken back.
    response.destroy();
  }
}

function rangeHeaders(range: ByteRange | 'whole', size: number): Record<string, string | number> {
  if (range === 'whole') return { 'Content-Length': size };
  const { start, end } = range;
  return { 'Content-Length': end - start + 1, 'Content-Range': `bytes ${start}-${end}/${size}` };
}

function isKnown(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((known) => known.trim().replace(/^W\//, '') === tag) === true;
}
