import { CrosscheckSums, rangeOf } from '../census.ts';
import { NOTHING } from '../definition/accounts.ts';
import type { Definition } from '../definition/definition.ts';
import { rolesBy } from '../definition/roles.ts';
import type { Rules, Survey } from '../survey.ts';
import { sizeKey } from './size-key.ts';

/** What a week is judged by: true numbers, so that nothing is said that rounding made. Private. */
export interface ExactNumbers {
  /** Systems of the headline's names, and the least and the most of them by any repository. */
  systems: number;
  low: number;
  high: number;
  /** Which share of the headline's check-ins stands for nothing, 0 to 1. */
  nothing: number;
  /** Systems by group, those of k and more. */
  groups: [string, number][];
}

export function exactNumbers(survey: Survey, { definition }: Rules, k: number): ExactNumbers {
  const { headline } = definition;
  const counted = survey.systems.filter(({ os }) => headline.includes(os));
  const groups = new Map<string, number>();
  for (const row of counted) groups.set(sizeKey(row), (groups.get(sizeKey(row)) ?? 0) + row.systems);
  return {
    ...exactRange(survey, definition),
    nothing: shareOfNothing(survey, headline),
    groups: [...groups].filter(([, count]) => count >= k).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** Systems of the headline's names, and the range of them by all repositories (M3). */
export function exactRange(survey: Survey, definition: Definition): Pick<ExactNumbers, 'systems' | 'low' | 'high'> {
  const { headline } = definition;
  const counted = survey.systems.filter(({ os }) => headline.includes(os));
  const systems = counted.reduce((sum, row) => sum + row.systems, 0);
  const crosschecks = new CrosscheckSums(definition);
  const roleOf = rolesBy(definition);
  for (const { os, version, edition, arch, age, repoTag, repoArch, hits } of survey.checkIns) {
    if (!headline.includes(os)) continue;
    const system = { client: '', osName: os, osVersion: version, osVariant: edition, osArch: arch };
    const role = roleOf(system, { age, repoTag, repoArch });
    if (role.kind === 'crosscheck') crosschecks.add(os, role.place, hits);
  }
  return { systems, ...rangeOf(systems, crosschecks.withCensus(counted)) };
}

function shareOfNothing({ accounts }: Survey, headline: readonly string[]): number {
  let [nothing, all] = [0, 0];
  for (const { os, account, hits } of accounts) {
    if (!headline.includes(os)) continue;
    all += hits;
    if (NOTHING.includes(account)) nothing += hits;
  }
  return all === 0 ? 0 : nothing / all;
}
