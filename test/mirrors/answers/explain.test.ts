import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChoiceExplanation } from '../../../src/mirrors/answers/explain.ts';
import { ask, hosts, mirror, serviceOf, smallCatalogue, stateOf } from '../../support/mirror-service.ts';

const catalogue = smallCatalogue([
  mirror('mine', { subnets: ['192.0.2.0/24'] }),
  mirror('german', { country: 'DE' }),
  mirror('dead', { country: 'DE' }),
  mirror('parked', { country: 'DE', isPrivate: true }),
]);
const state = stateOf({ dead: { verdict: 'unreachable', isListed: false, reason: 'no answer for 15 s' } });
const service = serviceOf(catalogue, state);

function explain(target: string, address = '192.0.2.77'): ChoiceExplanation {
  const found = ask(service, `/explain${target}`, { address, asn: 64500 });
  assert.equal(found.status, 200);
  assert.ok(!found.body.includes(address), 'no address in it');
  return JSON.parse(found.body) as ChoiceExplanation;
}

test('whoever asks learns why it gets these mirrors, and why not others', () => {
  const found = explain('/mirrorlist/9/baseos?arch=x86_64');
  assert.deepEqual(found.client, { network: 'your network, by IPv4', country: 'DE', asn: 64500, place: 'not known' });
  assert.deepEqual(found.asked, { version: '9.8', repository: 'baseos', arch: 'x86_64' });
  assert.deepEqual(
    found.mirrors.map(({ name, why }) => [name, why]),
    [
      ['mine', 'it is declared for your network'],
      ['german', 'it is in your country and not known to be far from you'],
    ],
  );
  assert.deepEqual(found.leftOut, [{ name: 'dead', why: '9.8/baseos/x86_64: unreachable, no answer for 15 s' }]);
  assert.equal(found.note, '');
});

test('it explains what the same client is given, in every form', () => {
  for (const target of ['/mirrorlist/9/baseos', '/metalink?repo=baseos-9&arch=x86_64', '/mirrorlist/8.4/baseos']) {
    const names = explain(target).mirrors.map(({ address }) => address);
    const given = ask(service, target, { address: '192.0.2.77', asn: 64500 });
    assert.ok(
      names.every((address) => given.body.includes(address)),
      target,
    );
    assert.equal(new Set(hosts(given)).size, names.filter((address) => address.endsWith('/almalinux')).length);
  }
});

test('a filter that finds nothing is said, and so is IPv6', () => {
  assert.match(explain('/mirrorlist/9/baseos?country=AQ').note, /country that was asked for/);
  assert.match(explain('/mirrorlist/9/baseos', '2001:db8::77').client.network, /IPv6/);
  const broken = serviceOf(catalogue, stateOf({ german: { v6: false } }));
  const found = ask(broken, '/explain/mirrorlist/9/baseos', { address: '2001:db8::77' });
  assert.match(found.body, /does not answer on IPv6: connection refused/);
});

test('only lists are explained', () => {
  for (const path of ['/explain', '/explain/', '/explain/explain/mirrorlist', '/explain/about']) {
    assert.throws(() => ask(service, path), /not an address of the service/, path);
  }
  assert.equal(ask(service, '/explain/isolist/9/x86_64').status, 404);
  assert.equal(ask(service, '/explain/mirrorlist/9/nothing').status, 404);
});
