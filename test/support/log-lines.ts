/** What a line of the Combined Log Format says. Fields stand as they are written, one byte per character. */
export interface LineParts {
  host: string;
  /** `ident user`, nearly always `- -`. */
  user: string;
  time: string;
  method: string;
  target: string;
  protocol: string;
  status: string;
  size: string;
  referer: string;
  agent: string;
}

const SOUND: LineParts = {
  host: '10.0.0.1',
  user: '- -',
  time: '15/Dec/2021:17:02:12 +0000',
  method: 'GET',
  target: '/mirrorlist?repo=epel-9&arch=x86_64&countme=1',
  protocol: 'HTTP/1.1',
  status: '200',
  size: '629',
  referer: '-',
  agent: 'libdnf (AlmaLinux 8.3; generic; Linux.x86_64)',
};

/** A line that counts, unless a part says otherwise. Without line feed. */
export function logLine(parts: Partial<LineParts> = {}): string {
  const { host, user, time, method, target, protocol, status, size, referer, agent } = { ...SOUND, ...parts };
  return `${host} ${user} [${time}] "${method} ${target} ${protocol}" ${status} ${size} "${referer}" "${agent}"`;
}

/** Lines as a log, one byte per character. */
export function logOfLines(lines: readonly string[], lineEnd = '\n'): Buffer {
  return Buffer.from(lines.map((line) => line + lineEnd).join(''), 'latin1');
}

/** As in `03/Mar/2025:10:00:00 +0000`, by a clock that is set ahead of UTC by so many minutes. */
export function logTime(milliseconds: number, zone = 0): string {
  // `Mon, 03 Mar 2025 10:00:00 GMT`
  const [, day, month, year, clock] = new Date(milliseconds + zone * 60_000).toUTCString().split(' ');
  const ahead = Math.abs(zone);
  const offset = `${Math.floor(ahead / 60)}`.padStart(2, '0') + `${ahead % 60}`.padStart(2, '0');
  return `${day}/${month}/${year}:${clock} ${zone < 0 ? '-' : '+'}${offset}`;
}

/** Check-ins that differ from each other, one each minute from `start` (ISO time); `server` tells servers apart. */
export function checkInLines(start: string, count: number, server = 1): string[] {
  const from = Date.parse(start);
  return Array.from({ length: count }, (_, i) =>
    logLine({
      host: `10.${server}.${(i >> 8) & 255}.${i & 255}`,
      time: logTime(from + i * 60_000),
      target: `/mirrorlist?repo=${['baseos-9', 'epel-9', 'appstream-9'][i % 3]}&arch=x86_64&countme=${1 + (i % 4)}`,
      agent: `libdnf (AlmaLinux 9.${(i + server) % 5}; generic; Linux.${i % 7 === 0 ? 'aarch64' : 'x86_64'})`,
    }),
  );
}
