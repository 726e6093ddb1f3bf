import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Catalogue, HealthState, Mirror } from '../../../src/mirrors/catalogue.ts';
import { mirrorStatuses } from '../../../src/mirrors/serve/mirror-status.ts';
import { mirrorPage, mirrorsPage } from '../../../src/mirrors/serve/status-pages.ts';

const EARLY = '2026-07-13T08:00:00Z';
const LATE = '2026-07-15T18:00:00Z';

function mirror(name: string, more: Partial<Mirror> = {}): Mirror {
  return {
    name,
    file: `mirrors.d/${name}.yml`,
    addresses: { https: `https://${name}/pub` },
    moduleAddresses: new Map(),
    country: 'DE',
    city: '',
    place: undefined,
    isPrivate: false,
    isMonopoly: false,
    asns: [],
    subnets: [],
    weight: 1,
    sponsor: { name: 'Example', url: 'https://example.org/' },
    updateFrequency: '3h',
    ...more,
  };
}

function catalogue(mirrors: Mirror[]): Catalogue {
  return {
    versions: ['9'],
    aliases: [],
    modules: new Map(),
    vaultVersions: [],
    vault: undefined,
    master: undefined,
    arches: [],
    repositories: [],
    mirrors,
    allowedOutdate: 43_200,
    tag: '{repo}-{version}',
  };
}

type MirrorHealth = HealthState['mirrors'][string];

function health(listed: boolean[], more: Partial<MirrorHealth> = {}): MirrorHealth {
  const repositories = listed.map((isListed, at) => [
    `9/repository${at}/x86_64`,
    isListed
      ? { verdict: 'current', since: EARLY, reason: '', failures: 0, isListed }
      : { verdict: 'stale', since: LATE, reason: 'its repomd.xml is 5 days old', failures: 4, isListed },
  ]);
  const well = { ok: true, since: EARLY, reason: '' };
  return { v4: well, v6: undefined, time: undefined, repositories: Object.fromEntries(repositories), ...more };
}

function statusesOf(states: Record<string, MirrorHealth>, mirrors = Object.keys(states).map((name) => mirror(name))) {
  const state: HealthState = {
    format: 'rollcall-health-v1',
    checked: LATE,
    emergency: undefined,
    truth: {},
    mirrors: states,
  };
  return mirrorStatuses({ catalogue: catalogue(mirrors), state });
}

describe('why is a mirror listed or not, since when, what failed', () => {
  const down = { ok: false, since: LATE, reason: 'the connection was refused' };
  const cases: [name: string, health: MirrorHealth, listed: string, since: string | undefined][] = [
    ['all is well', health([true, true]), 'yes', EARLY],
    ['one repository is stale', health([true, false]), 'partly', LATE],
    ['all are stale', health([false, false]), 'no', LATE],
    ['it does not answer', health([true], { v4: down }), 'no', LATE],
    [
      'it answers on IPv6 alone',
      health([true], { v4: down, v6: { ok: true, since: EARLY, reason: '' } }),
      'yes',
      EARLY,
    ],
    ['nothing is known', health([]), 'unchecked', undefined],
  ];
  for (const [name, state, listed, since] of cases) {
    test(name, () => {
      const [status] = statusesOf({ 'm.example.org': state });
      assert.deepEqual([status!.listed, status!.since], [listed, since]);
    });
  }

  test('the page says what failed, the worst first', () => {
    const schemes = {
      http: { ...down, ok: true, reason: '' },
      https: { ...down, reason: 'the certificate has expired' },
    };
    const [status] = statusesOf({ 'm.example.org': health([true, false], { v6: down, schemes }) });
    const html = mirrorPage(status!, { checked: LATE, emergency: undefined });
    assert.match(html, /Listed for some repositories since 2026-07-15 18:00 UTC/);
    assert.match(html, /the connection was refused/);
    assert.ok(html.indexOf('9/repository1') < html.indexOf('9/repository0'));
    assert.match(html, /its repomd\.xml is 5 days old/);
    assert.match(html, /https<\/th><td>does not answer<\/td>.*the certificate has expired/);
    assert.match(html, /<a href="https:\/\/example\.org\/" rel="nofollow">Example<\/a>/);
    assert.match(html, /<dd>https:\/\/m\.example\.org\/pub<\/dd>/);
  });

  test('private mirrors are nobody’s business', () => {
    const mirrors = [mirror('a.example.org'), mirror('b.example.org', { isPrivate: true })];
    const names = statusesOf({ 'b.example.org': health([true]) }, mirrors).map(({ name }) => name);
    assert.deepEqual(names, ['a.example.org']);
  });

  test('F01 F02: what strangers write into their files is text, and no page has a script', () => {
    const payloads = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "javascript:alert('x')",
      '&#x3c;b>',
    ];
    const tagsFor = (payload: string) => {
      // The loader lets nothing but http and https be a sponsor's address.
      const sponsor = { name: payload, url: 'https://sponsor.example/?"><b>' };
      const more = { country: payload, city: payload, updateFrequency: payload };
      const hostile = mirror('m.example.org', { sponsor, ...more });
      const reach = { ok: false, since: payload, reason: payload };
      const statuses = statusesOf({ 'm.example.org': { ...health([false]), v4: reach, time: payload } }, [hostile]);
      const origin = { checked: LATE, emergency: { until: LATE, why: payload } };
      const html = mirrorsPage(statuses, origin) + mirrorPage(statuses[0]!, origin);
      return html.match(/<[^>]*>/g);
    };
    const harmless = tagsFor('harmless');
    assert.ok(!harmless!.some((tag) => tag.startsWith('<script')));
    for (const payload of payloads) assert.deepEqual(tagsFor(payload), harmless);
  });
});
