import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderToString } from 'preact-render-to-string';
import type { Chart, ChartTable, TimeSeries } from '../../../../src/flow/website/charts/chart.ts';
import { chartTable } from '../../../../src/flow/website/charts/chart-table.ts';
import { drawChart } from '../../../../src/flow/website/charts/draw-chart.ts';
import { elementsOf, pathPieces, valueAxisOf } from '../../../support/read-svg.ts';
import {
  architectureBars,
  eachEdition,
  moveToReleases,
  systemsByWeek,
  versionShares,
  worldMap,
  yearOfSystems,
} from '../../../support/sample-charts.ts';

const LOOK = { width: 960, height: 400, locale: 'en' as const };
/** A tenth is what coordinates are rounded to, and an axis label adds its own rounding. */
const PIXEL = 0.3;

function drawn(chart: Chart): string {
  return renderToString(drawChart(chart, LOOK));
}

function column(table: ChartTable, n: number): (number | null)[] {
  return table.rows.map((row) => row[n] as number | null);
}

/** Runs of weeks that have a number and are not doubtful. */
function runs(values: readonly (number | null)[], doubtful: readonly boolean[]): number[][] {
  const found: number[][] = [[]];
  for (const [n, value] of values.entries()) {
    if (value === null || doubtful[n] === true) found.push([]);
    else found.at(-1)!.push(value);
  }
  return found.filter((run) => run.length > 0);
}

/** The same in a stack: beside a run, in a week that the other series know, there is nothing of this one, not a hole. */
function runsInStack(columns: (number | null)[][], n: number, doubtful: readonly boolean[]): number[][] {
  const isKnown = (week: number) =>
    doubtful[week] === false && columns.some((values) => (values[week] ?? null) !== null);
  const isSure = (week: number) => doubtful[week] === false && (columns[n]![week] ?? null) !== null;
  const filled = columns[n]!.map((value, week) =>
    value === null && isKnown(week) && (isSure(week - 1) || isSure(week + 1)) ? 0 : value,
  );
  return runs(filled, doubtful);
}

function assertNear(actual: readonly number[][], expected: readonly number[][], tolerance: number): void {
  assert.deepEqual(
    actual.map((run) => run.length),
    expected.map((run) => run.length),
    'the gaps are not where the table has them',
  );
  for (const [n, value] of actual.flat().entries()) {
    const wanted = expected.flat()[n]!;
    assert.ok(Math.abs(value - wanted) <= tolerance, `${value} is drawn where the table says ${wanted}`);
  }
}

function linesIn(text: string): string[] {
  return elementsOf(text, 'path')
    .filter(({ attributes }) => attributes['class']?.startsWith('line ') && !/^M[^M]*h16$/.test(attributes['d'] ?? ''))
    .map(({ attributes }) => attributes['d'] ?? '');
}

function areasIn(text: string): string[] {
  return elementsOf(text, 'path')
    .filter(({ attributes }) => /^edge\b/.test(attributes['class'] ?? ''))
    .map(({ attributes }) => attributes['d'] ?? '');
}

/** The thickness of an area at each week: there along its top, and back along its bottom. */
function thicknesses(d: string, valueAt: (y: number) => number): number[][] {
  return pathPieces(d).map((points) => {
    const weeks = points.length / 2;
    return points.slice(0, weeks).map(([, top], n) => valueAt(top) - valueAt(points[2 * weeks - 1 - n]![1]));
  });
}

const chartOf = (form: TimeSeries['form']) =>
  fc
    .integer({ min: 1, max: 60 })
    .chain((weeks) =>
      fc.record({
        series: fc.array(
          fc.array(fc.option(fc.integer({ min: 1, max: 900_000 }), { freq: 5 }), {
            minLength: weeks,
            maxLength: weeks,
          }),
          { minLength: 1, maxLength: 4 },
        ),
        doubtful: fc.array(fc.constantFrom(false, false, false, true), { minLength: weeks, maxLength: weeks }),
      }),
    )
    .map(
      ({ series, doubtful }): TimeSeries => ({
        ...systemsByWeek(),
        form,
        weeks: doubtful.map((_, n) => new Date(Date.UTC(2024, 0, 1 + 7 * n)).toISOString().slice(0, 10)),
        series: series.map((values, n) => ({ name: `series ${n}`, values, tone: n === 1 ? 'light' : 'plain' })),
        doubtful,
        band: undefined,
        pins: [],
      }),
    );

describe('F06: the picture and the table say the same', () => {
  const options = { numRuns: 60, seed: 20_260_504 };

  test(`lines, their gaps and doubtful weeks (seed ${options.seed})`, () => {
    fc.assert(
      fc.property(chartOf('line'), (chart) => {
        const text = drawn(chart);
        const { valueAt, perUnit } = valueAxisOf(text);
        const table = chartTable(chart, 'en');
        for (const [n, d] of linesIn(text).entries()) {
          const actual = pathPieces(d).map((points) => points.map(([, y]) => valueAt(y)));
          assertNear(actual, runs(column(table, n + 1), chart.doubtful), PIXEL * perUnit);
        }
        const hollow = elementsOf(text, 'circle').map(({ attributes }) => valueAt(Number(attributes['cy'])));
        const doubted = chart.series.flatMap(({ values }) =>
          values.filter((value, n): value is number => value !== null && chart.doubtful[n] === true),
        );
        const inPlot = hollow.slice(0, doubted.length);
        assertNear([inPlot], [doubted], PIXEL * perUnit);
      }),
      options,
    );
  });

  for (const form of ['stacked', 'share'] as const) {
    test(`${form} areas and their gaps (seed ${options.seed})`, () => {
      fc.assert(
        fc.property(chartOf(form), (chart) => {
          const text = drawn(chart);
          const { valueAt, perUnit } = valueAxisOf(text);
          const table = chartTable(chart, 'en');
          const areas = areasIn(text);
          assert.equal(areas.length, chart.series.length);
          const columns = chart.series.map((_, n) => column(table, n + 1));
          for (const [n, d] of areas.entries()) {
            assertNear(thicknesses(d, valueAt), runsInStack(columns, n, chart.doubtful), 2 * PIXEL * perUnit);
          }
        }),
        options,
      );
    });
  }

  test('O7: a gap stays a gap, and a single week between two gaps is seen', () => {
    const values = [5, 6, null, 7, null, 8, 9];
    const chart: TimeSeries = {
      ...systemsByWeek(),
      weeks: systemsByWeek().weeks.slice(0, 7),
      series: [{ name: 'established', values, tone: 'plain' }],
      doubtful: [],
      band: undefined,
    };
    const [area] = areasIn(drawn(chart));
    assert.deepEqual(
      pathPieces(area!).map((piece) => piece.length / 2),
      [2, 1, 2],
    );
    assert.match(area!, /M[\d.]+,[\d.]+V[\d.]+h6V[\d.]+Z/);
    assert.deepEqual(column(chartTable(chart, 'en'), 1), values);
  });

  test('the band is where the table has its numbers, and breaks where they are not known', () => {
    const chart = systemsByWeek();
    const text = drawn(chart);
    const { valueAt, perUnit } = valueAxisOf(text);
    const table = chartTable(chart, 'en');
    const [band] = elementsOf(text, 'path').filter(({ attributes }) => attributes['class'] === 'band');
    const [low, high] = [column(table, 3), column(table, 4)];
    const difference = high.map((value, n) => (value === null ? null : value - low[n]!));
    assertNear(thicknesses(band!.attributes['d']!, valueAt), runs(difference, chart.doubtful), 2 * PIXEL * perUnit);
    assert.deepEqual(table.columns.slice(3), [
      'Repositories disagree by: least',
      'Repositories disagree by: most',
      'Note',
    ]);
    assert.equal(table.rows.filter((row) => row.at(-1) === 'incomplete week').length, 1);
  });

  test('shares of a week add up to one, and of nothing there are none', () => {
    const chart = { ...versionShares(), doubtful: [] };
    for (const row of chartTable(chart, 'en').rows) {
      const shares = row.slice(1).filter((cell): cell is number => typeof cell === 'number');
      if (shares.length > 0) assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9);
    }
    const nothing = { ...chart, series: [{ name: 'a', values: [0], tone: 'plain' as const }] };
    assert.equal(chartTable(nothing, 'en').rows[0]![1], null);
  });

  test('release curves', () => {
    const chart = moveToReleases();
    const text = drawn(chart);
    const { valueAt, perUnit } = valueAxisOf(text);
    const table = chartTable(chart, 'en');
    // The current release is drawn last, on top of the others.
    for (const [n, curve] of [1, 2, 0].entries()) {
      const actual = pathPieces(linesIn(text)[n]!).map((points) => points.map(([, y]) => valueAt(y)));
      assertNear(actual, runs(column(table, curve + 1), []), PIXEL * perUnit);
    }
    const bold = elementsOf(text, 'path').filter(({ attributes }) => /\bbold\b/.test(attributes['class'] ?? ''));
    assert.equal(bold.length, 1);
  });

  test('on a logarithmic axis the same growth rises by the same height', () => {
    const values = [1_000, 2_000, 4_000, null, 8_000, 16_000];
    const chart: TimeSeries = {
      ...systemsByWeek(),
      form: 'line',
      isLogarithmic: true,
      weeks: systemsByWeek().weeks.slice(0, 6),
      series: [{ name: 'all systems', values, tone: 'plain' }],
      doubtful: [],
      band: undefined,
      pins: [],
    };
    const text = drawn(chart);
    const [first, second] = pathPieces(linesIn(text)[0]!).map((piece) => piece.map(([, y]) => y));
    assert.deepEqual([first!.length, second!.length], [3, 2], 'a gap stays a gap');
    const rises = [
      first![0]! - first![1]!,
      first![1]! - first![2]!,
      first![2]! - second![0]!,
      second![0]! - second![1]!,
    ];
    for (const rise of rises) assert.ok(rise > 20 && Math.abs(rise - rises[0]!) <= PIXEL, String(rises));
    const labels = elementsOf(text, 'text').filter(({ attributes }) => attributes['text-anchor'] === 'end');
    const marks = labels.map(({ text: words }) => Number(words.replaceAll(',', '')));
    assert.deepEqual([marks[0], marks.at(-1)], [100_000, 1_000]);
  });

  test('small charts say what their table says, on one axis or each on its own', () => {
    for (const axis of ['same', 'own'] as const) {
      const chart = { ...eachEdition(), axis };
      const text = renderToString(drawChart(chart, { ...LOOK, width: 960, height: 200 }));
      const table = chartTable(chart, 'en');
      const lines = linesIn(text);
      assert.equal(lines.length, chart.series.length);
      const [floor, ceiling] = ['axis', 'grid'].map((name) =>
        elementsOf(text, 'path')
          .filter(({ attributes }) => attributes['class'] === name)
          .map(({ attributes }) => Number(/,([\d.]+)H/.exec(attributes['d']!)![1])),
      );
      const labels = elementsOf(text, 'text').filter(({ attributes }) => attributes['class'] === 'muted');
      const tops = labels.slice(1).map(({ text: words }) => Number(words.replaceAll(',', '')));
      assert.equal(new Set(tops).size === 1, axis === 'same');
      for (const [n, d] of lines.entries()) {
        const perUnit = tops[n]! / (floor![n]! - ceiling![n]!);
        const actual = pathPieces(d).map((points) => points.map(([, y]) => (floor![n]! - y) * perUnit));
        assertNear(actual, runs(column(table, n + 1), chart.doubtful), PIXEL * perUnit);
      }
    }
  });

  test('slopes lead from what was to what is, and begin at 0', () => {
    const chart = yearOfSystems();
    const text = drawn(chart);
    const ends = linesIn(text).map((d) => pathPieces(d)[0]!.map(([, y]) => y));
    const rows = chartTable(chart, 'en').rows;
    const lines = rows.filter((row) => row[1] !== null) as [string, number, number][];
    assert.deepEqual(rows[2], ['Southern Linux', null, 3_980]);
    assert.equal(ends.length, lines.length, 'what was not there before has no line');
    const zero = ends.at(-1)![1]!;
    const perUnit = (zero - ends[0]![1]!) / lines[0]![2];
    for (const [n, [name, before, now]] of lines.entries()) {
      const [left, right] = ends[n]!;
      assert.ok(Math.abs(zero - left! - before * perUnit) < PIXEL, `${name} before`);
      assert.ok(Math.abs(zero - right! - now * perUnit) < PIXEL, `${name} now`);
    }
    const texts = elementsOf(text, 'text').map(({ text: words }) => words);
    for (const words of ['5 May 2025', '4 May 2026', '7,400', '6,900', '240']) assert.ok(texts.includes(words), words);
  });

  test('bars are as long as their numbers, and words stand in for small groups', () => {
    const chart = architectureBars();
    const text = drawn(chart);
    const bars = elementsOf(text, 'rect').filter(({ attributes }) => attributes['class'] === 'fill-0');
    const widths = bars.map(({ attributes }) => Number(attributes['width']));
    const rows = chartTable(chart, 'en').rows;
    const values = rows.map((row) => (typeof row[1] === 'number' ? row[1] : 0));
    for (const [n, value] of values.entries()) {
      assert.ok(Math.abs(widths[n]! / widths[0]! - value / values[0]!) < 0.001);
    }
    assert.deepEqual(rows.at(-1), ['s390x', 'fewer than 10', null]);
    const texts = elementsOf(text, 'text').map(({ text: words }) => words);
    for (const words of ['19,890', '1,770', '440', 'fewer than 10', 'a year before']) assert.ok(texts.includes(words));
    assert.ok(!texts.includes('0'));
  });

  test('the map names every country with the number of the table', () => {
    const chart = worldMap();
    const path = 'M0,0H1V1H0Z';
    const codes = [...chart.values.keys()];
    const territories = Object.fromEntries([...codes, 'CN'].map((code) => [code, { path }]));
    const outlines = { width: 10, height: 5, sphere: path, unassigned: path, territories };
    const text = renderToString(drawChart(chart, { ...LOOK, outlines }));
    const titles = elementsOf(text, 'title').map(({ text: words }) => words);
    const rows = chartTable(chart, 'en').rows;
    assert.equal(rows.length, codes.length);
    for (const [name, value] of rows) {
      assert.ok(titles.includes(`${name}: ${(value as number).toLocaleString('en')} systems`), `${name} is missing`);
    }
    assert.ok(titles.includes('China: no number'));
    assert.deepEqual(
      column(chartTable(chart, 'en'), 1),
      [...chart.values.values()].sort((a, b) => b - a),
    );
  });
});
