import type { VNode } from 'preact';
import { PUBLISHED_ACCOUNTS } from '../../views/definition/accounts.ts';
import { sharedYears, yearOf } from '../../views/files/week-pages.ts';
import { hasNumber } from '../../views/publication/headline-week.ts';
import { weekName } from '../../views/publication/week-name.ts';
import { groupsOfWeek } from '../figures/breakdown.ts';
import { countriesOf } from '../figures/countries.ts';
import { type Figure, type Growth, growth, ratio, rowsOf } from '../figures/figure.ts';
import { disagreementOf } from '../figures/pitfalls.ts';
import {
  accountFigure,
  type Column,
  type CountedWeek,
  countedWeek,
  isComparable,
  systemsOf,
  weekFigure,
} from '../figures/tables.ts';
import { qualityOf, sundayAfter } from '../html/chart-block.ts';
import { type Child, el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { movedDocument } from '../html/moved.ts';
import { facts, table } from '../html/table.ts';
import { number, paragraph, sentence } from '../html/words.ts';
import { plainText } from '../language/sentence.ts';
import { correctionTable } from './changes.ts';
import { growthText } from './growth.ts';
import { ageName, countryName, editionName, groupName } from './names.ts';
import { newsSection } from './news.ts';

/** So many rows say nearly everything; all of them are in the files. */
const MOST_ROWS = 12;

export function weekPath(week: CountedWeek): string {
  return `week/${weekName(week.week)}/`;
}

/** The bulletin of one week. */
export function weekPage(here: Here, week: CountedWeek): Page {
  const { words, formats, tables } = here;
  const { name } = tables.publication.distribution;
  const title = words.weeks.pageTitle(name, formats.days(week.monday, sundayAfter(week.monday)));
  const headline = words.weeks.headline(formats.count(systemsOf(week)), name);
  return {
    path: weekPath(week),
    title,
    description: plainText(headline),
    content: [
      el('h1', {}, title),
      el('p', { class: 'answer large' }, ...sentence(headline)),
      ...headlineDetails(here, week),
      newsSection(here, week),
      el('h2', {}, words.weeks.tables),
      el('div', { class: 'columns' }, ...weekTables(here, week)),
      ...qualitySection(here, week),
      el('h2', {}, words.weeks.corrections),
      correctionsOf(here, week),
      neighbours(here, week),
    ],
    charts: [],
    isOfItsTime: true,
  };
}

function headlineDetails(here: Here, week: CountedWeek): (VNode | null)[] {
  const { words, formats } = here;
  const [low, high] = [weekFigure(week, 'low'), weekFigure(week, 'high')];
  const [old, fresh] = [weekFigure(week, 'established'), weekFigure(week, 'newOrShortLived')];
  const disagreement = disagreementOf(week);
  const change = sinceWeekBefore(here, week);
  return [
    change ? paragraph(words.weeks.change(growthText(here, change))) : null,
    low && high && disagreement
      ? paragraph(words.weeks.range(formats.share(disagreement), formats.count(low), formats.count(high)))
      : null,
    old && fresh ? paragraph(words.weeks.durations(formats.count(old), formats.count(fresh))) : null,
  ];
}

/** Undefined where it cannot be said, or where rounding leaves open which way it goes. */
function sinceWeekBefore({ tables }: Here, week: CountedWeek): Growth | undefined {
  const { weeks } = tables.publication;
  const previous = weeks[weeks.findIndex((other) => other.week === week.week) - 1];
  if (previous === undefined || !isComparable(previous) || !isComparable(week)) return undefined;
  const within = Math.max(previous.within, week.within);
  const change = growth(systemsOf(countedWeek(previous)!), systemsOf(week), within);
  const isOpen = change !== undefined && change.least.value < 0 && change.most.value > 0;
  return isOpen ? undefined : change;
}

function weekTables(here: Here, week: CountedWeek): VNode[] {
  const { words } = here;
  const names: [Column, string, (value: string) => string][] = [
    ['version', words.columns.version, (value) => groupName(words, value)],
    ['edition', words.columns.edition, (value) => editionName(here, value)],
    ['arch', words.columns.arch, (value) => groupName(words, value)],
    ['age', words.columns.age, (value) => ageName(here, value)],
  ];
  const tables = names.map(([column, title, nameOf]) => {
    const figures = groupsOfWeek(here.tables, week, column).map(({ name, figure }): [string, Figure] => [
      nameOf(name),
      figure,
    ]);
    return countTable(here, week, title, figures);
  });
  const countries = countriesOf(here.tables, week, here.context.territories).map((country): [string, Figure] => [
    countryName(here, country),
    country.systems,
  ]);
  return countries.length === 0 ? tables : [...tables, countTable(here, week, words.columns.country, countries)];
}

function countTable(here: Here, week: CountedWeek, title: string, figures: readonly [string, Figure][]): VNode {
  const { words, formats } = here;
  const present = figures.filter(([, { value }]) => value > 0).toSorted(([, a], [, b]) => b.value - a.value);
  const rows = present.slice(0, MOST_ROWS).map(([name, figure]): Child[] => {
    const share = ratio(figure, systemsOf(week));
    return [name, number(formats.count(figure)), share === undefined ? '–' : number(formats.share(share))];
  });
  const columns = [
    { title, numeric: false },
    { title: words.columns.systems, numeric: true },
    { title: words.columns.share, numeric: true },
  ];
  const caption = present.length > MOST_ROWS ? `${title}: ${words.weeks.top(String(MOST_ROWS))}` : title;
  return table(columns, rows, { caption });
}

function qualitySection(here: Here, week: CountedWeek): VNode[] {
  const { words, formats } = here;
  const count = (name: 'excluded' | 'crossRelease') => {
    const figure = weekFigure(week, name);
    return figure === undefined ? words.chart.noNumber : number(formats.count(figure));
  };
  const share = (name: 'coverage' | 'uaUnknownShare') => {
    const figure = weekFigure(week, name);
    return figure === undefined ? words.chart.noNumber : number(formats.share(figure));
  };
  return [
    el('h2', {}, words.weeks.qualityTitle),
    facts([
      [words.columns.quality, [...sentence(qualityOf(here, week)), week.note === '' ? '' : ` – ${week.note}`]],
      [words.weeks.coverage, share('coverage')],
      [words.weeks.unknownAgents, share('uaUnknownShare')],
      [words.weeks.excluded, count('excluded')],
      [words.weeks.crossRelease, count('crossRelease')],
      [words.weeks.revision, String(week.revision)],
    ]),
    ...accountList(here, week),
    ...exclusionList(here, week),
  ];
}

/** What every check-in stands for: nothing that was counted is passed over. */
function accountList({ words, formats }: Here, week: CountedWeek): VNode[] {
  const rows = PUBLISHED_ACCOUNTS.flatMap((account): Child[][] => {
    const figure = accountFigure(week, account);
    return figure === undefined || figure.value === 0 ? [] : [[words.accounts[account], number(formats.count(figure))]];
  });
  if (rows.length === 0) return [];
  const columns = [
    { title: words.columns.standsFor, numeric: false },
    { title: words.columns.checkIns, numeric: true },
  ];
  return [
    el('h3', {}, words.weeks.accounts),
    table(columns, rows, { caption: words.weeks.accounts, hideCaption: true }),
    paragraph(words.weeks.accountsNote, 'note'),
  ];
}

/** What was answered with an error had meant to be counted: whole populations get lost like that. */
const LOST = 'status';

function exclusionList(here: Here, week: CountedWeek): VNode[] {
  const { words, formats, tables } = here;
  const rows = tables.publication.exclusions.filter((row) => row.week === week.week);
  const figureOf = ({ reason, requests }: (typeof rows)[number]): Figure => ({
    value: requests,
    of: rowsOf('exclusions', { week_start: week.monday, reason }, 'requests'),
  });
  const lost = rows.find(({ reason }) => reason === LOST);
  const columns = [
    { title: words.columns.reason, numeric: false },
    { title: words.columns.requests, numeric: true },
  ];
  const cells = rows.map((row) => [words.reasons[row.reason] ?? row.reason, number(formats.count(figureOf(row)))]);
  return [
    el('h3', {}, words.weeks.exclusions),
    rows.length === 0
      ? paragraph(words.weeks.noExclusions)
      : table(columns, cells, { caption: words.weeks.exclusions, hideCaption: true }),
    ...(lost === undefined ? [] : [paragraph(words.weeks.lost(formats.count(figureOf(lost))))]),
  ];
}

function correctionsOf(here: Here, week: CountedWeek): VNode {
  const own = here.tables.publication.corrections.filter((correction) => correction.week === week.week);
  return own.length === 0 ? paragraph(here.words.weeks.noCorrections) : correctionTable(here, own);
}

function neighbours({ tables, words, links, context }: Here, week: CountedWeek): VNode {
  const counted = tables.publication.weeks.flatMap((other) => countedWeek(other) ?? []);
  const place = counted.findIndex((other) => other.week === week.week);
  const link = (to: CountedWeek | undefined, title: string, rel: string) =>
    to === undefined
      ? null
      : el('li', {}, el('a', { href: links.page(weekPath(to)), rel }, `${title}: ${weekName(to.week)}`));
  const data = `api/v1/breakdown/${weekName(week.week)}.json`;
  const hasData = context.files.some(({ path }) => path === data);
  return el(
    'nav',
    { class: 'neighbours', 'aria-label': words.nav.weeks },
    el(
      'ul',
      {},
      link(counted[place - 1], words.weeks.previous, 'prev'),
      link(counted[place + 1], words.weeks.next, 'next'),
      hasData && el('li', {}, el('a', { href: links.file(data) }, words.weeks.data)),
    ),
  );
}

/** The bulletins, newest first, and the years that have one page each. */
export function weeksPage(here: Here): Page {
  const { words, tables, formats, links } = here;
  const { weeks } = tables.publication;
  const years = sharedYears(weeks);
  const shared = new Set([...years.values()].flat());
  const counted = weeks.flatMap((week) => (shared.has(week) ? [] : (countedWeek(week) ?? []))).reverse();
  const rows = counted.map((week) => [
    el('a', { href: links.page(weekPath(week)) }, formats.days(week.monday, sundayAfter(week.monday))),
    weekName(week.week),
    number(formats.count(systemsOf(week))),
    week.grade ?? '–',
  ]);
  const columns = [
    { title: words.columns.week, numeric: false },
    { title: 'ISO', numeric: false },
    { title: words.columns.systems, numeric: true },
    { title: words.columns.quality, numeric: false },
  ];
  const earlier = [...years].filter(([, own]) => own.some(hasNumber)).map(([year]) => year);
  return {
    path: 'week/',
    title: words.weeks.title,
    description: words.weeks.lead,
    content: [
      el('h1', {}, words.weeks.title),
      paragraph(words.weeks.lead),
      rows.length === 0
        ? paragraph(words.nothingYet)
        : table(columns, rows, { caption: words.weeks.title, hideCaption: true }),
      ...(earlier.length === 0
        ? []
        : [
            el('h2', {}, words.weeks.earlier),
            el(
              'ul',
              { class: 'inline' },
              ...earlier.toReversed().map((year) => el('li', {}, el('a', { href: links.page(yearPath(year)) }, year))),
            ),
          ]),
    ],
    charts: [],
  };
}

export function yearPath(year: string): string {
  return `week/${year}/`;
}

/** A year that is over for long: a row for each week, with what its bulletin said first. The rest is in the files of data. */
export function yearPage(here: Here, year: string, weeks: readonly CountedWeek[]): Page {
  const { words, tables } = here;
  const title = words.weeks.yearTitle(tables.publication.distribution.name, year);
  const columns = [
    { title: words.columns.week, numeric: false },
    { title: words.columns.systems, numeric: true },
    { title: words.weeks.disagreement, numeric: true },
    { title: words.weeks.established, numeric: true },
    { title: words.weeks.fresh, numeric: true },
    { title: words.columns.quality, numeric: false },
    { title: words.weeks.rows, numeric: false },
  ];
  return {
    path: yearPath(year),
    title,
    description: words.weeks.yearLead,
    content: [
      el('h1', {}, title),
      paragraph(words.weeks.yearLead),
      table(
        columns,
        weeks.map((week) => yearRow(here, week)),
        { caption: title, hideCaption: true },
      ),
    ],
    charts: [],
    isOfItsTime: true,
  };
}

function yearRow(here: Here, week: CountedWeek): Child[] {
  const { words, formats, links } = here;
  const name = weekName(week.week);
  const count = (figure: Figure | undefined) => (figure === undefined ? '–' : number(formats.count(figure)));
  const [low, high] = [weekFigure(week, 'low'), weekFigure(week, 'high')];
  const revised = week.revision > 1 && ` (${words.changes.revision(week.revision)})`;
  return [
    el('span', { id: name }, formats.days(week.monday, sundayAfter(week.monday))),
    count(systemsOf(week)),
    low === undefined || high === undefined ? '–' : [count(low), '–', count(high)],
    count(weekFigure(week, 'established')),
    count(weekFigure(week, 'newOrShortLived')),
    [week.grade ?? '–', week.note === '' ? '' : `: ${week.note}`, revised],
    [el('a', { href: links.file(`api/v1/breakdown/${name}.json`), title: words.weeks.data }, name)],
  ];
}

/** Where the page of such a week was. */
export function movedWeek(here: Here, week: CountedWeek): VNode {
  return movedDocument(here, here.words.weeks.moved, yearPath(yearOf(week.week)), weekName(week.week));
}
