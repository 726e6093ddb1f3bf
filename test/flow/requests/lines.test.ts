import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ByteSink } from '../../../src/flow/bytes/pour.ts';
import { COMBINED } from '../../../src/flow/requests/format.ts';
import { newKernelMemory } from '../../../src/flow/requests/kernel.ts';
import { KernelTally } from '../../../src/flow/tallies/kernel-tally.ts';
import type { LogTally } from '../../../src/flow/tallies/log-tally.ts';
import { ReferenceTally } from '../../../src/flow/tallies/reference-tally.ts';
import { outcomes, rollcall, Workplace } from '../../support/command-line.ts';
import { checkInLines, logLine, logOfLines } from '../../support/log-lines.ts';
import { rowsOfTotals } from '../../support/oracle.ts';
import { comparable, RULES, readWithKernel, readWithReference } from '../../support/readers.ts';
import { smallCountryTable } from '../../support/tables.ts';

interface Sums {
  counted: number;
  rejected: Record<string, number>;
}

/** Reads with both readers, which must agree. */
function read(log: string | Buffer, cut?: () => number): Sums & { sha256: string } {
  const bytes = typeof log === 'string' ? Buffer.from(log, 'latin1') : log;
  const reading = readWithKernel(bytes, cut);
  assert.deepEqual(comparable(reading), comparable(readWithReference(bytes, cut)));
  return { ...sumsOf(reading.tally), sha256: reading.sha256 };
}

function sumsOf({ counted, rejections }: LogTally): Sums {
  const rejected: Record<string, number> = {};
  for (const { reason, count } of rejections) rejected[reason] = (rejected[reason] ?? 0) + count;
  return { counted, rejected };
}

function assertSums(log: string | Buffer, counted: number, rejected: Record<string, number> = {}): void {
  const { sha256: _, ...sums } = read(log);
  assert.deepEqual(sums, { counted, rejected });
}

const LINE = logLine();
/** A line that counts, of exactly this many bytes. */
const lineOf = (bytes: number) => {
  const bare = logLine({ referer: '' });
  return logLine({ referer: 'x'.repeat(bytes - bare.length) });
};

describe('lines', () => {
  test('C01 L2 a last line without line feed is counted if it is whole', () => {
    assertSums(`${LINE}\n${LINE}`, 2);
    assertSums(LINE, 1);
    assertSums(`${LINE}\r`, 1);
    assert.equal(read(LINE).sha256, read(`${LINE}\n`).sha256);
  });

  test('C02 L2 a last line counts from its last byte on, and no shorter piece of it is a candidate', () => {
    for (let length = 0; length < LINE.length; length++) assertSums(`${LINE}\n${LINE.slice(0, length)}`, 1);
    for (const rest of ['', '\r', '\n', '\r\n']) assertSums(`${LINE}\n${LINE}${rest}`, 2);
  });

  test('C02 L2 G3 a live line that is completed in pieces is counted once, when it is complete', async (context) => {
    const place = new Workplace(context);
    const [first, second] = checkInLines('2025-03-03T10:00:00Z', 2) as [string, string];
    const pieces = [0, 60, second.length - 1, second.length];
    const seen: string[] = [];
    for (const length of pieces) {
      place.write('access.log', `${first}\n${second.slice(0, length)}`);
      seen.push(...outcomes(await place.ingest(['access.log'])));
    }
    place.write('access.log', `${first}\n${second}\n`);
    seen.push(...outcomes(await place.ingest(['access.log'])));
    const known = new Array<string>(2).fill('already-counted 0');
    assert.deepEqual(seen, ['counted 1', ...known, 'continued 1', 'already-counted 0']);
    assert.equal(
      [...rowsOfTotals(await place.totals()).values()].reduce((a, b) => a + b),
      2,
    );
  });

  test('C03 U1 a chunk may end at every byte of a line', () => {
    const odd = logLine({ agent: 'libdnf (\\xC3\\x84 \\"Q\\" 1; v; Linux.x)', host: '2001:db8::1' });
    for (const lineEnd of ['\n', '\r\n']) {
      const log = `\xef\xbb\xbf${[LINE, odd, LINE.replace('GET', 'PUT'), odd].join(lineEnd)}`;
      const whole = read(log);
      assert.equal(whole.counted, 3);
      for (let at = 1; at < log.length; at++) {
        let cuts = 0;
        assert.deepEqual(
          read(log, () => (cuts++ % 2 === 0 ? at : log.length)),
          whole,
          `cut at byte ${at}`,
        );
      }
    }
  });

  test('C04 L1 a carriage return before a line feed is no part of the line; any other is content', () => {
    assertSums(`${LINE}\r\n${LINE}\n${LINE}\r\n`, 3);
    assert.equal(read(`${LINE}\r\n`).sha256, read(`${LINE}\n`).sha256);
    assertSums(`${LINE}\r\r\n`, 0, { malformed: 1 });
    assertSums(`\r${LINE}\n`, 1);
    assertSums(`${LINE}\r${LINE}\n`, 0, { malformed: 1 });
    assertSums(`${logLine({ referer: 'a\rb' })}\n`, 1);
  });

  test('C05 L5 NUL and other control bytes reject their line, and the next is counted', () => {
    for (const byte of ['\0', '\x01', '\x08', '\x0b', '\x0c', '\x1b', '\x1f', '\x7f']) {
      assertSums(`${logLine({ referer: byte })}\n${LINE}\n`, 1, { 'control-bytes': 1 });
    }
    assertSums(`${logLine({ referer: 'a\tb' })}\n${LINE}\n`, 2);
    // What a power cut leaves: a block of NUL in front of the next record, or behind the last.
    assertSums(`${LINE}\n${'\0'.repeat(5_000)}${LINE}\n${LINE}\n`, 2, { 'control-bytes': 1 });
    assertSums(`${LINE}\n${'\0'.repeat(5_000)}\n${LINE}\n`, 2);
    assertSums(`${LINE}\n${'\0'.repeat(5_000)}`, 1);
  });

  test('C06 L1 bytes stay bytes: Latin-1, broken UTF-8 and a byte order mark', () => {
    assertSums(`${logLine({ referer: 'caf\xe9' })}\n${logLine({ referer: '\xc3\x28\xff\xfe' })}\n`, 2);
    assertSums(`\xef\xbb\xbf${LINE}\n${LINE}\n`, 2);
    assert.equal(read(`\xef\xbb\xbf${LINE}\n`).sha256, read(`${LINE}\n`).sha256);
    // Only at the start of the log is it no part of the line.
    assert.notEqual(read(`${LINE}\n\xef\xbb\xbf${LINE}\n`).sha256, read(`${LINE}\n${LINE}\n`).sha256);
  });

  test('C06 B09 a UTF-16 log is refused with the way to convert it', async (context) => {
    const place = new Workplace(context);
    const lines = checkInLines('2025-03-03T10:00:00Z', 20);
    place.write('wide.log', Buffer.from(`\ufeff${lines.join('\r\n')}`, 'utf16le'));
    const run = await place.ingest(['wide.log']);
    assert.deepEqual(outcomes(run), ['refused 0']);
    assert.match(run.logs[0]!.reason!, /UTF-16.*iconv/);
    assert.equal(run.code, 1);
  });

  test('C07 L4 a line of 65,536 bytes is read, a longer one is rejected, and the next line is found', () => {
    for (const lineEnd of ['\n', '\r\n']) {
      assertSums(`${lineOf(65_535)}${lineEnd}${LINE}${lineEnd}`, 2);
      assertSums(`${lineOf(65_536)}${lineEnd}${LINE}${lineEnd}`, 2);
      assertSums(`${lineOf(65_537)}${lineEnd}${LINE}${lineEnd}`, 1, { 'too-long': 1 });
      assertSums(`${lineOf(2 ** 20)}${lineEnd}${LINE}${lineEnd}`, 1, { 'too-long': 1 });
    }
  });

  test('C07 L2 L4 a last line that is too long already is rejected without a line feed', () => {
    assertSums(`${LINE}\n${lineOf(65_536)}`, 2);
    assertSums(`${LINE}\n${lineOf(65_537)}`, 1, { 'too-long': 1 });
    assertSums(`${LINE}\n${lineOf(2 ** 20)}`, 1, { 'too-long': 1 });
  });

  test('C07 L3 a long line is suspect only by its first 65,536 bytes, and they are all of its identity', () => {
    const at = (start: number) => 'countme='.padStart(start + 8, 'x').padEnd(70_000, 'x');
    assertSums(`${at(65_528)}\n${LINE}\n`, 1, { 'too-long': 1 });
    assertSums(`${at(65_529)}\n${LINE}\n`, 1);
    assert.equal(read(`${at(0)}\n`).sha256, read(`${at(0)}${'y'.repeat(9_999)}\n`).sha256);
  });

  test('C07 L4 a line of 300 MiB does not make memory grow', (context) => {
    const table = smallCountryTable();
    const kernel: KernelTally = new KernelTally(table, RULES, newKernelMemory()!, {
      candidates: () => {},
      paused: () => 0,
      freeSlot: () => 0,
      awaitSlot: () => {},
    });
    const reference = new ReferenceTally(COMBINED, table, RULES, { candidate: () => {}, counted: () => {} });
    for (const [name, sink] of [
      ['kernel', kernel],
      ['reference', reference],
    ] as const) {
      pourText(sink, `${LINE}\n${LINE.slice(0, 60)}countme=`);
      pourEndless(sink, 2 ** 20);
      const before = process.memoryUsage().rss;
      pourEndless(sink, 300 * 2 ** 20);
      const grown = process.memoryUsage().rss - before;
      context.diagnostic(`${name}: ${Math.round(grown / 2 ** 20)} MiB more`);
      assert.ok(grown < 32 * 2 ** 20, `${name} grew by ${grown} bytes`);
      pourText(sink, `\n${LINE}\n`);
      assert.deepEqual(sumsOf(sink.finish()), { counted: 2, rejected: { 'too-long': 1 } });
    }
  });

  test('C08 L6 a torn line and the record glued to it are one rejected line, unlike in the catalogue', () => {
    for (let length = 1; length < LINE.length; length += 1) {
      const torn = LINE.slice(0, length);
      const { counted, rejected } = read(`${torn}${LINE}\n${LINE}\n`);
      const candidates = counted + Object.values(rejected).reduce((a, b) => a + b, 0);
      assert.equal(candidates, 2, `torn at byte ${length}`);
    }
    // Never a wrong record: a client's address cannot come from one line and its request from another.
    assertSums(`${LINE.slice(0, -10)}${LINE}\n${LINE}\n`, 1, { malformed: 1 });
    assertSums(`${LINE}${LINE}\n${LINE}\n`, 1, { malformed: 1 });
    assertSums(`${LINE} ${LINE}\n${LINE}\n`, 1, { 'trailing-fields': 1 });
  });

  test('C09 L6 two writers in one line are rejected by the grammar', () => {
    const [a, b] = checkInLines('2025-03-03T10:00:00Z', 2) as [string, string];
    const mixed = `${a.slice(0, 50)}${b.slice(0, 90)}${a.slice(50)}`;
    assertSums(`${mixed}\n${b.slice(90)}\n${LINE}\n`, 1, { malformed: 1 });
  });

  test('C10 L3 blank lines, comments and error logs are no candidates', () => {
    const others = [
      '',
      ' ',
      '#Fields: date time cs-uri-query',
      '2026/01/01 10:00:00 [error] 1#1: *7 open() "/srv/countme" failed (2: No such file), client: 10.0.0.1',
      logLine({ target: '/repo/x.rpm' }),
      logLine({ target: '/mirrorlist?repo=a' }),
      logLine({ target: '/countme=1' }),
      logLine({ referer: 'http://x/?countme=1', target: '/' }),
      logLine({ agent: 'countme=1', target: '/mirrorlist?x' }),
    ];
    assertSums(`${others.join('\n')}\n${LINE}\n`, 1);
    assert.equal(read(`${others.join('\n')}\n${LINE}\n`).sha256, read(`${LINE}\n`).sha256);
  });

  test('L6 Q3 an error log that quotes a check-in is a candidate that cannot be read', () => {
    const error = `2026/01/01 10:00:00 [error] 1#1: limiting, request: "GET /mirrorlist?countme=1 HTTP/1.1"`;
    assertSums(`${error}\n${LINE}\n`, 1, { malformed: 1 });
  });
});

describe('samples of times', () => {
  test('H1 L7 a stranger who signs in as a time makes no hour seen and hides none', () => {
    const forged = (user: string) => logLine({ user: `- ${user}`, target: '/', time: '15/Dec/2021:17:02:12 +0000' });
    const users = ['x [15/Dec/2020:10:00:00 +0000] y', '[15/Dec/2020:10:00:00 +0000]', 'x [', `${'x'.repeat(2_000)} y`];
    for (const user of users) {
      const log = logOfLines(new Array<string>(50).fill(forged(user)));
      const hour = Date.parse('2021-12-15T17:00:00Z') / 3_600_000;
      assert.deepEqual(readWithKernel(log).tally.hoursSeen, [hour], user);
      assert.deepEqual(readWithReference(log).tally.hoursSeen, [hour], user);
    }
  });
});

describe('formats', { concurrency: 2 }, () => {
  const lines = checkInLines('2025-03-03T10:00:00Z', 120);
  const vhost = lines.map((line) => `mirrors.example.org:443 ${line}`);
  const extra = lines.map((line, i) => `${line} 0.${i} "-" upstream`);

  const recognised: [string, readonly string[]][] = [
    ['combined', lines],
    ['a virtual host in front', vhost],
    ['fields behind the agent', extra],
    ['one field behind the agent', lines.map((line) => `${line} 0.005`)],
    ['combined behind blank lines and comments', ['', '#Software: x', '#Fields: y', ...lines]],
  ];
  for (const [name, log] of recognised) {
    test(`C11 L9 recognised: ${name}`, async (context) => {
      const place = new Workplace(context);
      place.write('access.log', log);
      assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['counted 120']);
    });
  }

  test('C11 L9 95 of 100 lines must fit, and the others are rejected', async (context) => {
    const place = new Workplace(context);
    const noise = '127.0.0.1 - - [x] countme=1';
    place.write('fits.log', [...lines.slice(0, 95), ...new Array<string>(5).fill(noise)]);
    place.write('differs.log', [...lines.slice(0, 94), ...new Array<string>(6).fill(noise)]);
    place.write('small.log', [...lines.slice(100, 102), ...new Array<string>(3).fill(`${noise}2`)]);
    const run = await place.ingest(['fits.log', 'differs.log', 'small.log']);
    assert.deepEqual(outcomes(run), ['counted 95', 'refused 0', 'counted 2']);
    assert.deepEqual(run.logs[0]!.rejected, { malformed: 5 });
    assert.match(run.logs[1]!.reason!, /format unknown.*--format/);
    assert.equal(run.code, 1);
  });

  test('L8 L9 L11 no request that a stranger sends makes a log refused, at its start or in it', async (context) => {
    const place = new Workplace(context);
    const junk = (request: string, status: string, more = {}) => {
      const line = logLine({ host: '203.0.113.9', status, referer: 'http://x.example/?countme=1', ...more });
      return line.replace(/"GET [^"]*"/, () => `"${request}"`);
    };
    const strangers = [
      junk('GET /?countme=1', '400'),
      junk('\\x16\\x03\\x01\\x00\\xEEcountme=1', '400'),
      junk('', '400'),
      junk('-', '408'),
      junk('GET /mirrorlist/9/base os?countme=1 HTTP/1.1', '400'),
      junk('GET /mirrorlist?countme=1 HTTP/1.1 \\"', '400'),
      junk(`GET /${'x'.repeat(8_000)}`, '414'),
      junk('GET /?countme=1', '400', { user: '- a [b] c' }),
      junk('GET /mirrorlist?countme=1 HTTP/1.1', '200', { user: '- - [03/Mar/2025:10:00:00 +0000] x' }),
    ];
    const names: string[] = [];
    for (const [i, line] of strangers.entries()) {
      const many = new Array<string>(110).fill(line);
      const honest = (server: number) => checkInLines('2025-03-03T10:00:00Z', 1_200, server);
      place.write(`${i}-first.log`, [...many, ...honest(i)]);
      place.write(`${i}-last.log`, [...honest(100 + i), ...many]);
      names.push(`${i}-first.log`, `${i}-last.log`);
    }
    for (const options of [[], ['--format', 'combined', '--vault', 'declared']]) {
      const run = await place.ingest([...options, ...names]);
      for (const { log, status, counted, rejected } of run.logs) {
        assert.deepEqual([status, counted, rejected], ['counted', 1_200, { malformed: 110 }], log);
      }
      assert.equal(run.logs.length, names.length);
      assert.equal(run.code, 0);
    }
  });

  test('Q5 paths of one\u2019s own are declared with --path, and the client with --agent', async (context) => {
    const place = new Workplace(context);
    const counts = lines.map((line, i) =>
      line
        .replace('/mirrorlist?', ['/count?', '/metalink?', '/api/count&'][i % 3]!)
        .replace('libdnf (', 'dakota-countme ('),
    );
    place.write('own.log', [...counts, ...lines]);
    const run = await place.ingest(['own.log']);
    assert.deepEqual([run.logs[0]!.counted, run.logs[0]!.rejected], [120, { path: 80, agent: 40 }]);
    const own = ['--path', '/count', '--path', '/api/count', '--agent', 'dakota-countme,libdnf'];
    assert.equal(
      (await rollcall(['recount', '--vault', place.vault, ...own, 'own.log'], { cwd: place.folder })).code,
      0,
    );
    const hits = [...rowsOfTotals(await place.totals()).values()];
    assert.equal(
      hits.reduce((a, b) => a + b),
      240,
    );
  });

  test('L7 L9 addresses that are hidden behind a virtual host are not taken for users', async (context) => {
    const place = new Workplace(context);
    place.write(
      'vhost.log',
      lines.map((line) => `mirrors.example.org:443 ${line.replace(/^[^ ]+/, '-')}`),
    );
    const run = await rollcall(['ingest', '--vault', place.vault, 'vhost.log'], { cwd: place.folder });
    assert.match(run.out, /Counted 120 check-ins.*vhost_combined/s);
  });

  test('C11 L10 a declared format, in the words of Apache and of nginx', async (context) => {
    const place = new Workplace(context);
    const timed = lines.map((line, i) => `${i} ${line.replace('"-"', '"-" 0.1')}`);
    place.write('timed.log', timed);
    assert.deepEqual(outcomes(await place.ingest(['timed.log'])), ['refused 0']);
    const apache = '%D %h %l %u %t "%r" %>s %b "%{Referer}i" %T "%{User-Agent}i"';
    assert.deepEqual(outcomes(await place.ingest(['--format', apache, 'timed.log'])), ['counted 120']);
    const nginx =
      '$request_time $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" $t "$http_user_agent"';
    assert.deepEqual(outcomes(await place.ingest(['--format', nginx, 'timed.log'])), ['already-counted 0']);
  });

  test('C11 L10 a format that cannot be used is refused before any work, with what it lacks', async (context) => {
    const place = new Workplace(context);
    place.write('access.log', lines);
    for (const [format, message] of [
      ['nonsense', /unknown format "nonsense".*combined.*LogFormat/],
      ['%h %t "%r" %>s', /lacks the User-Agent/],
      ['$remote_addr "$request" "$http_user_agent"', /lacks the time .*, the status/],
    ] as const) {
      const run = await place.ingest(['--format', format, 'access.log']);
      assert.equal(run.code, 2);
      assert.match(run.err, message);
      assert.equal(run.out, '');
    }
  });

  test('C12 L11 a log whose format changes half-way is damaged and contributes nothing', async (context) => {
    const place = new Workplace(context);
    const many = checkInLines('2025-03-03T10:00:00Z', 3_000);
    const changes = (at: number) => [...many.slice(0, at), ...many.slice(at).map((line) => `${line} 0.1`)];
    place.write('changes.log', changes(2_800));
    const damaged = await place.ingest(['changes.log']);
    assert.deepEqual(outcomes(damaged), ['damaged 0']);
    assert.match(damaged.logs[0]!.reason!, /200 of 3000 check-ins do not fit.*half-way.*--format/);
    assert.equal(damaged.code, 1);
    assert.equal(rowsOfTotals(await place.totals()).size, 0);
    place.write('changes.log', changes(2_850));
    const counted = await place.ingest(['changes.log']);
    assert.deepEqual(outcomes(counted), ['counted 2850']);
    assert.deepEqual(counted.logs[0]!.rejected, { 'trailing-fields': 150 });
  });
});

function pourText(sink: ByteSink, text: string): void {
  const bytes = logOfLines([text], '');
  for (let at = 0; at < bytes.length; ) {
    const piece = bytes.subarray(at, at + sink.space().length);
    sink.space().set(piece);
    sink.filled(piece.length);
    at += piece.length;
  }
}

function pourEndless(sink: ByteSink, bytes: number): void {
  for (let poured = 0; poured < bytes; ) {
    const space = sink.space();
    space.fill(0x78);
    sink.filled(space.length);
    poured += space.length;
  }
}
