import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Truth, WeekTruth } from '../../src/fleet/simulate.ts';
import { defaultFirstWeek, simulate } from '../../src/fleet/simulate.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { mondayOf, weekOf, weekStart } from '../../src/flow/sightings/week.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { parseLogTime } from './log-time.ts';

const FIRST_WEEK = 2900 as Week;
const SYSTEMS = 600;
const WEEKS = 12;
/** Of all runs; a run may serve several tests. */
const folder = temporaryFolder();

interface Run {
  truth: Truth;
  /** By mirror and file name. */
  logs: Map<string, string>;
}

async function run(seed: number, gzip = false): Promise<Run> {
  const out = await mkdtemp(join(folder, 'run-'));
  const truth = await simulate({ out, systems: SYSTEMS, weeks: WEEKS, firstWeek: FIRST_WEEK, seed, gzip });
  assert.deepEqual(JSON.parse(await readFile(join(out, 'truth.json'), 'utf8')), truth);
  const logs = new Map<string, string>();
  for (const mirror of ['mirror1', 'mirror2']) {
    for (const name of (await readdir(join(out, mirror))).sort()) {
      const bytes = await readFile(join(out, mirror, name));
      logs.set(join(mirror, name), (gzip ? gunzipSync(bytes) : bytes).toString('latin1'));
    }
  }
  return { truth, logs };
}

const hashOf = ({ logs }: Run) =>
  createHash('sha256')
    .update([...logs.values()].join(''))
    .digest('hex');
const linesOf = (log: string) => log.trimEnd().split('\n');
const usual = await run(1);

describe('determinism', () => {
  test('the same seed gives the same bytes, another one others', async () => {
    assert.equal(hashOf(await run(1)), hashOf(usual));
    assert.notEqual(hashOf(await run(2)), hashOf(usual));
  });

  test('gzip changes the names, not the content', async () => {
    const packed = await run(1, true);
    assert.equal(hashOf(packed), hashOf(usual));
    assert.deepEqual(
      [...packed.logs.keys()],
      [...usual.logs.keys()].map((name) => `${name}.gz`),
    );
  });
});

describe('the logs', () => {
  test('one for each mirror and week, named after its Monday', () => {
    const names = ['mirror1', 'mirror2'].flatMap((mirror) =>
      usual.truth.weeks.map(({ weekStart: monday }) => `${mirror}/access.log-${monday.replaceAll('-', '')}`),
    );
    assert.deepEqual([...usual.logs.keys()], names);
    assert.equal(usual.truth.weeks[0]?.weekStart, mondayOf(FIRST_WEEK));
  });

  test('times ascend, stay in the week, and leave no hour out', () => {
    for (const [index, log] of [...usual.logs.values()].entries()) {
      const week = (FIRST_WEEK + (index % WEEKS)) as Week;
      const times = linesOf(log).map((line) => parseLogTime(/\[([^\]]+)\]/.exec(line)?.[1] ?? ''));
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.ok(times.every((time) => weekOf(time) === week));
      assert.equal(new Set(times.map((time) => Math.floor((time - weekStart(week)) / 3600))).size, 168);
    }
  });

  test('every line is in Combined Log Format and printable ASCII', () => {
    const combined = /^[0-9a-f.:]+ - - \[[^\]]+\] "(?:[^"\\]|\\x[0-9A-F]{2})*" \d{3} \d+ "[^"]*" "[^"]*"$/;
    for (const log of usual.logs.values()) {
      for (const line of linesOf(log)) assert.ok(combined.test(line) && /^[ -~]+$/.test(line), line);
    }
  });
});

describe('the truth', () => {
  test('what must be counted, and what must be rejected, is in the logs', () => {
    for (const [index, week] of usual.truth.weeks.entries()) {
      const logs = [...usual.logs.values()].filter((_, position) => position % WEEKS === index);
      const candidates = logs.flatMap(linesOf).filter((line) => /[?&]countme=/.test(line));
      const rejected = Object.values(week.rejected).reduce((sum, count) => sum + count, 0);
      assert.equal(candidates.length, week.checkIns.counted + rejected, 'every candidate is counted or rejected');
      const good = candidates.filter((line) => COUNTED.test(line));
      assert.equal(good.length, week.checkIns.counted);
      assert.equal(good.filter(isCensus).length, week.checkIns.census);
      assert.equal(week.checkIns.made, week.checkIns.counted + week.checkIns.lost);
    }
  });

  test('adds up, and the fleet grows', () => {
    const sum = (parts: Record<string, number>) => Object.values(parts).reduce((total, part) => total + part, 0);
    for (const { activeSystems, checkIns } of usual.truth.weeks) {
      const { all, byRelease, byAge, byKind } = activeSystems;
      assert.deepEqual([sum(byRelease), sum(byAge), sum(byKind)], [all, all, all]);
      assert.deepEqual(Object.keys(byRelease), ['8', '9', '10']);
      assert.ok(checkIns.census < all, 'a census never finds more systems than there are');
      assert.ok(checkIns.census > all * 0.7, 'but it finds most');
    }
    const first = usual.truth.weeks[0] as WeekTruth;
    const last = usual.truth.weeks.at(-1) as WeekTruth;
    assert.ok(Math.abs(first.activeSystems.all - SYSTEMS) < SYSTEMS * 0.1);
    assert.ok(last.activeSystems.all > first.activeSystems.all);
  });

  test('some check-ins are lost to an outage, and come back without the flag', () => {
    const lost = usual.truth.weeks.reduce((sum, { checkIns }) => sum + checkIns.lost, 0);
    const failed = [...usual.logs.values()].flatMap(linesOf).filter((line) => / 503 /.test(line));
    assert.ok(failed.length > 0);
    assert.equal(
      failed.filter((line) => /libdnf/.test(line) && COUNTED.test(line.replace(' 503 ', ' 200 '))).length,
      lost,
    );
  });
});

test('the last week is over for a week and more', () => {
  const now = weekStart((FIRST_WEEK + 30) as Week);
  for (const second of [now, (now + 604_799) as EpochSeconds]) {
    assert.equal(defaultFirstWeek(second, 30) + 29, FIRST_WEEK + 28);
  }
});

const COUNTED =
  /"GET \/(?:mirrorlist\/[^/ ?]+\/[^/ ?]+\?countme=[1-4]|metalink\?repo=(?!%FF)[^& ]+&arch=\w+&countme=[1-4]) HTTP\/1\.1" 200 \d+ "-" "libdnf[ "]/;

function isCensus(line: string): boolean {
  const release = /\/mirrorlist\/(\d+)\/baseos|repo=baseos-(\d+)/.exec(line);
  const version = / (\d+)[0-9.]*; [^;]*; Linux\.\w+\)"$/.exec(line);
  return release !== null && version !== null && (release[1] ?? release[2]) === version[1];
}
