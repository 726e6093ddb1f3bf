import { type CutLine, cutRequest, type LineCutter, type LineFormat, MISFIT } from '../log-format.ts';
import { decodeAgent } from './encoded.ts';
import { FieldFinder } from './field-finder.ts';
import { asWritten, type Found, fieldsOf, fitByCut } from './fields.ts';
import { type JsonLine, type JsonObject, parseJsonLine, textOf } from './json-line.ts';
import {
  checkComplete,
  clientAmong,
  type Dialect,
  expressionOf,
  FormatError,
  foundIn,
  type Groups,
  type Piece,
  piecesOf,
  rolesOf,
} from './pattern.ts';

/** `forwarded`: whom a proxy asks for, where the peer's address is given too. */
export type Values = Partial<Record<keyof Found | 'forwarded', unknown>>;

/**
 * Where values stand in the JSON of servers, proxies and CDNs. Functions and not tables of paths: with these it took half
 * as long again to read a line.
 */
const VENDORS: Record<string, (line: JsonObject) => Values> = {
  traefik_json: (line) => ({
    host: first(line['ClientHost'], line['ClientAddr']),
    forwarded: line['request_X-Forwarded-For'],
    time: first(line['StartUTC'], first(line['time'], line['StartLocal'])),
    method: line['RequestMethod'],
    target: line['RequestPath'],
    status: line['DownstreamStatus'],
    agent: first(line['request_User-Agent'], line['request_user-agent']),
  }),
  caddy_json: (line) => {
    const request = below(line['request']);
    return {
      host: first(request['client_ip'], first(request['remote_ip'], request['remote_addr'])),
      time: wholeSeconds(line['ts']),
      method: request['method'],
      target: request['uri'],
      status: line['status'],
      agent: below(request['headers'])['User-Agent'],
    };
  },
  cloudflare: (line) => ({
    host: line['ClientIP'],
    time: first(line['EdgeStartTimestamp'], line['EdgeEndTimestamp']),
    method: line['ClientRequestMethod'],
    target: line['ClientRequestURI'],
    status: line['EdgeResponseStatus'],
    agent: line['ClientRequestUserAgent'],
  }),
  akamai: (line) => ({
    host: line['cliIP'],
    time: line['reqTimeSec'],
    method: line['reqMethod'],
    path: line['reqPath'],
    query: line['queryStr'],
    status: line['statusCode'],
    agent: line['UA'],
  }),
  google_lb: (line) => {
    const request = below(line['httpRequest']);
    return {
      host: request['remoteIp'],
      time: line['timestamp'],
      method: request['requestMethod'],
      target: request['requestUrl'],
      status: request['status'],
      agent: request['userAgent'],
    };
  },
  azure: (line) => {
    const properties = below(line['properties']);
    return {
      host: first(properties['clientIp'], properties['clientIP']),
      time: first(line['time'], line['timeStamp']),
      method: properties['httpMethod'],
      path: properties['requestUri'],
      query: properties['requestQuery'],
      status: first(properties['httpStatusCode'], properties['httpStatus']),
      agent: properties['userAgent'],
    };
  },
  envoy_json: (line) => ({
    // Envoy Gateway names headers as they are.
    host: first(first(line['x_forwarded_for'], line['x-forwarded-for']), line['downstream_remote_address']),
    time: first(line['start_time'], line['@timestamp']),
    method: line['method'],
    target: first(line['path'], line['x-envoy-origin-path']),
    status: line['response_code'],
    agent: first(line['user_agent'], line['user-agent']),
  }),
  /** Nested, or flat with dots in the keys. */
  ecs: (line) => {
    const [client, source, url] = [below(line['client']), below(line['source']), below(line['url'])];
    const http = below(line['http']);
    return {
      host: first(first(client['ip'], line['client.ip']), first(source['ip'], line['source.ip'])),
      time: line['@timestamp'],
      method: first(below(http['request'])['method'], line['http.request.method']),
      path: first(first(url['original'], line['url.original']), first(url['path'], line['url.path'])),
      query: first(url['query'], line['url.query']),
      status: first(below(http['response'])['status_code'], line['http.response.status_code']),
      agent: first(below(line['user_agent'])['original'], line['user_agent.original']),
    };
  },
  cloudfront_json: (line) => ({
    host: line['c-ip'],
    time: first(line['timestamp(ms)'], first(line['timestamp'], `${line['date']}T${line['time']}Z`)),
    method: line['cs-method'],
    path: line['cs-uri-stem'],
    query: line['cs-uri-query'],
    status: line['sc-status'],
    agent: line['cs(User-Agent)'],
  }),
  json: usualValues,
};

/** The first that says something, or else whichever is there. */
function first(one: unknown, other: unknown): unknown {
  if (one !== undefined && one !== null && one !== '') return one;
  return other === undefined ? one : other;
}

/** To write out a fraction takes a tenth of all that is done with a line. */
function wholeSeconds(value: unknown): unknown {
  return typeof value === 'number' ? Math.floor(value) : value;
}

const NOTHING_BELOW: JsonObject = {};

function below(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : NOTHING_BELOW;
}

/** Usual keys of nginx, Apache, Fastly and others, where the format is the operator's own: the first that is there. */
const FORWARDED_KEYS = ['http_x_real_ip', 'http_x_forwarded_for', 'x_forwarded_for'];
const USUAL: Partial<Record<keyof Values, readonly string[]>> = {
  host: [
    ...[
      'client_ip',
      'clientIp',
      'clientIP',
      'clientip',
      'client_addr',
      'client',
      'remote_addr',
      'remote_ip',
      'remoteIp',
    ],
    ...['remoteIP', 'remoteAddr', 'remote_address', 'remote_host', 'ip', 'ip_address', 'source_ip', 'src_ip'],
    ...FORWARDED_KEYS,
  ],
  forwarded: FORWARDED_KEYS,
  time: [
    ...['time_iso8601', '@timestamp', 'timestamp', 'time_local', 'time', 'msec', 'ts', 'datetime', 'date_time'],
    ...['date', 'start_time'],
  ],
  request: ['request', 'request_line', 'requestLine', 'http_request'],
  method: ['request_method', 'requestMethod', 'method', 'http_method', 'httpMethod', 'verb', 'clientRequestMethod'],
  path: [
    ...['request_uri', 'requestUri', 'request_url', 'requestUrl', 'uri', 'url', 'request_path', 'requestPath', 'path'],
    'clientRequestPath',
    // Beside a method it may be the target alone.
    'request',
  ],
  query: ['query_string', 'queryString', 'args', 'query', 'request_query'],
  status: [
    ...['status', 'status_code', 'statusCode', 'response_status', 'response_code', 'response', 'http_status', 'code'],
    'responseStatus',
  ],
  agent: [
    ...['http_user_agent', 'user_agent', 'userAgent', 'useragent', 'request_user_agent', 'agent', 'ua'],
    ...['User-Agent', 'user-agent', 'clientRequestUserAgent'],
  ],
};

/** What stands under each usual key, and how many keys are looked at before it. */
const USUAL_KEYS = new Map<string, { field: keyof Values; rank: number }[]>();
for (const [field, keys] of Object.entries(USUAL)) {
  for (const [rank, key] of keys.entries()) {
    USUAL_KEYS.set(key, [...(USUAL_KEYS.get(key) ?? []), { field: field as keyof Values, rank }]);
  }
}

/** By the keys that a line has: they are fewer than those that it might have. */
function usualValues(line: JsonObject): Values {
  const values: Values = {};
  const ranks: Partial<Record<keyof Values, number>> = {};
  for (const key in line) {
    for (const { field, rank } of USUAL_KEYS.get(key) ?? NO_FIELDS) {
      const isBetter = ranks[field] === undefined || rank < ranks[field];
      values[field] = isBetter ? first(line[key], values[field]) : first(values[field], line[key]);
      if (isBetter) ranks[field] = rank;
    }
  }
  return values;
}

const NO_FIELDS: never[] = [];

/** Reads a declared format that is a JSON object, as nginx's with `escape=json` (L10). */
export function declaredJson(declared: string, dialect: Dialect): LineFormat {
  const template = parseJsonLine(quoteBareVariables(declared));
  if (template === undefined) throw new FormatError('the format begins like a JSON object and is none');
  const leaves = leavesOf(template.object, []).map(({ path, text }) => ({ path, pieces: piecesOf(text, dialect) }));
  checkComplete(rolesOf(leaves.flatMap(({ pieces }) => pieces)));
  const values = leaves
    .filter(({ pieces }) => pieces.some((piece) => piece.kind === 'field' && piece.role !== 'ignored'))
    .map(({ path, pieces }) => ({ path, expression: leafExpression(pieces) }));
  return jsonFormat('declared', ({ object, bytesOf }) => {
    const groups: Groups = {};
    for (const { path, expression } of values) {
      const value = path.reduce<unknown>((above, key) => below(above)[key], object);
      const match = expression.exec(bytesAt(value, bytesOf) ?? '');
      if (match !== null) Object.assign(groups, { ...match.groups, ...groups });
    }
    return foundIn(groups);
  });
}

/** Numbers are declared without quotes. */
function quoteBareVariables(declared: string): string {
  return declared.replace(/([:[,]\s*)([$%][^\s",}\]]+)(?=\s*[,}\]])/g, '$1"$2"');
}

function leavesOf(value: unknown, path: readonly string[]): { path: readonly string[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => leavesOf(below, [...path, key]));
}

/** The value ends where the text does, so that a single field may hold anything. */
function leafExpression(pieces: readonly Piece[]): RegExp {
  const [first] = pieces;
  if (pieces.length > 1 || first?.kind !== 'field') return new RegExp(`^${expressionOf(pieces)}$`, 's');
  return new RegExp(`^${expressionOf([{ ...first, shape: first.shape ?? '.*' }])}$`, 's');
}

function vendorFormat(name: string, valuesOf: (line: JsonObject) => Values): LineFormat {
  const amend = AMENDMENTS[name];
  return jsonFormat(
    name,
    ({ object, bytesOf }) => {
      const values = valuesOf(object);
      const host = bytesAt(values.host, bytesOf);
      const forwarded = bytesAt(values.forwarded, bytesOf);
      const found: Found = {
        host: host === undefined || forwarded === undefined ? host : clientAmong(host, forwarded),
        time: bytesAt(values.time, bytesOf),
        request: bytesAt(values.request, bytesOf),
        method: bytesAt(values.method, bytesOf),
        target: bytesAt(values.target, bytesOf),
        path: bytesAt(values.path, bytesOf),
        query: bytesAt(values.query, bytesOf),
        status: bytesAt(values.status, bytesOf),
        agent: bytesAt(values.agent, bytesOf),
      };
      return amend === undefined ? found : amend(found);
    },
    AMENDED.has(name) ? {} : { valuesOf },
  );
}

function bytesAt(value: unknown, bytesOf: JsonLine['bytesOf']): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : bytesOf(text);
}

function jsonFormat(
  name: string,
  find: (json: JsonLine, head: string) => Found,
  {
    valuesOf,
    headOf = noHead,
  }: { valuesOf?: (line: JsonObject) => Values; headOf?: (line: string) => string | undefined } = {},
): LineFormat {
  const found = (line: string): Found | undefined => {
    const head = headOf(line);
    const json = head === undefined ? undefined : parseJsonLine(line.slice(head.length));
    return json && asWritten(find(json, head!));
  };
  const cut = (line: string): CutLine => {
    const there = found(line);
    return there === undefined ? MISFIT : fieldsOf(there);
  };
  const timeOf = (line: string) => found(line)?.time;
  const cutter: LineCutter = { cut, timeOf, fitOf: (line) => fitByCut(cut(line), timeOf(line)) };
  const start = () => (valuesOf === undefined ? cutter : withFinder(cutter, valuesOf));
  // A bracket closes each line.
  const isClosed = () => true;
  return { kind: 'lines', name, time: 'any', mark: 'countme', isKnownAsWritten: false, isClosed, start };
}

/** What stands before the object; undefined where a line cannot be one. */
const noHead = () => '';

/** Learns the shapes of the lines that are cut, to find the fields of those behind them. */
function withFinder(cutter: LineCutter, valuesOf: (line: JsonObject) => Values): LineCutter {
  const finder = new FieldFinder(valuesOf);
  return {
    ...cutter,
    cut: (line) => {
      finder.learn(line);
      return cutter.cut(line);
    },
    find: (bytes, from, until) => finder.find(bytes, from, until),
  };
}

/** What is not as it stands at a format's places. */
const AMENDMENTS: Record<string, (found: Found) => Found> = {
  // Its path has no first slash, and whatever is not printable is percent-encoded, spaces too.
  akamai: (found) => ({
    ...found,
    path: found.path === undefined || found.path.startsWith('/') ? found.path : `/${found.path}`,
    agent: decodeAgent(found.agent ?? ''),
  }),
  cloudfront_json: (found) => ({ ...found, agent: decodeAgent(found.agent ?? '') }),
  // Beside a method, `request` may be the target alone.
  json: (found) =>
    found.method === undefined || cutRequest(found.request ?? '') !== undefined
      ? found
      : { ...found, request: undefined },
};

/** Their fields are not their values as they stand. */
const AMENDED: ReadonlySet<string> = new Set(['akamai', 'cloudfront_json']);

/** Caddy's `format console`: time, level, logger and message before the JSON, between tabs. */
const CADDY_CONSOLE = jsonFormat(
  'caddy_console',
  ({ object, bytesOf }, head) => {
    const { host, method, target, status, agent } = VENDORS['caddy_json']!(object);
    return {
      host: bytesAt(host, bytesOf),
      time: head.split('\t', 1)[0],
      method: bytesAt(method, bytesOf),
      target: bytesAt(target, bytesOf),
      status: bytesAt(status, bytesOf),
      agent: bytesAt(agent, bytesOf),
    };
  },
  { headOf: (line) => /^[^\t{]+(?:\t[^\t{]*)+\t(?=\{)/.exec(line)?.[0] },
);

export const JSON_FORMATS: readonly LineFormat[] = Object.entries(VENDORS)
  .map(([name, valuesOf]) => vendorFormat(name, valuesOf))
  .concat(CADDY_CONSOLE);
