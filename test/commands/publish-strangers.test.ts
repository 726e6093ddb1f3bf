import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'csv-stringify/sync';
import { importTotals } from '../../src/commands/import.ts';
import { type EpochSeconds, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import type { Prepared } from '../../src/flow/views/publication/prepare.ts';
import { EVERYDAY, fleetLog, type Group } from '../support/fleet-log.ts';
import { capture } from '../support/in-process.ts';
import { dueAt, Press, sumOf } from '../support/press.ts';
import { checkIn, WEEK } from '../support/vault-logs.ts';

const week = (number: number) => (WEEK + number) as Week;

/** What must not stand in any file: names of strangers, and parts of addresses. */
const HOSTILE = [
  '<script>',
  '=cmd|calc',
  '../etc',
  '"><img',
  'javascript:',
  '%2e%2e',

  '5551234567',
  '７７',
];
const CANARIES = ['45.67.89.77', '45.67.89', '2001:db8:cafe', 'canary'];

/** Names of strangers in every field that they can write, each often enough and from enough networks to be shown. */
function hostileGroups(): Group[] {
  const names = HOSTILE.map((name) => name.replaceAll('"', '\\x22'));
  return [
    ...names.map((os): Group => ({ systems: 30, os })),
    ...names.map((edition): Group => ({ systems: 30, edition })),
    ...names.map((arch): Group => ({ systems: 30, arch })),
    ...names.map((version): Group => ({ systems: 30, version })),
    ...['%3Cscript%3E-9', '..%2F..%2Fx', 'baseos-5551234567', '%3Dcmd%7Ccalc', 'epel-9.5551234567'].map(
      (repo): Group => ({ systems: 30, repo }),
    ),
  ];
}

function canaryLines(of: Week): string {
  const time = weekStart(of) + 61_332;
  return ['45.67.89.77', '2001:db8:cafe:beef::4711', '45.67.89.77']
    .map((host) => checkIn({ time, host, agent: 'libdnf (AlmaLinux 9.4; canary-edition; Linux.x86_64)' }))
    .join('');
}

test('F01 F03 F04 F08: no name of a stranger, no path and no address stands in any file of a publication', async (context) => {
  const press = new Press(context);
  for (let number = 0; number < 5; number++) {
    await press.count(
      fleetLog(week(number), [...EVERYDAY, ...hostileGroups()]) + canaryLines(week(number)),
      dueAt(week(number)),
    );
  }
  const { code, out, err } = await press.publish(dueAt(week(4)));
  assert.equal(code, 0, err);
  const files = press.files();
  assert.ok(files.size > 100);
  for (const text of [...HOSTILE, ...CANARIES]) {
    assert.equal(out.includes(text), false, `${text} in the output`);
    for (const [path, bytes] of files) {
      assert.equal(path.includes(text), false, `${text} in the name ${path}`);
      assert.equal(bytes.includes(text), false, `${text} in ${path}`);
    }
  }
  const os = new Set(press.table('totals').map(({ os_name }) => os_name));
  assert.deepEqual([...os].sort(), ['AlmaLinux']);
});

/** In the fields of imported totals, which pass no closed list where they are passed on as they were published. */
const ODD = [
  '=1+1',
  '-',
  '\u202Exorde',
  '@sum(a1)',
  '+4911',
  '＝full',
  ' \t=tab',
  'bell\x07',
  'line\nfeed',
  'nul\0',
  '\uFEFFmark',
  '\uFFFDlost',
  '\u{E000}private',
  'x'.repeat(256),
];
/** Odd, and nothing that a file could not hold. */
const STRANGE_BUT_TEXT = [
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '__proto__',
  'a,b "c"',
  "O'Neil & Söhne",
  '日本語',
];

test('R8: what was counted from logs is not passed on as published', async (context) => {
  const press = new Press(context);
  await press.count(fleetLog(WEEK, EVERYDAY), dueAt(WEEK));
  await assert.rejects(press.publish(dueAt(WEEK), { asPublished: true }), /only imported totals can be passed on/);
});

test('R8 O5 F03: one odd name in totals that are passed on is in nobody\u2019s way', async (context) => {
  const press = new Press(context);
  const row = (change: Record<string, string>) => ({
    week_start: '2026-11-09',
    week_end: '2026-11-15',
    hits: '3',
    os_name: 'Fedora Linux',
    os_version: '42',
    os_variant: 'workstation',
    os_arch: 'x86_64',
    sys_age: '2',
    repo_tag: 'fedora-42',
    repo_arch: 'x86_64',
    ...change,
  });
  const columns = ['os_name', 'os_version', 'os_variant', 'os_arch', 'repo_tag', 'repo_arch'];
  const rows = [
    row({ hits: '120000' }),
    ...ODD.flatMap((name) => columns.map((column) => row({ [column]: name }))),
    ...STRANGE_BUT_TEXT.flatMap((name) => columns.map((column) => row({ [column]: name }))),
  ];
  const csv = press.write('odd.csv', stringify([Object.keys(rows[0]!), ...rows.map(Object.values)]));
  const imported = capture();
  assert.equal(await importTotals(csv, { vault: press.vault }, imported), 0);
  const hidden = ODD.length * columns.length;
  assert.match(imported.outText(), new RegExp(`such as a formula: ${hidden} rows .*, counted as "other"$`, 'm'));
  const now = (Date.parse('2026-11-20T00:00:00Z') / 1000) as EpochSeconds;
  const { code, err } = await press.publish(now, { asPublished: true, distribution: 'fedora' });
  assert.equal(code, 0, err);
  const published = press.table('totals');
  assert.equal(sumOf(published, 'hits'), 120_000 + (ODD.length + STRANGE_BUT_TEXT.length) * columns.length * 3);
  const names = (column: string) => new Set(published.map((cells) => cells[column]));
  for (const column of columns) {
    assert.ok(names(column).has('other'), column);
    for (const name of ODD) assert.ok(!names(column).has(name), `${column} ${name}`);
  }
  for (const name of STRANGE_BUT_TEXT) assert.ok(names('os_name').has(name), name);
  for (const [path, bytes] of press.files()) {
    for (const name of ODD.filter((text) => text.length > 1)) {
      assert.equal(path.includes(name), false, `${JSON.stringify(name)} in the name ${path}`);
      assert.equal(bytes.includes(name), false, `${JSON.stringify(name)} in ${path}`);
    }
    if (path.endsWith('.html')) assert.equal(bytes.includes('<script>alert'), false, path);
  }
  await press.assertAsPublished();
});

describe('names that no configuration knows', () => {
  const osNames = ({ publication }: Prepared, number: number) =>
    new Set(publication.systems.filter((row) => row.week === week(number)).map(({ os }) => os));

  test('with systems from three networks a name is shown from its fourth week on, never before', async (context) => {
    const press = new Press(context);
    for (let number = 0; number < 6; number++) {
      const unheard: Group = { systems: 60, os: 'Unheard Linux', networks: 3 };
      const fleet: Group = { systems: 400, os: 'Acme Fleet', networks: 2 };
      await press.count(fleetLog(week(number), [...EVERYDAY, unheard, fleet]), dueAt(week(number)));
    }
    const prepared = await press.decide(dueAt(week(5)));
    const weeksWith = (name: string) => [0, 1, 2, 3, 4, 5].filter((number) => osNames(prepared, number).has(name));
    assert.deepEqual(weeksWith('Unheard Linux'), [3, 4, 5]);
    assert.deepEqual(weeksWith('Acme Fleet'), [], 'many systems of one company are not a distribution');
  });

  test('a name is not shown for a week in which it has too few systems or networks', async (context) => {
    const press = new Press(context);
    const sizes = [60, 60, 60, 60, 9, 60, 60];
    const networks = [3, 3, 3, 3, 3, 2, 3];
    for (const [number, systems] of sizes.entries()) {
      const unheard: Group = { systems, os: 'Unheard Linux', networks: networks[number]! };
      await press.count(fleetLog(week(number), [...EVERYDAY, unheard]), dueAt(week(number)));
    }
    const prepared = await press.decide(dueAt(week(6)));
    assert.deepEqual(
      sizes.map((_, number) => osNames(prepared, number).has('Unheard Linux')),
      [false, false, false, true, false, false, true],
    );
  });

  test('a configured name needs the networks too: a fleet that calls itself Rocky Linux is not shown', async (context) => {
    const press = new Press(context);
    const groups: Group[] = [
      { systems: 300, os: 'Rocky Linux', networks: 2 },
      { systems: 30, os: 'CentOS Stream', version: '9', networks: 3 },
    ];
    await press.count(fleetLog(WEEK, [...EVERYDAY, ...groups]), dueAt(WEEK));
    const names = osNames(await press.decide(dueAt(WEEK)), 0);
    assert.deepEqual([...names].filter((name) => name !== 'withheld').sort(), ['AlmaLinux', 'CentOS Stream']);
  });

  test('networks are those of a closed week too', async (context) => {
    const press = new Press(context);
    const later = (weekStart(week(3)) + 1) as EpochSeconds;
    await press.count(
      fleetLog(WEEK, [...EVERYDAY, { systems: 30, os: 'CentOS Stream', version: '9', networks: 3 }]),
      later,
    );
    assert.ok(osNames(await press.decide(later), 0).has('CentOS Stream'));
  });
});
