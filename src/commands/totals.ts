import { randomBytes } from 'node:crypto';
import type { EpochSeconds } from '../flow/sightings/week.ts';
import { mondayOf } from '../flow/sightings/week.ts';
import { Vault } from '../flow/vault/vault.ts';
import { isComplete } from '../flow/views/completeness.ts';
import type { TotalsRow } from '../flow/views/totals.ts';
import { totalsOf } from '../flow/views/totals-of-week.ts';
import { printTotalsCsv, writeTotalsCsv, writeTotalsDatabase } from '../flow/views/totals-write.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { type SharingOptions, sharingOf } from './sharing.ts';
import { formatCount, plural, type Terminal } from './terminal.ts';

export interface TotalsOptions extends SharingOptions {
  vault: string;
  allWeeks?: boolean;
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
  const vault = Vault.open(options.vault, 'read', randomBytes);
  try {
    const { rows, left } = vault.snapshot(() => readWeeks(vault, options.allWeeks === true, now));
    if (isPrinted) await printTotalsCsv(terminal.out, rows);
    else if (options.csv !== undefined) await writeTotalsCsv(options.csv, rows, sharingOf(options));
    if (options.sqlite !== undefined) await writeTotalsDatabase(options.sqlite, rows, sharingOf(options));
    const files = [isPrinted ? 'standard output' : options.csv, options.sqlite];
    (isPrinted ? terminal.err : terminal.out).write(describe(rows, left, files));
  } finally {
    vault.close();
  }
  return 0;
}

function readWeeks(vault: Vault, all: boolean, now: EpochSeconds): { rows: TotalsRow[]; left: string[] } {
  const weeks = vault.weeks();
  const wanted = weeks.filter((summary) => all || isComplete(summary, now));
  const left = weeks.filter((summary) => !wanted.includes(summary)).map(({ week }) => mondayOf(week));
  return { rows: wanted.flatMap(({ week }) => totalsOf(week, vault.cells(week))), left };
}

function describe(rows: readonly TotalsRow[], left: readonly string[], files: readonly (string | undefined)[]): string {
  const hits = rows.reduce((sum, row) => sum + row.hits, 0);
  const weeks = new Set(rows.map((row) => row.week)).size;
  const written = files.filter((file) => file !== undefined).join(' and ');
  const lines = [
    `Wrote ${plural(rows.length, 'row')} of ${plural(weeks, 'week')}, ${formatCount(hits)} check-ins in all, to ${written}.`,
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
