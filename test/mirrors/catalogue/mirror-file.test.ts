import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { describeFinding } from '../../../src/mirrors/catalogue/finding.ts';
import { loadCatalogue } from '../../../src/mirrors/catalogue/load.ts';
import type { Mirror } from '../../../src/mirrors/catalogue.ts';
import { folderWith, mirrorText } from '../../support/memory-catalogue.ts';
import { serviceConfiguration } from '../../support/mirror-service-configuration.ts';
import { testSeed } from '../../support/random.ts';

/** The catalogue of a folder with these files, and what was said about it. */
function load(mirrors: Record<string, string>, configuration?: string) {
  const { catalogue, warnings, errors } = loadCatalogue({ files: folderWith(mirrors, configuration) });
  return { catalogue, warnings: warnings.map(describeFinding), errors: errors.map(describeFinding) };
}

/** The service configuration with its first repository alone: read a hundred times. */
const SMALL_SERVICE = serviceConfiguration().replace(/(path: BaseOS.*\n)[\s\S]*/, '$1');

/** The one mirror of a file with these lines. */
function mirrorWith(...lines: string[]): { mirror: Mirror; warnings: string[]; errors: string[] } {
  const { catalogue, warnings, errors } = load({ 'm.example.org.yml': mirrorText('m.example.org', ...lines) });
  return { mirror: catalogue!.mirrors[0]!, warnings, errors };
}

describe('YAML as mirror admins write it', () => {
  const countries: [string, string, number][] = [
    ['NO', 'NO', 0],
    ["'NO'", 'NO', 0],
    ['"NO"', 'NO', 0],
    ['no', 'NO', 1],
    ['null', '', 0],
    ['~', '', 0],
    ['', '', 0],
    ['UK', 'GB', 1],
    ['Germany', 'DE', 1],
    ['Atlantis', '', 1],
    ['XX', '', 1],
  ];
  for (const [written, country, warned] of countries) {
    test(`country: ${written} is ${country === '' ? 'not known' : country}`, () => {
      const { mirror, warnings, errors } = mirrorWith('geolocation:', `  country: ${written}`);
      assert.equal(mirror.country, country);
      assert.equal(warnings.length, warned);
      assert.deepEqual(errors, []);
    });
  }

  test('geolocation: null is no geolocation', () => {
    assert.equal(mirrorWith('geolocation: null').mirror.country, '');
  });

  for (const [word, value] of [
    ['true', true],
    ['True', true],
    ['yes', true],
    ['on', true],
    ["'true'", true],
    ['false', false],
    ['no', false],
    ['Off', false],
    ['null', false],
  ] as const) {
    test(`private: ${word} is ${value}`, () => {
      assert.equal(mirrorWith(`private: ${word}`).mirror.isPrivate, value);
    });
  }

  test('private: perhaps leaves the mirror out: nobody must be sent to one that is', () => {
    const { catalogue, errors } = load({
      'a.example.org.yml': mirrorText('a.example.org', 'private: perhaps'),
      'b.example.org.yml': mirrorText('b.example.org'),
    });
    assert.deepEqual(
      catalogue?.mirrors.map(({ name }) => name),
      ['b.example.org'],
    );
    assert.deepEqual(errors, [
      'mirrors.d/a.example.org.yml:10:1: private: expected true or false; a mirror whose privacy is not certain is left out',
    ]);
  });

  const asns: [string, number[], number][] = [
    ['asn: 64496', [64_496], 0],
    ['asn: AS64496', [64_496], 0],
    ['asn: [64496, 65551]', [64_496, 65_551], 0],
    ['asn: [64496, nonsense, 65551]', [64_496, 65_551], 1],
    ['asn: 0', [], 1],
    ['asn: 4294967296', [], 1],
  ];
  for (const [line, expected, failed] of asns) {
    test(line, () => {
      const { mirror, errors } = mirrorWith(line);
      assert.deepEqual(mirror.asns, expected);
      assert.equal(errors.length, failed);
    });
  }

  test('a key given twice counts as the last, as elsewhere, and is told', () => {
    const { mirror, warnings } = mirrorWith('private: false', 'private: true');
    assert.equal(mirror.isPrivate, true);
    assert.match(warnings[0]!, /:11:1: private: is given twice/);
  });

  test('anchors, merged keys, CRLF, a byte order mark and document marks are YAML too', () => {
    const text = [
      '\uFEFF---',
      'name: m.example.org',
      'address: &main',
      '  https: https://m.example.org/almalinux',
      'address_optional:',
      '  kitten:',
      '    <<: *main',
      '    http: http://m.example.org/kitten//',
      '...',
      '',
    ].join('\r\n');
    const { catalogue, errors, warnings } = load({ 'm.example.org.yml': text });
    assert.deepEqual({ errors, warnings }, { errors: [], warnings: [] });
    assert.deepEqual(catalogue?.mirrors[0]?.moduleAddresses.get('kitten'), {
      http: 'http://m.example.org/kitten',
      https: 'https://m.example.org/almalinux',
    });
  });
});

describe('one bad file', () => {
  const bad: [string, string, RegExp][] = [
    ['is no YAML', 'name: "m', /^mirrors\.d\/bad\.yml:1:9: not YAML: .*; indent with spaces/],
    ['is indented with tabs', 'name: a.example.org\naddress:\n\thttp: x\n', /^mirrors\.d\/bad\.yml:3:1: not YAML: /],
    ['is empty', '', /name: is missing: expected a text; write name: and the host/],
    ['is a list', '- a\n- b\n', /^mirrors\.d\/bad\.yml:1:1: expected keys; write name:/],
    ['is a text', 'hello', /^mirrors\.d\/bad\.yml:1:1: expected keys/],
    ['has two documents', `${mirrorText('a.example.org')}---\n${mirrorText('b.example.org')}`, /not YAML: /],
    ['has no address', 'name: a.example.org\n', /address: is missing: expected keys; write address: with http:/],
    [
      'has only rsync',
      'name: a.example.org\naddress:\n  rsync: rsync://a.example.org/x\n',
      /:2:1: address: has no address by http or https/,
    ],
    ['has a list for a text', 'name: [a, b]\naddress:\n  http: http://a.example.org/\n', /:1:1: name: expected a text/],
    [
      'has no host name',
      'name: https://a.example.org/\naddress:\n  http: http://a.example.org/\n',
      /:1:1: name: "https.*" is no host name/,
    ],
    [
      'takes the name of another',
      mirrorText('good.example.org'),
      /name: good\.example\.org is in mirrors\.d\/a\.yml:1 already/,
    ],
    ['stands for more than memory holds', bomb(), /its aliases cannot be resolved/],
    ['is longer than any mirror', `# ${'x'.repeat(131_072)}`, /is longer than 131072 characters/],
  ];
  for (const [what, text, expected] of bad) {
    test(`G09 that ${what} is left out, and told; the others stay`, () => {
      const { catalogue, errors } = load({ 'a.yml': mirrorText('good.example.org'), 'bad.yml': text });
      assert.deepEqual(
        catalogue?.mirrors.map(({ name }) => name),
        ['good.example.org'],
      );
      assert.deepEqual(
        errors.filter((error) => !error.startsWith('mirrors.d/bad.yml:')),
        [],
      );
      assert.match(errors[0]!, expected);
    });
  }

  test('that cannot be read is left out, and told without its path on the machine', () => {
    const files = folderWith({ 'a.yml': mirrorText('good.example.org'), 'bad.yml': '' });
    const read = (path: string) => {
      if (path !== 'mirrors.d/bad.yml') return files.read(path);
      throw Object.assign(new Error('EACCES: /srv/secret/bad.yml'), { code: 'EACCES' });
    };
    const { catalogue, errors } = loadCatalogue({ files: { ...files, read } });
    assert.equal(catalogue?.mirrors.length, 1);
    assert.equal(errors.map(describeFinding)[0]?.split(';')[0], 'mirrors.d/bad.yml:1:1: cannot be read: EACCES');
  });

  test('whose name does not end in .yml is told: somebody forgot it', () => {
    const { warnings } = load({
      'a.yml': mirrorText('a.example.org'),
      'b.example.org': '',
      'README.md': '',
      '.swp': '',
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^mirrors\.d\/b\.example\.org:1:1: is not read/);
  });

  test('what it is told with cannot steer a terminal', () => {
    const { errors, warnings } = load({
      'a.yml': mirrorText('a.example.org'),
      'b\u001b[2J.yml': 'name: "\\e[2Jx"\naddress:\n  http: http://a.example.org\n"\\e[31m": 1\n',
    });
    assert.equal(errors.length, 1);
    assert.doesNotMatch([...errors, ...warnings].join(''), /\p{Cc}/u);
  });
});

test('G09 whatever stands in a file, the service loads and the other mirrors stay', () => {
  const seed = testSeed();
  const good = mirrorText('bad.example.org', 'asn: [1, 2]', 'subnets:', '  - 192.0.2.0/24', 'private: false');
  const piece = fc.constantFrom(
    '[',
    '{',
    '- ',
    ': ',
    '\n',
    '  ',
    '"',
    '&a ',
    '*a',
    '!!binary ',
    '<<: ',
    '? ',
    '|',
    '\t',
    '%YAML 9',
    '\0',
    '__proto__: ',
  );
  const damaged = fc
    .tuple(fc.nat(good.length), fc.nat(9), fc.oneof(piece, fc.string()))
    .map(([at, length, text]) => good.slice(0, at) + text + good.slice(at + length));
  fc.assert(
    fc.property(damaged, (text) => {
      const { catalogue } = load({ 'bad.yml': text, 'good.yml': mirrorText('good.example.org') }, SMALL_SERVICE);
      assert.ok(catalogue?.mirrors.some(({ name }) => name === 'good.example.org'));
    }),
    { seed, verbose: 1 },
  );
});

function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, at) => {
    const before = at === 0 ? 'x' : `*a${at - 1}`;
    return `k${at}: &a${at} [${Array(10).fill(before).join(', ')}]`;
  });
  return `${mirrorText('a.example.org')}${levels.join('\n')}\n`;
}

describe('G06 addresses in a mirror file', () => {
  const file = (...addresses: string[]) => ['name: m.example.org', 'address:', ...addresses].join('\n');
  const withOther = (text: string) => load({ 'good.yml': mirrorText('good.example.org'), 'm.example.org.yml': text });

  test('one that leads inside costs the mirror its place, though another is well', () => {
    const { catalogue, errors } = withOther(file('  https: https://m.example.org/', '  http: http://169.254.169.254/'));
    assert.equal(catalogue?.mirrors.length, 1);
    assert.deepEqual(errors, [
      'mirrors.d/m.example.org.yml:4:3: address.http: 169.254.169.254 is no public address: the mirror is left out; write the public host name of the mirror',
    ]);
  });

  test('of a module count as well', () => {
    const { catalogue, errors } = withOther(
      `${file('  https: https://m.example.org/')}\naddress_optional:\n  kitten:\n    http: http://localhost/\n`,
    );
    assert.equal(catalogue?.mirrors.length, 1);
    assert.match(errors[0]!, /:6:5: address_optional\.kitten\.http: "localhost" is no host name of the Internet/);
  });

  test('by rsync that is wrong is left out alone: nothing connects to it', () => {
    const { mirror, warnings } = mirrorWith('x: 1');
    assert.equal(warnings.length, 1);
    assert.deepEqual(Object.keys(mirror.addresses), ['http', 'https']);
    const loaded = withOther(file('  https: https://m.example.org/', '  rsync: m.example.org::almalinux'));
    assert.equal(loaded.catalogue?.mirrors.length, 2);
    assert.match(loaded.warnings[0]!, /:4:3: address\.rsync: .* is no rsync address: this address is left out/);
  });

  test('inside are welcome where the operator says that no stranger writes the files', () => {
    const configuration = serviceConfiguration().replace('...', 'internal_addresses: true');
    const text = 'name: m\naddress:\n  http: http://127.0.0.1:8081/x/\n';
    const { catalogue, errors } = load({ 'm.yml': text }, configuration);
    assert.deepEqual(errors, []);
    assert.equal(catalogue?.internalAddresses, true);
    assert.deepEqual(catalogue.mirrors[0]?.addresses, { http: 'http://127.0.0.1:8081/x' });
  });

  test('of a sponsor that are scripts are no links', () => {
    const { catalogue, warnings } = withOther(
      `${file('  https: https://m.example.org/')}\nsponsor_url: javascript:alert(1)\n`,
    );
    assert.equal(catalogue?.mirrors[1]?.sponsor.url, '');
    assert.match(warnings[0]!, /sponsor_url: .* is no address/);
  });
});

describe('networks of a mirror', () => {
  test('that are none, or as wide as half the Internet, are left out; the mirror stays', () => {
    const { mirror, errors } = mirrorWith(
      'subnets:',
      '  - 192.0.2.0/24',
      '  - 0.0.0.0/0',
      '  -',
      '  - 192.0.2.0/33',
      '  - ::/0',
      '  - 198.51.100.7',
      '  - 2001:db8::/32',
    );
    assert.deepEqual(mirror.subnets, ['192.0.2.0/24', '198.51.100.7/32', '2001:db8::/32']);
    assert.deepEqual(
      errors.map((error) => error.split(':').slice(1, 4).join(':')),
      ['12:5: subnets[1]', '13:4: subnets[2]', '14:5: subnets[3]', '15:5: subnets[4]'],
    );
  });

  test('may be behind an address, or in its place in the list, and come from what the check has loaded', () => {
    const list = { url: 'https://lists.example.org/networks.json', regions: [] };
    for (const lines of [[`subnets: ${list.url}`], ['subnets:', '  - 192.0.2.0/24', `  - ${list.url}`]]) {
      const files = folderWith({ 'm.example.org.yml': mirrorText('m.example.org', ...lines) });
      const unloaded = loadCatalogue({ files }).catalogue?.mirrors[0];
      assert.deepEqual(unloaded?.networkLists, [list]);
      const networksOf = ({ url }: { url: string }) => (url === list.url ? ['203.0.113.0/24'] : undefined);
      const loaded = loadCatalogue({ files, networksOf }).catalogue?.mirrors[0];
      assert.deepEqual(loaded?.subnets, [...(unloaded?.subnets ?? []), '203.0.113.0/24']);
    }
  });

  test('G06 a list on a private address is never loaded', () => {
    const { mirror, errors } = mirrorWith('subnets: https://10.0.0.1/networks.json');
    assert.equal(mirror.networkLists, undefined);
    assert.match(errors[0]!, /subnets: 10\.0\.0\.1 is no public address: it is left out/);
  });

  test('of a cloud are its own list, by region if one is named', () => {
    const one = mirrorWith('cloud_type: aws', 'cloud_regions: [eu-west-1]');
    assert.deepEqual(one.mirror.networkLists?.[0]?.regions, ['eu-west-1']);
    assert.equal(one.mirror.isPrivate, true, 'it is for the machines in that cloud');
    const azure = mirrorWith('cloud_type: azure', 'cloud_regions:', '  - all');
    assert.equal(azure.mirror.networkLists, undefined);
    assert.match(azure.warnings[0]!, /cloud_type: azure publishes no list/);
  });
});
