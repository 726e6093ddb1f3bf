import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf, seen } from '../../support/one-line.ts';
import { RULES } from '../../support/readers.ts';

const query = (text: string) => ({ target: `/mirrorlist?${text}` });

test('Q1 Q2 Q8 the canonical line', () => {
  const parts = { target: '/mirrorlist/8/baseos?countme=4', host: '172.30.61.81' };
  assert.deepEqual(seen(parts), {
    week: '2021-12-13',
    client: 'libdnf',
    os: ['AlmaLinux', '8.3', 'generic', 'x86_64'],
    age: 4,
    repo: 'baseos-8',
    arch: '',
    country: 'ZZ',
  });
});

test('D05 Q7 the age is one ASCII digit from 1 to 4', () => {
  for (const age of [1, 2, 3, 4]) assert.equal(seen(query(`countme=${age}`)).age, age);
  const wrong = ['0', '5', '9', '99', '-1', '01', '11', '1e0', '1.0', '+1', '1%20', '%31', '\xd9\xa3', '/', ':', 'x'];
  for (const age of ['', ...wrong]) assert.equal(outcomeOf(query(`countme=${age}`)), 'age', age);
  assert.equal(outcomeOf(query('countme= 1')), 'malformed');
  assert.equal(outcomeOf(query('countme=')), 'age');
  assert.equal(outcomeOf(query('repo=a')), 'no candidate');
});

test('D06 Q6 a key that stands twice is rejected, with or without =', () => {
  for (const twice of [
    'countme=1&countme=4',
    'countme=1&countme=1',
    'countme=1&countme',
    'countme&countme=1',
    'repo=a&countme=1&repo=b',
    'repo=a&repo&countme=1',
    'arch=a&arch=a&countme=1',
    'arch&arch&countme=1',
  ]) {
    assert.equal(outcomeOf(query(twice)), 'duplicate-key', twice);
  }
  assert.equal(outcomeOf({ target: '/mirrorlist/9/baseos?repo=x&countme=1' }), 'duplicate-key');
  assert.equal(outcomeOf({ target: '/mirrorlist/9/baseos?repo&countme=1' }), 'duplicate-key');
  // Other keys may stand as often as they like.
  assert.equal(outcomeOf(query('x=1&x=2&countme=1')), 'counted');
});

test('D06 Q2 Q3 a key is countme only as it is written', () => {
  for (const other of [
    'COUNTME=1',
    'countme%3D1',
    'countmex=1',
    'xcountme=1',
    'count%6De=1',
    'a=countme=1',
    ';countme=1',
  ]) {
    assert.equal(outcomeOf(query(other)), 'no candidate', other);
  }
  assert.equal(outcomeOf(query('countme')), 'no candidate');
  assert.equal(outcomeOf({ target: '/mirrorlist/countme=1' }), 'no candidate');
  assert.equal(outcomeOf(query('a?countme=1')), 'no candidate');
  assert.equal(outcomeOf(query('&&countme=1&')), 'counted');
  assert.equal(outcomeOf(query('=&countme=1&=x')), 'counted');
});

test('D07 Q9 values are decoded once, log escapes first; what is not clean text is rejected', () => {
  const decoded: [string, string][] = [
    ['fedora-41', 'fedora-41'],
    ['a+b', 'a+b'],
    ['%', '%'],
    ['%4', '%4'],
    ['%zz', '%zz'],
    ['a%20b', 'a b'],
    ['%C3%A9', '\u00e9'],
    ['%c3%a9', '\u00e9'],
    ['\\xC3\\xA9', '\u00e9'],
    ['\xc3\xa9', '\u00e9'],
    ['\\xC3%A9', '\u00e9'],
    ['%2541', '%41'],
    ['\\x2541', 'A'],
    ['%5Cx41', '\\x41'],
    ['\\q', '\\q'],
    ['\\x4', '\\x4'],
    ['\\\\x41', '\\x41'],
    ['%F0%9F%90%A7', '\u{1f427}'],
    ['a=b', 'a=b'],
    ['a/b?c', 'a/b?c'],
    ['', ''],
  ];
  for (const [written, repo] of decoded) assert.equal(seen(query(`repo=${written}&countme=1`)).repo, repo, written);
  const unclean = [
    '%00',
    '%0A',
    '\\n',
    '\\x0A',
    '\\x00',
    '%7F',
    '\\t',
    '%FF',
    '\xff',
    '%C0%80',
    '%E0%A4%A',
    '%ED%A0%80',
  ];
  const invisible = ['%E2%80%AE', '%E2%80%8B', '%EF%BB%BF', '%EF%BF%BD', '%E2%80%A8', '%EE%80%80', '%F4%8F%BF%BF'];
  for (const written of [...unclean, ...invisible]) {
    assert.equal(outcomeOf(query(`repo=${written}&countme=1`)), 'encoding', written);
    assert.equal(outcomeOf(query(`arch=${written}&countme=1`)), 'encoding', written);
    assert.equal(outcomeOf({ target: `/mirrorlist/9/${written}?countme=1` }), 'encoding', written);
    assert.equal(outcomeOf({ target: `/mirrorlist/${written}/a?countme=1` }), 'encoding', written);
    // What is not counted may hold anything.
    assert.equal(outcomeOf(query(`x=${written}&countme=1`)), 'counted', written);
  }
});

test('D08 names of the language are plain values', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
    const found = seen({
      ...query(`repo=${name}&arch=${name}&countme=1`),
      agent: `libdnf (${name} ${name}; ${name}; ${name}.${name})`,
    });
    assert.deepEqual([found.repo, found.arch, ...found.os], new Array<string>(6).fill(name));
  }
});

test('D09 Q4 only GET counts, unlike in the catalogue: HEAD is rejected', () => {
  assert.equal(outcomeOf({ method: 'GET' }), 'counted');
  for (const method of ['HEAD', 'POST', 'OPTIONS', 'get', 'GETS', 'G', 'PROPFIND']) {
    assert.equal(outcomeOf({ method }), 'method', method);
  }
});

test('D10 Q1 Q5 the path ends in a list, or is a list with version and repository', () => {
  const counted: [string, string][] = [
    ['/mirrorlist', ''],
    ['/metalink', ''],
    ['//metalink', ''],
    ['/x/mirrorlist', ''],
    ['/x/../metalink', ''],
    ['http://h/metalink', ''],
    ['https://h:443/mirrorlist/9/baseos', 'baseos-9'],
    ['http:///metalink', ''],
    ['/mirrorlist/9/baseos', 'baseos-9'],
    ['/metalink/40/fedora', 'fedora-40'],
    ['/mirrorlist/9%2E5/base%6Fs', 'baseos-9.5'],
    ['/mirrorlist/9/mirrorlist', ''],
    ['/metalink/a/b/metalink', ''],
  ];
  for (const [path, repo] of counted) assert.equal(seen({ target: `${path}?countme=1` }).repo, repo, path);
  const rejected = [
    '',
    '/',
    '/mirrorlist/',
    '/metalink/',
    '/METALINK',
    '/Mirrorlist/9/baseos',
    'metalink',
    '/mirrorlistx',
    '/xmirrorlist',
    '/mirrorlist/9',
    '/mirrorlist/9/',
    '/mirrorlist//baseos',
    '/mirrorlist/9/a/b',
    '/x/mirrorlist/9/baseos',
    '//mirrorlist/9/baseos',
    'http://metalink',
    'http:/x',
    'ftp://h/mirrorlist/9/baseos',
    '/m%65talink',
    '/mirrorlist;x',
  ];
  for (const path of rejected) assert.equal(outcomeOf({ target: `${path}?countme=1` }), 'path', path);
});

test('Q1 Q3 Q8 where there is no question mark, the query begins at the first &, as rpm-ostree writes it', () => {
  const counted: [target: string, repo: string, arch: string][] = [
    ['/metalink/10/baseos&countme=1', 'baseos-10', ''],
    ['/metalink/10/baseos&arch=x86_64&countme=1', 'baseos-10', 'x86_64'],
    ['/metalink&repo=epel-10&arch=aarch64&countme=1', 'epel-10', 'aarch64'],
    ['/mirrorlist&countme=1', '', ''],
    ['http://h/metalink/10/baseos&countme=1', 'baseos-10', ''],
    ['/metalink/10/base%26os&countme=1', 'base&os-10', ''],
    // With one, nothing else ends the path.
    ['/metalink/10/base&os?countme=1', 'base&os-10', ''],
    ['/metalink/10/baseos&x=1?arch=y&countme=1', 'baseos&x=1-10', 'y'],
  ];
  for (const [target, repo, arch] of counted) {
    const { age, ...found } = seen({ target });
    assert.deepEqual([age, found.repo, found.arch], [1, repo, arch], target);
  }
  const others: [target: string, outcome: string][] = [
    ['/metalink/10/baseos&countme=1&countme=1', 'duplicate-key'],
    ['/metalink/10/baseos&repo=x&countme=1', 'duplicate-key'],
    ['/metalink/10/baseos&countme=5', 'age'],
    ['/metalink/10&countme=1', 'path'],
    ['/x&y/metalink/10/baseos&countme=1', 'path'],
    ['/metalink/10/baseos&countme', 'no candidate'],
    ['/metalink/10/baseos&countme=1?x=1', 'no candidate'],
    ['/metalink/10/baseos%26countme=1', 'no candidate'],
    ['/metalink/10/baseos\\x26countme=1', 'no candidate'],
    ['http://h&countme=1', 'no candidate'],
  ];
  for (const [target, outcome] of others) assert.equal(outcomeOf({ target }), outcome, target);
});

test('Q5 a path that was declared counts, as it is written, with the keys of a query', () => {
  const rules = { ...RULES, paths: ['/count', '/api/v1/count', '/metalink/a/b/c', '/metalink/10/own'] };
  const asked = 'repo=dakota&tag=stable&flavor=main&arch=x86_64&countme=2';
  for (const target of [`/count?${asked}`, `/api/v1/count&${asked}`, `http://h/metalink/a/b/c?${asked}`]) {
    const { age, repo, arch } = seen({ target }, rules);
    assert.deepEqual([age, repo, arch], [2, 'dakota', 'x86_64'], target);
    assert.equal(outcomeOf({ target }), 'path', 'undeclared');
  }
  for (const path of ['/count/', '/counts', '//count', '/COUNT', '/x/count', '/%63ount', '/api/v1', '/metalink/a/b']) {
    const outcome = path === '/metalink/a/b' ? 'duplicate-key' : 'path';
    assert.equal(outcomeOf({ target: `${path}?${asked}` }, rules), outcome, path);
  }
  // What is of the path form stays so.
  assert.equal(seen({ target: '/metalink/10/own?countme=1' }, rules).repo, 'own-10');
  assert.equal(outcomeOf({ target: '/count?repo=a&repo=b&countme=1' }, rules), 'duplicate-key');
});

test('D20 Q9 a value of more than 255 bytes as written counts as other', () => {
  assert.equal(seen(query(`repo=${'r'.repeat(255)}&countme=1`)).repo, 'r'.repeat(255));
  assert.equal(seen(query(`repo=${'r'.repeat(256)}&countme=1`)).repo, 'other');
  // Undecoded: what it holds does not matter any more.
  assert.equal(seen(query(`repo=${'%FF'.repeat(86)}&countme=1`)).repo, 'other');
  assert.equal(seen(query(`arch=${'a'.repeat(20_000)}&countme=1`)).arch, 'other');
  assert.equal(seen({ target: `/mirrorlist/9/${'r'.repeat(256)}?countme=1` }).repo, 'other-9');
  assert.equal(seen({ target: `/mirrorlist/${'9'.repeat(256)}/r?countme=1` }).repo, 'r-other');
});

test('L8 a request is METHOD target PROTOCOL, each with something in it', () => {
  for (const parts of [
    { protocol: '' },
    { protocol: 'HTTP' },
    { protocol: 'http/1.1' },
    { protocol: 'HTTP/1.1 ' },
    { protocol: 'HTTP/1 1' },
    { method: '' },
    { method: 'GET ' },
    { method: 'GET x' },
  ]) {
    assert.equal(outcomeOf(parts), 'malformed', JSON.stringify(parts));
  }
  for (const protocol of ['HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0', 'HTTP/3', 'HTTP/']) {
    assert.equal(outcomeOf({ protocol }), 'counted', protocol);
  }
});

test('C1 of several reasons the first in the order of the list applies', () => {
  const wrong = [
    ['method', { method: 'POST' }],
    ['path', { target: '/x?arch=%FF&countme=9&countme=9' }],
    ['duplicate-key', { target: '/metalink?arch=%FF&countme=9&countme=9' }],
    ['encoding', { target: '/metalink?arch=%FF&countme=9' }],
    ['age', { target: '/metalink?countme=9' }],
    ['time', { time: '99/Dec/2021:17:02:12 +0000' }],
    ['time-range', { time: '01/Jan/2010:00:00:00 +0000' }],
    ['agent', { agent: 'curl' }],
    ['status', { status: '404' }],
  ] as const;
  for (const [i, [reason]] of wrong.entries()) {
    const parts = Object.assign(
      {},
      ...wrong
        .slice(i)
        .map(([, part]) => part)
        .reverse(),
    );
    assert.equal(outcomeOf(parts), reason);
  }
});
