import { createHash } from 'node:crypto';
import { type EpochSeconds, SECONDS_PER_WEEK, type Week, weekStart } from '../../sightings/week.ts';
import type { Vault, WeekSummary } from '../../vault/vault.ts';
import type { Rules } from '../survey.ts';
import { PUBLISHED_AFTER_SECONDS } from './assemble.ts';
import { passedOnCell } from './passed-on-cells.ts';
import { Recent } from './recent.ts';
import { unpackContent, type WeekContent } from './week-content.ts';
import type { WeekInput } from './week-input.ts';

/** The weeks that are over for long enough to be published, ascending. `digestOf`: of what a week's numbers are made of. */
export function weekInputs(
  vault: Vault,
  weeks: readonly WeekSummary[],
  rules: Rules,
  now: EpochSeconds,
  digestOf: (week: Week) => string = (week) => vault.weekDigest(week),
): WeekInput[] {
  const rulesDigest = digestOfRules(rules);
  const isPassedOn = rules.definition.as_published;
  const recent = new Recent<Week, ReturnType<Vault['split']>>(WEEKS_HELD);
  return weeks
    .filter(({ week }) => isDue(week, now))
    .map(({ week, coverage }) => {
      const split = () => recent.get(week, () => vault.split(week));
      return {
        week,
        isImported: coverage === undefined,
        digest: `${digestOf(week)}:${rulesDigest}`,
        cells: () => (isPassedOn ? split().counted.map(passedOnCell) : split().counted),
        toldApart: () => split().toldApart,
        networks: () => vault.networks(week),
        rejections: vault.rejectionsOf(week),
      };
    });
}

/** Weeks are decided one after the other, each with an eye on the one before. */
const WEEKS_HELD = 2;

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
