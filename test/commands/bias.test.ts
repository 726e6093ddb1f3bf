import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { bias } from '../../src/commands/bias.ts';
import type { BiasRow, Estimator, MeasuredBias, MeasuredFleet } from '../../src/flow/website/measured-bias.ts';
import { MEASURED_BIAS } from '../../src/flow/website/measured-bias.ts';
import { capture } from '../support/in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SIZE = { systems: 600, weeks: 2, seed: 1 };

async function measured(options = SIZE): Promise<MeasuredBias> {
  const terminal = capture();
  assert.equal(await bias({ ...options, json: true }, terminal), 0);
  assert.equal(terminal.errText(), '');
  return JSON.parse(terminal.outText());
}

const small = await measured();

function rowOf(fleet: MeasuredFleet, estimator: Estimator, { rows }: MeasuredBias): BiasRow {
  return rows.find((row) => row.fleet === fleet && row.estimator === estimator) ?? assert.fail(`${fleet} ${estimator}`);
}

/** What holds for any size and seed, and so for the numbers on the website too. */
const both: [string, MeasuredBias][] = [
  ['a small run', small],
  ['the published run', MEASURED_BIAS],
];
for (const [name, result] of both) {
  const percentOf = (fleet: MeasuredFleet, estimator: Estimator) => rowOf(fleet, estimator, result).percent;

  describe(`the errors of the estimators, in ${name}`, () => {
    test('the sum over repositories is three to six times the truth, where systems stay', () => {
      for (const fleet of ['servers', 'laptops', 'nat', 'release-week'] as const) {
        const percent = percentOf(fleet, 'sum-over-repositories');
        assert.ok(percent > 190 && percent < 500, `${fleet}: ${percent}`);
      }
    });

    test('the census never finds more systems than there are, outside the week of a release', () => {
      for (const fleet of ['servers', 'laptops', 'containers', 'nat'] as const) {
        assert.ok(rowOf(fleet, 'census', result).most <= 0, fleet);
      }
      assert.ok(rowOf('release-week', 'census', result).most < 10);
    });

    test('and it finds most of them, but of containers only a third', () => {
      for (const fleet of ['servers', 'laptops', 'nat', 'release-week'] as const) {
        assert.ok(rowOf(fleet, 'census', result).least > -25, fleet);
      }
      const containers = percentOf('containers', 'census');
      assert.ok(containers > -75 && containers < -55, String(containers));
    });

    test('release match takes systems away only where others ask for the release: in the week in which it comes', () => {
      const surplus = (fleet: MeasuredFleet) => percentOf(fleet, 'base-repository') - percentOf(fleet, 'census');
      assert.ok(surplus('release-week') > 5 && surplus('release-week') < 15, String(surplus('release-week')));
      for (const fleet of ['servers', 'laptops', 'containers', 'nat'] as const) {
        assert.ok(surplus(fleet) >= 0 && surplus(fleet) < 2, fleet);
      }
    });

    test('unique addresses per day are too few: a few servers, half the laptops, nearly all behind shared ones', () => {
      const [servers, laptops, containers, nat] = (['servers', 'laptops', 'containers', 'nat'] as const).map((fleet) =>
        percentOf(fleet, 'addresses-per-day'),
      ) as [number, number, number, number];
      assert.ok(servers < -5 && servers > -20, String(servers));
      assert.ok(laptops < -35 && laptops > -55, String(laptops));
      assert.ok(containers < -85 && nat < -85, `${containers} ${nat}`);
    });

    test('what no repository sees is missing, and repositories agree while it is', () => {
      for (const [fleet, least, most] of [
        ['rarely-on', 40, 60],
        ['own-mirrors', 45, 60],
        ['fixed-addresses', 25, 45],
        ['switched-off', 15, 35],
      ] as const) {
        const missing = -percentOf(fleet, 'census');
        assert.ok(missing > least && missing < most, `${fleet}: ${missing}`);
      }
      for (const { fleet, percent, weeksAround } of result.disagreements) {
        assert.ok(percent < 12, `${fleet}: ${percent}`);
        if (fleet !== 'release-week') assert.equal(weeksAround, 0, fleet);
      }
    });

    test('one row for each fleet and estimator, with the median between the extremes', () => {
      assert.equal(new Set(result.rows.map(({ fleet, estimator }) => `${fleet} ${estimator}`)).size, 40);
      assert.equal(result.rows.length, 40);
      assert.equal(result.disagreements.length, 10);
      for (const { percent, least, most } of result.rows) assert.ok(least <= percent && percent <= most);
    });
  });
}

describe('rollcall bias', () => {
  test('the same command gives the same numbers, another seed others', async () => {
    assert.deepEqual(await measured(), small);
    assert.notDeepEqual((await measured({ ...SIZE, seed: 2 })).rows, small.rows);
  });

  test('says which command gives these numbers again', () => {
    assert.equal(small.command, 'rollcall bias --systems 600 --weeks 2 --seed 1');
    assert.deepEqual([small.systems, small.weeks, small.seed], [600, 2, 1]);
  });

  test('on a terminal: a table with the numbers of the JSON, and nothing left behind', async (context) => {
    const folder = temporaryFolder(context);
    const usual = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    context.after(() => {
      if (usual === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = usual;
    });
    const terminal = capture();
    assert.equal(await bias(SIZE, terminal), 0);
    const text = terminal.outText();
    for (const { percent, least, most } of small.rows) {
      const [middle, from, to] = [percent, least, most].map((value) => (value > 0 ? '+' : '') + value.toFixed(1));
      assert.ok(text.includes(`${middle} %   (${from} to ${to})`), `${middle} ${from} ${to}`);
    }
    assert.match(text, /These numbers again: rollcall bias --systems 600 --weeks 2 --seed 1\n$/);
    assert.ok(text.split('\n').every((line) => line.length <= 105));
    assert.deepEqual(readdirSync(folder), []);
  });

  test('refuses a fleet so small that only chance would be measured', async () => {
    await assert.rejects(bias({ ...SIZE, systems: 99 }, capture()), {
      name: 'UsageError',
      message: /^--systems 99: .*100 systems.*name more$/,
    });
  });
});
