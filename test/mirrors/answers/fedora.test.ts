import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkInOf } from '../../../src/mirrors/answers/check-in.ts';
import { ask, hosts, lines, mirror, serviceOf, smallCatalogue } from '../../support/mirror-service.ts';

const catalogue = smallCatalogue([
  mirror('de', { country: 'DE' }),
  mirror('fr', { country: 'FR' }),
  mirror('us', { country: 'US', addresses: { http: 'http://us/almalinux' } }),
]);
const service = serviceOf(catalogue);
const BASEOS = 'repo=baseos-9&arch=x86_64';

describe('Fedora’s form', () => {
  test('a tag stands for repository and version, wherever the list is', () => {
    for (const path of [
      '/mirrorlist',
      '/pub/mirrorlist',
      '/x/y/mirrorlist',
      '/mirrorlist/',
      '/mirrorlist/9/mirrorlist',
    ]) {
      const [first] = lines(ask(service, `${path}?${BASEOS}`));
      assert.equal(first, 'http://de/almalinux/9.8/BaseOS/x86_64/os/', path);
    }
    const tags = {
      'baseos-10-kitten': '10-kitten',
      'baseos-8.4': '8.4',
      'baseos-debuginfo-8': '8.10',
      'appstream-10.2': '10.2',
    };
    for (const [tag, version] of Object.entries(tags)) {
      assert.match(lines(ask(service, `/mirrorlist?repo=${tag}&arch=x86_64`))[0]!, new RegExp(`/${version}/`), tag);
    }
  });

  test('the template of tags may be another', () => {
    const epel = serviceOf({ ...catalogue, tag: 'v{version}.{repo}' });
    assert.match(ask(epel, '/mirrorlist?repo=v9.baseos&arch=x86_64').body, /\/9\.8\/BaseOS\//);
    assert.equal(ask(epel, `/mirrorlist?${BASEOS}`).status, 404);
  });

  test('several countries, any country, and protocols', () => {
    const found = (query: string) => hosts(ask(service, `/mirrorlist?${BASEOS}&${query}`));
    assert.deepEqual(found('country=US,fr').sort(), ['fr', 'us']);
    assert.deepEqual(found('country=US&country=FR').sort(), ['fr', 'us']);
    assert.deepEqual(found('country=global').sort(), ['de', 'fr', 'us']);
    assert.deepEqual(found('protocol=https,http').sort(), ['de', 'fr', 'us']);
    assert.deepEqual(found('protocol=https').sort(), ['de', 'fr']);
    assert.deepEqual(found('protocol=https%2Crsync').sort(), ['de', 'fr']);
    assert.deepEqual(hosts(ask(service, `/mirrorlist?${BASEOS}`)).length, 3);
  });

  test('N3 N8 a country may be asked for as it may be written in a file: UK is GB, EL is GR', () => {
    const british = serviceOf(
      smallCatalogue([
        mirror('london', { country: 'GB' }),
        mirror('athens', { country: 'GR' }),
        mirror('tbilisi', { country: 'GE' }),
      ]),
    );
    for (const path of [`/mirrorlist?${BASEOS}&`, '/mirrorlist/9/baseos?']) {
      const found = (country: string) => hosts(ask(british, `${path}country=${country}`));
      for (const country of ['UK', 'uk', 'GB', 'gb', 'GB,UK']) assert.deepEqual(found(country), ['london'], country);
      for (const country of ['EL', 'gr']) assert.deepEqual(found(country), ['athens'], country);
      assert.deepEqual(found('EL,UK').sort(), ['athens', 'london']);
      assert.deepEqual(found('GE'), ['tbilisi']);
      assert.equal(found('QU').length, 3, 'no country, so any');
    }
  });

  const refusals: [query: string, status: number][] = [
    ['', 400],
    ['repo=baseos-9', 400],
    ['arch=x86_64', 400],
    ['repo=&arch=x86_64', 400],
    ['repo=baseos-9&arch=', 400],
    ['repo=baseos-9&repo=baseos-8&arch=x86_64', 400],
    ['repo=baseos-9&arch=x86_64&arch=aarch64', 400],
    ['repo=nothing-9&arch=x86_64', 404],
    ['repo=baseos-7&arch=x86_64', 404],
    ['repo=baseos&arch=x86_64', 404],
    ['repo=baseos-&arch=x86_64', 404],
    ['repo=baseos-9&arch=pdp11', 404],
    ['repo=%00&arch=x86_64', 400],
    ['repo=__proto__&arch=constructor', 404],
    ['repo=baseos-9&arch=x86_64&protocol=ftp', 400],
  ];
  for (const [query, status] of refusals) {
    test(`${status}, and no line that a client takes for a mirror: ${query}`, () => {
      const list = ask(service, `/mirrorlist?${query}`);
      assert.equal(list.status, status);
      assert.deepEqual(
        lines(list).filter((line) => !line.startsWith('#')),
        [],
      );
      const metalink = ask(service, `/metalink?${query}`);
      assert.equal(metalink.status, status);
      assert.match(metalink.body, /<metalink [^>]*><!-- [^>]* --><\/metalink>\n$/);
      assert.doesNotMatch(metalink.body, /<file/);
    });
  }
});

describe('N1: check-ins are never refused', () => {
  const forms = [
    '/mirrorlist/9/baseos?',
    '/metalink/9/baseos?',
    '/mirrorlist?repo=baseos-9&',
    '/metalink?repo=baseos-9&',
  ];
  const others = [
    '',
    'arch=x86_64&',
    'arch=pdp11&',
    'arch=&',
    'protocol=gopher&',
    'country=Germany&',
    'country=&protocol=&',
  ];
  for (const form of forms) {
    test(`a known repository is answered with 200 whatever else is wrong: ${form}`, () => {
      for (const other of others) {
        const target = `${form}${other}countme=2`;
        const found = ask(service, target);
        assert.equal(found.status, 200, other);
        assert.equal(checkInOf(target)?.kind, 'request', other);
        assert.equal(hosts(found).length, 3, other);
      }
    });
  }

  test('dnf fills in the architecture where none is known', () => {
    assert.match(ask(service, '/metalink/9/baseos?arch=pdp11&countme=1').body, /BaseOS\/\$basearch\/os\/repodata/);
  });

  test('an unknown repository is a lost check-in: counted as a candidate, answered with 404', () => {
    const lost = '/metalink?repo=rawhide-99&arch=x86_64&countme=4';
    assert.equal(ask(service, lost).status, 404);
    const request = { age: 4, repoTag: 'rawhide-99', repoArch: 'x86_64' };
    assert.deepEqual(checkInOf(lost), { kind: 'request', request });
  });

  test('what is asked without countme, or by HEAD, has no such right', () => {
    assert.equal(ask(service, '/mirrorlist/9/baseos?arch=pdp11').status, 404);
    assert.equal(ask(service, '/mirrorlist/9/baseos?arch=pdp11&countme=9').status, 404);
    assert.equal(ask(service, '/mirrorlist/9/baseos?arch=pdp11&countme=1', {}, { method: 'HEAD' }).status, 404);
  });

  test('check-ins are read by the rules that hold for logs', () => {
    assert.equal(checkInOf('/mirrorlist/9/baseos'), undefined);
    assert.deepEqual(checkInOf('/mirrorlist/9/baseos?countme=5'), { kind: 'rejected', reason: 'age' });
    assert.deepEqual(checkInOf('/mirrorlist/9/baseos?countme=1&countme=1'), {
      kind: 'rejected',
      reason: 'duplicate-key',
    });
    // nginx writes these as escapes, which the rules take back.
    const strange = checkInOf('/mirrorlist?repo=\\x41"\xc3\xa9&arch=a&countme=1');
    assert.deepEqual(strange, { kind: 'request', request: { age: 1, repoTag: '\\x41"\u00e9', repoArch: 'a' } });
  });
});
