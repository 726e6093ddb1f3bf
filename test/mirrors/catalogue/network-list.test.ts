import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { networksIn } from '../../../src/mirrors/catalogue/network-list.ts';

const all = { url: 'https://lists.example.org/', regions: [] };
const west = { ...all, regions: ['west'] };

describe('networks that a provider publishes', () => {
  test('as a list of texts', () => {
    assert.deepEqual(networksIn(all, ['192.0.2.0/24', '2001:db8::/32']), ['192.0.2.0/24', '2001:db8::/32']);
  });

  test("in Amazon's form, by region", () => {
    const json = {
      syncToken: '1',
      prefixes: [
        { ip_prefix: '192.0.2.0/24', region: 'west', service: 'EC2' },
        { ip_prefix: '198.51.100.0/24', region: 'east', service: 'EC2' },
      ],
      ipv6_prefixes: [{ ipv6_prefix: '2001:db8::/32', region: 'west' }],
    };
    assert.deepEqual(networksIn(all, json), ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/32']);
    assert.deepEqual(networksIn(west, json), ['192.0.2.0/24', '2001:db8::/32']);
  });

  test("in Google's form, by scope", () => {
    const json = {
      prefixes: [
        { ipv4Prefix: '192.0.2.0/24', scope: 'west' },
        { ipv6Prefix: '2001:db8::/32', scope: 'east' },
      ],
    };
    assert.deepEqual(networksIn(all, json), ['192.0.2.0/24', '2001:db8::/32']);
    assert.deepEqual(networksIn(west, json), ['192.0.2.0/24']);
  });

  test("in Oracle's form, by region", () => {
    const json = {
      regions: [
        { region: 'west', cidrs: [{ cidr: '192.0.2.0/24', tags: [] }] },
        { region: 'east', cidrs: [{ cidr: '198.51.100.0/24' }] },
      ],
    };
    assert.deepEqual(networksIn(west, json), ['192.0.2.0/24']);
  });

  test('that would take half the Internet, or are none, are left out', () => {
    assert.deepEqual(networksIn(all, ['0.0.0.0/0', '::/0', 'x', '192.0.2.0/24']), ['192.0.2.0/24']);
  });

  for (const json of [undefined, null, 'text', 7, {}, { prefixes: 'x' }, [1, 2]]) {
    test(`in no form that is known: ${JSON.stringify(json)}`, () => {
      assert.equal(networksIn(all, json), undefined);
    });
  }
});
