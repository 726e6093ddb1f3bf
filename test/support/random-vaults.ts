import { rulesOf } from '../../src/commands/distribution.ts';
import type { EpochSeconds, Week } from '../../src/flow/sightings/week.ts';
import type { CubeCell } from '../../src/flow/vault/vault.ts';
import type { Solver } from '../../src/flow/views/protection/solver.ts';
import { assemble } from '../../src/flow/views/publication/assemble.ts';
import { type Circumstances, decideWeeks } from '../../src/flow/views/publication/decide.ts';
import { givenAwayBy } from '../../src/flow/views/publication/gate.ts';
import type { Publication } from '../../src/flow/views/publication/tables.ts';
import type { WeekContent } from '../../src/flow/views/publication/week-content.ts';
import type { WeekInput } from '../../src/flow/views/publication/week-input.ts';
import { type Rules, type Survey, surveyWeek } from '../../src/flow/views/survey.ts';
import { nothingKept } from './nothing-kept.ts';
import { type Random, seededRandom } from './random.ts';
import { WEEK } from './vault-logs.ts';

/** What stood published after a revision, and what was true then. */
export interface Published {
  rules: Rules;
  survey: Survey;
  publication: Publication;
  continentOf: (country: string) => string;
}

const CONTINENTS: Record<string, string> = { JP: '142', US: '019', DE: '150', FR: '150', NZ: '009' };
const continentOf = (country: string) => CONTINENTS[country] ?? country;
const BASE = rulesOf('almalinux');
const CHANGES: ((rules: Rules) => Rules)[] = [
  ({ definition, ...others }) => ({
    ...others,
    definition: { ...definition, headline: [...definition.headline, 'Rocky Linux'] },
  }),
  ({ definition, ...others }) => ({ ...others, definition: { ...definition, editions: ['generic', 'server'] } }),
  ({ definition, ...others }) => ({ ...others, definition: { ...definition, small_groups: { k: 20, networks: 3 } } }),
  ({ aliases, ...others }) => ({
    ...others,
    aliases: {
      ...aliases,
      apply: (system, week) => {
        const known = aliases.apply(system, week);
        return known.osVariant === 'kde' ? { ...known, osVariant: 'server' } : known;
      },
    },
  }),
];

function someCell(random: Random): CubeCell {
  const osVersion = random.pick(['9.4', '9.5', '9.6', '8.10', '10.0']);
  const tag = random.pick(['baseos', 'baseos', 'baseos', 'appstream', 'epel']);
  const size = random.below(10);
  return {
    system: {
      client: random.chance(0.85) ? 'libdnf' : 'rpm-ostree',
      osName: random.chance(0.9) ? 'AlmaLinux' : random.pick(['Rocky Linux', 'Unheard', '']),
      osVersion,
      osVariant: random.pick(['generic', 'generic', 'server', 'kde', 'unheard-of']),
      osArch: random.pick(['x86_64', 'x86_64', 'aarch64', 's390x']),
    },
    request: {
      age: random.pick([1, 2, 3, 4] as const),
      repoTag: `${tag}-${osVersion.split('.')[0]}`,
      repoArch: '',
    },
    country: random.pick(['JP', 'US', 'DE', 'ZZ', 'NZ', 'FR']),
    hits: 1 + random.below(size < 6 ? 9 : size < 9 ? 40 : 400),
  };
}

/** All revisions of a small vault's week, with late logs, corrections, and changed headline, names, k and spellings. */
export function publishSmallVault(
  seed: number,
  solver: Solver,
  /** The gate before what is published; without one, small groups are given away now and then. */
  gate: Circumstances['givenAway'] | undefined = undefined,
): Published[] {
  const random = seededRandom(seed);
  const some = (count: number) => Array.from({ length: count }, () => someCell(random));
  let cells = some(4 + random.below(42));
  let rules = BASE;
  let contents: ReadonlyMap<Week, readonly WeekContent[]> = new Map();
  const published: Published[] = [];
  for (let turn = 0; turn <= random.below(3); turn++) {
    if (turn > 0 && random.chance(0.7)) {
      const grown = { ...random.pick(cells), hits: 1 + random.below(6) };
      cells = random.chance(0.5) ? [...cells, grown] : [...cells, ...some(1 + random.below(4))];
    } else if (turn > 0 && random.chance(0.3)) cells = cells.toSpliced(random.below(cells.length), 1);
    else if (turn > 0) rules = random.pick(CHANGES)(rules);
    const decided = decideWeeks([inputOf(cells, `${turn}:${turn}`)], contents, {
      rules,
      annotations: [],
      coverage: () => 1,
      hours: () => undefined,
      isCounted: () => true,
      confirmed: new Set([WEEK]),
      continentOf,
      now: NOW,
      givenAway: gate ?? givenAwayBy(rules.definition, solver),
      ...nothingKept(rules),
    });
    contents = decided.contents;
    if (decided.added.length === 0) continue;
    const publication = assemble({ contents, held: new Map() }, rules, [], NOW);
    published.push({ rules, survey: surveyWeek(WEEK, cells, rules), publication, continentOf });
  }
  return published;
}

const NOW = 2_000_000_000 as EpochSeconds;

function inputOf(cells: readonly CubeCell[], digest: string): WeekInput {
  const names = new Map(['AlmaLinux', 'Rocky Linux', 'Unheard', ''].map((name) => [name, 3]));
  return {
    week: WEEK,
    isImported: false,
    digest,
    cells: () => cells,
    toldApart: () => [],
    networks: () => ({ silence: undefined, names, systems: [] }),
    rejections: [],
  };
}
