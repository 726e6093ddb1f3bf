import { OTHER } from '../../sightings/clean-text.ts';
import { type KeptNames, NAME_FIELDS, type NameField, requestKey, systemKey } from '../../tallies/naming.ts';
import type { CubeCell, NetworksOfWeek } from '../../vault/vault.ts';
import { counted, type Finding, isWorthAWord, LEAST_CHECK_INS, listed, percent } from './finding.ts';

/** What is told of a check-in by whom it names. */
type Naming = Pick<CubeCell, 'system' | 'request'>;

/** What a flood of names is recognised by. */
export interface NamesSeen {
  /** Without those that are told apart, as one network sent them. */
  cells: readonly CubeCell[];
  toldApart: readonly CubeCell[];
  networks: NetworksOfWeek['systems'];
  /** What logs may name whatever else they name: names of definitions, and of weeks before. Asked only where much is named. */
  kept(): KeptNames;
  /** In which logs check-ins of some kind stand, the most first. Asked only where there is a flood. */
  logsWith(isMeant: (cell: Naming) => boolean): readonly (readonly [log: string, hits: number])[];
}

const FIELD_NAMES: Readonly<Record<NameField, string>> = {
  osName: 'os names',
  osVersion: 'os versions',
  osVariant: 'editions',
  osArch: 'architectures of systems',
  repoTag: 'repositories',
  repoArch: 'architectures of repositories',
};

/** In Fedora's busiest week of 2020 no field had more than 66 values. */
const MANY_VALUES = 250;

/** Fields in which more is named than there is: what was put together as `other`, and who sent it (C5, C7). */
export function floods(seen: NamesSeen): Finding[] {
  const all = sumOf([...seen.cells, ...seen.toldApart]);
  return [...NAME_FIELDS.flatMap((field) => flood(field, seen, all)), ...combinations(seen, all)];
}

/** Groups of so few check-ins, and so many of these, no distribution has: Fedora's rarest are one check-in in a thousand. */
const MOST_OF_LIGHT = 2;
const MANY_LIGHT = 1_000;
const SHARE_OF_LIGHT = 0.05;

/** Whoever puts real names together at will needs no name that stands out. */
function combinations(seen: NamesSeen, all: number): Finding[] {
  const [systems, requests] = [numbersOf(systemKey), numbersOf(requestKey)];
  const groupOf = ({ system, request }: Naming) => systems(system) * 2 ** 26 + requests(request);
  const cells = [...seen.cells, ...seen.toldApart];
  const groups = new Map<number, number>();
  for (const cell of cells) {
    const group = groupOf(cell);
    groups.set(group, (groups.get(group) ?? 0) + cell.hits);
  }
  const isLight = (cell: Naming) => (groups.get(groupOf(cell)) ?? Number.POSITIVE_INFINITY) <= MOST_OF_LIGHT;
  const light = cells.filter(isLight);
  const checkIns = sumOf(light);
  const count = [...groups.values()].filter((hits) => hits <= MOST_OF_LIGHT).length;
  if (count < MANY_LIGHT || checkIns < SHARE_OF_LIGHT * all) return [];
  return [
    {
      kind: 'flood',
      checkIns,
      title: `${counted(checkIns)} check-ins put names together in ${counted(count)} ways of which none has more than ${MOST_OF_LIGHT}`,
      details: [
        'Somebody makes up systems of names that there are. Nothing in one of these check-ins tells it from a real one; as long',
        'as they ask for other releases than their own they count as no systems, and small groups are shown in none.',
        whereFrom(light, checkIns, seen.logsWith(isLight)),
        'by which address, and limit its requests in the server.',
      ],
      write: [],
    },
  ];
}

/** A number for each value with its own key. Cells of one system share its object, whose key is made once. */
function numbersOf<Value extends object>(keyOf: (value: Value) => string): (value: Value) => number {
  const byKey = new Map<string, number>();
  const byValue = new Map<Value, number>();
  return (value) => {
    const known = byValue.get(value);
    if (known !== undefined) return known;
    const key = keyOf(value);
    const number = byKey.get(key) ?? byKey.size;
    byKey.set(key, number);
    byValue.set(value, number);
    return number;
  };
}

function nameIn({ system, request }: Naming, field: NameField): string {
  return field === 'repoTag' || field === 'repoArch' ? request[field] : system[field];
}

function flood(field: NameField, seen: NamesSeen, all: number): Finding[] {
  const { cells, toldApart } = seen;
  const values = new Map<string, number>();
  for (const { system, request, hits } of [...cells, ...toldApart]) {
    const value = nameIn({ system, request }, field);
    values.set(value, (values.get(value) ?? 0) + hits);
  }
  const together = values.get(OTHER) ?? 0;
  // Whatever is kept: there is no flood.
  if (values.size <= MANY_VALUES && !isWorthAWord(together, all)) return [];
  const kept = seen.kept();
  const isKept = new Set(kept.values[field]);
  const strange = [...values].filter(
    ([value]) =>
      value !== '' &&
      value !== OTHER &&
      !isKept.has(value) &&
      !kept.patterns[field].some((pattern) => pattern.test(value)),
  );
  const isFlood = strange.length > MANY_VALUES;
  if (!isFlood && !isWorthAWord(together, all)) return [];
  const light = new Set(isFlood ? strange.filter(([, hits]) => hits < MANY_VALUES).map(([value]) => value) : []);
  const isOfFlood = ({ system, request }: Naming) => {
    const value = nameIn({ system, request }, field);
    return value === OTHER || light.has(value);
  };
  const ofFlood = [...cells, ...toldApart].filter(isOfFlood);
  const checkIns = sumOf(ofFlood);
  const alsoKept = isFlood ? `, and ${counted(strange.length)} names were kept` : '';
  return [
    {
      kind: 'flood',
      checkIns,
      title:
        `${counted(checkIns)} check-ins name ${FIELD_NAMES[field]} that nobody else does: ` +
        `${counted(together)} count as ${OTHER}${alsoKept}; ${sentBy(field, sumOf(toldApart.filter(isOfFlood)), checkIns, seen)}`,
      details: [
        'Somebody makes up names, puts real ones together at will, or writes what is no clean text or too long. All sums stay',
        'exact. Names of distributions, of earlier weeks and those that many systems say keep their place (SPEC.md, C5 and C7).',
        ...mayBeTooLow(together, strange),
        whereFrom(ofFlood, checkIns, seen.logsWith(isOfFlood)),
        WHAT_HELPS[field] ?? 'by which address, and limit its requests in the server.',
      ],
      write: [],
    },
  ];
}

const OF_REPOSITORIES =
  'by which address, and limit its requests; or answer 404 to who asks for what you have not: that does not count (S5).';
const WHAT_HELPS: Partial<Record<NameField, string>> = { repoTag: OF_REPOSITORIES, repoArch: OF_REPOSITORIES };

/** A name for which one log had no room, and a later one had, is counted in the later one only. */
function mayBeTooLow(together: number, strange: readonly (readonly [string, number])[]): string[] {
  const fresh = strange.filter(([, hits]) => hits >= MANY_VALUES).sort((a, b) => b[1] - a[1]);
  if (together < LEAST_CHECK_INS || fresh.length === 0) return [];
  const names = listed(fresh.map(([name, hits]) => `${JSON.stringify(name)} (${counted(hits)})`));
  return [
    `New names of this week may be counted too low, as logs before them may have had no room for them: ${names}.`,
  ];
}

function whereFrom(
  cells: readonly CubeCell[],
  all: number,
  logs: readonly (readonly [log: string, hits: number])[],
): string {
  const sums = new Map<string, number>();
  for (const { country, hits } of cells) sums.set(country, (sums.get(country) ?? 0) + hits);
  const sorted = [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const countries = sorted.map(
    ([country, hits]) => `${country === 'ZZ' ? 'nowhere known' : country} (${percent(hits / all)})`,
  );
  const named = listed(logs.map(([log, hits]) => `${log} (${counted(hits)})`));
  return `They came from ${listed(countries)}, and most stand in ${named}: look there`;
}

function sentBy(field: NameField, apart: number, checkIns: number, { networks }: NamesSeen): string {
  if (apart * 2 > checkIns) return 'nearly all by single networks, which are told apart';
  if (field === 'repoTag' || field === 'repoArch') return 'no single network sent most of them';
  // There may be thousands of them.
  const most = networks.reduce(
    (most, known) => (known.system[field] === OTHER ? Math.max(most, known.networks) : most),
    0,
  );
  if (most === 0) return 'of their networks nothing is known';
  return most < 3
    ? `they came from ${most === 1 ? 'one network' : 'two networks'}`
    : 'they came from three networks or more';
}

function sumOf(cells: readonly CubeCell[]): number {
  return cells.reduce((sum, { hits }) => sum + hits, 0);
}
