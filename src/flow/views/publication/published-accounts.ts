import type { Week } from '../../sightings/week.ts';
import {
  type Account,
  type AccountSums,
  accountOf,
  NOTHING,
  PUBLISHED_ACCOUNTS,
  type PublishedAccount,
  UNEXPANDED_TAG,
  UNKNOWN_TAG,
} from '../definition/accounts.ts';
import { rolesBy } from '../definition/roles.ts';
import type { Rules } from '../survey.ts';
import type { TotalsRow } from '../totals.ts';
import { canonicalOs, releaseOf, systemsRows } from './rows.ts';
import { isWithheld, OTHER, WITHHELD } from './tables.ts';
import type { WeekContent } from './week-content.ts';

/** Check-ins of an os name that are published under one account. */
interface AccountedRow {
  os: string;
  account: PublishedAccount;
  hits: number;
}

/** What a week's accounts are made of. */
type AccountedWeek = Pick<WeekContent, 'tables' | 'totals' | 'tagsLabelled'>;

/**
 * What the check-ins of a week stand for, as sums of its published rows: exact sums, less what the rows show, would tell
 * how large the hidden groups are. Null for a week that was published before repositories were told apart.
 */
export function accountSums(week: Week, content: AccountedWeek, rules: Rules): AccountSums | null {
  if (content.totals === undefined && content.tagsLabelled !== true) return null;
  const sums = Object.fromEntries(PUBLISHED_ACCOUNTS.map((account) => [account, 0])) as Record<
    PublishedAccount,
    number
  >;
  for (const { account, hits } of accountedRows(week, content, rules)) sums[account] += hits;
  return sums;
}

/** Which share of the headline's check-ins stands for nothing, 0 to 1. */
export function shareOfNothing(week: Week, content: AccountedWeek, rules: Rules): number {
  let [nothing, all] = [0, 0];
  for (const { os, account, hits } of accountedRows(week, content, rules)) {
    if (!rules.definition.headline.includes(os)) continue;
    all += hits;
    if (NOTHING.some((one) => one === account)) nothing += hits;
  }
  return all === 0 ? 0 : nothing / all;
}

function accountedRows(week: Week, content: AccountedWeek, rules: Rules): AccountedRow[] {
  const roleOf = rolesBy(rules.definition);
  const exactly = (row: Omit<TotalsRow, 'week' | 'hits'>): Account => {
    const { osName, osVersion, osVariant, osArch, sysAge: age, repoTag, repoArch } = row;
    return accountOf(roleOf({ client: '', osName, osVersion, osVariant, osArch }, { age, repoTag, repoArch }));
  };
  if (content.totals !== undefined)
    return content.totals.map((row) => {
      const osName = canonicalOs(rules, row);
      return { os: osName, account: exactly({ ...row, osName }), hits: row.hits };
    });
  const census = systemsRows(week, content).map(({ os, systems: hits }) => ({ os, account: 'census' as const, hits }));
  const others = content.tables.checkIns.rows.map(({ dimensions, systems: hits }): AccountedRow => {
    const [os, version, , , , repoTag] = dimensions as [string, string, string, string, string, string];
    const system = { osName: os, osVersion: version, osVariant: '', osArch: '' };
    const exact = exactly({ ...system, sysAge: 1, repoTag, repoArch: '' });
    return { os, account: accountOfRow(os, version, repoTag, exact), hits };
  });
  return [...census, ...others];
}

/** A row that has lost its repository, its name or its version may hold check-ins of several accounts. */
function accountOfRow(os: string, version: string, repoTag: string, exactly: Account): PublishedAccount {
  const isHidden = os === WITHHELD || os === OTHER;
  if (repoTag === WITHHELD || repoTag === OTHER) return 'hidden';
  if (repoTag === UNEXPANDED_TAG || repoTag === UNKNOWN_TAG) {
    if (isHidden) return 'hidden';
    return os === '' ? 'no-system' : repoTag;
  }
  if (exactly === 'epel' || exactly === 'optional') return isHidden && exactly === 'optional' ? 'hidden' : exactly;
  // Without a version no release is the system's own.
  const isOwnUnknown = exactly === 'cross-release' && isWithheld(releaseOf(version));
  return isHidden || isOwnUnknown ? 'hidden' : exactly;
}
