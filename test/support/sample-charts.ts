import { mondayOf } from '../../src/flow/sightings/week.ts';
import type { SystemsRow } from '../../src/flow/views/publication/tables.ts';
import type {
  RankedBars,
  ReleaseCurves,
  Slopes,
  SmallMultiples,
  TimeSeries,
  WorldMap,
} from '../../src/flow/website/charts/chart.ts';
import { samplePublication } from './sample-publication.ts';

/** Charts of the sample publication: one of each kind and form. */

const { weeks, systems, countries, annotations } = samplePublication();
const MONDAYS = weeks.map(({ week }) => mondayOf(week));
const DOUBTFUL = weeks.map(({ grade }) => grade === 'C');
const PINS = annotations.map(({ date, text }) => ({ date, text }));

function sumByWeek(isMeant: (row: SystemsRow) => boolean): (number | null)[] {
  return weeks.map(({ week, systems: all }) => {
    const rows = systems.filter((row) => row.week === week && isMeant(row));
    return all === null || rows.length === 0 ? null : rows.reduce((sum, row) => sum + row.systems, 0);
  });
}

export function systemsByWeek(): TimeSeries {
  return {
    kind: 'time-series',
    id: 'systems-timeseries-stacked',
    title: 'How many systems check in each week?',
    summary: 'About 22,100 Meridian Linux systems checked in in the week of 4 May 2026.',
    form: 'stacked',
    weeks: MONDAYS,
    series: [
      { name: 'established', values: weeks.map(({ established }) => established), tone: 'plain' },
      { name: 'new or short-lived', values: weeks.map(({ newOrShortLived }) => newOrShortLived), tone: 'light' },
    ],
    band: {
      label: 'where our repositories disagree',
      low: weeks.map(({ low }) => low),
      high: weeks.map(({ high }) => high),
    },
    doubtful: DOUBTFUL,
    pins: PINS,
    unit: 'systems',
  };
}

export function versionShares(): TimeSeries {
  const versions = ['10.0', '9.6', '9.5', '8.10', 'other'];
  return {
    ...systemsByWeek(),
    id: 'systems-timeseries-share-version',
    title: 'Which versions are in use?',
    summary: '29 % run Meridian Linux 10, half a year after its release.',
    form: 'share',
    series: versions.map((name) => ({
      name,
      values: sumByWeek(({ version, os }) => version === name && os === 'Meridian Linux'),
      tone: name === '8.10' || name === 'other' ? 'grey' : 'plain',
    })),
    band: undefined,
    unit: 'share of systems',
  };
}

export function editionLines(): TimeSeries {
  const editions = ['generic', 'server', 'workstation', 'other'];
  return {
    ...systemsByWeek(),
    id: 'systems-timeseries-line-edition',
    title: 'Which editions are in use?',
    summary: '15,500 systems do not state their edition.',
    form: 'line',
    series: editions.map((name) => ({ name, values: sumByWeek(({ edition }) => edition === name), tone: 'plain' })),
    band: undefined,
  };
}

export function architectureBars(): RankedBars {
  return {
    kind: 'ranked-bars',
    id: 'systems-bars-architecture',
    title: 'Which processors?',
    summary: 'Nine in ten systems are x86_64.',
    bars: [
      { name: 'x86_64', value: 19_890, earlier: 16_200, instead: undefined },
      { name: 'aarch64', value: 1_770, earlier: 2_440, instead: undefined },
      { name: 'ppc64le', value: 440, earlier: 360, instead: undefined },
      { name: 's390x', value: 0, earlier: null, instead: 'fewer than 10' },
    ],
    unit: 'systems',
    earlierLabel: 'a year before',
  };
}

export function eachEdition(): SmallMultiples {
  const { weeks: mondays, series, doubtful } = editionLines();
  return {
    kind: 'small-multiples',
    id: 'systems-multiples-edition',
    title: 'How has each edition changed?',
    summary: 'From generic with 15,500 to other with 420 systems.',
    axis: 'same',
    weeks: mondays,
    series,
    doubtful,
    unit: 'systems',
  };
}

export function yearOfSystems(): Slopes {
  return {
    kind: 'slopes',
    id: 'systems-slopes',
    title: 'How has that changed in a year?',
    summary: 'Meridian Linux: 8,700 systems; a year before it was 7,400.',
    ends: ['5 May 2025', '4 May 2026'],
    lines: [
      { name: 'Meridian Linux', before: 7_400, now: 8_700, tone: 'plain' },
      { name: 'Red Sky Enterprise Linux Server', before: 6_900, now: 4_120, tone: 'plain' },
      { name: 'Southern Linux', before: null, now: 3_980, tone: 'plain' },
      { name: 'other', before: 240, now: 0, tone: 'grey' },
    ],
    unit: 'systems',
  };
}

export function moveToReleases(): ReleaseCurves {
  const rise = (rate: number, most: number, weeksKnown: number) =>
    Array.from({ length: weeksKnown }, (_, week) => (week === 7 ? null : most * (1 - Math.exp(-rate * week))));
  return {
    kind: 'release-curves',
    id: 'systems-release-curves',
    title: 'How fast do people move to a new version?',
    summary: 'Half a year after its release, 29 % of the systems run version 10.',
    curves: [
      { name: 'Meridian Linux 10', values: rise(0.09, 0.32, 25), isCurrent: true },
      { name: 'Meridian Linux 9', values: rise(0.05, 0.45, 53), isCurrent: false },
      { name: 'Meridian Linux 8', values: rise(0.03, 0.5, 53), isCurrent: false },
    ],
    axis: 'weeks after the release',
  };
}

export function worldMap(): WorldMap {
  const newest = countries.filter(({ week, country }) => week === weeks.at(-1)!.week && /^[A-Y][A-Z]$/.test(country));
  const values = new Map<string, number>();
  for (const { country, systems: count } of newest) values.set(country, (values.get(country) ?? 0) + count);
  for (const [n, country] of ['SG', 'ZA', 'AU', 'CA', 'GB', 'PL', 'MX', 'HK'].entries())
    values.set(country, 40 + 70 * n * n);
  return {
    kind: 'world-map',
    id: 'systems-map',
    title: 'Where are the systems?',
    summary: 'Three in ten are in the United States.',
    values,
    unit: 'systems',
  };
}

export const SAMPLE_CHARTS = [
  systemsByWeek,
  versionShares,
  editionLines,
  eachEdition,
  architectureBars,
  yearOfSystems,
  moveToReleases,
  worldMap,
];
