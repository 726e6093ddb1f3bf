/** What goes over the wire. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export const TEXT_TYPE = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * A list is for one client and one hour: a cache between would give it to others, and would swallow their countme.
 * Headers hold nothing that a request said, so no request can end one and begin another.
 */
export function reply(status: number, type: string, body: string): Reply {
  const headers = {
    'Cache-Control': 'private, no-store',
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Type': type,
    'X-Content-Type-Options': 'nosniff',
  };
  return { status, headers, body };
}

export function textReply(status: number, sentence: string): Reply {
  return reply(status, TEXT_TYPE, `${sentence}\n`);
}

export function jsonReply(status: number, value: unknown): Reply {
  return reply(status, JSON_TYPE, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** As AlmaLinux's service says it. `now` is in seconds. */
export function errorReply(status: number, message: string, now: number): Reply {
  return reply(status, JSON_TYPE, JSON.stringify({ result: { message }, status: 'error', timestamp: Math.floor(now) }));
}

/** HEAD gets the headers that GET would get. */
export function withoutBody(full: Reply): Reply {
  return { ...full, body: '' };
}
