import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { rulesOf } from '../../../../src/commands/distribution.ts';
import { importTotals } from '../../../../src/commands/import.ts';
import { ingest } from '../../../../src/commands/ingest.ts';
import { recount } from '../../../../src/commands/recount.ts';
import { type EpochSeconds, mondayOf, sundayOf, type Week, weekStart } from '../../../../src/flow/sightings/week.ts';
import type { GradedAnnotation } from '../../../../src/flow/views/definition/annotations.ts';
import type { Definition } from '../../../../src/flow/views/definition/definition.ts';
import { recordsOf } from '../../../../src/flow/views/files/table.ts';
import { weeksTable } from '../../../../src/flow/views/files/weeks-table.ts';
import type { Prepared } from '../../../../src/flow/views/publication/prepare.ts';
import type { PublishedWeek } from '../../../../src/flow/views/publication/tables.ts';
import { allTotals } from '../../../../src/flow/views/publication/tables.ts';
import { packContent, unpackContent, type WeekContent } from '../../../../src/flow/views/publication/week-content.ts';
import type { Rules } from '../../../../src/flow/views/survey.ts';
import { EVERYDAY, fleetLog, type Group } from '../../../support/fleet-log.ts';
import { capture, clockAt } from '../../../support/in-process.ts';
import { dueAt, Press } from '../../../support/press.ts';
import { checkIn, WEEK } from '../../../support/vault-logs.ts';

const week = (number: number) => (WEEK + number) as Week;

/** `EVERYDAY` in each week, and what a test adds to some. */
async function counted(
  count: number,
  added: Record<number, Group[]> = {},
  owner?: Parameters<typeof Press.prototype.copy>[0],
) {
  const press = new Press(owner);
  const logs = Array.from({ length: count }, (_, number) =>
    fleetLog(week(number), [...EVERYDAY, ...(added[number] ?? [])]),
  );
  await press.count(logs.join(''), dueAt(week(count - 1)));
  return press;
}

function rules(changed: Partial<Definition>): Rules {
  const { definition, aliases } = rulesOf('almalinux');
  return { definition: { ...definition, ...changed }, aliases };
}

function excluded(number: number, grade: 'C' | 'X', text = 'Logs were lost'): GradedAnnotation {
  return { date: sundayOf(week(number)), kind: 'exclusion', of: 'systems', text, grade };
}

function found({ publication }: Prepared, number: number): PublishedWeek {
  const row = publication.weeks.find((each) => each.week === week(number));
  assert.ok(row !== undefined);
  return row;
}

const columnOf = <Key extends keyof PublishedWeek>({ publication }: Prepared, key: Key) =>
  publication.weeks.map((row) => row[key]);

describe('which weeks are published', () => {
  test('J1: a week is published 26 hours after its end, and not before', async (context) => {
    const press = await counted(2, {}, context);
    const early = await press.decide((dueAt(week(1)) - 1) as EpochSeconds);
    assert.deepEqual(columnOf(early, 'week'), [week(0)]);
    assert.equal(early.publication.nextUpdate, '2025-08-19T02:00:00Z');
    assert.deepEqual(columnOf(await press.decide(dueAt(week(1))), 'week'), [week(0), week(1)]);
  });

  test('J1 D17: a week without any log is a gap that says so, and one that is there in part is graded', async (context) => {
    const press = new Press(context);
    const now = dueAt(week(5));
    for (const number of [0, 1, 3, 4]) await press.count(fleetLog(week(number), EVERYDAY), now);
    await press.count(fleetLog(week(5), EVERYDAY, { from: 48 }), now);
    const prepared = await press.decide(now);
    assert.deepEqual(columnOf(prepared, 'status'), [
      'published',
      'published',
      'missing',
      'published',
      'published',
      'published',
    ]);
    const { systems, low, grade, coverage, revision } = found(prepared, 2);
    assert.deepEqual([systems, low, grade, coverage, revision], [null, null, null, null, 0]);
    assert.equal(found(prepared, 5).grade, 'C');
    assert.match(found(prepared, 5).note, /^2\d % of the expected logs are missing$/);
  });

  test('the newest number is old news after nine days, also if newer weeks wait', async (context) => {
    const press = await counted(5, {}, context);
    const staleAt = (dueAt(week(4)) + 9 * 86_400) as EpochSeconds;
    assert.equal((await press.decide(staleAt)).publication.isStale, false);
    assert.equal((await press.decide((staleAt + 1) as EpochSeconds)).publication.isStale, true);
  });
});

describe('what is held', () => {
  const flood: Group[] = [{ systems: 400, age: 1 }];

  test('of the first run only the newest week: the backlog is history', async (context) => {
    const press = await counted(7, { 5: flood, 6: flood }, context);
    const prepared = await press.decide(dueAt(week(6)));
    assert.deepEqual([...prepared.held.keys()], [week(6)]);
    assert.match(found(prepared, 6).note, /^59 % more than in the four weeks before$/);
  });

  test('J4, J5: the newest week is that of a release, which fills what lost logs have emptied: it waits, and unconfirmed is C', async (context) => {
    const fleet = (share: number): Group[] => [
      { systems: 2600 * share },
      { systems: 2600 * share, repo: 'appstream-9' },
    ];
    const fresh = ['baseos-10', 'appstream-10'].map((repo): Group => ({ systems: 500, version: '10.0', repo }));
    const press = new Press(context);
    for (const number of [0, 1, 2, 3]) await press.count(fleetLog(week(number), fleet(1)), dueAt(week(number)));
    await press.decide(dueAt(week(3)));
    const whole = press.copy(context);
    await whole.count(fleetLog(week(4), fleet(1)) + fleetLog(week(4), fresh, { from: 40 }), dueAt(week(4)));
    assert.match(found(await whole.decide(dueAt(week(4))), 4).note, /^19 % more than in the four weeks before$/);
    await press.count(fleetLog(week(4), fleet(0.8)) + fleetLog(week(4), fresh, { from: 40 }), dueAt(week(4)));
    const { held } = await press.decide(dueAt(week(4)));
    assert.match(
      held.get(week(4))!,
      /^there is a release, and what came on Monday, before most upgrade, was 19 % less than in the four weeks before$/,
    );
    // Of a first publication only the newest week is held.
    const all = new Press(context);
    for (const number of [0, 1, 2, 3]) await all.count(fleetLog(week(number), fleet(1)), dueAt(week(number)));
    await all.count(fleetLog(week(4), fleet(0.8)) + fleetLog(week(4), fresh, { from: 40 }), dueAt(week(4)));
    await all.count(fleetLog(week(5), [...fleet(0.9), ...fresh]), dueAt(week(5)));
    const { grade, note } = found(await all.decide(dueAt(week(5))), 4);
    assert.deepEqual([grade, note], ['C', 'before a release only 81 % of a usual Monday came: logs are missing']);
  });

  test('a level that stays is held until the operator confirms it, and weeks after that are measured by it', async (context) => {
    const late = Object.fromEntries([6, 7, 8, 9].map((number) => [number, flood]));
    const press = await counted(6, {}, context);
    await press.decide(dueAt(week(5)));
    for (const number of [6, 7, 8, 9]) {
      await press.count(fleetLog(week(number), [...EVERYDAY, ...late[number]!]), dueAt(week(number)));
      const { held } = await press.decide(dueAt(week(number)));
      press.inVault((vault) => {
        vault.recordPublication('almalinux', [], undefined, [...held.keys()]);
      });
      await press.decide(dueAt(week(number)));
      assert.equal(held.size, number < 9 ? 1 : 0);
    }
  });

  test('a week that the operator has excluded does not wait, and no week is measured by it', async (context) => {
    const press = await counted(9, { 5: flood, 6: flood, 7: flood }, context);
    const annotations = [5, 6, 7].map((number) => excluded(number, 'X'));
    const { held, publication } = await press.decide(dueAt(week(8)), { annotations });
    assert.deepEqual([...held], []);
    assert.deepEqual(
      publication.weeks.slice(5).map(({ status }) => status),
      ['excluded', 'excluded', 'excluded', 'published'],
    );
  });
});

describe('what the operator says', () => {
  test('X takes the numbers of a week away, in every table, and C leaves them; saying so later is a revision', async (context) => {
    const press = await counted(6, {}, context);
    await press.decide(dueAt(week(5)));
    const annotations = [excluded(2, 'X', 'A flood of forged requests'), excluded(3, 'C', 'A disk was full')];
    const prepared = await press.decide(dueAt(week(5)), { annotations });
    assert.deepEqual(columnOf(prepared, 'grade'), ['A', 'A', 'X', 'C', 'A', 'A']);
    assert.deepEqual([found(prepared, 2).systems, found(prepared, 2).status], [null, 'excluded']);
    assert.equal(found(prepared, 2).note, 'A flood of forged requests');
    assert.equal(found(prepared, 3).systems, 680);
    const { systems, countries, totals, epel, exclusions } = prepared.publication;
    for (const rows of [systems, countries, allTotals(totals), epel, exclusions])
      assert.ok(rows.every((row) => row.week !== week(2)));
    assert.deepEqual(
      prepared.publication.corrections.map(({ week: of, before, after, why }) => [of, before, after, why]),
      [
        [week(2), { systems: 680, grade: 'A' }, { systems: null, grade: 'X' }, 'A flood of forged requests'],
        [week(3), { systems: 680, grade: 'A' }, { systems: 680, grade: 'C' }, 'A disk was full'],
      ],
    );
    const takenBack = await press.decide(dueAt(week(5)));
    assert.deepEqual(columnOf(takenBack, 'grade'), ['A', 'A', 'A', 'A', 'A', 'A']);
    assert.deepEqual(columnOf(takenBack, 'revision'), [1, 1, 3, 3, 1, 1]);
    assert.equal(found(takenBack, 2).systems, 680);
  });

  test('of two statements about a week the severer counts, whichever comes first', async (context) => {
    const press = await counted(1, {}, context);
    const annotations = [excluded(0, 'C', 'Partial'), excluded(0, 'X', 'Forged'), excluded(0, 'C', 'Partial too')];
    const prepared = await press.decide(dueAt(WEEK), { annotations });
    assert.deepEqual([found(prepared, 0).grade, found(prepared, 0).note], ['X', 'Forged']);
    assert.notEqual(prepared.publication.nextUpdate, '', 'the site can still say when it goes on');
  });

  test('a statement about the Sunday is one about the week, and the Monday after it is another week', async (context) => {
    const press = await counted(2, {}, context);
    const sunday = await press.decide(dueAt(week(1)), { annotations: [excluded(0, 'C')] });
    assert.deepEqual(columnOf(sunday, 'grade'), ['C', 'A']);
  });
});

describe('nothing that was published changes in silence', () => {
  /** Rows of every table and the row of `weeks`, without what may come later: a revision. */
  function ofWeek({ publication }: Prepared, of: Week): string {
    const { systems, countries, totals, epel, exclusions, weeks } = publication;
    const tables = [weeks, systems, countries, totals.of(of), epel, exclusions].map((rows) =>
      (rows as readonly { week: Week }[]).filter((row) => row.week === of),
    );
    return JSON.stringify(tables);
  }

  function assertOldWeeksAsTheyWere(before: Prepared, after: Prepared): void {
    const revised = new Set(after.added.map((revision) => revision.week));
    for (const { week: of } of before.publication.weeks) {
      if (!revised.has(of)) assert.equal(ofWeek(after, of), ofWeek(before, of), mondayOf(of));
    }
  }

  test('other headline names are a revision of each week that they change', async (context) => {
    const press = await counted(3, { 1: [{ systems: 40, os: 'Rocky Linux' }] }, context);
    const before = await press.decide(dueAt(week(2)));
    const widened = rules({ headline: ['AlmaLinux', 'Rocky Linux'] });
    const after = await press.decide(dueAt(week(2)), { rules: widened });
    assert.deepEqual(columnOf(after, 'revision'), [1, 2, 1]);
    const [{ before: was, after: is, why }] = after.publication.corrections as [
      (typeof after.publication.corrections)[0],
    ];
    assert.deepEqual([was.systems, is.systems, why], [680, 720, 'the rules changed']);
    assertOldWeeksAsTheyWere(before, after);
  });

  test('a raised k holds for new weeks; what was published by another is not published by two', async (context) => {
    const press = await counted(4, {}, context);
    const before = await press.decide(dueAt(week(2)));
    const raised = rules({ small_groups: { k: 20, networks: 3 } });
    const after = await press.decide(dueAt(week(3)), { rules: raised });
    assertOldWeeksAsTheyWere(before, after);
    for (const { week: of, systems } of after.publication.systems) {
      assert.equal(systems % (of === week(3) ? 20 : 10), 0);
    }
    assert.deepEqual(after.leaks, []);
  });

  test('containers that never grow old are flagged from then on; earlier weeks stay as they were', async (context) => {
    const containers: Group[] = [
      { systems: 1_096, edition: 'container', age: 1 },
      { systems: 12, edition: 'container', age: 2 },
    ];
    const young = [{ systems: 1_108, edition: 'container', age: 1 }];
    const press = await counted(
      14,
      Object.fromEntries(Array.from({ length: 14 }, (_, n) => [n, n < 2 ? containers : young])),
      context,
    );
    let before = await press.decide(dueAt(week(10)));
    assert.deepEqual(before.publication.implausibleAges, []);
    for (const number of [11, 12, 13]) {
      const after = await press.decide(dueAt(week(number)));
      assertOldWeeksAsTheyWere(before, after);
      assert.deepEqual(after.publication.implausibleAges, [
        { os: 'AlmaLinux', version: '9', edition: 'container', client: 'libdnf', since: week(6) },
      ]);
      before = after;
    }
  });

  test('R9: one system may have asked every repository in vain: reasons need so many times k requests', async (context) => {
    const press = new Press(context);
    const refused = (number: number, count: number) =>
      Array.from({ length: count }, (_, n) => {
        return checkIn({ time: weekStart(week(number)) + n, host: `133.11.${n % 8}.${n}`, age: 3, status: 503 });
      }).join('');
    // One kind of system asks three repositories beside the one that counts it.
    const groups = [...EVERYDAY, ...['extras-9', 'crb-9'].map((repo): Group => ({ systems: 20, repo, age: 3 }))];
    const logs = [39, 44].map((count, number) => fleetLog(week(number), groups) + refused(number, count));
    await press.count(logs.join(''), dueAt(week(1)));
    const { publication } = await press.decide(dueAt(week(1)));
    assert.deepEqual(publication.exclusions, [{ week: week(1), reason: 'status', requests: 40 }]);
  });

  test('R6 R7: a week of the first method stays as it was, and a late log revises it by this one, audited together', async (context) => {
    const press = await counted(2, {}, context);
    await press.decide(dueAt(week(1)));
    // As the first method kept it: each number the nearest multiple, and no margins.
    press.inVault((vault) => {
      for (const { week: of, content } of vault.revisions('almalinux')) {
        const { exact: _, ...kept } = unpackContent(content);
        const { margins: __, ...tables } = kept.tables;
        const former = Object.entries(tables).map(([subject, table]) => {
          const rows = table.rows.map((row) => {
            const count = row.members.reduce((sum, { systems }) => sum + systems, 0);
            return { ...row, systems: Math.max(10, Math.round(count / 10) * 10) };
          });
          const isWhole = ({ members }: (typeof rows)[number]) => members.length > 0;
          return [subject, { k: table.k, rows: rows.filter(isWhole), dropped: table.dropped }];
        });
        const packed = packContent({ ...kept, tables: Object.fromEntries(former), grade: kept.grade } as WeekContent);
        vault.recordPublication('almalinux', [{ week: of, revision: 2, content: packed }], undefined);
      }
    });
    const kept = await press.decide(dueAt(week(1)));
    assert.deepEqual([kept.added, kept.leaks], [[], []]);
    const methodsOf = ({ publication }: Prepared) => recordsOf(weeksTable(publication)).map(({ method }) => method);
    assert.deepEqual(
      [columnOf(kept, 'within'), methodsOf(kept)],
      [
        [null, null],
        ['rollcall-v1', 'rollcall-v1'],
      ],
    );
    await press.count(fleetLog(week(0), [{ systems: 40, edition: 'kde', age: 3 }]), dueAt(week(1)), 'mirror2');
    const revised = await press.decide(dueAt(week(1)));
    assert.deepEqual(
      [revised.added.map(({ week: of, revision }) => [of, revision]), revised.leaks],
      [[[week(0), 3]], []],
    );
    assert.equal(found(revised, 0).systems, 720);
    assert.deepEqual(
      [columnOf(revised, 'within'), methodsOf(revised)],
      [
        [10, null],
        ['rollcall-v2', 'rollcall-v1'],
      ],
    );
    assert.equal((await press.audit()).code, 0);
  });

  test('a loss of logs that shows when the next week is there is a revision of its grade, with the reason', async (context) => {
    const press = new Press(context);
    const repositories = ['baseos-9', 'appstream-9', 'extras-9', 'epel-9', 'crb-9'];
    const fleet = (share: number) => repositories.map((repo) => ({ systems: 800 * share, age: 3, repo }));
    for (const [number, share] of [1, 0.9, 1].entries()) {
      // Every second line is missing, in every hour: no gap tells.
      await press.count(fleetLog(week(number), fleet(number === 1 ? 0.6 : share)), dueAt(week(number)));
    }
    const early = await press.decide(dueAt(week(1)));
    assert.deepEqual(columnOf(early, 'grade'), ['A', 'A']);
    const late = await press.decide(dueAt(week(2)));
    assert.deepEqual(columnOf(late, 'grade'), ['A', 'C', 'A']);
    assert.deepEqual(columnOf(late, 'revision'), [1, 2, 1]);
    assert.equal(late.publication.corrections[0]!.why, 'all repositories fell together to 60 %: logs are missing');
    assertOldWeeksAsTheyWere(early, late);
  });

  test('a publication that was passed on as it is can be protected later', async (context) => {
    const press = new Press(context);
    const header = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch';
    const of = `${mondayOf(WEEK)},${sundayOf(WEEK)}`;
    const rows = [1, 2, 3, 4].map(
      (age) => `${of},${[400, 3, 50, 1][age - 1]},AlmaLinux,9.4,generic,x86_64,${age},baseos-9,x86_64`,
    );
    const file = press.write('totals.csv', `${[header, ...rows].join('\r\n')}\r\n`);
    assert.equal(await importTotals(file, { vault: press.vault }, capture()), 0);
    const asIs = await press.decide(dueAt(WEEK), { rules: rules({ as_published: true }) });
    assert.deepEqual([found(asIs, 0).systems, asIs.publication.protection], [454, { kind: 'as-published' }]);
    const protectedLater = await press.decide(dueAt(WEEK));
    assert.deepEqual([found(protectedLater, 0).revision, protectedLater.leaks], [2, []]);
    assert.ok(protectedLater.publication.systems.every(({ systems }) => systems % 10 === 0));
  });
});

describe('weeks of which nothing is left', () => {
  const recounted = async (press: Press, text: string, agent: string[] | undefined, now: EpochSeconds) => {
    const terminal = capture();
    const log = press.write('all.log', text);
    const options = { vault: press.vault, source: 'mirror1', workers: 1, ...(agent && { agent }) };
    const command = existsSync(press.vault) ? recount : ingest;
    assert.equal(await command([log], options, terminal, clockAt(now)), 0, terminal.outText() + terminal.errText());
  };
  /** Of week 1 all systems are counted by another client. */
  const text = [0, 1, 2, 3].map((number) =>
    fleetLog(
      week(number),
      EVERYDAY.map((group) => ({ ...group, client: number === 1 ? 'zypp' : 'libdnf' })),
    ),
  );
  const BOTH = ['libdnf', 'zypp'];
  const now = dueAt(week(3));

  test('J7: a week whose check-ins were all taken out is withdrawn in the open, and comes back as a revision', async (context) => {
    const press = new Press(context);
    await recounted(press, text.join(''), BOTH, now);
    const first = await press.decide(now);
    assert.deepEqual(columnOf(first, 'systems'), [680, 680, 680, 680]);
    await recounted(press, text.join(''), undefined, now);
    const withdrawn = await press.decide(now);
    assert.deepEqual(columnOf(withdrawn, 'systems'), [680, null, 680, 680]);
    const { status, revision, grade, note } = found(withdrawn, 1);
    assert.deepEqual([status, revision, grade], ['missing', 2, null]);
    assert.match(note, /^withdrawn: /);
    const { publication } = withdrawn;
    for (const rows of [publication.systems, publication.margins, publication.countries, allTotals(publication.totals)])
      assert.ok(rows.every((row) => row.week !== week(1)));
    assert.deepEqual(
      publication.corrections.map(({ week: of, before, after, why }) => [of, before, after, why]),
      [
        [
          week(1),
          { systems: 680, grade: 'A' },
          { systems: null, grade: null },
          'withdrawn: none of its check-ins is counted any more',
        ],
      ],
    );
    assert.deepEqual((await press.decide(now)).added, [], 'once is enough');
    assert.deepEqual(
      (await press.decide(dueAt(week(2)))).added,
      [],
      'what is not due yet, as of a former day, is not withdrawn',
    );
    await recounted(press, text.join(''), BOTH, now);
    const back = await press.decide(now);
    assert.deepEqual([columnOf(back, 'systems'), found(back, 1).revision], [[680, 680, 680, 680], 3]);
    assert.deepEqual(back.publication.corrections.at(-1)!.before, { systems: null, grade: null });
    assert.deepEqual(
      back.publication.systems.filter((row) => row.week === week(1)).map(({ systems }) => systems),
      first.publication.systems.filter((row) => row.week === week(1)).map(({ systems }) => systems),
      'R6: it has the rows again that it had',
    );
    assert.equal((await press.audit()).code, 0);
  });
});

describe('strange vaults', () => {
  const cases: [string, Group[], (prepared: Prepared) => void][] = [
    [
      'only EPEL is asked for',
      [{ systems: 190, repo: 'epel-9' }],
      (prepared) => {
        assert.deepEqual([found(prepared, 0).systems, found(prepared, 0).fewerThan], [null, 100]);
        assert.deepEqual(
          prepared.publication.epel.map(({ systems }) => systems),
          [190],
        );
      },
    ],
    [
      'no census repository',
      [{ systems: 90, repo: 'extras-9' }],
      (prepared) => assert.deepEqual([found(prepared, 0).systems, found(prepared, 0).fewerThan], [null, 100]),
    ],
    [
      'nobody says what it runs',
      [{ systems: 90, os: '', version: '9', edition: '', arch: '' }],
      (prepared) => {
        assert.deepEqual([found(prepared, 0).systems, found(prepared, 0).uaUnknownShare], [null, null]);
      },
    ],
    [
      'fewer systems than may be shown',
      [{ systems: 99 }],
      (prepared) => {
        const { systems, fewerThan, status } = found(prepared, 0);
        assert.deepEqual([systems, fewerThan, status, prepared.publication.systems], [null, 100, 'withheld', []]);
      },
    ],
    [
      'one system that does not say what it runs',
      [...EVERYDAY, { systems: 1, os: '', version: '9', edition: '', arch: '' }],
      (prepared) => {
        assert.equal(found(prepared, 0).uaUnknownShare, 0, 'an exact share would tell that it is one');
      },
    ],
  ];
  test('R13: of fewer systems than a great k that is said, and never 0', async (context) => {
    const press = new Press(context);
    await press.count(fleetLog(WEEK, [{ systems: 200 }, { systems: 190, repo: 'appstream-9' }]), dueAt(WEEK));
    const prepared = await press.decide(dueAt(WEEK), { rules: rules({ small_groups: { k: 500, networks: 3 } }) });
    const { systems, fewerThan, status } = found(prepared, 0);
    assert.deepEqual([systems, fewerThan, status, allTotals(prepared.publication.totals)], [null, 500, 'withheld', []]);
  });

  for (const [what, groups, check] of cases) {
    test(`${what}: published, protected, and never as a surprise`, async (context) => {
      const press = new Press(context);
      await press.count(fleetLog(WEEK, groups), dueAt(WEEK));
      const prepared = await press.decide(dueAt(WEEK));
      assert.deepEqual(prepared.leaks, []);
      check(prepared);
    });
  }

  test('F07: fifteen systems in two countries: together with their number one table would prove the second country', async (context) => {
    const press = new Press(context);
    await press.count(fleetLog(WEEK, [{ systems: 14 }, { systems: 1, prefix: '8.8' }]), dueAt(WEEK));
    const prepared = await press.decide(dueAt(WEEK));
    assert.deepEqual([prepared.leaks, found(prepared, 0).systems], [[], null]);
    assert.deepEqual(prepared.publication.countries, []);
  });

  test('weeks of a clock that runs ahead wait for their time', async (context) => {
    const press = new Press(context);
    await press.count(fleetLog(week(0), EVERYDAY) + fleetLog(week(9), EVERYDAY), weekStart(week(11)));
    assert.deepEqual(columnOf(await press.decide(dueAt(week(1))), 'week'), [week(0)]);
  });

  test('9 * 10^15 systems are one number like another', async (context) => {
    const press = new Press(context);
    const header = 'week_start,week_end,hits,os_name,os_version,os_variant,os_arch,sys_age,repo_tag,repo_arch';
    const row = `${mondayOf(WEEK)},${sundayOf(WEEK)},9000000000000000,AlmaLinux,9.4,generic,x86_64,3,baseos-9,x86_64`;
    const file = press.write('totals.csv', `${header}\r\n${row}\r\n`);
    await importTotals(file, { vault: press.vault }, capture());
    assert.equal(found(await press.decide(dueAt(WEEK)), 0).systems, 9_000_000_000_000_000);
  });
});
