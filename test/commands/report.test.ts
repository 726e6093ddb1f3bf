import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ingest } from '../../src/commands/ingest.ts';
import { report } from '../../src/commands/report.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { weekStart } from '../../src/flow/sightings/week.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { checkIn, hourlyLog, LATER, MONDAY, SOON, WEEK } from '../support/vault-logs.ts';

const folder = temporaryFolder();
let names = 0;

/** The report of a vault that has counted this log. */
async function reportOf(log: string, now: EpochSeconds = LATER, ingested = 0): Promise<string> {
  const path = join(folder, `${++names}.log`);
  const vault = join(folder, `${names}.sqlite`);
  writeFileSync(path, log);
  const code = await ingest([path], { vault }, capture(), clockAt(LATER));
  assert.equal(code, ingested);
  const terminal = capture();
  assert.equal(await report({ vault }, terminal, now), 0);
  assert.equal(terminal.errText(), '');
  return terminal.outText();
}

describe('rollcall report', () => {
  test('an empty vault says what to do', async () => {
    assert.match(
      await reportOf('192.0.2.1 - - [04/Aug/2025:00:00:01 +0000] "GET / HTTP/1.1" 200 1 "-" "x"\n'),
      /holds no check-ins yet\. Count logs with "rollcall ingest"\.\n$/,
    );
  });

  test('a vault of rejected check-ins alone', async () => {
    assert.match(await reportOf(checkIn({ time: MONDAY, age: 9 }), LATER, 1), /holds no check-ins yet/);
  });

  test('H2: one complete week: systems, versions, ages, nothing rejected', async () => {
    const text = await reportOf(hourlyLog(WEEK), SOON);
    assert.match(text, /^168 systems checked in in the week of 2025-08-04\.\n/);
    assert.match(text, /only by systems of its own release/);
    assert.match(text, /2025-08-04 {2}█{40} {7}168\n/);
    assert.match(text, /AlmaLinux 9\.4 {7}168 100\.0 %/);
    assert.match(text, /under 2 weeks {12}42 {2}25\.0 %/);
    assert.match(text, /Rejected since 2025-08-04.*nothing/s);
    assert.doesNotMatch(text, /not complete/);
  });

  test('H2: the last complete week is the headline; a running one and one with a gap say so', async () => {
    const third = (WEEK + 2) as Week;
    const text = await reportOf(
      hourlyLog(WEEK) + hourlyLog((WEEK + 1) as Week, { until: 100 }) + hourlyLog(third, { until: 30 }),
      (weekStart(third) + 31 * 3600) as EpochSeconds,
    );
    assert.match(text, /^168 systems checked in in the week of 2025-08-04\.\n/);
    assert.match(text, /2025-08-11 .*░.* 100 {2}not complete: 100 of 168 hours seen, longest gap 68 h\n/);
    assert.match(text, /2025-08-18 .*░.* 30 {2}not complete: still running\n/);
  });

  test('H2: without any complete week the number is said to be too low', async () => {
    const text = await reportOf(hourlyLog(WEEK, { until: 24 }));
    assert.match(text, /^24 systems checked in/);
    assert.match(text, /This week is not complete \(24 of 168 hours seen, longest gap 144 h\): the number is too low/);
  });

  test('C1: rejections by reason, most first, in words', async () => {
    const lost = Array.from({ length: 3 }, () => checkIn({ time: MONDAY, status: 503 })).join('');
    const text = await reportOf(hourlyLog(WEEK) + lost + checkIn({ time: MONDAY, age: 7 }));
    assert.match(
      text,
      /Rejected since 2025-08-04 \(168 check-ins were counted\)\n {2}status +3 {2}answered with an error: lost check-ins\n {2}age +1 {2}countme is not 1, 2, 3 or 4\n/,
    );
  });

  test('without a base repository that everybody has, the largest is counted and named', async () => {
    assert.match(
      await reportOf(hourlyLog(WEEK, { repo: 'my-repo' })),
      /Counted in the repository with the most check-ins, my-repo\./,
    );
  });

  test('M2 M7: Kitten is counted by the repository it asks for, and every check-in is in an account', async () => {
    const kitten = 'libdnf (AlmaLinux Kitten 10; generic; Linux.x86_64)';
    const asked = ['baseos-10-kitten', 'appstream-10-kitten', 'crb-10-kitten', 'nonsense-10', 'a$b'];
    const log = hourlyLog(WEEK) + asked.map((repo) => checkIn({ time: MONDAY, repo, agent: kitten })).join('');
    const text = await reportOf(log + checkIn({ time: MONDAY, agent: 'libdnf' }), SOON);
    assert.match(text, /^169 systems checked in/);
    assert.match(text, /AlmaLinux Kitten 10 +1 /);
    const table = /What the check-ins stand for, week of 2025-08-04 \(174 in all\)\n(.*?)\n\n/s.exec(text)![1]!;
    assert.deepEqual(
      table.split('\n').map((line) => line.trim().split(/ {2,}/)),
      [
        ['all', 'AlmaLinux', 'AlmaLinux Kitten', 'not stated'],
        ['a system', '169', '168', '1', '0'],
        ['the same systems, to compare', '1', '0', '1', '0'],
        ['other known repositories', '1', '0', '1', '0'],
        ['nothing: a variable was sent as it is', '1', '0', '1', '0'],
        ['nothing: no definition knows it', '1', '0', '1', '0'],
        ['nothing: no system stated', '1', '0', '0', '1'],
      ],
    );
  });

  test('M7: where much stands for nothing it names the doctor', async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, n) => checkIn({ time: MONDAY + n, repo: 'livepatch-9' })).join('');
    assert.match(await reportOf(hourlyLog(WEEK) + lines(10)), /^ {2}What to do about it: rollcall doctor$/m);
    assert.doesNotMatch(await reportOf(hourlyLog(WEEK) + lines(9)), /doctor/);
  });

  test('D21 S1: names from strangers: nothing that steers a terminal, nothing endless', async () => {
    const hostile = [
      'libdnf (\\x1B]0;owned\\x07 9; generic; Linux.x86_64)',
      'libdnf (\\xC2\\x9B31mred 9; generic; Linux.x86_64)',
      'libdnf (\\xE2\\x80\\xAEdlrow 9; generic; Linux.x86_64)',
      `libdnf (${'N'.repeat(200)} 9; generic; Linux.x86_64)`,
      'libdnf (<script>alert\\x281\\x29</script> 9; generic; Linux.x86_64)',
      'libdnf (\\x00 9; generic; Linux.x86_64)',
    ];
    const text = await reportOf(
      hostile
        .map((agent, i) => checkIn({ time: MONDAY + i, agent, repo: i % 2 === 0 ? 'baseos-9' : '%1B%5B2Jbaseos-9' }))
        .join('') + hostile.map((agent, i) => checkIn({ time: MONDAY + i, agent })).join(''),
    );
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    assert.ok(text.split('\n').every((line) => line.length < 120));
    assert.match(text, /N{39}…/);
  });

  test('P1: neither addresses nor times finer than the hour', async () => {
    const text = await reportOf(hourlyLog(WEEK));
    assert.doesNotMatch(text, /\d+\.\d+\.\d+\.\d+|\d\d:\d\d/);
  });

  test('at most 16 weeks and 10 versions', async () => {
    const weeks = Array.from({ length: 20 }, (_, i) => hourlyLog((WEEK - 20 + i) as Week, { until: 3 })).join('');
    const versions = Array.from({ length: 14 }, (_, i) =>
      checkIn({ time: MONDAY + i, agent: `libdnf (AlmaLinux 9.${i}; generic; Linux.x86_64)` }),
    ).join('');
    const text = await reportOf(weeks + versions);
    assert.equal(text.match(/^ {2}2025-\d\d-\d\d /gm)?.length, 16);
    assert.match(text, /4 more {2,}4 /);
  });
});
