import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { type EpochSeconds, type Week, weekStart } from '../../src/flow/sightings/week.ts';
import type { Prepared } from '../../src/flow/views/publication/prepare.ts';
import { EVERYDAY, fleetLog, type Group } from '../support/fleet-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { WEEK } from '../support/vault-logs.ts';

/** Servers that hide the addresses of clients, and weeks of which less is known than of others. */

const week = (number: number) => (WEEK + number) as Week;
const SMALL: Group[] = [{ systems: 30, os: 'Rocky Linux', networks: 2 }];
/** The whole of `EVERYDAY`'s headline. */
const SYSTEMS = 680;

const weekOf = ({ publication }: Prepared, number = 0) => publication.weeks.find((each) => each.week === week(number))!;
const namesOf = ({ publication }: Prepared) => [...new Set(publication.systems.map(({ os }) => os))].sort();

function fleet(number = 0, groups: readonly Group[] = [...EVERYDAY, ...SMALL]): string {
  return fleetLog(week(number), groups);
}

/** `hostOf`: what a server logs in place of a client's address. */
function hidden(log: string, hostOf: (at: number, host: string) => string): string {
  return log
    .trimEnd()
    .split('\n')
    .map((line, at) => line.replace(/^\S+/, (host) => hostOf(at, host)))
    .join('\n')
    .concat('\n');
}

async function counted(
  context: { after(cleanUp: () => void): void },
  logs: readonly string[],
  now = dueAt(week(logs.length - 1)),
) {
  const press = new Press(context);
  for (const log of logs) await press.count(log, now);
  return press;
}

describe('addresses that say nothing (R12)', () => {
  const hiding: [string, (at: number, host: string) => string][] = [
    ['none', () => '-'],
    ['this machine', () => '127.0.0.1'],
    ['this machine by IPv6', () => '::1'],
    ['private ones of two proxies', (at) => `10.1.${at % 2}.7`],
    ['those of a provider that shares one', (at) => `100.64.${at % 250}.1`],
    ['local ones of IPv6', (at) => `fd00::${at % 999}`],
    ['names', (_, host) => `host-${host}.isp.example`],
  ];
  for (const [what, hostOf] of hiding) {
    test(`R12 S6 P5: ${what}: the counts stay right, what is not known is said, and no countries are shown`, async (context) => {
      const press = await counted(context, [hidden(fleet(), hostOf)]);
      const prepared = await press.decide(dueAt(WEEK));
      assert.equal(weekOf(prepared).systems, SYSTEMS);
      assert.match(
        weekOf(prepared).note,
        /^the logs of this week hide most addresses: countries are not known, and small/,
      );
      assert.deepEqual(prepared.publication.countries, []);
      // Too few networks cannot be told from networks that nobody saw.
      assert.deepEqual(namesOf(prepared), ['AlmaLinux', 'Rocky Linux']);
    });
  }

  test('R3: where addresses are known, the small group of two networks is hidden', async (context) => {
    const prepared = await (await counted(context, [fleet()])).decide(dueAt(WEEK));
    assert.deepEqual([weekOf(prepared).note, namesOf(prepared)], ['', ['AlmaLinux']]);
    assert.ok(prepared.publication.countries.length > 0);
  });

  test('R12: half of the logs without addresses take nothing from the other half', async (context) => {
    const groups: Group[] = [...EVERYDAY, { systems: 40, os: 'CentOS Stream', version: '9', networks: 3 }];
    const press = await counted(context, [fleet(0, groups), hidden(fleet(1, groups), () => '-')]);
    const prepared = await press.decide(dueAt(week(1)));
    assert.equal(weekOf(prepared, 0).note, '');
    assert.notEqual(weekOf(prepared, 1).note, '');
    const weeksOf = (rows: readonly { week: Week }[]) => [...new Set(rows.map((row) => row.week - WEEK))];
    assert.deepEqual(weeksOf(prepared.publication.countries), [0]);
    assert.deepEqual(weeksOf(prepared.publication.systems.filter(({ os }) => os === 'CentOS Stream')), [0, 1]);
  });

  test('R12 R1: a name that no definition lists does not pass while networks are not known', async (context) => {
    const unheard: Group = { systems: 60, os: 'Unheard Linux', networks: 3 };
    const logs = [0, 1, 2, 3, 4].map((number) => fleet(number, [...EVERYDAY, unheard]));
    const press = await counted(context, [...logs.slice(0, 4), hidden(logs[4]!, () => '-')]);
    const prepared = await press.decide(dueAt(week(4)));
    const shown = prepared.publication.systems.filter(({ os }) => os === 'Unheard Linux');
    assert.deepEqual(new Set(shown.map((row) => row.week)), new Set([week(3)]));
  });

  test('R12 J5: the first week behind two addresses of the Internet waits; confirmed, its counts are right', async (context) => {
    const press = await counted(context, [fleet(0), hidden(fleet(1), (at) => `151.101.${at % 2}.7`)]);
    await press.decide(dueAt(week(0)));
    const held = await press.publish(dueAt(week(1)));
    assert.equal(held.code, 1);
    assert.match(held.out, /HELD: .* at most three networks, as they do behind a proxy or when they are forged/);
    const prepared = await press.decide(dueAt(week(1)));
    assert.equal(weekOf(prepared, 1).systems, null);
    press.inVault((vault) => vault.recordPublication('almalinux', [], undefined, [week(1)]));
    const confirmed = weekOf(await press.decide(dueAt(week(1))), 1);
    assert.equal(confirmed.systems, SYSTEMS);
    assert.match(confirmed.note, /^nearly all check-ins come through a few addresses, as of a proxy: /);
  });

  test('R12: a stranger does not make the addresses of a week say nothing, but is told apart', async (context) => {
    const forged: Group = { systems: 9_000, prefix: '151.101', networks: 1 };
    const prepared = await (await counted(context, [fleet(0, [...EVERYDAY, forged])])).decide(dueAt(WEEK));
    assert.equal(weekOf(prepared).note, '');
    assert.ok(Math.abs(weekOf(prepared).systems! - SYSTEMS) <= 30, `${weekOf(prepared).systems}`);
    assert.ok(prepared.publication.countries.length > 0);
  });

  test('R12 R11: not by forty times what all others send either, where weeks before told of addresses', async (context) => {
    const forged: Group = { systems: 30_000, prefix: '151.101', networks: 1 };
    const press = await counted(context, [fleet(0), fleet(1), fleet(2), fleet(3, [...EVERYDAY, forged])]);
    const said = press.inVault((vault) => vault.addresses([week(3)]).map(({ silence }) => silence));
    assert.deepEqual(said, [undefined]);
    const prepared = await press.decide(dueAt(week(3)));
    assert.equal(weekOf(prepared, 3).note, '');
    assert.ok(Math.abs(weekOf(prepared, 3).systems! - SYSTEMS) <= 30, `${weekOf(prepared, 3).systems}`);
    assert.ok(prepared.publication.countries.some((row) => row.week === week(3)));
  });

  test('R12: what every source says of addresses is known, and `ingest` says where they say nothing and what to set', async (context) => {
    const press = new Press(context);
    const log = hidden(fleet(), (at) => (at % 3 === 0 ? '-' : '192.168.1.1'));
    const out = await press.count(log, dueAt(WEEK));
    assert.match(out, /ADDRESSES SAY NOTHING: 1 source, so countries and distinct networks are not known there/);
    assert.match(
      out,
      /week of 2025-08-04: \d+ of 1,541 check-ins have no address, 1,\d+ of 1,541 check-ins have a local one/,
    );
    assert.match(out, /real_ip_header in nginx, mod_remoteip in Apache/);
    press.inVault((vault) => {
      const [found, ...others] = vault.addresses([WEEK]);
      assert.deepEqual(others, []);
      const { checkIns, withAddress, located, heaviestNetworkShare, silence } = found!;
      assert.deepEqual([checkIns, located, heaviestNetworkShare, silence], [1_541, 0, undefined, 'hidden']);
      assert.ok(withAddress > 900 && withAddress < 1_100);
    });
    const other = await new Press(context).count(fleet(), dueAt(WEEK));
    assert.doesNotMatch(other, /ADDRESSES/);
  });
});

describe('networks of a group', () => {
  test('R3: a group from one network is withheld, though its name comes from everywhere', async (context) => {
    const groups: Group[] = [
      ...EVERYDAY,
      { systems: 45, version: '9.3', edition: 'server', networks: 1, prefix: '151.101' },
      { systems: 45, version: '9.2', edition: 'server', networks: 3 },
    ];
    const prepared = await (await counted(context, [fleet(0, groups)])).decide(dueAt(WEEK));
    const versions = new Set(prepared.publication.margins.map(({ field, value }) => field === 'version' && value));
    assert.deepEqual([versions.has('9.3'), versions.has('9.2')], [false, true]);
  });

  test('P4 O2: a week is published as before when it is closed, and revised by what comes late', async (context) => {
    const forged: Group = { systems: 2_000, prefix: '151.101', networks: 1 };
    const groups: Group[] = [...EVERYDAY, ...SMALL, forged];
    const press = await counted(context, [fleet(0, groups)]);
    const digest = () => press.inVault((vault) => [vault.weekDigest(WEEK), vault.networks(WEEK), vault.split(WEEK)]);
    const before = digest();
    await press.publish(dueAt(WEEK));
    const files = press.files();
    const closing = (weekStart(week(1)) + 9 * 86_400) as EpochSeconds;
    await press.count(fleetLog(week(1), []), closing);
    press.inVault((vault) => assert.equal(vault.verify().length, 0));
    const database = new DatabaseSync(press.vault);
    const rows = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n']);
    assert.deepEqual([rows('network_spread'), rows('week_key'), rows('network_summary')], [0, 0, 1]);
    database.close();
    assert.deepEqual(digest(), before);
    await press.publish(dueAt(WEEK));
    assert.deepEqual(press.files(), files);
  });

  test('V3 P3: a vault that counted networks by name is published as before', async (context) => {
    const groups: Group[] = [...EVERYDAY, ...SMALL, { systems: 40, os: 'CentOS Stream', version: '9', networks: 3 }];
    const press = await counted(context, [fleet(0, groups)]);
    const shown = (prepared: Prepared) => prepared.publication.systems;
    const before = shown(await press.copy(context).decide(dueAt(WEEK)));
    const database = new DatabaseSync(press.vault);
    database.exec(
      'DROP TABLE network_spread; DROP TABLE network_summary; DROP TABLE published_view; DROP TABLE publication_state; PRAGMA user_version = 4',
    );
    database.close();
    assert.deepEqual(shown(await press.decide(dueAt(WEEK))), before);
    assert.deepEqual([...new Set(before.map(({ os }) => os))].sort(), ['AlmaLinux', 'CentOS Stream']);
  });
});
