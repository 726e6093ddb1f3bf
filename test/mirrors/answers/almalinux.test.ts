import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, largeCatalogue, lines, mirror, NOW, serviceOf, smallCatalogue } from '../../support/mirror-service.ts';

/** What AlmaLinux's service answers, request by request; what it does wrong is answered better, and said so. */

const catalogue = smallCatalogue([
  mirror('both', { country: 'DE', moduleAddresses: new Map([['kitten', { http: 'http://both/almalinux-kitten' }]]) }),
  mirror('secure', {
    country: 'FR',
    addresses: { https: 'https://secure/almalinux', rsync: 'rsync://secure/almalinux' },
  }),
]);
const service = serviceOf(catalogue);

describe('addresses in a list', () => {
  const table: [what: string, path: string, urls: string[]][] = [
    [
      'a major version is its newest',
      '/mirrorlist/9/baseos',
      ['http://both/almalinux/9.8/BaseOS/$basearch/os/', 'https://secure/almalinux/9.8/BaseOS/$basearch/os/'],
    ],
    [
      'a full version is itself',
      '/mirrorlist/8.10/appstream',
      ['http://both/almalinux/8.10/AppStream/$basearch/os/', 'https://secure/almalinux/8.10/AppStream/$basearch/os/'],
    ],
    [
      '10 is not a prefix of 1',
      '/mirrorlist/10/baseos?protocol=http',
      ['http://both/almalinux/10.2/BaseOS/$basearch/os/'],
    ],
    [
      '8.99 begins with 8',
      '/mirrorlist/8.99/baseos?protocol=http',
      ['http://both/almalinux/8.10/BaseOS/$basearch/os/'],
    ],
    [
      'a query without a question mark, as rpm-ostree writes it',
      '/mirrorlist/10/baseos&protocol=http&countme=1',
      ['http://both/almalinux/10.2/BaseOS/$basearch/os/'],
    ],
    ['so does 80', '/mirrorlist/80/baseos?protocol=http', ['http://both/almalinux/8.10/BaseOS/$basearch/os/']],
    ['and 8.3-rc', '/mirrorlist/8.3-rc/baseos?protocol=http', ['http://both/almalinux/8.10/BaseOS/$basearch/os/']],
    [
      '10.7 begins with 10',
      '/mirrorlist/10.7/baseos?protocol=http',
      ['http://both/almalinux/10.2/BaseOS/$basearch/os/'],
    ],
    [
      'a module has addresses of its own',
      '/mirrorlist/10-kitten/baseos',
      ['http://both/almalinux-kitten/10-kitten/BaseOS/$basearch/os/'],
    ],
    [
      'a version that has no module is one by its prefix',
      '/mirrorlist/9-kitten/baseos?protocol=http',
      ['http://both/almalinux/9.8/BaseOS/$basearch/os/'],
    ],
    ['a version in the vault', '/mirrorlist/8.4/baseos', ['http://vault.example.org/8.4/BaseOS/$basearch/os/']],
    [
      'a beta in the vault',
      '/mirrorlist/10.2-beta/baseos',
      ['http://vault.example.org/10.2-beta/BaseOS/$basearch/os/'],
    ],
    [
      'a repository in the vault',
      '/mirrorlist/8/baseos-debuginfo',
      ['http://vault.example.org/8.10/BaseOS/debug/$basearch/'],
    ],
    [
      'a path without a slash at its end stays so',
      '/mirrorlist/8/raspberrypi-source',
      ['http://vault.example.org/8.10/raspberrypi/Source'],
    ],
    [
      'a repository of another version is not refused',
      '/mirrorlist/9/powertools?protocol=http',
      ['http://both/almalinux/9.8/PowerTools/$basearch/os/'],
    ],
    [
      'an architecture is filled in',
      '/mirrorlist/9/baseos?arch=aarch64&protocol=http',
      ['http://both/almalinux/9.8/BaseOS/aarch64/os/'],
    ],
    ['also in the vault', '/mirrorlist/8.4/baseos?arch=aarch64', ['http://vault.example.org/8.4/BaseOS/aarch64/os/']],
    [
      'https is given where it is asked for',
      '/mirrorlist/9/baseos?protocol=https',
      ['https://both/almalinux/9.8/BaseOS/$basearch/os/', 'https://secure/almalinux/9.8/BaseOS/$basearch/os/'],
    ],
    ['a country is a filter', '/mirrorlist/9/baseos?country=fr', ['https://secure/almalinux/9.8/BaseOS/$basearch/os/']],
    [
      'a slash at the end is nothing',
      '/mirrorlist/9/baseos/?country=FR',
      ['https://secure/almalinux/9.8/BaseOS/$basearch/os/'],
    ],
    [
      'other parameters are nothing',
      '/mirrorlist/9/baseos?country=FR&x=1&countme=3&ip=198.51.100.1',
      ['https://secure/almalinux/9.8/BaseOS/$basearch/os/'],
    ],
    [
      'names may be encoded',
      '/mirrorlist/%39/base%6fs?country=%46R',
      ['https://secure/almalinux/9.8/BaseOS/$basearch/os/'],
    ],
    [
      'an address may be absolute',
      'http://mirrors.example.org/mirrorlist/9/baseos?country=FR',
      ['https://secure/almalinux/9.8/BaseOS/$basearch/os/'],
    ],
    [
      'images',
      '/isolist/9/x86_64',
      ['http://both/almalinux/9.8/isos/x86_64', 'https://secure/almalinux/9.8/isos/x86_64'],
    ],
    ['images of an old version', '/isolist/8.4/x86_64', ['http://vault.example.org/8.4/isos/x86_64']],
  ];
  for (const [what, path, urls] of table) {
    test(`${what}: ${path}`, () => {
      const found = ask(service, path);
      assert.equal(found.status, 200);
      assert.equal(found.headers['Content-Type'], 'text/plain; charset=utf-8');
      assert.equal(found.headers['Cache-Control'], 'private, no-store');
      assert.equal(found.body, `${urls.join('\n')}\n`);
    });
  }
});

describe('what is not known', () => {
  const table: [path: string, message: string][] = [
    [
      '/mirrorlist/9/nothing',
      'Unknown repository "nothing". Allowed list of repositories "baseos, appstream, powertools, baseos-debuginfo, raspberrypi-source"',
    ],
    [
      '/mirrorlist/7/baseos',
      'Unknown version "7". Allowed list of versions "8, 8.10, 9, 9.8, 10, 10.2, 8.3, 8.4, 9.0, 10.2-beta"',
    ],
    ['/mirrorlist/9/baseos?arch=pdp11', 'Unknown architecture "pdp11". Allowed list of arches "x86_64, aarch64"'],
    ['/isolist/9/pdp11', 'Unknown architecture "pdp11". Allowed list of arches "x86_64, aarch64"'],
    [
      '/isolist/7/x86_64',
      'Unknown version "7". Allowed list of versions "8, 8.10, 9, 9.8, 10, 10.2, 8.3, 8.4, 9.0, 10.2-beta"',
    ],
  ];
  for (const [path, message] of table) {
    test(`404 and JSON: ${path}`, () => {
      const found = ask(service, path);
      assert.equal(found.status, 404);
      assert.match(found.headers['Content-Type']!, /^application\/json/);
      assert.deepEqual(JSON.parse(found.body), { result: { message }, status: 'error', timestamp: NOW });
    });
  }

  test('what their service answers with 200 and a sentence, or with nothing: 400, and the list without the filter', () => {
    for (const query of ['protocol=gopher', 'protocol=', 'protocol=rsync', 'country=DEU', 'country=', 'country=DE,F']) {
      const found = ask(service, `/mirrorlist/9/baseos?${query}`);
      assert.equal(found.status, 400, query);
      assert.match(found.body, /^# .+expected/);
    }
    assert.equal(lines(ask(service, '/mirrorlist/9/baseos?country=AQ')).length, 2);
  });

  test('addresses that are not the service’s are left to the website', () => {
    for (const path of [
      '/',
      '/mirrorlist/9',
      '/mirrorlist/9/a/b',
      '/mirrorlist//baseos',
      '/x/mirrorlist/9/baseos',
      '/isolist/9',
    ]) {
      assert.throws(() => ask(service, path), /not an address of the service/, path);
    }
  });
});

test('HEAD answers as GET without a body; other methods are refused', () => {
  for (const path of ['/mirrorlist/9/baseos', '/mirrorlist/9/nothing', '/metalink?repo=baseos-9&arch=x86_64']) {
    const get = ask(service, path);
    const head = ask(service, path, {}, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers, head.body], [get.status, get.headers, '']);
    assert.equal(get.headers['Content-Length'], String(Buffer.byteLength(get.body)));
  }
  const post = ask(service, '/mirrorlist/9/baseos', {}, { method: 'POST' });
  assert.deepEqual([post.status, post.headers['Allow']], [405, 'GET, HEAD']);
});

describe('a catalogue of the real size', () => {
  const large = largeCatalogue();
  const real = serviceOf(large);

  test('every repository of every version has a list of its own addresses', () => {
    const versions = [...large.versions, '10-kitten', ...large.vaultVersions];
    for (const version of versions) {
      for (const { name, path, isVault } of large.repositories) {
        const found = ask(real, `/mirrorlist/${version}/${name}`);
        const full = large.aliases.find(([from]) => from === version)?.[1] ?? version;
        assert.equal(found.status, 200);
        assert.ok(
          lines(found).every((url) => url.endsWith(`/${full}/${path}`)),
          `${version} ${name}`,
        );
        if (isVault || large.vaultVersions.includes(version))
          assert.deepEqual(lines(found), [`${large.vault}/${full}/${path}`]);
        else assert.equal(lines(found).length, 10);
      }
    }
  });

  test('no private mirror is given to strangers, and each of them to its own networks', () => {
    const hidden = large.mirrors.filter(({ isPrivate }) => isPrivate);
    const names = new Set(hidden.map(({ name }) => name));
    for (let network = 0; network < 256; network++) {
      const found = ask(real, '/mirrorlist/9/baseos', { address: `100.64.${network}.1`, country: '' });
      assert.deepEqual(
        lines(found).filter((url) => names.has(new URL(url).host)),
        [],
      );
    }
    for (const { name, subnets } of hidden) {
      for (const subnet of subnets.slice(0, 3)) {
        const found = ask(real, '/mirrorlist/9/baseos', { address: subnet.split('/')[0]!, country: '' });
        assert.ok(
          lines(found).some((url) => new URL(url).host === name),
          name,
        );
      }
    }
  });
});
