import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importTotals } from '../../src/commands/import.ts';
import type { EpochSeconds } from '../../src/flow/sightings/week.ts';
import { FEDORA_DATABASE, skipWithoutFedora } from '../support/fedora-2020.ts';
import { capture } from '../support/in-process.ts';
import { Press, sumOf } from '../support/press.ts';

const NOW = (Date.parse('2020-12-01T00:00:00Z') / 1000) as EpochSeconds;
const MONDAY = '2020-11-16';

type Row = Record<string, string>;

/** The published totals of the week, of systems that call themselves Fedora. */
const ofTheWeek = (press: Press): Row[] =>
  press.table('totals').filter((row) => row['week_start'] === MONDAY && /^Fedora( Linux)?$/.test(row['os_name']!));

/** The most check-ins in any repository, of each kind of system. */
function largestByRepository(rows: readonly Row[]): number {
  const columns = ['os_version', 'os_variant', 'os_arch', 'sys_age'];
  const bySystem = Map.groupBy(rows, (row) => columns.map((column) => row[column]).join('|'));
  const largest = [...bySystem.values()].map((same) => Math.max(...same.map((row) => Number(row['hits']))));
  return largest.reduce((sum, hits) => sum + hits, 0);
}

async function fedora(): Promise<Press> {
  const press = new Press();
  assert.equal(await importTotals(FEDORA_DATABASE, { vault: press.vault }, capture()), 0);
  return press;
}

describe("Fedora's totals of 2020, published", { skip: skipWithoutFedora }, () => {
  test('as they are: the numbers of the reference come out exactly', async () => {
    const press = await fedora();
    const { code, out } = await press.publish(NOW, { asPublished: true });
    assert.equal(code, 0);
    assert.match(out, /Small groups are NOT protected: these totals are passed on as their source published them\./);
    const rows = ofTheWeek(press);
    const base = rows.filter((row) => /^fedora-\d+$/.test(row['repo_tag']!));
    const updates = rows.filter((row) => /^updates-released-f\d+$/.test(row['repo_tag']!));
    assert.deepEqual(
      [rows, base, updates].map((part) => sumOf(part, 'hits')),
      [1_277_733, 288_927, 334_942],
    );
    assert.equal(largestByRepository(rows), 345_989);
    const own = base.filter((row) => row['repo_tag'] === `fedora-${row['os_version']}`);
    const young = own.filter((row) => row['sys_age'] === '1');
    assert.deepEqual([sumOf(own, 'hits'), sumOf(young, 'hits')], [276_450, 85_316]);
    const week = press.table('weeks').at(-1)!;
    const columns = [
      'week_start',
      'systems',
      'established',
      'new_or_shortlived',
      'low',
      'high',
      'cross_release',
      'grade',
    ];
    assert.deepEqual(
      columns.map((column) => week[column]),
      [MONDAY, '276450', '191134', '85316', '276450', '313619', String(288_927 - 276_450), 'A'],
    );
    const grades = press.table('weeks').filter(({ grade }) => grade !== 'A');
    assert.deepEqual(
      grades.map(({ week_start, grade }) => `${week_start} ${grade}`),
      ['2020-02-10 C', '2020-05-25 C', '2020-06-08 C'],
    );
    assert.match(grades[0]!['note']!, /Tuesday.*partial/);
    for (const { note } of grades.slice(1))
      assert.match(note!, /^all repositories fell together to \d\d %: logs are missing$/);
  });

  test('F07: protected: no number below 10, every one a multiple of 10, the totals within 0.1 %, the audit finds nothing', async () => {
    const press = await fedora();
    const { code } = await press.publish(NOW);
    assert.equal(code, 0);
    const counts = [
      ...press.table('systems').map(({ systems }) => Number(systems)),
      ...press.table('totals').map(({ hits }) => Number(hits)),
      ...press.table('epel').map(({ systems }) => Number(systems)),
    ];
    assert.ok(counts.length > 10_000);
    assert.deepEqual(
      counts.filter((count) => count < 10 || count % 10 !== 0),
      [],
    );
    const week = press.table('weeks').at(-1)!;
    const within = (column: string, exact: number, share: number) =>
      assert.ok(Math.abs(Number(week[column]) - exact) <= exact * share, `${column}: ${week[column]}`);
    within('systems', 276_450, 0.001);
    within('established', 191_134, 0.001);
    within('new_or_shortlived', 85_316, 0.001);
    within('high', 313_619, 0.001);
    // Rows without a version have lost their repository too.
    const census = ofTheWeek(press).filter(({ repo_tag, os_version }) => repo_tag === `fedora-${os_version}`);
    assert.ok(sumOf(census, 'hits') <= Number(week['systems']) && sumOf(census, 'hits') > 0.999 * 276_450);
    const names = new Set(press.table('totals').map(({ os_name }) => os_name));
    for (const single of ['FSystem', 'ilo Pepola', 'Will Woods Fan Club', 'UXCloud'])
      assert.equal(names.has(single), false);
    const { code: found, out } = await press.audit([], { distribution: 'fedora' });
    assert.equal(found, 0);
    assert.match(
      out,
      /^41 weeks in 41 versions were published; [\d,]+ groups that are named in other rows have no row of their own\.\nNo small group can be worked out/,
    );
  });
});
