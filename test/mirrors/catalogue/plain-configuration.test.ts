import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { describeFinding } from '../../../src/mirrors/catalogue/finding.ts';
import { catalogueFiles } from '../../../src/mirrors/catalogue/folder.ts';
import { loadCatalogue } from '../../../src/mirrors/catalogue/load.ts';
import { memoryCatalogue } from '../../support/memory-catalogue.ts';

const DOCS = join(import.meta.dirname, '../../../docs');

function load(text: string) {
  const files = memoryCatalogue({ 'mirrors.yaml': text }, 'mirrors.yaml');
  const { catalogue, warnings, errors } = loadCatalogue({ files });
  return { catalogue, warnings: warnings.map(describeFinding), errors: errors.map(describeFinding) };
}

const SMALL = `versions: [42]
arches: [x86_64]
repositories:
  - name: main
    path: $basearch/
mirrors:
  - url: https://a.example.org/linux/
`;

describe('the plain configuration', () => {
  test('the example in docs/ is what it says', () => {
    const { catalogue, warnings, errors } = loadCatalogue({
      files: catalogueFiles(join(DOCS, 'mirrors.example.yaml')),
    });
    assert.deepEqual({ warnings, errors }, { warnings: [], errors: [] });
    assert.deepEqual(catalogue?.versions, ['8.10', '9.8']);
    assert.deepEqual(catalogue.aliases, [
      ['8', '8.10'],
      ['9', '9.8'],
    ]);
    assert.equal(catalogue.mirrors.length, 3);
    const [, second, third] = catalogue.mirrors;
    assert.deepEqual(second, {
      name: 'linux.example.net',
      file: 'mirrors.example.yaml',
      addresses: { https: 'https://linux.example.net/pub/linux', http: 'http://linux.example.net/pub/linux' },
      moduleAddresses: new Map(),
      country: 'US',
      city: 'Portland',
      place: { latitude: 45.5, longitude: -122.7 },
      isPrivate: false,
      isMonopoly: false,
      asns: [],
      subnets: [],
      weight: 2,
      sponsor: { name: 'Example Hosting', url: 'https://hosting.example.net/' },
      updateFrequency: '',
    });
    assert.equal(third?.country, 'NO');
    assert.deepEqual([third.isPrivate, third.asns, third.subnets.length], [true, [64_496], 2]);
  });

  test('the example of an endpoint without mirrors has its tags and nothing else', () => {
    const files = catalogueFiles(join(DOCS, 'mirrors-endpoint-only.example.yaml'));
    const { catalogue, warnings, errors } = loadCatalogue({ files });
    assert.deepEqual({ warnings, errors }, { warnings: [], errors: [] });
    assert.deepEqual(catalogue?.endpointTags, ['example-stable', 'example-testing']);
    assert.deepEqual([catalogue.mirrors, catalogue.repositories], [[], []]);
  });

  test('needs versions, arches, repositories and mirrors, and no more', () => {
    const { catalogue, warnings, errors } = load(SMALL);
    assert.deepEqual({ warnings, errors }, { warnings: [], errors: [] });
    assert.equal(catalogue?.mirrors[0]?.name, 'a.example.org');
    assert.deepEqual(catalogue.arches, [['', ['x86_64']]]);
    assert.equal(catalogue.allowedOutdate, 12 * 3600);
  });

  const left: [string, string, RegExp][] = [
    [
      'G06 an address inside',
      'http://[::1]/',
      /:8:5: mirrors\[1\]\.url: ::1 is no public address: the mirror is left out/,
    ],
    [
      'G06 an address by a strange scheme',
      'gopher://b.example.org/',
      /mirrors\[1\]\.url: .* is no address of a mirror/,
    ],
    ['the same name', 'https://a.example.org/b/', /mirrors\[1\]\.name: a\.example\.org is in mirrors\.yaml:7 already/],
  ];
  for (const [what, url, expected] of left) {
    test(`${what} leaves that mirror out`, () => {
      const { catalogue, errors } = load(`${SMALL}  - url: ${url}\n`);
      assert.equal(catalogue?.mirrors.length, 1);
      assert.match(errors.join('\n'), expected);
    });
  }

  const refused: [string, string, RegExp][] = [
    [
      'a mirror without url',
      `${SMALL}  - country: DE\n`,
      /mirrors\.yaml:8:5: mirrors\[1\]\.url: is missing: .*; write the folder/,
    ],
    ['a repository in no vault', SMALL.replace('$basearch/', '$basearch/\n    vault: true'), /vault: is missing/],
    ['a tag that leaves the repository open', `${SMALL}tag: fixed\n`, /:8:1: tag: expected \{repo\}/],
    ['tags missing', 'endpoint_only: true\n', /tags: is missing/],
    ['an endpoint that is none', 'endpoint_only: false\ntags: [a]\n', /endpoint_only: is not true/],
    ['a tag that no request can carry', 'endpoint_only: true\ntags: [a b]\n', /tags\[0\]: expected a repo= value/],
  ];
  for (const [what, text, expected] of refused) {
    test(`G09 ${what} refuses the snapshot`, () => {
      const { catalogue, errors } = load(text);
      assert.equal(catalogue, undefined);
      assert.match(errors.join('\n'), expected);
    });
  }

  test('unknown keys are warnings, wherever they stand', () => {
    const { catalogue, warnings } = load(`${SMALL}    contry: DE\nmirorrs: []\n`);
    assert.equal(catalogue?.mirrors.length, 1);
    assert.deepEqual(warnings.sort(), [
      'mirrors.yaml:8:5: mirrors[0].contry: unknown key, not read; did you mean country?',
      'mirrors.yaml:9:1: mirorrs: unknown key, not read; did you mean mirrors?',
    ]);
  });
});
