import { type CutLine, cutRequest, type LineFormat, MISFIT, statelessFormat } from '../log-format.ts';
import { decodeAgent } from './encoded.ts';
import { asWritten, type Found, fieldsOf } from './fields.ts';
import { firstText, type JsonLine, type Path, parseJsonLine, pathOf, valueAt } from './json-line.ts';
import {
  checkComplete,
  type Dialect,
  expressionOf,
  FormatError,
  foundIn,
  type Groups,
  type Piece,
  piecesOf,
  rolesOf,
} from './pattern.ts';

/** Where the values of a line stand: of each the places in the order in which they are looked at. */
type Places = Partial<Record<keyof Found, readonly string[]>>;

/** Of servers, proxies and CDNs that log JSON in a shape of their own. */
const VENDORS: Record<string, Places> = {
  traefik_json: {
    host: ['ClientHost', 'ClientAddr'],
    time: ['StartUTC', 'time', 'StartLocal'],
    method: ['RequestMethod'],
    target: ['RequestPath'],
    status: ['DownstreamStatus'],
    agent: ['request_User-Agent', 'request_user-agent'],
  },
  caddy_json: {
    host: ['request>client_ip', 'request>remote_ip', 'request>remote_addr'],
    time: ['ts'],
    method: ['request>method'],
    target: ['request>uri'],
    status: ['status'],
    agent: ['request>headers>User-Agent'],
  },
  cloudflare: {
    host: ['ClientIP'],
    time: ['EdgeStartTimestamp', 'EdgeEndTimestamp'],
    method: ['ClientRequestMethod'],
    target: ['ClientRequestURI'],
    status: ['EdgeResponseStatus'],
    agent: ['ClientRequestUserAgent'],
  },
  akamai: {
    host: ['cliIP'],
    time: ['reqTimeSec'],
    method: ['reqMethod'],
    path: ['reqPath'],
    query: ['queryStr'],
    status: ['statusCode'],
    agent: ['UA'],
  },
  google_lb: {
    host: ['httpRequest>remoteIp'],
    time: ['timestamp'],
    method: ['httpRequest>requestMethod'],
    target: ['httpRequest>requestUrl'],
    status: ['httpRequest>status'],
    agent: ['httpRequest>userAgent'],
  },
  azure: {
    host: ['properties>clientIp', 'properties>clientIP'],
    time: ['time', 'timeStamp'],
    method: ['properties>httpMethod'],
    path: ['properties>requestUri'],
    query: ['properties>requestQuery'],
    status: ['properties>httpStatusCode', 'properties>httpStatus'],
    agent: ['properties>userAgent'],
  },
  envoy_json: {
    host: ['x_forwarded_for', 'downstream_remote_address'],
    time: ['start_time'],
    method: ['method'],
    target: ['path'],
    status: ['response_code'],
    agent: ['user_agent'],
  },
  ecs: {
    host: ['client>ip', 'client.ip', 'source>ip', 'source.ip', 'source>address', 'source.address'],
    time: ['@timestamp'],
    method: ['http>request>method', 'http.request.method'],
    path: ['url>original', 'url.original', 'url>path', 'url.path'],
    query: ['url>query', 'url.query'],
    status: ['http>response>status_code', 'http.response.status_code'],
    agent: ['user_agent>original', 'user_agent.original'],
  },
  cloudfront_json: {
    host: ['c-ip'],
    time: ['timestamp(ms)', 'timestamp'],
    method: ['cs-method'],
    path: ['cs-uri-stem'],
    query: ['cs-uri-query'],
    status: ['sc-status'],
    agent: ['cs(User-Agent)'],
  },
};

/** Usual keys of nginx, Apache, Fastly and others, where the format is the operator's own. */
const USUAL: Places = {
  host: [
    ...['client_ip', 'clientIp', 'clientip', 'client_addr', 'client', 'remote_addr', 'remote_ip', 'remoteIp'],
    ...['remoteIP', 'remoteAddr', 'remote_address', 'remote_host', 'ip', 'ip_address', 'source_ip', 'src_ip'],
    ...['http_x_real_ip', 'http_x_forwarded_for', 'x_forwarded_for'],
  ],
  time: [
    ...['time_iso8601', '@timestamp', 'timestamp', 'time_local', 'time', 'msec', 'ts', 'datetime', 'date_time'],
    ...['date', 'start_time'],
  ],
  request: ['request', 'request_line', 'requestLine', 'http_request'],
  method: ['request_method', 'requestMethod', 'method', 'http_method', 'httpMethod', 'verb'],
  path: [
    ...['request_uri', 'requestUri', 'request_url', 'requestUrl', 'uri', 'url', 'request_path', 'requestPath', 'path'],
    'request',
  ],
  query: ['query_string', 'queryString', 'args', 'query', 'request_query'],
  status: [
    ...['status', 'status_code', 'statusCode', 'response_status', 'response_code', 'response', 'http_status', 'code'],
  ],
  agent: [
    ...['http_user_agent', 'user_agent', 'userAgent', 'useragent', 'request_user_agent', 'agent', 'ua'],
    ...['User-Agent', 'user-agent'],
  ],
};

/** Reads a declared format that is a JSON object, as nginx's with `escape=json` (L10). */
export function declaredJson(declared: string, dialect: Dialect): LineFormat {
  const template = parseJsonLine(quoteBareVariables(declared));
  if (template === undefined) throw new FormatError('the format begins like a JSON object and is none');
  const leaves = leavesOf(template.object, []).map(({ path, text }) => ({ path, pieces: piecesOf(text, dialect) }));
  checkComplete(rolesOf(leaves.flatMap(({ pieces }) => pieces)));
  const values = leaves
    .filter(({ pieces }) => pieces.some((piece) => piece.kind === 'field' && piece.role !== 'ignored'))
    .map(({ path, pieces }) => ({ paths: [path], expression: leafExpression(pieces) }));
  return jsonFormat('declared', ({ object, bytesOf }) => {
    const groups: Groups = {};
    for (const { paths, expression } of values) {
      const match = expression.exec(bytesOf(firstText(object, paths) ?? ''));
      if (match !== null) Object.assign(groups, { ...match.groups, ...groups });
    }
    return foundIn(groups);
  });
}

/** Numbers are declared without quotes. */
function quoteBareVariables(declared: string): string {
  return declared.replace(/([:[,]\s*)([$%][^\s",}\]]+)(?=\s*[,}\]])/g, '$1"$2"');
}

function leavesOf(value: unknown, path: Path): { path: Path; text: string }[] {
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

function placesFormat(name: string, places: Places): LineFormat {
  const paths = (written: readonly string[] = []): readonly Path[] => written.map(pathOf);
  const at: FieldPaths = {
    host: paths(places.host),
    time: paths(places.time),
    request: paths(places.request),
    method: paths(places.method),
    target: paths(places.target),
    path: paths(places.path),
    query: paths(places.query),
    status: paths(places.status),
    agent: paths(places.agent),
  };
  const amend = AMENDMENTS[name];
  return jsonFormat(name, (json) => (amend === undefined ? findAt(json, at) : amend(findAt(json, at), json)));
}

function jsonFormat(name: string, find: (json: JsonLine) => Found): LineFormat {
  const found = (line: string): Found | undefined => {
    const json = parseJsonLine(line);
    return json && asWritten(find(json));
  };
  const cut = (line: string): CutLine => {
    const there = found(line);
    return there === undefined ? MISFIT : fieldsOf(there);
  };
  return statelessFormat(name, { cut, timeOf: (line) => found(line)?.time }, { mark: 'countme' });
}

type FieldPaths = Record<keyof Found, readonly Path[]>;

function findAt({ object, bytesOf }: JsonLine, at: FieldPaths): Found {
  const bytesAt = (paths: readonly Path[]) => {
    const text = firstText(object, paths);
    return text === undefined ? undefined : bytesOf(text);
  };
  return {
    host: bytesAt(at.host),
    time: bytesAt(at.time),
    request: bytesAt(at.request),
    method: bytesAt(at.method),
    target: bytesAt(at.target),
    path: bytesAt(at.path),
    query: bytesAt(at.query),
    status: bytesAt(at.status),
    agent: bytesAt(at.agent),
  };
}

/** What is not as it stands at a format's places. */
const AMENDMENTS: Record<string, (found: Found, json: JsonLine) => Found> = {
  // Its path has no first slash, and whatever is not printable is percent-encoded, spaces too.
  akamai: (found) => ({
    ...found,
    path: found.path === undefined || found.path.startsWith('/') ? found.path : `/${found.path}`,
    agent: decodeAgent(found.agent ?? ''),
  }),
  cloudfront_json: (found, { object }) => ({
    ...found,
    time: found.time ?? `${String(valueAt(object, ['date']))}T${String(valueAt(object, ['time']))}Z`,
    agent: decodeAgent(found.agent ?? ''),
  }),
  // Beside a method, `request` may be the target alone.
  json: (found) =>
    found.method === undefined || cutRequest(found.request ?? '') !== undefined
      ? found
      : { ...found, request: undefined },
};

export const JSON_FORMATS: readonly LineFormat[] = [...Object.entries(VENDORS), ['json', USUAL] as const].map(
  ([name, places]) => placesFormat(name, places),
);
