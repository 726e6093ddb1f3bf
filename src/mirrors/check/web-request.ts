import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Answer, Family, Get } from './answer.ts';
import { failureText, isOwnFault, isOwnResolver } from './failure-text.ts';

/** What a request needs of the world. */
export interface Network {
  /** Addresses of a host name; none if it has none of that family. Rejects with an error that has a `code`. */
  resolve(host: string, family: Family): Promise<readonly string[]>;
  /** Whether an address may be connected to. */
  isAllowed(address: string): boolean;
}

/** In milliseconds. */
export interface TimeLimits {
  connect: number;
  /** From the start to the last byte of the answer. */
  whole: number;
  /** So many bytes of what may be asked for get a second more. */
  bytesPerSecond?: number;
}

export const TIME_LIMITS: TimeLimits = { connect: 10_000, whole: 20_000 };

const MOST_REDIRECTS = 3;
const MOST_HEADER_BYTES = 16 * 1024;
/** An error page is read for the connection to be used again, but not for long. */
const MOST_ERROR_PAGE_BYTES = 64 * 1024;

type Step = Answer | { kind: 'redirect'; to: URL };

const NOT_PUBLIC: Answer = {
  kind: 'failed',
  reason: 'the host name leads to an address that is not one of the public internet: correct its A and AAAA records',
};

/** Why a redirect from one address to another is not followed; undefined if it is. */
export type Elsewhere = (from: URL, to: URL) => string | undefined;

/** Requests over connections of their own, whose addresses are checked when they are connected to, and not before. */
export function openWeb(
  network: Network,
  limits: TimeLimits,
  userAgent: string,
  elsewhere: Elsewhere = otherHost,
): { get: Get; close(): void } {
  const options = { keepAlive: true, maxFreeSockets: 3, timeout: limits.whole, scheduling: 'lifo' } as const;
  const agents = { http: new http.Agent(options), https: new https.Agent(options) };
  const web: Web = { network, limits, userAgent, elsewhere, agents };
  return {
    get: (address, family, most) => follow(web, new URL(address), family, most),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

interface Web {
  network: Network;
  limits: TimeLimits;
  userAgent: string;
  elsewhere: Elsewhere;
  agents: { http: http.Agent; https: https.Agent };
}

async function follow(web: Web, start: URL, family: Family, most: number): Promise<Answer> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = literalAnswer(url, family, web.network) ?? (await requestOnce(web, url, family, most));
    if (answer.kind !== 'redirect') return answer;
    const reason = web.elsewhere(url, answer.to);
    if (reason !== undefined) return { kind: 'failed', reason };
    url = answer.to;
  }
  return { kind: 'failed', reason: `there are more than ${MOST_REDIRECTS} redirects in a row` };
}

function requestOnce(
  { network, limits, userAgent, agents }: Web,
  url: URL,
  family: Family,
  most: number,
): Promise<Step> {
  const again: Step = { kind: 'redirect', to: url };
  return new Promise<Step>((resolve) => {
    const isTls = url.protocol === 'https:';
    const request = (isTls ? https : http).request(url, {
      agent: isTls ? agents.https : agents.http,
      family,
      lookup: guardedLookup(network),
      maxHeaderSize: MOST_HEADER_BYTES,
      // Compressed, the hash would be another; and nothing is unpacked here, so no bomb goes off (G08).
      headers: { 'User-Agent': userAgent, 'Accept-Encoding': 'identity', 'Cache-Control': 'no-cache' },
    });
    const clock = limitTime(request, limitsFor(limits, most), (reason) => resolve({ kind: 'failed', reason }));
    request.on('error', (error) => resolve(wasClosedUnused(request, error) ? again : answerOfError(error)));
    request.on('close', clock.stop);
    request.on('response', (response) => {
      void readAnswer(url, response, most).then(resolve);
    });
    request.end();
  });
}

/** A server may close an idle connection at the moment it is used again: that is no fault of anybody. */
function wasClosedUnused(request: http.ClientRequest, error: unknown): boolean {
  const code = codeOf(error);
  return request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

function limitsFor({ connect, whole, bytesPerSecond }: TimeLimits, most: number): TimeLimits {
  return { connect, whole: whole + (bytesPerSecond === undefined ? 0 : (most / bytesPerSecond) * 1000) };
}

/** Ends a request that takes too long, and says which limit it was. */
function limitTime(request: http.ClientRequest, limits: TimeLimits, onEnd: (reason: string) => void): { stop(): void } {
  const end = (reason: string) => () => {
    onEnd(reason);
    request.destroy();
  };
  const seconds = (milliseconds: number) => `${Math.max(1, Math.round(milliseconds / 1000))} s`;
  const whole = setTimeout(end(`the answer is not complete after ${seconds(limits.whole)}`), limits.whole);
  const connect = setTimeout(
    end(`there is no connection after ${seconds(limits.connect)}: does a firewall drop the packets?`),
    limits.connect,
  );
  request.on('socket', (socket) => {
    if (!socket.connecting) clearTimeout(connect);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => clearTimeout(connect));
  });
  const stop = () => {
    clearTimeout(whole);
    clearTimeout(connect);
  };
  return { stop };
}

/**
 * The look-up of the connection itself: between it and the connection nobody can change the answer, as DNS rebinding
 * does with a check beforehand (G07). One address that is not public condemns the name.
 */
function guardedLookup(network: Network): LookupFunction {
  return (host, options, callback) => {
    const family: Family = options.family === 6 ? 6 : 4;
    const fail = (code: string) => callback(Object.assign(new Error(code), { code }), '', family);
    network.resolve(host, family).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) fail('ROLLCALL_NO_ADDRESS');
        else if (addresses.every((address) => isIP(address) === family && network.isAllowed(address)))
          callback(null, first, family);
        else fail('ROLLCALL_NOT_PUBLIC');
      },
      (error: unknown) => {
        const code = codeOf(error);
        fail(isOwnResolver(code) ? 'ROLLCALL_OWN_RESOLVER' : `DNS ${code ?? ''}`);
      },
    );
  };
}

/** An address in place of a name is never looked up, so it is checked here. */
function literalAnswer(url: URL, family: Family, { isAllowed }: Network): Answer | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const own = isIP(host);
  if (own === 0) return undefined;
  if (own !== family) return { kind: 'no-address' };
  return isAllowed(host) ? undefined : NOT_PUBLIC;
}

function answerOfError(error: unknown): Answer {
  const code = codeOf(error);
  if (code === 'ROLLCALL_NO_ADDRESS') return { kind: 'no-address' };
  if (code === 'ROLLCALL_NOT_PUBLIC') return NOT_PUBLIC;
  if (code === 'ROLLCALL_OWN_RESOLVER') return { kind: 'own-fault', reason: 'the resolver here cannot be asked' };
  if (code?.startsWith('DNS ') === true)
    return { kind: 'failed', reason: `the name servers of the host do not answer (${code.slice(4)})` };
  if (isOwnFault(code)) return { kind: 'own-fault', reason: `there is no such network here (${code})` };
  return { kind: 'failed', reason: failureText(code) };
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

async function readAnswer(url: URL, response: IncomingMessage, most: number): Promise<Step> {
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if (status !== 200) {
    await readBody(response, MOST_ERROR_PAGE_BYTES);
    if (location === undefined || status < 300 || status > 399 || status === 304) return { kind: 'status', status };
    const to = URL.parse(location, url);
    return to === null ? { kind: 'failed', reason: 'a redirect leads to no address' } : { kind: 'redirect', to };
  }
  const encoding = response.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    response.destroy();
    return {
      kind: 'unusable',
      reason: 'it is sent compressed though nobody asked for it: switch that off for this file',
    };
  }
  const answer = await readBody(response, most);
  const type = response.headers['content-type'];
  return answer.kind === 'body' && type !== undefined ? { ...answer, type } : answer;
}

async function readBody(response: IncomingMessage, most: number): Promise<Answer> {
  const tooLarge: Answer = { kind: 'unusable', reason: `it is greater than ${most} bytes` };
  if (Number(response.headers['content-length'] ?? 0) > most) {
    response.destroy();
    return tooLarge;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      size += (chunk as Buffer).length;
      // Leaving the loop closes the connection: the rest, however long, is never read.
      if (size > most) return tooLarge;
      chunks.push(chunk as Buffer);
    }
  } catch {
    return { kind: 'unusable', reason: 'the connection is closed before the answer has its full length' };
  }
  return { kind: 'body', bytes: Buffer.concat(chunks) };
}

/** Other hosts are not asked: nobody vouches for them, and dnf would be sent there, too. Undefined if it is the same. */
function otherHost(from: URL, to: URL): string | undefined {
  const isWeb = to.protocol === 'http:' || to.protocol === 'https:';
  if (isWeb && to.hostname === from.hostname && (to.port === from.port || to.port === '')) return undefined;
  return 'requests are redirected to another host, port or protocol: list the mirror under the address that answers';
}
