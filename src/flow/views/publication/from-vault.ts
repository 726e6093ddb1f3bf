import { createHash } from 'node:crypto';
import { type EpochSeconds, SECONDS_PER_WEEK, type Week, weekStart } from '../../sightings/week.ts';
import type { Vault, WeekSummary } from '../../vault/vault.ts';
import type { Rules } from '../survey.ts';
import { PUBLISHED_AFTER_SECONDS } from './assemble.ts';
import { passedOnCell } from './passed-on-cells.ts';
import { unpackContent, type WeekContent } from './week-content.ts';
import type { WeekInput } from './week-input.ts';

/** The weeks that are over for long enough to be published, ascending. */
export function weekInputs(vault: Vault, weeks: readonly WeekSummary[], rules: Rules, now: EpochSeconds): WeekInput[] {
  const rulesDigest = digestOfRules(rules);
  const rejections = rejectionsByWeek(vault);
  const isPassedOn = rules.definition.as_published;
  return weeks
    .filter(({ week }) => isDue(week, now))
    .map(({ week, coverage }) => ({
      week,
      isImported: coverage === undefined,
      digest: `${vault.weekDigest(week)}:${rulesDigest}`,
      ...splitOf(vault, week, isPassedOn),
      networks: () => vault.networks(week),
      rejections: [...(rejections.get(week) ?? [])].sort(),
    }));
}

/** Read once, and only where it is asked for. */
function splitOf(vault: Vault, week: Week, isPassedOn: boolean): Pick<WeekInput, 'cells' | 'toldApart'> {
  let read: ReturnType<Vault['split']> | undefined;
  const split = () => {
    read ??= vault.split(week);
    return read;
  };
  const cells = () => (isPassedOn ? split().counted.map(passedOnCell) : split().counted);
  return { cells, toldApart: () => split().toldApart };
}

/** So much of a week's check-ins must be known by the hour. */
const MOST_OF_WEEK = 0.95;

/** Check-ins by hour of the week; undefined where they are not known of the whole week. */
export function hoursOfWeeks(vault: Vault, weeks: readonly WeekSummary[]): (week: Week) => Float64Array | undefined {
  const known = vault.checkInsByHour();
  const whole = weeks.flatMap(({ week, hits }) => {
    const hours = known.get(week);
    const sum = hours?.reduce((total, lines) => total + lines, 0) ?? 0;
    return hours !== undefined && sum >= MOST_OF_WEEK * hits ? [[week, hours] as const] : [];
  });
  const hours = new Map(whole);
  return (week) => hours.get(week);
}

/** It is over for long enough. */
export function isDue(week: Week, now: EpochSeconds): boolean {
  return weekStart(week) + SECONDS_PER_WEEK + PUBLISHED_AFTER_SECONDS <= now;
}

/** All that was published of a distribution, by week, the first revision first. */
export function publishedContents(vault: Vault, distribution: string): Map<Week, WeekContent[]> {
  const contents = new Map<Week, WeekContent[]>();
  for (const { week, content } of vault.revisions(distribution)) {
    contents.set(week, [...(contents.get(week) ?? []), unpackContent(content)]);
  }
  return contents;
}

/** Weeks that a former method published keep their numbers: it is no reason for a revision. */
const RULES_SINCE = 'rollcall-v1';

/** Of what changes numbers; not of words and dates. */
function digestOfRules({ definition, aliases }: Rules): string {
  const { headline, census, epel, optional, names, editions, clients, small_groups, as_published } = definition;
  const rules = [
    RULES_SINCE,
    headline,
    census,
    epel,
    optional,
    names,
    editions,
    clients,
    small_groups,
    as_published,
    aliases.entries,
  ];
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16);
}

function rejectionsByWeek(vault: Vault): Map<Week, Map<string, number>> {
  const weeks = new Map<Week, Map<string, number>>();
  for (const { week, reason, count } of vault.rejections()) {
    if (week === undefined) continue;
    const sums = weeks.get(week) ?? new Map<string, number>();
    weeks.set(week, sums.set(reason, (sums.get(reason) ?? 0) + count));
  }
  return weeks;
}
