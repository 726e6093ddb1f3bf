import type { EpochSeconds, Week } from '../flow/sightings/week.ts';
import { mondayOf } from '../flow/sightings/week.ts';
import type { Vault } from '../flow/vault/vault.ts';
import { isComplete } from '../flow/views/completeness.ts';
import type { TotalsRow } from '../flow/views/totals.ts';
import { totalsOf } from '../flow/views/totals-of-week.ts';
import { printTotalsCsv, writeTotalsCsv, writeTotalsDatabase } from '../flow/views/totals-write.ts';
import { isDay } from './before-publishing.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { withVault } from './open-vault.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import { formatCount, plural, type Terminal } from './terminal.ts';

export interface TotalsOptions extends SharingOptions {
  vault: string;
  allWeeks?: boolean;
  /** Mondays. */
  week?: readonly string[];
  csv?: string;
  sqlite?: string;
}

const STANDARD_OUTPUT = '-';

/** `rollcall totals`: the operator's exact numbers, in the schema that Fedora publishes. */
export async function totals(options: TotalsOptions, terminal: Terminal, now: EpochSeconds): Promise<ExitCode> {
  if (options.csv === undefined && options.sqlite === undefined) {
    throw new UsageError('name where the totals go: --csv FILE, --sqlite FILE or both');
  }
  if (options.sqlite === STANDARD_OUTPUT) {
    throw new UsageError('--sqlite -: a database cannot be written to standard output; name a file, or use --csv -');
  }
  const isPrinted = options.csv === STANDARD_OUTPUT;
  return await withVault(options.vault, terminal, async (vault): Promise<ExitCode> => {
    const written = await vault.snapshotWhile(async () => {
      const { weeks, left } = chooseWeeks(vault, options, now);
      const sums: Sums = { rows: 0, hits: 0, weeks: weeks.length, left };
      if (isPrinted) await printTotalsCsv(terminal.out, eachWeek(vault, weeks, sums));
      else if (options.csv !== undefined)
        await writeTotalsCsv(options.csv, eachWeek(vault, weeks, sums), sharingOf(options));
      if (options.sqlite !== undefined)
        await writeTotalsDatabase(options.sqlite, eachWeek(vault, weeks, sums), sharingOf(options));
      return sums;
    });
    const files = [isPrinted ? 'standard output' : options.csv, options.sqlite];
    (isPrinted ? terminal.err : terminal.out).write(describe(written, files));
    return 0;
  });
}

/** What was written, in all. */
interface Sums {
  rows: number;
  hits: number;
  weeks: number;
  left: string[];
}

function chooseWeeks(vault: Vault, options: TotalsOptions, now: EpochSeconds): { weeks: Week[]; left: string[] } {
  const named = options.week?.map((day) => {
    if (!isDay(day)) throw new UsageError(`--week ${day}: expected the Monday of a week, such as 2026-11-09`);
    return day;
  });
  const all = vault.weeks();
  const missing = named?.find((day) => !all.some(({ week }) => mondayOf(week) === day));
  if (missing !== undefined)
    throw new UsageError(`--week ${missing}: expected a week of the vault; it has none that begins on that day`);
  const asked = all.filter(({ week }) => named === undefined || named.includes(mondayOf(week)));
  const wanted = asked.filter((summary) => options.allWeeks === true || isComplete(summary, now));
  const left = asked.filter((summary) => !wanted.includes(summary)).map(({ week }) => mondayOf(week));
  return { weeks: wanted.map(({ week }) => week), left };
}

/** Ten years of weeks are read one by one, as they are written. */
function* eachWeek(vault: Vault, weeks: readonly Week[], sums: Sums): Generator<TotalsRow[]> {
  sums.rows = 0;
  sums.hits = 0;
  for (const week of weeks) {
    const rows = totalsOf(week, vault.cells(week));
    sums.rows += rows.length;
    sums.hits += rows.reduce((sum, { hits }) => sum + hits, 0);
    yield rows;
  }
}

function describe({ rows, hits, weeks, left }: Sums, files: readonly (string | undefined)[]): string {
  const written = files.filter((file) => file !== undefined).join(' and ');
  const lines = [
    `Wrote ${plural(rows, 'row')} of ${plural(weeks, 'week')}, ${formatCount(hits)} check-ins in all, to ${written}.`,
    'These are exact and private numbers: they show single systems. Do not publish them as they are.',
  ];
  if (left.length > 0) {
    const named = left.length > 6 ? `${left.slice(0, 5).join(', ')} and ${left.length - 5} more` : left.join(', ');
    lines.push(
      `Left out as not complete: the week${left.length === 1 ? '' : 's'} of ${named} (--all-weeks takes them in).`,
    );
  }
  return `${lines.join('\n')}\n`;
}
