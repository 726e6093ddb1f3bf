import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFormat } from '../../../src/flow/requests/format.ts';
import { logLine } from '../../support/log-lines.ts';
import { outcomeOf, seen, verdictOf } from '../../support/one-line.ts';
import { RULES } from '../../support/readers.ts';

const NO_OS = ['', '', '', ''];
const osOf = (agent: string) => seen({ agent }).os;

test('D01 L7 a quoted field ends at the first quote that no backslash escapes', () => {
  const agents: [string, string[]][] = [
    ['libdnf (A \\"B\\" 1; v; L.x)', ['A "B"', '1', 'v', 'x']],
    ['libdnf (A \\x22B\\x22 1; v; L.x)', ['A "B"', '1', 'v', 'x']],
    ['libdnf (A\\\\ 1; v; L.x)', ['A\\', '1', 'v', 'x']],
    ['libdnf (A\\\\\\" 1; v; L.x)', ['A\\"', '1', 'v', 'x']],
    ['libdnf (A\\q 1; v; L.x)', ['A\\q', '1', 'v', 'x']],
  ];
  for (const [agent, os] of agents) assert.deepEqual(osOf(agent), os, agent);
  // The backslash before the quote is itself escaped, so the field ends there.
  assert.equal(outcomeOf({ agent: 'libdnf (A\\\\" 1; v; L.x)' }), 'trailing-fields');
  assert.equal(outcomeOf({ agent: 'libdnf (A 1; v; L.x)\\' }), 'malformed');
  assert.deepEqual(osOf('libdnf (A 1; v; L.x)\\\\'), NO_OS);
});

test('D02 L6 a forged tail in an unescaped User-Agent does not count', () => {
  const forged = 'libdnf (X 1; y; L.z)" 200 1 "-" "libdnf (Fedora Linux 99; x; Linux.y)';
  assert.equal(outcomeOf({ agent: forged }), 'trailing-fields');
  assert.equal(outcomeOf({ agent: forged.replace('" 200', '"x 200') }), 'malformed');
  // Escaped as servers do, it is one odd name.
  assert.deepEqual(osOf(forged.replaceAll('"', '\\x22')), [
    'X 1; y; L.z)" 200 1 "-" "libdnf (Fedora Linux',
    '99',
    'x',
    'y',
  ]);
});

test('D03 L6 L8 a forged tail in referer, request or user does not count', () => {
  const tail = '" 200 1 "-" "libdnf (Fedora Linux 99; x; Linux.y)';
  assert.equal(outcomeOf({ referer: `x${tail}` }), 'malformed');
  assert.equal(outcomeOf({ target: `/mirrorlist?countme=1 HTTP/1.1${tail}` }), 'trailing-fields');
  assert.equal(outcomeOf({ user: 'a b c' }), 'malformed');
  assert.equal(outcomeOf({ user: `- x] "GET /mirrorlist?countme=1 HTTP/1.1${tail}" - -` }), 'malformed');
  const line = logLine();
  assert.deepEqual(verdictOf(`x ${line}`), { rejected: 'malformed', week: undefined });
  assert.deepEqual(verdictOf(` ${line}`), { rejected: 'malformed', week: undefined });
});

test('L6 L7 a user may hold spaces, brackets and escaped quotes, and its line still says one thing', () => {
  const users = [
    'joe',
    '""',
    '[x',
    'x]',
    'John Q. Public',
    'a b]',
    'a ] b',
    ' a',
    'a ',
    '-a -b',
    'a\\\\ b',
    '\\xFF\\x22 x',
    'a\\"b c',
  ];
  for (const user of users) assert.equal(outcomeOf({ user: `- ${user}` }), 'counted', user);
  // A quote that no backslash escapes, no user, or another format.
  for (const user of ['- a "b', '- a b" c', '-', '- ', '- "a b"', 'id a b', '10.0.0.2 - -']) {
    assert.equal(outcomeOf({ user }), 'malformed', user);
  }
  // What is left of a line that was cut off, with a whole one behind it, is not searched for that one.
  const line = logLine({ host: '192.0.2.1' });
  for (const torn of [logLine().slice(0, 25), '10.0.0.1 - ', '10.0.0.1 - - ', '10.0.0.1 - - [', '10.0.0.1 - joe ']) {
    assert.deepEqual(verdictOf(`${torn}${line}`), { rejected: 'malformed', week: undefined }, torn);
  }
});

test('L7 L10 L11 so it is in any format that has the user before the time', () => {
  const formats: [format: string, before: string][] = [
    ['%D %h %l %u %t "%r" %>s %b "%{User-Agent}i"', '12 '],
    ['$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_user_agent"', ''],
    ['$host $remote_addr - $remote_user [$time_iso8601] "$request" $status $bytes_sent "$http_user_agent"', 'h '],
    ['%v:%p %h %l %u %t "%r" %>s %O "%{User-Agent}i"', 'h:443 '],
  ];
  for (const [format, before] of formats) {
    const lines = parseFormat(format);
    assert.ok(lines.kind === 'lines');
    const cutter = lines.start();
    const cut = (user: string, request: string) =>
      cutter.cut(`${before}10.0.0.1 - ${user} [now] "${request}" 200 5 "libdnf"`);
    for (const user of ['joe', 'a b', 'a b]', 'a\\"b c']) {
      assert.equal(cut(user, 'GET /metalink?countme=1 HTTP/1.1').kind, 'fields', user);
      assert.deepEqual(cut(user, ''), { kind: 'rejected', reason: 'malformed', isMisfit: false }, user);
    }
    assert.deepEqual(cut('a [b', 'GET / HTTP/1.1'), { kind: 'rejected', reason: 'malformed', isMisfit: false });
    assert.deepEqual(cut('a "b', 'GET / HTTP/1.1'), { kind: 'rejected', reason: 'malformed', isMisfit: true });
  }
});

test('D04 S1 a smuggled line feed stays in its field', () => {
  for (const written of ['\\n', '\\x0A', '\\r', '\\t', '\\x00', '\\x1b', '\\x7f']) {
    assert.deepEqual(osOf(`libdnf (A${written}B 1; v; L.x)`), ['other', '1', 'v', 'x'], written);
  }
  // A percent sign means nothing in a User-Agent.
  assert.deepEqual(osOf('libdnf (A%0AB 1; v; L.x)'), ['A%0AB', '1', 'v', 'x']);
});

test('D20 S4 a field of more than 255 bytes counts as other', () => {
  const long = (length: number) => 'n'.repeat(length);
  assert.deepEqual(osOf(`libdnf (${long(255)} 1; v; L.x)`), [long(255), '1', 'v', 'x']);
  assert.deepEqual(osOf(`libdnf (${long(256)} 1; v; L.x)`), ['other', '1', 'v', 'x']);
  assert.deepEqual(osOf(`libdnf (${long(10_240)} 1; v; L.x)`), ['other', '1', 'v', 'x']);
  assert.deepEqual(osOf(`libdnf (A ${long(256)}; ${long(256)}; L.${long(256)})`), ['A', 'other', 'other', 'other']);
  // 128 letters of two bytes each.
  assert.deepEqual(osOf(`libdnf (${'\xc3\xa4'.repeat(128)} 1; v; L.x)`), ['other', '1', 'v', 'x']);
  assert.deepEqual(osOf(`libdnf (${'\xc3\xa4'.repeat(127)} 1; v; L.x)`), ['ä'.repeat(127), '1', 'v', 'x']);
});

test('D21 S1 S3 names may hold what text holds; what cannot be seen counts as other', () => {
  const names: [string, string][] = [
    ['A; B (C) [D] {E}', 'A; B (C) [D] {E}'],
    ['\xf0\x9f\x90\xa7 Linux', '\u{1f427} Linux'],
    ['\xd0\x90lmaLinux', '\u0410lmaLinux'],
    ['A\xe2\x80\xaeB', 'other'],
    ['A\xe2\x80\x8bB', 'other'],
    ['\xef\xbb\xbfA', 'other'],
    ['A\xe2\x80\xa8B', 'other'],
    ['A\xc2\xadB', 'other'],
    ['A\xee\x80\x80', 'other'],
    ['A\xef\xbf\xbd', 'other'],
    ['A\xff', 'other'],
    ['A\tB', 'other'],
    ['<script>', '<script>'],
  ];
  for (const [written, name] of names)
    assert.deepEqual(osOf(`libdnf (${written} 1; v; L.x)`), [name, '1', 'v', 'x'], name);
});

test('D22 S3 versions, variants and platforms of all shapes', () => {
  const agents: [string, string[]][] = [
    ['libdnf (A -1; v; L.x)', ['A', '-1', 'v', 'x']],
    ['libdnf (A =1+1; v; L.x)', ['A', '=1+1', 'v', 'x']],
    ['libdnf (A 42 ; v; L.x)', ['A 42', '', 'v', 'x']],
    ['libdnf (A 8.10; ; L.x)', ['A', '8.10', '', 'x']],
    ['libdnf (Only; v; L.x)', ['Only', '', 'v', 'x']],
    ['libdnf (; ; .)', NO_OS],
    ['libdnf (A 1; "cayo"; L.x)'.replaceAll('"', '\\"'), ['A', '1', 'cayo', 'x']],
    ['libdnf (A 1; "cayo"; L.x)'.replaceAll('"', '\\x22'), ['A', '1', 'cayo', 'x']],
    ['libdnf (A 1; \\"\\"cayo\\"\\"; L.x)', ['A', '1', '"cayo"', 'x']],
    ['libdnf (A 1; \\"; L.x)', ['A', '1', '"', 'x']],
    ['libdnf (A 1; \\"\\"; L.x)', ['A', '1', '', 'x']],
    ["libdnf (A 1; 'v'; L.x)", ['A', '1', "'v'", 'x']],
    ['libdnf (A 1; v; a.b.c)', ['A', '1', 'v', 'c']],
    ['libdnf (A 1; v; L.)', ['A', '1', 'v', '']],
    ['libdnf (A 1; v; ; L.x)', ['A 1;', 'v', '', 'x']],
  ];
  for (const [agent, os] of agents) assert.deepEqual(osOf(agent), os, agent);
});

test('S3 a User-Agent of another shape counts with empty fields', () => {
  for (const rest of [
    '',
    ' ',
    ' x',
    ' ()',
    ' (',
    ' (A 1; v)',
    ' (A 1;v; L.x)',
    ' (A 1; v; L.x) y',
    ' (A 1; v; L.x',
    '  (A 1; v; L.x)',
    ' (A 1; v; NoDot)',
  ]) {
    assert.deepEqual(osOf(`libdnf${rest}`), NO_OS, rest);
  }
});

test('D23 S2 only counting clients count, unlike in the catalogue: others are rejected', () => {
  const counted: [string, string][] = [
    ['libdnf', 'libdnf'],
    ['libdnf/0.69.0', 'libdnf'],
    ['libdnf/0.69 (A 1; v; L.x)', 'libdnf'],
    ['rpm-ostree (A 1; v; L.x)', 'rpm-ostree'],
    ['rpm-ostree/2024.1', 'rpm-ostree'],
    ['libdnf\\x20(A 1; v; L.x)', 'libdnf'],
  ];
  for (const [agent, client] of counted) assert.equal(seen({ agent }).client, client, agent);
  const others = ['', '-', ' libdnf', 'libdnfx', 'libdnf5', 'dnf5', 'LIBDNF', 'libdnf/', 'libdnf/ x', 'libdnf\\tx'];
  const known = [
    'curl/8.5',
    'Mozilla/5.0 (X11; Linux)',
    'PackageKit/1.2 (A 1; v; L.x)',
    'rpm-ostree2',
    'libdnf(A 1; v; L.x)',
  ];
  for (const agent of [...others, ...known]) assert.equal(outcomeOf({ agent }), 'agent', agent);
});

test('D23 S2 --agent replaces the list of clients', () => {
  const rules = { ...RULES, clients: ['dnf5', 'zypp'] };
  assert.equal(seen({ agent: 'dnf5/5.2 (A 1; v; L.x)' }, rules).client, 'dnf5');
  assert.equal(outcomeOf({ agent: 'libdnf (A 1; v; L.x)' }, rules), 'agent');
  assert.equal(outcomeOf({ agent: 'libdnf (A 1; v; L.x)' }), 'counted');
});
