import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeFinding } from '../../../src/mirrors/catalogue/finding.ts';
import { catalogueFiles } from '../../../src/mirrors/catalogue/folder.ts';
import { loadCatalogue } from '../../../src/mirrors/catalogue/load.ts';
import type { Mirror } from '../../../src/mirrors/catalogue.ts';
import { folderWith, memoryCatalogue, mirrorText } from '../../support/memory-catalogue.ts';
import { MIRROR_COUNT, type PlannedMirror, writeMirrorFolder } from '../../support/mirror-folder.ts';
import { serviceConfiguration, VAULT_VERSIONS } from '../../support/mirror-service-configuration.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The catalogue of a folder with these files, and what was said about it. */
function load(mirrors: Record<string, string>, configuration?: string) {
  const { catalogue, warnings, errors } = loadCatalogue({ files: folderWith(mirrors, configuration) });
  return { catalogue, warnings: warnings.map(describeFinding), errors: errors.map(describeFinding) };
}

describe('a folder of the real size and with its oddities', () => {
  for (const seed of [1, 2, 3]) {
    const folder = temporaryFolder();
    const { mirrors: planned } = writeMirrorFolder(folder, seed);
    const { catalogue, warnings, errors } = loadCatalogue({ files: catalogueFiles(folder) });
    const mirrors = catalogue?.mirrors ?? [];
    const count = (isOne: (mirror: Mirror) => boolean) => mirrors.filter(isOne).length;

    test(`seed ${seed}: all 530 mirrors load, none is rejected`, () => {
      assert.equal(mirrors.length, MIRROR_COUNT);
      assert.deepEqual(errors, []);
      assert.deepEqual(
        mirrors.map(({ name }) => name),
        planned.map(({ name }) => name),
      );
    });

    test(`seed ${seed}: warnings are those planted, and no others`, () => {
      const told = warnings.map(({ file, path }) => `${file} ${path}`);
      assert.deepEqual(told.sort(), planned.flatMap(plantedWarnings).sort());
    });

    test(`seed ${seed}: every field arrives`, () => {
      assert.equal(
        count(({ addresses }) => addresses.http !== undefined),
        508,
      );
      assert.equal(
        count(({ addresses }) => addresses.https !== undefined),
        497,
      );
      assert.equal(
        count(({ addresses }) => addresses.rsync !== undefined),
        263,
      );
      assert.equal(
        count(({ addresses }) => addresses.ftp !== undefined),
        48,
      );
      assert.equal(
        count(({ moduleAddresses }) => moduleAddresses.has('kitten')),
        49,
      );
      assert.equal(
        count(({ isMonopoly }) => isMonopoly),
        3,
      );
      // Two more than written: the clouds' own.
      assert.equal(
        count(({ isPrivate }) => isPrivate),
        28,
      );
      assert.equal(
        count(({ asns }) => asns.length > 0),
        70,
      );
      assert.equal(mirrors.flatMap(({ subnets }) => subnets).length, 38);
      assert.equal(
        count(({ networkLists }) => networkLists !== undefined),
        2,
      );
      const country = new Map(planned.map((one) => [one.name, expectedCountry(one)]));
      assert.deepEqual(
        mirrors.filter((mirror) => mirror.country !== country.get(mirror.name)),
        [],
      );
      const ends = mirrors.flatMap(({ addresses }) => Object.values(addresses)).filter((one) => one.endsWith('/'));
      assert.deepEqual(ends, [], 'addresses have no slash at their end, whatever was written');
    });

    test(`seed ${seed}: nothing tells where on the machine the folder is`, () => {
      assert.ok(!JSON.stringify({ catalogue, warnings, errors }).includes(folder));
    });
  }
});

function plantedWarnings({ file, kitten, country, strangeKey, sponsorUrl }: PlannedMirror): string[] {
  const path = `mirrors.d/${file}`;
  return [
    ...(kitten === 'address_options' ? [`${path} address_options`] : []),
    ...(strangeKey === undefined ? [] : [`${path} geolocation.${strangeKey}`]),
    ...(['Germany', 'Australia', 'UK'].includes(country ?? '') ? [`${path} geolocation.country`] : []),
    ...(sponsorUrl.includes('://') ? [] : [`${path} sponsor_url`]),
  ];
}

function expectedCountry({ country }: PlannedMirror): string {
  return { Germany: 'DE', Australia: 'AU', UK: 'GB' }[country ?? ''] ?? country ?? '';
}

describe('the service configuration', () => {
  const { catalogue } = load({ 'm.example.org.yml': mirrorText('m.example.org') });

  test('says versions, aliases in the order of the file, vault and repositories', () => {
    assert.deepEqual(catalogue?.versions, ['8', '8.10', '9', '9.8', '10', '10.2']);
    assert.deepEqual(catalogue.aliases, [
      ['8', '8.10'],
      ['9', '9.8'],
      ['10', '10.2'],
    ]);
    assert.deepEqual(catalogue.vaultVersions, VAULT_VERSIONS);
    assert.deepEqual(catalogue.modules, new Map([['kitten', ['10']]]));
    assert.equal(catalogue.vault, 'http://vault.example.org');
    assert.equal(catalogue.allowedOutdate, 12 * 3600);
    assert.equal(catalogue.tag, '{repo}-{version}');
    assert.equal(catalogue.repositories.length, 61);
    assert.equal(catalogue.repositories.filter(({ isVault }) => isVault).length, 44);
    assert.deepEqual(
      catalogue.repositories.find(({ name }) => name === 'nfv'),
      { name: 'nfv', path: 'NFV/$basearch/os/', versions: ['8.10', '9.8', '10.2'], arches: ['x86_64'], isVault: false },
    );
  });

  test('keeps 8.10 and 10.2 without quotes, as values and as keys', () => {
    const unquoted = serviceConfiguration().replaceAll('"', '');
    const loaded = load({ 'm.example.org.yml': mirrorText('m.example.org') }, unquoted);
    assert.deepEqual(loaded.catalogue, catalogue);
  });

  test('keeps the order of keys that look like numbers: prefixes are tried in it', () => {
    const text = serviceConfiguration().replace('arches:\n', 'arches:\n  "10-kitten":\n    - x86_64\n');
    const loaded = load({ 'm.example.org.yml': mirrorText('m.example.org') }, text);
    assert.deepEqual(
      loaded.catalogue?.arches.map(([version]) => version),
      ['10-kitten', '8', '9', '10'],
    );
  });

  const refused: [string, (text: string) => string, RegExp][] = [
    ['is no YAML', (text) => text.replace('versions:', 'versions: "'), /^config\.yml:\d+:\d+: not YAML: /],
    ['is empty', () => '', /^config\.yml:1:1: allowed_outdate: is missing: expected a time such as 12h; how far/],
    ['has no versions', (text) => text.replace('versions:', 'version_list:'), /versions: is missing/],
    [
      'has a strange time',
      (text) => text.replace('12h', 'twelve hours'),
      /^config\.yml:3:1: allowed_outdate: expected a time such as/,
    ],
    [
      'leads out of a mirror',
      (text) => text.replace('CRB/$basearch', '../../$basearch'),
      /repos\[3\]\.path: has \. or \.\./,
    ],
    [
      'has a vault that is none',
      (text) => text.replace('http://vault', 'file://vault'),
      /vault_mirror: .* is no http address/,
    ],
    [
      'names a folder that is not there',
      (text) => text.replace('mirrors.d', 'mirror.d'),
      /mirrors_dir: cannot be read: ENOENT/,
    ],
  ];
  for (const [what, change, expected] of refused) {
    test(`G09 one that ${what} refuses the whole snapshot`, () => {
      const loaded = load({ 'm.example.org.yml': mirrorText('m.example.org') }, change(serviceConfiguration()));
      assert.equal(loaded.catalogue, undefined);
      assert.match(loaded.errors[0]!, expected);
    });
  }

  test('G09 no mirror and no master: there is nothing to serve', () => {
    const loaded = load({ 'README.md': '' });
    assert.equal(loaded.catalogue, undefined);
    assert.match(loaded.errors[0]!, /no mirror and no master/);
  });

  test('a master of its own may stand alone, and repeated repositories are told', () => {
    const text = serviceConfiguration()
      .replace('config_version', 'master: http://localhost:8080/almalinux/\nconfig_version')
      .replace('name: appstream\n', 'name: baseos\n');
    const loaded = load({ 'README.md': '' }, text);
    assert.equal(loaded.catalogue?.master, 'http://localhost:8080/almalinux');
    assert.match(loaded.warnings.join('\n'), /repos\[1\]\.name: "baseos" is there before/);
  });

  test('an alias that leads nowhere and an unknown key are warnings', () => {
    const text = serviceConfiguration().replace('"8.10"\n  "9"', '"8.11"\n  "9"').replace('...', 'redis: yes');
    const { warnings, catalogue: loaded } = load({ 'm.example.org.yml': mirrorText('m.example.org') }, text);
    assert.equal(loaded?.mirrors.length, 1);
    assert.match(warnings.join('\n'), /duplicated_versions\.8: leads to 8\.11/);
    assert.match(warnings.join('\n'), /redis: unknown key, not read/);
  });
});

test('G09 a configuration that is not there is an error and nothing else', () => {
  const { catalogue, errors } = loadCatalogue({ files: memoryCatalogue({}) });
  assert.equal(catalogue, undefined);
  assert.match(describeFinding(errors[0]!), /^config\.yml:1:1: cannot be read: ENOENT/);
});
