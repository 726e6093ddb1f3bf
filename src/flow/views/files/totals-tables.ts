import { join } from 'node:path';
import { sundayOf, type Week } from '../../sightings/week.ts';
import type { OutputFile } from '../publication/output-file.ts';
import type { Publication } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import type { TotalsRow } from '../totals.ts';
import { csvFile } from './csv.ts';
import type { TableFile } from './data-package.ts';
import { GrowingFile } from './growing-file.ts';
import type { KeptFiles } from './kept-files.ts';
import { type Field, type Table, tableOf, WEEK_START } from './table.ts';
import { yearOf } from './week-pages.ts';

/**
 * Fedora's schema: all weeks (`totals`), each year (`totals/2026`) and each week (`totals/2026-W34`). The whole and the years
 * are put together of the files of weeks, in the folder `scratch`, where they stay. Tables come without their rows.
 */
export function totalsFiles({ totals }: Publication, scratch: string, kept: KeptFiles): TableFile[] {
  const whole = new PutTogether('totals', 'Check-ins of all repositories', scratch);
  const years = new Map<string, PutTogether | TableFile>();
  const weeks = totals.weeks.map((week): TableFile => {
    const name = weekName(week);
    const table = totalsTable(`totals/${name}`, `Check-ins of all repositories, ${name}`, []);
    const file = kept.file(`data/${table.name}.csv`) ?? ofWeek(week, table, totals.of(week), scratch);
    const rows = csvRows(file.bytes);
    const year = years.get(yearOf(week)) ?? totalsOfYear(yearOf(week), scratch, kept);
    years.set(yearOf(week), year);
    for (const one of [whole, year]) if (one instanceof PutTogether) one.add(rows);
    return { table, file };
  });
  const ended = [...years.values()].map((year) => (year instanceof PutTogether ? year.end() : year));
  return [whole.end(), ...ended, ...weeks];
}

function totalsOfYear(year: string, scratch: string, kept: KeptFiles): PutTogether | TableFile {
  const [name, title] = [`totals/${year}`, `Check-ins of all repositories, ${year}`];
  const file = kept.file(`data/${name}.csv`);
  return file === undefined ? new PutTogether(name, title, scratch) : { table: totalsTable(name, title, []), file };
}

function ofWeek(week: Week, { name, title }: Table, rows: readonly TotalsRow[], scratch: string): OutputFile {
  const { path, mediaType, bytes } = csvFile(totalsTable(name, title, rows));
  const file = new GrowingFile(join(scratch, `totals-of-week-${week}.csv`));
  file.add(bytes);
  return file.end({ path, mediaType, rows: rows.length });
}

/** A table of the rows of several weeks, in CSV. */
class PutTogether {
  readonly #table: Table;
  readonly #empty: OutputFile;
  readonly #file: GrowingFile;
  #rows = 0;

  constructor(name: string, title: string, scratch: string) {
    this.#table = totalsTable(name, title, []);
    this.#empty = csvFile(this.#table);
    this.#file = new GrowingFile(join(scratch, `${name.replace('/', '-')}.csv`));
    this.#file.add(this.#empty.bytes);
  }

  add({ bytes, count }: ReturnType<typeof csvRows>): void {
    this.#file.add(bytes);
    this.#rows += count;
  }

  end(): TableFile {
    const { path, mediaType } = this.#empty;
    return { table: this.#table, file: this.#file.end({ path, mediaType, rows: this.#rows }) };
  }
}

/** Without the header. No cell holds the end of a line. */
function csvRows(file: Uint8Array): { bytes: Uint8Array; count: number } {
  const bytes = file.subarray(file.indexOf(LINE_FEED) + 1);
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return { bytes, count };
}

const LINE_FEED = 0x0a;

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
