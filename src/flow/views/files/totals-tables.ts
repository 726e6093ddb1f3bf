import { sundayOf } from '../../sightings/week.ts';
import type { Publication } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import type { TotalsRow } from '../totals.ts';
import { csvFile } from './csv.ts';
import type { TableFile } from './data-package.ts';
import type { KeptFiles } from './kept-files.ts';
import { type Field, type Table, tableOf, WEEK_START } from './table.ts';

/**
 * Fedora's schema: all weeks (`totals`), each year (`totals/2026`) and each week (`totals/2026-W34`). The whole and the years
 * are put together of the files of weeks. Tables come without their rows.
 */
export function totalsFiles({ totals }: Publication, kept: KeptFiles): TableFile[] {
  const weeks = totals.weeks.map((week) => {
    const name = weekName(week);
    const table = totalsTable(`totals/${name}`, `Check-ins of all repositories, ${name}`, []);
    const file = kept.file(`data/${table.name}.csv`) ?? csvFile(totalsTable(table.name, table.title, totals.of(week)));
    return { name, table, file, rows: csvRows(file.bytes) };
  });
  const together = (table: Table, parts: typeof weeks): TableFile => {
    const { path, mediaType, bytes: header } = csvFile(table);
    const bytes = Buffer.concat([header, ...parts.map(({ rows }) => rows.bytes)]);
    return { table, file: { path, mediaType, bytes, rows: parts.reduce((sum, { rows }) => sum + rows.count, 0) } };
  };
  const years = Map.groupBy(weeks, ({ name }) => yearOf(name));
  return [
    together(totalsTable('totals', 'Check-ins of all repositories', []), weeks),
    ...[...years].map(([year, parts]) =>
      together(totalsTable(`totals/${year}`, `Check-ins of all repositories, ${year}`, []), parts),
    ),
    ...weeks.map(({ table, file }) => ({ table, file })),
  ];
}

/** Without the header. No cell holds the end of a line. */
function csvRows(file: Uint8Array): { bytes: Uint8Array; count: number } {
  const bytes = file.subarray(file.indexOf(LINE_FEED) + 1);
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return { bytes, count };
}

const LINE_FEED = 0x0a;

/** A week is whole in one year, the one in its name. */
function yearOf(name: string): string {
  return name.slice(0, 4);
}

function totalsTable(name: string, title: string, rows: readonly TotalsRow[]): Table {
  const key = FIELDS.map((field) => field.name).filter((column) => column !== 'hits');
  return tableOf({ name, title, key }, FIELDS, rows);
}

const FIELDS: readonly Field<TotalsRow>[] = [
  WEEK_START,
  { name: 'week_end', type: 'date', description: 'The Sunday of the week.', of: ({ week }) => sundayOf(week) },
  {
    name: 'hits',
    type: 'integer',
    minimum: 1,
    description: 'Check-ins. A system checks in once for each repository: sums over repositories are not systems.',
    of: ({ hits }) => hits,
  },
  text('os_name', 'Name of the operating system.', ({ osName }) => osName),
  text('os_version', 'Its version.', ({ osVersion }) => osVersion),
  text('os_variant', 'Its edition or variant.', ({ osVariant }) => osVariant),
  text('os_arch', 'Its processor architecture.', ({ osArch }) => osArch),
  {
    name: 'sys_age',
    type: 'integer',
    minimum: 1,
    maximum: 4,
    description:
      'dnf: 1: under 2 weeks, 2: 2 to 4 weeks, 3: 5 to 24 weeks, 4: 25 weeks and more; rpm-ostree: each a week less.',
    of: ({ sysAge }) => sysAge,
  },
  text(
    'repo_tag',
    'The repository that was asked for; `unknown`: no definition knows it; `unexpanded`: it names a variable.',
    ({ repoTag }) => repoTag,
  ),
  text('repo_arch', 'The architecture that was asked for.', ({ repoArch }) => repoArch),
];

/** Empty where the client did not say. */
function text(name: string, description: string, of: (row: TotalsRow) => string): Field<TotalsRow> {
  return { name, type: 'string', isOptional: true, description, of };
}
