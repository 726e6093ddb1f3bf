import { isIPv6 } from 'node:net';

/** Where to listen: an address and port, or a socket that is open already (systemd's activation). */
export type ListenPlace = { kind: 'address'; host: string; port: number } | { kind: 'descriptor'; fd: number };

/** systemd hands sockets over from here on. */
const FIRST_DESCRIPTOR = 3;

/**
 * `127.0.0.1:8080`, `[::]:80`, `8080` (loopback). Undefined if it is none of these; port 0 is any free one.
 */
export function parseListenAddress(text: string): ListenPlace | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]:|([^:[\]]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined;
  return { kind: 'address', host: bracketed ?? plain ?? '127.0.0.1', port };
}

/** The sockets that were opened for this process, if any were. */
export function activatedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  processId: number,
): ListenPlace[] {
  const { LISTEN_PID: forProcess, LISTEN_FDS: count = '0' } = environment;
  // Of a parent that did not clean up: its sockets are not ours.
  if (forProcess !== String(processId) || !/^[1-9]\d?$/.test(count)) return [];
  return Array.from({ length: Number(count) }, (_, index) => ({ kind: 'descriptor', fd: FIRST_DESCRIPTOR + index }));
}

export function describePlace(place: ListenPlace): string {
  if (place.kind === 'descriptor') return `socket ${place.fd} of systemd`;
  return `http://${isIPv6(place.host) ? `[${place.host}]` : place.host}:${place.port}/`;
}
