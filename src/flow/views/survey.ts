import type { Age } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import type { Week } from '../sightings/week.ts';
import { exactHits } from '../tallies/log-tally.ts';
import type { CubeCell } from '../vault/vault.ts';
import { type Account, accountOf } from './definition/accounts.ts';
import type { Aliases } from './definition/aliases.ts';
import type { Definition } from './definition/definition.ts';
import { rolesBy } from './definition/roles.ts';

/** What a distribution's numbers are made by. */
export interface Rules {
  definition: Definition;
  aliases: Aliases;
}

/** Systems of one kind in one week: exact, and private. */
export interface SurveyedSystems {
  os: string;
  version: string;
  edition: string;
  arch: string;
  client: string;
  age: Age;
  systems: number;
}

/** Check-ins that do not count systems: other repositories, and other releases than the system's own. */
export interface SurveyedCheckIns {
  os: string;
  version: string;
  edition: string;
  arch: string;
  age: Age;
  repoTag: string;
  repoArch: string;
  hits: number;
}

export interface SurveyedCountry {
  country: string;
  duration: 'established' | 'new_or_shortlived';
  systems: number;
}

/** What the check-ins of an os name stand for. */
export interface SurveyedAccount {
  os: string;
  account: Account;
  hits: number;
}

/** A week's check-ins under canonical names, sorted into what they stand for. Every check-in is in `systems` or `checkIns`. */
export interface Survey {
  week: Week;
  systems: SurveyedSystems[];
  checkIns: SurveyedCheckIns[];
  /** Every check-in is in one (M7). */
  accounts: SurveyedAccount[];
  /** Of the headline's systems. */
  countries: SurveyedCountry[];
  /** Whether most requests name an architecture, as those for `/mirrorlist/9/baseos` do not: one must not decide it. */
  namesRepoArch: boolean;
}

/** Sorts the cells of a week. */
export function surveyWeek(week: Week, cells: Iterable<CubeCell>, { definition, aliases }: Rules): Survey {
  const roleOf = rolesBy(definition);
  // Cells of the same system share the object.
  const canonical = new Map<System, System>();
  const systems = new Sums<SurveyedSystems>();
  const checkIns = new Sums<SurveyedCheckIns>();
  const accounts = new Sums<SurveyedAccount>();
  const countries = new Sums<SurveyedCountry>();
  let [census, namingArch] = [0, 0];
  for (const cell of cells) {
    const { request, hits, country } = cell;
    const system = canonical.get(cell.system) ?? aliases.apply(cell.system, week);
    canonical.set(cell.system, system);
    const { client, osName: os, osVersion: version, osVariant: edition, osArch: arch } = system;
    const { age, repoTag, repoArch } = request;
    const role = roleOf(system, request);
    const account = accountOf(role);
    accounts.add([os, account], hits, (sum) => ({ os, account, hits: sum }));
    if (role.kind !== 'census') {
      checkIns.add([os, version, edition, arch, age, repoTag, repoArch], hits, (sum) => {
        return { os, version, edition, arch, age, repoTag, repoArch, hits: sum };
      });
      continue;
    }
    census += hits;
    if (repoArch !== '') namingArch += hits;
    systems.add([os, version, edition, arch, client, age], hits, (sum) => {
      return { os, version, edition, arch, client, age, systems: sum };
    });
    if (!definition.headline.includes(os)) continue;
    const duration = durationOf(age);
    countries.add([country, duration], hits, (sum) => ({ country, duration, systems: sum }));
  }
  return {
    week,
    systems: systems.all(),
    checkIns: checkIns.all(),
    accounts: accounts.all(),
    countries: countries.all(),
    namesRepoArch: namingArch * 2 > census,
  };
}

/** The accounts of `surveyWeek`, without all else that it sums up, in a tenth of its time. */
export function surveyAccounts(
  week: Week,
  cells: Iterable<CubeCell>,
  { definition, aliases }: Rules,
): SurveyedAccount[] {
  const roleOf = rolesBy(definition);
  const byName = new Map<string, Map<Account, number>>();
  for (const { system: written, request, hits } of cells) {
    const system = aliases.apply(written, week);
    const account = accountOf(roleOf(system, request));
    const own = byName.get(system.osName) ?? new Map<Account, number>();
    byName.set(system.osName, own.set(account, exactHits((own.get(account) ?? 0) + hits)));
  }
  const accounts = [...byName].flatMap(([os, own]) => [...own].map(([account, hits]) => ({ os, account, hits })));
  return accounts.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ os, account }: SurveyedAccount): string {
  return `${os}\0${account}`;
}

/** How many check-ins each account holds, of all names. */
export function accountTotals({ accounts }: Pick<Survey, 'accounts'>): Map<Account, number> {
  const totals = new Map<Account, number>();
  for (const { account, hits } of accounts) totals.set(account, (totals.get(account) ?? 0) + hits);
  return totals;
}

/** M7: what is counted in a week, but for the sum of its accounts; 0 if nothing is passed over or held twice. */
export function outsideAccounts(survey: Pick<Survey, 'accounts'>, counted: number): number {
  return counted - [...accountTotals(survey).values()].reduce((sum, hits) => sum + hits, 0);
}

/** Age 1 is the youngest that the client knows (M4): new, or short-lived such as containers and test machines. */
export function durationOf(age: Age): 'established' | 'new_or_shortlived' {
  return age === 1 ? 'new_or_shortlived' : 'established';
}

/** Hits by key, in the order of the keys: the vault's order means nothing. */
class Sums<Row> {
  readonly #sums = new Map<string, { hits: number; row: (hits: number) => Row }>();

  add(key: readonly (string | number)[], hits: number, row: (hits: number) => Row): void {
    const text = key.join('\0');
    const known = this.#sums.get(text);
    if (known === undefined) this.#sums.set(text, { hits, row });
    else known.hits = exactHits(known.hits + hits);
  }

  all(): Row[] {
    return [...this.#sums.keys()].sort().map((key) => {
      const { hits, row } = this.#sums.get(key)!;
      return row(hits);
    });
  }
}
