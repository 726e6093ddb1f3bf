import { OTHER } from '../../sightings/clean-text.ts';
import { NAME_FIELDS, type NameField, PLAIN_NAMES } from '../../tallies/naming.ts';
import type { CubeCell, NetworksOfWeek } from '../../vault/vault.ts';
import { counted, type Finding, isWorthAWord } from './finding.ts';

/** What a flood of names is recognised by. */
export interface NamesSeen {
  /** Without those that are told apart, as one network sent them. */
  cells: readonly CubeCell[];
  toldApart: readonly CubeCell[];
  networks: NetworksOfWeek['systems'];
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
  const all = sumOf(seen.cells) + sumOf(seen.toldApart);
  return NAME_FIELDS.flatMap((field) => flood(field, seen, all));
}

function flood(field: NameField, { cells, toldApart, networks }: NamesSeen, all: number): Finding[] {
  const values = new Map<string, number>();
  for (const some of [cells, toldApart]) {
    for (const cell of some) values.set(nameIn(cell, field), (values.get(nameIn(cell, field)) ?? 0) + cell.hits);
  }
  const together = values.get(OTHER) ?? 0;
  const strange = [...values].filter(([value]) => value !== '' && value !== OTHER && !isPlain(field, value));
  const isFlood = strange.length > MANY_VALUES;
  if (!isFlood && !isWorthAWord(together, all)) return [];
  const isOfFlood = (cell: CubeCell) => {
    const value = nameIn(cell, field);
    return value === OTHER || (isFlood && (values.get(value) ?? 0) < MANY_VALUES);
  };
  const apart = sumOf(toldApart.filter(isOfFlood));
  const light = isFlood ? strange.filter(([, hits]) => hits < MANY_VALUES) : [];
  const checkIns = light.reduce((sum, [, hits]) => sum + hits, together);
  const kept = isFlood ? `, and ${counted(strange.length)} names were kept` : '';
  return [
    {
      kind: 'flood',
      checkIns,
      title:
        `${counted(checkIns)} check-ins name ${FIELD_NAMES[field]} that nobody else does: ` +
        `${counted(together)} count as ${OTHER}${kept}; ${sentBy(field, apart, checkIns, networks)}`,
      details: [
        'Somebody makes up names, or writes what is no clean text or too long. All sums stay exact, and the other fields of',
        'these check-ins stay as they are. Names of distributions, of earlier weeks and those that many systems say keep',
        `their place (SPEC.md, C5 and C7). ${WHERE_TO_LOOK}`,
      ],
      write: [],
    },
  ];
}

function nameIn({ system, request }: CubeCell, field: NameField): string {
  return field === 'repoTag' || field === 'repoArch' ? request[field] : system[field];
}

const WHERE_TO_LOOK = "The server's log says by which address; limit its requests there.";

function sentBy(field: NameField, apart: number, checkIns: number, networks: NamesSeen['networks']): string {
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

function isPlain(field: NameField, value: string): boolean {
  return PLAIN_NAMES.values[field].includes(value) || PLAIN_NAMES.patterns[field].some((known) => known.test(value));
}

function sumOf(cells: readonly CubeCell[]): number {
  return cells.reduce((sum, { hits }) => sum + hits, 0);
}
