import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ingest } from '../../src/commands/ingest.ts';
import { totals } from '../../src/commands/totals.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { weekStart } from '../../src/flow/sightings/week.ts';
import { readTotals } from '../../src/flow/views/totals-read.ts';
import { rollcall } from '../support/command-line.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { checkIn, hourlyLog, LATER, WEEK } from '../support/vault-logs.ts';

const folder = temporaryFolder();
const vault = join(folder, 'vault.sqlite');
const next = (weeks: number) => (WEEK + weeks) as Week;

/** Two complete weeks, one with a missing day, and one of a few hours. */
const log = join(folder, 'access.log');
writeFileSync(
  log,
  hourlyLog(WEEK) +
    hourlyLog(next(1)) +
    hourlyLog(next(2), { until: 48 }) +
    hourlyLog(next(2), { from: 72 }) +
    hourlyLog(next(3), { until: 5 }),
);
await ingest([log], { vault }, capture(), clockAt(LATER));

async function written(options: { allWeeks?: boolean; week?: string[] }, now: EpochSeconds = LATER) {
  const csv = join(folder, 'totals.csv');
  const terminal = capture();
  assert.equal(await totals({ vault, csv, ...options }, terminal, now), 0);
  const { rows } = await readTotals(csv);
  return { weeks: [...new Set(rows.map(({ week }) => week))], out: terminal.outText() };
}

describe('rollcall totals', () => {
  test('X1 H2 D17: only complete weeks; the others are named', async () => {
    const { weeks, out } = await written({});
    assert.deepEqual(weeks, [WEEK, next(1)]);
    assert.match(out, /Left out as not complete: the weeks of 2025-08-18, 2025-08-25 \(--all-weeks takes them in\)/);
    assert.match(out, /exact and private numbers.*Do not publish/);
  });

  test('H2: a week that is not over is not complete', async () => {
    const { weeks } = await written({}, (weekStart(next(2)) - 1) as EpochSeconds);
    assert.deepEqual(weeks, [WEEK]);
  });

  test('X1: --all-weeks takes all weeks, and leaves nothing out', async () => {
    const { weeks, out } = await written({ allWeeks: true });
    assert.deepEqual(weeks, [WEEK, next(1), next(2), next(3)]);
    assert.doesNotMatch(out, /Left out/);
  });

  test('X1: --week takes only the weeks that it names; one that is not complete only with --all-weeks', async () => {
    const one = await written({ week: ['2025-08-11'] });
    assert.deepEqual(one.weeks, [next(1)]);
    assert.doesNotMatch(one.out, /Left out/);
    const two = await written({ week: ['2025-08-18', '2025-08-04'] });
    assert.deepEqual(two.weeks, [WEEK]);
    assert.match(two.out, /Left out as not complete: the week of 2025-08-18/);
    assert.deepEqual((await written({ week: ['2025-08-18'], allWeeks: true })).weeks, [next(2)]);
    for (const [day, message] of [
      ['2025-08-12', /none that begins on that day/],
      ['2019-08-12', /none that begins on that day/],
      ['August', /expected the Monday of a week/],
    ] as const)
      await assert.rejects(written({ week: [day] }), { name: 'UsageError', message });
  });

  test('X3: equal totals are equal files, wherever they come from', async () => {
    const copy = join(folder, 'copy.sqlite');
    const copyLog = join(folder, 'copy.log');
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    writeFileSync(copyLog, `${lines.toReversed().join('\n')}\n`);
    await ingest([copyLog], { vault: copy }, capture(), clockAt(LATER));
    const files = [vault, copy].map((path, i) => ({
      vault: path,
      csv: join(folder, `equal-${i}.csv`),
      sqlite: join(folder, `equal-${i}.db`),
    }));
    for (const file of files) await totals({ allWeeks: true, ...file }, capture(), LATER);
    const bytes = files.map(({ csv, sqlite }) => [readFileSync(csv), readFileSync(sqlite)]);
    assert.deepEqual(bytes[0], bytes[1]);
  });

  test('C4: countries and clients are summed', async () => {
    const path = join(folder, 'sums.sqlite');
    const text = ['10.0.0.1', '8.8.8.8', '1.1.1.1'].map((host) => checkIn({ time: weekStart(WEEK), host })).join('');
    const sumsLog = join(folder, 'sums.log');
    writeFileSync(sumsLog, text);
    await ingest([sumsLog], { vault: path }, capture(), clockAt(LATER));
    const csv = join(folder, 'sums.csv');
    await totals({ vault: path, csv, allWeeks: true }, capture(), LATER);
    const [row, ...rest] = (await readTotals(csv)).rows;
    assert.equal(row?.hits, 3);
    assert.deepEqual(rest, []);
  });

  test('F03 O5: a name that a spreadsheet computes is in no totals; its check-ins are', async () => {
    const path = join(folder, 'formulas.sqlite');
    const names = ['=HYPERLINK(1)', '+1', '-', '@sum', '\uFF1D1+1', ' =1'];
    const agents = names.map((name) => `libdnf (${name} 9; generic; Linux.x86_64)`);
    const lines = agents.map((agent) => checkIn({ time: weekStart(WEEK), agent, repo: '=1', arch: '-1' }));
    const formulas = join(folder, 'formulas.log');
    writeFileSync(formulas, lines.join(''));
    await ingest([formulas], { vault: path }, capture(), clockAt(LATER));
    const csv = join(folder, 'formulas.csv');
    const sqlite = join(folder, 'formulas.db');
    await totals({ vault: path, csv, sqlite, allWeeks: true }, capture(), LATER);
    const [row, ...rest] = (await readTotals(csv)).rows;
    assert.deepEqual([row!.hits, row!.osName, row!.repoTag, row!.repoArch], [6, 'other', 'other', 'other']);
    assert.deepEqual(rest, []);
    assert.deepEqual((await readTotals(sqlite)).rows, [row]);
  });

  test('X1: --csv - writes the same bytes to standard output, and nothing else', async () => {
    const csv = join(folder, 'same.csv');
    await totals({ vault, csv }, capture(), LATER);
    const run = await rollcall(['totals', '--vault', vault, '--csv', '-']);
    assert.equal(run.code, 0);
    assert.equal(run.out, readFileSync(csv, 'utf8'));
    assert.match(run.err, /^Wrote 8 rows of 2 weeks, .* to standard output\.\n.*private numbers/);
    assert.equal(existsSync(join(folder, '-')), false);
    const both = join(folder, 'both.db');
    assert.equal((await rollcall(['totals', '--vault', vault, '--csv', '-', '--sqlite', both])).out, run.out);
    assert.equal((await readTotals(both)).rows.length, 8);
  });

  test('E12: --csv - to a reader that goes away ends quietly', async () => {
    const wide = join(folder, 'wide.sqlite');
    const rows = Array.from({ length: 30_000 }, (_, i) => `2020-02-10,2020-02-16,1,Name ${i},1,,x86_64,1,a-1,x86_64`);
    const file = join(folder, 'wide.csv');
    const header = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch';
    writeFileSync(file, [header, ...rows, ''].join('\r\n'));
    assert.equal((await rollcall(['import', '--vault', wide, file])).code, 0);
    const run = await rollcall(['totals', '--vault', wide, '--csv', '-'], { shell: '"$@" | head -n 1' });
    assert.equal(run.out, `${header}\r\n`);
    assert.doesNotMatch(run.err, /error/i);
  });

  test('X2: --sqlite - is refused with what to write instead', async () => {
    const run = await rollcall(['totals', '--vault', vault, '--sqlite', '-']);
    assert.equal(run.code, 2);
    assert.match(run.err, /^rollcall: --sqlite -: a database cannot be written to standard output; .*\n$/);
  });

  test('X1: without a target it says what to name, and ends with 2', async () => {
    const run = await rollcall(['totals', '--vault', vault]);
    assert.equal(run.code, 2);
    assert.equal(run.err, 'rollcall: name where the totals go: --csv FILE, --sqlite FILE or both\n');
  });

  test('E03: a target that cannot be written: one sentence, exit code 2, nothing left behind', async () => {
    const full = join(folder, 'target');
    mkdirSync(full);
    const targets = [join(folder, 'no', 'totals.csv'), full];
    for (const target of targets) {
      for (const option of ['--csv', '--sqlite']) {
        const run = await rollcall(['totals', '--vault', vault, option, target]);
        assert.equal(run.code, 2, run.out);
        assert.match(run.err, /^rollcall: .* could not be written .*\n$/);
      }
    }
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('partial')),
      [],
    );
    assert.equal(existsSync(join(folder, 'no')), false);
  });
});
