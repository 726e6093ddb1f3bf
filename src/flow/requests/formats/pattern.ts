import { isLocal, parseAddress } from '../../../geo/address.ts';
import {
  BAD_REQUEST,
  type Cut,
  clientOf,
  type LineFormat,
  type LineOptions,
  MISFIT,
  never,
  statelessFormat,
} from '../log-format.ts';
import { type Found, fieldsOf } from './fields.ts';

/** A `--format` that cannot be used; the message says why and what to write instead. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** The shape of a quoted field: everything up to the first quote that no backslash escapes. */
export const QUOTED = '[^"\\\\]*(?:\\\\.[^"\\\\]*)*';

/** Behind the ident `-`, a user may hold spaces, and a quote directly behind a backslash: whatever strangers sign in as. */
export const ODD_USER = '(?:[^"]|(?<=\\\\)")+';

/** Parts of a time that Apache puts together by `%{...}t`. */
type TimePart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'zone';
type Role = keyof Found | TimePart | 'forwarded' | 'user' | 'size' | 'port' | 'ignored';
export type Piece = { kind: 'text'; text: string } | { kind: 'field'; role: Role; shape?: string };

const APACHE_ROLES: Record<string, Role> = {
  h: 'host',
  a: 'host',
  u: 'user',
  p: 'port',
  t: 'time',
  r: 'request',
  m: 'method',
  U: 'path',
  q: 'query',
  s: 'status',
  b: 'size',
  B: 'size',
  O: 'size',
  I: 'size',
};
const NGINX_ROLES: Record<string, Role> = {
  remote_addr: 'host',
  realip_remote_addr: 'host',
  proxy_protocol_addr: 'host',
  remote_user: 'user',
  time_local: 'time',
  time_iso8601: 'time',
  msec: 'time',
  request: 'request',
  request_method: 'method',
  request_uri: 'target',
  uri: 'path',
  document_uri: 'path',
  args: 'query',
  query_string: 'query',
  status: 'status',
  body_bytes_sent: 'size',
  bytes_sent: 'size',
  http_user_agent: 'agent',
};
/** Request headers in which proxies say whose request they pass on. They are the client's address where no other is. */
const FORWARDED = ['x-forwarded-for', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'fastly-client-ip'];

export type Dialect = 'apache' | 'nginx';

/** In which dialect a format is declared; undefined if in none. */
export function dialectOf(declared: string): Dialect | undefined {
  if (declared.includes('$')) return 'nginx';
  return declared.includes('%') ? 'apache' : undefined;
}

export function piecesOf(text: string, dialect: Dialect): Piece[] {
  return dialect === 'nginx' ? nginxPieces(text) : apachePieces(text);
}

/** A format of text by an Apache LogFormat or nginx log_format string (L10); `tail` may follow a line's fields. */
export function patternFormat(name: string, parts: readonly Piece[], tail = ''): LineFormat {
  checkComplete(rolesOf(parts));
  const line = new RegExp(`^${expressionOf(parts)}${tail}`, 's');
  const isOpen = tail !== '' || parts.at(-1)?.kind === 'field';
  return expressionFormat(name, line, foundIn, { isKnownAsWritten: true, ...(isOpen ? { isClosed: never } : {}) });
}

/** A format by an expression of its own, which matches from the start of a line. What it leaves are trailing fields. */
export function expressionFormat(
  name: string,
  line: RegExp,
  find: (groups: Groups) => Found = foundIn,
  options: LineOptions = {},
): LineFormat {
  const cut = (text: string) => cutByExpression(text, line, find);
  const timeOf = (text: string) => {
    const match = line.exec(text);
    return match === null ? undefined : find(match.groups!).time;
  };
  const fitOf = (text: string) => {
    const match = line.exec(text);
    if (match === null || match[0].length !== text.length) return undefined;
    return { time: find(match.groups!).time, hasOddUser: match.groups!['user']?.includes(' ') === true };
  };
  return statelessFormat(name, { cut, timeOf, fitOf }, options);
}

export type Groups = Record<string, string | undefined>;

function cutByExpression(text: string, line: RegExp, find: (groups: Groups) => Found): Cut {
  const match = line.exec(text);
  if (match === null) return MISFIT;
  const groups = match.groups!;
  const { user = '' } = groups;
  const cut = isDoubtful(user) ? BAD_REQUEST : fieldsOf(find(groups));
  const { length } = match[0];
  if (length === text.length) return cut;
  if (cut.kind === 'rejected' || !text.startsWith(' ', length)) return MISFIT;
  return { kind: 'rejected', reason: 'trailing-fields', isMisfit: true };
}

/** Such a user may be what is left of a line that was cut off, and the host and the user of the next (L7). */
function isDoubtful(user: string): boolean {
  return user.includes(' ') && / (?:\[|- )/.test(` ${user} `);
}

/** What named groups hold: the client's address alone, and times put together. */
export function foundIn(groups: Groups): Found {
  const host = clientAmong(groups['host'], groups['forwarded']);
  return { ...groups, host, time: groups['time'] ?? timeOfParts(groups) };
}

/** A local address is that of a proxy; what anybody else says of whom he asks for is not believed (L13). */
export function clientAmong(host: string | undefined, forwarded: string | undefined): string {
  const peer = clientOf(host ?? forwarded ?? '-');
  if (host === undefined || forwarded === undefined) return peer;
  const address = parseAddress(peer);
  if (address === undefined || !isLocal(address)) return peer;
  const client = clientOf(forwarded);
  return parseAddress(client) === undefined ? peer : client;
}

/** Without an offset the time is that of UTC (T2). */
function timeOfParts(groups: Groups): string | undefined {
  const { year, month = '', day = '', hour, minute = '00', second = '00', zone = 'Z' } = groups;
  if (year === undefined) return undefined;
  return `${year}-${monthNumber(month)}-${day.trim().padStart(2, '0')}T${hour}:${minute}:${second}${zone}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function monthNumber(month: string): string {
  return /^\d/.test(month) ? month : String(MONTHS.indexOf(month) + 1).padStart(2, '0');
}

function apachePieces(text: string): Piece[] {
  return pieces(text, /%(?:%|[!0-9,]*[<>]?(?:\{([^}]*)\})?(\^?[a-zA-Z]{1,2}))/g, ([whole, argument, letters]) => {
    if (whole === '%%') return [{ kind: 'text', text: '%' }];
    const letter = letters!.startsWith('^') ? letters! : letters![0]!;
    const after = letters!.slice(letter.length);
    const field = apacheField(letter, argument);
    return after === '' ? field : [...field, { kind: 'text', text: after }];
  });
}

function apacheField(letter: string, argument: string | undefined): Piece[] {
  if (letter === 't')
    return argument === undefined ? BRACKETED_TIME : apacheTime(argument.replace(/^(?:begin|end):/, ''));
  if (letter === 'i') return [{ kind: 'field', role: headerRole(argument ?? '') }];
  if (letter === 'a') return [{ kind: 'field', role: 'host' }];
  return [{ kind: 'field', role: (argument === undefined ? APACHE_ROLES[letter] : undefined) ?? 'ignored' }];
}

/** Apache writes the brackets around %t itself. */
const BRACKETED_TIME: Piece[] = [
  { kind: 'text', text: '[' },
  { kind: 'field', role: 'time' },
  { kind: 'text', text: ']' },
];

function headerRole(header: string): Role {
  const name = header.toLowerCase();
  if (name === 'user-agent') return 'agent';
  return FORWARDED.includes(name) ? 'forwarded' : 'ignored';
}

const EPOCH: Piece = { kind: 'field', role: 'time', shape: '\\d+' };
const APACHE_TIMES: Record<string, Piece> = {
  '': EPOCH,
  sec: EPOCH,
  msec: EPOCH,
  usec: EPOCH,
  msec_frac: { kind: 'field', role: 'ignored', shape: '\\d{3}' },
  usec_frac: { kind: 'field', role: 'ignored', shape: '\\d{6}' },
};

/** What strftime writes for a letter; the few that stand for others are written out. */
const STRFTIME: Record<string, Piece> = {
  Y: { kind: 'field', role: 'year', shape: '\\d{4}' },
  m: { kind: 'field', role: 'month', shape: '\\d\\d' },
  b: { kind: 'field', role: 'month', shape: '[A-Z][a-z]{2}' },
  d: { kind: 'field', role: 'day', shape: '\\d\\d' },
  e: { kind: 'field', role: 'day', shape: '[ \\d]\\d' },
  H: { kind: 'field', role: 'hour', shape: '\\d\\d' },
  M: { kind: 'field', role: 'minute', shape: '\\d\\d' },
  S: { kind: 'field', role: 'second', shape: '\\d\\d' },
  z: { kind: 'field', role: 'zone', shape: '[+-]\\d{4}' },
  s: EPOCH,
  a: { kind: 'field', role: 'ignored', shape: '[A-Z][a-z]{2}' },
  j: { kind: 'field', role: 'ignored', shape: '\\d{3}' },
  Z: { kind: 'field', role: 'ignored', shape: '[A-Z]+' },
  '%': { kind: 'text', text: '%' },
};
const WRITTEN_OUT: Record<string, string> = { T: '%H:%M:%S', F: '%Y-%m-%d', R: '%H:%M', D: '%m/%d/%y', h: '%b' };

function apacheTime(argument: string): Piece[] {
  const known = APACHE_TIMES[argument];
  if (known !== undefined) return [known];
  const format = argument.replace(/%([TFRDh])/g, (_all, letter: string) => WRITTEN_OUT[letter]!);
  return pieces(format, /%(.)/g, ([, letter]) => {
    const piece = STRFTIME[letter!];
    if (piece === undefined) throw new FormatError(`%{...}t with %${letter} is not supported: log the time as %t`);
    return [piece];
  });
}

function nginxPieces(text: string): Piece[] {
  return pieces(text, /\$(?:\{(\w+)\}|(\w+))/g, (match) => {
    const variable = match[1] ?? match[2]!;
    if (variable === 'is_args') return [{ kind: 'field', role: 'ignored', shape: '\\??' }];
    const header = variable.startsWith('http_') ? headerRole(variable.slice(5).replaceAll('_', '-')) : 'ignored';
    return [{ kind: 'field', role: NGINX_ROLES[variable] ?? header }];
  });
}

function pieces(text: string, field: RegExp, read: (match: RegExpExecArray) => Piece[]): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(field)) {
    if (match.index > end) found.push({ kind: 'text', text: text.slice(end, match.index) });
    found.push(...read(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: 'text', text: text.slice(end) });
  return found;
}

export function rolesOf(parts: readonly Piece[]): Set<Role> {
  return new Set(parts.flatMap((piece) => (piece.kind === 'field' ? [piece.role] : [])));
}

/** Throws a FormatError that names what a declared format does not hold. */
export function checkComplete(roles: ReadonlySet<Role>): void {
  const has = (...names: Role[]) => names.every((name) => roles.has(name));
  const missing = [
    has('host') || has('forwarded') ? '' : "the client's address (%h or $remote_addr)",
    has('time') || has('year', 'month', 'day', 'hour') ? '' : 'the time (%t, $time_local or $time_iso8601)',
    has('request') || has('method', 'target') || has('method', 'path', 'query') ? '' : 'the request (%r or $request)',
    has('status') ? '' : 'the status (%>s or $status)',
    has('agent') ? '' : 'the User-Agent (%{User-Agent}i or $http_user_agent)',
  ].filter((what) => what !== '');
  if (missing.length > 0) throw new FormatError(`the format lacks ${missing.join(', ')}`);
}

/** The source of an expression for pieces, with a named group for the first field of each role. */
export function expressionOf(parts: readonly Piece[]): string {
  const named = new Set<string>();
  return parts
    .map((piece, index) =>
      piece.kind === 'text'
        ? literal(piece.text)
        : group(piece.role, piece.shape ?? shape(piece.role, parts, index), named),
    )
    .join('');
}

/** Names the first field of a role; a second one (say, $status twice) is only passed over. */
function group(role: Role, source: string, named: Set<string>): string {
  if (role === 'ignored' || role === 'size' || role === 'port' || named.has(role)) return `(?:${source})`;
  named.add(role);
  return `(?<${role}>${source})`;
}

/** What a field may hold follows from what ends it. */
function shape(role: Role, parts: readonly Piece[], index: number): string {
  const before = textAt(parts[index - 1]);
  const after = textAt(parts[index + 1]);
  if (role === 'status') return '[0-9]{3}';
  if (role === 'size') return '[0-9]+|-';
  if (role === 'port') return '[0-9]+';
  if (before.endsWith('"') && after.startsWith('"')) return QUOTED;
  if (after.startsWith(']')) return role === 'time' ? '[^\\[\\]"]*' : '[^\\]]*';
  if (role === 'user' && textFrom(parts, index + 1).startsWith(' [')) return `[^ ]+|(?<= - )${ODD_USER}`;
  if (role === 'path') return '[^ ?]+';
  if (role === 'query') return '[^ "]*';
  // A list of addresses has spaces behind its commas.
  if (role === 'forwarded' && (after === '' || after.startsWith(' '))) return `[^ ,]+(?:, ?[^ ,]+)*`;
  // Nothing behind it, or no space: it may hold spaces, and what ends it too, or a stranger's request would fit nothing.
  if (role === 'agent' && !after.startsWith(' ')) return '.*';
  if (role === 'request' && after !== '' && !after.startsWith(' ')) return '.*?';
  if (role === 'target' || after === '' || after.startsWith(' ')) return '[^ ]+';
  return `[^ ${literal(after[0]!)}]+`;
}

function textAt(piece: Piece | undefined): string {
  return piece?.kind === 'text' ? piece.text : '';
}

/** Neighbouring texts, as the bracket that Apache writes itself, are one. */
function textFrom(parts: readonly Piece[], index: number): string {
  const piece = parts[index];
  return piece?.kind === 'text' ? piece.text + textFrom(parts, index + 1) : '';
}

export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
