import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EpochSeconds, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import type { Prepared } from '../../src/flow/views/publication/prepare.ts';
import { EVERYDAY, fleetLog, type Group } from '../support/fleet-log.ts';
import { dueAt, Press } from '../support/press.ts';
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
  assert.deepEqual([...os].sort(), ['AlmaLinux', 'other']);
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
    assert.deepEqual([...names].filter((name) => name !== 'other').sort(), ['AlmaLinux', 'CentOS Stream']);
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
