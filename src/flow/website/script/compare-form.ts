import { drawComparison } from './compare-chart.ts';
import {
  type Choice,
  COLUMNS,
  type Column,
  choiceFrom,
  csvOf,
  type Grouped,
  groupSystems,
  type Measure,
  MOST_SERIES,
  searchOf,
  type View,
  viewOf,
} from './comparison.ts';
import { copyWith } from './copies.ts';
import { fileName, offerPictures } from './downloads.ts';
import { html } from './elements.ts';
import { readPublished } from './published.ts';

/** What the server has written into the form: words, names and where the numbers lie. */
interface Given {
  form: HTMLFormElement;
  texts: Record<'hidden' | 'loading' | 'failed' | 'nothing' | 'table' | 'week' | 'noNumber', string>;
  names: { generic: string; other: string; ages: Record<string, string> };
  headline: string[];
  /** Mondays of weeks that cannot be trusted. */
  doubtful: string[];
  locale: string;
  /** Every name there is, whatever is filtered. */
  all: Record<Column, Grouped>;
  /** `systems.csv`, once somebody has filtered. */
  systems: Promise<string> | undefined;
}

/** The form that replaces the default comparison. */
export async function startComparison(form: HTMLFormElement): Promise<void> {
  const read = (name: string) => JSON.parse(form.dataset[name] ?? 'null');
  const state = form.querySelector<HTMLElement>('#compare-state')!;
  const given = {
    form,
    texts: read('texts'),
    names: read('names'),
    headline: read('headline'),
    doubtful: read('doubtful'),
  };
  form.hidden = false;
  state.textContent = given.texts.loading;
  try {
    const lists = await Promise.all(COLUMNS.map(async (column) => [column, await readSeries(form, column)] as const));
    const all = Object.fromEntries(lists) as Record<Column, Grouped>;
    run({ ...given, all, locale: form.dataset['locale'] ?? 'en', systems: undefined });
    state.textContent = '';
  } catch {
    state.textContent = given.texts.failed;
  }
}

async function readSeries(form: HTMLFormElement, column: Column): Promise<Grouped> {
  const document = JSON.parse(await readPublished(`${form.dataset['series']}${column}.json`));
  const series: { name: string; systems: (number | null)[] }[] = document.series;
  return { weeks: document.weeks, groups: new Map(series.map(({ name, systems }) => [name, systems])) };
}

function run(given: Given): void {
  const { form } = given;
  let choice = choiceFrom(location.search);
  for (const column of COLUMNS) fillFilter(given, column);
  for (const end of ['from', 'to']) fillWeeks(given, end);
  writeForm(form, choice, given);
  void render(given, choice);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', ({ target }) => {
    const isNewList = target instanceof HTMLSelectElement && target.name === 'by';
    choice = readForm(form, isNewList);
    history.replaceState(null, '', searchOf(choice));
    void render(given, choice);
  });
  offerPictures(form);
  const copy = form.querySelector<HTMLElement>('#compare-copy')!;
  copy.addEventListener('click', () => void copyWith(copy, location.href, copy.dataset['copied'] ?? ''));
}

function fillFilter({ form, all, ...given }: Given, column: Column): void {
  const select = form.elements.namedItem(column);
  if (!(select instanceof HTMLSelectElement)) return;
  const names = [...all[column].groups.keys()];
  select.append(...names.map((name) => html('option', { value: name }, nameOf(given, column, name))));
}

function fillWeeks({ form, all }: Given, end: string): void {
  const select = form.elements.namedItem(end);
  if (select instanceof HTMLSelectElement)
    select.append(...all.version.weeks.map((week) => html('option', { value: week }, week)));
}

function nameOf({ names }: Pick<Given, 'names'>, column: Column, name: string): string {
  if (column === 'age') return names.ages[name] ?? name;
  if (column === 'edition' && (name === 'generic' || name === '')) return names.generic;
  return name === 'other' || name === 'withheld' ? names.other : name;
}

function writeForm(form: HTMLFormElement, choice: Choice, { all }: Given): void {
  const { weeks } = all.version;
  const values: Record<string, string> = {
    by: choice.by,
    measure: choice.measure,
    from: choice.from === '' ? (weeks[0] ?? '') : choice.from,
    to: choice.to === '' ? (weeks.at(-1) ?? '') : choice.to,
    ...choice.filters,
  };
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLSelectElement) field.value = value;
  }
}

/** A new breakdown begins with its most used names: those of the old one mean nothing in it. */
function readForm(form: HTMLFormElement, isNewList: boolean): Choice {
  const fields = new FormData(form);
  const text = (name: string) => String(fields.get(name) ?? '');
  const by = text('by') as Column;
  const filters = COLUMNS.filter((column) => column !== by && text(column) !== '');
  return {
    by,
    filters: Object.fromEntries(filters.map((column) => [column, text(column)])),
    measure: text('measure') as Measure,
    from: text('from'),
    to: text('to'),
    series: isNewList ? [] : fields.getAll('series').map(String).slice(0, MOST_SERIES),
  };
}

async function render(given: Given, choice: Choice): Promise<void> {
  const { form, texts } = given;
  try {
    const grouped = await groupsFor(given, choice);
    const view = viewOf(grouped, choice);
    const isEmpty = view.series.every(({ values }) => values.every((value) => value === null));
    form.querySelector('#compare-state')!.textContent = isEmpty ? texts.nothing : '';
    closeOwnFilter(form, choice);
    showGroups(given, choice, grouped, view);
    showView(given, choice, view);
    document.querySelector<HTMLElement>('#compare-default')!.hidden = true;
  } catch {
    form.querySelector('#compare-state')!.textContent = texts.failed;
  }
}

/** The small lists are enough until somebody filters. */
async function groupsFor(given: Given, choice: Choice): Promise<Grouped> {
  if (Object.keys(choice.filters).length === 0) return given.all[choice.by];
  given.systems ??= readPublished(given.form.dataset['systems'] ?? '');
  const { groups, weeks } = groupSystems(await given.systems, given.headline, choice);
  const places = given.all[choice.by].weeks.map((week) => weeks.indexOf(week));
  const aligned = Array.from(groups, ([name, values]) => [name, places.map((n) => values[n] ?? null)] as const);
  return { weeks: given.all[choice.by].weeks, groups: new Map(aligned) };
}

/** What is compared by is not filtered by. */
function closeOwnFilter(form: HTMLFormElement, { by }: Choice): void {
  for (const column of COLUMNS) {
    const field = form.elements.namedItem(column);
    if (field instanceof HTMLSelectElement) field.disabled = column === by;
  }
}

/** Names that have no number with these filters stay in sight, and say why they cannot be chosen. */
function showGroups(given: Given, { by }: Choice, { groups }: Grouped, view: View): void {
  const shown = new Set(view.series.map(({ name }) => name));
  const boxes = [...given.all[by].groups.keys()].map((name) => {
    const isHidden = !groups.has(name);
    const box = html('input', { type: 'checkbox', name: 'series', value: name }) as HTMLInputElement;
    box.checked = shown.has(name);
    box.disabled = isHidden || (!box.checked && shown.size >= MOST_SERIES);
    const text = nameOf(given, by, name);
    return html(
      'label',
      isHidden ? { class: 'impossible' } : {},
      box,
      ' ',
      isHidden ? `${text} (${given.texts.hidden})` : text,
    );
  });
  const fieldset = given.form.querySelector('#compare-groups')!;
  const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : undefined;
  fieldset.replaceChildren(fieldset.querySelector('legend')!, ...boxes);
  // The boxes are new; whoever stepped through them by keyboard goes on where they were.
  if (focused !== undefined) [...fieldset.querySelectorAll('input')].find(({ value }) => value === focused)?.focus();
}

function showView(given: Given, choice: Choice, view: View): void {
  const named = {
    weeks: view.weeks,
    series: view.series.map(({ name, values }) => ({ name: nameOf(given, choice.by, name), values })),
  };
  const table = html('details', {}, html('summary', {}, given.texts.table), numbersOf(given, choice, named));
  given.form.querySelector('#compare-view')!.replaceChildren(
    drawComparison(named, {
      measure: choice.measure,
      locale: given.locale,
      doubtful: given.doubtful,
      isNarrow: matchMedia('(max-width: 37rem)').matches,
    }),
    table,
  );
  const link = given.form.querySelector<HTMLAnchorElement>('#compare-download')!;
  if (link.href.startsWith('blob:')) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([csvOf(view)], { type: 'text/csv' }));
  link.download = fileName(searchOf(choice), 'csv');
}

function numbersOf({ texts, locale }: Given, { measure }: Choice, { weeks, series }: View): HTMLElement {
  const style =
    measure === 'share' ? ({ style: 'percent', maximumFractionDigits: 1 } as const) : { maximumFractionDigits: 1 };
  const format = new Intl.NumberFormat(locale, style);
  const cell = (value: number | null) =>
    html('td', { class: 'number' }, value === null ? texts.noNumber : format.format(value));
  const head = [texts.week, ...series.map(({ name }) => name)].map((text) => html('th', { scope: 'col' }, text));
  const rows = weeks.map((week, n) =>
    html('tr', {}, html('th', { scope: 'row' }, week), ...series.map(({ values }) => cell(values[n] ?? null))),
  );
  const table = html('table', {}, html('thead', {}, html('tr', {}, ...head)), html('tbody', {}, ...rows));
  return html('div', { class: 'table', tabindex: 0, role: 'group', 'aria-label': texts.table }, table);
}
