import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type IngestOptions, ingest } from '../../src/commands/ingest.ts';
import { recount } from '../../src/commands/recount.ts';
import { type Week, weekStart } from '../../src/flow/sightings/week.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contentsOfFile, findingsIn, hitsIn } from '../support/vault-contents.ts';
import { checkIn, hourlyLog, LATER, WEEK } from '../support/vault-logs.ts';

const folder = temporaryFolder();
let names = 0;
const newPath = (name: string) => join(folder, `${++names}-${name}`);

/** An older Rollcall that did not know rpm-ostree. */
const OLD_RULE = { agent: ['libdnf'] };

/** Hourly check-ins of libdnf, and one of rpm-ostree every 20 hours. */
function mixedLog(week: Week): string {
  let text = hourlyLog(week);
  for (let hour = 0; hour < 168; hour += 20) {
    text += checkIn({
      time: weekStart(week) + hour * 3600 + 90,
      agent: 'rpm-ostree (Fedora Linux 41; iot; Linux.x86_64)',
    });
  }
  return text;
}

async function run(command: typeof ingest | typeof recount, logs: string[], options: IngestOptions) {
  const terminal = capture();
  const code = await command(logs, options, terminal, clockAt(LATER));
  return { code, out: terminal.outText(), err: terminal.errText() };
}

function logFile(name: string, text: string): string {
  const path = newPath(name);
  writeFileSync(path, text);
  return path;
}

describe('rollcall recount', () => {
  test('G4: after a rule has changed it replaces what logs brought, and prints the differences by week', async () => {
    const vault = newPath('rules.sqlite');
    const logs = [
      logFile('one.log', mixedLog(WEEK)),
      logFile('two.log', mixedLog((WEEK + 1) as Week)),
      logFile('three.log', hourlyLog((WEEK + 2) as Week)),
    ];
    assert.equal((await run(ingest, logs, { vault, ...OLD_RULE })).code, 0);
    assert.equal(hitsIn(vault), 3 * 168);

    const again = await run(ingest, logs, { vault });
    assert.match(again.out, /already counted: 3 logs/);
    assert.equal(hitsIn(vault), 3 * 168, 'to ingest again does not count by the new rule');

    const counted = await run(recount, logs, { vault });
    assert.equal(counted.code, 0, counted.out);
    assert.match(
      counted.out,
      /Check-ins by week:\n {2}2025-08-04 {2}168 -> 177 {2}\(\+9\)\n {2}2025-08-11 {2}168 -> 177 {2}\(\+9\)\n$/,
    );
    const clean = newPath('clean.sqlite');
    await run(ingest, logs, { vault: clean });
    assert.equal(contentsOfFile(vault), contentsOfFile(clean));
    assert.deepEqual(findingsIn(vault), []);

    const back = await run(recount, logs, { vault, ...OLD_RULE });
    assert.match(back.out, /2025-08-04 {2}177 -> 168 {2}\(-9\)/);
    const same = await run(recount, logs, { vault, ...OLD_RULE });
    assert.match(same.out, /No week changed\.\n$/);
    assert.equal(hitsIn(vault), 3 * 168);
  });

  test('G2: a log that has not been counted is refused, and nothing is changed', async () => {
    const vault = newPath('unknown.sqlite');
    const [known, unknown] = [
      logFile('known.log', mixedLog(WEEK)),
      logFile('unknown.log', hourlyLog((WEEK + 5) as Week)),
    ];
    await run(ingest, [known], { vault, ...OLD_RULE });
    const before = contentsOfFile(vault);
    const refused = await run(recount, [unknown], { vault });
    assert.equal(refused.code, 1);
    assert.match(refused.out, /NOT counted: 1 log\n.*has not been counted yet; use "rollcall ingest"/);
    assert.equal(contentsOfFile(vault), before);
    const mixed = await run(recount, [unknown, known], { vault });
    assert.equal(mixed.code, 1, 'the other log is counted again all the same');
    assert.equal(hitsIn(vault), 177);
  });

  test('G7: a damaged archive takes nothing out', async () => {
    const vault = newPath('damaged.sqlite');
    const log = newPath('damaged.log.gz');
    const bytes = gzipSync(mixedLog(WEEK));
    writeFileSync(log, bytes);
    await run(ingest, [log], { vault });
    const before = contentsOfFile(vault);
    writeFileSync(log, bytes.subarray(0, bytes.length - 20));
    const { code, out } = await run(recount, [log], { vault });
    assert.equal(code, 1);
    assert.match(out, /NOT counted: 1 log/);
    assert.equal(contentsOfFile(vault), before);
  });

  test('G3: a log that has grown since is counted whole, once', async () => {
    const vault = newPath('grown.sqlite');
    const log = logFile('grown.log', hourlyLog(WEEK, { until: 100 }));
    await run(ingest, [log], { vault });
    appendFileSync(log, hourlyLog(WEEK, { from: 100 }));
    const { code, out } = await run(recount, [log], { vault });
    assert.equal(code, 0, out);
    assert.match(out, /2025-08-04 {2}100 -> 168 {2}\(\+68\)/);
    assert.match((await run(ingest, [log], { vault })).out, /already counted: 1 log/);
    assert.deepEqual(findingsIn(vault), []);
  });

  test('I2: an older, shorter copy is refused, and nothing is changed', async () => {
    const vault = newPath('older.sqlite');
    const log = logFile('older.log', hourlyLog(WEEK, { until: 60 }));
    await run(ingest, [log], { vault });
    appendFileSync(log, hourlyLog(WEEK, { from: 60 }));
    await run(ingest, [log], { vault });
    const before = contentsOfFile(vault);
    // The first ends where a run ended, the second does not.
    for (const until of [60, 100]) {
      const copy = logFile(`copy-${until}.log`, hourlyLog(WEEK, { until }));
      const { code, out } = await run(recount, [copy], { vault });
      assert.equal(code, 1, out);
      assert.match(out, /NOT counted: 1 log\n.*168 check-ins were read of it and (60|100) are left: an older copy/);
      assert.equal(contentsOfFile(vault), before);
    }
  });
});
