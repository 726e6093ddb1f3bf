import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { checkInOf } from '../../../src/mirrors/answers/check-in.ts';
import { ask, lines, mirror, serviceOf, smallCatalogue } from '../../support/mirror-service.ts';

const service = serviceOf(
  smallCatalogue([], { endpointTags: ['bluefin-41', 'aurora'], repositories: [], master: undefined }),
);

/** A distribution without mirrors, that only wants to be counted. */
describe('an endpoint that only counts', () => {
  test('a known tag is always answered with 200, and a check-in is one', () => {
    for (const query of ['repo=bluefin-41&arch=x86_64', 'repo=aurora', 'arch=pdp11&repo=aurora&country=Mars']) {
      for (const path of ['/metalink', '/mirrorlist']) assert.equal(ask(service, `${path}?${query}`).status, 200);
      const target = `/metalink?${query}&countme=3`;
      assert.deepEqual([ask(service, target).status, checkInOf(target)?.kind], [200, 'request']);
    }
    assert.equal(ask(service, '/metalink/41/bluefin?countme=1').status, 200);
    const unknown = ask(service, '/metalink?repo=unknown&arch=x86_64&countme=1');
    assert.equal(unknown.status, 404);
    assert.match(unknown.body, /expected one such as "bluefin.41"/);
  });

  test('the answer leads dnf to an empty repository whose checksums are right', () => {
    const { body } = ask(service, '/metalink?repo=aurora&arch=x86_64');
    const [url] = body.match(/(?<=<url [^>]*>)[^<]*/)!;
    assert.equal(url, 'https://count.example.org/empty/repodata/repomd.xml');
    assert.deepEqual(lines(ask(service, '/mirrorlist?repo=aurora')), ['https://count.example.org/empty/']);
    const repomd = ask(service, new URL(url).pathname);
    assert.match(repomd.headers['Content-Type']!, /^application\/xml/);
    assert.ok(body.includes(`<hash type="sha256">${sha256(repomd.body)}</hash>`));
    const entries = [...repomd.body.matchAll(/<checksum type="sha256">(\w+)<\/checksum><location href="([^"]*)">/g)];
    assert.deepEqual(
      entries.map(([, , file]) => file),
      ['repodata/primary.xml', 'repodata/filelists.xml', 'repodata/other.xml'],
    );
    for (const [, checksum, file] of entries) assert.equal(sha256(ask(service, `/empty/${file}`).body), checksum);
  });

  test('G04: nothing else is there, and nothing at all where there are mirrors', () => {
    for (const path of ['repodata/', '../repodata/repomd.xml', 'repodata/%2e%2e/repomd.xml', 'constructor', 'x\x00']) {
      assert.equal(ask(service, `/empty/${path}`).status, 404, path);
    }
    assert.equal(ask(serviceOf(smallCatalogue([mirror('a')])), '/empty/repodata/repomd.xml').status, 404);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
