import { mondayOf, type Week } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import { jsonFile } from './json-file.ts';
import type { KeptFiles } from './kept-files.ts';
import { preamble, weekRecord } from './latest.ts';
import { recordsOf, type Table } from './table.ts';

/** What the series are broken down by; of the headline's os names, but `os`, which has them all. */
export const BREAKDOWNS = ['version', 'edition', 'arch', 'age', 'os'] as const;
type Breakdown = (typeof BREAKDOWNS)[number];

export interface ApiTables {
  weeks: Table;
  systems: Table;
  margins: Table;
  countries: Table;
  exclusions: Table;
}

/** `api/v1/`: static documents, all beginning with method and distribution. */
export function apiFiles(publication: Publication, tables: ApiTables, kept: KeptFiles): OutputFile[] {
  return [
    weeksFile(publication, tables.weeks),
    ...BREAKDOWNS.map((breakdown) => seriesFile(publication, breakdown)),
    ...breakdownFiles(publication, tables, kept),
  ];
}

function weeksFile(publication: Publication, weeks: Table): OutputFile {
  const records = recordsOf(weeks).map((record, i) => ({ week: weekName(publication.weeks[i]!.week), ...record }));
  return jsonFile('api/v1/weeks.json', { ...preamble(publication), weeks: records }, 'compact', records.length);
}

/** A name is missing in a week (null) if it was not out yet or too small to show: that is not 0. */
function seriesFile(publication: Publication, breakdown: Breakdown): OutputFile {
  const { headline } = publication.distribution;
  const counted = publication.margins.filter(({ field }) => field === breakdown);
  const others = publication.systems.filter(({ os }) => breakdown === 'os' && !headline.includes(os));
  const rows = [...counted, ...others.map(({ week, os, systems }) => ({ week, value: os, systems }))];
  const names = [...Map.groupBy(rows, ({ value }) => value)].sort(([a], [b]) => (a < b ? -1 : 1));
  const document = {
    ...preamble(publication),
    breakdown,
    weeks: publication.weeks.map(({ week }) => mondayOf(week)),
    series: names.map(([name, own]) => {
      const sums = sumsByWeek(own);
      return { name, systems: publication.weeks.map(({ week }) => sums.get(week) ?? null) };
    }),
  };
  return jsonFile(`api/v1/series/${breakdown}.json`, document, 'compact', names.length);
}

function sumsByWeek(rows: readonly { week: Week; systems: number }[]): Map<Week, number> {
  const sums = new Map<Week, number>();
  for (const { week, systems } of rows) sums.set(week, (sums.get(week) ?? 0) + systems);
  return sums;
}

/** All rows of one week. */
function breakdownFiles(publication: Publication, { weeks, ...others }: ApiTables, kept: KeptFiles): OutputFile[] {
  const parts = Object.entries(others).map(([name, table]) => [name, rowsByMonday(table)] as const);
  return publication.weeks.map(({ week }) => {
    const path = `api/v1/breakdown/${weekName(week)}.json`;
    const known = kept.file(path);
    if (known !== undefined) return known;
    const rows = parts.map(([name, byMonday]) => [name, byMonday.get(mondayOf(week)) ?? []] as const);
    const document = {
      ...preamble(publication),
      week: weekRecord(publication, weeks, week),
      ...Object.fromEntries(rows),
    };
    const count = rows.reduce((sum, [, own]) => sum + own.length, 0);
    return jsonFile(path, document, 'compact', count);
  });
}

/** Without the columns that are the same in every row of the week. */
function rowsByMonday(table: Table): Map<string, object[]> {
  const same = ['week_start', 'weeknum', 'quality', 'coverage', 'revision', 'method'];
  const kept = table.columns.map(({ name }) => !same.includes(name));
  const part: Table = {
    ...table,
    columns: table.columns.filter((_, i) => kept[i]),
    rows: table.rows.map((row) => row.filter((_, i) => kept[i])),
  };
  const records = recordsOf(part);
  return Map.groupBy(records, (_, i) => String(table.rows[i]![0]));
}
