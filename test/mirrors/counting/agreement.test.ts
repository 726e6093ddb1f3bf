import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logOfLines } from '../../support/log-lines.ts';
import { arrivalOf, nginxLine, type WireRequest } from '../../support/nginx-log.ts';
import { testSeed } from '../../support/random.ts';
import { readWithKernel, readWithReference } from '../../support/readers.ts';
import { MemoryFolder, readSegment, startSpool, totalsOf } from '../../support/spool-in-memory.ts';

const seed = testSeed();
/** 2025-08-06 10:00 UTC. */
const NOON = Date.parse('2025-08-06T10:00:00Z') / 1000;

const bytes = (from: number, until: number) =>
  fc.integer({ min: from, max: until }).map((byte) => String.fromCharCode(byte));
/** What an HTTP parser lets through in a target: no space, no control bytes. */
const targetByte = fc.oneof({ weight: 4, arbitrary: bytes(0x21, 0x7e) }, bytes(0x80, 0xff));
const agentByte = fc.oneof({ weight: 8, arbitrary: bytes(0x20, 0x7e) }, bytes(0x80, 0xff), fc.constant('\t'));
const wild = (byte: fc.Arbitrary<string>, maxLength: number) => fc.string({ unit: byte, maxLength });

const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('epel-9', 'baseos-9', 'x86_64', 'aarch64') },
  fc.constantFrom(
    '\\x41',
    '\\',
    '"',
    '\\"',
    '%22',
    '%5Cx41',
    '%C3%A9',
    '\xc3\xa9',
    '%FF',
    '%00',
    'a+b',
    '',
    '\\n',
    '=',
    '%',
  ),
  fc.constantFrom('y'.repeat(255), 'y'.repeat(256), '\xc3\xa9'.repeat(32), '"'.repeat(64), '__proto__', 'constructor'),
  wild(targetByte, 12).map((text) => text.replace(/[&#]/g, '')),
);
const age = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('1', '2', '3', '4') },
  fc.constantFrom('0', '5', '', '01', '%31', '\xd9\xa3'),
);
const pair = fc.oneof(
  { weight: 3, arbitrary: value.map((text) => `repo=${text}`) },
  { weight: 3, arbitrary: value.map((text) => `arch=${text}`) },
  fc.constantFrom('countme', 'countme=1', 'repo', 'x=countme=1', 'ip=203.0.113.77', '', '?countme=1'),
);
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('/mirrorlist', '/metalink', '/mirrorlist/9/baseos', '/metalink/40/fedora') },
  fc.constantFrom(
    '/',
    '*',
    '/x/metalink',
    'http://h/metalink',
    'https://h',
    '/mirrorlist//a',
    '/metalink/%39/"',
    '/MIRRORLIST',
  ),
  fc.tuple(value, value).map(([version, repo]) => `/mirrorlist/${version}/${repo}`),
  wild(targetByte, 20),
);
const endOfPath = fc.oneof({ weight: 5, arbitrary: fc.constant('?') }, fc.constantFrom('&', '&?', '%26'));
const target = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(path, endOfPath, fc.array(pair, { maxLength: 3 }), age)
      .map(([front, end, pairs, number]) => `${front}${end}${[...pairs, `countme=${number}`].join('&')}`),
  },
  fc.tuple(path, fc.array(pair, { maxLength: 3 })).map(([front, pairs]) => `${front}?${pairs.join('&')}`),
  wild(targetByte, 60).map((text) => `/${text}`),
);
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('AlmaLinux', 'Fedora Linux', 'generic', '') },
  fc.constantFrom(
    '"cayo"',
    '\\x22cayo\\x22',
    '\xc3\x84lma "Q" L; (beta)',
    'A\tB',
    '\xff',
    'z'.repeat(300),
    '\xe2\x80\xae',
  ),
  wild(agentByte, 10),
);
const agent = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('libdnf', 'rpm-ostree', 'libdnf/0.69', 'libdnfx', 'curl'), text, text, text)
      .map(([client, name, variant, arch]) => `${client} (${name} 9.6; ${variant}; Linux.${arch})`),
  },
  fc.constantFrom('libdnf', '', '-', 'libdnf/', 'libdnf \\', 'libdnf\\x20(X 1; v; L.x)'),
  wild(agentByte, 40),
);
const request: fc.Arbitrary<WireRequest> = fc.record({
  address: fc.oneof(
    fc.tuple(fc.nat(3), fc.nat(255)).map(([net, host]) => `10.1.${net}.${host}`),
    fc.constantFrom('192.0.2.1', '2001:db8:1::7', '2001:db8:2::7', '::ffff:10.9.8.7', '203.0.113.77', 'unix:'),
  ),
  // Over the end of an hour and, now and then, back: and before counting began.
  time: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: NOON, max: NOON + 7_200 }) },
    fc.constantFrom(1_000, NOON + 604_800),
  ),
  method: fc.oneof({ weight: 9, arbitrary: fc.constant('GET') }, fc.constantFrom('HEAD', 'POST', 'M-SEARCH')),
  target,
  // A parser takes spaces off both ends.
  agent: agent.map((text) => text.replace(/^[\t ]+|[\t ]+$/g, '')),
  status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.constantFrom(302, 404, 429, 503)),
});

test(`W1 C2 C6 S5: requests counted on arrival give the totals of nginx's log of them (seed ${seed})`, async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 40 }),
      fc.array(fc.boolean(), { maxLength: 40 }),
      async (requests, flushes) => {
        const folder = new MemoryFolder();
        const { spool } = startSpool(folder, NOON);
        for (const [place, one] of requests.entries()) {
          spool.arrive(arrivalOf(one));
          if (flushes[place] === true) await spool.flush();
        }
        await spool.close();
        const segments = [...folder.files.values()].map(
          (segment) => readSegment(segment, undefined, 1 + (segment.length % 97)).tally,
        );

        const log = logOfLines(requests.map(nginxLine));
        const bySpool = totalsOf(segments);
        assert.deepEqual(bySpool, totalsOf([readWithReference(log).tally]));
        assert.deepEqual(bySpool, totalsOf([readWithKernel(log).tally]));
        for (const key of Object.keys(bySpool.rejections)) seen.add(key.split(' ')[0]!);
        if (Object.keys(bySpool.cells).length > 0) seen.add('counted');
      },
    ),
    { seed, numRuns: 400 },
  );
  const reasons = ['counted', 'method', 'path', 'duplicate-key', 'encoding', 'age', 'time-range', 'agent', 'status'];
  assert.deepEqual(
    reasons.filter((reason) => !seen.has(reason)),
    [],
    'each way to be rejected came up',
  );
});
