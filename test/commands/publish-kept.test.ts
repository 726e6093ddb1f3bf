import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { publish } from '../../src/commands/publish.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import { REAL_DISK } from '../../src/flow/views/files/disk.ts';
import { weekOfPath } from '../../src/flow/views/files/file-list.ts';
import { GrowingFile } from '../../src/flow/views/files/growing-file.ts';
import { loadSolver } from '../../src/flow/views/protection/solver.ts';
import { weekName, weekNamed } from '../../src/flow/views/publication/week-name.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { capture } from '../support/in-process.ts';
import { renderPages } from '../support/live-through.ts';
import { dueAt, Press } from '../support/press.ts';
import { WEEK } from '../support/vault-logs.ts';

const WEEKS = 6;
const weekAt = (place: number) => (WEEK + place) as Week;
const means = { solver: loadSolver, render: renderPages, disk: REAL_DISK };

async function run(press: Press, now: EpochSeconds, out = press.out): Promise<string> {
  const terminal = capture();
  const code = await publish({ vault: press.vault, out, distribution: 'almalinux' }, terminal, now, means);
  assert.equal(code, 0, terminal.errText());
  return terminal.outText();
}

async function someWeeks(context: { after(cleanUp: () => void): void }, first = WEEK, count = WEEKS): Promise<Press> {
  const press = new Press(context);
  for (let week = first; week < first + count; week++)
    await press.count(fleetLog(week as Week, EVERYDAY), dueAt(week as Week));
  await run(press, dueAt((first + count - 1) as Week));
  return press;
}

/** Those files of a week that are the same file as before, and those that are not. */
function filesOfWeek(press: Press, before: ReadonlyMap<string, number>, week: Week) {
  const own = [...press.files().keys()].filter((path) => weekOfPath(path) === week);
  return Map.groupBy(own, (path) => (statSync(`${press.out}/${path}`).ino === before.get(path) ? 'kept' : 'made'));
}

function places(press: Press): Map<string, number> {
  return new Map([...press.files().keys()].map((path) => [path, statSync(`${press.out}/${path}`).ino]));
}

async function assertAsAnew(press: Press, now: EpochSeconds): Promise<void> {
  const anew = press.path('anew');
  await run(press, now, anew);
  assert.equal(press.fingerprint(), press.fingerprint(anew), 'as if nothing had been kept');
  await press.assertAsPublished(press.out, renderPages);
}

test('E03: no room among the temporary files, or no folder for them: that is said, and nothing is recorded', async (context) => {
  const press = new Press(context);
  await press.count(fleetLog(WEEK, EVERYDAY), dueAt(WEEK));
  const options = { vault: press.vault, out: press.out, distribution: 'almalinux' };
  const full = { ...means, render: async () => new GrowingFile('/dev/full').add(new Uint8Array(9)) as never };
  const before = process.env['TMPDIR'];
  const told =
    /large files are put together here, and could not be \(.*\): free space, or name another folder in TMPDIR/;
  try {
    await assert.rejects(publish(options, capture(), dueAt(WEEK), full), told);
    process.env['TMPDIR'] = press.path('nowhere');
    await assert.rejects(publish(options, capture(), dueAt(WEEK), means), told);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
  assert.equal(
    press.inVault((vault) => vault.revisions('almalinux').length),
    0,
  );
  await run(press, dueAt(WEEK));
  await press.assertAsPublished(press.out, renderPages);
});

describe('O16: what a publication takes from the last one', () => {
  const now = dueAt(weekAt(WEEKS));

  test('are the files of weeks before the last two; and all files are as if nothing had been kept', async (context) => {
    const press = await someWeeks(context);
    const before = places(press);
    await press.count(fleetLog(weekAt(WEEKS), EVERYDAY), now);
    await run(press, now);
    for (let place = 0; place < WEEKS - 1; place++) {
      const { kept = [], made = [] } = Object.fromEntries(filesOfWeek(press, before, weekAt(place)));
      assert.ok(kept.length >= 6, `${place}: ${kept.length}`);
      assert.deepEqual(made, []);
    }
    assert.equal(filesOfWeek(press, before, weekAt(WEEKS)).has('kept'), false);
    await assertAsAnew(press, now);
  });

  test('O4: is the list of the files of a year that is over too, and whatever else has the same bytes', async (context) => {
    const first = weekNamed('2025-W49');
    const press = await someWeeks(context, first);
    const before = places(press);
    const next = (first + WEEKS) as Week;
    await press.count(fleetLog(next, EVERYDAY), dueAt(next));
    await run(press, dueAt(next));
    const isSame = (path: string) => before.has(path) && statSync(`${press.out}/${path}`).ino === before.get(path);
    const kept = ['files-2025', '000001'].map((name) => `manifests/${name}.json`);
    for (const path of [...kept, 'data/totals/2025.csv', 'data/aliases.json']) assert.ok(isSame(path), path);
    for (const path of ['manifests/files-2026.json', 'manifests/files.json']) assert.ok(!isSame(path), path);
    assert.ok(press.read('manifests/000002.json').length < 700);
    assert.deepEqual(
      press.inVault((vault) => vault.manifest('almalinux', 2)?.text),
      `${press.read('manifest.json')}`,
    );
    await assertAsAnew(press, dueAt(next));
  });

  test('O17: is nothing of weeks that lose their own pages, nor of a year that shares one and has changed', async (context) => {
    const first = weekNamed('2024-W50');
    const press = await someWeeks(context, first, 3);
    const later = weekNamed('2026-W02');
    for (const week of [later, (later + 1) as Week]) {
      await press.count(fleetLog(week, EVERYDAY), dueAt(week));
      await run(press, dueAt(week));
    }
    assert.match(press.read('week/2024-W51/index.html').toString(), /url=(?:\.\.\/)+week\/2024\/#2024-W51/);
    const before = places(press);
    const late = (first + 2) as Week;
    await press.count(fleetLog(late, EVERYDAY.slice(0, 3), { from: 40 }), dueAt(later), 'mirror2');
    await run(press, dueAt((later + 1) as Week));
    const picture = [...press.files().keys()].find((path) => /^chart\/2024-12-09-.*duration\.svg$/.test(path))!;
    assert.notEqual(statSync(`${press.out}/${picture}`).ino, before.get(picture));
    await assertAsAnew(press, dueAt((later + 1) as Week));
  });

  test('ends at the week that a late log changes', async (context) => {
    const press = await someWeeks(context);
    const before = places(press);
    await press.count(fleetLog(weekAt(2), EVERYDAY.slice(0, 3), { from: 40 }), now, 'mirror2');
    const said = await run(press, now);
    assert.match(said, /0 new weeks, 1 revision/);
    assert.deepEqual([...filesOfWeek(press, before, weekAt(0)).keys()], ['kept']);
    assert.ok(filesOfWeek(press, before, weekAt(2)).get('made')!.length >= 6);
    await assertAsAnew(press, now);
  });

  test('is nothing of a folder in which something was written to, nor with other rules', async (context) => {
    const press = await someWeeks(context);
    const before = places(press);
    appendFileSync(`${press.out}/week/${weekName(weekAt(1))}/index.html`, 'x');
    await press.count(fleetLog(weekAt(WEEKS), EVERYDAY), now);
    await run(press, now);
    assert.deepEqual([...filesOfWeek(press, before, weekAt(0)).keys()], ['made']);
    await assertAsAnew(press, now);
    const other = await publish(
      { vault: press.vault, out: press.out, distribution: 'almalinux', siteUrl: 'https://count.example' },
      capture(),
      now,
      means,
    );
    assert.equal(other, 0);
    assert.match(press.read(`week/${weekName(weekAt(0))}/index.html`).toString(), /https:\/\/count\.example/);
  });

  test('is nothing of a folder with damage that nobody can see, nor of one that is gone: it heals', async (context) => {
    const press = await someWeeks(context);
    const page = `${press.out}/week/${weekName(weekAt(1))}/index.html`;
    const { atime, mtime } = statSync(page);
    writeFileSync(page, readFileSync(page, 'utf8').replace('AlmaLinux', 'AlmaLinuz'));
    utimesSync(page, atime, mtime);
    await run(press, now);
    await press.assertAsPublished(press.out, renderPages);
    mkdirSync(`${press.out}/data/empty`);
    await assert.rejects(press.assertAsPublished(press.out, renderPages), /empty folder/);
    await run(press, now);
    await press.assertAsPublished(press.out, renderPages);
    rmSync(`${press.out}.publications`, { recursive: true });
    await run(press, now);
    await assertAsAnew(press, now);
  });

  test('and when nothing has changed no file is made', async (context) => {
    const press = await someWeeks(context);
    const terminal = capture();
    const options = { vault: press.vault, out: press.out, distribution: 'almalinux' };
    const idle = { ...means, render: () => assert.fail('expected nothing to be made') };
    assert.equal(await publish(options, terminal, dueAt(weekAt(WEEKS - 1)), idle), 0);
    assert.match(terminal.outText(), /^Nothing has changed: /m);
  });

  test('are known by the names of weeks', () => {
    for (const week of [2609, 2870, 2886, 2922] as Week[]) assert.equal(weekNamed(weekName(week)), week);
    assert.equal(weekOfPath('ja/chart/2025-08-04-almalinux_systems-map.svg'), weekNamed('2025-W32'));
    for (const path of ['week/index.html', 'data/totals/2025.csv', 'data/totals.csv', 'api/v1/weeks.json'])
      assert.equal(weekOfPath(path), undefined);
  });
});
