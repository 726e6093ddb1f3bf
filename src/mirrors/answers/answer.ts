import { remembered } from '../../flow/sightings/remembered.ts';
import { addressBytes } from '../../geo/address.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Choice } from '../selection/choose.ts';
import { type Place, pointOf } from '../selection/distance.ts';
import type { Snapshot } from '../selection/snapshot.ts';
import { orderNumber } from '../selection/stickiness.ts';
import { archesOf, resolveVersion } from '../selection/versions.ts';
import { checkInOf } from './check-in.ts';
import { EMPTY_METADATA, EMPTY_REPOSITORY } from './empty-repository.ts';
import { explainChoice } from './explain.ts';
import { type Filters, NO_FILTERS, readFilters } from './filters.ts';
import { type ChoosingClient, chooseFor, isInVault, metalinkUrls, repositoryPath, truthOf, wishFor } from './list.ts';
import { emptyMetalink, METALINK_TYPE, metalinkDocument } from './metalink.ts';
import { errorReply, jsonReply, type Reply, reply, TEXT_TYPE, textReply, withoutBody } from './reply.ts';
import { type Document, type Route, routeOf } from './route.ts';
import { type Refusal, readSubject, refusal, type Subject, unknownArch, unknownVersion } from './subject.ts';
import { type Parameters, readTarget, type Target } from './target.ts';

/** What answers are made of. */
export interface MirrorService {
  snapshot: Snapshot;
  /** Random, another one each day, the same in all processes; never written. */
  secret: string;
  /** Where clients reach this service, without a slash at its end: metalinks of an endpoint lead back to it. */
  address: string;
}

export interface MirrorRequest {
  method: string;
  /** As it stands in the request line, one byte per character. */
  target: string;
  client: {
    /** By `clientAddressBy`; used here and forgotten. */
    address: string;
    /** ISO 3166-1 alpha-2; empty or `ZZ` if it is not known. */
    country: string;
    asn?: number | undefined;
    place?: Place | undefined;
    /** By `agentArchReader`. */
    arch?: string | undefined;
  };
  /** Seconds since 1970. */
  now: number;
}

export interface Answer extends Reply {
  /** Why these mirrors; undefined where none were chosen. */
  choice: Choice | undefined;
}

/** Undefined if the path is not the service's own. Never throws, whatever the request says. */
export function answer(service: MirrorService, request: MirrorRequest): Answer | undefined {
  const { isCheckIn, target, route } = readingOf(service.snapshot.catalogue, request.target);
  if (target === undefined) return answerWith(textReply(414, 'This address is too long.'), undefined);
  if (route === undefined) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return answerWith(NOT_ALLOWED, undefined);
  const asked = { service, request, target, isCheckIn: isCheckIn && request.method === 'GET' };
  const { reply, choice } = answerRoute(asked, route);
  return answerWith(request.method === 'HEAD' ? withoutBody(reply) : reply, choice);
}

function answerWith({ status, headers, body }: Reply, choice: Answer['choice']): Answer {
  return { status, headers, body, choice };
}

/** What a request says, in the words of a catalogue. */
interface Reading {
  /** Whether a log would count it: then it must not be refused. */
  isCheckIn: boolean;
  /** Undefined if it is too long to be worth reading. */
  target: Target | undefined;
  /** Undefined if the path is not the service's own. */
  route: RouteReading | undefined;
}

type RouteReading =
  | Exclude<Route, { kind: 'list' | 'explain' }>
  | (ListRoute & { terms: Terms; lenientTerms: Terms })
  | { kind: 'explain'; of: RouteReading };

type ListRoute = Extract<Route, { kind: 'list' }>;

/** What a list is to be of. */
interface Terms {
  subject: Subject | Refusal;
  /** Or the sentence that says what is wrong with them. */
  filters: Filters | string;
}

/** Package managers ask for a few hundred; reading one takes longer than choosing mirrors. */
const MOST_TARGETS = 4_096;

/** Forgotten with their catalogues. */
const readers = new WeakMap<Catalogue, (written: string) => Reading>();

function readingOf(catalogue: Catalogue, written: string): Reading {
  let read = readers.get(catalogue);
  if (read === undefined) {
    read = remembered(MOST_TARGETS, (text) => readRequest(catalogue, text));
    readers.set(catalogue, read);
  }
  return read(written);
}

function readRequest(catalogue: Catalogue, written: string): Reading {
  const target = readTarget(written);
  const route = target === undefined ? undefined : routeOf(target);
  const read = (known: Route): RouteReading => {
    if (known.kind === 'explain') return { kind: 'explain', of: read(known.of) };
    if (known.kind !== 'list') return known;
    const termsFor = (isLenient: boolean) => termsOf(catalogue, known, target!.parameters, isLenient);
    return { ...known, terms: termsFor(false), lenientTerms: termsFor(true) };
  };
  const isCheckIn = checkInOf(written)?.kind === 'request';
  return { isCheckIn, target, route: route === undefined ? undefined : read(route) };
}

function termsOf(catalogue: Catalogue, { name }: ListRoute, parameters: Parameters, isLenient: boolean): Terms {
  return { subject: readSubject(catalogue, name, parameters, isLenient), filters: filtersOf(parameters, isLenient) };
}

function filtersOf(parameters: Parameters, isLenient: boolean): Filters | string {
  const filters = readFilters(parameters);
  return isLenient && typeof filters === 'string' ? NO_FILTERS : filters;
}

const refused = textReply(405, 'This address answers GET and HEAD only.');
const NOT_ALLOWED: Reply = { ...refused, headers: { ...refused.headers, Allow: 'GET, HEAD' } };

/** A request with what it is answered from. */
interface Asked {
  service: MirrorService;
  request: MirrorRequest;
  target: Target;
  /** Whoever checks in gets a list as long as the repository is known: a refusal loses the system for the week. */
  isCheckIn: boolean;
}

interface Answered {
  reply: Reply;
  choice: Choice | undefined;
}

function answerRoute(asked: Asked, route: RouteReading): Answered {
  switch (route.kind) {
    case 'list':
      return answerList(asked, route, false);
    case 'isolist':
      return answerIsoList(asked, route);
    case 'explain':
      return answerExplain(asked, route.of);
    case 'empty-repository':
      return unchosen(emptyRepositoryFile(asked, route.file));
  }
}

function answerList(asked: Asked, route: Extract<RouteReading, { kind: 'list' }>, isExplained: boolean): Answered {
  const { subject, filters } = asked.isCheckIn ? route.lenientTerms : route.terms;
  if (subject.kind === 'refusal') return unchosen(refusalReply(asked, route, subject));
  if (subject.kind === 'endpoint') return unchosen(endpointReply(asked, route.document));
  if (typeof filters === 'string') return unchosen(refusalReply(asked, route, refusal(400, filters)));
  return answerRepository(asked, route, subject, filters, isExplained);
}

function answerRepository(
  { service: { snapshot, secret }, request }: Asked,
  { document }: ListRoute,
  subject: Extract<Subject, { kind: 'repository' }>,
  filters: Filters,
  isExplained: boolean,
): Answered {
  const client = choosingClient(snapshot, secret, request, subject.version.version);
  const wish = wishFor(subject, document, filters, client.arch);
  const choice = chooseFor(snapshot, isInVault(subject), wish, client, request.now);
  if (isExplained) return unchosen(jsonReply(200, explainChoice(snapshot, wish, client, choice, request.now)));
  if (choice.mirrors.length === 0) return { reply: NO_MIRRORS, choice };
  if (document === 'mirrorlist') {
    const path = repositoryPath(subject);
    const urls = choice.mirrors.map(({ base }) => base + path);
    return { reply: listReply(urls), choice };
  }
  const truth = truthOf(snapshot, subject);
  const xml = metalinkDocument(metalinkUrls(snapshot, subject, choice), truth, choice.isEmergency, request.now);
  return { reply: reply(200, METALINK_TYPE, xml), choice };
}

/** Only of a catalogue without any address, which the loader refuses. */
const NO_MIRRORS = textReply(503, 'No mirror is configured.');

function answerIsoList(asked: Asked, route: Extract<Route, { kind: 'isolist' }>): Answered {
  const { service, request } = asked;
  const { snapshot, secret } = service;
  const { catalogue } = snapshot;
  const version = resolveVersion(catalogue, route.version);
  const error = ({ status, why }: Refusal) => unchosen(errorReply(status, why, request.now));
  if (version === undefined) return error(unknownVersion(catalogue, route.version));
  const isKnown = archesOf(catalogue, version.version).includes(route.arch);
  if (!isKnown) return error(unknownArch(catalogue, version.version, route.arch));
  const filters = filtersOf(asked.target.parameters, asked.isCheckIn);
  if (typeof filters === 'string') return unchosen(textReply(400, filters));
  const scope = { version: version.version, repository: undefined, arch: undefined };
  const wish = { scope, module: version.module, ...filters, schemes: filters.schemes ?? (['http', 'https'] as const) };
  const client = choosingClient(snapshot, secret, request, version.version);
  const choice = chooseFor(snapshot, version.isVault, wish, client, request.now);
  if (choice.mirrors.length === 0) return { reply: NO_MIRRORS, choice };
  const urls = choice.mirrors.map(({ base }) => `${base}/${version.version}/isos/${route.arch}`);
  return { reply: listReply(urls), choice };
}

function answerExplain(asked: Asked, of: RouteReading): Answered {
  return of.kind === 'list'
    ? answerList(asked, of, true)
    : unchosen(textReply(404, 'Only lists are explained: expected /explain/mirrorlist/VERSION/REPOSITORY.'));
}

function unchosen(reply: Reply): Answered {
  return { reply, choice: undefined };
}

/** LF, also after the last: dnf takes a CR for a part of the address. */
function listReply(urls: readonly string[]): Reply {
  return reply(200, TEXT_TYPE, `${urls.join('\n')}\n`);
}

/**
 * In the form that the client reads: JSON as AlmaLinux's service, XML for metalinks, else a line that no client takes
 * for a mirror.
 */
function refusalReply({ request: { now } }: Asked, { document, name }: ListRoute, { status, why }: Refusal): Reply {
  if (document === 'metalink') return reply(status, METALINK_TYPE, emptyMetalink(why, now));
  if (name.form === 'path' && status === 404) return errorReply(status, why, now);
  return textReply(status, `# ${why}`);
}

/** A distribution without mirrors: the system has been counted, and finds a repository without packages. */
function endpointReply({ service: { address }, request: { now } }: Asked, document: Document): Reply {
  const url = `${address}/empty`;
  if (document === 'mirrorlist') return listReply([`${url}/`]);
  return reply(200, METALINK_TYPE, metalinkDocument([{ url, country: undefined }], [EMPTY_METADATA], false, now));
}

function emptyRepositoryFile({ service: { snapshot } }: Asked, file: string): Reply {
  const content = snapshot.catalogue.endpointTags === undefined ? undefined : EMPTY_REPOSITORY.get(file);
  return content === undefined
    ? textReply(404, 'There is no such file.')
    : reply(200, 'application/xml; charset=utf-8', content);
}

/** What is known of the client, with the order of mirrors that its network has in this hour. */
function choosingClient(snapshot: Snapshot, secret: string, request: MirrorRequest, version: string): ChoosingClient {
  const { address, country, asn, place, arch } = request.client;
  const bytes = addressBytes(address);
  const isKnownArch = arch !== undefined && archesOf(snapshot.catalogue, version).includes(arch);
  const located = {
    order: snapshot.order(secret, orderNumber(secret, bytes, request.now)),
    family: bytes?.length === 16 ? ('v6' as const) : ('v4' as const),
    country: country === '' || country === 'ZZ' ? undefined : country,
    continent: snapshot.continents.get(country),
    point: place === undefined ? undefined : pointOf(place),
    asn,
  };
  return { located, address: bytes, arch: isKnownArch ? arch : undefined };
}
