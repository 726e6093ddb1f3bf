import type { Age } from '../../sightings/request.ts';
import type { Week } from '../../sightings/week.ts';
import type { AccountSums } from '../definition/accounts.ts';
import { sortTotals, type TotalsRow } from '../totals.ts';

/**
 * The published tables: all that files, charts and pages are made of. Whatever is not here is not published, and whatever
 * can be computed from these tables is computed from them, never from the vault.
 */
export interface Publication {
  /** The rules that the numbers follow; numbers of another method are never joined to these. */
  method: typeof METHOD;
  distribution: PublishedDistribution;
  protection: Protection;
  /** The newest moment that any number in here was decided; not the clock. ISO 8601, UTC. */
  updated: string;
  /** When the next week can be published, ISO 8601, UTC. */
  nextUpdate: string;
  /** No new week for more than nine days: the newest number is old news. */
  isStale: boolean;
  /** Ascending, without holes between the first and the last: a week without numbers says so itself. */
  weeks: readonly PublishedWeek[];
  /** Base table: one row for each group of systems; the groups of a week share no system. By week, then by fields. */
  systems: readonly SystemsRow[];
  /** Base table: the headline's systems by one field at a time; each field's rows are all of them. */
  margins: readonly MarginRow[];
  /** Base table: the same systems by country. */
  countries: readonly CountryRow[];
  /** Check-ins in the EPEL-like repositories; empty where the operator runs none. Sums of rows in `totals`. */
  epel: readonly EpelRow[];
  /**
   * Check-ins of all repositories in Fedora's schema. The census rows are sums of rows in `systems`, and what these are short
   * of `margins`.
   */
  totals: TotalsByWeek;
  exclusions: readonly ExclusionRow[];
  annotations: readonly Annotation[];
  corrections: readonly Correction[];
  /** Groups whose ages cannot be believed (statistics: age-1 share of 90 % and more for six weeks). */
  implausibleAges: readonly ImplausibleAge[];
  aliases: PublishedAliases;
  audit: AuditSummary;
}

/** Rows that are too many to hold, a hundred times as many as all others: those of a week are made when they are asked for. */
export interface TotalsByWeek {
  /** Those that have any, ascending. */
  weeks: readonly Week[];
  /** In their order; none of another week. */
  of: (week: Week) => readonly TotalsRow[];
}

/** Of rows that are there. */
export function totalsByWeek(rows: readonly TotalsRow[]): TotalsByWeek {
  const byWeek = Map.groupBy(sortTotals(rows), ({ week }) => week);
  return { weeks: [...byWeek.keys()], of: (week) => byWeek.get(week) ?? [] };
}

export function allTotals({ weeks, of }: TotalsByWeek): TotalsRow[] {
  return weeks.flatMap((week) => of(week));
}

/** The second: numbers of a week are rounded together. Weeks of the first stay as they were published. */
export const METHOD = 'rollcall-v2';
/** Oldest first. What they published can be known by its hashes, and not be computed again. */
export const FORMER_METHODS: readonly string[] = ['rollcall-v1'];

/** What stands in a field that would show a small group, or a name that no list has. */
export const WITHHELD = 'withheld';

/** Minor versions of a major one that are not shown, together. */
export function withheldMinor(major: string): string {
  return `${major}.${WITHHELD}`;
}

export function isWithheld(name: string): boolean {
  return name === WITHHELD || name === OTHER || name.endsWith(`.${WITHHELD}`);
}

/** The same in weeks of the first method. Text of strangers that is too long to keep is `other` too. */
export const OTHER = 'other';

export interface PublishedDistribution {
  /** `almalinux`: stands in file names. */
  id: string;
  /** `AlmaLinux`: stands in sentences, as in "AlmaLinux systems". */
  name: string;
  homepage: string;
  /** Where the site will live, without a slash at its end; empty if it is not known: links are then relative only. */
  siteUrl: string;
  /** SPDX id of the data's licence. */
  licence: string;
  /** The os names that the headline counts. */
  headline: readonly string[];
  /** The repositories that count, and those they are compared with, as patterns such as `baseos-{release}`. */
  census: readonly string[];
  crosschecks: readonly string[];
  /** As above, of the EPEL page; empty where there is none. */
  epel: readonly string[];
  /** The same systems ask for these too: how far they differ is how fine the EPEL page's numbers are. */
  epelCrosschecks: readonly string[];
  /** Releases, newest first. */
  releases: readonly Release[];
  /** Up to which os version the age starts anew with an upgrade; undefined if it never does. */
  repoAgeUpTo: string | undefined;
}

export interface Release {
  os: string;
  /** As in the column `version`, or the part of it before the first dot. */
  version: string;
  /** ISO days. */
  released: string | undefined;
  endOfLife: string | undefined;
}

/** `as-published`: totals that their source had published with small cells, passed on unchanged at the operator's wish. */
export type Protection = { kind: 'small-groups'; k: number; networks: number } | { kind: 'as-published' };

/** A: 98 % of the logs and more, B: 90 %, C: less, or loss that nobody had declared; X: excluded by the operator. */
export type Grade = 'A' | 'B' | 'C' | 'X';

/** Systems are those of `headline`. All are null in a week that is missing, held, withheld or excluded. */
export interface PublishedWeek {
  week: Week;
  systems: number | null;
  /** Where there is no number because there are fewer than so many; that is not 0. */
  fewerThan: number | null;
  /**
   * Numbers of the headline's systems, by one field at a time, are less than this away from the truth: the k of the week,
   * 1 where they are not rounded. Null where that is not known, as of weeks of the first method.
   */
  within: number | null;
  /** The least and the most by any of the repositories that every system has. */
  low: number | null;
  high: number | null;
  /** Ages 2 to 4: two weeks and more, one where rpm-ostree counts. */
  established: number | null;
  /** Age 1. */
  newOrShortLived: number | null;
  /** In groups so small that the age is not shown; systems = established + newOrShortLived + ageUnknown. */
  ageUnknown: number | null;
  /** Of `established`, those in groups whose ages cannot be believed. */
  ageImplausible: number | null;
  /** Check-ins in the census repository of another release than the system's own: upgrades, builds. Not in `systems`. */
  crossRelease: number | null;
  /** What all check-ins stand for, of every os name. */
  accounts: AccountSums | null;
  /** Share of the expected logs, 0 to 1; null for imported totals. */
  coverage: number | null;
  grade: Grade | null;
  /** Share of check-ins that did not say what they run, 0 to 1. */
  uaUnknownShare: number | null;
  /** Requests with `countme=` that were not counted, rounded; see `exclusions`. */
  excluded: number | null;
  /**
   * `held`: implausible, and not yet confirmed by the operator. `missing`: no check-ins at all. `withheld`: too few
   * systems, or from too few networks, for any number.
   */
  status: 'published' | 'held' | 'missing' | 'excluded' | 'withheld';
  /** 1 at first; 0 if it was never published. */
  revision: number;
  note: string;
}

/** Of a week that is missing, held, withheld or excluded. */
export const NO_NUMBERS = {
  systems: null,
  fewerThan: null,
  within: null,
  low: null,
  high: null,
  established: null,
  newOrShortLived: null,
  ageUnknown: null,
  ageImplausible: null,
  crossRelease: null,
  accounts: null,
  coverage: null,
  grade: null,
  uaUnknownShare: null,
  excluded: null,
} as const satisfies Partial<PublishedWeek>;

export interface SystemsRow {
  week: Week;
  os: string;
  version: string;
  edition: string;
  arch: string;
  client: string;
  age: Age | typeof WITHHELD;
  systems: number;
}

export type MarginField = 'os' | 'version' | 'edition' | 'arch' | 'client' | 'age';

export interface MarginRow {
  week: Week;
  field: MarginField;
  /** As in the column of `SystemsRow`; what is withheld has too few systems, or is in no list. */
  value: string;
  systems: number;
}

export interface CountryRow {
  week: Week;
  /** ISO 3166-1 alpha-2, `ZZ` for unknown; a continent's UN M49 code (`002`) or `other` for countries rolled up. */
  country: string;
  duration: 'established' | 'new_or_shortlived' | typeof WITHHELD;
  systems: number;
}

export interface EpelRow {
  week: Week;
  /** The major version of the repository. */
  release: string;
  os: string;
  version: string;
  arch: string;
  age: Age | typeof WITHHELD;
  systems: number;
}

/** Requests that were not counted. Rounded as all else; reasons with fewer than k are left out. */
export interface ExclusionRow {
  week: Week;
  reason: string;
  requests: number;
}

export interface Annotation {
  /** ISO day. */
  date: string;
  kind: 'release' | 'end-of-life' | 'rollout' | 'outage' | 'exclusion' | 'note';
  /** Whose numbers it concerns. */
  of: 'systems' | 'epel';
  /** Plain text in the language of the catalogue it came from. */
  text: string;
  url: string | undefined;
}

export interface Correction {
  week: Week;
  revision: number;
  /** The day of the correction, ISO. */
  date: string;
  before: CorrectedNumbers;
  after: CorrectedNumbers;
  why: string;
}

export interface CorrectedNumbers {
  systems: number | null;
  grade: Grade | null;
}

export interface ImplausibleAge {
  os: string;
  version: string;
  edition: string;
  client: string;
  /** Since when the share of age 1 was 90 % and more in every week. */
  since: Week;
}

/** Which spellings were counted under which name. */
export interface PublishedAliases {
  /** Of the list: each change raises it. */
  version: number;
  entries: readonly PublishedAlias[];
}

export interface PublishedAlias {
  field: 'os' | 'arch' | 'client' | 'edition';
  /** The empty text is a spelling too: an edition that is named "". */
  is: readonly string[];
  means: string;
  /** ISO day: from its week on; undefined: always. */
  since: string | undefined;
}

/** What the audit looked at. It found nothing: else nothing is published. */
export interface AuditSummary {
  /** Small groups of the newest week that no row shows by themselves are no more than this, a multiple of k. */
  hidden: number;
  /** Weeks and revisions looked at. */
  weeks: number;
}
