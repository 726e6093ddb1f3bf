import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { rulesOf } from '../../src/commands/distribution.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import { loadSolver } from '../../src/flow/views/protection/solver.ts';
import { publishedContents } from '../../src/flow/views/publication/from-vault.ts';
import { givenAwayBy, leaksOf } from '../../src/flow/views/publication/gate.ts';
import { packContent, unpackContent } from '../../src/flow/views/publication/week-content.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { WEEK } from '../support/vault-logs.ts';

const NOTHING_FOUND =
  'No small group can be worked out: bounds by linear programming on all published numbers leave each of them open.\n';

/** A vault of which two weeks have been published, without files. */
async function decided(owner: { after(cleanUp: () => void): void }): Promise<Press> {
  const press = await counted(owner);
  await press.decide(dueAt((WEEK + 1) as Week));
  return press;
}

/** The same with its files. To be read only. */
const WITH_FILES = (async () => {
  const press = await counted();
  await press.publish(dueAt((WEEK + 1) as Week));
  return press;
})();

async function counted(owner?: { after(cleanUp: () => void): void }): Promise<Press> {
  const press = new Press(owner);
  const weeks = [WEEK, (WEEK + 1) as Week];
  await press.count(weeks.map((week) => fleetLog(week, EVERYDAY)).join(''), dueAt(weeks[1]!));
  return press;
}

/** A copy of what was published in which some texts of a file are others. */
function altered(press: Press, name: string, file: string, changes: readonly [string, string][]): string {
  const copy = press.path(name);
  cpSync(press.out, copy, { recursive: true, dereference: true });
  const path = join(copy, file);
  const text = changes.reduce((before, [from, to]) => before.replace(from, to), readFileSync(path, 'utf8'));
  assert.notEqual(text, readFileSync(path, 'utf8'));
  writeFileSync(path, text);
  return copy;
}

/** All groups of the fleet, as one who knows them would list them. */
function listGroups(press: Press): string {
  const rows = EVERYDAY.filter(({ repo = 'baseos-9', version }) => {
    return repo === (version === '8.10' ? 'baseos-8' : 'baseos-9');
  }).map(({ os = 'AlmaLinux', version = '9.4', edition = 'generic', arch = 'x86_64', client = 'libdnf', age }) => {
    return `${os},${version},${edition},${arch},${client},${age}`;
  });
  return press.write('groups.csv', ['os,version,edition,arch,client,age', ...rows, ''].join('\n'));
}

/** Publishes another revision of the first week in which the row of this cell has other members or another number. */
function plant(press: Press, change: (row: { systems: number; members: { systems: number }[] }) => void): void {
  press.inVault((vault) => {
    const [published] = vault.revisions('almalinux');
    const content = unpackContent(published!.content);
    const hidden = content.tables.systems.dropped;
    const row = content.tables.systems.rows.find(({ systems }) => systems === 70)!;
    const merged = { ...row, members: [...row.members, hidden[0]!] };
    change(merged as unknown as Parameters<typeof change>[0]);
    const tables = {
      ...content.tables,
      systems: {
        ...content.tables.systems,
        rows: content.tables.systems.rows.map((other) => (other === row ? merged : other)),
        dropped: hidden.slice(1),
      },
    };
    const revision = { week: WEEK, revision: 2, content: packContent({ ...content, tables }) };
    vault.recordPublication('almalinux', [revision], undefined);
  });
}

describe('rollcall audit', () => {
  test('R7: of what was published nothing can be worked out: from the files, with a list of all groups, and from the rows in the vault', async () => {
    const press = await WITH_FILES;
    const first = '2 weeks in 2 versions were published; ';
    assert.deepEqual(await press.audit([press.out]), {
      code: 0,
      err: '',
      out: `${first}0 groups that are named in other rows have no row of their own.\n${NOTHING_FOUND}`,
    });
    assert.deepEqual(await press.audit([press.out], { groups: listGroups(press) }), {
      code: 0,
      err: '',
      out: `${first}6 groups that are listed have no row of their own.\n${NOTHING_FOUND}`,
    });
    const { code, out } = await press.audit();
    assert.deepEqual([code, out.startsWith(first)], [0, true]);
  });

  test('R7: a number for what is left tells that there is something; two copies are held against each other', async () => {
    const press = await WITH_FILES;
    const copy = altered(press, 'copy', 'data/margins.csv', [
      [
        '2025-08-04,2900,arch,x86_64,610',
        '2025-08-04,2900,arch,withheld,10,A,1,1,rollcall-v2\r\n2025-08-04,2900,arch,x86_64,600',
      ],
    ]);
    const groups = listGroups(press);
    const { code, out } = await press.audit([copy], { groups });
    assert.equal(code, 1);
    assert.match(
      out,
      /^Week of 2025-08-04: 1 group can be worked out:\n {2}systems \["AlmaLinux","9\.4","generic","s390x","libdnf","1"\]: 1 to \d+$/m,
    );
    assert.match(out, /These names are private\. Publish with a greater k, and correct what is out there\./);
    const both = await press.audit([press.out, copy], { groups, json: true });
    const [week] = JSON.parse(both.out) as { versions: number; recoverable: { least: number; most: number }[] }[];
    assert.deepEqual([both.code, week!.versions], [1, 2]);
    assert.deepEqual(
      week!.recoverable.map(({ least, most }) => [least, most]),
      [[1, 9]],
    );
  });

  test('F07: a hidden group that was added to a row in a revision is the difference: the gate of publish finds it', async (context) => {
    const press = await decided(context);
    plant(press, (row) => {
      row.systems = 90;
    });
    const contents = press.inVault((vault) => publishedContents(vault, 'almalinux'));
    const ask = givenAwayBy(rulesOf('almalinux').definition, await loadSolver());
    const [leak, ...others] = [...contents].flatMap(([week, revisions]) => leaksOf(week, revisions, ask));
    assert.deepEqual([leak!.week, leak!.recoverable.length, others], [WEEK, 1, []]);
    assert.match(leak!.recoverable[0]!.id, /"s390x"|"xfce"|"cloud"/);
  });

  test('F07: what a leak of the past gives away does not stop other weeks from being published, and is not published on', async (context) => {
    const press = await decided(context);
    plant(press, (row) => {
      row.systems = 90;
    });
    const next = (WEEK + 2) as Week;
    await press.count(fleetLog(next, EVERYDAY), dueAt(next));
    const { leaks, added } = await press.decide(dueAt(next));
    assert.deepEqual([leaks, added.map(({ week }) => week)], [[], [next]]);
  });

  test('E08: rows that nothing can have led to are damage, and not an answer', async (context) => {
    const press = await decided(context);
    plant(press, (row) => {
      row.systems = 5000;
    });
    await assert.rejects(press.audit(), /no groups can have led to what is published.*verify --published/);
  });

  test('what is no publication, or no list of groups, is told', async (context) => {
    const press = await counted(context);
    await assert.rejects(press.audit([press.folder]), { name: 'UsageError', message: /found none of them/ });
    const list = press.write('list.csv', 'os,version\nAlmaLinux,9\n');
    await assert.rejects(press.audit([], { groups: list }), { name: 'UsageError', message: /found no edition/ });
  });

  test('a vault of which nothing was published says so, and one of no distribution asks for its name', async (context) => {
    const press = new Press(context);
    await press.count(fleetLog(WEEK, EVERYDAY), dueAt(WEEK));
    assert.deepEqual(await press.audit(), {
      code: 0,
      err: '',
      out: 'Nothing has been published that has small groups to protect.\n',
    });
    const empty = new Press(context);
    await empty.count(fleetLog(WEEK, []), dueAt(WEEK));
    await assert.rejects(empty.audit(), { name: 'UsageError', message: /--distribution/ });
  });
});
