import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes, networkOf, parseAddress, parseLoggedAddress } from '../../src/geo/address.ts';

test('IPv4 addresses are unsigned numbers', () => {
  assert.deepEqual(parseAddress('0.0.0.0'), { v4: 0 });
  assert.deepEqual(parseAddress('192.0.2.1'), { v4: 0xc0000201 });
  assert.deepEqual(parseAddress('255.255.255.255'), { v4: 0xffffffff });
});

test('IPv6 addresses are their top 64 bits', () => {
  assert.deepEqual(parseAddress('::'), { v6: 0n });
  assert.deepEqual(parseAddress('2001:db8::1'), { v6: 0x20010db800000000n });
  assert.deepEqual(parseAddress('2001:DB8:1:2:3:4:5:6'), { v6: 0x20010db800010002n });
  assert.deepEqual(parseAddress('1:2:3:4:5:6:7::'), { v6: 0x0001000200030004n });
  assert.deepEqual(parseAddress('::4:5:6:7:8'), { v6: 4n });
  assert.deepEqual(parseAddress('64:ff9b:1::192.0.2.1'), { v6: 0x0064ff9b00010000n });
  assert.deepEqual(parseAddress('1:2:3:4:5:6:192.0.2.1'), { v6: 0x0001000200030004n });
});

test('S6 an IPv4 address mapped into IPv6, or translated, is the IPv4 address', () => {
  assert.deepEqual(parseAddress('::ffff:192.0.2.1'), { v4: 0xc0000201 });
  assert.deepEqual(parseAddress('::FFFF:c000:0201'), { v4: 0xc0000201 });
  assert.deepEqual(parseAddress('0:0:0:0:0:ffff:255.255.255.255'), { v4: 0xffffffff });
  assert.deepEqual(parseAddress('64:ff9b::192.0.2.1'), { v4: 0xc0000201 });
  assert.deepEqual(parseAddress('::192.0.2.1'), { v6: 0n });
});

test('S6 what is not an address is undefined', () => {
  const others = ['', '-', 'mirror.example.org', '1.2.3', '01.2.3.4', '256.1.1.1', '1.2.3.4:80', 'fe80::1%eth0', '::g'];
  for (const text of [...others, '[::1]', '1.2.3.4 ', '::1::']) assert.equal(parseAddress(text), undefined, text);
});

test('all bits of an address are 4 bytes or 16', () => {
  assert.deepEqual([...addressBytes('192.0.2.255')!], [192, 0, 2, 255]);
  assert.deepEqual([...addressBytes('::ffff:192.0.2.255')!], [192, 0, 2, 255]);
  assert.deepEqual(
    [...addressBytes('2001:db8::ff01')!],
    [0x20, 1, 0x0d, 0xb8, ...new Array<number>(10).fill(0), 255, 1],
  );
  for (const text of ['', 'mirror.example.org', 'fe80::1%eth0', '1.2.3.4:80'])
    assert.equal(addressBytes(text), undefined);
});

test('P3 networks are /24 and /48, and the two kinds never meet', () => {
  assert.equal(networkOf({ v4: 0xc0000201 }), (1n << 63n) | 0xc00002n);
  assert.equal(networkOf({ v4: 0xc00002ff }), networkOf({ v4: 0xc0000200 }));
  assert.notEqual(networkOf({ v4: 0xc00003ff }), networkOf({ v4: 0xc00002ff }));
  assert.equal(networkOf({ v6: 0x20010db800010002n }), 0x20010db80001n);
});

test('S6 in a log an address may have a port behind it, and brackets around it, and be the first of a list', () => {
  for (const text of [
    '192.0.2.1',
    '64:ff9b::192.0.2.1',
    '64:FF9B::c000:201',
    '[64:ff9b::c000:0201]:80',
    '192.0.2.1:51234',
    '[::ffff:192.0.2.1]:1',
    '192.0.2.1,10.9.9.9',
    '192.0.2.1:1,x,',
  ]) {
    assert.deepEqual(parseLoggedAddress(text), { v4: 0xc0000201 }, text);
  }
  for (const text of [
    '2001:db8::1',
    '[2001:db8::1]',
    '[2001:db8::1]:65535',
    '2001:db8::1,::1',
    '[2001:db8::1],::1',
    '2001:db8::1:51234',
    '2001:db8:0:0:0:0:0:1:80',
    '2001:db8::1:51234,::1',
  ]) {
    assert.deepEqual(parseLoggedAddress(text), { v6: 0x20010db800000000n }, text);
  }
  for (const text of [
    '-',
    '192.0.2.1:',
    '192.0.2.1:123456',
    '[192.0.2.1]:80',
    '[::1',
    '[::1%lo]',
    '::1%lo:51234',
    '::1:123456',
    '1:2:3:4:5:6:7:8:9:80',
    '[::1:51234',
    'h.example:80',
    ',192.0.2.1',
    'h,192.0.2.1',
    '',
  ]) {
    assert.equal(parseLoggedAddress(text), undefined, text);
  }
});
