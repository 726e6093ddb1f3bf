import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mirrorAddress } from '../../../src/mirrors/catalogue/mirror-address.ts';
import { isPublicAddress } from '../../../src/mirrors/catalogue/public-address.ts';
import type { Scheme } from '../../../src/mirrors/catalogue.ts';
import { testSeed } from '../../support/random.ts';

function isRefused(scheme: Scheme, text: string): boolean {
  return 'problem' in mirrorAddress(scheme, text, 'strangers');
}

describe('G06 what a mirror file must not lead to', () => {
  const inside = [
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost/',
    'http://LOCALHOST/',
    'http://localhost./',
    'http://a.localhost/',
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[fd12:3456::1]/',
    'http://[ff02::1]/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://①②⑦.0.0.1/',
    'http://127.0.0.1%2f@/',
    'http://%31%32%37.0.0.1/',
    'http://metadata/',
    'http://metadata.google.internal/',
    'http://printer.local/',
    'http://router.home.arpa/',
    'http://1.0.0.127.in-addr.arpa/',
    'http://hidden.onion/',
  ];
  for (const address of inside) {
    test(`${address} is refused`, () => {
      assert.ok(isRefused('http', address));
    });
  }

  const strange = [
    'file:///etc/passwd',
    'gopher://m.example.org/',
    'javascript:alert(1)',
    'http:m.example.org',
    'http:/m.example.org',
    'http:///169.254.169.254/',
    'http:\\\\169.254.169.254\\',
    '//m.example.org/',
    'm.example.org',
    'https://m.example.org/',
    'http://',
    'http://user:pw@m.example.org/',
    'http://user@m.example.org/',
    'http://m.example.org@127.0.0.1/',
    'http://m.example.org:22/',
    'http://m.example.org:6379/',
    'http://m.example.org:65536/',
    'http://m.example.org/?to=http://127.0.0.1/',
    'http://m.example.org/#x',
    'http://m.example.org/a b',
    'http://m.example.org/\r\nhttp://other.example.org/',
    'http://m.example.org/"><script>',
    'http://m.example.org\u202e/',
    `http://m.example.org/${'a'.repeat(1000)}`,
    '',
  ];
  for (const address of strange) {
    test(`${JSON.stringify(address).slice(0, 70)} is refused`, () => {
      assert.ok(isRefused('http', address));
    });
  }

  test('also by rsync and ftp, whose hosts are read alike', () => {
    assert.ok(isRefused('rsync', 'rsync://0x7f000001/module'));
    assert.ok(isRefused('rsync', 'rsync://[::1]/module'));
    assert.ok(isRefused('ftp', 'ftp://2130706433/'));
  });

  test('whatever a private IPv4 address is written as', () => {
    const seed = testSeed();
    const part = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(fc.constantFrom(10, 127), part, part, part), fc.nat(3), ([a, b, c, d], form) => {
        const number = ((a * 256 + b) * 256 + c) * 256 + d;
        const host = [`${a}.${b}.${c}.${d}`, `0x${number.toString(16)}`, `${number}`, `[::ffff:${a}.${b}.${c}.${d}]`][
          form
        ];
        assert.ok(isRefused('http', `http://${host}/`), host);
      }),
      { seed, verbose: 1 },
    );
  });

  test('no text makes it throw, and what it takes stays what it is', () => {
    const seed = testSeed();
    const path = fc.webUrl({ validSchemes: ['http'], withQueryParameters: false, withFragments: false });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          path,
          fc.string().map((text) => `http://${text}`),
        ),
        (text) => {
          const once = mirrorAddress('http', text, 'strangers');
          if ('value' in once) assert.deepEqual(mirrorAddress('http', once.value, 'strangers'), once);
        },
      ),
      { seed, verbose: 1 },
    );
  });
});

describe('addresses of mirrors', () => {
  const table: [Scheme, string, string][] = [
    ['http', 'http://m.example.org/almalinux/', 'http://m.example.org/almalinux'],
    ['http', 'http://m.example.org/almalinux', 'http://m.example.org/almalinux'],
    ['http', 'http://m.example.org/almalinux//', 'http://m.example.org/almalinux'],
    ['http', 'http://m.example.org', 'http://m.example.org'],
    ['http', 'HTTP://M.Example.ORG:80/Alma', 'http://m.example.org/Alma'],
    ['https', 'https://m.example.org:443/x/', 'https://m.example.org/x'],
    ['https', 'https://münchen.example.org/', 'https://xn--mnchen-3ya.example.org'],
    ['http', 'http://9.9.9.9/x', 'http://9.9.9.9/x'],
    ['http', 'http://[2620:fe::fe]/x', 'http://[2620:fe::fe]/x'],
    ['rsync', 'rsync://m.example.org/almalinux/', 'rsync://m.example.org/almalinux'],
    ['rsync', 'rsync://m.example.org:873/almalinux', 'rsync://m.example.org:873/almalinux'],
    ['ftp', 'ftp://m.example.org/pub/', 'ftp://m.example.org/pub'],
  ];
  for (const [scheme, written, value] of table) {
    test(`${written} is ${value}`, () => {
      assert.deepEqual(mirrorAddress(scheme, written, 'strangers'), { value });
    });
  }

  test('of an operator may lie anywhere, and still have no password', () => {
    assert.deepEqual(mirrorAddress('http', 'http://10.0.0.1:8080/x/', 'operator'), { value: 'http://10.0.0.1:8080/x' });
    assert.deepEqual(mirrorAddress('http', 'http://mirror/', 'operator'), { value: 'http://mirror' });
    assert.ok('problem' in mirrorAddress('http', 'http://user:pw@mirror/', 'operator'));
  });
});

describe('public addresses', () => {
  const edges: [string, boolean][] = [
    ['9.255.255.255', true],
    ['10.0.0.0', false],
    ['10.255.255.255', false],
    ['11.0.0.0', true],
    ['172.15.255.255', true],
    ['172.31.255.255', false],
    ['172.32.0.0', true],
    ['100.63.255.255', true],
    ['100.127.255.255', false],
    ['100.128.0.0', true],
    ['223.255.255.255', true],
    ['224.0.0.0', false],
    ['2001:200::1', true],
    ['2001:1ff:ffff::1', false],
    ['2001:db8::1', false],
    ['2001:db9::1', true],
    ['2a00::1', true],
    ['4000::1', false],
    ['1fff::1', false],
    ['fe80::1%eth0', false],
    ['m.example.org', false],
    ['', false],
  ];
  for (const [address, expected] of edges) {
    test(`${address || 'nothing'} is ${expected ? 'public' : 'not public'}`, () => {
      assert.equal(isPublicAddress(address), expected);
    });
  }
});
