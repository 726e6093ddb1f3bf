import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EpochSeconds } from '../../flow/sightings/week.ts';
import { type Address, isLocal, networkOf, parseAddress } from '../../geo/address.ts';
import { type Answer, answer, type MirrorRequest, type MirrorService } from '../answers/answer.ts';
import type { ClientAddress } from '../answers/client-address.ts';
import { type Reply, textReply } from '../answers/reply.ts';
import type { Mirror } from '../catalogue.ts';
import type { Arrival } from '../counting/arrival.ts';
import type { SeenFrom } from '../counting/network-marks.ts';
import type { Place } from '../selection/distance.ts';
import type { Counters } from './counters.ts';
import type { FloodGuard } from './flood-guard.ts';
import type { Exchange, Handler } from './http-server.ts';

/** What a request is answered with. Everything that changes is asked for at each request, so that it can be swapped. */
export interface Desk {
  service(): Omit<MirrorService, 'address'>;
  /** Where clients reach the service, without a slash at its end; undefined: wherever this client did. */
  publicAddress: string | undefined;
  clientAddress: ClientAddress;
  isProxy(peer: string): boolean;
  countryOf(address: Address | undefined): string;
  placeOf(address: string): Place | undefined;
  asnOf(address: string): number | undefined;
  /** Takes a check-in down; undefined where nothing is counted. */
  arrive: ((arrival: Arrival) => void) | undefined;
  /** By `agentArchReader`. */
  archOf(agent: string | undefined): string | undefined;
  guard: FloodGuard;
  counters: Counters;
  /** Pages about the service itself; undefined if the path is none of them. */
  ownPage(path: string): { route: string; reply: Reply | Promise<Reply> } | undefined;
  /** From the published site. Always answers. */
  siteFile(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Told of every error that is a mistake of the program's own, or of a disk. */
  failed(error: unknown): void;
  now(): EpochSeconds;
  /** Of a clock that never goes back. */
  milliseconds(): number;
}

/** Who asks, in memory, until the answer is sent. */
interface Asking {
  request: IncomingMessage;
  text: string;
  address: Address | undefined;
  country: string;
  now: EpochSeconds;
}

/** All are answered before the first answer is written: each kind of work finds its own code and data in the caches. */
export function requestHandler(desk: Desk): Handler {
  return (exchanges) => {
    const replies = exchanges.map((exchange) => replyTo(desk, exchange));
    for (const [index, reply] of replies.entries()) {
      if (reply !== undefined) sendOrCut(desk, exchanges[index]!.response, reply);
    }
  };
}

/** One answer that cannot be sent must not cost those after it. */
function sendOrCut({ failed }: Desk, response: ServerResponse, reply: Reply): void {
  try {
    send(response, reply);
  } catch (error) {
    failed(error);
    response.destroy();
  }
}

/** Undefined if it is sent later. A mistake of the program's own costs one answer, and never the process with all others. */
function replyTo(desk: Desk, exchange: Exchange): Reply | undefined {
  try {
    return answerRequest(desk, exchange);
  } catch (error) {
    return failure(desk, error);
  }
}

function answerRequest(desk: Desk, { request, response }: Exchange): Reply | undefined {
  const text = clientText(desk, request);
  const address = parseAddress(text);
  const asking = { request, text, address, country: desk.countryOf(address), now: desk.now() };
  if (!desk.guard.admits(address, desk.milliseconds())) return refuseFlood(desk, asking);
  const answered = answer(serviceFor(desk, asking), mirrorRequest(desk, asking));
  return answered === undefined ? answerOther(desk, asking, response) : countAnswer(desk, asking, answered);
}

const FAILED = textReply(500, 'This cannot be answered at the moment.');

function failure({ failed, counters }: Desk, error: unknown): Reply {
  failed(error);
  counters.count('requests', 'failed', String(FAILED.status));
  return FAILED;
}

function clientText({ clientAddress }: Desk, { socket, headers }: IncomingMessage): string {
  const { 'x-forwarded-for': forwarded, 'cf-connecting-ip': connecting } = headers;
  return clientAddress(socket.remoteAddress, { 'x-forwarded-for': forwarded, 'cf-connecting-ip': connecting });
}

const TOO_MANY = textReply(429, 'Too many requests at once.');
const FLOOD: Reply = { ...TOO_MANY, headers: { ...TOO_MANY.headers, 'Retry-After': '10' } };

function refuseFlood(desk: Desk, asking: Asking): Reply {
  desk.counters.count('floods');
  takeDown(desk, asking, FLOOD.status);
  return FLOOD;
}

function mirrorRequest(desk: Desk, { request, text, country, now }: Asking): MirrorRequest {
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    client: {
      address: text,
      country,
      asn: desk.asnOf(text),
      place: desk.placeOf(text),
      arch: desk.archOf(request.headers['user-agent']),
    },
    now,
  };
}

function serviceFor({ service, publicAddress, isProxy }: Desk, { request }: Asking): MirrorService {
  const { snapshot, secret } = service();
  // Only answers of an endpoint lead back to the service.
  const isNeeded = snapshot.catalogue.endpointTags !== undefined;
  return { snapshot, secret, address: publicAddress ?? (isNeeded ? addressAsAsked(request, isProxy) : '') };
}

const HOST = /^[\w.-]{1,253}(?::\d{1,5})?$|^\[[\da-fA-F:.]{2,45}\](?::\d{1,5})?$/;

/** Nobody else gets the answer, so nobody else is led where a client says that it came to. */
function addressAsAsked({ headers, socket }: IncomingMessage, isProxy: Desk['isProxy']): string {
  const isBehindTls = headers['x-forwarded-proto'] === 'https' && isProxy(socket.remoteAddress ?? '');
  const host = HOST.test(headers.host ?? '') ? headers.host : 'localhost';
  return `${isBehindTls ? 'https' : 'http'}://${host}`;
}

/** Taken down before it is sent: a client that has its answer does not check in again. */
function countAnswer(desk: Desk, asking: Asking, answered: Answer): Reply {
  takeDown(desk, asking, answered.status);
  desk.counters.count('requests', routeName(asking.request.url ?? ''), String(answered.status));
  countChoice(desk, answered);
  return answered;
}

function takeDown({ arrive, failed }: Desk, { request, address, country, now }: Asking, status: number): void {
  if (arrive === undefined || request.url?.includes('countme=') !== true) return;
  try {
    arrive({
      method: request.method ?? 'GET',
      target: request.url,
      agent: request.headers['user-agent'] ?? '',
      status,
      time: now,
      country,
      network: seenFrom(address),
    });
  } catch (error) {
    // A system that is not counted still wants its list.
    failed(error);
  }
}

function seenFrom(address: Address | undefined): SeenFrom {
  if (address === undefined) return undefined;
  return isLocal(address) ? 'local' : networkOf(address);
}

function countChoice({ counters, service }: Desk, { choice }: Answer): void {
  if (choice === undefined) return;
  counters.count('choices', choice.resort);
  const from = choice.mirrors[0]?.from;
  if (from === undefined) return;
  counters.count('firstPlaces', typeof from === 'number' ? publicName(service().snapshot.mirrors[from]!.mirror) : from);
}

/** The numbers may be read by anybody, and private mirrors are nobody's business. */
function publicName({ name, isPrivate }: Mirror): string {
  return isPrivate ? 'private' : name;
}

const ROUTE = /\/(mirrorlist|metalink|isolist|explain|empty)(?=[/?&]|$)/;

function routeName(target: string): string {
  return ROUTE.exec(target)?.[1] ?? 'other';
}

function answerOther(desk: Desk, asking: Asking, response: ServerResponse): Reply | undefined {
  const { request } = asking;
  // No list and no check-in, but a log of it would show the line all the same.
  takeDown(desk, asking, 404);
  if (request.method !== 'GET' && request.method !== 'HEAD') return count(desk, 'other', NOT_ALLOWED);
  const own = desk.ownPage((request.url ?? '/').replace(/\?.*$/s, ''));
  const sending = own === undefined ? sendSiteFile(desk, request, response) : sendOwnPage(desk, own, request, response);
  sending.catch((error) => sendFailure(desk, error, response));
  return undefined;
}

const ONLY_READ = textReply(405, 'This address answers GET and HEAD only.');
const NOT_ALLOWED: Reply = { ...ONLY_READ, headers: { ...ONLY_READ.headers, Allow: 'GET, HEAD' } };

function count({ counters }: Desk, route: string, reply: Reply): Reply {
  counters.count('requests', route, String(reply.status));
  return reply;
}

async function sendOwnPage(
  desk: Desk,
  { route, reply }: { route: string; reply: Reply | Promise<Reply> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const full = await reply;
  send(response, count(desk, route, request.method === 'HEAD' ? { ...full, body: '' } : full));
}

async function sendSiteFile(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await desk.siteFile(request, response);
  desk.counters.count('requests', 'site', String(response.statusCode));
}

function sendFailure(desk: Desk, error: unknown, response: ServerResponse): void {
  const reply = failure(desk, error);
  if (response.headersSent) response.destroy();
  else send(response, reply);
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers);
  // Where each character is one byte, nothing has to be encoded.
  response.end(body, headers['Content-Length'] === String(body.length) ? 'latin1' : 'utf8');
}
