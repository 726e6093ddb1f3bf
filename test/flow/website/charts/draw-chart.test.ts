import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderToString } from 'preact-render-to-string';
import type {
  Chart,
  RankedBars,
  ReleaseCurves,
  TimeSeries,
  WorldMap,
} from '../../../../src/flow/website/charts/chart.ts';
import { chartTable } from '../../../../src/flow/website/charts/chart-table.ts';
import { drawChart, suggestedHeight } from '../../../../src/flow/website/charts/draw-chart.ts';
import { chartFile } from '../../../../src/flow/website/charts/files.ts';
import type { Locale, WorldOutlines } from '../../../../src/flow/website/charts/look.ts';
import { assertSvg, elementsOf } from '../../../support/read-svg.ts';
import {
  architectureBars,
  editionLines,
  moveToReleases,
  SAMPLE_CHARTS,
  systemsByWeek,
  versionShares,
  worldMap,
} from '../../../support/sample-charts.ts';

/** Two squares and a dot. */
const OUTLINES: WorldOutlines = {
  width: 100,
  height: 50,
  sphere: 'M0,0H100V50H0Z',
  unassigned: '',
  territories: {
    US: { path: 'M10,10H20V20H10Z' },
    JP: { path: 'M80,10H90V20H80Z' },
    SG: { path: '', place: [70, 30] },
    TV: { path: '' },
  },
};
const SOURCE = { text: 'Meridian Linux · method rollcall-v1' };

function fileOf(chart: Chart, { width = 960, locale = 'en' as Locale } = {}): string {
  return chartFile(chart, { width, height: width < 600 ? 480 : 500, locale, outlines: OUTLINES }, 'auto', SOURCE);
}

function pageOf(chart: Chart, width = 960): string {
  const look = { width, locale: 'en' as const, outlines: OUTLINES };
  return renderToString(drawChart(chart, { ...look, height: suggestedHeight(chart, look) }));
}

function withWeeks(chart: TimeSeries, count: number, value: (week: number) => number | null): TimeSeries {
  const weeks = chart.weeks.slice(0, count);
  const values = weeks.map((_, week) => value(week));
  return {
    ...chart,
    weeks,
    series: chart.series.map((series) => ({ ...series, values })),
    band: chart.band && { ...chart.band, low: values, high: values },
    doubtful: weeks.map(() => false),
  };
}

function withCurve(values: (number | null)[]): ReleaseCurves {
  return { ...moveToReleases(), curves: [{ name: '10', values, isCurrent: true }] };
}

function withBar(value: number, earlier: number | null): RankedBars {
  return { ...architectureBars(), bars: [{ name: 'x86_64', value, earlier, instead: undefined }] };
}

function withCountries(...values: [string, number][]): WorldMap {
  return { ...worldMap(), values: new Map(values) };
}

describe('F06: a chart of anything is drawn', () => {
  const cases: [string, Chart][] = [systemsByWeek(), versionShares(), editionLines()].flatMap((chart) =>
    (
      [
        ['no series', { ...chart, series: [], band: undefined }],
        ['no weeks', withWeeks(chart, 0, () => 1)],
        ['nothing known', withWeeks(chart, 9, () => null)],
        ['one week', withWeeks(chart, 1, () => 12_340)],
        ['one point', withWeeks(chart, 9, (week) => (week === 4 ? 50 : null))],
        ['a gap in the middle', withWeeks(chart, 9, (week) => (week === 4 ? null : 50))],
        ['all zero', withWeeks(chart, 9, () => 0)],
        ['10^9', withWeeks(chart, 70, () => 1e9)],
        ['all doubtful', { ...withWeeks(chart, 9, () => 10), doubtful: Array(9).fill(true) }],
        ['30 series', { ...chart, series: Array(30).fill(chart.series[0]!) }],
      ] as [string, TimeSeries][]
    ).map(([name, made]): [string, Chart] => [`${chart.form}, ${name}`, made]),
  );
  cases.push(
    ['curves, none', { ...moveToReleases(), curves: [] }],
    ['curves, an empty one', withCurve([])],
    ['curves, one point', withCurve([0.2])],
    ['curves, all zero', withCurve([0, 0, 0])],
    ['curves, unknown', withCurve([null, null])],
    ['bars, none', { ...architectureBars(), bars: [] }],
    ['bars, zero', withBar(0, 0)],
    ['bars, one of 10^9', withBar(1e9, null)],
    ['map, empty', withCountries()],
    ['map, one country', withCountries(['US', 1e9])],
    ['map, all zero', withCountries(['US', 0], ['JP', 0])],
    ['map, places that are not on it', withCountries(['ZZ', 10], ['002', 20], ['TV', 30], ['AQ', 40])],
  );
  for (const [name, chart] of cases) {
    test(`F06 ${name}`, () => {
      for (const width of [960, 360]) {
        for (const locale of ['en', 'ja'] as const) {
          const text = fileOf(chart, { width, locale });
          assertSvg(text);
          assert.doesNotMatch(text, /NaN|undefined|Infinity|null/);
        }
        assert.doesNotMatch(pageOf(chart, width), /NaN|undefined|Infinity/);
      }
      assert.equal(chartTable(chart, 'en').rows.length >= 0, true);
    });
  }

  test('O7 F06: an axis begins at 0 and its marks are whole numbers where there are few systems', () => {
    for (const most of [0, 1, 2, 3, 7, 10]) {
      const text = pageOf(withWeeks(editionLines(), 9, () => most));
      const labels = elementsOf(text, 'text').filter(({ attributes }) => attributes['text-anchor'] === 'end');
      assert.equal(labels.at(-1)!.text, '0');
      for (const label of labels) assert.match(label.text, /^\d+$/);
    }
  });

  test('F06: where nothing is known the chart says so, and 0 is not nothing', () => {
    assert.match(pageOf(withWeeks(editionLines(), 9, () => null)), /No numbers yet/);
    assert.doesNotMatch(pageOf(withWeeks(editionLines(), 9, () => 0)), /No numbers yet/);
  });
});

describe('every chart', () => {
  for (const make of SAMPLE_CHARTS) {
    test(`${make().id} has a title, a description, real text and no style of its own in a page`, () => {
      const chart = make();
      const text = pageOf(chart);
      const [root] = elementsOf(text, 'svg');
      const ids = Array.from(text.matchAll(/ id="([^"]+)"/g), ([, id]) => id!);
      assert.equal(root!.attributes['role'], 'img');
      assert.equal(elementsOf(text, 'title')[0]!.text, chart.title);
      assert.ok(elementsOf(text, 'desc')[0]!.text.startsWith(chart.summary));
      for (const name of ['aria-labelledby', 'aria-describedby']) assert.ok(ids.includes(root!.attributes[name]!));
      assert.equal(new Set(ids).size, ids.length, 'an id stands twice');
      assert.doesNotMatch(text, / style=| on\w+=|<style|<script|href/);
      assert.ok(elementsOf(text, 'text').length > 3);
    });

    test(`${make().id} is the same at each call`, () => assert.equal(fileOf(make()), fileOf(make())));
  }

  test('the same chart twice in a page has different ids', () => {
    const look = { width: 360, height: 270, locale: 'en' as const };
    const ids = ['', 'phone-'].flatMap((key) =>
      Array.from(
        renderToString(drawChart(systemsByWeek(), { ...look, key })).matchAll(/ id="([^"]+)"/g),
        ([, id]) => id,
      ),
    );
    assert.equal(new Set(ids).size, ids.length);
  });

  test('each week has one place for the pointer, and it says no more than the week', () => {
    const chart = systemsByWeek();
    const hits = elementsOf(pageOf(chart), 'rect').filter(({ attributes }) => 'data-week' in attributes);
    assert.deepEqual(
      hits.map(({ attributes }) => attributes['data-week']),
      chart.weeks,
    );
    const data = new Set(Array.from(pageOf(chart).matchAll(/ (data-[\w-]+)=/g), ([, name]) => name));
    assert.deepEqual([...data], ['data-week']);
  });

  test('pins are numbered as in the list below the chart', async () => {
    const { numberedPins } = await import('../../../../src/flow/website/charts/pins.ts');
    const chart = { ...systemsByWeek(), pins: [...systemsByWeek().pins, { date: '1999-01-01', text: 'too early' }] };
    const pins = numberedPins(chart);
    assert.deepEqual(
      pins.map(({ number, date, week }) => [number, date, week]),
      [
        [1, '2025-05-13', '2025-05-12'],
        [2, '2025-11-18', '2025-11-17'],
        [3, '2026-03-01', '2026-02-23'],
      ],
    );
    const drawn = elementsOf(pageOf(chart), 'text').filter(({ attributes }) => attributes['font-size'] === '11');
    assert.deepEqual(
      drawn.map(({ text }) => text),
      ['1', '2', '3'],
    );
  });
});

describe('F01: names from strangers are text', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '</script></style></svg>',
    'javascript:alert(1)',
    '&#x3c;b&#x3e;',
    "' onload='alert(1)",
    '__proto__',
    ']]><!--',
    'a\u0000b\u001b\ud800',
  ];
  const charts: [string, (name: string) => Chart][] = [
    ['series', (name) => ({ ...editionLines(), series: [{ name, values: [1, 2, 3], tone: 'plain' }] })],
    ['unit', (unit) => ({ ...systemsByWeek(), unit })],
    ['title', (title) => ({ ...architectureBars(), title, summary: title })],
    ['band', (label) => ({ ...systemsByWeek(), band: { label, low: [1], high: [2] } })],
    ['bar', (name) => ({ ...architectureBars(), bars: [{ name, value: 1, earlier: 2, instead: name }] })],
    ['curve', (name) => ({ ...moveToReleases(), axis: name, curves: [{ name, values: [0.1], isCurrent: true }] })],
    [
      'country',
      (name) => ({
        ...worldMap(),
        unit: name,
        values: new Map([
          [name, 1],
          ['US', 2],
        ]),
      }),
    ],
  ];
  for (const [place, make] of charts) {
    test(`F01 ${place}`, () => {
      for (const name of hostile) {
        const text = fileOf(make(name));
        assertSvg(text);
        assert.doesNotMatch(text, /<(?:script|img|b)\b|<!--/i);
        assert.doesNotMatch(text.replaceAll(/"[^"]*"/g, '""').replaceAll(/>[^<]*</g, '><'), /\son\w+=|javascript:/i);
        assert.doesNotMatch(pageOf(make(name)), /<(?:script|img|b)\b|<!--/i);
      }
      const shown = [...elementsOf(pageOf(make('&<')), 'text'), ...elementsOf(pageOf(make('&<')), 'title')];
      assert.ok(
        shown.some(({ text }) => text.includes('&<')),
        'the name is not shown',
      );
    });
  }
});
