import type { Age } from '../../sightings/request.ts';
import type { Week } from '../../sightings/week.ts';
import { CrosscheckSums } from '../census.ts';
import type { Definition } from '../definition/definition.ts';
import { majorOf } from '../definition/repository-pattern.ts';
import { censusTagOf, type Role, rolesBy } from '../definition/roles.ts';
import type { Rules } from '../survey.ts';
import { sortTotals, type TotalsRow } from '../totals.ts';
import {
  type CountryRow,
  type EpelRow,
  type MarginField,
  type MarginRow,
  OTHER,
  type SystemsRow,
  WITHHELD,
} from './tables.ts';
import { MARGINS, type WeekContent } from './week-content.ts';

/** What the rows of a week are made of. */
type WeekNumbers = Pick<WeekContent, 'tables' | 'totals' | 'namesRepoArch'>;

/** A week's base table. */
export function systemsRows(week: Week, { tables }: Pick<WeekContent, 'tables'>): SystemsRow[] {
  return tables.systems.rows.map(({ dimensions, systems }) => {
    const [os, version, edition, arch, client, age] = dimensions as [string, string, string, string, string, string];
    return { week, os, version, edition, arch, client, age: ageOf(age), systems };
  });
}

function ageOf(text: string): SystemsRow['age'] {
  return isShown(text) ? (Number(text) as Age) : WITHHELD;
}

/** Weeks of the first method say `other`. */
function isShown(age: string): boolean {
  return age !== WITHHELD && age !== OTHER;
}

/**
 * The headline's systems by one field at a time. Weeks that were published without have what the rows of their base table
 * add up to.
 */
export function marginRows(week: Week, { tables }: Pick<WeekContent, 'tables'>, { headline }: Definition): MarginRow[] {
  if (tables.margins !== undefined) {
    return tables.margins.rows.map(({ dimensions: [field, value], systems }) => {
      return { week, field: field as MarginField, value: value!, systems };
    });
  }
  const counted = systemsRows(week, { tables }).filter(({ os }) => headline.includes(os));
  return MARGINS.flatMap((field) => {
    const sums = new Map<string, number>();
    for (const row of counted) {
      const value = String(row[field]);
      sums.set(value, (sums.get(value) ?? 0) + row.systems);
    }
    return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, systems]) => ({ week, field, value, systems }));
  });
}

/** The part of a version before its first dot. */
export function releaseOf(version: string): string {
  return majorOf(version) ?? version;
}

function durationOf(text: string): CountryRow['duration'] {
  return text === 'established' || text === 'new_or_shortlived' ? text : WITHHELD;
}

export function countryRows(week: Week, { tables }: WeekContent): CountryRow[] {
  return tables.countries.rows.map(({ dimensions: [country, duration], systems }) => {
    return { week, country: country!, duration: durationOf(duration!), systems };
  });
}

/**
 * Fedora's schema has no place for an unknown age, so groups without one are left out. The census repository's rows are
 * sums of systems, and what they are short of the margins, so that the files cannot differ.
 */
export function totalsRows(week: Week, content: WeekNumbers, definition: Definition): TotalsRow[] {
  if (content.totals !== undefined) return content.totals;
  const systems = systemsRows(week, content);
  const census = [
    ...systems.flatMap((row) => censusTotal(row, content.namesRepoArch, definition)),
    ...withheldTotals(week, systems, content),
  ];
  const others = content.tables.checkIns.rows.flatMap(({ dimensions, systems }) =>
    checkInTotal(week, dimensions, systems),
  );
  const sums = new Map<string, TotalsRow>();
  for (const row of [...census, ...others]) {
    const { hits, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch } = row;
    // In one order, in whatever order a row's fields were given.
    const key = JSON.stringify([osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch]);
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { ...row });
    else known.hits += hits;
  }
  return sortTotals([...sums.values()]);
}

function censusTotal(row: SystemsRow, namesRepoArch: boolean, definition: Definition): TotalsRow[] {
  if (row.age === WITHHELD) return [];
  const release = majorOf(row.version);
  const { week, systems: hits, os: osName, version: osVersion, edition: osVariant, arch: osArch, age: sysAge } = row;
  const repoTag = release === undefined ? WITHHELD : censusTagOf(definition, osName, release);
  return [{ week, hits, osName, osVersion, osVariant, osArch, sysAge, repoTag, repoArch: namesRepoArch ? osArch : '' }];
}

/** What the rows of systems are short of the margins, by age: so all of the headline's systems are in the totals. */
function withheldTotals(week: Week, systems: readonly SystemsRow[], { tables }: WeekNumbers): TotalsRow[] {
  const { margins } = tables;
  if (margins === undefined) return [];
  const [only, ...more] = margins.rows.filter(({ dimensions }) => dimensions[0] === 'os');
  const withheld = { osVersion: WITHHELD, osVariant: WITHHELD, osArch: WITHHELD, repoTag: WITHHELD, repoArch: '' };
  return margins.rows.flatMap(({ dimensions: [field, value], systems: all }) => {
    if (field !== 'age' || value === WITHHELD) return [];
    const own = systems.filter(({ os, age }) => margins.headline.includes(os) && String(age) === value);
    const hits = all - sumOf(own);
    const osName = more.length === 0 ? only!.dimensions[1]! : WITHHELD;
    return hits <= 0 ? [] : [{ week, hits, osName, ...withheld, sysAge: Number(value) as Age }];
  });
}

function checkInTotal(week: Week, dimensions: readonly string[], hits: number): TotalsRow[] {
  const [osName, osVersion, osVariant, osArch, age, repoTag, repoArch] = dimensions as string[];
  if (!isShown(age!)) return [];
  const sysAge = Number(age) as Age;
  return [
    {
      week,
      hits,
      osName: osName!,
      osVersion: osVersion!,
      osVariant: osVariant!,
      osArch: osArch!,
      sysAge,
      repoTag: repoTag!,
      repoArch: repoArch!,
    },
  ];
}

/** Sums over editions and minor versions of what `totals` says, so that the two files cannot differ. */
export function epelRows(totals: readonly TotalsRow[], rules: Rules): EpelRow[] {
  const roleOf = roleOfTotals(rules);
  const sums = new Map<string, EpelRow>();
  for (const row of totals) {
    const role = roleOf(row);
    if (role.kind !== 'epel') continue;
    const { week, osArch: arch, sysAge: age, hits } = row;
    const os = canonicalOs(rules, row);
    const version = majorOf(row.osVersion) ?? row.osVersion;
    const key = JSON.stringify([week, role.release, os, version, arch, age]);
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { week, release: role.release, os, version, arch, age, systems: hits });
    else known.systems += hits;
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** What each published check-in stands for, by the same rules as the census. */
function roleOfTotals(rules: Rules): (row: TotalsRow) => Role {
  const roleOf = rolesBy(rules.definition);
  return (row) => {
    const { osVersion, osVariant, osArch, sysAge: age, repoTag, repoArch } = row;
    const osName = canonicalOs(rules, row);
    return roleOf({ client: '', osName, osVersion, osVariant, osArch }, { age, repoTag, repoArch });
  };
}

export function canonicalOs({ aliases }: Rules, { week, osName, osVersion, osVariant, osArch }: TotalsRow): string {
  return aliases.apply({ client: '', osName, osVersion, osVariant, osArch }, week).osName;
}

export interface OtherSums {
  crosschecks: number[];
  crossRelease: number;
  /** Of all names, and of those that did not say what they run. */
  crossReleaseAll: number;
  crossReleaseUnknown: number;
}

/**
 * Check-ins of the headline's systems in each cross-check repository, and those of another release. `counted`: the
 * headline's systems.
 */
export function otherSums(totals: readonly TotalsRow[], counted: readonly SystemsRow[], rules: Rules): OtherSums {
  const roleOf = roleOfTotals(rules);
  const isCensusTag = (tag: string) =>
    rules.definition.census.some(({ repository }) => repository.some((own) => own.releaseOf(tag) !== undefined));
  const crosschecks = new CrosscheckSums(rules.definition);
  let [crossRelease, crossReleaseUnknown, crossReleaseAll] = [0, 0, 0];
  for (const row of totals) {
    const role = roleOf(row);
    const isUnstated = role.kind === 'no-system' && isCensusTag(row.repoTag);
    const isOtherRelease = role.kind === 'cross-release' && role.of === 'census';
    if (role.kind !== 'crosscheck' && !isOtherRelease && !isUnstated) continue;
    if (role.kind !== 'crosscheck') {
      crossReleaseAll += row.hits;
      if (row.osName === '') crossReleaseUnknown += row.hits;
    }
    const os = canonicalOs(rules, row);
    if (!rules.definition.headline.includes(os)) continue;
    if (role.kind !== 'crosscheck') crossRelease += row.hits;
    else crosschecks.add(os, role.place, row.hits);
  }
  return { crosschecks: crosschecks.withCensus(counted), crossRelease, crossReleaseUnknown, crossReleaseAll };
}

export function sumOf(rows: readonly { systems: number }[]): number {
  return rows.reduce((sum, { systems }) => sum + systems, 0);
}
