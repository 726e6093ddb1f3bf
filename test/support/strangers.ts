import type { Random } from './random.ts';

/** What strangers send to a web server, as bytes of a connection, one byte per character. */

const LIST = '/mirrorlist/9/baseos?countme=1';
/** What would break a log, were it written as it comes. */
const HOSTILE = [
  '"',
  '\\',
  '\\"',
  '\\x22',
  ' ',
  '  ',
  '[',
  ']',
  '] "',
  ' - - [',
  '\t',
  '\x7f',
  '\x1b[31m',
  '\xff',
  '\xc3\xa4',
  '\xe2\x80\xae',
  '%00',
  '%0a',
  '%22',
  ';',
  '=',
  '&',
  '?',
  '#',
  '$(id)',
  '-',
  'countme=1',
  '?countme=1 HTTP/1.1',
  ' [17/Nov/2026:10:00:00 +0000] ',
  '" 200 5 "-" "libdnf (Forged 1; v; Linux.x)',
  '- - [17/Nov/2026:10:00:00 +0000] "GET /mirrorlist?countme=1 HTTP/1.1" 200 5 "-" "libdnf (Forged 1; v; Linux.x)"',
];
/** Whole connections that are none of HTTP, or of an HTTP that nobody speaks. */
const CONNECTIONS = [
  '',
  '\r\n',
  '\n\n\n',
  'GET',
  'GET /?countme=1',
  `GET ${LIST}\r\n`,
  `GET ${LIST}\n\n`,
  `GET ${LIST} HTTP\r\n\r\n`,
  `GET ${LIST} HTTP/9.9\r\n\r\n`,
  `GET ${LIST} HTTP/1.1\r\n\r\n`,
  `GET ${LIST} HTTP/1.0\r\n\r\n`,
  `GET ${LIST}  HTTP/1.0\r\n\r\n`,
  `  GET ${LIST} HTTP/1.0\r\n\r\n`,
  `get ${LIST} http/1.0\r\n\r\n`,
  `GET /mirrorlist/9/base os?countme=1 HTTP/1.0\r\n\r\n`,
  `"GET" "${LIST}" HTTP/1.0\r\n\r\n`,
  `GET ${LIST}\0 HTTP/1.0\r\n\r\n`,
  `G\x01T ${LIST} HTTP/1.0\r\n\r\n`,
  `GET http://h${LIST} HTTP/1.0\r\n\r\n`,
  `GET ${LIST} HTTP/1.1\r\nHost: "] [\r\n\r\n`,
  `GET ${LIST} HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n`,
  `GET ${LIST} HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n`,
  `CONNECT countme=1:443 HTTP/1.1\r\nHost: h\r\n\r\n`,
  'OPTIONS *?countme=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0countme=1',
  '\x16\x03\x01\0\xee\x01\0\0\xea\x03\x03countme=1\n\r\n',
  '\x16\x03\x01\0\xeeGET /?countme=1 HTTP/1.1\r\n\r\n',
  '\x80\x2e\x01\0\x02countme=1\r\n',
  '\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0countme=1\n',
  'SSH-2.0-countme=1\r\n',
  '{"method":"countme="}\r\n\r\n',
  '\x05\x01\0?countme=1\r\n',
];
const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'FOO', 'get', 'G"T', 'M-SEARCH'];
const PATHS = ['/mirrorlist/9/baseos', '/metalink', '/private', '/', '/mirrorlist', '/.git/config', '//metalink', ''];
const PROTOCOLS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/3',
  'HTTP/',
  'HTTPS/1.1',
  '',
];

/** All that one stranger sends before he closes the connection, or waits for it to be closed. */
export function strangersBytes(random: Random): string {
  if (random.chance(0.3)) return random.pick(CONNECTIONS);
  if (random.chance(0.1)) return noise(random, `${random.pick(HOSTILE)}countme=1`);
  const query = random.chance(0.9) ? `${random.pick(['?', '&'])}countme=1` : '';
  const target = `${random.pick(PATHS)}${oddly(random, 0.4)}${query}${oddly(random, 0.4)}`;
  const headers = ['Host: h', 'Connection: close'];
  if (random.chance(0.6))
    headers.push(`Authorization: Basic ${base64(`${oddly(random, 0.9)}${random.pick([':', ''])}x`)}`);
  if (random.chance(0.5)) headers.push(`Referer: ${oddly(random, 0.9)}`);
  if (random.chance(0.7)) headers.push(`User-Agent: ${random.pick(['libdnf', 'x', ''])}${oddly(random, 0.9)}`);
  const request = `${random.pick(METHODS)} ${target} ${random.pick(PROTOCOLS)}\r\n${headers.join('\r\n')}\r\n\r\n`;
  return random.chance(0.1) ? `${request}${request}` : request;
}

/** A few hostile pieces, seldom as many as a server takes in. */
function oddly(random: Random, share: number): string {
  if (!random.chance(share)) return '';
  const most = random.chance(0.03) ? 600 : 4;
  return Array.from({ length: 1 + random.below(most) }, () => random.pick(HOSTILE)).join('');
}

function noise(random: Random, inside: string): string {
  const bytes = () => Array.from({ length: random.below(200) }, () => String.fromCharCode(random.below(256))).join('');
  return `${bytes()}${inside}${bytes()}\r\n\r\n`;
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}
