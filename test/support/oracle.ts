import { parse } from 'csv-parse/sync';

/**
 * The counting rules of SPEC.md once more, written from its text alone and sharing no code with the product. Slow and
 * short. Left out: C5, which no small log reaches.
 */
export interface Counts {
  candidates: number;
  counted: number;
  rejected: Record<string, number>;
  /** `2021-12-13,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch`, as JSON, to hits. */
  rows: Map<string, number>;
}

const quoted = (name: string) => `"(?<${name}>(?:[^"\\\\]|\\\\[^])*)"`;
const COMBINED = new RegExp(
  '^(?<host>[^ ]+) (?:[^ ]+ [^ ]+|- (?<words>(?:[^"\\\\]|\\\\"?)+)) \\[(?<time>[^\\]["]*)\\] ' +
    `${quoted('request')} (?<status>[0-9]{3}) (?:[0-9]+|-) ${quoted('referer')} ${quoted('agent')}`,
);
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const MOST = 65_536;

export function countByOracle(log: Buffer, now: number, paths: readonly string[] = []): Counts {
  const counts: Counts = { candidates: 0, counted: 0, rejected: {}, rows: new Map() };
  const pieces = log
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .split('\n');
  pieces.forEach((piece, i) => {
    const line = piece.replace(/\r$/, '');
    const verdict = judgeLine(line, now, paths);
    if (verdict === undefined) return;
    const cannotBeRead = ['control-bytes', 'malformed', 'trailing-fields'].includes(String(verdict));
    if (i === pieces.length - 1 && cannotBeRead) return;
    counts.candidates++;
    if (typeof verdict === 'string') {
      counts.rejected[verdict] = (counts.rejected[verdict] ?? 0) + 1;
    } else {
      counts.counted++;
      const key = JSON.stringify(verdict);
      counts.rows.set(key, (counts.rows.get(key) ?? 0) + 1);
    }
  });
  return counts;
}

/** A row of the totals, a reason, or undefined for a line that is no candidate. */
function judgeLine(line: string, now: number, paths: readonly string[]): string[] | string | undefined {
  if (!line.slice(0, MOST).includes('countme=')) return undefined;
  if (line.length > MOST) return 'too-long';
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(line)) return 'control-bytes';
  const cut = COMBINED.exec(line);
  if (cut === null) return 'malformed';
  const request = /^([^ ]+) ([^ ]+) HTTP\/[^ ]*$/.exec(cut.groups!['request']!);
  if (request === null || / \[| - /.test(` ${cut.groups!['words'] ?? ''} `)) return 'malformed';
  const tail = line.slice(cut[0].length);
  if (tail !== '') return tail.startsWith(' ') ? 'trailing-fields' : 'malformed';

  const [, method, target] = request;
  const bare = target!.replace(/^https?:\/\/[^/?]*/, '');
  const [, path, query] = /^([^?]*)\?(.*)$/s.exec(bare) ?? /^([^&]*)&(.*)$/s.exec(bare) ?? [];
  if (query === undefined) return undefined;
  const pairs = query.split('&').map((pair) => [pair.split('=')[0]!, pair.match(/=(.*)/s)?.[1]] as const);
  const values = (key: string) => pairs.filter(([name]) => name === key).map(([, value]) => value);
  if (values('countme').every((value) => value === undefined)) return undefined;

  if (method !== 'GET') return 'method';
  const isList = /\/(?:mirrorlist|metalink)$/.test(path!);
  const parts = isList ? null : /^\/(?:mirrorlist|metalink)\/([^/]+)\/([^/]+)$/.exec(path!);
  if (!isList && parts === null && !paths.includes(path!)) return 'path';
  if (['countme', 'repo', 'arch'].some((key) => values(key).length > 1)) return 'duplicate-key';
  if (parts !== null && values('repo').length > 0) return 'duplicate-key';
  const repo = parts === null ? textOf(values('repo')[0]) : textOf(parts[2]!);
  const version = parts === null ? '' : textOf(parts[1]!);
  const arch = textOf(values('arch')[0]);
  if (repo === undefined || version === undefined || arch === undefined) return 'encoding';
  const age = values('countme')[0]!;
  if (!['1', '2', '3', '4'].includes(age)) return 'age';

  const seconds = secondsOf(cut.groups!['time']!);
  if (seconds === undefined) return 'time';
  if (seconds < Date.UTC(2020, 1, 10) / 1000 || seconds > now + 24 * 3600) return 'time-range';
  const os = osOf(cut.groups!['agent']!);
  if (os === undefined) return 'agent';
  if (!['200', '302'].includes(cut.groups!['status']!)) return 'status';
  const week = Math.floor((seconds - 345_600) / 604_800);
  const monday = new Date((week * 604_800 + 345_600) * 1000).toISOString().slice(0, 10);
  return [monday, ...os, age, parts === null ? repo : `${repo}-${version}`, arch];
}

const takeBackEscapes = (text: string) =>
  text.replace(/\\(?:x([0-9A-Fa-f]{2})|(["\\nrtbvf]))/g, (_all, hex: string | undefined, letter: string) =>
    hex === undefined
      ? ({ n: '\n', r: '\r', t: '\t', b: '\b', v: '\v', f: '\f' }[letter] ?? letter)
      : String.fromCharCode(Number(`0x${hex}`)),
  );
const utf8 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8');
const isClean = (text: string) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\ufffd]/u.test(text);

/** Q9 */
function textOf(written: string | undefined): string | undefined {
  if (written === undefined) return '';
  if (written.length > 255) return 'other';
  const bytes = takeBackEscapes(written).replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number(`0x${hex}`)),
  );
  return isClean(utf8(bytes)) ? utf8(bytes) : undefined;
}

/** T1, T2 */
function secondsOf(text: string): number | undefined {
  const match = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const number = (group: number) => Number(match[group]);
  const [day, year, hour, minute, second] = [number(1), number(3), number(4), number(5), number(6)];
  const [hours, minutes] = [number(8), number(9)];
  const month = MONTHS.indexOf(match[2]!);
  if (month < 0 || hour > 23 || minute > 59 || second > 59 || hours > 14 || minutes > 59) return undefined;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day < 1 || day > [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]!) return undefined;
  // Whole cycles of 400 years are added, because Date.UTC takes years below 100 for others.
  const utc = Date.UTC(year + 400, month, day, hour, minute, second) / 1000 - 146_097 * 86_400;
  return utc - (match[7] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** S2 to S4 */
function osOf(agent: string): string[] | undefined {
  const match = /^(?:libdnf|rpm-ostree)(?:\/[^ ]+)?( .*)?$/s.exec(utf8(takeBackEscapes(agent)));
  if (match === null) return undefined;
  // Split from the right: neither platform nor variant holds a `; `.
  const shape = /^ \((.*); ((?:(?!; ).)*); ((?:(?!; ).)*)\)$/s.exec(match[1] ?? '');
  const arch = /\.([^.]*)$/.exec(shape?.[3] ?? '')?.[1];
  if (shape === null || arch === undefined) return ['', '', '', ''];
  const system = shape[1]!;
  const variant = shape[2]!;
  const space = system.lastIndexOf(' ');
  const fields = [
    space < 0 ? system : system.slice(0, space),
    space < 0 ? '' : system.slice(space + 1),
    variant.replace(/^"(.*)"$/s, '$1'),
    arch,
  ];
  return fields.map((field) => (isClean(field) && Buffer.byteLength(field) <= 255 ? field : 'other'));
}

/** The rows of a totals.csv in the form of the oracle's. */
export function rowsOfTotals(csv: string): Map<string, number> {
  const [, ...records] = parse(csv) as string[][];
  return new Map(records.map(([week, , hits, ...fields]) => [JSON.stringify([week, ...fields]), Number(hits)]));
}
