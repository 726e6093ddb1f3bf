import { asLogged } from '../as-logged.ts';
import { type LineFormat, never } from '../log-format.ts';
import type { Found } from './fields.ts';
import { expressionFormat, foundIn, type Groups, patternFormat, piecesOf, QUOTED } from './pattern.ts';

/** With the port behind it, and no brackets around an IPv6 address. */
const HOST_AND_PORT = '(?<host>[^ ]+?)(?::\\d{1,5})?';
const REQUEST = `"(?<request>${QUOTED})"`;
const AGENT = `"(?<agent>${QUOTED})"`;

/** Application load balancers of AWS, and the older ones, which have no type in front. */
const AWS_ALB = expressionFormat(
  'aws_alb',
  new RegExp(
    `^(?:[a-z0-9]+ )?(?<time>\\d{4}-[^ ]+) [^ ]+ ${HOST_AND_PORT} [^ ]+(?: [-0-9.]+){3} (?<status>[0-9]{3}|-) [^ ]+` +
      `(?: [0-9]+){2} ${REQUEST} ${AGENT} .*$`,
    's',
  ),
  foundIn,
  { isClosed: never },
);

/** Envoy's default, and Istio's, which has three fields more behind the flags and says the peer's address at the end. */
const ENVOY = expressionFormat(
  'envoy',
  new RegExp(
    '^\\[(?<time>[^\\]]*)\\] "(?<request>.*?)" (?<status>[0-9]{1,3}|-) [^ ]+(?: [^ "]+ [^ "]+ "[^"]*")?(?: [^ "]+){4} ' +
      '"(?<forwarded>[^"]*)" "(?<agent>.*)" "[^"]*" "[^"]*" "[^"]*"(?: [^ ]+ [^ ]+ [^ ]+ (?<host>[^ ]+).*)?$',
    's',
  ),
  (groups) => {
    const { forwarded, host, request = '', agent = '' } = groups;
    const client = forwarded === '-' || forwarded === '' ? host : forwarded;
    // It writes quotes and backslashes as they are.
    return foundIn({ ...groups, host: client, request: asLogged(request), agent: asLogged(agent) });
  },
  { isClosed: never },
);

/** HAProxy's `option httplog clf`. Captured headers stand quoted, one by one, at the end. */
const HAPROXY_CLF = expressionFormat(
  'haproxy_clf',
  new RegExp(
    `^(?<host>[^ ]+) - - \\[(?<time>[^\\]]*)\\] ${REQUEST} (?<status>[0-9]{3}|-1) [0-9]+ "" "" [0-9]+ [0-9]+` +
      `(?: "${QUOTED}"){3}(?: [-+0-9]+){5} (?<end>"?[^ ]{4}"?)(?: [+0-9]+){7}(?<captured>(?: "${QUOTED}")*)$`,
    's',
  ),
  (groups) => ofHaproxy(groups, (groups['captured'] ?? '').slice(2, -1).split('" "')),
  { isClosed: never },
);

/** What HAProxy says of a connection that never came to a request, as any scanner makes them. */
const NO_REQUEST = `^${HOST_AND_PORT} \\[(?<clock>[^\\]]*)\\] [^ /]+/[^ /]+: (?<failure>[A-Z].*)$`;
/** HAProxy's `option httplog`. Captured headers stand in braces; the time is that of the machine's clock, taken for UTC. */
const HAPROXY_HTTP = expressionFormat(
  'haproxy_http',
  new RegExp(
    `${NO_REQUEST}|` +
      `^${HOST_AND_PORT} \\[(?<clock>[^\\]]*)\\] [^ ]+ [^ ]+ [-+0-9/]+ (?<status>[0-9]{3}|-1) [+0-9]+ .*? [^ ]{4} ` +
      '[+0-9/]+ [0-9]+/[0-9]+ (?:\\{(?<captured>[^}]*)\\} )?(?:\\{[^}]*\\} )?"(?<request>[^"]*)"?' +
      // `option httpslog`: errors, and what the connection is encrypted by.
      '(?: -?[0-9]+/[0-9A-Fa-f-]+(?:/[-0-9]+){3} [^ ]*/[^ ]*/[^ ]*)?$',
    's',
  ),
  (groups) => ofHaproxy({ ...groups, time: `${groups['clock']} +0000` }, (groups['captured'] ?? '').split('|')),
  // It leaves the last quote out where a request is too long for it.
  { isClosed: (line) => line.endsWith('"') },
);

function ofHaproxy(groups: Groups, captured: readonly string[]): Found {
  if (groups['failure'] !== undefined) return { ...foundIn(groups), request: '', status: '400' };
  return { ...foundIn(groups), request: unhashed(groups['request'] ?? ''), agent: unhashed(agentAmong(captured)) };
}

/** HAProxy writes bytes that are not printable, and those that end a field, as `#22`. */
function unhashed(text: string): string {
  if (!text.includes('#')) return asLogged(text);
  return asLogged(
    text.replace(/#([0-9A-F]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

/** Which headers are captured is for the operator to choose: the one that looks like a User-Agent is, or the last. */
function agentAmong(captured: readonly string[]): string {
  const looksLikeOne = (text: string) => /^[A-Za-z][\w.-]*(?:\/[^ ]*)? \(.*\)/.test(text);
  return captured.find(looksLikeOne) ?? captured.findLast((text) => text !== '' && text !== '-') ?? '';
}

/** A usual way of logging epochs in nginx. */
const NGINX_MSEC = patternFormat(
  'nginx_msec',
  piecesOf('$msec $remote_addr "$request" $status "$http_user_agent"', 'nginx'),
);

/** Nginx Proxy Manager's hosts, behind a proxy or not. */
const NGINX_PROXY_MANAGER = expressionFormat(
  'nginx_proxy_manager',
  new RegExp(
    `^\\[(?<time>[^\\[\\]"]*)\\] (?:[^ ]+ [^"]+? )?(?<status>[0-9]{3}) - (?<method>[^ ]+) [^ ]+ [^ ]+ "(?<target>${QUOTED})" ` +
      `\\[Client (?<host>[^\\]]*)\\] \\[Length [^\\]]*\\] \\[Gzip [^\\]]*\\](?: \\[Sent-to [^\\]]*\\])? ${AGENT} "${QUOTED}"$`,
    's',
  ),
);

export const PROXY_FORMATS: readonly LineFormat[] = [AWS_ALB, ENVOY, HAPROXY_HTTP, NGINX_MSEC, NGINX_PROXY_MANAGER];
/** To be tried before those that it also fits. */
export { HAPROXY_CLF };
