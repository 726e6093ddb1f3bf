import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourcesOf } from '../../../src/flow/bytes/source-label.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';

/** Of a log of its own. */
const sourceLabel = (path: string) => sourcesOf([path])(path);

const LABELS: [label: string, paths: string[]][] = [
  [
    '/var/lib/rollcall/spool',
    [
      '/var/lib/rollcall/spool/2026-07-15T18Z-0123456789abcdef.spool',
      '/var/lib/rollcall/spool/2026-07-16T00Z-fedcba9876543210.spool.gz',
    ],
  ],
  [
    '/var/log/nginx/access.log',
    [
      '/var/log/nginx/access.log',
      '/var/log/nginx/access.log.1',
      '/var/log/nginx/access.log.2.gz',
      '/var/log/nginx/access.log.10.gz.xz',
      '/var/log/nginx/access.log.GZ',
      '/var/log/nginx/access.log-1',
      '/var/log/nginx/access.1.log',
      '/var/log/nginx/access.log-20260101',
      '/var/log/nginx/access.log-20260101.xz',
      '/var/log/nginx/access.log-2026-01-01.zst',
      '/var/log/nginx/access.log-2026010112.bz2',
      '/var/log/nginx/access.log-20260101-12',
      '/var/log/nginx/access.log-20260101-1767225600.gz',
      '/var/log/nginx/access.log.2026_01_01',
      '/var/log/nginx/access.log_20260101',
      '/var/log/nginx/access.log-20260101.1.gz',
      '/var/log/nginx/access.log.1.20260101',
      '/var/log/nginx/access.log.1767225600',
      '/var/log/nginx/access-2026-01-01.log.gz',
      '/var/log/nginx/access_20260101T120000Z.log',
      '/var/log/nginx/access-2026-01.log',
      '/var/log/nginx/2026-01-01-access.log',
      '/var/log/nginx/2026/01/05/access.log',
      '/var/log/2026/nginx/access.log',
      '/var/log/nginx/20260105/access.log.gz',
      '/var/log/nginx/2026-01-05/access.log',
      '/var/log/nginx/2026/01/05/23/access.log',
      '/var/log/nginx/2026/W05/access.log',
      '/var/log/nginx/year=2026/month=01/day=05/access.log',
      '/var/log/nginx/dt=2026-01-05/access.log',
      '/var/log/nginx/access.log-17Nov2026',
      '/var/log/nginx/access_2026-11-17_1.log',
      '/var/log/nginx/access-17-11-2026.log',
      '/var/log/nginx/access-11-17-2026.log',
      '/var/log/nginx/access.log.17.11.2026',
      '/var/log/nginx/access-17112026.log',
      '/var/log/nginx/access-17-11-2026_10-05.log',
      '/var/log/nginx/access-Mon.log',
      '/var/log/nginx/access.log.Tue',
      '/var/log/nginx/access-monday.log',
      '/var/log/nginx/access-Tue-17-Nov-2026.log',
      '/var/log/nginx/access-2026-11-17-Tue.log',
      '/var/log/nginx/access-2026-Nov-17.log',
      '/var/log/nginx/access-November-2026.log',
      '/var/log/nginx/access-11-2026.log',
      '/var/log/nginx/access-2026.log.gz',
      '/var/log/nginx/access-261117.log',
      '/var/log/nginx/access-11-17.log',
      '/var/log/nginx/access.log.1117',
      '/var/log/nginx/access-week47.log',
      '/var/log/nginx/access.log-W47',
      '/var/log/nginx/access-2026321.log',
      '/var/log/nginx/access-2026-W47.log',
      '/var/log/nginx/access-2026-11-17-22.log',
      '/var/log/nginx/access.log-2026-11-17_22h',
      '/var/log/nginx/access-20261117T0000Z.log',
      '/var/log/nginx/access.log.2026-11-17T22:00:00+00:00',
      '/var/log/nginx/access-2026-11-17T22-15-00.000.log.gz',
      '/var/log/nginx/access-20261116-20261117.log',
      '/var/log/nginx/access-2026-11-16_to_2026-11-17.log',
      '/var/log/nginx/access-2026-11-17-part2.log',
      '/var/log/nginx/access-1767225600123.log',
      '/var/log/nginx/access-1.log.zst',
      '/var/log/nginx/access.log.100M',
      '/var/log/nginx/access-100M.log',
      '/var/log/nginx/access.log.old',
      '/var/log/nginx/access.log.bak3',
      '/var/log/nginx/access-17-Nov-26.log.gz',
      '/var/log/nginx/access_17.11.26.log',
      '/var/log/nginx/access20261117.log',
      '/var/log/nginx/2026/321/access.log',
      '/var/log/nginx/2026/Nov/17/access.log',
      '/var/log/nginx/17-11-2026/access.log',
      '/var/log/nginx/Nov-2026/access.log',
    ],
  ],
  ['/m1.log', ['/m1-17-Nov-26.log.gz', '/m1.log.17Nov26', '/m1.log.bak3']],
  ['/cpanel/site', ['/cpanel/site-Nov-2026.gz', '/cpanel/site-Dec-2026.gz']],
  ['/W3SVC1/u_ex.log', ['/W3SVC1/u_ex261117.log', '/W3SVC1/u_ex26111714.log', '/W3SVC1/u_ex2611.log']],
  ['/W3SVC1/ex.log', ['/W3SVC1/ex2611w3.log', '/W3SVC1/ex26111714.log']],
  ['/W3SVC1/u_extend.log', ['/W3SVC1/u_extend1.log', '/W3SVC1/u_extend12.log']],
  [
    '/multilog/access',
    ['/multilog/access/@400000006ad55d802bc3f4a1.s', '/multilog/access/_400000006ad55d812bc3f4a1.u'],
  ],
  ['/access/current', ['/access/current']],
  ['/var/log/nginx/access.log', ['/var/log/nginx/access.log.43.1', '/var/log/nginx/access.log.current']],
  ['/var/log/nginx/access.log', ['/var/log/nginx/access.log.~19~', '/var/log/nginx/access (2).log']],
  ['/bunny/12345.log', ['/bunny/10-19-2026/12345.log', '/bunny/1-9-2026/12345.log']],
  ['/var/log/access.log', ['/var/log/access-8-11-2026.log', '/var/log/access-Q4-2026.log']],
  ['/web-8.log', ['/web-8-11-2026.log', '/web-8-2026年11月.log']],
  ['/mirror (main).log', ['/mirror (main).log', '/mirror (main)-2026-11-17.log']],
  ['/tomcat/localhost_access_log.txt', ['/tomcat/localhost_access_log.2026-11-17.txt']],
  ['/jetty/request.log', ['/jetty/2026_11_17.request.log']],
  ['/cdn/E123ABC', ['/cdn/E123ABC.2026-11-17-22.d1e2f3.gz', '/cdn/E123ABC.2026-11-17-23.a1e2f3d4.gz']],
  [
    '/lb/1234_elasticloadbalancing_us-east-1_app.lb.50dc6c495c0c9188.log',
    [
      '/lb/1234_elasticloadbalancing_us-east-1_app.lb.50dc6c495c0c9188_20261117T0005Z_172.160.1.192_20sg8hgm.log.gz',
      '/lb/2026/11/18/1234_elasticloadbalancing_us-east-1_app.lb.50dc6c495c0c9188_20261118T0005Z_10.1.2.3_ab8hgmzz.log.gz',
    ],
  ],
  [
    '/bucket',
    [
      '/bucket/20261117T000000Z_20261117T000500Z_3f2b1c0d.log.gz',
      '/bucket/20261117/20261117T000000Z_20261117T000500Z_3f2b1c0d.log.gz',
      '/bucket/2026-11-17-22-15-34-E568B2907131C0C0',
      '/bucket/2026-11-17T22:00:00.000-abcDEF123xyzABCdefGHI.log',
      '/bucket/2026/11/17/22.log.gz',
      '/bucket/2026/11/17/00:00:00_00:59:59_S0.json',
      '/bucket/2026-11-17.log',
    ],
  ],
  ['/akamai/ak-ds', ['/akamai/ak-12345-1700000000-67890-ds.gz', '/akamai/2026/11/17/ak-9-1767225600-1-ds.gz']],
  ['/table', ['/table/year=2026/month=11/day=17/hour=05/part-0001.gz', '/table/part-00002-0f1e2d3c.json']],
  [
    '/table/host=m1',
    ['/table/dt=2026-11-17/host=m1/part-00003.log', '/table/host=m1/dt=2026-11-17/part-00003.c000.json'],
  ],
  ['/rack-11-17.log', ['/rack-11-17.log', '/rack-11-17-20261117.log']],
  ['/pods/pod_ns_nginx.log', [`/pods/pod_ns_nginx-${'0123456789abcdef'.repeat(4)}.log`]],
  [
    '/pods/ns_web-0/nginx',
    [
      '/pods/ns_web-0_12345678-1234-1234-1234-123456789abc/nginx/0.log',
      '/pods/ns_web-0_12345678-1234-1234-1234-123456789abd/nginx/3.log.20261117-010203.gz',
    ],
  ],
  ['/mirror.1.log', ['/mirror.1.log', '/mirror.1.log.1', '/mirror.1.log-20261117.gz', '/mirror.1-2026-11-17.log']],
  ['/mirror.2.log', ['/mirror.2.log']],
  ['/mirror-01/access.log', ['/mirror-01/access.log', '/mirror-01/2026/11/17/access.log.1']],
  ['/mirror-02/access.log', ['/mirror-02/access.log-20261117']],
  ['/ip-10-11-12-13.log', ['/ip-10-11-12-13-2026-11-17.log', '/ip-10-11-12-13.log.1']],
  ['/192.0.2.9.log', ['/2026-11-17-192.0.2.9.log', '/20261117.192.0.2.9.log']],
  ['/web-2026.example.org.log', ['/web-2026.example.org.log', '/web-2026.example.org-2026-11-17.log']],
  ['/mirror-sun.log', ['/mirror-sun.log', '/mirror-sun-2026-11-17.log']],
  ['/customers/1767225600/access.log', ['/customers/1767225600/access.log']],
  ['/logs/proxy01/http/access.log', ['/logs/proxy01/2026/03/05/http/access.log']],
  ['/logs/proxy01', ['/logs/proxy01/2026/03/05.gz', '/logs/proxy01/20260305.gz']],
  ['access.log', ['access-2026-01-01.log.gz']],
  ['/mirror1.log', ['/mirror1.log', '/mirror1.log.1', '/mirror1-20260101.log.gz']],
  ['/mirror-1.log', ['/mirror-1.log', '/mirror-1.log.3.gz']],
  ['/192.0.2.7.log', ['/192.0.2.7.log', '/192.0.2.7.log.1']],
  ['/192.0.2.7', ['/192.0.2.7']],
  ['/var/log/httpd/ssl_access_log', ['/var/log/httpd/ssl_access_log', '/var/log/httpd/ssl_access_log-20260101']],
  ['/almalinux-9/05/access.log', ['/almalinux-9/05/access.log']],
  ['/mirror-20269999.log', ['/mirror-20269999.log']],
  ['/a\\nb\\xff.log', ['/a\nb\uDCFF.log.1']],
  ['/', ['/', '/2026-01-01.gz']],
];

for (const [label, paths] of LABELS) {
  test(`G6 the source ${label}`, () => {
    for (const path of paths) assert.equal(sourceLabel(path), label, path);
  });
}

test('G6 what may be a number of a rotation or of a server is told by the logs beside it', () => {
  const paths = [
    '/a/mirror.log',
    '/a/mirror.1.log',
    '/a/mirror.2.log.gz',
    '/b/mirror.1.log',
    '/b/mirror.2.log',
    '/c/web-Mon.log',
    '/c/web-Tue.log',
    '/c/web-Wed.log',
    '/d/web-sun.log',
    '/d/web-sat.log',
    '/e/current',
    '/e/@400000006ad55d802bc3f4a1.s',
  ];
  assert.deepEqual(paths.map(sourcesOf(paths)), [
    '/a/mirror.log',
    '/a/mirror.log',
    '/a/mirror.log',
    '/b/mirror.1.log',
    '/b/mirror.2.log',
    '/c/web.log',
    '/c/web.log',
    '/c/web.log',
    '/d/web-sun.log',
    '/d/web-sat.log',
    '/e',
    '/e',
  ]);
});

/** Names of servers, those that look like dates and numbers too. */
function randomServer(random: Random): string {
  const number = () => String(1 + random.below(40));
  const word = () =>
    random.pick(['web', 'mirror', 'edge', 'cache', 'eu', 'proxy', 'mar', 'may', 'dec', 'sunny', 'cafe']);
  const octet = () => String(random.below(256));
  return random.pick([
    () => word() + number(),
    () => word() + number().padStart(2, '0'),
    () => `${word()}-${number()}`,
    () => `${word()}_${number().padStart(2, '0')}`,
    () => `${word()}.${number()}`,
    () => `${word()}${number()}.${word()}.example.org`,
    () => `${word()}-${1990 + random.below(50)}.example.org`,
    () => `${word()}-${1990 + random.below(50)}${random.pick(['a', 'b', 'prod'])}`,
    () => `rack-${number()}-${number()}`,
    () => `vm-${10 + random.below(20)}${random.pick(['01', '07', '12'])}${10 + random.below(20)}x`,
    () => [octet(), octet(), octet(), octet()].join('.'),
    () => `ip-${[octet(), octet(), octet(), octet()].join('-')}`,
    () => `${word()}-${random.pick(['mon', 'sun', 'jan', 'august'])}-${number()}`,
  ])();
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const GERMAN = 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' ');
const FRENCH = 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' ');
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** The names of a log of the n-th day before, in each style; `base` is what stands before `.log`. */
const STYLES: Record<string, (base: string, day: Date, ago: number) => string> = {
  number: (base, _, ago) => `${base}.log.${ago + 1}${ago > 0 ? '.gz' : ''}`,
  dateext: (base, day) => `${base}.log-${compact(day)}`,
  hourly: (base, day) => `${base}.log-${compact(day)}${pad(day.getUTCHours())}.zst`,
  iso: (base, day) => `${base}-${iso(day)}.log`,
  isoHour: (base, day) => `${base}-${iso(day)}-${pad(day.getUTCHours())}.log`,
  isoEnd: (base, day) => `${base}.log.${iso(day)}`,
  compact: (base, day) => `${base}_${compact(day)}.log.gz`,
  parts: (base, day, ago) => `${base}_${iso(day)}_${ago % 3}.log`,
  european: (base, day) => `${base}-${iso(day).split('-').reverse().join('-')}.log`,
  dotted: (base, day) => `${base}.log.${iso(day).split('-').reverse().join('.')}`,
  american: (base, day) => `${base}-${iso(day).slice(5)}-${day.getUTCFullYear()}.log`,
  english: (base, day) => `${base}.log-${pad(day.getUTCDate())}${MONTHS[day.getUTCMonth()]}${day.getUTCFullYear()}`,
  englishShort: (base, day) => `${base}-${pad(day.getUTCDate())}-${MONTHS[day.getUTCMonth()]}-${shortYear(day)}.log.gz`,
  monthly: (base, day) => `${base}-${MONTHS[day.getUTCMonth()]}-${day.getUTCFullYear()}.log`,
  weekly: (base, day) => `${base}-${day.getUTCFullYear()}-W${pad(1 + (day.getUTCDate() % 50))}.log`,
  dayOfYear: (base, day) => `${base}-${day.getUTCFullYear()}-${dayOfYear(day)}.log`,
  weekday: (base, day) => `${base}-${WEEKDAYS[day.getUTCDay()]}.log`,
  weekdayFolder: (base, day) => `${WEEKDAYS[day.getUTCDay()]}/${base}.log`,
  instant: (base, day) => `${base}-${compact(day)}T${pad(day.getUTCHours())}0000Z.log`,
  range: (base, day) => `${base}_${compact(day)}T000000Z_${compact(day)}T000500Z_${hash(day)}.log.gz`,
  epoch: (base, day) => `${base}.log.${day.getTime() / 1000}`,
  milliseconds: (base, day) => `${base}-${day.getTime()}.log`,
  front: (base, day) => `${iso(day)}-${base}.log`,
  frontHour: (base, day) => `${iso(day)}-${pad(day.getUTCHours())}-${base}.log`,
  frontInstant: (base, day) => `${compact(day)}T${pad(day.getUTCHours())}05Z_${base}.log.gz`,
  folders: (base, day) => `${iso(day).replaceAll('-', '/')}/${base}.log`,
  dayFolder: (base, day) => `${iso(day)}/${base}.log`,
  yearAndDay: (base, day) => `${day.getUTCFullYear()}/${dayOfYear(day)}/${base}.log`,
  europeanFolder: (base, day) => `${iso(day).split('-').reverse().join('-')}/${base}.log`,
  unpadded: (base, day) => `${base}-${unpadded(day).join('-')}.log`,
  unpaddedFolders: (base, day) => `${unpadded(day).join('/')}/${base}.log`,
  hive: (base, day) => {
    const [year, month, date] = unpadded(day);
    return `year=${year}/month=${month}/day=${date}/${base}.log`;
  },
  german: (base, day) => `${base} ${day.getUTCDate()}. ${GERMAN[day.getUTCMonth()]} ${day.getUTCFullYear()}.log`,
  french: (base, day) => `${base}-${pad(day.getUTCDate())}-${FRENCH[day.getUTCMonth()]}-${day.getUTCFullYear()}.log`,
  japanese: (base, day) => {
    const [year, month, date] = unpadded(day);
    return `${base}-${year}年${month}月${date}日.log`;
  },
  germanWeek: (base, day) => `${base}-${day.getUTCFullYear()}-KW${pad(1 + (day.getUTCDate() % 50))}.log`,
  quarter: (base, day) => `${base}-${day.getUTCFullYear()}-Q${1 + Math.floor(day.getUTCMonth() / 3)}.log`,
  brackets: (base, day) =>
    `${base}-[${pad(day.getUTCDate())}-${MONTHS[day.getUTCMonth()]}-${day.getUTCFullYear()}].log`,
  comma: (base, day) => `${base},${iso(day)}.log`,
  downloaded: (base, day) => `${base}.log-${compact(day)} (${1 + (day.getUTCDate() % 3)}).gz`,
  snapshot: (base, _, ago) => `${ago < 7 ? 'daily' : 'weekly'}.${ago % 7}/${base}.log`,
  monthFolder: (base, day) => `${day.getUTCFullYear()}/${MONTHS[day.getUTCMonth()]}/${base}.log`,
};

const iso = (day: Date) => day.toISOString().slice(0, 10);
const unpadded = (day: Date) => [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()];
const shortYear = (day: Date) => iso(day).slice(2, 4);
const compact = (day: Date) => iso(day).replaceAll('-', '');
const pad = (value: number) => String(value).padStart(2, '0');
const dayOfYear = (day: Date) =>
  String(1 + Math.floor((day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / 86_400_000)).padStart(3, '0');
const hash = (day: Date) => (Math.imul(day.getTime() / 1000, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');

/** In a folder of its own a log may be named for its day alone. */
const DAY_ONLY: Record<string, (day: Date) => string> = {
  isoAlone: (day) => `${iso(day)}.log`,
  compactAlone: (day) => `${compact(day)}.gz`,
  europeanAlone: (day) => `${iso(day).split('-').reverse().join('.')}.log`,
  pathAlone: (day) => `${iso(day).replaceAll('-', '/')}.log.gz`,
  weekdayAlone: (day) => `${WEEKDAYS[day.getUTCDay()]}.log`,
  unpaddedAlone: (day) => `${unpadded(day).reverse().join('-')}.log`,
  tai: (day) => `@40000000${(day.getTime() / 1000).toString(16)}0${hash(day).slice(1)}.s`,
  hourAlone: (day) => `${iso(day).replaceAll('-', '/')}/${pad(day.getUTCHours())}.log`,
};

const LAYOUTS: ((server: string) => { folder: string; base: string })[] = [
  (server) => ({ folder: `/logs/${server}/`, base: 'access' }),
  (server) => ({ folder: `/logs/${server}/nginx/`, base: 'ssl_access' }),
  (server) => ({ folder: '/all/', base: server }),
  (server) => ({ folder: '/all/', base: `${server}-access` }),
  (server) => ({ folder: '/all/', base: `${server}.access` }),
  (server) => ({ folder: '/all/', base: `access-${server}` }),
];

const seed = testSeed();

test(`G6 a server is one source, whatever its name and the style of its rotation (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round += 1) {
    const layout = random.pick(LAYOUTS);
    const servers = [...new Set(Array.from({ length: 1 + random.below(6) }, () => randomServer(random)))];
    const start = Date.UTC(2021 + random.below(9), random.below(12), 1 + random.below(28), random.below(24));
    const logs = servers.flatMap((server) => {
      const { folder, base } = layout(server);
      // edge-05-Sep-2027 is a day of edge's, and nothing tells that it might be a month of edge-05's.
      const styles = Object.keys(STYLES).filter((style) => style !== 'monthly' || !/[-_.]\d\d$/.test(base));
      const style = random.pick(styles);
      const names = Array.from({ length: 8 }, (_, ago) =>
        STYLES[style]!(base, new Date(start - ago * 86_400_000), ago),
      );
      return [`${base}.log`, ...names].map((name) => ({ server, style, path: folder + name }));
    });
    for (const server of random.chance(0.2) ? servers : []) {
      const [style, name] = random.pick(Object.entries(DAY_ONLY));
      const days = Array.from({ length: 8 }, (_, ago) => new Date(start - ago * 86_400_000));
      logs.push(...days.map((day) => ({ server: `day of ${server}`, style, path: `/days/${server}/${name(day)}` })));
    }
    const sourceOf = sourcesOf(logs.map(({ path }) => path));
    const servedBy = new Map<string, string>();
    for (const [server, list] of Map.groupBy(logs, (log) => log.server)) {
      const sources = new Set(list.map(({ path }) => sourceOf(path)));
      const names = list.map(({ path }) => `${path} -> ${sourceOf(path)}`).join('\n');
      assert.equal(sources.size, 1, `round ${round}, ${list[0]!.style}: ${server} is split\n${names}`);
      const [source = ''] = sources;
      assert.equal(servedBy.get(source), undefined, `round ${round}: ${server} is merged\n${names}`);
      servedBy.set(source, server);
    }
  }
});

/** Dates that only the days beside them tell from numbers of servers. */
const ROWS: Record<string, (day: Date) => string> = {
  european: (day) => `${pad(day.getUTCDate())}.${pad(day.getUTCMonth() + 1)}.${shortYear(day)}`,
  american: (day) => `${pad(day.getUTCMonth() + 1)}-${pad(day.getUTCDate())}-${shortYear(day)}`,
  yearFirst: (day) => iso(day).slice(2).replaceAll('-', '_'),
  named: (day) => `${pad(day.getUTCDate())}${MONTHS[day.getUTCMonth()]}`,
  monthFirst: (day) => `${MONTHS[day.getUTCMonth()]!.toLowerCase()}-${pad(day.getUTCDate())}`,
  noYear: (day) => iso(day).slice(5).replace('-', ''),
};
const ROW_PATHS: ((server: string, text: string) => string)[] = [
  (server, text) => `/all/${server}${server.length % 2 > 0 ? '-' : '_'}${text}.log.gz`,
  (server, text) => `/all/${server}${server.length % 2 > 0 ? '-' : '_'}${text}.log.1`,
  (server, text) => `/logs/${server}/${text}/access.log`,
  (server, text) => `/logs/${text}/${server}.log`,
  (server, text) => `/logs/${server}/${text}.log`,
];

test(`G6 days in a row are no part of a source, with lost days too (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round += 1) {
    const [style, write] = random.pick(Object.entries(ROWS));
    const place = random.pick(ROW_PATHS);
    const servers = ['m1', 'm2', 'web-01', 'mirror-sun', 'edge'];
    const start = Date.UTC(2021 + random.below(9), random.below(12), 10 + random.below(12));
    const count = 7 + random.below(40);
    const days = Array.from({ length: count }, (_, at) => new Date(start + at * 86_400_000));
    const lost = [random.below(count), random.below(count)];
    const logs = servers.flatMap((server) =>
      days
        .filter((_, at) => server !== 'm1' || !lost.includes(at))
        .map((day) => ({ server, path: place(server, write(day)) })),
    );
    const sourceOf = sourcesOf(logs.map(({ path }) => path));
    const sources = Map.groupBy(logs, ({ path }) => sourceOf(path));
    const context = `round ${round}, ${style}: ${[...sources.keys()].slice(0, 9).join(' ')}`;
    assert.equal(sources.size, servers.length, context);
    for (const list of sources.values()) assert.equal(new Set(list.map(({ server }) => server)).size, 1, context);
  }
});

test(`G6 servers numbered like days stay servers (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round += 1) {
    const [month, year, count] = [pad(1 + random.below(12)), 10 + random.below(40), 2 + random.below(40)];
    const first = 1 + random.below(9);
    const numbers = Array.from({ length: count }, (_, at) => pad(first + at));
    const name = random.pick([
      (number: string) => `web-${month}${number}`,
      (number: string) => `rack-${month}-${number}`,
      (number: string) => `rack-${month}_${number}`,
      (number: string) => `web-${number}`,
      (number: string) => `ip-10-${year}-${month}-${number}`,
      (number: string) => `ip10-${year}-${month}-${number}`,
      (number: string) => `10.${number}.${month}.${year}`,
      (number: string) => `10.${year}.${month}.${number}`,
    ]);
    const place = random.pick([
      (server: string) => `/all/${server}.log`,
      (server: string) => `/all/${server}-access.log`,
      (server: string) => `/logs/${server}/access.log`,
    ]);
    const paths = numbers.map((number) => place(name(number)));
    assert.equal(new Set(paths.map(sourcesOf(paths))).size, count, `round ${round}: ${paths.slice(0, 9).join(' ')}`);
  }
  for (const paths of [
    ['/logs/april/a.log', '/logs/may/a.log', '/logs/june/a.log', '/logs/august/a.log'],
    ['/logs/sun/a.log', '/logs/sat/a.log'],
    ['/customers/201112/a.log', '/customers/201113/a.log', '/customers/201114/a.log'],
    ['17', '18', '19', '20', '21', '22', '32'].map((number) => `/all/web-11${number}.log`),
  ])
    assert.equal(new Set(paths.map(sourcesOf(paths))).size, paths.length, paths.join(' '));
});

test('G6 a label is its own label', () => {
  for (const [label] of LABELS.filter(([path]) => !path.includes('\\'))) assert.equal(sourceLabel(label), label);
});
