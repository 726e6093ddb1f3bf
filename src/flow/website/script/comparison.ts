/** What a reader compares, as plain data: the page's address says the same. */
export interface Choice {
  by: Column;
  filters: Partial<Record<Column, string>>;
  measure: Measure;
  /** Mondays, ISO days; empty: as far as there are weeks. */
  from: string;
  to: string;
  /** At most six names; empty: the most used. */
  series: readonly string[];
}

export const COLUMNS = ['version', 'edition', 'arch', 'age'] as const;
export const MEASURES = ['count', 'share', 'index'] as const;
export const MOST_SERIES = 6;
export type Column = (typeof COLUMNS)[number];
export type Measure = (typeof MEASURES)[number];

type Values = readonly (number | null)[];

/** Systems by one column; the values stand beside the weeks. Null: nothing is published. */
export interface Grouped {
  weeks: readonly string[];
  groups: ReadonlyMap<string, Values>;
}

/** Unknown words in the address are left out, so that an old link still shows something. */
export function choiceFrom(search: string): Choice {
  const given = new URLSearchParams(search);
  const filters = COLUMNS.flatMap((column) => {
    const value = given.get(column);
    return value === null || value === '' ? [] : [[column, value] as const];
  });
  const by = COLUMNS.find((column) => column === given.get('by')) ?? 'version';
  return {
    by,
    filters: Object.fromEntries(filters.filter(([column]) => column !== by)),
    measure: MEASURES.find((measure) => measure === given.get('measure')) ?? 'count',
    from: given.get('from') ?? '',
    to: given.get('to') ?? '',
    series: given.getAll('series').slice(0, MOST_SERIES),
  };
}

export function searchOf({ by, filters, measure, from, to, series }: Choice): string {
  const parameters = new URLSearchParams({ by, ...filters });
  if (measure !== 'count') parameters.set('measure', measure);
  if (from !== '') parameters.set('from', from);
  if (to !== '') parameters.set('to', to);
  for (const name of series) parameters.append('series', name);
  return `?${parameters}`;
}

export interface View {
  weeks: readonly string[];
  series: readonly { name: string; values: Values }[];
}

/** What the choice shows. Shares are of all systems that match the filters. */
export function viewOf({ weeks, groups }: Grouped, { measure, from, to, series }: Choice): View {
  const shown = weeks.flatMap((week, n) => ((from === '' || week >= from) && (to === '' || week <= to) ? [n] : []));
  const wholes = weeks.map((_, n) => sum([...groups.values()].map((values) => values[n] ?? 0)));
  const names = series.length > 0 ? series.filter((name) => groups.has(name)) : mostUsed(groups);
  return {
    weeks: shown.map((n) => weeks[n]!),
    series: names.map((name) => {
      const values = shown.map((n) => groups.get(name)![n] ?? null);
      return {
        name,
        values: measured(
          values,
          shown.map((n) => wholes[n]!),
          measure,
        ),
      };
    }),
  };
}

function measured(values: Values, wholes: readonly number[], measure: Measure): Values {
  if (measure === 'count') return values;
  const first = values.find((value) => value !== null && value > 0);
  const base = (n: number) => (measure === 'share' ? wholes[n]! : (first ?? 0) / 100);
  return values.map((value, n) => (value === null || base(n) === 0 ? null : value / base(n)));
}

function mostUsed(groups: Grouped['groups']): string[] {
  const newest = (values: Values) => values.findLast((value) => value !== null) ?? 0;
  return [...groups]
    .filter(([name]) => !/^(other|withheld|.*\.withheld)$/.test(name))
    .sort(([, a], [, b]) => newest(b) - newest(a))
    .slice(0, MOST_SERIES)
    .map(([name]) => name);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** One line for each week, as the published files have them. */
export function csvOf({ weeks, series }: View): string {
  const head = ['week_start', ...series.map(({ name }) => name)];
  const rows = weeks.map((week, n) => [week, ...series.map(({ values }) => values[n] ?? '')]);
  return [head, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `systems.csv`, added up by one column over the rows that match. */
export function groupSystems(csv: string, headline: readonly string[], { by, filters }: Choice): Grouped {
  const [head = [], ...rows] = parseCsv(csv);
  const at = (name: string) => head.indexOf(name);
  const [week, os, systems, column] = [at('week_start'), at('os'), at('systems'), at(by)];
  const wanted = Object.entries(filters).map(([name, value]) => [at(name), value] as const);
  const weeks = [...new Set(rows.map((row) => row[week]!))].sort();
  const places = new Map(weeks.map((monday, n) => [monday, n]));
  const groups = new Map<string, (number | null)[]>();
  for (const row of rows) {
    if (!headline.includes(row[os]!) || wanted.some(([place, value]) => row[place] !== value)) continue;
    const values = groups.get(row[column]!) ?? weeks.map(() => null);
    const place = places.get(row[week]!)!;
    values[place] = (values[place] ?? 0) + Number(row[systems]);
    groups.set(row[column]!, values);
  }
  return { weeks, groups };
}

/** As RFC 4180 has it, the only form the files come in. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === '' && quoted === undefined && plain === '' && rows.at(-1)!.length === 0) break;
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === '') break;
    if (end !== ',') rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
