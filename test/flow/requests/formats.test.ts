import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KNOWN_FORMATS, parseFormat } from '../../../src/flow/requests/format.ts';
import { shapeOf } from '../../../src/flow/requests/line-shape.ts';
import type { FieldPlaces, LineFormat, LogFormat, WrappedFormat } from '../../../src/flow/requests/log-format.ts';
import { recogniseFormat, unknownFormat } from '../../../src/flow/requests/recognise-format.ts';
import { readAnyTime } from '../../../src/flow/sightings/time.ts';
import { outcomes, Workplace } from '../../support/command-line.ts';
import {
  ascii,
  combined,
  go,
  JSON_SHAPES,
  jsonWriter,
  TEXT_FORMATS,
  utf8,
  type Wire,
  WRAPPINGS,
  type Writer,
} from '../../support/log-formats.ts';
import { checkInLines, logOfLines } from '../../support/log-lines.ts';
import { type Random, seededRandom, testSeed } from '../../support/random.ts';
import { comparable, type Reading, readInFormat } from '../../support/readers.ts';

const START = Date.parse('2026-11-15T23:00:00Z') / 1000;
const HOSTS = ['10.1.2.3', '10.9.8.7', '192.0.2.77', '203.0.113.9', '2001:db8:1::5', '2001:4860:4860::8888'];
const TARGETS = [
  '/metalink?repo=fedora-43&arch=x86_64&countme=2',
  '/mirrorlist/9/baseos?countme=1',
  '/mirrorlist?repo=epel-9&arch=aarch64&countme=4&x=%22y%22',
  '/metalink?repo=updates%2Dreleased-f43&arch=x86_64&countme=3',
  '/metalink?repo=a&arch=x86_64',
  '/countme?x=1',
  '/other?countme=1',
  '/metalink?repo=a&arch=b&countme=9',
  '/metalink?countme=1&countme=2',
  '/metalink?repo=%C3%28&arch=b&countme=1',
  '/robots.txt',
];
const AGENTS = [
  'libdnf (Fedora Linux 43; workstation; Linux.x86_64)',
  'libdnf (AlmaLinux 9.6; generic; Linux.aarch64)',
  'rpm-ostree (Fedora Linux 43; silverblue; Linux.x86_64)',
  'libdnf/0.7+git (Rocky Linux 10.1; generic; Linux.x86_64)',
  'libdnf',
  'curl/8.5.0',
  '',
];

/** Requests of five hours at the turn of a week: mostly check-ins, and others of every kind that a server answers. */
function requests(
  random: Random,
  count: number,
  words: Partial<Record<'target' | 'agent', () => string>> = {},
): Wire[] {
  return Array.from({ length: count }, (_, i) => ({
    host: random.pick(HOSTS),
    time: START + i * 150 + random.below(1000) / 1000,
    method: random.chance(0.95) ? 'GET' : random.pick(['HEAD', 'POST']),
    target: words.target?.() ?? random.pick(TARGETS),
    status: random.chance(0.9) ? 200 : random.pick([302, 404, 503]),
    agent: words.agent?.() ?? random.pick(AGENTS),
  }));
}

const logOf = (lines: readonly string[]) => logOfLines(lines);
/** The hours that samples fell into are compared too: each line of so small a log is one (H1). */
const totalsOf = (reading: Reading) => ({ ...comparable(reading), sha256: '', hours: reading.tally.hoursSeen });

function read(lines: readonly string[], name: string): ReturnType<typeof totalsOf> {
  const log = logOf(lines);
  const format = recogniseFormat(log);
  assert.equal(format?.name, name);
  const totals = totalsOf(readInFormat(log, format));
  assert.deepEqual(
    totalsOf(readInFormat(log, format, { withKernel: false, cut: () => 997 })),
    totals,
    'without kernel',
  );
  return totals;
}

const seed = testSeed();
const wires = requests(seededRandom(seed), 130);
const expected = totalsOf(readInFormat(logOf(combined(wires)), parseFormat('combined')));

describe(`U9 L9 L13 L14 the same requests give the same totals in every format (seed ${seed})`, () => {
  test('as combined they are counted and rejected for many reasons', () => {
    assert.ok(expected.counted > 15, `${expected.counted} counted`);
    assert.ok(expected.rejections.length > 5, expected.rejections.join());
  });

  for (const [what, [name, write]] of Object.entries(TEXT_FORMATS)) {
    test(`C11 ${what}`, () => assert.deepEqual(read(write(wires), name), expected));
  }
  for (const [what, [name, shape]] of Object.entries(JSON_SHAPES)) {
    test(`C11 ${what}`, () => {
      assert.deepEqual(read(jsonWriter(shape)(wires), name), expected);
      assert.deepEqual(read(jsonWriter(shape, go)(wires), name), expected, 'as Go escapes');
      assert.deepEqual(read(jsonWriter(shape, ascii)(wires), name), expected, 'as Python escapes');
    });
  }
});

describe('L9 L12 G1 wrappers hold any format', () => {
  const inner: [string, Writer][] = [
    ['combined', combined],
    ...['ingress-nginx', 'Envoy', 'HAProxy httplog', 'CloudFront'].map((what) => TEXT_FORMATS[what]!),
    ...['Caddy', 'Traefik', 'nginx'].map(
      (what) => [JSON_SHAPES[what]![0], jsonWriter(JSON_SHAPES[what]![1])] as [string, Writer],
    ),
  ];
  for (const [what, [name, wrap]] of Object.entries(WRAPPINGS)) {
    test(`C11 ${what}`, () => {
      for (const [format, write] of inner) {
        const lines = write(wires);
        assert.deepEqual(read(lines.map(wrap), `${name}:${format}`), expected, format);
        const known = parseFormat(format);
        const bare = readInFormat(logOf(lines), known).sha256;
        assert.equal(readInFormat(logOf(lines.map(wrap)), parseFormat(`${name}:${format}`)).sha256, bare);
      }
    });
  }

  test('C11 one wrapper inside another', () => {
    const lines = combined(wires).map(WRAPPINGS['syslog']![1]).map(WRAPPINGS['Docker']![1]);
    assert.deepEqual(read(lines, 'docker:syslog:combined'), expected);
  });

  test('C03 L2 parts of a line are joined, whichever stream they come in, and a part is no line', () => {
    const lines = combined(wires);
    const pieces = lines.flatMap((line, i) => {
      const head = '2026-11-10T08:00:00.123456789Z';
      if (i % 10 !== 3) return [`${head} stdout F ${line}`];
      return [
        `${head} stdout P ${line.slice(0, 90)}`,
        `${head} stderr F something else`,
        `${head} stdout P ${line.slice(90, 120)}`,
        `${head} stdout F ${line.slice(120)}`,
      ];
    });
    const format = parseFormat('cri:combined');
    assert.deepEqual(totalsOf(readInFormat(logOf(pieces), format)), expected);
    const unfinished = [...pieces, '2026-11-10T08:00:00.1Z stdout P ', `2026-11-10T08:00:00.1Z stdout P ${lines[0]}`];
    assert.deepEqual(totalsOf(readInFormat(logOf(unfinished), format)), expected);

    const long = combined([{ ...wires[0]!, target: `/metalink?repo=a&arch=b&countme=1&x=${'x'.repeat(40_000)}` }])[0]!;
    const chunks = (long.match(/.{1,16384}/gs) ?? []).map((log, i, all) => (i === all.length - 1 ? `${log}\n` : log));
    const docker = chunks.map((log) => JSON.stringify({ log, stream: 'stdout', time: 'x' }));
    const { candidates, counted } = readInFormat(logOf(docker), parseFormat('docker:combined')).tally;
    assert.equal(candidates, 1);
    assert.equal(counted, readInFormat(logOf([long]), parseFormat('combined')).tally.counted);
  });

  test('L4 L5 a line inside a wrapper is held to the same limits', () => {
    const line = combined([{ ...wires[0]!, target: '/metalink?repo=a&arch=b&countme=1' }])[0]!;
    const docker = parseFormat('docker:combined');
    const reasonOf = (text: string) => readInFormat(logOf([go({ log: text })]), docker).tally.rejections[0]?.reason;
    assert.equal(reasonOf(`${line.slice(0, 40)}\x01${line.slice(40)}\n`), 'control-bytes');
    assert.equal(reasonOf(`${line.slice(0, 40)}\n${line.slice(40)}\n`), 'control-bytes');
    assert.equal(reasonOf(`${line.replace('x=', 'x')}${' x'.repeat(20)}\n`), 'trailing-fields');
  });
});

/** Text of a few characters that logs have trouble with. */
function oddText(random: Random): string {
  const pieces = [
    'ä',
    'é',
    '雪',
    '😀',
    '"',
    '\\',
    '\\x41',
    '\\u0041',
    '%22',
    '&',
    '<',
    '=',
    ';',
    '; ',
    '(',
    'a',
    'Z',
    '0',
    '\t',
    '\x7f',
    '\x01',
    '\u2028',
    '\u200b',
    '+',
    '#',
    '{',
    '|',
  ];
  return Array.from({ length: random.below(6) }, () => random.pick(pieces)).join('');
}

const wireBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe(`L13 L14 Q9 S4 odd names give the same totals in JSON, in any order of keys (seed ${seed})`, () => {
  const random = seededRandom(seed + 1);
  const odd = requests(random, 400, {
    agent: () =>
      wireBytes(`libdnf (${oddText(random)} ${oddText(random)}; ${oddText(random)}; Linux.${oddText(random)})`),
    target: () => wireBytes(`/metalink?repo=${oddText(random)}&arch=${oddText(random)}&countme=${1 + random.below(4)}`),
  });
  // What stands between quotes must not hold what ends the request there.
  const sound = odd.filter(({ target }) => !target.includes(' '));
  const baseline = totalsOf(readInFormat(logOf(combined(sound)), parseFormat('combined')));
  const shuffled = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).map(([key, below]) => [key, shuffled(below)] as const);
    return Object.fromEntries(entries.sort(() => random.below(3) - 1));
  };
  // Paths without their first slash and encoded agents say less than what came over the wire.
  const others = ['Akamai DataStream 2', 'CloudFront JSON'];
  for (const [what, [name, shape]] of Object.entries(JSON_SHAPES)) {
    if (others.includes(what)) continue;
    test(what, () => {
      for (const write of [JSON.stringify, go, ascii]) {
        const bytes = (value: unknown) =>
          write === JSON.stringify ? wireBytes(write(shuffled(value))) : write(shuffled(value));
        const reading = readInFormat(
          logOf(jsonWriter(shape, bytes as (value: unknown) => string)(sound)),
          parseFormat(name),
        );
        assert.deepEqual(totalsOf(reading), baseline);
      }
    });
  }

  test('Envoy and HAProxy, which write bytes in ways of their own', () => {
    const printable = sound.filter(({ agent, target }) => !/[\x00-\x1f\x7f]/.test(agent + target));
    const plain = totalsOf(readInFormat(logOf(combined(printable)), parseFormat('combined')));
    for (const what of ['Envoy', 'Istio', 'HAProxy httplog', 'HAProxy clf']) {
      const [name, write] = TEXT_FORMATS[what]!;
      assert.deepEqual(totalsOf(readInFormat(logOf(write(printable)), parseFormat(name))), plain, what);
    }
  });
});

describe('L10 declared formats', () => {
  const day = '2026-11-17';
  const target = '/metalink?repo=a&arch=b&countme=1';
  const agent = 'libdnf (Fedora Linux 43; server; Linux.x86_64)';
  const cases: [string, string][] = [
    [
      '%h %{%Y-%m-%dT%H:%M:%S%z}t "%r" %>s "%{User-Agent}i"',
      `192.0.2.1 ${day}T10:00:00+0000 "GET ${target} HTTP/1.1" 200 "${agent}"`,
    ],
    [
      '%h [%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t] "%r" %>s "%{User-Agent}i"',
      `192.0.2.1 [17/Nov/2026:10:00:00.123 +0000] "GET ${target} HTTP/1.1" 200 "${agent}"`,
    ],
    ['%h %{%F %R}t "%r" %>s "%{User-Agent}i"', `192.0.2.1 ${day} 10:00 "GET ${target} HTTP/1.1" 200 "${agent}"`],
    ['%h %{sec}t "%r" %>s "%{User-Agent}i"', `192.0.2.1 1794909600 "GET ${target} HTTP/1.1" 200 "${agent}"`],
    ['%h %{msec}t "%r" %>s "%{User-Agent}i"', `192.0.2.1 1794909600123 "GET ${target} HTTP/1.1" 200 "${agent}"`],
    [
      '%h %{begin:usec}t "%r" %>s "%{User-Agent}i"',
      `192.0.2.1 1794909600123456 "GET ${target} HTTP/1.1" 200 "${agent}"`,
    ],
    ['%h %{end:%s}t "%r" %>s "%{User-Agent}i"', `192.0.2.1 1794909600 "GET ${target} HTTP/1.1" 200 "${agent}"`],
    [
      '%{X-Forwarded-For}i %l %u %t "%m %U%q %H" %>s "%{User-Agent}i"',
      `192.0.2.1, 10.0.0.1 - - [17/Nov/2026:10:00:00 +0000] "GET ${target} HTTP/1.1" 200 "${agent}"`,
    ],
    [
      '%a:%{remote}p %t "%r" %>s "%{User-Agent}i"',
      `192.0.2.1:4711 [17/Nov/2026:10:00:00 +0000] "GET ${target} HTTP/1.1" 200 "${agent}"`,
    ],
    [
      '$msec $remote_addr "$request" $status "$http_user_agent"',
      `1794909600.123 192.0.2.1 "GET ${target} HTTP/1.1" 200 "${agent}"`,
    ],
    [
      '[$time_iso8601] $http_x_forwarded_for $request_method $request_uri $status "$http_user_agent"',
      `[${day}T10:00:00.5+00:00] 192.0.2.1, 10.0.0.7 GET ${target} 200 "${agent}"`,
    ],
    [
      '$remote_addr $msec $request_method $uri$is_args$args $status "$http_user_agent"',
      `192.0.2.1 1794909600.1 GET ${target} 200 "${agent}"`,
    ],
    [
      '$remote_addr|$time_iso8601|$request_method|$request_uri|$status|$http_user_agent',
      `192.0.2.1|${day}T10:00:00+00:00|GET|${target}|200|${agent}`,
    ],
    [
      '$remote_addr;$msec;$request;$status;$http_user_agent;$request_time',
      `192.0.2.1;1794909600.1;GET ${target}&x=|;| HTTP/1.1;200;${agent};0.001`,
    ],
    [
      '$remote_addr\t$msec\t$request\t$status\t$http_user_agent',
      `192.0.2.1\t1794909600.1\tGET ${target} HTTP/1.1\t200\t${agent}`,
    ],
    [
      '{"t":"$time_iso8601","ip":"$remote_addr","r":"$request","s":$status,"n":{"ua":"$http_user_agent"}}',
      JSON.stringify({
        n: { ua: agent },
        s: 200,
        r: `GET ${target} HTTP/1.1`,
        ip: '192.0.2.1',
        t: `${day}T10:00:00+00:00`,
      }),
    ],
    [
      '{"at":$msec,"who":"$remote_addr:$remote_port","what":"$request_method $request_uri","s":"$status","ua":"$http_user_agent"}',
      JSON.stringify({ at: 1794909600.123, who: '192.0.2.1:4711', what: `GET ${target}`, s: '200', ua: agent }),
    ],
    [
      `'{"t":"$time_local",'\n    '"ip":"$remote_addr","r":"$request",' '"s":"$status","ua":"$http_user_agent"}'`,
      JSON.stringify({
        t: '17/Nov/2026:10:00:00 +0000',
        ip: '192.0.2.1',
        r: `GET ${target} HTTP/1.1`,
        s: '200',
        ua: agent,
      }),
    ],
    [
      '{ \\"t\\":\\"%t\\", \\"ip\\":\\"%a\\", \\"m\\":\\"%m\\", \\"u\\":\\"%U\\", \\"q\\":\\"%q\\", \\"s\\":\\"%>s\\", \\"ua\\":\\"%{User-agent}i\\" }',
      JSON.stringify({
        t: '[17/Nov/2026:10:00:00 +0000]',
        ip: '192.0.2.1',
        m: 'GET',
        u: '/metalink',
        q: '?repo=a&arch=b&countme=1',
        s: '200',
        ua: agent,
      }),
    ],
  ];
  for (const [declared, line] of cases) {
    test(declared, () => {
      const log = logOf([line, line.replace('200', '404')]);
      const { counted, rejections, cells, countries, systems, span } = readInFormat(log, parseFormat(declared)).tally;
      assert.equal(counted, 1);
      assert.deepEqual(
        rejections.map(({ reason }) => reason),
        ['status'],
      );
      assert.equal(countries[cells.country[0]!], 'BB');
      assert.equal(systems[0]!.osName, 'Fedora Linux');
      assert.equal(span!.from, 1794909600 / 60);
    });
  }

  test('C11 a format that looks like JSON may still hold the escapes of nginx and Apache', () => {
    const format = parseFormat(
      '{"t":"$msec","ip":"$remote_addr","r":"$request","s":"$status","ua":"$http_user_agent"}',
    );
    const line = `{"t":"1794909600.1","ip":"192.0.2.1","r":"GET ${target} HTTP/1.1","s":"200","ua":"libdnf (\\xC3\\x84lma \\x22Q\\x22 1; a\\x5Cb; Linux.x)"}`;
    const { systems } = readInFormat(logOf([line]), format).tally;
    assert.deepEqual([systems[0]!.osName, systems[0]!.osVariant], ['Älma "Q"', 'a\\b']);
  });

  test('C11 what cannot be used is named', () => {
    assert.throws(() => parseFormat('%h %{%U}t "%r" %>s "%{User-Agent}i"'), /%U is not supported/);
    assert.throws(
      () => parseFormat('{"t":"$msec","r":"$request","s":"$status"}'),
      /lacks the client's address.*User-Agent/,
    );
    assert.throws(() => parseFormat('{"t":"$msec"'), /JSON/);
    assert.throws(() => parseFormat('syslog:nonsense'), /unknown format "nonsense".*syslog:combined/);
    assert.equal(parseFormat('docker:caddy_json').name, 'docker:caddy_json');
    assert.equal(parseFormat('iis').name, 'w3c');
  });
});

test('L13 behind a local proxy the forwarded address is the client, and else it is not believed', () => {
  const main =
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
  const cutter = parseFormat(main);
  assert.ok(cutter.kind === 'lines');
  const clientOf = (peer: string, forwarded: string) => {
    const cut = cutter
      .start()
      .cut(`${peer} - - [17/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "x" "${forwarded}"`);
    return cut.kind === 'fields' ? cut.fields.host : cut.kind;
  };
  for (const proxy of ['10.0.0.7', '127.0.0.1', '172.17.0.2', 'fd00::1', '::1', '10.0.0.7,10.0.0.8']) {
    assert.equal(clientOf(proxy, '203.0.113.9'), '203.0.113.9');
    assert.equal(clientOf(proxy, '2001:db8::5, 10.9.9.9'), '2001:db8::5');
    for (const none of ['-', '', 'unknown', '_secret']) assert.equal(clientOf(proxy, none), proxy.split(',')[0]);
  }
  assert.equal(clientOf('198.51.100.1', '203.0.113.9'), '198.51.100.1');
  assert.equal(clientOf('proxy.example', '203.0.113.9'), 'proxy.example');

  const json = (peer: string, forwarded: string) => {
    const { start } = parseFormat('json') as LineFormat;
    const line = `{"time_iso8601":"2026-11-17T10:00:00Z","remote_addr":"${peer}","http_x_forwarded_for":"${forwarded}","request":"GET / HTTP/1.1","status":200,"http_user_agent":"x"}`;
    const cut = start().cut(line);
    return cut.kind === 'fields' ? cut.fields.host : cut.kind;
  };
  assert.equal(json('10.0.0.7', '203.0.113.9, 10.9.9.9'), '203.0.113.9');
  assert.equal(json('fd00::1', '2001:db8::5'), '2001:db8::5');
  assert.equal(json('198.51.100.1', '203.0.113.9'), '198.51.100.1');
});

describe('L9 what is recognised, and what is refused', () => {
  const lines = checkInLines('2025-03-03T10:00:00Z', 120);

  test('C11 a small log is recognised too', () => {
    for (const [name, shape] of Object.values(JSON_SHAPES)) {
      assert.equal(recogniseFormat(logOf(jsonWriter(shape)(wires.slice(0, 1))))?.name, name);
    }
    assert.equal(recogniseFormat(logOf([]))?.name, 'combined');
    assert.equal(recogniseFormat(logOf(['', '# nothing']))?.name, 'combined');
    assert.equal(recogniseFormat(Buffer.from(lines[0]!.slice(0, 50)))?.name, 'combined');
  });

  test('C11 L11 junk that strangers send does not hide a format', () => {
    const junk = ['', '-', '\\x16\\x03\\x01', 'GET /?countme=1'].map(
      (asked) => `203.0.113.9 - - [17/Nov/2026:03:20:00 +0000] "${asked}" 400 0 "-" "-"`,
    );
    const log = lines.flatMap((line, i) => [line, junk[i % 4]!]);
    assert.equal(recogniseFormat(logOf(log))?.name, 'combined');
    const bad = {
      ClientIP: '203.0.113.9',
      ClientRequestMethod: '',
      ClientRequestURI: '',
      EdgeResponseStatus: 400,
      EdgeStartTimestamp: 1,
    };
    const json = jsonWriter(JSON_SHAPES['Cloudflare, seconds']![1])(wires).flatMap((line, i) => [
      line,
      JSON.stringify({ ...bad, EdgeStartTimestamp: START + i }),
    ]);
    assert.equal(recogniseFormat(logOf(json))?.name, 'cloudflare');
  });

  test('C11 L11 L12 what a container says beside its accesses hides no format, and strangers cannot make it', () => {
    const asks = 'GET /metalink?repo=x&countme=1 HTTP/1.1';
    const failed = `2026/11/17 03:20:00 [error] 29#29: *7 open() "/html/metalink" failed, client: 192.0.2.1, request: "${asks}"`;
    const apache = `[Tue Nov 17 03:20:00.123456 2026] [core:error] [pid 7:tid 9] [client 192.0.2.1:9] bad "${asks}"`;
    const starts = Array.from({ length: 12 }, (_, i) => `/docker-entrypoint.sh: ${i} done`);
    const accesses = combined(wires);
    const wrap = {
      cri: (stream: string, text: string) => `2026-11-17T03:20:00.1Z ${stream} F ${text}`,
      docker: (stream: string, text: string) => go({ log: `${utf8(text)}\n`, stream, time: '2026-11-17T03:20:00.1Z' }),
    };
    for (const [name, write] of Object.entries(wrap)) {
      const out = accesses.map((line) => write('stdout', line));
      const at = (stream: string, text: string) => out.flatMap((line) => [line, write(stream, text)]);
      const said = starts.map((line) => write('stdout', line));
      const logs = [at('stderr', failed), at('stderr', apache), at('stderr', 'PHP Notice: x'), [...said, ...out]];
      for (const log of [...logs, [...said, ...out.slice(0, 65), ...said, ...out.slice(65)]]) {
        assert.deepEqual(read(log, `${name}:combined`), expected);
      }
      assert.equal(recogniseFormat(logOf(at('stdout', 'what is read: countme=1'))), undefined, name);
      assert.deepEqual(read([...at('stdout', starts[0]!), ...said], `${name}:combined`), expected);
    }
  });

  test('C11 L9 L11 what servers say of connections without a request hides no format, however many there are', () => {
    const [, haproxy] = TEXT_FORMATS['HAProxy httplog']!;
    const failure = '203.0.113.9:443 [17/Nov/2026:03:20:00.123] https/1: SSL handshake failure';
    const tcp = '203.0.113.9:443 [17/Nov/2026:03:20:00.123] tcp-in back/srv 0/0/5 212 -- 1/1/1/1/0 0/0';
    const caddy = go({
      level: 'debug',
      ts: 1794885600.1,
      logger: 'http.stdlib',
      msg: 'http: TLS handshake error: EOF',
    });
    const kernel = 'Nov 17 03:20:00 web1 kernel: [UFW BLOCK] IN=eth0 SRC=203.0.113.9';
    const syslog = (line: string) => `Nov 17 03:20:00 web1 nginx: ${line}`;
    const logs: [string, string[], string][] = [
      ['haproxy_http', haproxy(wires), failure],
      ['haproxy_http', haproxy(wires), tcp],
      ['syslog:haproxy_http', haproxy(wires).map(syslog), syslog(failure)],
      ['caddy_json', jsonWriter(JSON_SHAPES['Caddy']![1])(wires), caddy],
      ['syslog:combined', combined(wires).map(syslog), kernel],
    ];
    const counts = ({ counted, rejections }: ReturnType<typeof read>) => [counted, rejections];
    for (const [name, lines, noise] of logs) {
      for (const share of [1, 3]) {
        const log = lines.flatMap((line) => [line, ...new Array<string>(share).fill(noise)]);
        assert.deepEqual(counts(read(log, name)), counts(expected), noise);
      }
    }
    const scanned = [...new Array<string>(2_000).fill(failure), ...haproxy(wires)];
    assert.deepEqual(counts(read(scanned, 'haproxy_http')), counts(expected));
  });

  test('C11 T1 times that cannot be read do not hide the format: their lines are rejected for them', async (context) => {
    const place = new Workplace(context);
    place.write(
      'localised.log',
      lines.map((line) => line.replace('Mar', 'mars')),
    );
    place.write(
      'zone.log',
      lines.map((line) => line.replace('+0000', 'UTC')),
    );
    const run = await place.ingest(['localised.log', 'zone.log']);
    for (const log of run.logs) assert.deepEqual(log.rejected, { time: 120 });
  });

  test('C11 P1 what is no access log is refused with the shape of a line and nothing of what it says', async (context) => {
    const place = new Workplace(context);
    const secret = (i: number) => `user-${i} visited secret.example from 192.0.2.${i} at noon: countme=1 {"a": [${i}]}`;
    place.write(
      'other.log',
      lines.map((_, i) => secret(i)),
    );
    place.write('small.log', [secret(7)]);
    const run = await place.ingest(['other.log', 'small.log']);
    assert.deepEqual(outcomes(run), ['refused 0', 'refused 0']);
    assert.equal(run.code, 1);
    for (const { reason } of run.logs) {
      assert.match(reason!, /a-9 a a\.a a 9\.9\.9\.9 a a: a=9 \{"a": \[9\]\}/);
      assert.doesNotMatch(reason!, /secret|user|192\.0/);
      assert.match(reason!, /--format.*caddy_json.*cloudfront.*docker.*LogFormat/);
    }
  });

  test('C11 L9 a refusal names the format that most lines fit', () => {
    const accesses = combined(wires);
    const log = [...accesses.slice(0, 92), ...accesses.slice(0, 8).map((_, i) => `said ${i}: countme=1`)];
    assert.match(unknownFormat(logOf(log)), / 92 of 100 lines are combined: .* --format combined\. /);
    const wrapped = log.map(WRAPPINGS['CRI']![1]);
    assert.equal(recogniseFormat(logOf(wrapped)), undefined);
    assert.match(unknownFormat(logOf(wrapped)), / 92 of 100 lines are cri:combined: .* --format cri:combined\. /);
    assert.doesNotMatch(unknownFormat(logOf(log.slice(90).concat(Array(20).fill('done')))), /lines are/);
  });

  test('P1 a shape holds no word and no number of its line', () => {
    assert.equal(shapeOf('2001:db8::1 \xc3\xbcn "GET /x?y=12 HTTP/1.1" \x01'), '9:a::9 a "a /a?a=9 a/9.9" ?');
    assert.ok(shapeOf('x.'.repeat(100_000)).length < 200);
  });

  test('C11 the columns of a W3C log may change where it says so', () => {
    const [, write] = TEXT_FORMATS['CloudFront']!;
    const [, other] = TEXT_FORMATS['CloudFront, encoded twice']!;
    const log = logOf([...write(wires.slice(0, 65)), ...other(wires.slice(65))]);
    assert.deepEqual(totalsOf(readInFormat(log, parseFormat('cloudfront'))), expected);
  });
});

describe(`no line makes a reader fail (seed ${seed})`, () => {
  const random = seededRandom(seed + 2);
  const sound = [
    ...Object.values(TEXT_FORMATS).flatMap(([, write]) => write(wires.slice(0, 4))),
    ...Object.values(JSON_SHAPES).flatMap(([, shape]) => jsonWriter(shape)(wires.slice(0, 4))),
  ];
  const wrapped = [...sound, ...Object.values(WRAPPINGS).flatMap(([, wrap]) => sound.slice(0, 40).map(wrap))];
  const broken = Array.from({ length: 1_500 }, () => {
    const line = random.pick(wrapped);
    const from = random.below(line.length);
    const kind = random.below(5);
    if (kind === 0) return line.slice(0, from);
    if (kind === 1) return line.slice(from);
    if (kind === 2) return `${line.slice(0, from)}${random.pick(wrapped).slice(random.below(80))}`;
    if (kind === 3)
      return line.replace(/"[^"]*"/, random.pick(['null', '[]', '{}', '1e999', '[[[1]]]', '"\\ud800"', 'true', '-0']));
    return `${line.slice(0, from)}${String.fromCharCode(random.below(256))}countme=${line.slice(from + 1)}`;
  }).filter((line) => !line.includes('\n'));
  const formats: LogFormat[] = [
    ...KNOWN_FORMATS,
    ...['syslog:combined', 'cri:json', 'docker:combined', 'journald:caddy_json', 'message:w3c'].map(parseFormat),
    parseFormat('{"t":"$time_iso8601","ip":"$remote_addr","r":"$request","s":"$status","ua":"$http_user_agent"}'),
  ];
  for (const format of formats) {
    test(`C06 C2 L6 ${format.name}`, () => {
      const log = logOf(broken);
      const totals = comparable(readInFormat(log, format));
      const cut = () => 1 + random.below(5000);
      assert.deepEqual(comparable(readInFormat(log, format, { withKernel: false, cut })), totals);
      const rejected = totals.rejections.reduce((sum, row) => sum + Number(row.split(' ')[2]), 0);
      assert.equal(totals.candidates, totals.counted + rejected);
    });
  }
});

/** A byte of a line changed, added or left out, at random or where JSON is touchy. */
function changedLine(random: Random, line: string): string {
  const at = random.below(line.length);
  const odd = random.pick([
    '"',
    '\\',
    '\\u0026',
    '\\u00e9',
    '\\n',
    '{',
    '}',
    ',',
    ':',
    ' ',
    '0',
    '-',
    '.',
    'e',
    '\x80',
    '\x01',
    'a',
  ]);
  return line.slice(0, at) + odd + line.slice(at + random.below(3));
}

describe(`L14 what is found by the shape of lines before is what parsing finds (seed ${seed})`, () => {
  const random = seededRandom(seed + 2);
  const plainWires = requests(random, 60);
  const oddWires = requests(random, 20, { agent: () => wireBytes(`libdnf (${oddText(random)}; b; Linux.c)`) });
  const asked = [...plainWires, ...oddWires, ...plainWires].filter(({ target }) => !target.includes(' '));

  function* lines(write: Writer): Generator<{ line: string; isChanged: boolean }> {
    for (const line of write(asked)) {
      yield { line, isChanged: false };
      for (let i = 0; i < 20; i++) yield { line: changedLine(random, line), isChanged: true };
    }
  }

  for (const [what, [name, shape]] of Object.entries(JSON_SHAPES)) {
    test(what, () => {
      for (const write of [utf8Json, go, ascii]) {
        const format = parseFormat(name) as LineFormat;
        const [learning, plain] = [format.start(), format.start()];
        let found = 0;
        for (const { line, isChanged } of lines(jsonWriter(shape, write))) {
          const bytes = Buffer.from(`x${line}\n`, 'latin1');
          const places = learning.find?.(bytes, 1, bytes.length - 1);
          const text = (field: keyof FieldPlaces) =>
            bytes.toString('latin1', places?.[field].from, places?.[field].end);
          const cut = plain.cut(line);
          if (places === undefined) {
            if (!isChanged) learning.cut(line);
          } else {
            found++;
            const fields = {
              host: text('host'),
              time: text('time'),
              method: text('method'),
              target: text('target').replaceAll('\\u0026', '&'),
              status: text('status'),
              agent: text('agent'),
            };
            const time = cut.kind === 'fields' ? cut.fields.time : '';
            const sameTime = readAnyTime(fields.time) === readAnyTime(time) ? time : fields.time;
            assert.deepEqual({ kind: 'fields', fields: { ...fields, time: sameTime } }, cut, line);
          }
        }
        const isFound = !NOT_LEARNT.includes(what);
        assert.equal(found > 200, isFound, `${found} found`);
      }
    });
  }

  for (const wrapper of ['docker', 'journald', 'message']) {
    test(wrapper, () => {
      const { start } = (parseFormat(`${wrapper}:combined`) as WrappedFormat).wrapper;
      const [learning, plain] = [start(), start()];
      const [, wrap] = Object.values(WRAPPINGS).find(([name]) => name === wrapper)!;
      const out = Buffer.alloc(200_000);
      let found = 0;
      for (const { line, isChanged } of lines((wires) => combined(wires).map(wrap))) {
        const bytes = Buffer.from(`x${line}\n`, 'latin1');
        const end = learning.openInto?.(out, 5, bytes, 1, bytes.length - 1);
        const opened = plain.open(line);
        if (end === undefined) {
          if (!isChanged) learning.open(line);
        } else {
          found++;
          assert.equal(opened.kind, 'line', line);
          assert.equal(opened.kind === 'line' && opened.text, out.toString('latin1', 5, end), line);
        }
      }
      assert.ok(found > 500, `${found} found`);
    });
  }
});

const utf8Json = (value: unknown) => wireBytes(JSON.stringify(value));
/** What stands in these is not what came over the wire, or in two pieces, or the client is told apart from a proxy. */
const NOT_LEARNT: readonly string[] = [
  'nginx behind a proxy',
  'Akamai DataStream 2',
  'CloudFront JSON',
  'Elastic, flat',
  'nginx in parts',
  'Apache',
];
