import type { VNode } from 'preact';
import { weekName } from '../../views/publication/week-name.ts';
import type { Series, TimeSeries } from '../charts/chart.ts';
import { disagreementOf } from '../figures/pitfalls.ts';
import { type CountedWeek, type NumberOfWeek, systemsOf, weekFigure, weekFormula } from '../figures/tables.ts';
import { trendOf } from '../figures/trend.ts';
import { chartBlock, qualityOf, sundayAfter } from '../html/chart-block.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { paragraph, sentence } from '../html/words.ts';
import { plainText, type Sentence, say } from '../language/sentence.ts';
import { MEASURED_BIAS, type MeasuredFleet } from '../measured-bias.ts';
import { growthText, sizeText } from './growth.ts';
import { answerCards } from './home-cards.ts';
import { newsSection } from './news.ts';
import { whyNothing } from './nothing-yet.ts';
import { timeSeries } from './series-plan.ts';

/** How many there are, whether that grows, and how sure one can be: in ten seconds. */
export function homePage(here: Here): Page {
  const { tables, words } = here;
  const { name } = tables.publication.distribution;
  const week = tables.shown;
  if (week === undefined) return emptyHome(here);
  const plan = systemsPlan(here, week);
  const headline = headlineOf(here, week);
  return {
    path: '',
    title: words.home.title(name),
    description: words.home.description(name, plainText(headline)),
    content: [
      hero(here, week, headline),
      chartBlock(here, plan),
      paragraph(words.chart.bandNote, 'small note'),
      answerCards(here, week),
      newsSection(here, week),
      el('p', {}, el('a', { href: here.links.page(`week/${weekName(week.week)}/`) }, words.home.bulletin)),
    ],
    charts: [plan],
  };
}

function emptyHome(here: Here): Page {
  const { words, tables } = here;
  const [what, note] = whyNothing(here);
  return {
    path: '',
    title: words.home.title(tables.publication.distribution.name),
    description: what,
    content: [el('h1', {}, what), el('p', {}, note)],
    charts: [],
  };
}

function headlineOf({ words, formats, tables }: Here, week: CountedWeek): Sentence {
  const { name } = tables.publication.distribution;
  const count = formats.about(systemsOf(week));
  if (isLast(tables.publication.weeks, week)) return words.home.lastWeek(count, name);
  return words.home.earlierWeek(count, name, formats.days(week.monday, sundayAfter(week.monday)));
}

function isLast(weeks: readonly { week: number }[], { week }: CountedWeek): boolean {
  return weeks.at(-1)?.week === week;
}

function hero(here: Here, week: CountedWeek, headline: Sentence): VNode {
  const { words, formats, links } = here;
  const days = formats.days(week.monday, sundayAfter(week.monday));
  return el(
    'section',
    { class: 'hero' },
    el('h1', {}, ...sentence(headline)),
    notLastNote(here, week),
    el(
      'div',
      { class: 'lines' },
      paragraph(trendSentence(here, week), 'trend'),
      paragraph(durationSentence(here, week)),
      el(
        'p',
        { class: 'sure' },
        el('span', { class: 'label' }, words.home.sureness),
        ' ',
        ...sentence(words.home.sure(days, qualityOf(here, week))),
      ),
      ...whatIsMissing(here, week),
    ),
    el(
      'p',
      { class: 'promise' },
      el('em', {}, words.home.promise),
      ' ',
      el('a', { href: links.page('methodology/') }, words.home.howWeCount),
      ' · ',
      el('a', { href: `${links.page('methodology/')}#pitfalls` }, words.home.whatWeCannotSee),
    ),
  );
}

/** Why the number is not of the newest week, or not to be trusted. */
function notLastNote({ words, tables }: Here, week: CountedWeek): VNode | null {
  const newest = tables.publication.weeks.at(-1)!;
  if (newest.week === week.week) return week.grade === 'C' ? paragraph(words.home.onlyDoubtful, 'warning') : null;
  const because = newest.status === 'published' ? 'doubtful' : newest.status;
  return paragraph(words.home.notLast[because], 'warning');
}

/** What no repository sees is said by kind of system, as measured; by how much repositories disagree is the lesser thing. */
function whatIsMissing(here: Here, week: CountedWeek): (VNode | null)[] {
  const { words, links } = here;
  return [
    el('ul', { class: 'missing' }, ...words.home.missing(shareMissing(here)).map((item) => el('li', {}, item))),
    el(
      'p',
      {},
      words.home.missingNote,
      ' ',
      el('a', { href: `${links.page('methodology/')}#bias` }, words.home.missingLink),
    ),
    disagreement(here, week),
  ];
}

/** How much of a made-up fleet the census missed, as in "5%". */
function shareMissing({ formats }: Here): (fleet: MeasuredFleet) => string {
  return (fleet) => {
    const { percent } = MEASURED_BIAS.rows.find((row) => row.fleet === fleet && row.estimator === 'census')!;
    return formats.percent(-percent);
  };
}

function disagreement({ words, formats }: Here, week: CountedWeek): VNode | null {
  const [low, high] = [weekFigure(week, 'low'), weekFigure(week, 'high')];
  const share = disagreementOf(week);
  if (low === undefined || high === undefined || share === undefined || high.value === low.value) return null;
  return paragraph(words.home.disagree(formats.share(share), formats.about(low), formats.about(high)));
}

function durationSentence({ words, formats, tables }: Here, week: CountedWeek): Sentence {
  const [established, fresh] = [weekFigure(week, 'established'), weekFigure(week, 'newOrShortLived')];
  if (established === undefined || fresh === undefined) return [];
  return words.home.durations(formats.about(established), formats.about(fresh), words.spans[tables.ages]);
}

export function trendSentence(here: Here, week: CountedWeek): Sentence {
  const { words, formats, tables } = here;
  const trend = trendOf(tables, week);
  if (trend.kind === 'unknown') return say`${words.home.trendUnknown[trend.because]}`;
  const { direction, change, basis, releases } = trend;
  const goesOneWay = direction === 'up' || direction === 'down';
  const percent = goesOneWay ? sizeText(here, change) : growthText(here, change);
  const between = formats.list(releases.map(({ text, date }) => words.home.event(text, formats.day(date))));
  return words.home.trend(direction, percent, basis, words.spans[tables.ages], between);
}

/** The chart of the home page, as it stands in the week that is shown. */
export function systemsPlan(here: Here, week: CountedWeek): ChartPlan {
  const { words, formats, tables } = here;
  const { weeks } = tables.publication;
  const days = formats.days(week.monday, sundayAfter(week.monday));
  const established = weekFigure(week, 'established') ?? { value: 0, of: '0' };
  const span = words.spans[tables.ages];
  const summary = words.home.chartSummary(formats.count(systemsOf(week)), days, formats.count(established), span);
  const bands = [
    ['established', words.home.established(span), 'plain'],
    ['newOrShortLived', words.home.fresh, 'light'],
    ['ageUnknown', words.home.ageUnknown, 'grey'],
  ] as const;
  const shown = bands.filter(([name]) => name !== 'ageUnknown' || weeks.some((of) => (of[name] ?? 0) > 0));
  const series = shown.map(
    ([name, title, tone]): Series => ({ name: title, values: weeks.map((of) => of[name]), tone }),
  );
  const band = { label: words.chart.band, low: weeks.map(({ low }) => low), high: weeks.map(({ high }) => high) };
  const columns: NumberOfWeek[] = [...shown.map(([name]) => name), 'low', 'high'];
  return {
    chart: timeSeries(here, {
      id: 'systems-timeseries-stacked-duration',
      title: words.home.chartTitle,
      summary: plainText(summary),
      form: 'stacked',
      series,
      band,
    }),
    summary,
    week,
    source: { kind: 'columns', formulas: columns.map((name) => weekFormula('*', name)) },
    logarithmic: logarithmicTotal(here, summary),
  };
}

/** The total alone. A week without systems has no place on such an axis. */
function logarithmicTotal(here: Here, summary: Sentence): TimeSeries {
  const { words, tables } = here;
  const values = tables.publication.weeks.map(({ systems }) => (systems === 0 ? null : systems));
  const chart = timeSeries(here, {
    id: 'systems-timeseries-log',
    title: words.home.chartTitle,
    summary: plainText(summary),
    form: 'line',
    series: [{ name: words.home.allSystems, values, tone: 'plain' }],
    band: undefined,
  });
  return { ...chart, isLogarithmic: true, unit: words.home.logarithmicUnit };
}
