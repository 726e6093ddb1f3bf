import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Week } from '../../sightings/week.ts';
import type { AccountSums } from '../definition/accounts.ts';
import { sha256 } from '../files/hash.ts';
import type { Rules } from '../survey.ts';
import { type Measures, measuresOf } from './judge-week.ts';
import { accountSums } from './published-accounts.ts';
import { countryRows, epelRows, marginRows, type OtherSums, otherSums, systemsRows, totalsRows } from './rows.ts';
import type { CountryRow, EpelRow, MarginRow, SystemsRow } from './tables.ts';
import type { WeekContent } from './week-content.ts';

/** A revision without its cells: they are a hundred times as many as its rows. */
export type Decided = Omit<WeekContent, 'tables' | 'totals'>;

/**
 * All that publications ask of a revision that stays as it is, but the rows of its totals. Made of its content and of the
 * rules, so that it can be kept beside the content and made again.
 */
export interface WeekView {
  decided: Decided;
  systems: SystemsRow[];
  margins: MarginRow[];
  countries: CountryRow[];
  epel: EpelRow[];
  /** Whether there is any row of totals. */
  hasTotals: boolean;
  /** Check-ins of the headline's systems elsewhere. */
  others: OtherSums;
  accounts: AccountSums | null;
  measures: Measures;
  /** Every number is less than this away from the truth; null where that is not known. */
  within: number | null;
  /** There are systems, and no number of them may be shown. */
  isWithheld: boolean;
  /** The k of the week. */
  k: number;
  /** Groups of which no row tells. */
  hidden: number;
}

export function viewOf(week: Week, content: WeekContent, rules: Rules): WeekView {
  const { tables, totals, ...decided } = content;
  const { definition } = rules;
  const [systems, allTotals] = [systemsRows(week, content), totalsRows(week, content, definition)];
  const counted = systems.filter(({ os }) => definition.headline.includes(os));
  return {
    decided,
    systems,
    margins: marginRows(week, content, definition),
    countries: countryRows(week, content),
    epel: epelRows(allTotals, rules),
    hasTotals: allTotals.length > 0,
    others: otherSums(allTotals, counted, rules),
    accounts: accountSums(week, content, rules),
    measures: measuresOf(week, content, rules),
    within: totals !== undefined ? 1 : (tables.margins?.k ?? null),
    isWithheld: tables.margins !== undefined && tables.margins.rows.length === 0,
    k: tables.systems.k,
    hidden: hiddenIn(content),
  };
}

function hiddenIn({ tables: { systems, checkIns, countries } }: WeekContent): number {
  return [systems, checkIns, countries].reduce((sum, { rows, dropped }) => {
    const members = [...rows.flatMap((row) => row.members), ...dropped];
    return sum + members.filter(({ isShown }) => !isShown).length;
  }, 0);
}

/** Says by which rules, and by which Rollcall, a view was made: what others have made is made again. */
export function viewKey({ definition, aliases }: Rules, program: string): string {
  return sha256(JSON.stringify([program, definition, aliases.entries]));
}

/** A view with what must be known to use it again. */
export interface KeptView {
  key: string;
  /** What the week's cells were like when they were looked at last, and the digest of what is made of them. */
  state: string | undefined;
  digest: string | undefined;
  /** The digest of a week's numbers that were decided anew, and of which nothing had to be published. */
  settled: string | undefined;
  view: WeekView;
}

export function packView(kept: KeptView): Uint8Array {
  return deflateRawSync(JSON.stringify(kept));
}

export function unpackView(bytes: Uint8Array): KeptView {
  return JSON.parse(inflateRawSync(bytes).toString()) as KeptView;
}
