import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, KEY, metadata, mirror, serviceOf, smallCatalogue, stateOf } from '../../support/mirror-service.ts';

const TARGETS = ['/metalink?repo=baseos-9&arch=x86_64', '/metalink/9/baseos?arch=x86_64'];
const newest = metadata('newest', '2026-07-15T06:00:00Z');
const second = metadata('second', '2026-06-01T00:00:00Z');
const third = metadata('third', '2026-05-01T00:00:00Z');
const mirrors = [
  mirror('near', { country: 'DE' }),
  mirror('plain&simple', { country: 'FR', addresses: { http: 'http://plain/almalinux?a=1&b="<2>"' } }),
];

function metalink(truth = [newest, second, third], parts: Parameters<typeof stateOf>[1] = {}): string {
  const state = stateOf({ near: {} }, { truth: { [KEY]: truth }, ...parts });
  const [one, other] = TARGETS.map((target) => ask(serviceOf(smallCatalogue(mirrors), state), target));
  assert.equal(one!.status, 200);
  assert.equal(one!.headers['Content-Type'], 'application/metalink+xml; charset=utf-8');
  assert.equal(one!.body, other!.body, 'both forms say the same');
  return one!.body;
}

const hashes = (xml: string) =>
  Array.from(xml.matchAll(/<hash type="(\w+)">([^<]*)<\/hash>/g), ([, type, hash]) => `${type} ${hash}`);
const both = (known: typeof newest) => [`sha256 ${known.sha256}`, `sha512 ${known.sha512}`];

describe('a metalink', () => {
  test('N5: holds the newest checksums, in small letters, and what was replaced less than three days ago', () => {
    const xml = metalink([{ ...newest, sha256: newest.sha256.toUpperCase() }, second, third]);
    assert.deepEqual(hashes(xml), [...both(newest), ...both(second)]);
    assert.match(xml, new RegExp(`<mm0:timestamp>${newest.timestamp}</mm0:timestamp><size>${newest.size}</size>`));
    assert.match(xml, /<metalink version="3.0" [^>]*xmlns:mm0="http:\/\/fedorahosted.org\/mirrormanager">/);
    assert.match(xml, /pubdate="Wed, 15 Jul 2026 12:00:00 GMT"/);
  });

  test('keeps the newest however old it is, and has no alternates then', () => {
    const xml = metalink([{ ...newest, firstSeen: '2026-07-12T12:00:00Z' }, second]);
    assert.deepEqual(hashes(xml), both(newest));
    assert.doesNotMatch(xml, /alternate/);
  });

  test('N5: has no alternates in an emergency', () => {
    const emergency = { repositories: 'all' as const, until: '2026-07-16T00:00:00Z', why: 'a fix' };
    const xml = metalink([newest, second], { emergency });
    assert.deepEqual(hashes(xml), both(newest));
    assert.doesNotMatch(xml, /plain/, 'a mirror that was never checked is not known to have it');
  });

  test('leads to repomd.xml, https first, in the order of preference; G05 escaped', () => {
    const urls = Array.from(metalink().matchAll(/<url ([^>]*)>([^<]*)<\/url>/g), ([, attributes, url]) => [
      attributes,
      url,
    ]);
    assert.deepEqual(urls, [
      [
        'protocol="https" type="https" location="DE" preference="100"',
        'https://near/almalinux/9.8/BaseOS/x86_64/os/repodata/repomd.xml',
      ],
      [
        'protocol="http" type="http" location="FR" preference="99"',
        'http://plain/almalinux?a=1&amp;b=&quot;&lt;2&gt;&quot;/9.8/BaseOS/x86_64/os/repodata/repomd.xml',
      ],
    ]);
  });

  test('without known checksums is a list that is not checked', () => {
    const xml = metalink([]);
    assert.deepEqual(hashes(xml), []);
    assert.match(xml, /<file name="repomd.xml"><!-- [^>]* --><resources/);
    assert.equal(xml.match(/<url /g)?.length, 2);
  });

  test('leads to the vault for what is in the vault, also where its path has no slash at its end', () => {
    const service = serviceOf(smallCatalogue(mirrors));
    const urls = (target: string) => ask(service, target).body.match(/(?<=<url [^>]*>)[^<]*/g);
    assert.deepEqual(urls('/metalink?repo=raspberrypi-source-8&arch=x86_64'), [
      'http://vault.example.org/8.10/raspberrypi/Source/repodata/repomd.xml',
    ]);
  });
});

test('G05: an address with a line break or a space in it is never given out', () => {
  const service = serviceOf(
    smallCatalogue([
      mirror('good'),
      mirror('bad', {
        addresses: { http: 'http://bad/almalinux\nhttp://evil/almalinux', https: 'https://bad /almalinux' },
      }),
    ]),
  );
  for (const target of ['/mirrorlist/9/baseos', ...TARGETS]) assert.doesNotMatch(ask(service, target).body, /bad|evil/);
});
