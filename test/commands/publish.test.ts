import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { ingest } from '../../src/commands/ingest.ts';
import { formatBytes } from '../../src/commands/terminal.ts';
import { type EpochSeconds, mondayOf, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import { isComplete } from '../../src/flow/views/completeness.ts';
import { sha256 } from '../../src/flow/views/files/hash.ts';
import type { PublishedWeek } from '../../src/flow/views/publication/tables.ts';
import { EVERYDAY, fleetLog, type Group } from '../support/fleet-log.ts';
import { capture, clockAt } from '../support/in-process.ts';
import { dueAt, Press, sumOf } from '../support/press.ts';
import { checkIn, hourlyLog, WEEK } from '../support/vault-logs.ts';

const week = (number: number) => (WEEK + number) as Week;
const weeks = (from: number, until: number, groups: readonly Group[] = EVERYDAY) =>
  Array.from({ length: until - from }, (_, i) => fleetLog(week(from + i), groups)).join('');

/** Six weeks have been counted, and published on the Tuesday after the last of them. */
const first = new Press();
await first.count(weeks(0, 6), dueAt(week(5)));
assert.deepEqual(await first.publish(dueAt(week(5))), {
  code: 0,
  out: [
    'Week of 2025-09-08: 680 AlmaLinux systems (repositories disagree by 10: 680 to 690), quality of the logs: A.',
    '6 new weeks, 0 revisions, 6 weeks in all.',
    'Small groups: up to 10 of the newest week are hidden; none can be worked out from what is published.',
    `Publication 1 is in ${first.out}: ${first.files().size} files, ${formatBytes(sizeOfFiles(first))}.`,
    '',
  ].join('\n'),
  err: '',
});

function sizeOfFiles(press: Press): number {
  return [...press.files().values()].reduce((sum, { length }) => sum + length, 0);
}

describe('rollcall publish', () => {
  test('repetition gives the same bytes: again, on the next day, into another folder, and from a copy of the vault', async (context) => {
    const press = first.copy(context);
    const before = press.fingerprint();
    const again = await press.publish((dueAt(week(5)) + 86_400) as EpochSeconds);
    assert.deepEqual([again.code, press.fingerprint()], [0, before]);
    assert.match(again.out, /^0 new weeks, 0 revisions, 6 weeks in all\.$/m);
    assert.match(again.out, /^Nothing has changed: .* shows publication 1\.$/m);
    const other = press.path('other');
    assert.equal((await press.publish(dueAt(week(5)), { out: other })).code, 0);
    assert.equal(press.fingerprint(other), before);
    const copy = press.path('copy.sqlite');
    copyFileSync(press.vault, copy);
    const fromCopy = press.path('from-copy');
    assert.equal((await press.publish(dueAt(week(5)), { vault: copy, out: fromCopy })).code, 0);
    assert.equal(press.fingerprint(fromCopy), before);
  });

  test('J3 M7: a week of which much stands for nothing is B, says why, and accounts for every published check-in', async (context) => {
    const press = new Press(context);
    const unknown: Group[] = [{ systems: 60, repo: 'livepatch-9' }];
    await press.count(weeks(0, 3) + weeks(3, 4, [...EVERYDAY, ...unknown]), dueAt(week(3)));
    assert.equal((await press.publish(dueAt(week(3)))).code, 0);
    const [good, doubtful] = [press.week(week(2)), press.week(week(3))];
    assert.deepEqual([good['grade'], good['checkins_unknown']], ['A', '0']);
    assert.deepEqual(
      [doubtful['grade'], doubtful['note'], doubtful['checkins_unknown']],
      ['B', '4 % of the check-ins ask for what no definition counts', '60'],
    );
    const accounts = Object.keys(doubtful).filter((column) => column.startsWith('checkins_'));
    const published = press.table('systems').filter(({ week_start }) => week_start === doubtful['week_start']);
    const hits = press.table('totals').filter(({ week_start }) => week_start === doubtful['week_start']);
    assert.equal(doubtful['checkins_census'], String(sumOf(published, 'systems')));
    assert.ok(accounts.reduce((sum, column) => sum + Number(doubtful[column]), 0) >= sumOf(hits, 'hits'));
    const page = press.read('week/2025-W35/index.html').toString();
    assert.match(page, /What each check-in stands for/);
    assert.match(page, /nothing: a repository that no definition knows<\/th><td[^>]*><data value="60"/);
    assert.match(page, /4 % of the check-ins ask for what no definition counts/);
    assert.equal(hits.find(({ repo_tag }) => repo_tag === 'unknown')?.['os_name'], 'AlmaLinux');
    assert.equal(
      hits.some(({ repo_tag }) => repo_tag === 'livepatch-9'),
      false,
    );
  });

  test('O1: the files of one publication say the same, and say how much they are worth', async () => {
    const press = first;
    await press.assertAsPublished();
    const row = press.week(week(5));
    const systems = press.table('systems').filter(({ week_start }) => week_start === row['week_start']);
    assert.equal(row['systems'], String(sumOf(systems, 'systems')));
    assert.deepEqual([row['grade'], row['coverage'], row['revision'], row['status']], ['A', '1', '1', 'published']);
    const census = press.table('totals').filter(({ week_start, repo_tag, os_version }) => {
      return week_start === row['week_start'] && repo_tag === `baseos-${os_version!.split('.')[0]}`;
    });
    assert.equal(sumOf(census, 'hits'), Number(row['systems']), 'totals.csv counts the same systems');
    const crosscheck = press
      .table('totals')
      .filter(({ week_start, repo_tag }) => week_start === row['week_start'] && repo_tag === 'appstream-9');
    assert.equal(row['high'], String(sumOf(crosscheck, 'hits')));
    const latest = JSON.parse(press.read('latest.json').toString()) as { week: { systems: number } };
    assert.equal(String(latest.week.systems), row['systems']);
    assert.match(
      press.read('latest.txt').toString(),
      /^AlmaLinux: 680 systems checked in, week of 2025-09-08, quality of the logs: A\n$/,
    );
  });

  test('late logs: a revision, a line in the corrections log, and a manifest that follows from the one before', async (context) => {
    const press = first.copy(context);
    const before = { manifest: press.read('manifest.json'), systems: press.table('systems') };
    const late = [{ systems: 30, age: 3, prefix: '133.12' }];
    await press.count(fleetLog(week(2), late), dueAt(week(5)), 'mirror2');
    const { code, out } = await press.publish((dueAt(week(5)) + 3600) as EpochSeconds);
    assert.equal(code, 0);
    assert.match(out, /^0 new weeks, 1 revision, 6 weeks in all\.$/m);
    await press.assertAsPublished();
    assert.deepEqual(press.corrections(), [
      {
        ...press.corrections()[0],
        week_start: mondayOf(week(2)),
        revision: 2,
        why: 'logs were counted after the week had been published',
        before: { systems: 680, grade: 'A' },
        after: { systems: 710, grade: 'A' },
      },
    ]);
    assert.equal(press.week(week(2))['revision'], '2');
    const manifest = JSON.parse(press.read('manifest.json').toString()) as { number: number; previous: string };
    assert.deepEqual([manifest.number, manifest.previous], [2, sha256(before.manifest)]);
    assert.deepEqual(press.read('manifests/000001.json'), before.manifest);
    const otherWeeks = (rows: Record<string, string>[]) =>
      rows.filter((row) => row['week_start'] !== mondayOf(week(2)));
    assert.deepEqual(
      otherWeeks(press.table('systems')),
      otherWeeks(before.systems),
      'the other weeks stay as they were',
    );
    for (const row of press.table('systems')) assert.equal(Number(row['systems']) % 10, 0);
  });

  test('F07: late logs that change nothing that can be seen change nothing at all', async (context) => {
    const press = first.copy(context);
    const before = press.fingerprint();
    await press.count(fleetLog(week(2), [{ systems: 1, age: 3 }]), dueAt(week(5)), 'mirror2');
    await press.publish((dueAt(week(5)) + 3600) as EpochSeconds);
    assert.equal(press.fingerprint(), before);
  });

  test('a flood waits for the operator, who is told how to confirm it; the weeks after it are published', async (context) => {
    const press = first.copy(context);
    await press.count(weeks(6, 7, [...EVERYDAY, { systems: 400, age: 1 }]), dueAt(week(6)));
    await press.count(weeks(7, 8), dueAt(week(7)));
    const held = await press.publish(dueAt(week(7)));
    assert.equal(held.code, 1);
    const monday = mondayOf(week(6));
    assert.match(
      held.out,
      new RegExp(
        `^HELD: the week of ${monday} is not published: 59 % more than in .*: rollcall publish --confirm ${monday} `,
        'm',
      ),
    );
    const waiting = press.week(week(6));
    assert.deepEqual(
      [waiting['systems'], waiting['status'], waiting['held'], waiting['revision']],
      ['', 'held', 'true', '0'],
    );
    assert.equal(press.week(week(7))['status'], 'published');
    assert.equal(
      press.table('systems').some(({ week_start }) => week_start === monday),
      false,
    );
    const confirmed = await press.publish(dueAt(week(7)), { confirm: [monday] });
    assert.equal(confirmed.code, 0);
    assert.deepEqual([press.week(week(6))['systems'], press.week(week(6))['revision']], ['1080', '1']);
    await press.assertAsPublished();
    const { code, out } = await press.publish(dueAt(week(7)));
    assert.deepEqual([code, /Nothing has changed/.test(out)], [0, true], 'it stays confirmed');
  });

  test('O12: a newest week of grade C is published; the one before it stands for now, and each bulletin has its picture', async (context) => {
    const press = first.copy(context);
    await press.count(fleetLog(week(6), EVERYDAY, { from: 48 }), dueAt(week(6)));
    const { code, out } = await press.publish(dueAt(week(6)));
    assert.deepEqual([code, press.week(week(6))['grade']], [0, 'C'], out);
    await press.assertAsPublished();
    assert.match(press.read('latest.txt').toString(), /week of 2025-09-08, quality of the logs: A/);
    assert.match(press.read('index.html').toString(), /This is the last good week/);
    const pictures = [...press.files().keys()].filter((path) =>
      path.endsWith('_systems-timeseries-stacked-duration.png'),
    );
    assert.equal(pictures.filter((path) => path.startsWith('chart/')).length, 7);
    await press.count(weeks(7, 8), dueAt(week(7)));
    assert.equal((await press.publish(dueAt(week(7)))).code, 0);
    assert.match(press.read('latest.txt').toString(), /week of 2025-09-22, quality of the logs: A/);
  });

  test('O12: nothing but a held week: no site, nothing recorded, and how to confirm it', async (context) => {
    const press = new Press(context);
    await press.count(fleetLog(WEEK, [{ systems: 400, networks: 2 }]), dueAt(WEEK));
    const { code, out } = await press.publish(dueAt(WEEK));
    assert.equal(code, 1);
    assert.match(
      out,
      /^No week can be published yet, so nothing was written\.\nHELD: .* rollcall publish --confirm 2025-08-04 /,
    );
    assert.equal(existsSync(press.out), false);
    assert.equal((await press.publish(dueAt(WEEK), { confirm: ['2025-08-04'] })).code, 0);
    assert.equal(press.week(WEEK)['status'], 'published');
  });

  test('O12: a vault stays the distribution that it was published as, also when a week counts more of another', async (context) => {
    const press = first.copy(context);
    const others: Group[] = [{ systems: 9000, os: 'Fedora Linux', version: '42', repo: 'fedora-42', networks: 90 }];
    await press.count(fleetLog(week(6), [...EVERYDAY, ...others]), dueAt(week(6)));
    const { code, out } = await press.publish(dueAt(week(6)));
    assert.equal(code, 0);
    assert.match(out, /^Week of 2025-09-15: 680 AlmaLinux systems /);
  });

  test('O3 E03: out shows the publication of another vault or distribution: it stays, and nothing is recorded', async (context) => {
    const press = first.copy(context);
    const before = press.fingerprint();
    const copy = press.path('older.sqlite');
    copyFileSync(press.vault, copy);
    await press.count(weeks(6, 7), dueAt(week(6)));
    await press.publish(dueAt(week(6)));
    const newer = press.fingerprint();
    const message = /shows a publication that did not come from this vault.*what is there is unchanged/;
    await assert.rejects(press.publish(dueAt(week(6)), { vault: copy }), message);
    await assert.rejects(press.publish(dueAt(week(6)), { distribution: 'epel' }), message);
    assert.equal(press.fingerprint(), newer);
    assert.notEqual(newer, before);
    assert.deepEqual(
      press.inVault((vault) => vault.revisions('epel')),
      [],
    );
  });

  test('H2 J2: a small fleet that is asleep at night: its weeks are complete and of grade A, but the one that lost a day', async (context) => {
    const press = new Press(context);
    // From 7 to 20 o'clock, and no line of anything else.
    const day = (number: number, weekday: number) => {
      const monday = weekStart(week(number)) + weekday * 86_400;
      const lines = Array.from({ length: 60 }, (_, i) => {
        const time = monday + 7 * 3600 + i * 800 + weekday;
        return checkIn({ time, host: `133.${11 + weekday}.${i}.9`, age: 1 + (i % 4) });
      });
      return lines.join('');
    };
    for (const number of [0, 1, 2]) {
      const days = [0, 1, 2, 3, 4, 5, 6].filter((weekday) => number !== 1 || weekday !== 3);
      await press.count(days.map((weekday) => day(number, weekday)).join(''), dueAt(week(number)));
    }
    const { publication } = await press.decide(dueAt(week(2)));
    assert.deepEqual(
      publication.weeks.map(({ grade }) => grade),
      ['A', 'C', 'A'],
    );
    assert.deepEqual(
      press.inVault((vault) => vault.weeks().map((summary) => isComplete(summary, dueAt(week(2))))),
      [true, false, true],
    );
  });

  test('G6 J2: a server that lost a day costs the week the same grade, however its logs are named', async (context) => {
    const names: Record<string, (day: Date) => string> = {
      iso: (day) => `access-${day.toISOString().slice(0, 10)}.log`,
      european: (day) => `access-${day.toISOString().slice(0, 10).split('-').reverse().join('-')}.log`,
      english: (day) => `access.log-${day.toUTCString().slice(5, 16).replaceAll(' ', '')}`,
      folders: (day) => `${day.toISOString().slice(0, 10).replaceAll('-', '/')}/access.log`,
    };
    const graded: (PublishedWeek | undefined)[] = [];
    for (const name of Object.values(names)) {
      const press = new Press(context);
      for (let day = 0; day < 5 * 7; day++) {
        const from = (day % 7) * 24;
        const log = hourlyLog(week(Math.floor(day / 7)), { from, until: from + 24 });
        const path = name(new Date((weekStart(WEEK) + day * 86_400) * 1000));
        for (const server of day === 30 ? ['a'] : ['a', 'b']) {
          const file = press.path(`logs/${server}/${path}`);
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, server === 'a' ? log : log.replaceAll('203.0.', '203.1.'));
        }
      }
      const logs = [press.path('logs')];
      assert.equal(await ingest(logs, { vault: press.vault }, capture(), clockAt(dueAt(week(4)))), 0);
      const { publication } = await press.decide(dueAt(week(4)));
      graded.push(publication.weeks.find((one) => one.week === week(4)));
    }
    for (const found of graded) assert.deepEqual([found?.grade, found?.coverage], ['B', 0.929]);
  });
});
