import { z } from 'zod';
import { type AccountSums, accountColumn, PUBLISHED_ACCOUNTS } from '../definition/accounts.ts';
import { DATA_PACKAGE } from '../files/data-package.ts';
import { sha256 } from '../files/hash.ts';
import { PUBLICATION_FILE, PUBLICATION_SHAPE, publicationOf } from '../files/publication-file.ts';
import {
  type CountryRow,
  type EpelRow,
  type ExclusionRow,
  type MarginRow,
  type Publication,
  type PublishedWeek,
  type SystemsRow,
  totalsByWeek,
  WITHHELD,
} from '../publication/tables.ts';
import { MARGINS } from '../publication/week-content.ts';
import { weekOfDay } from '../publication/week-name.ts';
import type { TotalsRow } from '../totals.ts';
import { csvRows, type PublishedRows, RowReader, TableFault } from './published-rows.ts';
import { databaseRows } from './read-database.ts';
import type { PublishedFiles } from './verify-published.ts';

/** The tables that all others are made of, each as it is published in one kind of file. */
export interface BaseTables {
  systems: PublishedRows;
  weeks: PublishedRows;
  margins: PublishedRows;
  countries: PublishedRows;
  exclusions: PublishedRows;
  /** Only where somebody uses EPEL. */
  epel: PublishedRows | undefined;
  totals: PublishedRows;
}

/** Throws `TableFault`. */
export function tablesInCsv(files: PublishedFiles): BaseTables {
  const table = (name: string) => csvRows(`data/${name}.csv`, required(files, `data/${name}.csv`));
  return {
    systems: table('systems'),
    weeks: table('weeks'),
    margins: table('margins'),
    countries: table('countries'),
    exclusions: table('exclusions'),
    epel: files.has('data/epel.csv') ? table('epel') : undefined,
    totals: table('totals'),
  };
}

/** In the order of the rows in CSV, as far as they are there: without row ids SQLite keeps an order of its own. Throws `TableFault`. */
export async function tablesInDatabases(files: PublishedFiles, scratch: string): Promise<BaseTables> {
  const read = async (path: string) => await databaseRows(path, required(files, path), scratch);
  const tables = await read('data/systems.sqlite');
  const optional = (name: string) => {
    const table = tables.find(({ path }) => path === `data/systems.sqlite: ${name}`);
    const text = files.get(`data/${name}.csv`);
    return table && text ? inOrderOf(csvRows(`data/${name}.csv`, text), table) : table;
  };
  const found = (table: PublishedRows | undefined, name: string) => {
    if (table !== undefined) return table;
    throw new TableFault(`data/${name}: expected the table that is in CSV too`);
  };
  const systems = (name: string) => found(optional(name), 'systems.sqlite');
  const [totals] = (await read('data/totals.db')).filter(({ path }) => path === 'data/totals.db: countme_totals');
  return {
    systems: systems('systems'),
    weeks: systems('weeks'),
    margins: systems('margins'),
    countries: systems('countries'),
    exclusions: systems('exclusions'),
    epel: optional('epel'),
    totals: found(totals, 'totals.db'),
  };
}

/** What tells the rows of a table apart. */
const KEYS = [
  'week_start',
  'release',
  'os',
  'version',
  'edition',
  'arch',
  'client',
  'age',
  'country',
  'duration',
  'reason',
  'field',
  'value',
];

function inOrderOf(model: PublishedRows, table: PublishedRows): PublishedRows {
  const keyOf = ({ columns }: PublishedRows) => {
    const places = KEYS.map((name) => columns.indexOf(name)).filter((place) => place >= 0);
    return (row: readonly string[]) => JSON.stringify(places.map((place) => row[place]));
  };
  const byKey = new Map(table.rows.map((row) => [keyOf(table)(row), row]));
  const ordered = model.rows.map((row) => {
    const key = keyOf(model)(row);
    const own = byKey.get(key);
    byKey.delete(key);
    return own;
  });
  // Rows that only one of them has stand where the other has rows that only it has.
  const others = [...byKey.values()];
  const rows = [...ordered.map((row) => row ?? others.shift()), ...others.splice(0)];
  return { ...table, rows: rows.filter((row) => row !== undefined) };
}

/**
 * The published tables as they were before files were made of them: rendered again they give every file of the publication.
 * Throws `TableFault` where a file cannot be what Rollcall writes.
 */
export function readPublication(files: PublishedFiles, tables: BaseTables): Publication {
  const about = document(files, PUBLICATION_FILE, PUBLICATION_SHAPE);
  return {
    ...publicationOf(about),
    weeks: new RowReader(tables.weeks).map(weekIn),
    systems: new RowReader(tables.systems).map(systemsIn),
    margins: new RowReader(tables.margins).map(marginIn),
    countries: new RowReader(tables.countries).map(countryIn),
    exclusions: new RowReader(tables.exclusions).map(exclusionIn),
    epel: tables.epel === undefined ? [] : new RowReader(tables.epel).map(epelIn),
    totals: totalsByWeek(new RowReader(tables.totals).map(totalsIn)),
    annotations: document(files, 'data/annotations.json', ANNOTATIONS).annotations.map(({ url, ...annotation }) => {
      return { ...annotation, url: url ?? undefined };
    }),
    corrections: document(files, 'data/corrections.json', CORRECTIONS).corrections.map(
      ({ week_start, revision, date, before, after, why }) => {
        return { week: weekOfDay(week_start), revision, date, before, after, why };
      },
    ),
    aliases: aliasesIn(document(files, 'data/aliases.json', ALIASES)),
  };
}

const AGES = ['1', '2', '3', '4', WITHHELD] as const;
const GRADES = ['A', 'B', 'C', 'X'] as const;
const STATUSES = ['published', 'held', 'missing', 'excluded', 'withheld'] as const;

function weekIn(cells: RowReader): PublishedWeek {
  const grade = cells.text('grade');
  return {
    week: cells.week('week_start'),
    systems: cells.integerOrNull('systems'),
    fewerThan: cells.integerOrNull('fewer_than'),
    within: cells.integerOrNull('within'),
    low: cells.integerOrNull('low'),
    high: cells.integerOrNull('high'),
    established: cells.integerOrNull('established'),
    newOrShortLived: cells.integerOrNull('new_or_shortlived'),
    ageUnknown: cells.integerOrNull('age_unknown'),
    ageImplausible: cells.integerOrNull('age_implausible'),
    crossRelease: cells.integerOrNull('cross_release'),
    accounts: accountsIn(cells),
    coverage: cells.shareOrNull('coverage'),
    grade: grade === '' ? null : cells.oneOf('grade', GRADES),
    uaUnknownShare: cells.shareOrNull('ua_unknown_share'),
    excluded: cells.integerOrNull('excluded'),
    status: cells.oneOf('status', STATUSES),
    revision: cells.integer('revision'),
    note: cells.text('note'),
  };
}

function accountsIn(cells: RowReader): AccountSums | null {
  const columns = PUBLISHED_ACCOUNTS.map((account) => [account, accountColumn(account)] as const);
  if (columns.every(([, column]) => cells.text(column) === '')) return null;
  return Object.fromEntries(columns.map(([account, column]) => [account, cells.integer(column)])) as AccountSums;
}

function systemsIn(cells: RowReader): SystemsRow {
  return {
    week: cells.week('week_start'),
    os: cells.text('os'),
    version: cells.text('version'),
    edition: cells.text('edition'),
    arch: cells.text('arch'),
    client: cells.text('client'),
    age: ageIn(cells),
    systems: cells.integer('systems'),
  };
}

function ageIn(cells: RowReader): SystemsRow['age'] {
  const age = cells.oneOf('age', AGES);
  return age === WITHHELD ? WITHHELD : (Number(age) as 1 | 2 | 3 | 4);
}

function marginIn(cells: RowReader): MarginRow {
  return {
    week: cells.week('week_start'),
    field: cells.oneOf('field', MARGINS),
    value: cells.text('value'),
    systems: cells.integer('systems'),
  };
}

function countryIn(cells: RowReader): CountryRow {
  return {
    week: cells.week('week_start'),
    country: cells.text('country'),
    duration: cells.oneOf('duration', ['established', 'new_or_shortlived', WITHHELD]),
    systems: cells.integer('systems'),
  };
}

function exclusionIn(cells: RowReader): ExclusionRow {
  return { week: cells.week('week_start'), reason: cells.text('reason'), requests: cells.integer('requests') };
}

function epelIn(cells: RowReader): EpelRow {
  return {
    week: cells.week('week_start'),
    release: cells.text('release'),
    os: cells.text('os'),
    version: cells.text('version'),
    arch: cells.text('arch'),
    age: ageIn(cells),
    systems: cells.integer('systems'),
  };
}

/** Fedora's database numbers the weeks; its CSV has their days. */
function totalsIn(cells: RowReader): TotalsRow {
  return {
    week: cells.has('weeknum') ? cells.weekNumber('weeknum') : cells.week('week_start'),
    hits: cells.integer('hits'),
    osName: cells.text('os_name'),
    osVersion: cells.text('os_version'),
    osVariant: cells.text('os_variant'),
    osArch: cells.text('os_arch'),
    sysAge: Number(cells.oneOf('sys_age', ['1', '2', '3', '4'])) as TotalsRow['sysAge'],
    repoTag: cells.text('repo_tag'),
    repoArch: cells.text('repo_arch'),
  };
}

const DAY = z.iso.date();
// What a newer version may have added is left out: where nothing may be, the files that are made again will differ.
const NUMBERS = z.object({ systems: z.int().min(0).nullable(), grade: z.enum(GRADES).nullable() });
const ANNOTATIONS = z.object({
  annotations: z.array(
    z.object({
      date: DAY,
      kind: z.enum(['release', 'end-of-life', 'rollout', 'outage', 'exclusion', 'note']),
      of: z.enum(['systems', 'epel']),
      text: z.string(),
      url: z.string().nullable(),
    }),
  ),
});
const CORRECTIONS = z.object({
  corrections: z.array(
    z.object({
      week: z.string(),
      week_start: DAY,
      revision: z.int().min(1),
      date: DAY,
      before: NUMBERS,
      after: NUMBERS,
      why: z.string(),
    }),
  ),
});
const RESOURCES = z.object({ resources: z.array(z.object({ path: z.string(), hash: z.string() })) });
const ALIASES = z.object({
  version: z.int().min(0),
  aliases: z.array(
    z.object({
      field: z.enum(['os', 'arch', 'client', 'edition']),
      is: z.array(z.string()),
      means: z.string(),
      since: DAY.nullable(),
    }),
  ),
});

function aliasesIn({ version, aliases }: z.infer<typeof ALIASES>): Publication['aliases'] {
  return { version, entries: aliases.map(({ since, ...alias }) => ({ ...alias, since: since ?? undefined })) };
}

function document<Shape extends z.ZodType>(files: PublishedFiles, path: string, shape: Shape): z.infer<Shape> {
  const read = shape.safeParse(jsonIn(path, required(files, path)));
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  throw new TableFault(`${path}: ${issue.path.join('.') || 'it'}: ${issue.message}`);
}

function jsonIn(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw new TableFault(`${path}: expected JSON`);
  }
}

function required(files: PublishedFiles, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes !== undefined) return bytes;
  throw new TableFault(
    `${path}: was not published; without it nothing can be computed again. An older Rollcall did not write it: publish again`,
  );
}

/** Files whose contents are others than `data/datapackage.json` says, by their paths. Throws `TableFault`. */
export function misnamedFiles(files: PublishedFiles): string[] {
  const { resources } = document(files, DATA_PACKAGE, RESOURCES);
  return resources
    .map(({ path, hash }) => ({ path: `data/${path}`, hash }))
    .filter(({ path, hash }) => hash !== `sha256:${sha256(files.get(path) ?? '')}`)
    .map(({ path }) => path);
}
