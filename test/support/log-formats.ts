import { asLogged } from '../../src/flow/requests/as-logged.ts';
import { logTime } from './log-lines.ts';

/** A request as it came over the wire: bytes, one per character. */
export interface Wire {
  host: string;
  /** Seconds since 1970, with a fraction. */
  time: number;
  method: string;
  target: string;
  status: number;
  /** Empty if there was none. */
  agent: string;
}

/** Lines of a log of requests, one byte per character. */
export type Writer = (requests: readonly Wire[]) => string[];

export const utf8 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8');
const bytesOf = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
/** As Go and Python write JSON, each in its own way; and nginx, which leaves bytes as they are. */
export const go = (value: unknown) =>
  bytesOf(JSON.stringify(value).replace(/[&<>]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`));
export const ascii = (value: unknown) =>
  JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const plain = (value: unknown) => bytesOf(JSON.stringify(value));

const each =
  (write: (request: Wire, index: number) => string): Writer =>
  (requests) =>
    requests.map(write);

const local = ({ time }: Wire, zone = 0) => logTime(Math.floor(time) * 1000, zone);
const iso = ({ time }: Wire) => new Date(time * 1000).toISOString();
const isoSeconds = (request: Wire) => iso(request).replace(/\.\d+/, '');
const request = ({ method, target }: Wire) => asLogged(`${method} ${target} HTTP/1.1`);
const agent = (wire: Wire) => (wire.agent === '' ? '-' : asLogged(wire.agent));
const tail = (wire: Wire) => `"${request(wire)}" ${wire.status} 629 "-" "${agent(wire)}"`;
const withPort = ({ host }: Wire) => (host.includes(':') ? `[${host}]:51234` : `${host}:51234`);
const headers = (wire: Wire) => ({
  Accept: ['*/*'],
  ...(wire.agent === '' ? {} : { 'User-Agent': [utf8(wire.agent)] }),
});
const percent = (bytes: string, also = /[^!-~]|%/g) =>
  bytes.replace(also, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
const hashed = (bytes: string) =>
  bytes.replace(/[^ -~]|["#{}|]/g, (byte) => `#${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
const pathOf = ({ target }: Wire) => target.split('?')[0]!;
const queryOf = ({ target }: Wire) => target.split('?').slice(1).join('?');

export const combined = each((wire) => `${wire.host} - - [${local(wire)}] ${tail(wire)}`);

const caddy = (wire: Wire) => ({
  level: 'info',
  ts: wire.time,
  msg: 'handled request',
  request: {
    remote_ip: wire.host,
    client_ip: wire.host,
    proto: 'HTTP/2.0',
    method: wire.method,
    host: 'm.example.org',
    uri: utf8(wire.target),
    headers: headers(wire),
  },
  size: 629,
  status: wire.status,
});

/** Text formats, with the name under which each is recognised. */
export const TEXT_FORMATS: Record<string, [name: string, writer: Writer]> = {
  lighttpd: ['combined', each((wire) => `${wire.host} mirrors.example.org - [${local(wire)}] ${tail(wire)}`)],
  'a virtual host in front': [
    'vhost_combined',
    each((wire) => `m.example.org:443 ${wire.host} - - [${local(wire)}] ${tail(wire)}`),
  ],
  'ingress-nginx': [
    'combined_extra',
    each(
      (wire, i) =>
        `${wire.host} - - [${local(wire)}] ${tail(wire)} 312 0.004 [default-mirror-80] [] 10.0.0.5:8080 629 0.004 200 4f1c${i}`,
    ),
  ],
  'Traefik CLF': [
    'combined_extra',
    each(
      (wire, i) => `${wire.host} - - [${local(wire)}] ${tail(wire)} ${i} "mirror@docker" "http://172.18.0.3:8080" 3ms`,
    ),
  ],
  'combinedio, another zone': [
    'combined_extra',
    each((wire) => `${wire.host} - - [${local(wire, 330)}] ${tail(wire)} 312 629`),
  ],
  'nginx main': ['combined_extra', each((wire) => `${wire.host} - - [${local(wire)}] ${tail(wire)} "-"`)],
  'a list of addresses': [
    'combined_variant',
    each((wire) => `${wire.host}, 10.9.9.9, 192.0.2.9 - - [${local(wire)}] ${tail(wire)}`),
  ],
  'Apache with milliseconds': [
    'combined_variant',
    each((wire) => `${wire.host} - - [${local(wire).replace(' ', '.123 ')}] ${tail(wire)}`),
  ],
  'ISO times': [
    'combined_variant',
    each((wire) => `${wire.host} - - [${isoSeconds(wire).replace('Z', '+00:00')}] ${tail(wire)}`),
  ],
  epochs: ['combined_variant', each((wire) => `${wire.host} - - [${wire.time.toFixed(3)}] ${tail(wire)}`)],
  'microseconds without brackets': [
    'combined_variant',
    each((wire) => `${wire.host} - - ${Math.floor(wire.time)}123456 ${tail(wire)}`),
  ],
  tabs: [
    'combined_variant',
    each((wire) => `${wire.host} - - [${local(wire)}]\t"${request(wire)}" ${wire.status} 629\t"-"\t"${agent(wire)}"`),
  ],
  'a list of addresses and fields behind': [
    'combined_variant_extra',
    each((wire) => `${wire.host}, 10.9.9.9 - - [${iso(wire)}] ${tail(wire)} 0.004 "x"`),
  ],
  'ISO times and fields behind': [
    'combined_extra',
    each((wire) => `${wire.host} - - [${iso(wire)}] ${tail(wire)} 0.004 "x"`),
  ],
  'a virtual host and ISO times': [
    'combined_variant',
    each((wire) => `m.example.org ${wire.host} - - [${iso(wire)}] ${tail(wire)}`),
  ],
  'nginx with $msec': [
    'nginx_msec',
    each((wire) => `${wire.time.toFixed(3)} ${wire.host} "${request(wire)}" ${wire.status} "${agent(wire)}"`),
  ],
  'AWS ALB': [
    'aws_alb',
    each(
      (wire) =>
        `h2 ${iso(wire)} app/lb/50dc ${withPort(wire)} 10.0.0.1:80 0.000 0.001 0.000 ${wire.status} ${wire.status} 34 366 "${asLogged(`${wire.method} https://m.example.org:443${wire.target} HTTP/2.0`)}" "${agent(wire)}" ECDHE TLSv1.2 arn:aws:x "Root=1-58" "m.example.org" "arn" 1 ${iso(wire)} "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_x`,
    ),
  ],
  'AWS ELB': [
    'aws_alb',
    each(
      (wire) =>
        `${iso(wire)} lb ${withPort(wire)} 10.0.0.1:80 0.00007 0.001 0.00005 ${wire.status} 200 0 29 "${asLogged(`${wire.method} http://m.example.org:80${wire.target} HTTP/1.1`)}" "${agent(wire)}" - -`,
    ),
  ],
  Envoy: [
    'envoy',
    each(
      (wire) =>
        `[${iso(wire)}] "${wire.method} ${wire.target} HTTP/2" ${wire.status} - 0 629 1 0 "${wire.host},10.1.1.1" "${wire.agent || '-'}" "cc21d9b0-cf5c" "m.example.org" "10.0.2.1:80"`,
    ),
  ],
  Istio: [
    'envoy',
    each(
      (wire) =>
        `[${iso(wire)}] "${wire.method} ${wire.target} HTTP/2" ${wire.status} - via_upstream - "-" 0 629 1 0 "-" "${wire.agent || '-'}" "cc21d9b0" "m.example.org" "10.0.2.1:80" inbound|80|| 127.0.0.6:1 10.44.1.27:80 ${withPort(wire)} outbound_.80 default`,
    ),
  ],
  'HAProxy clf': [
    'haproxy_clf',
    each(
      (wire) =>
        `${wire.host} - - [${local(wire)}] "${hashed(`${wire.method} ${wire.target} HTTP/1.1`)}" ${wire.status} 2750 "" "" 33317 655 "http-in" "mirror" "srv1" 10 0 30 69 109 ---- 1 1 1 1 0 0 0 "" "" "m.example.org" "${hashed(wire.agent)}"`,
    ),
  ],
  'HAProxy httplog': [
    'haproxy_http',
    each(
      (wire) =>
        `${wire.host}:51234 [${local(wire).slice(0, 20)}.655] http-in~ mirror/srv1 10/0/30/69/+109 ${wire.status} +2750 - - ---- 1/1/1/1/0 0/0 {m.example.org|${hashed(wire.agent)}} {} "${hashed(`${wire.method} ${wire.target} HTTP/1.1`)}"`,
    ),
  ],
  'HAProxy httpslog': [
    'haproxy_http',
    each(
      (wire) =>
        `${wire.host}:51234 [${local(wire).slice(0, 20)}.655] https~ mirror/srv1 10/0/30/69/+109 ${wire.status} +2750 - - ---- 1/1/1/1/0 0/0 {${hashed(wire.agent)}} "${hashed(`${wire.method} ${wire.target} HTTP/1.1`)}" 0/0000000000000000/0/0/0 m.example.org/TLSv1.3/TLS_AES_256_GCM_SHA384`,
    ),
  ],
  'Nginx Proxy Manager': [
    'nginx_proxy_manager',
    each(
      (wire) =>
        `[${local(wire)}] - 502, ${wire.status} ${wire.status} - ${wire.method} https m.example.org "${asLogged(wire.target)}" [Client ${wire.host}] [Length 629] [Gzip -] [Sent-to 10.0.0.5] "${agent(wire)}" "-"`,
    ),
  ],
  'Nginx Proxy Manager itself': [
    'nginx_proxy_manager',
    each(
      (wire) =>
        `[${local(wire)}] ${wire.status} - ${wire.method} https m.example.org "${asLogged(wire.target)}" [Client ${wire.host}] [Length 629] [Gzip -] "${agent(wire)}" "-"`,
    ),
  ],
  'Caddy on the console': [
    'caddy_console',
    each((wire) => {
      const [date = '', clock = ''] = iso(wire).split('T');
      const { ts: _, level: __, msg: ___, ...rest } = caddy(wire);
      return `${date.replaceAll('-', '/')} ${clock.slice(0, 12)}\tINFO\thttp.log.access.log0\thandled request\t${go(rest)}`;
    }),
  ],
  'IIS behind a proxy': [
    'w3c',
    (requests) => [
      '#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status X-Forwarded-For',
      ...requests.map(
        (wire) =>
          `${iso(wire).slice(0, 10)} ${iso(wire).slice(11, 19)} ${wire.method} ${pathOf(wire)} ${queryOf(wire) || '-'} 10.0.0.9 ${wire.agent === '' ? '-' : percent(wire.agent, /[^ -~]|[%+]/g).replaceAll(' ', '+')} ${wire.status} ${wire.host},+10.0.0.8`,
      ),
    ],
  ],
  CloudFront: [
    'w3c',
    (requests) => [
      '#Version: 1.0',
      '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie)',
      ...requests.map((wire) =>
        [
          iso(wire).slice(0, 10),
          iso(wire).slice(11, 19),
          'FRA56-P1',
          629,
          wire.host,
          wire.method,
          'd111.cloudfront.net',
          pathOf(wire),
          wire.status,
          '-',
          wire.agent === '' ? '-' : percent(wire.agent),
          queryOf(wire) || '-',
          '-',
        ].join('\t'),
      ),
    ],
  ],
  'CloudFront, encoded twice': [
    'w3c',
    (requests) => [
      '#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent) cs-uri-query',
      ...requests.map((wire) =>
        [
          iso(wire).slice(0, 10),
          iso(wire).slice(11, 19),
          wire.host,
          wire.method,
          pathOf(wire),
          wire.status,
          wire.agent === '' ? '-' : percent(percent(wire.agent)),
          queryOf(wire) || '-',
        ].join('\t'),
      ),
    ],
  ],
  IIS: [
    'w3c',
    (requests) => [
      '#Software: Microsoft Internet Information Services 10.0',
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
      ...requests.map(
        (wire) =>
          `${iso(wire).slice(0, 10)} ${iso(wire).slice(11, 19)} 10.0.0.1 ${wire.method} ${pathOf(wire)} ${queryOf(wire) || '-'} 443 - ${wire.host} ${wire.agent === '' ? '-' : percent(wire.agent, /[^ -~]|[%+]/g).replaceAll(' ', '+')} - ${wire.status} 0 0 15`,
      ),
    ],
  ],
};

/** What a JSON format says of a request; `write` turns it into a line. */
type Shape = (wire: Wire) => Record<string, unknown>;

export const JSON_SHAPES: Record<string, [name: string, shape: Shape]> = {
  Traefik: [
    'traefik_json',
    (wire) => ({
      ClientAddr: withPort(wire),
      ClientHost: wire.host,
      DownstreamStatus: wire.status,
      RequestMethod: wire.method,
      RequestPath: utf8(wire.target),
      RequestProtocol: 'HTTP/1.1',
      StartUTC: iso(wire),
      level: 'info',
      msg: '',
      'request_User-Agent': utf8(wire.agent),
      time: isoSeconds(wire),
    }),
  ],
  Caddy: ['caddy_json', caddy],
  'Caddy with times as Go has them': [
    'caddy_json',
    (wire) => ({ ...caddy(wire), ts: iso(wire).replaceAll('-', '/').replace('T', ' ').replace('Z', '') }),
  ],
  'Envoy Gateway': [
    'envoy_json',
    (wire) => ({
      start_time: iso(wire),
      method: wire.method,
      'x-envoy-origin-path': utf8(wire.target),
      protocol: 'HTTP/1.1',
      response_code: wire.status,
      'x-forwarded-for': wire.host,
      'user-agent': wire.agent === '' ? null : utf8(wire.agent),
      downstream_remote_address: '10.0.0.1:4711',
    }),
  ],
  'nginx behind a proxy': [
    'json',
    (wire) => ({
      time_iso8601: isoSeconds(wire).replace('Z', '+00:00'),
      remote_addr: '10.0.0.7',
      http_x_forwarded_for: `${wire.host}, 10.0.0.8`,
      request: utf8(`${wire.method} ${wire.target} HTTP/1.1`),
      status: String(wire.status),
      http_user_agent: utf8(wire.agent),
    }),
  ],
  'nginx behind a proxy that says nothing': [
    'json',
    (wire) => ({
      time_iso8601: isoSeconds(wire).replace('Z', '+00:00'),
      remote_addr: wire.host,
      http_x_forwarded_for: 'unknown',
      request: utf8(`${wire.method} ${wire.target} HTTP/1.1`),
      status: String(wire.status),
      http_user_agent: utf8(wire.agent),
    }),
  ],
  CDN77: [
    'json',
    (wire) => ({
      timestamp: iso(wire),
      clientIP: wire.host,
      clientRequestMethod: wire.method,
      clientRequestPath: utf8(wire.target),
      clientRequestUserAgent: utf8(wire.agent),
      responseStatus: wire.status,
    }),
  ],
  'Caddy 1': [
    'caddy_json',
    (wire) => ({
      level: 'info',
      ts: wire.time,
      request: { remote_addr: withPort(wire), method: wire.method, uri: utf8(wire.target), headers: headers(wire) },
      status: wire.status,
    }),
  ],
  Cloudflare: [
    'cloudflare',
    (wire) => ({
      ClientIP: wire.host,
      ClientRequestMethod: wire.method,
      ClientRequestURI: utf8(wire.target),
      ClientRequestUserAgent: utf8(wire.agent),
      EdgeResponseStatus: wire.status,
      EdgeStartTimestamp: isoSeconds(wire),
    }),
  ],
  'Cloudflare, seconds': [
    'cloudflare',
    (wire) => ({
      EdgeStartTimestamp: Math.floor(wire.time),
      ClientIP: wire.host,
      ClientRequestMethod: wire.method,
      ClientRequestURI: utf8(wire.target),
      ClientRequestUserAgent: utf8(wire.agent),
      EdgeResponseStatus: wire.status,
    }),
  ],
  'Cloudflare, nanoseconds': [
    'cloudflare',
    (wire) => ({
      EdgeStartTimestamp: Math.floor(wire.time) * 1e9 + 123_456_789,
      ClientIP: wire.host,
      ClientRequestMethod: wire.method,
      ClientRequestURI: utf8(wire.target),
      ClientRequestUserAgent: utf8(wire.agent),
      EdgeResponseStatus: wire.status,
    }),
  ],
  'Akamai DataStream 2': [
    'akamai',
    (wire) => ({
      version: 2,
      cliIP: wire.host,
      reqTimeSec: wire.time.toFixed(3),
      reqMethod: wire.method,
      reqPath: pathOf(wire).slice(1),
      ...(queryOf(wire) === '' ? {} : { queryStr: queryOf(wire) }),
      statusCode: String(wire.status),
      ...(wire.agent === '' ? {} : { UA: percent(wire.agent) }),
    }),
  ],
  'Google Cloud': [
    'google_lb',
    (wire) => ({
      httpRequest: {
        requestMethod: wire.method,
        requestUrl: `https://m.example.org${utf8(wire.target)}`,
        status: wire.status,
        userAgent: utf8(wire.agent),
        remoteIp: wire.host,
      },
      timestamp: iso(wire),
    }),
  ],
  'Azure Front Door': [
    'azure',
    (wire) => ({
      time: iso(wire),
      category: 'FrontDoorAccessLog',
      properties: {
        httpMethod: wire.method,
        requestUri: `https://m.example.org:443${utf8(wire.target)}`,
        clientIp: wire.host,
        userAgent: utf8(wire.agent),
        httpStatusCode: String(wire.status),
      },
    }),
  ],
  'Envoy JSON': [
    'envoy_json',
    (wire) => ({
      start_time: iso(wire),
      method: wire.method,
      path: utf8(wire.target),
      response_code: wire.status,
      user_agent: utf8(wire.agent) || null,
      x_forwarded_for: null,
      downstream_remote_address: withPort(wire),
    }),
  ],
  Elastic: [
    'ecs',
    (wire) => ({
      '@timestamp': iso(wire),
      client: { ip: wire.host },
      http: { request: { method: wire.method }, response: { status_code: wire.status } },
      url: { original: utf8(wire.target) },
      user_agent: { original: utf8(wire.agent) },
    }),
  ],
  'Elastic, flat': [
    'ecs',
    (wire) => ({
      '@timestamp': iso(wire),
      'source.ip': wire.host,
      'http.request.method': wire.method,
      'http.response.status_code': wire.status,
      'url.path': utf8(pathOf(wire)),
      'url.query': utf8(queryOf(wire)),
      'user_agent.original': utf8(wire.agent),
    }),
  ],
  'CloudFront JSON': [
    'cloudfront_json',
    (wire) => ({
      date: iso(wire).slice(0, 10),
      time: iso(wire).slice(11, 19),
      'c-ip': wire.host,
      'cs-method': wire.method,
      'cs-uri-stem': pathOf(wire),
      'cs-uri-query': queryOf(wire) || '-',
      'sc-status': String(wire.status),
      'cs(User-Agent)': wire.agent === '' ? '-' : percent(wire.agent),
    }),
  ],
  nginx: [
    'json',
    (wire) => ({
      time_iso8601: isoSeconds(wire).replace('Z', '+00:00'),
      remote_addr: wire.host,
      request: utf8(`${wire.method} ${wire.target} HTTP/1.1`),
      status: String(wire.status),
      http_referer: '',
      http_user_agent: utf8(wire.agent),
    }),
  ],
  'nginx in parts': [
    'json',
    (wire) => ({
      msec: wire.time.toFixed(3),
      remote_addr: wire.host,
      request_method: wire.method,
      uri: utf8(pathOf(wire)),
      args: utf8(queryOf(wire)),
      status: String(wire.status),
      http_user_agent: utf8(wire.agent),
    }),
  ],
  Apache: [
    'json',
    (wire) => ({
      time: `[${local(wire)}]`,
      remoteIP: wire.host,
      method: wire.method,
      request: utf8(pathOf(wire)),
      query: utf8(queryOf(wire) && `?${queryOf(wire)}`),
      status: String(wire.status),
      userAgent: utf8(wire.agent),
    }),
  ],
  Fastly: [
    'json',
    (wire) => ({
      timestamp: isoSeconds(wire).replace('Z', '+0000'),
      client_ip: wire.host,
      host: 'm.example.org',
      url: utf8(wire.target),
      request_method: wire.method,
      request_user_agent: utf8(wire.agent),
      response_status: wire.status,
    }),
  ],
};

export const jsonWriter = (shape: Shape, write: (value: unknown) => string = plain): Writer =>
  each((wire) => write(shape(wire)));

const stamp = (index: number) =>
  `2026-11-10T08:${String(Math.floor(index / 60) % 60).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}`;

/** What runs around other programs puts around their lines, with the name of each. */
export const WRAPPINGS: Record<string, [name: string, wrap: (line: string, index: number) => string]> = {
  syslog: ['syslog', (line) => `Nov 10 08:00:00 web1 nginx: ${line}`],
  'syslog on the first of a month': ['syslog', (line) => `<190>Nov  1 08:00:00 web1 nginx[17]: ${line}`],
  'syslog without a host': ['syslog', (line) => `<190>Nov 10 08:00:00 nginx: ${line}`],
  'syslog with ISO times': ['syslog', (line, i) => `${stamp(i)}.123456+00:00 web1 nginx[17]: ${line}`],
  'syslog 5424': [
    'syslog',
    (line, i) => `<190>1 ${stamp(i)}Z web1 nginx 17 access [x@1 a="\\"b\\]"] \xef\xbb\xbf${line}`,
  ],
  'syslog 5424 without a priority': ['syslog', (line, i) => `${stamp(i)}Z web1 nginx - - - ${line}`],
  'Fastly over syslog': ['syslog', (line, i) => `<134>${stamp(i)}Z cache-fra19139 s3logs[61234]: ${line}`],
  'journalctl -o short-full': ['syslog', (line) => `Tue 2026-11-10 08:00:00 UTC web1 nginx.service[17]: ${line}`],
  'journalctl -o short-unix': ['syslog', (line, i) => `${1794297600 + i}.123456 web1 nginx[17]: ${line}`],
  'journalctl -o short-monotonic': ['syslog', (line, i) => `[ ${1000 + i}.123456] web1 nginx[17]: ${line}`],
  'syslog with years': ['syslog', (line) => `<190>Nov 10 2026 08:00:00.123: web1 nginx: ${line}`],
  'syslog over TCP': ['syslog', (line, i) => `${line.length + 50} <190>1 ${stamp(i)}Z web1 nginx - - - ${line}`],
  'syslog with a space more': ['syslog', (line) => `Nov 10 08:00:00 web1 nginx:  ${line}`],
  'journalctl -o export': ['journald_export', (line) => `__CURSOR=s=1\n_PID=17\nPRIORITY=6\nMESSAGE=${line}\n`],
  'docker compose': ['compose', (line) => `mirror-nginx-1   | ${line}`],
  'docker compose with times': ['compose', (line, i) => `nginx-1  | ${stamp(i)}.123456789Z ${line}`],
  pm2: ['compose', (line) => `0|nginx    | ${line}`],
  CRI: ['cri', (line, i) => `${stamp(i)}.123456789Z stdout F ${line}`],
  Docker: ['docker', (line, i) => go({ log: `${utf8(line)}\n`, stream: 'stdout', time: `${stamp(i)}.1Z` })],
  journald: ['journald', (line) => plain({ __REALTIME_TIMESTAMP: '1', MESSAGE: utf8(line), PRIORITY: '6' })],
  'journald, bytes': ['journald', (line) => plain({ MESSAGE: [...Buffer.from(line, 'latin1')], PRIORITY: '6' })],
  'a shipper': ['message', (line, i) => ascii({ '@timestamp': `${stamp(i)}Z`, message: utf8(line) })],
  'journalctl -o json-seq': ['journald', (line) => `\x1e${plain({ MESSAGE: utf8(line), PRIORITY: '6' })}`],
  'journalctl -o json-sse': ['journald', (line) => `data: ${plain({ MESSAGE: utf8(line), PRIORITY: '6' })}\n`],
  Loki: ['message', (line, i) => go({ labels: { job: 'nginx' }, line: utf8(line), timestamp: `${stamp(i)}Z` })],
  Graylog: ['message', (line) => plain({ version: '1.1', host: 'web1', short_message: utf8(line), level: 6 })],
  Splunk: ['message', (line) => plain({ preview: false, result: { _raw: utf8(line) } })],
  'Splunk, collected': ['message', (line) => plain({ time: 1794297600, sourcetype: 'nginx', event: utf8(line) })],
  'Google Cloud': ['message', (line) => go({ insertId: 'a', textPayload: utf8(line), resource: { type: 'gce' } })],
  'Azure Monitor': ['message', (line, i) => plain({ LogEntry: utf8(line), TimeGenerated: `${stamp(i)}Z` })],
  Elasticsearch: ['message', (line) => plain({ _index: 'n', _source: { host: 'web1', message: utf8(line) } })],
  fluentd: ['message', (line, i) => `${stamp(i)}+00:00\tnginx.access\t${plain({ log: utf8(line), stream: 'stdout' })}`],
};
