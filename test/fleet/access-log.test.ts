import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLineFormatter, createTimeFormatter, escapeAsNginx } from '../../src/fleet/access-log.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';

test('the canonical line', () => {
  const format = createLineFormatter();
  assert.equal(
    format({
      address: '172.30.61.81',
      time: (Date.UTC(2021, 11, 15, 17, 2, 12) / 1000) as EpochSeconds,
      request: 'GET /mirrorlist/8/baseos?countme=4 HTTP/1.1',
      status: 200,
      bytes: 629,
      referer: '-',
      agent: 'libdnf (AlmaLinux 8.3; generic; Linux.x86_64)',
    }),
    '172.30.61.81 - - [15/Dec/2021:17:02:12 +0000] "GET /mirrorlist/8/baseos?countme=4 HTTP/1.1" 200 629 "-" ' +
      '"libdnf (AlmaLinux 8.3; generic; Linux.x86_64)"',
  );
});

test('the day is not remembered too long, forwards or backwards', () => {
  const timeOf = createTimeFormatter();
  const at = (...time: Parameters<typeof Date.UTC>) => timeOf((Date.UTC(...time) / 1000) as EpochSeconds);
  assert.equal(at(2024, 1, 29, 23, 59, 59), '29/Feb/2024:23:59:59 +0000');
  assert.equal(at(2024, 2, 1, 0, 0, 0), '01/Mar/2024:00:00:00 +0000');
  assert.equal(at(2024, 1, 29, 0, 0, 1), '29/Feb/2024:00:00:01 +0000');
});

test('what nginx escapes, and what it leaves', () => {
  assert.equal(escapeAsNginx('plain ~!;()'), 'plain ~!;()');
  assert.equal(escapeAsNginx('"\\\t\x7f'), '\\x22\\x5C\\x09\\x7F');
  assert.equal(escapeAsNginx('Ä'), '\\xC3\\x84');
  assert.equal(escapeAsNginx(Uint8Array.of(0xff, 0x41)), '\\xFFA');
});
