import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAddress } from '../../../src/geo/address.ts';
import { FLOOD_LIMITS, FloodGuard } from '../../../src/mirrors/serve/flood-guard.ts';

const SMALL = { requestsPerSecond: 10, burst: 20, connections: 2, clients: 3 };
const address = (text: string) => parseAddress(text)!;

describe('G11: a flood of one client', () => {
  test('is refused past its burst, and answered again at the rate that is allowed', () => {
    const guard = new FloodGuard(SMALL);
    const admitted = (times: number, now: number) =>
      Array.from({ length: times }, () => guard.admits(address('192.0.2.1'), now)).filter(Boolean).length;
    assert.equal(admitted(100, 0), 20);
    assert.equal(admitted(100, 1_000), 10);
    assert.equal(admitted(100, 60_000), 20);
  });

  test('leaves all others alone', () => {
    const guard = new FloodGuard(SMALL);
    for (let count = 0; count < 100; count++) guard.admits(address('192.0.2.1'), 0);
    assert.equal(guard.admits(address('192.0.2.2'), 0), true);
    assert.equal(guard.admits(undefined, 0), true, 'whose address is not known is not refused for it');
  });

  test('is one flood, from whatever addresses of one IPv6 network it comes', () => {
    const guard = new FloodGuard(SMALL);
    const from = (host: number) => guard.admits(address(`2001:db8:1:2::${host.toString(16)}`), 0);
    assert.equal(Array.from({ length: 100 }, (_, host) => from(host)).filter(Boolean).length, 20);
    assert.equal(guard.admits(address('2001:db8:1:3::1'), 0), true);
  });

  test('a morning of ten thousand systems behind one address is none', () => {
    const guard = new FloodGuard(FLOOD_LIMITS);
    // All of them within two minutes, three repositories each.
    const requests = Array.from({ length: 30_000 }, (_, at) => guard.admits(address('192.0.2.1'), at * 4));
    assert.equal(requests.every(Boolean), true);
  });

  test('from everywhere at once fills no memory', () => {
    const guard = new FloodGuard(SMALL);
    for (let at = 0; at < 1_000; at++) guard.admits({ v4: at }, 0);
    assert.equal(guard.remembered, SMALL.clients);
    guard.sweep(60_000);
    assert.equal(guard.remembered, 0);
  });
});
