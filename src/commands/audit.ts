import { parse } from 'csv-parse/sync';
import { mondayOf } from '../flow/sightings/week.ts';
import type { Interval } from '../flow/views/protection/bounds.ts';
import { rowKey } from '../flow/views/protection/protected-table.ts';
import { loadSolver } from '../flow/views/protection/solver.ts';
import { ContradictionError } from '../flow/views/protection/work-out.ts';
import { auditWeeks, type WeekFindings } from '../flow/views/publication/audit-weeks.ts';
import { publishedContents } from '../flow/views/publication/from-vault.ts';
import type { WeekLeaks } from '../flow/views/publication/gate.ts';
import { type ReadableWeek, readableRevisions, readableWeeks } from '../flow/views/publication/readable-week.ts';
import { SYSTEMS } from '../flow/views/publication/week-content.ts';
import { TableFault } from '../flow/views/verification/published-rows.ts';
import { readTables } from '../flow/views/verification/read-tables.ts';
import { loadTerritories } from '../geo/territories.ts';
import { readText, rulesForVault, rulesOf } from './distribution.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { withVault } from './open-vault.ts';
import { publicationAt } from './site-visitor.ts';
import { formatCount, plural, printable, type Terminal } from './terminal.ts';

export interface AuditOptions {
  /** Whose published rows are read, of all revisions, and nothing else of it. */
  vault?: string;
  distribution?: string;
  /** CSV of all groups that there are. */
  groups?: string;
  /** Whether an address may lead to a private network. */
  privateAddresses?: boolean;
  json?: boolean;
}

/**
 * `rollcall audit`: what an outsider could work out of small groups from publications, who has nothing but their files and
 * what everybody may know. `published`: folders and addresses.
 */
export async function audit(
  published: readonly string[],
  options: AuditOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { territories } = loadTerritories();
  const known = {
    groups: options.groups === undefined ? undefined : readGroups(options.groups),
    countries: [...Object.keys(territories), 'ZZ'],
    continentOf: (country: string) => territories[country]?.continent ?? country,
  };
  const { vault, distribution } = options;
  const weeks = vault === undefined ? [] : await weeksInVault(vault, distribution, terminal);
  for (const place of published) weeks.push(...(await weeksAt(place, options.privateAddresses)));
  const findings = auditOrExplain(weeks, known, await loadSolver());
  terminal.out.write(options.json === true ? json(findings) : describe(findings, options.groups !== undefined));
  return findings.some(({ found }) => found.length > 0) ? 1 : 0;
}

function auditOrExplain(...[weeks, known, solver]: Parameters<typeof auditWeeks>): WeekFindings[] {
  try {
    return auditWeeks(weeks, known, solver);
  } catch (error) {
    if (!(error instanceof ContradictionError)) throw error;
    const advice =
      known.groups === undefined ? 'files were changed' : 'files were changed, or --groups lacks some groups';
    throw new Error(
      `no groups can have led to what is published (${error.message}): ${advice}; see verify --published`,
      {
        cause: error,
      },
    );
  }
}

async function weeksAt(place: string, mayBePrivate: boolean | undefined): Promise<ReadableWeek[]> {
  const { source, close } = publicationAt(place, 'an address', mayBePrivate);
  try {
    return readableWeeks(await readTables(source));
  } catch (error) {
    if (!(error instanceof TableFault)) throw error;
    throw new UsageError(`${place}: ${error.message}`, { cause: error });
  } finally {
    close();
  }
}

async function weeksInVault(
  place: string,
  distribution: string | undefined,
  terminal: Terminal,
): Promise<ReadableWeek[]> {
  return await withVault(place, terminal, (vault) => {
    const rules = distribution === undefined ? rulesForVault(vault) : rulesOf(distribution);
    if (rules === undefined) throw new UsageError('name what was published with --distribution');
    const { definition } = rules;
    const contents = vault.snapshot(() => publishedContents(vault, definition.id));
    return [...contents].flatMap(([week, revisions]) => readableRevisions(week, revisions, definition));
  });
}

/** Columns are named as in `systems.csv`, and `enough`; others, such as numbers, are not looked at. */
function readGroups(file: string): Map<string, boolean> {
  const rows = rowsOf(file);
  const missing = SYSTEMS.find((column) => rows[0] === undefined || !(column in rows[0]));
  if (missing !== undefined)
    throw new UsageError(`--groups ${file}: expected CSV with the columns ${SYSTEMS.join(', ')}, found no ${missing}`);
  return new Map(rows.map((row) => [rowKey(SYSTEMS.map((column) => row[column]!)), row['enough'] === 'yes']));
}

function rowsOf(file: string): Record<string, string>[] {
  try {
    return parse(readText(file), { columns: true, bom: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_'))
      throw new UsageError(`--groups ${file}: expected a table as CSV`, { cause: error });
    throw error;
  }
}

function json(findings: readonly WeekFindings[]): string {
  const weeks = findings.map(({ week, versions, hidden, found }) => ({
    week: mondayOf(week),
    versions,
    hidden,
    recoverable: found.map(({ subject, names, least, most }) => {
      return { subject, names, least, most: most === Infinity ? null : most };
    }),
  }));
  return `${JSON.stringify(weeks, null, 2)}\n`;
}

/** Of characters: names are up to 255 bytes each. */
const LONGEST_ID = 300;

/** Private: names the groups. */
export function describeLeak({ week, recoverable }: WeekLeaks): string {
  return [
    `Week of ${mondayOf(week)}: ${plural(recoverable.length, 'group')} can be worked out:`,
    ...recoverable.map(({ subject, id, least, most }) => lineOf(subject, id, { least, most })),
  ].join('\n');
}

function lineOf(subject: string, id: string, { least, most }: Interval): string {
  return `  ${subject} ${printable(id, LONGEST_ID)}: ${most === Infinity ? `${least} or more` : `${least} to ${most}`}`;
}

function describe(findings: readonly WeekFindings[], knowsAll: boolean): string {
  if (findings.length === 0) return 'Nothing has been published that has small groups to protect.\n';
  const hidden = findings.reduce((sum, finding) => sum + finding.hidden, 0);
  const versions = findings.reduce((sum, finding) => sum + finding.versions, 0);
  const leaks = findings.flatMap(leaksOf);
  const known = knowsAll ? 'listed' : 'named in other rows';
  return [
    `${plural(findings.length, 'week')} in ${plural(versions, 'version')} were published; ${formatCount(hidden)} groups that are ${known} have no row of their own.`,
    ...leaks.map(describeLeak),
    leaks.length === 0
      ? 'No small group can be worked out: bounds by linear programming on all published numbers leave each of them open.'
      : 'These names are private. Publish with a greater k, and correct what is out there.',
    '',
  ].join('\n');
}

function leaksOf({ week, found }: WeekFindings): WeekLeaks[] {
  const recoverable = found.map(({ subject, names, least, most }) => ({ subject, id: rowKey(names), least, most }));
  return recoverable.length === 0 ? [] : [{ week, recoverable }];
}
