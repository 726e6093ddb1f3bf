import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { clientAddressBy, type ForwardingHeaders } from '../../../src/mirrors/answers/client-address.ts';
import { testSeed } from '../../support/random.ts';

const seed = testSeed();
const clientAddress = clientAddressBy({
  forwarding: ['127.0.0.1', '10.0.0.0/8', '2001:db8:ffff::/48'],
  connecting: ['203.0.113.0/24'],
});
const forwarded = (value: string | string[]): ForwardingHeaders => ({ 'x-forwarded-for': value });

describe('N6 G03: the address of a client', () => {
  const table: [what: string, peer: string, headers: ForwardingHeaders, address: string][] = [
    ['is the peer’s', '192.0.2.1', {}, '192.0.2.1'],
    ['is the peer’s, whatever a stranger says', '192.0.2.1', forwarded('198.51.100.1'), '192.0.2.1'],
    ['is what a proxy appended', '127.0.0.1', forwarded('198.51.100.1'), '198.51.100.1'],
    ['is not what the client wrote before it', '127.0.0.1', forwarded('8.8.8.8, 198.51.100.1'), '198.51.100.1'],
    ['is found behind two proxies', '127.0.0.1', forwarded('8.8.8.8, 198.51.100.1, 10.1.2.3'), '198.51.100.1'],
    ['is found in several headers', '127.0.0.1', forwarded(['8.8.8.8', '198.51.100.1, 10.1.2.3']), '198.51.100.1'],
    ['may have a port', '127.0.0.1', forwarded('198.51.100.1:4711'), '198.51.100.1'],
    ['may be IPv6 in brackets with a port', '127.0.0.1', forwarded('[2001:db8::1]:443'), '2001:db8::1'],
    ['may be IPv6 with a zone', '127.0.0.1', forwarded('fe80::1%eth0'), 'fe80::1'],
    ['may be IPv4 written as IPv6', '::ffff:127.0.0.1', forwarded('::ffff:198.51.100.1'), '198.51.100.1'],
    ['is the proxy’s where it appended garbage', '10.1.2.3', forwarded('198.51.100.1, unknown'), '10.1.2.3'],
    ['is the last hop that is known', '127.0.0.1', forwarded('198.51.100.1, garbage, 10.1.2.3'), '10.1.2.3'],
    ['is the proxy’s where it appended nothing', '127.0.0.1', {}, '127.0.0.1'],
    ['is the proxy’s where the header is empty', '127.0.0.1', forwarded(''), '127.0.0.1'],
    ['is the left-most where all are proxies', '127.0.0.1', forwarded('10.9.9.9, 10.1.2.3'), '10.9.9.9'],
    ['is what a listed CDN says', '203.0.113.9', { 'cf-connecting-ip': '198.51.100.1' }, '198.51.100.1'],
    [
      'is not what a forwarding proxy passes on as a CDN’s word',
      '127.0.0.1',
      { 'cf-connecting-ip': '8.8.8.8' },
      '127.0.0.1',
    ],
    ['is not what a stranger says in a CDN’s name', '192.0.2.1', { 'cf-connecting-ip': '8.8.8.8' }, '192.0.2.1'],
    ['is the CDN’s where it says garbage', '203.0.113.9', { 'cf-connecting-ip': '1.1.1.1, 8.8.8.8' }, '203.0.113.9'],
    ['is unknown where not even the peer is known', '', forwarded('198.51.100.1'), ''],
  ];
  for (const [what, peer, headers, address] of table) {
    test(what, () => assert.equal(clientAddress(peer, headers), address));
  }

  test('no more hops are walked than there can be', () => {
    const header = `198.51.100.1${', 10.1.1.1'.repeat(10_000)}`;
    assert.equal(clientAddress('127.0.0.1', forwarded(header)), '10.1.1.1');
  });

  test('a list of proxies with something else in it is refused', () => {
    assert.throws(() => clientAddressBy({ forwarding: ['nginx'], connecting: [] }), /no network: nginx; expected/);
  });

  test(`G02: whatever the header holds, it is an address that the header or the peer holds (seed ${seed})`, () => {
    const part = fc.constantFrom(
      '198.51.100.1',
      '10.1.2.3',
      '::1',
      ',',
      ' ',
      ':80',
      '%',
      '[',
      ']',
      '\t',
      'x',
      '::ffff:',
    );
    const header = fc.oneof(
      fc.array(part).map((parts) => parts.join('')),
      fc.string(),
    );
    const asPeer = clientAddressBy({ forwarding: [], connecting: [] });
    const property = fc.property(header, fc.constantFrom('127.0.0.1', '192.0.2.1', '', 'garbage'), (value, peer) => {
      const found = clientAddress(peer, { 'x-forwarded-for': value, 'cf-connecting-ip': value });
      assert.ok(found === '' || asPeer(found, {}) === found);
      if (peer === '192.0.2.1') assert.equal(found, peer);
    });
    fc.assert(property, { seed, numRuns: 1000 });
  });
});
