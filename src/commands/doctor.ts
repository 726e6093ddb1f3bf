import { type EpochSeconds, mondayOf, type Week } from '../flow/sightings/week.ts';
import { joinKept } from '../flow/tallies/naming.ts';
import type { Vault, WeekSummary } from '../flow/vault/vault.ts';
import { isComplete } from '../flow/views/completeness.ts';
import {
  type Checkup,
  diagnose,
  type LogSeen,
  type SourceSeen,
  standingForNothing,
} from '../flow/views/diagnosis/diagnose.ts';
import type { Finding } from '../flow/views/diagnosis/finding.ts';
import { rulesForVault, rulesOf, shippedDefinitions } from './distribution.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { shippedNamesKept } from './kept-names.ts';
import { withVault } from './open-vault.ts';
import { formatCount, plural, printable, type Terminal } from './terminal.ts';

export interface DoctorOptions {
  vault: string;
  distribution?: string;
  sources?: boolean;
  json?: boolean;
}

/** Rejections are looked at over so many weeks: a single bad day is told by the week's grade. */
const WEEKS_LOOKED_AT = 4;
/** Long names and tags come from strangers. */
const LINE_LENGTH = 400;
/** Names of logs of one source. */
const MOST_NAMED = 8;

/** `rollcall doctor`: what is counted and stands for nothing, what is missing, and what to do. Changes nothing. */
export async function doctor(options: DoctorOptions, terminal: Terminal, now: EpochSeconds): Promise<ExitCode> {
  return await withVault(options.vault, terminal, (vault) =>
    vault.snapshot(() => {
      const weeks = vault.weeks();
      const logs = vault.logs();
      if (weeks.length === 0 && logs.length === 0)
        throw new UsageError(`${options.vault} holds no logs yet: count some with "rollcall ingest"`);
      const checkup = examine(vault, weeks, logs, options.distribution, now);
      const findings = diagnose(checkup);
      terminal.out.write(options.json === true ? toJson(checkup, findings) : describe(checkup, findings, options));
      return findings.length === 0 ? 0 : 1;
    }),
  );
}

function examine(
  vault: Vault,
  weeks: readonly WeekSummary[],
  logs: readonly LogSeen[],
  distribution: string | undefined,
  now: EpochSeconds,
): Checkup {
  const looked = weeks.findLast((week) => isComplete(week, now)) ?? weeks.at(-1);
  const week = looked?.week ?? (0 as Week);
  const { counted: cells, toldApart } = looked === undefined ? { counted: [], toldApart: [] } : vault.split(week);
  const rules = distribution === undefined ? rulesForVault(vault) : rulesOf(distribution);
  const recent = weeks.filter((other) => other.week <= week).slice(-WEEKS_LOOKED_AT);
  const first = recent[0]?.week ?? week;
  return {
    week,
    cells,
    counting: rules && { rules, file: distribution?.match(/\.ya?ml$/) ? distribution : `${rules.definition.id}.yaml` },
    shipped: shippedDefinitions(),
    rejections: rejectionsSince(vault, first),
    countedOfWeeks: recent.reduce((sum, { hits }) => sum + hits, 0),
    sources: sourcesOf(vault),
    logs,
    addresses: {
      withoutCountry: cells.reduce((sum, { country, hits }) => sum + (country === 'ZZ' ? hits : 0), 0),
      // Totals of others know no addresses at all.
      all: looked?.coverage === undefined ? Number.POSITIVE_INFINITY : looked.hits,
      silent: vault.addresses([week]).filter(({ silence }) => silence !== undefined),
      toldApart,
      networks: looked === undefined ? [] : vault.networks(week).systems,
    },
    names: {
      kept: askedOnce(() => joinKept(shippedNamesKept(), vault.namesBefore(week))),
      logsWith: (isMeant) => vault.logsWith(week, isMeant),
    },
  };
}

function askedOnce<Answer>(ask: () => Answer): () => Answer {
  let answer: Answer | undefined;
  return () => (answer ??= ask());
}

/** Lines whose week cannot be read may be of any. */
function rejectionsSince(vault: Vault, first: Week): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { week, reason, count } of vault.rejections()) {
    if (week === undefined || week >= first) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  return sums;
}

function sourcesOf(vault: Vault): SourceSeen[] {
  const weeks = new Map<string, Set<Week>>();
  for (const { source, week } of vault.logHours()) weeks.set(source, (weeks.get(source) ?? new Set<Week>()).add(week));
  return [...weeks].map(([label, seen]) => ({ label, weeks: seen.size, last: Math.max(...seen) as Week }));
}

function toJson({ week, counting, logs }: Checkup, findings: readonly Finding[]): string {
  const definition = counting?.rules.definition.id ?? null;
  return `${JSON.stringify({ week: mondayOf(week), definition, findings, logs }, undefined, 2)}\n`;
}

function describe(checkup: Checkup, findings: readonly Finding[], options: DoctorOptions): string {
  const { week, cells, counting } = checkup;
  const hits = cells.reduce((sum, cell) => sum + cell.hits, 0);
  const rules = counting === undefined ? 'by no definition' : `by the definition ${counting.rules.definition.id}`;
  const looked = hits === 0 ? 'no check-ins' : `${plural(hits, 'check-in')} of the week of ${mondayOf(week)}, ${rules}`;
  const lines =
    findings.length === 0
      ? [`All is well: ${looked}; ${standsForSomething(checkup)} for something.`]
      : [
          `${plural(findings.length, 'finding')}, worst first. Looked at: ${looked}.`,
          ...findings.flatMap(findingLines),
        ];
  const sources = options.sources === true ? ['', ...sourceLines(checkup.logs)] : [];
  return [...lines, ...sources].map((line) => `${printable(line, LINE_LENGTH)}\n`).join('');
}

/** A few of strangers are always there. */
function standsForSomething(checkup: Checkup): string {
  const nothing = standingForNothing(checkup);
  return nothing === 0 ? 'every one stands' : `all but ${formatCount(nothing)} stand`;
}

function findingLines({ title, details, write }: Finding, at: number): string[] {
  return ['', `${at + 1}. ${title}`, ...details.map((line) => `   ${line}`), ...write.map((line) => `       ${line}`)];
}

/** Which file became which source. */
function sourceLines(logs: readonly LogSeen[]): string[] {
  const bySource = Map.groupBy(logs, ({ source }) => source);
  return [...bySource].flatMap(([source, own]) => {
    const counted = own.reduce((sum, log) => sum + log.counted, 0);
    const more = own.length > MOST_NAMED ? [`    and ${formatCount(own.length - MOST_NAMED)} more`] : [];
    const named = own
      .slice(-MOST_NAMED)
      .map(({ name, format }) => `    ${name}${format === undefined ? '' : ` (${format})`}`);
    return [`${source}: ${plural(own.length, 'log')}, ${plural(counted, 'check-in')}`, ...named, ...more];
  });
}
