import { jsonReply, type Reply, reply, textReply } from '../answers/reply.ts';
import type { SnapshotParts, Whole } from './messages.ts';
import { METRICS_TYPE, metricsText } from './metrics-text.ts';
import { type MirrorStatus, mirrorStatuses } from './mirror-status.ts';
import { mirrorPage, mirrorsPage, notFoundPage, STYLESHEET, type StatusOrigin } from './status-pages.ts';
import { wellnessOf } from './wellness.ts';

export interface OwnPagesOf {
  /** The snapshot in use; the same object until there is another. */
  parts(): SnapshotParts;
  /** Of all processes. */
  whole(): Promise<Whole>;
  stylesheet: string;
  now(): number;
}

export type OwnPage = { route: string; reply: Reply | Promise<Reply> };

const HTML_TYPE = 'text/html; charset=utf-8';
/** Pages change with every check, but not with every reader. */
const CACHE = 'public, max-age=60';
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Pages about the service itself and its mirrors, by their path. */
export function ownPages(of: OwnPagesOf): (path: string) => OwnPage | undefined {
  const status = statusOnce(of.parts);
  const pages: Record<string, () => Reply | Promise<Reply>> = {
    '/healthz': async () => {
      const wellness = wellnessOf(await of.whole(), of.now());
      return jsonReply(wellness.status === 'ok' ? 200 : 503, wellness);
    },
    '/readyz': () => textReply(200, 'ready'),
    '/metrics': async () => reply(200, METRICS_TYPE, metricsText(await of.whole(), of.now())),
    '/status.json': () => status().json,
    '/mirrors/': () => status().table,
    '/mirrors': () => redirect('/mirrors/'),
    [STYLESHEET]: () => cached(reply(200, 'text/css; charset=utf-8', of.stylesheet)),
  };
  return (path) => {
    if (path.startsWith('/mirror/')) return { route: 'mirror', reply: status().mirror(path.slice('/mirror/'.length)) };
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    return page === undefined ? undefined : { route: path.replaceAll('/', ''), reply: page() };
  };
}

interface StatusReplies {
  json: Reply;
  table: Reply;
  mirror(encoded: string): Reply;
}

/** Made with the first request after a reload, and kept until the next: the table of 530 mirrors takes milliseconds. */
function statusOnce(parts: () => SnapshotParts): () => StatusReplies {
  let madeOf: SnapshotParts | undefined;
  let made: StatusReplies | undefined;
  return () => {
    const current = parts();
    if (made === undefined || madeOf !== current) {
      made = statusReplies(current);
      madeOf = current;
    }
    return made;
  };
}

function statusReplies(parts: SnapshotParts): StatusReplies {
  const statuses = mirrorStatuses(parts);
  const { state } = parts;
  const origin: StatusOrigin = { checked: state?.checked, emergency: state?.emergency };
  const byName = new Map(statuses.map((status) => [status.name, status]));
  return {
    json: cached(jsonReply(200, { ...origin, mirrors: statuses })),
    table: page(200, mirrorsPage(statuses, origin)),
    mirror: (encoded) => mirrorReply(byName, encoded, origin),
  };
}

function mirrorReply(byName: ReadonlyMap<string, MirrorStatus>, encoded: string, origin: StatusOrigin): Reply {
  const status = byName.get(encoded.toLowerCase().replace(/\/$/, ''));
  return status === undefined ? page(404, notFoundPage()) : page(200, mirrorPage(status, origin));
}

export function page(status: number, html: string): Reply {
  const plain = cached(reply(status, HTML_TYPE, html));
  return { ...plain, headers: { ...plain.headers, 'Content-Security-Policy': POLICY } };
}

function cached(full: Reply): Reply {
  return { ...full, headers: { ...full.headers, 'Cache-Control': CACHE } };
}

function redirect(location: string): Reply {
  const plain = textReply(308, location);
  return { ...plain, headers: { ...plain.headers, Location: location } };
}
