import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { countLogs } from '../../src/commands/count-logs.ts';
import { discover } from '../../src/flow/bytes/discover.ts';
import { LogReaders } from '../../src/flow/tallies/log-readers.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { type Ended, rollcall, Workplace } from '../support/command-line.ts';
import { checkInLines, logLine, logOfLines } from '../support/log-lines.ts';
import { RULES } from '../support/readers.ts';

const V4 = '203.0.113.77';
const V6 = '2001:db8:cafe:beef::4711';
const USER = 'canary-user';
const REFERER = 'http://canary-referer.example/';
const KEY = 'canary-value';
const SPOILT = 'canary-spoilt';
/** 17:02:12 and not the minute at the start or the end of the log (P2). */
const SECONDS = Date.parse('2025-03-05T17:02:12Z') / 1000;

/** What must not be found, in every form in which somebody could have stored it. */
function traces(): Buffer[] {
  const number = [203, 0, 113, 77];
  const texts = [V4, '203.0.113', V6, '2001:db8:cafe', '20010db8cafe', 'cb00714d', USER, 'canary-', '17:02:12'];
  const v6 = Buffer.from('20010db8cafebeef', 'hex');
  const seconds = Buffer.alloc(4);
  seconds.writeUInt32BE(SECONDS);
  return [
    ...texts.map((text) => Buffer.from(text)),
    Buffer.from(V4, 'utf16le'),
    Buffer.from(number),
    Buffer.from(number.toReversed()),
    v6,
    v6.subarray(0, 6),
    Buffer.from(v6).reverse(),
    Buffer.from(v6.subarray(0, 6)).reverse(),
    seconds,
    Buffer.from(seconds).reverse(),
    Buffer.from(String(SECONDS)),
    Buffer.from('libdnf (AlmaLinux'),
    Buffer.from('HTTP/1.1'),
    Buffer.from('GET /'),
  ];
}

function assertNoTrace(bytes: Uint8Array, where: string): void {
  for (const trace of traces()) {
    assert.equal(Buffer.from(bytes).indexOf(trace), -1, `"${trace.toString('latin1')}" stands in ${where}`);
  }
}

/** Check-ins of both canary addresses between others, and one line for each way of being rejected. */
function canaryLines(): string[] {
  const time = '05/Mar/2025:17:02:12 +0000';
  const canary = { host: V4, time, user: `- ${USER}`, referer: REFERER };
  const target = `/mirrorlist?x=${KEY}&countme=1&repo=epel-9`;
  return [
    ...checkInLines('2025-03-05T16:00:00Z', 30),
    logLine({ ...canary, target }),
    logLine({ ...canary, host: V6, target }),
    logLine({ ...canary, host: `::ffff:${V4}`, target }),
    logLine({ ...canary, host: `${SPOILT}.example`, target }),
    logLine({ ...canary, method: SPOILT }),
    logLine({ ...canary, target: `/${SPOILT}?countme=1` }),
    logLine({ ...canary, target: `/metalink?repo=${SPOILT}&repo=${SPOILT}&countme=1` }),
    logLine({ ...canary, target: `/metalink?repo=${SPOILT}%00&countme=1` }),
    logLine({ ...canary, target: `/metalink?countme=${SPOILT}` }),
    logLine({ ...canary, time: SPOILT }),
    logLine({ ...canary, time: '05/Mar/1999:17:02:12 +0000' }),
    logLine({ ...canary, agent: SPOILT }),
    logLine({ ...canary, status: '404', agent: `libdnf (${SPOILT} 1; ${SPOILT}; Linux.${SPOILT})` }),
    logLine({ ...canary, referer: `\x01${SPOILT}` }),
    `${V4} ${V6} ${SPOILT} countme=`,
    `${logLine(canary)} ${SPOILT}`,
    `${V4} ${SPOILT} countme=${'z'.repeat(70_000)}`,
    ...checkInLines('2025-03-05T18:00:00Z', 30),
  ];
}

test('F08 P1 P2 P3 no address and no line is found in vault, output or totals', async (context) => {
  const place = new Workplace(context);
  const lines = canaryLines();
  const later = checkInLines('2025-03-05T20:00:00Z', 300).map((line) => line.replace(/^[^ ]+/, V4));
  place.write('counted.log', lines);
  place.write('continued.log', [...lines, ...later]);
  place.write('differs.log', [...lines.slice(0, -1), ...later]);
  place.write('cut.log.gz', gzipSync(logOfLines([...lines, ...later])).subarray(0, -20));
  place.write('format.log', new Array<string>(200).fill(`${V4} ${SPOILT} countme=1`));
  const many = checkInLines('2025-03-06T00:00:00Z', 1_200);
  place.write('changes.log', [...many, ...new Array<string>(150).fill(`${V4} ${SPOILT} countme=1`)]);
  place.write('wide.log', Buffer.from(lines.join('\n'), 'utf16le'));
  const runs: [string, Ended][] = [];
  const run = async (name: string, args: string[]) => {
    const finished = await rollcall([...args, '--vault', place.vault], { cwd: place.folder });
    runs.push([name, finished]);
    return finished;
  };
  const logs = ['counted.log', 'continued.log', 'differs.log', 'cut.log.gz', 'format.log', 'changes.log', 'wide.log'];
  const ingested = await run('ingest --json', ['ingest', '--json', '--source', 's', ...logs]);
  const statuses = ingested.out.match(/"status":"[a-z-]+"/g)!.map((status) => status.slice(10, -1));
  assert.deepEqual(statuses, ['counted', 'continued', 'already-counted', 'damaged', 'refused', 'damaged', 'refused']);
  assert.equal((ingested.out.match(/"counted":64,/g) ?? []).length, 1, 'the canaries were counted');
  for (const reason of ['too-long', 'control-bytes', 'malformed', 'trailing-fields', 'method', 'path', 'status']) {
    assert.match(ingested.out, new RegExp(`"${reason}":1`));
  }
  await run('ingest', ['ingest', '--source', 's', ...logs]);
  await run('ingest --replace', ['ingest', '--replace', '--source', 's', 'differs.log']);
  await run('recount', ['recount', '--source', 's', 'differs.log', 'cut.log.gz']);
  await run('report', ['report']);
  await run('verify', ['verify']);
  await run('totals', ['totals', '--all-weeks', '--csv', 'totals.csv', '--sqlite', 'totals.db']);
  for (const log of logs) unlinkSync(place.path(log));
  for (const [name, { out, err }] of runs) {
    assertNoTrace(Buffer.from(out), `the output of ${name}`);
    assertNoTrace(Buffer.from(err), `the errors of ${name}`);
    assert.doesNotMatch(err, /unexpected/);
  }
  const files = readdirSync(place.folder).filter((name) => statSync(join(place.folder, name)).isFile());
  assert.ok(files.includes('rollcall.sqlite') && files.includes('totals.csv') && files.includes('totals.db'));
  for (const file of files) assertNoTrace(readFileSync(place.path(file)), file);
});

test('F08 P1 P3 nothing is found in a vault while it is written, nor in its WAL', async (context) => {
  const place = new Workplace(context);
  place.write('access.log', canaryLines());
  const readers = new LogReaders({ rules: RULES, format: undefined, geoFile: undefined });
  const vault = Vault.open(place.path(place.vault), 'write', randomBytes);
  try {
    const options = { readers, vault, mode: 'add', source: undefined, ahead: 1, onProgress: () => {} } as const;
    for await (const { counted } of countLogs(discover([place.path('access.log')]), options)) assert.equal(counted, 64);
    const files = readdirSync(place.folder).filter((name) => name.startsWith(place.vault));
    assert.deepEqual(
      files.sort(),
      ['', '-shm', '-wal'].map((end) => place.vault + end),
    );
    assert.ok(statSync(place.path(`${place.vault}-wal`)).size > 10_000);
    for (const file of files) assertNoTrace(readFileSync(place.path(file)), file);
  } finally {
    vault.close();
    await readers.close();
  }
});
