import type { VNode } from 'preact';
import type { Chart, ChartTable, SmallMultiples } from '../charts/chart.ts';
import { chartTable } from '../charts/chart-table.ts';
import { drawChart } from '../charts/draw-chart.ts';
import { numberedPins } from '../charts/pins.ts';
import { weekFigure } from '../figures/tables.ts';
import { type Sentence, say } from '../language/sentence.ts';
import { chartPath, pictureOf, rangesOf, rowsShown } from './chart-files.ts';
import { lookOf } from './chart-look.ts';
import type { ChartPlan, TableSource } from './chart-plan.ts';
import { type Child, el } from './element.ts';
import type { Here } from './here.ts';
import { paragraph, sentence } from './words.ts';

/** A question, its answer in one sentence, the chart, where it comes from, and its numbers as a table. */
export function chartBlock(here: Here, plan: ChartPlan, level: 'h2' | 'h3' = 'h2'): VNode {
  const { chart } = plan;
  return el(
    'section',
    { class: 'question', id: chart.id, 'aria-labelledby': `${chart.id}-question` },
    el(level, { id: `${chart.id}-question` }, chart.title),
    paragraph(plan.summary, 'answer'),
    rangeButtons(here, plan),
    el(
      'div',
      { class: 'pictures', 'data-chart': chart.kind, 'data-hint': here.words.chart.stepping },
      ...(chart.kind === 'small-multiples' ? axisPictures(here, chart) : pictures(here, chart)),
    ),
    pinList(here, chart),
    sourceLine(here, plan),
    el('details', {}, el('summary', {}, here.words.chart.table), ...chartNumbers(here, plan)),
  );
}

/** Two sizes, of which the stylesheet shows one: text that shrinks with its picture cannot be read on a phone. */
function pictures(here: Here, chart: Chart): VNode[] {
  return (['wide', 'narrow'] as const).map((size) => {
    const shown = size === 'narrow' ? phoneChart(here, pictureOf(chart)) : pictureOf(chart);
    return el('div', { class: size }, drawChart(shown, lookOf(here, shown, size)));
  });
}

/** Two buttons, of which one is always pressed, show one of two pictures: the stylesheet does, so no script has to. */
function axisPictures(here: Here, chart: SmallMultiples): VNode[] {
  const { words } = here;
  const name = `${chart.id}-axis`;
  const choices = [
    ['same', words.chart.sameAxis],
    ['own', words.chart.ownAxis],
  ] as const;
  return [
    ...choices.flatMap(([axis, title]) => [
      el('input', {
        type: 'radio',
        class: `axis-${axis}`,
        id: `${name}-${axis}`,
        name,
        value: axis,
        checked: axis === 'same',
      }),
      el('label', { for: `${name}-${axis}` }, title),
    ]),
    ...choices.map(([axis]) => {
      const shown = { ...chart, axis, id: axis === chart.axis ? chart.id : `${chart.id}-${axis}` };
      return el('div', { class: `${axis}-axis` }, ...pictures(here, shown));
    }),
  ];
}

const MOST_BARS = 12;

/** A map of the world cannot be read on a phone; bars say the same of the first few countries. */
function phoneChart({ formats }: Here, chart: Chart): Chart {
  if (chart.kind !== 'world-map') return chart;
  const { id, title, summary, unit, values } = chart;
  const most = [...values].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, MOST_BARS);
  const bars = most.map(([code, value]) => ({ name: formats.region(code), value, earlier: null, instead: undefined }));
  return { kind: 'ranked-bars', id, title, summary, unit, bars, earlierLabel: undefined };
}

/** Without a script there is nothing to press: the script shows the buttons and fetches the pictures. */
function rangeButtons({ words, links, language, tables }: Here, { chart, week, logarithmic }: ChartPlan): VNode | null {
  const ranges = rangesOf(chart);
  if (ranges.length < 2 && logarithmic === undefined) return null;
  const titles = { year: words.chart.oneYear, two: words.chart.twoYears, all: words.chart.all };
  const path = chartPath(tables, week, chart, language);
  const button = (name: string, title: string, isPressed: boolean) =>
    el(
      'button',
      { type: 'button', 'data-range': links.file(`${path}-${name}`), 'aria-pressed': isPressed ? 'true' : 'false' },
      title,
    );
  return el(
    'div',
    { class: 'ranges', role: 'group', 'aria-label': words.chart.range, hidden: true },
    ...ranges.map(({ name, isShown }) => button(name, titles[name], isShown)),
    logarithmic === undefined ? null : button('log', words.chart.logarithmic, false),
  );
}

/** The pins of all weeks. Those before the weeks shown wait, unnumbered, until the reader asks for these weeks. */
function pinList({ words, tables, formats }: Here, chart: Chart): VNode | null {
  const shown = pictureOf(chart);
  if (chart.kind !== 'time-series' || shown.kind !== 'time-series') return null;
  const pins = numberedPins(chart);
  if (pins.length === 0) return null;
  const first = shown.weeks[0] ?? '';
  const urlOf = (date: string, text: string) =>
    tables.publication.annotations.find((event) => event.date === date && event.text === text)?.url;
  const items = pins.map(({ date, text }) =>
    el(
      'li',
      { hidden: date < first },
      linkedText(text, urlOf(date, text)),
      ' ',
      el('time', { datetime: date }, formats.day(date)),
    ),
  );
  return el('ol', { class: 'pins', 'aria-label': words.chart.pins }, ...items);
}

/** Addresses come from a file of the operator; anything but the web would not be a source. */
export function linkedText(text: string, url: string | undefined): Child {
  return url !== undefined && /^https?:\/\//.test(url) ? el('a', { href: url, rel: 'noreferrer' }, text) : text;
}

function sourceLine(here: Here, { chart, week }: ChartPlan): VNode {
  const { words, formats, links, tables, language } = here;
  const own = chartPath(tables, week, chart, language);
  const picture = chartPath(tables, week, chart, 'en');
  const items: Child[] = [
    words.weekOf(formats.days(week.monday, sundayAfter(week.monday))),
    el('span', {}, ...sentence(qualityOf(here, week))),
    words.footer.method(tables.publication.method),
    el('a', { href: links.file(`${own}.csv`) }, 'CSV'),
    el('a', { href: links.file(`${own}.json`) }, 'JSON'),
    el('a', { href: links.file(`${own}.svg`) }, 'SVG'),
    el('a', { href: links.file(`${picture}.png`) }, 'PNG'),
    el('a', { href: `#${chart.id}` }, words.chart.link),
    el('a', { href: `${links.page('embed/')}#embed-${chart.id}` }, words.chart.embed),
  ];
  return el('ul', { class: 'source' }, ...items.map((item) => el('li', {}, item)));
}

export function qualityOf({ words, formats }: Here, week: ChartPlan['week']): Sentence {
  const coverage = weekFigure(week, 'coverage');
  const grade = week.grade;
  if (grade === null) return [words.qualityUnknown];
  return coverage === undefined
    ? say`${words.qualityAlone(grade)}`
    : words.qualityWithShare(grade, formats.share(coverage));
}

export function sundayAfter(monday: string): string {
  return new Date(Date.parse(monday) + 6 * 86_400_000).toISOString().slice(0, 10);
}

function chartNumbers(here: Here, { chart, week, source }: ChartPlan): VNode[] {
  const numbers = chartTable(chart, here.language);
  const { from, to } = rowsShown(chart, numbers.rows.length);
  const shown = { ...numbers, rows: numbers.rows.slice(from, to) };
  const cells = source.kind === 'cells' ? { ...source, formulas: source.formulas.slice(from, to) } : source;
  const table = numbersTable(here, shown, cells, chart.title);
  if (shown.rows.length === numbers.rows.length) return [table];
  const path = `${chartPath(here.tables, week, chart, here.language)}.csv`;
  return [
    table,
    el('p', { class: 'note' }, here.words.chart.allRows, ' ', el('a', { href: here.links.file(path) }, 'CSV')),
  ];
}

function numbersTable(here: Here, numbers: ChartTable, source: TableSource, caption: string): VNode {
  const formulas = source.kind === 'columns' ? source.formulas : [];
  const heads = numbers.columns.map((name, n) =>
    el(
      'th',
      { scope: 'col', class: n === 0 ? undefined : 'number', 'data-of': n === 0 ? undefined : formulas[n - 1] },
      name,
    ),
  );
  const rows = numbers.rows.map((cells, row) => {
    const key = source.kind === 'columns' ? String(cells[0]) : undefined;
    const own = source.kind === 'cells' ? (source.formulas[row] ?? []) : [];
    return el('tr', { 'data-key': key }, ...cells.map((cell, n) => numberCell(here, numbers, cell, n, own[n - 1])));
  });
  return el(
    'div',
    { class: 'table', role: 'group', tabindex: 0, 'aria-label': caption },
    el(
      'table',
      {},
      el('caption', { class: 'unseen' }, caption),
      el('thead', {}, el('tr', {}, ...heads)),
      el('tbody', {}, ...rows),
    ),
  );
}

function numberCell(
  here: Here,
  { kinds }: ChartTable,
  cell: string | number | null,
  n: number,
  formula?: string,
): VNode {
  const { formats, words } = here;
  if (n === 0) return el('th', { scope: 'row' }, kinds?.[0] === 'week' ? formats.day(String(cell)) : cell);
  if (cell === null)
    return el('td', { class: 'number none' }, el('span', { class: 'unseen' }, words.chart.noNumber), '–');
  if (typeof cell === 'string') return el('td', {}, cell);
  const figure = { value: cell, of: '' };
  const written =
    kinds?.[n] === 'share'
      ? formats.share(figure)
      : Number.isInteger(cell)
        ? formats.count(figure)
        : formats.decimal(figure);
  return el('td', { class: 'number' }, el('data', { value: cell, 'data-of': formula }, written.text));
}
