/** A log format, compiled: one expression with the named groups host, time, request, status and agent (L6, L7, L10). */
export interface LogFormat {
  name: string;
  /** Matches from the start of a line, one byte per character. What it leaves over are trailing fields. */
  line: RegExp;
  time: 'log' | 'iso';
}

/** A `--format` that cannot be used; the message says why and what to write instead. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

const COMBINED_TEXT = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"';
/** The shape of a quoted field: everything up to the first quote that no backslash escapes. */
const QUOTED = '[^"\\\\]*(?:\\\\.[^"\\\\]*)*';

/** Behind the ident `-`, a user may hold spaces, and a quote directly behind a backslash: whatever strangers sign in as. */
const USER_WITH_SPACES = '(?<= - )(?:[^"]|(?<=\\\\)")+';

type Role = 'host' | 'user' | 'time' | 'iso-time' | 'request' | 'status' | 'size' | 'port' | 'agent' | 'ignored';
type Piece = { kind: 'text'; text: string } | { kind: 'field'; role: Role };

const APACHE_ROLES: Record<string, Role> = {
  h: 'host',
  a: 'host',
  u: 'user',
  p: 'port',
  t: 'time',
  r: 'request',
  s: 'status',
  b: 'size',
  B: 'size',
  O: 'size',
  I: 'size',
};
const NGINX_ROLES: Record<string, Role> = {
  remote_addr: 'host',
  remote_user: 'user',
  time_local: 'time',
  time_iso8601: 'iso-time',
  request: 'request',
  status: 'status',
  body_bytes_sent: 'size',
  bytes_sent: 'size',
  http_user_agent: 'agent',
};

export const COMBINED = compile('combined', apachePieces(COMBINED_TEXT), '');
/** The formats that are recognised without being declared, in the order in which they are tried (L9). */
export const KNOWN_FORMATS: readonly LogFormat[] = [
  COMBINED,
  compile('vhost_combined', apachePieces(`%v:%p ${COMBINED_TEXT}`), ''),
  compile('combined_extra', apachePieces(COMBINED_TEXT), ' .*'),
];

/** Reads `--format`: a known name, an Apache LogFormat or an nginx log_format string (L10). */
export function parseFormat(declared: string): LogFormat {
  const known = KNOWN_FORMATS.find((format) => format.name === declared);
  if (known !== undefined) return known;
  if (declared.includes('$')) return compile('declared', nginxPieces(declared), '');
  if (declared.includes('%')) return compile('declared', apachePieces(declared.replaceAll('\\"', '"')), '');
  throw new FormatError(
    `unknown format "${declared}": name one of ${KNOWN_FORMATS.map((format) => format.name).join(', ')}, ` +
      'or give the LogFormat (Apache) or log_format (nginx) string of your server',
  );
}

function apachePieces(text: string): Piece[] {
  return pieces(text, /%(?:%|[<>]?(?:\{([^}]*)\})?([a-zA-Z]))/g, (match) => {
    const [whole, argument, letter] = match;
    if (whole === '%%') return { kind: 'text', text: '%' };
    if (letter === 'i' && argument?.toLowerCase() === 'user-agent') return { kind: 'field', role: 'agent' };
    if (letter === 't' && argument !== undefined) {
      throw new FormatError('%{...}t is not supported: log the time as %t');
    }
    const role = argument === undefined ? APACHE_ROLES[letter!] : undefined;
    return { kind: 'field', role: role ?? 'ignored' };
  }).flatMap((piece) => (piece.kind === 'field' && piece.role === 'time' ? bracketed(piece) : [piece]));
}

/** Apache writes the brackets around %t itself. */
function bracketed(time: Piece): Piece[] {
  return [{ kind: 'text', text: '[' }, time, { kind: 'text', text: ']' }];
}

function nginxPieces(text: string): Piece[] {
  return pieces(text, /\$(?:\{(\w+)\}|(\w+))/g, (match) => ({
    kind: 'field',
    role: NGINX_ROLES[match[1] ?? match[2]!] ?? 'ignored',
  }));
}

function pieces(text: string, field: RegExp, read: (match: RegExpExecArray) => Piece): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(field)) {
    if (match.index > end) found.push({ kind: 'text', text: text.slice(end, match.index) });
    found.push(read(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: 'text', text: text.slice(end) });
  return found;
}

function compile(name: string, parts: Piece[], tail: string): LogFormat {
  const roles = new Set(parts.map((piece) => (piece.kind === 'field' ? piece.role : 'text')));
  const missing = [
    roles.has('host') ? '' : "the client's address (%h or $remote_addr)",
    roles.has('time') || roles.has('iso-time') ? '' : 'the time (%t, $time_local or $time_iso8601)',
    roles.has('request') ? '' : 'the request (%r or $request)',
    roles.has('status') ? '' : 'the status (%>s or $status)',
    roles.has('agent') ? '' : 'the User-Agent (%{User-Agent}i or $http_user_agent)',
  ].filter((what) => what !== '');
  if (missing.length > 0) throw new FormatError(`the format lacks ${missing.join(', ')}`);
  const named = new Set<string>();
  const source = parts.map((piece, index) =>
    piece.kind === 'text' ? literal(piece.text) : group(piece.role, shape(piece.role, parts, index), named),
  );
  return { name, line: new RegExp(`^${source.join('')}${tail}`, 's'), time: roles.has('time') ? 'log' : 'iso' };
}

/** Names the first field of a role; a second one (say, $status twice) is only passed over. */
function group(role: Role, source: string, named: Set<string>): string {
  const name = role === 'iso-time' ? 'time' : role;
  if (role === 'ignored' || role === 'size' || role === 'port' || named.has(name)) return `(?:${source})`;
  named.add(name);
  return `(?<${name}>${source})`;
}

/** What a field may hold follows from what ends it. */
function shape(role: Role, parts: Piece[], index: number): string {
  const before = textAt(parts[index - 1]);
  const after = textAt(parts[index + 1]);
  if (role === 'status') return '[0-9]{3}';
  if (role === 'size') return '[0-9]+|-';
  if (role === 'port') return '[0-9]+';
  if (before.endsWith('"') && after.startsWith('"')) return QUOTED;
  if (after.startsWith(']')) return role === 'time' || role === 'iso-time' ? '[^\\[\\]"]*' : '[^\\]]*';
  if (role === 'user' && textFrom(parts, index + 1).startsWith(' [')) return `[^ ]+|${USER_WITH_SPACES}`;
  return after === '' || after.startsWith(' ') ? '[^ ]+' : `[^ ${literal(after[0]!)}]+`;
}

function textAt(piece: Piece | undefined): string {
  return piece?.kind === 'text' ? piece.text : '';
}

/** Neighbouring texts, as the bracket that Apache writes itself, are one. */
function textFrom(parts: Piece[], index: number): string {
  const piece = parts[index];
  return piece?.kind === 'text' ? piece.text + textFrom(parts, index + 1) : '';
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
