import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { HealthState, Mirror, RepositoryHealth, Whereabouts } from '../../../src/mirrors/catalogue.ts';
import {
  ask,
  type ClientParts,
  hosts,
  lines,
  mirror,
  NOW,
  serviceOf,
  smallCatalogue,
  stateOf,
} from '../../support/mirror-service.ts';
import { testSeed } from '../../support/random.ts';

const seed = testSeed();
const LIST = '/mirrorlist/9/baseos?arch=x86_64';

function listFor(mirrors: readonly Mirror[], client: ClientParts = {}, state?: HealthState, target = LIST): string[] {
  return hosts(ask(serviceOf(smallCatalogue(mirrors), state), target, client));
}

/** How often each host is first, over many networks. */
function firsts(mirrors: readonly Mirror[], client: ClientParts = {}): Map<string, number> {
  const service = serviceOf(smallCatalogue(mirrors));
  const counts = new Map<string, number>();
  for (let network = 0; network < 1000; network++) {
    const address = `10.${network >> 8}.${network & 255}.1`;
    const [first] = hosts(ask(service, LIST, { ...client, address }));
    counts.set(first!, (counts.get(first!) ?? 0) + 1);
  }
  return counts;
}

const BERLIN = { latitude: 52.5, longitude: 13.4 };
const HAMBURG = { latitude: 53.6, longitude: 10 };
const MUNICH = { latitude: 48.1, longitude: 11.6 };
const PARIS = { latitude: 48.9, longitude: 2.4 };
const TOKYO = { latitude: 35.7, longitude: 139.7 };

describe('which mirrors a client gets', () => {
  const everywhere = [
    mirror('tokyo', { country: 'JP', place: TOKYO }),
    mirror('paris', { country: 'FR', place: PARIS }),
    mirror('munich', { country: 'DE', place: MUNICH }),
    mirror('hamburg', { country: 'DE', place: HAMBURG }),
    mirror('berlin', { country: 'DE', place: BERLIN, hostAsn: 64500 }),
    mirror('somewhere-in-germany', { country: 'DE' }),
    mirror('declared', { country: 'JP', asns: [64500] }),
    mirror('network', { country: 'JP', subnets: ['192.0.2.0/24'] }),
    mirror('narrow', { country: 'US', subnets: ['192.0.2.0/28'] }),
  ];

  test('its network, longest prefix first; its ASN; near; its country by distance; others by distance', () => {
    const client = { place: BERLIN, asn: 64500 };
    assert.deepEqual(listFor(everywhere, client), [
      'narrow',
      'network',
      'declared',
      'berlin',
      'hamburg',
      'munich',
      'somewhere-in-germany',
      'paris',
      'tokyo',
    ]);
    assert.deepEqual(listFor(everywhere, { ...client, address: '192.0.2.16' }).slice(0, 2), ['network', 'declared']);
  });

  test('within 500 km in its country it is chance that decides, and beyond the distance', () => {
    const near = everywhere.filter(({ name }) => ['berlin', 'hamburg', 'munich'].includes(name));
    const counts = firsts(near, { place: BERLIN });
    assert.ok(counts.get('berlin')! > 400 && counts.get('hamburg')! > 400, JSON.stringify([...counts]));
    assert.equal(counts.get('munich'), undefined);
  });

  test('of a client of which only the country is known, all mirrors of the country take turns', () => {
    const counts = firsts(everywhere, {});
    assert.deepEqual([...counts.keys()].sort(), ['berlin', 'hamburg', 'munich', 'somewhere-in-germany']);
    for (const count of counts.values()) assert.ok(count > 180 && count < 330, String(count));
  });

  test('a mirror whose file says no country stands where the check found its address', () => {
    const mirrors = [
      mirror('unsaid', { country: '' }),
      mirror('other', { country: 'DE' }),
      mirror('far', { country: 'JP' }),
    ];
    const found = (unsaid: Whereabouts, other: Whereabouts = {}): HealthState => {
      const state = stateOf({ unsaid: {}, other: {} });
      const { unsaid: one, other: two } = state.mirrors;
      return {
        ...state,
        mirrors: { unsaid: { ...one!, whereabouts: unsaid }, other: { ...two!, whereabouts: other } },
      };
    };
    assert.equal(listFor(mirrors, { country: 'US' }, found({ country: 'US' }))[0], 'unsaid');
    const inBerlin = found({ country: 'DE', place: MUNICH }, { country: 'DE', place: BERLIN });
    assert.deepEqual(listFor(mirrors, { place: BERLIN }, inBerlin), ['other', 'unsaid', 'far']);
    const sameNetwork = found({ country: 'DE', asn: 64500 }, { country: 'DE' });
    assert.equal(listFor(mirrors, { asn: 64500 }, sameNetwork)[0], 'unsaid');
    // Its file says Germany, the database says Japan: announced from many places, or wrong.
    const contrary = found({}, { country: 'JP', place: TOKYO });
    assert.equal(listFor(mirrors, { place: BERLIN }, contrary)[0], 'other');
  });

  test('G10: where a country has none, its continent comes before the rest; an unknown client gets any', () => {
    const mirrors = [...everywhere.slice(0, 5), mirror('nl', { country: 'NL' }), mirror('us', { country: 'US' })];
    assert.deepEqual([...firsts(mirrors, { country: 'NL' }).keys()], ['nl']);
    const fromContinent = listFor(mirrors.slice(0, 5), { country: 'NL' });
    assert.equal(fromContinent.at(-1), 'tokyo');
    for (const country of ['', 'ZZ', 'AQ']) {
      const counts = firsts(mirrors, { country });
      assert.equal(counts.size, mirrors.length, country);
      for (const count of counts.values()) assert.ok(count > 90 && count < 200, String(count));
    }
  });

  test('a heavier mirror is first more often, and one of weight 0 is last', () => {
    const mirrors = [mirror('one'), mirror('three', { weight: 3 }), mirror('parked', { weight: 0 })];
    const counts = firsts(mirrors);
    assert.ok(counts.get('three')! > 680 && counts.get('three')! < 820, JSON.stringify([...counts]));
    assert.equal(counts.get('parked'), undefined);
    assert.equal(listFor(mirrors).at(-1), 'parked');
  });

  test('a monopoly is alone in its networks, and like any other elsewhere', () => {
    const mirrors = [mirror('a'), mirror('b'), mirror('only', { isMonopoly: true, subnets: ['192.0.2.9/32'] })];
    assert.deepEqual(listFor(mirrors, { address: '192.0.2.9' }), ['only']);
    // A neighbour in the same /24 is a stranger.
    assert.deepEqual(listFor(mirrors, { address: '192.0.2.10' }).sort(), ['a', 'b', 'only']);
    const broken = stateOf({ only: { isListed: false, verdict: 'unreachable' } });
    assert.deepEqual(listFor(mirrors, { address: '192.0.2.9' }, broken).sort(), ['a', 'b']);
  });

  test('a private mirror is given by network and ASN only', () => {
    const mirrors = [
      mirror('public', { country: 'JP' }),
      mirror('private', { country: 'DE', isPrivate: true, subnets: ['2001:db8::/32'], asns: [64501] }),
      mirror('parked', { country: 'DE', isPrivate: true }),
    ];
    assert.deepEqual(listFor(mirrors), ['public']);
    assert.deepEqual(listFor(mirrors, { address: '2001:db8::1' }), ['private', 'public']);
    assert.deepEqual(listFor(mirrors, { asn: 64501 }), ['private', 'public']);
    // Whoever names a country may ask for somebody else.
    assert.deepEqual(listFor(mirrors, { asn: 64501 }, undefined, `${LIST}&country=DE`), ['public']);
    assert.deepEqual(listFor(mirrors, { asn: 64501 }, undefined, `${LIST}&country=global`), ['public']);
  });
});

describe('the same mirror for all repositories of a run', () => {
  const mirrors = Array.from({ length: 30 }, (_, number) => mirror(`m${number}`));
  const service = serviceOf(smallCatalogue(mirrors));
  const first = (target: string, address: string, now = NOW) => hosts(ask(service, target, { address }, { now }))[0];

  test('N4: by /24 or /48 and hour', () => {
    for (const [address, neighbour] of [
      ['192.0.2.1', '192.0.2.200'],
      ['2001:db8:5::1', '2001:db8:5:ffff::9'],
    ] as const) {
      const expected = first('/mirrorlist/9/baseos', address);
      for (const target of [
        '/mirrorlist/9/appstream',
        '/mirrorlist/8/powertools',
        '/metalink?repo=baseos-9&arch=x86_64',
      ]) {
        assert.equal(first(target, address, NOW + 3599), expected);
        assert.equal(first(target, neighbour), expected);
      }
    }
  });

  test('another hour and another network have another order', () => {
    const hours = Array.from({ length: 40 }, (_, hour) => first(LIST, '192.0.2.1', NOW + hour * 3600));
    const networks = Array.from({ length: 40 }, (_, network) => first(LIST, `10.0.${network}.1`));
    assert.ok(new Set(hours).size > 10 && new Set(networks).size > 10);
  });
});

describe('health', () => {
  const mirrors = ['a', 'b', 'c'].map((name) => mirror(name, { country: 'DE' }));
  const unlisted = (verdict: RepositoryHealth['verdict'], since = '2026-07-15T06:00:00Z') => ({
    isListed: false,
    verdict,
    since,
  });

  test('only listed mirrors are given; one that was never checked is listed', () => {
    const state = stateOf({ a: unlisted('broken'), b: { verdict: 'previous' } });
    assert.deepEqual(listFor(mirrors, {}, state).sort(), ['b', 'c']);
    // Of another repository nothing bad is known.
    assert.deepEqual(listFor(mirrors, {}, state, '/mirrorlist/9/appstream?arch=x86_64').sort(), ['a', 'b', 'c']);
  });

  test('a mirror that has not all architectures is given to those that it serves', () => {
    const state = stateOf({ a: unlisted('missing') });
    assert.deepEqual(listFor(mirrors, {}, state, '/mirrorlist/9/baseos?arch=aarch64').sort(), ['a', 'b', 'c']);
    assert.deepEqual(listFor(mirrors, { arch: 'aarch64' }, state, '/mirrorlist/9/baseos').sort(), ['a', 'b', 'c']);
    assert.deepEqual(listFor(mirrors, {}, state, '/mirrorlist/9/baseos').sort(), ['b', 'c']);
    assert.deepEqual(listFor(mirrors, { arch: 'pdp11' }, state, '/mirrorlist/9/baseos').sort(), ['b', 'c']);
  });

  test('a mirror whose certificate has expired is given out by http, and to nobody who wants https', () => {
    const both = { http: 'http://expired.example/linux', https: 'https://expired.example/linux' };
    const mirrors = [mirror('expired', { addresses: both }), mirror('well')];
    const state = stateOf({ expired: {}, well: {} });
    const broken = { ok: false, since: '2026-07-15T06:00:00Z', reason: 'https: the TLS certificate has expired' };
    const expired = { ...state.mirrors['expired']!, schemes: { http: { ...broken, ok: true }, https: broken } };
    const service = serviceOf(smallCatalogue(mirrors), { ...state, mirrors: { ...state.mirrors, expired } });
    const metalink = ask(service, '/metalink/9/baseos?arch=x86_64').body;
    assert.match(metalink, /http:\/\/expired\.example\/linux/);
    assert.doesNotMatch(metalink, /https:\/\/expired\.example/);
    assert.doesNotMatch(ask(service, `${LIST}&protocol=https`).body, /expired/);
  });

  test('IPv6: of a check that has no IPv6 nothing is known, and clients get what they ask for', () => {
    const mirrors = [mirror('de'), mirror('jp', { country: 'JP' })];
    const state = stateOf({ de: {}, jp: {} });
    const blind = Object.entries(state.mirrors).map(([name, health]) => [name, { ...health, v6: undefined }]);
    const answer = ask(
      serviceOf(smallCatalogue(mirrors), { ...state, mirrors: Object.fromEntries(blind) }),
      `${LIST}&country=JP`,
      { address: '2001:db8::1' },
    );
    assert.deepEqual(hosts(answer), ['jp']);
    assert.equal(answer.choice!.resort, 'none');
  });

  test('IPv6: a mirror that does not answer on the kind of address that the client has is left out', () => {
    const state = stateOf({ a: { v6: false }, b: { v4: false }, c: {} });
    assert.deepEqual(listFor(mirrors, { address: '2001:db8::1' }, state).sort(), ['b', 'c']);
    assert.deepEqual(listFor(mirrors, { address: '192.0.2.1' }, state).sort(), ['a', 'c']);
    const none = stateOf({ a: { v6: false }, b: { v6: false }, c: { v6: false } });
    assert.deepEqual(listFor(mirrors, { address: '2001:db8::1' }, none).sort(), ['a', 'b', 'c']);
  });

  test('G09: all mirrors unfit: what fell behind last first, then the master', () => {
    const state = stateOf({
      a: unlisted('stale', '2026-07-13T00:00:00Z'),
      b: unlisted('stale', '2026-07-14T00:00:00Z'),
      c: unlisted('previous', '2026-07-01T00:00:00Z'),
    });
    assert.deepEqual(listFor(mirrors, {}, state), ['c', 'b', 'a', 'master.example.org']);
    const dead = stateOf({ a: unlisted('unreachable'), b: unlisted('broken'), c: unlisted('missing') });
    assert.deepEqual(listFor(mirrors, {}, dead), ['master.example.org']);
    const without = serviceOf(smallCatalogue(mirrors, { master: undefined }), dead);
    assert.deepEqual(hosts(ask(without, LIST)).sort(), ['a', 'b', 'c']);
    const nothing = serviceOf(smallCatalogue([], { master: undefined }));
    assert.deepEqual(lines(ask(nothing, LIST)), ['http://vault.example.org/9.8/BaseOS/x86_64/os/']);
  });

  test('K5: an emergency leaves the newest metadata only, until it ends', () => {
    const emergency = { repositories: ['baseos'], until: new Date((NOW + 60) * 1000).toISOString(), why: 'a fix' };
    const state = stateOf({ a: {}, b: { verdict: 'previous' } }, { emergency });
    assert.deepEqual(listFor(mirrors, {}, state), ['a']);
    assert.deepEqual(listFor(mirrors, {}, state, '/mirrorlist/9/appstream?arch=x86_64').sort(), ['a', 'b', 'c']);
    const all = { ...state, emergency: { ...emergency, repositories: 'all' as const } };
    assert.deepEqual(listFor(mirrors, {}, all), ['a']);
    const service = serviceOf(smallCatalogue(mirrors), state);
    assert.deepEqual(hosts(ask(service, LIST, {}, { now: NOW + 60 })).sort(), ['a', 'b', 'c']);
    const behind = { ...state, mirrors: stateOf({ a: { verdict: 'previous' } }).mirrors };
    assert.deepEqual(listFor(mirrors, {}, behind), ['master.example.org']);
  });
});

describe(`of any catalogue, state and client (seed ${seed})`, () => {
  const verdicts = ['current', 'previous', 'stale', 'missing', 'unreachable', 'broken'] as const;
  const network = fc.constantFrom('192.0.2.0/24', '192.0.2.7/32', '198.51.100.0/25', '2001:db8::/32', 'nonsense');
  const anyMirror = fc.record({
    country: fc.constantFrom('', 'DE', 'FR', 'US', 'JP'),
    place: fc.constantFrom(undefined, BERLIN, PARIS, TOKYO),
    isPrivate: fc.boolean(),
    isMonopoly: fc.boolean(),
    asns: fc.subarray([64500, 64501]),
    subnets: fc.uniqueArray(network, { maxLength: 2 }),
    weight: fc.constantFrom(0, 1, 5),
  });
  const health = fc.record({
    verdict: fc.constantFrom(...verdicts),
    isListed: fc.boolean(),
    v4: fc.boolean(),
    v6: fc.boolean(),
  });
  const client = fc.record({
    address: fc.constantFrom('192.0.2.7', '192.0.2.8', '203.0.113.5', '2001:db8::5', '2001:db9::5', '', 'nonsense'),
    country: fc.constantFrom('', 'ZZ', 'DE', 'US', 'AQ'),
    asn: fc.constantFrom(undefined, 64500, 64999),
    place: fc.constantFrom(undefined, BERLIN, TOKYO),
  });
  const filter = fc.constantFrom(
    '',
    '&country=DE',
    '&country=AQ',
    '&country=global',
    '&protocol=https',
    '&protocol=http',
  );
  const world = fc.record({ mirrors: fc.array(fc.tuple(anyMirror, health), { maxLength: 25 }), client, filter });

  const build = (parts: readonly (readonly [Partial<Mirror>, object])[]) => ({
    mirrors: parts.map(([mirrorParts], index) => mirror(`m${index}`, mirrorParts)),
    state: stateOf(Object.fromEntries(parts.map(([, healthParts], index) => [`m${index}`, healthParts]))),
  });

  test('N2: the list is never empty and has at most ten, none twice, and no private mirror for strangers', () => {
    const property = fc.property(world, ({ mirrors: parts, client, filter }) => {
      const { mirrors, state } = build(parts);
      const found = listFor(mirrors, client, state, LIST + filter);
      assert.ok(found.length >= 1 && found.length <= 10);
      assert.equal(new Set(found).size, found.length);
      const isTheirs = ({ asns, subnets }: Mirror) =>
        (client.asn !== undefined && asns.includes(client.asn)) ||
        subnets.some((cidr) => cidr.startsWith(client.address.slice(0, 5) || 'no address'));
      const strange = mirrors.filter((one) => one.isPrivate && found.includes(one.name) && !isTheirs(one));
      assert.deepEqual(strange, []);
    });
    fc.assert(property, { seed, numRuns: 400 });
  });

  test('the order of files changes nothing', () => {
    const property = fc.property(world, fc.integer(), ({ mirrors: parts, client, filter }, turn) => {
      const { mirrors, state } = build(parts);
      const turned = mirrors
        .map((one, index) => ({ one, key: Math.imul(index + 1, turn | 1) }))
        .sort((a, b) => a.key - b.key);
      const again = turned.map(({ one }) => one);
      assert.deepEqual(listFor(again, client, state, LIST + filter), listFor(mirrors, client, state, LIST + filter));
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test('a mirror that goes leaves the order of the others as it was', () => {
    const names = Array.from({ length: 9 }, (_, number) => mirror(`m${number}`));
    const property = fc.property(client, fc.integer({ min: 0, max: 8 }), (asked, gone) => {
      const without = names.filter((_, index) => index !== gone);
      assert.deepEqual(
        listFor(without, asked),
        listFor(names, asked).filter((name) => name !== `m${gone}`),
      );
    });
    fc.assert(property, { seed, numRuns: 100 });
  });
});
