import assert from 'node:assert/strict';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import { ALL_SYSTEMS, type LogTally, PARTS } from '../../../src/flow/tallies/log-tally.ts';
import { logLine } from '../../support/log-lines.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { comparable, readWithKernel, readWithReference } from '../../support/readers.ts';

const seed = testSeed();

/** P5, from its text. */
const LOCAL = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  LOCAL.addSubnet(network, bits);
}
const GIVEN_OUT = new BlockList();
GIVEN_OUT.addSubnet('2000::', 3, 'ipv6');

type Kind = 'located' | 'local' | 'none';

function kindOf(host: string): Kind {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  const v4 = mapped ?? host;
  if (isIPv4(v4)) return LOCAL.check(v4) ? 'local' : 'located';
  if (!isIPv6(host) || host.includes('%')) return 'none';
  return GIVEN_OUT.check(host, 'ipv6') ? 'located' : 'local';
}

/** Hits of a tally by kind, of pairs or of countries. */
function kindsOf({ spread }: LogTally, ofCountries: boolean): Record<Kind, number> {
  const sums = { located: 0, local: 0, none: 0 };
  for (const [row, system] of spread.system.entries()) {
    if ((system === ALL_SYSTEMS) !== ofCountries) continue;
    for (let part = 0; part < PARTS; part++) {
      const kind = part < 30 ? 'located' : part === 30 ? 'local' : 'none';
      sums[kind] += spread.hits[row * PARTS + part]!;
    }
  }
  return sums;
}

test(`P5 P3 C6: both readers know a local address, one that can be a client's and none (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const octet = () => random.below(256);
  const edges = [0, 9, 10, 11, 99, 100, 101, 126, 127, 128, 168, 169, 170, 171, 172, 173, 191, 192, 193, 223, 224, 255];
  const seconds = [0, 15, 16, 31, 32, 63, 64, 127, 128, 167, 168, 169, 253, 254, 255];
  const pick = <Value>(values: readonly Value[]) => values[random.below(values.length)]!;
  const group = () => random.below(65_536).toString(16);
  const makers: (() => string)[] = [
    () => `${pick(edges)}.${pick(seconds)}.${octet()}.${octet()}`,
    () => `${octet()}.${octet()}.${octet()}.${octet()}`,
    () => `::ffff:${pick(edges)}.${pick(seconds)}.${octet()}.${octet()}`,
    () =>
      `${pick(['1fff', '2000', '2001', '3fff', '4000', 'fc00', 'fe80', 'ff02', '0'])}:${group()}:${group()}::${group()}`,
    () =>
      pick(['::1', '::', '-', 'localhost', 'host-1.isp.example', '1.2.3', '1.2.3.4.5', '256.1.1.1', 'fe80::1%eth0']),
  ];
  const hosts = Array.from({ length: 6_000 }, () => pick(makers)());
  const log = Buffer.from(hosts.map((host) => `${logLine({ host })}\n`).join(''));
  const expected = { located: 0, local: 0, none: 0 };
  for (const host of hosts) expected[kindOf(host)]++;
  assert.ok(Object.values(expected).every((count) => count > 300));
  const kernel = readWithKernel(log);
  const reference = readWithReference(log);
  assert.deepEqual(comparable(kernel), comparable(reference));
  for (const { tally } of [kernel, reference]) {
    assert.deepEqual(kindsOf(tally, false), expected);
    assert.deepEqual(kindsOf(tally, true), expected);
  }
});

test(`P3: a network lies in one part, and many networks lie in all, about as many in each (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const partsOf = (hosts: readonly string[]) => {
    const { tally } = readWithKernel(Buffer.from(hosts.map((host) => `${logLine({ host })}\n`).join('')));
    return [...tally.spread.hits.subarray(0, 30)];
  };
  const oneV4 = partsOf(Array.from({ length: 256 }, (_, at) => `198.51.77.${at}`));
  const oneV6 = partsOf(Array.from({ length: 256 }, (_, at) => `2001:db8:77:${at.toString(16)}::1`));
  for (const parts of [oneV4, oneV6])
    assert.deepEqual(
      parts.filter((count) => count > 0),
      [256],
    );
  // Neighbours, as of one provider, and networks from all over.
  const layouts = [
    (at: number) => `20.${at >> 8}.${at & 255}.1`,
    (at: number) => `2a01:4f8:${at.toString(16)}::1`,
    () => `${20 + random.below(60)}.${random.below(256)}.${random.below(256)}.1`,
  ];
  for (const hostOf of layouts) {
    const parts = partsOf(Array.from({ length: 9_000 }, (_, at) => hostOf(at)));
    assert.ok(Math.min(...parts) > 200 && Math.max(...parts) < 400, `${parts}`);
  }
});
