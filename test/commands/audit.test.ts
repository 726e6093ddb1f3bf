import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Week } from '../../src/flow/sightings/week.ts';
import { packContent, unpackContent } from '../../src/flow/views/publication/week-content.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { WEEK } from '../support/vault-logs.ts';

/** A vault of which two weeks have been published, without files. */
async function decided(owner: { after(cleanUp: () => void): void }): Promise<Press> {
  const press = new Press(owner);
  const weeks = [WEEK, (WEEK + 1) as Week];
  await press.count(weeks.map((week) => fleetLog(week, EVERYDAY)).join(''), dueAt(weeks[1]!));
  await press.decide(dueAt(weeks[1]!));
  return press;
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
  test('of what was published nothing can be worked out', async (context) => {
    const press = await decided(context);
    assert.deepEqual(await press.audit(), {
      code: 0,
      err: '',
      out:
        '2 weeks in 2 revisions were published; 8 small groups have no row of their own.\n' +
        'None of them can be worked out: bounds by linear programming on all published numbers leave each of them open.\n',
    });
  });

  test('F07: a hidden group that was added to a row in a revision is the difference: it is found, and named to the operator', async (context) => {
    const press = await decided(context);
    plant(press, (row) => {
      row.systems = 90;
    });
    const { code, out } = await press.audit();
    assert.equal(code, 1);
    assert.match(out, /^2 weeks in 3 revisions/);
    assert.match(
      out,
      /^Week of 2025-08-04: 1 group can be worked out:\n {2}systems \["AlmaLinux",.*\]: [1-4] to \d+$/m,
    );
    assert.match(out, /These names are private\. Publish with a greater k, and correct what is out there\./);
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
    await assert.rejects(press.audit(), /week of 2025-08-04: .*restore the vault from a backup/);
  });

  test('a vault of which nothing was published says so, and one of no distribution asks for its name', async (context) => {
    const press = new Press(context);
    await press.count(fleetLog(WEEK, EVERYDAY), dueAt(WEEK));
    assert.deepEqual(await press.audit(), {
      code: 0,
      err: '',
      out: 'Nothing has been published from this vault yet.\n',
    });
    const empty = new Press(context);
    await empty.count(fleetLog(WEEK, []), dueAt(WEEK));
    await assert.rejects(empty.audit(), { name: 'UsageError', message: /--distribution/ });
  });
});
