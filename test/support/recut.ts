import { logTime } from './log-lines.ts';
import type { Random } from './random.ts';

/** A line of an access log. Two lines with equal texts are two lines. */
export interface Line {
  time: number;
  text: string;
}

/** A file as somebody has it: cut, joined, merged or copied from what servers wrote. */
export interface Piece {
  lines: Line[];
  story: string;
}

const AGENTS = ['AlmaLinux 9.4', 'AlmaLinux 8.10', 'Rocky Linux 9.4', 'Fedora Linux 41'];
const REPOSITORIES = ['baseos-9', 'appstream-9', 'extras-9', 'epel-9'];
const DAY = 86_400;

/** How large the logs of a round are. */
export interface Sizes {
  servers: number;
  days: number;
  linesADay: number;
}

/** What one server writes from `start` on: busy by day, and a client that asks twice in one second now and then. */
export function serverLines(random: Random, start: number, { days, linesADay }: Sizes): Line[] {
  const lines: Line[] = [];
  for (let day = 0; day < days; day++) {
    for (let i = 0; i < linesADay; i++) {
      const hour = random.chance(0.7) ? 8 + random.below(10) : random.below(24);
      const time = start + day * DAY + hour * 3600 + random.below(3600);
      const host = `${1 + random.below(223)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
      const target = `/mirrorlist?repo=${random.pick(REPOSITORIES)}&arch=x86_64&countme=${1 + random.below(4)}`;
      const agent = `libdnf (${random.pick(AGENTS)}; generic; Linux.x86_64)`;
      const text = `${host} - - [${logTime(time * 1000)}] "GET ${target} HTTP/1.1" 200 629 "-" "${agent}"\n`;
      for (let copy = random.chance(0.02) ? 2 : 1; copy > 0; copy--) lines.push({ time, text });
    }
  }
  return lines.sort((a, b) => a.time - b.time);
}

/** Rotated daily; slow requests of the last ten minutes before a rotation end up in the next log. */
function rotated(random: Random, lines: readonly Line[], start: number, days: number): Line[][] {
  const logs: Line[][] = Array.from({ length: days }, () => []);
  // Equal lines are written at once, and so are late together.
  for (const equal of Map.groupBy(lines, ({ text }) => text).values()) {
    const since = equal[0]!.time - start;
    const day = Math.floor(since / DAY);
    const isLate = DAY - (since % DAY) < 600 && random.chance(0.3) && day + 1 < days;
    logs[isLate ? day + 1 : day]!.push(...equal);
  }
  return logs.filter((log) => log.length > 0);
}

/** A place at which a log may be cut: not between equal lines, which a server writes at once. */
function cutIn(random: Random, lines: readonly Line[]): number {
  let place = 1 + random.below(Math.max(1, lines.length - 1));
  while (place < lines.length && lines[place]!.text === lines[place - 1]!.text) place++;
  return place;
}

/** Logs of servers, re-cut at random: some of the files may hold the same lines, and none need hold all. */
export function recutLogs(random: Random, start: number, sizes: Sizes): Piece[] {
  const pieces: Piece[] = [];
  for (let server = 0; server < sizes.servers; server++) {
    const logs = rotated(random, serverLines(random, start, sizes), start, sizes.days);
    for (const [i, lines] of logs.entries()) pieces.push({ lines, story: `s${server}.${i}` });
  }
  for (let step = 2 + random.below(8); step > 0; step--) recut(random, pieces);
  return shuffled(random, pieces);
}

function recut(random: Random, pieces: Piece[]): void {
  const any = () => random.below(pieces.length);
  const take = () => {
    const at = any();
    // What it was cut from is kept, or not.
    return random.chance(0.5) ? pieces.splice(at, 1)[0]! : pieces[at]!;
  };
  const from = take();
  const { lines, story } = from;
  switch (random.below(6)) {
    case 0: {
      const at = cutIn(random, lines);
      pieces.push({ lines: lines.slice(0, at), story: `${story}[..${at}]` });
      pieces.push({ lines: lines.slice(at), story: `${story}[${at}..]` });
      break;
    }
    case 1: {
      const [a, b] = [cutIn(random, lines), cutIn(random, lines)].sort((x, y) => x - y) as [number, number];
      pieces.push({ lines: lines.slice(0, b), story: `${story}[..${b}]` });
      pieces.push({ lines: lines.slice(a), story: `${story}[${a}..]` });
      break;
    }
    case 2: {
      const other = pieces.length === 0 ? from : take();
      pieces.push({ lines: [...new Set([...lines, ...other.lines])], story: `(${story} + ${other.story})` });
      break;
    }
    case 3: {
      const other = pieces.length === 0 ? from : take();
      const merged = [...new Set([...lines, ...other.lines])].sort((a, b) => a.time - b.time);
      pieces.push({ lines: merged, story: `(${story} | ${other.story})` });
      break;
    }
    case 4: {
      const hours = Map.groupBy(lines, ({ time }) => Math.floor(time / 3600));
      for (const [hour, list] of hours) pieces.push({ lines: list, story: `${story}@${hour}` });
      break;
    }
    default:
      pieces.push({ lines: [...lines], story: `copy of ${story}` });
  }
  // Whatever was emptied by a cut is no file.
  for (let at = pieces.length - 1; at >= 0; at--) if (pieces[at]!.lines.length === 0) pieces.splice(at, 1);
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: random.below(2 ** 30) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
