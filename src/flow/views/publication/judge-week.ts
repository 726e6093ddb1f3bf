import type { Week } from '../../sightings/week.ts';
import { rangeOf } from '../census.ts';
import type { GradedAnnotation } from '../definition/annotations.ts';
import { countsRoundedTo, fewestShown, roundTo } from '../protection/rounding.ts';
import { lossBeforeRelease } from '../quality/early-loss.ts';
import { gradeOf } from '../quality/grade.ts';
import { WEEKS_BEFORE as MOST_COMPARED, type WeekSizes, whyHeld } from '../quality/hold.ts';
import { undeclaredLoss } from '../quality/loss.ts';
import type { Rules } from '../survey.ts';
import { shareOfNothing } from './published-accounts.ts';
import { otherSums, sumOf, systemsRows, totalsRows } from './rows.ts';
import { sizeKey } from './size-key.ts';
import { OTHER } from './tables.ts';
import { unnamedNote } from './unnamed.ts';
import { type HeadlineNumbers, HIGH, isTakenBack, LOW, type WeekContent } from './week-content.ts';
import type { Surveys, WeekInput } from './week-input.ts';
import { weekOfDay } from './week-name.ts';

/** What a week's quality is judged by, beside its own numbers. */
export interface Yardsticks {
  rules: Rules;
  annotations: readonly GradedAnnotation[];
  /** 0 to 1. */
  coverage: (week: Week) => number;
  /** Check-ins by hour of the week, where that is known. */
  hours: (week: Week) => Float64Array | undefined;
  /** Weeks that the operator has looked at. */
  confirmed: ReadonlySet<Week>;
}

type Judged = 'grade' | 'note' | 'coverage';

/** What of its own numbers a week is judged by, as shares. */
export interface Measures {
  /** By how much repositories disagree, of all systems. */
  disagreement: number;
  /** Check-ins of the headline's systems that stand for nothing. */
  nothing: number;
}

/** Made of what is published, so that a grade and its reason tell no more than the numbers beside them. */
export function measuresOf(week: Week, content: Omit<WeekContent, Judged | 'headline'>, rules: Rules): Measures {
  const { tables, exact } = content;
  if (tables.band !== undefined)
    return {
      disagreement: leastDisagreement(headlineNumbers(week, content, rules), exact, tables.band.k),
      nothing: shareOfNothing(week, content, rules),
    };
  // Weeks that were decided before are judged as they were.
  const { systems, low, high } = exact ?? numbersOfRows(week, content, rules);
  return {
    disagreement: systems === 0 ? 0 : (high - low) / systems,
    nothing: exact?.nothing ?? shareOfNothing(week, content, rules),
  };
}

/** The week's grade, and the reason for it. */
export function judge(
  { week, isImported }: Pick<WeekInput, 'week' | 'isImported'>,
  { disagreement, nothing }: Measures,
  told: Pick<WeekContent, 'silence' | 'unnamed'>,
  surveys: Surveys,
  yardsticks: Yardsticks,
): Pick<WeekContent, Judged> {
  const { annotations, coverage } = yardsticks;
  const share = isImported ? null : roundShare(coverage(week));
  const verdict = gradeOf({
    coverage: share,
    loss: undeclaredLoss(week, (other) => surveys.repositoriesByTag(other)),
    early: earlyLoss(week, surveys, yardsticks),
    disagreement,
    nothing,
    declared: declaredFor(week, annotations),
  });
  const note = [verdict.note, ...silenceNote(told.silence), ...unnamedNote(told.unnamed)]
    .filter((text) => text !== '')
    .join('; ');
  return { grade: verdict.grade, note, coverage: share };
}

/**
 * Of all truths that the published numbers leave open, the one in which repositories agree best (R14). Where one of them has
 * so few that there is no number (R13), that is known of it.
 */
function leastDisagreement({ systems, low, high }: HeadlineNumbers, exact: WeekContent['exact'], k: number): number {
  if (systems === null) return 0;
  const [fewest, most] = [Math.max(1, systems - k + 1), systems + k - 1];
  if (exact !== undefined && exact.low < fewestShown(k)) return Math.max(0, 1 - (fewestShown(k) - 1) / fewest);
  if (low === null || high === null) return 0;
  const [mostLow, leastHigh] = [countsRoundedTo(k, low).most, countsRoundedTo(k, high).least];
  if (high === systems) return low === systems ? 0 : Math.max(0, 1 - mostLow / fewest);
  if (low === systems) return Math.max(0, leastHigh / most - 1);
  return Math.max(0, (leastHigh - mostLow) / most);
}

/** Of a week that is not the newest any more, and that nobody has confirmed: the newest is held. */
function earlyLoss(week: Week, surveys: Surveys, { hours, confirmed }: Yardsticks): number | undefined {
  const hasNext = surveys.repositoriesByTag((week + 1) as Week) !== undefined;
  return hasNext && !confirmed.has(week) ? beforeRelease(week, surveys, hours) : undefined;
}

function beforeRelease(week: Week, surveys: Surveys, hoursOf: Yardsticks['hours']): number | undefined {
  return lossBeforeRelease(week, { hitsOf: (other) => surveys.repositoriesByTag(other), hoursOf });
}

function silenceNote(silence: WeekContent['silence']): string[] {
  const rest = 'countries are not known, and small groups are judged by their size alone';
  if (silence === 'hidden') return [`the logs of this week hide most addresses: ${rest}`];
  return silence === 'few' ? [`nearly all check-ins come through a few addresses, as of a proxy: ${rest}`] : [];
}

/** The range of the true numbers, rounded last. */
export function headlineNumbers(
  week: Week,
  content: Omit<WeekContent, Judged | 'headline'>,
  rules: Rules,
): HeadlineNumbers {
  const { exact, tables } = content;
  const k = tables.systems.k;
  if (exact === undefined || tables.margins === undefined) return numbersOfRows(week, content, rules);
  if (tables.margins.rows.length === 0) return { systems: null, low: null, high: null };
  const systems = sumOf(tables.margins.rows.filter(({ dimensions }) => dimensions[0] === 'os'));
  if (tables.band !== undefined) {
    const numberOf = (name: string) => tables.band!.rows.find(({ dimensions }) => dimensions[0] === name)?.systems;
    return { systems, low: numberOf(LOW) ?? null, high: numberOf(HIGH) ?? null };
  }
  return {
    systems,
    low: Math.min(systems, roundTo(k, exact.low)),
    high: Math.max(systems, roundTo(k, exact.high)),
  };
}

/** Of weeks of which no more is known: published by the first method, or passed on. */
function numbersOfRows(week: Week, content: Pick<WeekContent, 'tables' | 'totals' | 'namesRepoArch'>, rules: Rules) {
  const { definition } = rules;
  const counted = systemsRows(week, content).filter(({ os }) => definition.headline.includes(os));
  const systems = sumOf(counted);
  const { crosschecks } = otherSums(totalsRows(week, content, definition), counted, rules);
  return { systems, ...rangeOf(systems, crosschecks) };
}

/** The severest of what is said about the week: an operator must be able to exclude one that ships as partial. */
function declaredFor(
  week: Week,
  annotations: readonly GradedAnnotation[],
): { grade: 'C' | 'X'; text: string } | undefined {
  const ofWeek = annotations.flatMap(({ date, grade, text }) =>
    grade !== undefined && weekOfDay(date) === week ? [{ grade, text }] : [],
  );
  return ofWeek.find(({ grade }) => grade === 'X') ?? ofWeek[0];
}

/** Why a new week should wait for the operator; undefined if nothing speaks against it. */
export function doubtOf(
  week: Week,
  content: WeekContent,
  contents: ReadonlyMap<Week, readonly WeekContent[]>,
  surveys: Surveys,
  { rules, hours }: Yardsticks,
): string | undefined {
  // The operator has decided about it already.
  if (content.grade === 'X') return undefined;
  const before = [...contents]
    .map(([other, revisions]) => ({ other, last: revisions.at(-1)! }))
    .filter(({ other, last }) => other < week && !isTakenBack(last))
    .sort((a, b) => a.other - b.other)
    .slice(-MOST_COMPARED);
  const sizes = before.map(({ other, last }) => sizesOf(other, last, rules));
  return whyHeld(sizesOf(week, content, rules), sizes, beforeRelease(week, surveys, hours));
}

function sizesOf(week: Week, content: WeekContent, { definition }: Rules): WeekSizes {
  const { exact, silence } = content;
  const toldApart = new Map(content.toldApart ?? []);
  const step = content.totals === undefined ? content.tables.systems.k : 1;
  if (exact !== undefined) return { step, systems: exact.systems, groups: new Map(exact.groups), toldApart, silence };
  const counted = systemsRows(week, content).filter(({ os }) => definition.headline.includes(os));
  const groups = new Map<string, number>();
  for (const row of counted) {
    if (row.version === OTHER || row.edition === OTHER) continue;
    groups.set(sizeKey(row), (groups.get(sizeKey(row)) ?? 0) + row.systems);
  }
  return { step, systems: sumOf(counted), groups, toldApart, silence };
}

function roundShare(share: number): number {
  return Math.round(share * 1000) / 1000;
}
