import type { VNode } from 'preact';
import type { CorrectedNumbers, Correction } from '../../views/publication/tables.ts';
import { mondayOf } from '../../views/publication/week-name.ts';
import { countedWeek } from '../figures/tables.ts';
import { linkedText, sundayAfter } from '../html/chart-block.ts';
import { type Child, el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { paragraph } from '../html/words.ts';
import { weekPath } from './week.ts';

export function changesPage(here: Here): Page {
  const { words, tables } = here;
  const { corrections } = tables.publication;
  return {
    path: 'changes/',
    title: words.changes.title,
    description: words.changes.lead,
    content: [
      el('h1', {}, words.changes.title),
      paragraph(words.changes.lead),
      el('h2', { id: 'corrections' }, words.changes.corrections),
      ...correctionList(here, corrections),
      el('h2', { id: 'method' }, words.changes.method),
      paragraph(words.data.changeSecond),
      el('h2', { id: 'events' }, words.changes.events),
      paragraph(words.changes.eventsLead),
      eventList(here),
    ],
    charts: [],
  };
}

/** All of them are in a file. */
const MOST_ROWS = 100;

function correctionList(here: Here, corrections: readonly Correction[]): VNode[] {
  const { words, links } = here;
  if (corrections.length === 0) return [paragraph(words.changes.none)];
  const shown = corrections.toSorted((a, b) => (a.date < b.date ? 1 : -1)).slice(0, MOST_ROWS);
  const path = 'data/corrections.json';
  if (shown.length === corrections.length) return [correctionTable(here, shown)];
  return [
    correctionTable(here, shown),
    el('p', {}, words.changes.earlier, ' ', el('a', { href: links.file(path) }, path)),
  ];
}

/** Newest first. */
export function correctionTable(here: Here, corrections: readonly Correction[]): VNode {
  const { words, formats } = here;
  const rows = corrections
    .toSorted((a, b) => (a.date < b.date ? 1 : -1))
    .map((correction): Child[] => [
      weekCell(here, correction),
      formats.day(correction.date),
      correctedCell(here, correction, 'before'),
      correctedCell(here, correction, 'after'),
      `${correction.why} (${words.changes.revision(correction.revision)})`,
    ]);
  const columns = [
    { title: words.columns.week, numeric: false },
    { title: words.columns.date, numeric: false },
    { title: words.changes.before, numeric: true },
    { title: words.changes.after, numeric: true },
    { title: words.changes.why, numeric: false },
  ];
  return table(columns, rows, { caption: words.changes.corrections, hideCaption: true });
}

function weekCell({ tables, links, formats }: Here, { week }: Correction): Child {
  const monday = mondayOf(week);
  const days = formats.days(monday, sundayAfter(monday));
  const published = tables.publication.weeks.find((other) => other.week === week);
  const counted = published && countedWeek(published);
  return counted === undefined ? days : el('a', { href: links.page(weekPath(counted)) }, days);
}

function correctedCell({ words, formats }: Here, correction: Correction, when: 'before' | 'after'): Child {
  const { systems, grade }: CorrectedNumbers = correction[when];
  if (systems === null) return words.changes.noNumber;
  const of = `corrections[week_start=${mondayOf(correction.week)}&revision=${correction.revision}].${when}`;
  const { text } = formats.count({ value: systems, of });
  return [el('data', { value: systems, 'data-of': of }, text), grade === null ? '' : ` (${grade})`];
}

function eventList({ words, tables, formats }: Here): VNode {
  const { annotations } = tables.publication;
  if (annotations.length === 0) return paragraph(words.changes.noEvents);
  const items = annotations
    .toSorted((a, b) => (a.date < b.date ? 1 : -1))
    .map(({ date, kind, text, url }) =>
      el(
        'li',
        {},
        el('time', { datetime: date }, formats.day(date)),
        ' ',
        el('span', { class: 'kind' }, words.changes.kinds[kind]),
        ' ',
        linkedText(text, url),
      ),
    );
  return el('ol', { class: 'events' }, ...items);
}
