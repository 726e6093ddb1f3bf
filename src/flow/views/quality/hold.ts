import { median } from 'd3-array';
import { fewestShown, roundTo } from '../protection/rounding.ts';

/** A week that differs by more than this from the median of the four before it waits for the operator. */
const MOST_CHANGE = 0.15;
/** The same for one of the ten largest groups: 300 % more. */
const MOST_GROWTH = 4;
/** So many weeks before are looked at. */
export const WEEKS_BEFORE = 4;
const LARGEST = 10;

/** Where addresses say nothing, nothing tells a flood but its size. */
const CAUTION = 2;

/** Systems of a week: together, and by group. */
export interface WeekSizes {
  /** Of what is said; whether there is a reason to say it is decided by true numbers. */
  step: number;
  systems: number;
  groups: ReadonlyMap<string, number>;
  /** By group, systems that are told apart as one network sent them. */
  toldApart: ReadonlyMap<string, number>;
  /** Why the addresses of the week say nothing. */
  silence: 'hidden' | 'few' | undefined;
}

/**
 * Why a new week is not published before the operator confirms it, as a sentence; undefined if it is plausible. `early`: what
 * is left of the days before a release.
 */
export function whyHeld(week: WeekSizes, before: readonly WeekSizes[], early?: number): string | undefined {
  const reasons = [early === undefined ? undefined : tooFewEarly(early), whyImplausible(week, before)];
  const said = reasons.filter((reason) => reason !== undefined);
  return said.length === 0 ? undefined : said.join('; ');
}

/** Who upgrades is counted twice, and that hides a loss. */
function tooFewEarly(left: number): string {
  return `there is a release, and what came on Monday, before most upgrade, was ${compared(left)} the four weeks before`;
}

function whyImplausible(week: WeekSizes, before: readonly WeekSizes[]): string | undefined {
  const recent = before.slice(-WEEKS_BEFORE);
  if (week.silence === 'few' && recent.at(-1)?.silence !== 'few') return FEW_ALL_AT_ONCE;
  if (recent.length < WEEKS_BEFORE) return undefined;
  const usual = median(recent, ({ systems }) => systems)!;
  const caution = week.silence === undefined ? 1 : CAUTION;
  if (Math.abs(week.systems - usual) * caution > MOST_CHANGE * usual)
    return `${ofAll(week, usual)} the four weeks before`;
  const largest = [...week.groups].sort((a, b) => b[1] - a[1]).slice(0, LARGEST);
  for (const [group, systems] of largest) {
    const usually = recent.map(({ groups }) => groups.get(group) ?? 0);
    // A group that was not there before is new, as a release is; one that was and grows fourfold is a flood.
    if (Math.min(...usually) > 0 && systems * caution > MOST_GROWTH * median(usually)!) {
      return `${group}: ${compared(ratio(systems, median(usually)!, week.step))} the four weeks before`;
    }
  }
  return suddenlyToldApart(week, recent);
}

const FEW_ALL_AT_ONCE =
  'nearly all check-ins come from at most three networks, as they do behind a proxy or when they are forged';

/** More of the headline, or of one of the largest groups, comes from one network than that grows in other weeks. */
function suddenlyToldApart(week: WeekSizes, recent: readonly WeekSizes[]): string | undefined {
  const share = ({ systems, toldApart }: WeekSizes) => shareOf(total(toldApart), systems);
  const said = (apart: number, systems: number) =>
    ofOneNetwork(shareOf(roundTo(week.step, apart), roundTo(week.step, systems)));
  if (share(week) > MOST_CHANGE && share(week) > 2 * median(recent, share)!)
    return said(total(week.toldApart), week.systems);
  // Groups of which a row is or was shown: the others bear names that strangers wrote.
  const groups = new Set([week, ...recent].flatMap(({ groups }) => [...groups.keys()]));
  const sizeOf = (group: string) => (week.groups.get(group) ?? 0) + (week.toldApart.get(group) ?? 0);
  const largest = [...groups].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, LARGEST);
  for (const group of largest) {
    const shareOfGroup = ({ groups, toldApart }: WeekSizes) =>
      shareOf(toldApart.get(group) ?? 0, groups.get(group) ?? 0);
    const isUsual = median(recent, shareOfGroup)! > MOST_OF_ONE;
    if (shareOfGroup(week) > MOST_OF_ONE && !isUsual)
      return `${group}: ${said(week.toldApart.get(group) ?? 0, week.groups.get(group) ?? 0)}`;
  }
  return undefined;
}

const MOST_OF_ONE = 0.5;

function shareOf(toldApart: number, systems: number): number {
  return toldApart === 0 ? 0 : toldApart / (toldApart + systems);
}

function total(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function ofOneNetwork(share: number): string {
  return `${percent(share)} % come from one network, and are told apart`;
}

/** R13: of fewer than 100 no number is said. */
function ofAll({ systems, step }: WeekSizes, usual: number): string {
  if (step === 1 || Math.min(systems, usual) >= fewestShown(step)) return compared(ratio(systems, usual, step));
  return `more than ${percent(MOST_CHANGE)} % ${systems < usual ? 'less' : 'more'} than in`;
}

/** Of rounded numbers: that of true ones would tell a week's to within less than its step, once the others are known. */
function ratio(now: number, usual: number, step: number): number {
  return roundTo(step, now) / Math.max(step, roundTo(step, usual));
}

function percent(share: number): number {
  return Math.round(share * 100);
}

/** In words: a sign at the beginning would make a formula of it, in a spreadsheet. */
function compared(ratio: number): string {
  return `${percent(Math.abs(ratio - 1))} % ${ratio < 1 ? 'less' : 'more'} than in`;
}
