import type { Request } from '../sightings/request.ts';
import type { System } from '../sightings/system.ts';
import { NETWORK_PARTS } from '../tallies/log-tally.ts';
import { noHits, type PartHits, sumOfParts } from './spread.ts';

/** Check-ins of one system and request, by part of all networks. */
export interface SpreadPair {
  key: number;
  system: System;
  request: Request;
  hits: PartHits;
}

/** Check-ins of a pair that are told apart, as one network sent them: it lies in `part`. */
export interface ToldApart {
  key: number;
  part: number;
  checkIns: number;
}

/** More than half of a group, and no fewer than these: fewer are rolled up with others anyway, or change little. */
const LEAST_OF_MOST = 50;
/** More than a tenth of a group, and no fewer than these, from at most three networks that stand out from all others. */
const LEAST_OF_TENTH = 1_000;
const TENTH = 10;
const MOST_STANDING_OUT = 3;
const TIMES_THE_NEXT = 2;

/**
 * Which check-ins come from a network that brings so much of a group that they cannot be taken for systems of their own
 * (R11). Groups: name, version, edition and architecture in one repository; a name there; everybody there. So neither one
 * name nor many invented ones can hide a flood. What the network brings beyond what any part of all networks does, the
 * median, is told apart; the rest of its part stays. What stands out in one repository is told apart in all of the same
 * systems, or they would disagree; but not of names, and of systems there, of which no more came than by chance.
 */
export function tellApart(pairs: readonly SpreadPair[]): ToldApart[] {
  const found = new Map<string, ToldApart>();
  const sized = pairs.map((pair) => ({ ...pair, all: sumOfParts(pair.hits) }));
  for (const levelOf of LEVELS) {
    for (const ofSystems of Map.groupBy(sized, levelOf).values()) {
      // A flood of invented names makes thousands of groups, and hardly one of them is large enough.
      if (!isLarge(ofSystems)) continue;
      const groups = [...Map.groupBy(ofSystems, ({ request }) => request.repoTag).values()].filter(isLarge);
      for (const part of new Set(groups.flatMap((group) => partsStandingOut(sumOf(group))))) {
        const named = Map.groupBy(ofSystems, ({ system }) => system.osName).values();
        const suspect = [...named].filter((ofName) => !isChance(sumOf(ofName), part)).flat();
        const kinds = Map.groupBy(suspect, ofSystem).values();
        const standing = [...kinds].filter((ofKind) => !isFew(sumOf(ofKind), part)).flat();
        for (const { key, hits } of standing.filter(({ hits }) => !isChance(hits, part))) {
          const checkIns = Math.floor(hits[part]! - medianOf(hits));
          if (checkIns > 0) found.set(`${key} ${part}`, { key, part, checkIns });
        }
      }
    }
  }
  return [...found.values()];
}

const ofSystem = ({ system: { osName, osVersion, osVariant, osArch } }: SpreadPair) =>
  `${osName}\0${osVersion}\0${osVariant}\0${osArch}`;

const LEVELS: readonly ((pair: SpreadPair) => string)[] = [
  ofSystem,
  ({ system: { osName } }) => osName,
  ({ request: { repoTag } }) => repoTag,
];

const DEVIATIONS = 3;
/** At least 16 parts of 30 have the median: what is left of all names is no ninth of the group (R11). */
const MOST_OF_MEDIAN = 16 / 9;

/**
 * Whether there is no more in a part than often is by chance. Of systems that have nothing to do with a flood, what they
 * have there beyond the median would be lost to it: ten of 20,000.
 */
function isChance(hits: PartHits, part: number): boolean {
  const usual = medianOf(hits);
  return hits[part]! - usual <= Math.min(DEVIATIONS * Math.sqrt(usual), MOST_OF_MEDIAN * usual);
}

/** What is left of all systems together is no more than this of what others send (R11). */
const MOST_OF_OTHERS = 9;

/**
 * The same of a rare kind of systems, whose median is 0: whether there are no more in a part than often are by chance of
 * as many as lie elsewhere. Without it a flood under their name took a thirtieth of them.
 */
function isFew(hits: PartHits, part: number): boolean {
  const elsewhere = sumOfParts(hits) - hits[part]!;
  const usual = elsewhere / (NETWORK_PARTS - 1);
  return hits[part]! <= Math.min(usual + DEVIATIONS * Math.sqrt(usual), elsewhere / MOST_OF_OTHERS);
}

function isLarge(group: readonly { all: number }[]): boolean {
  let sum = 0;
  for (const { all } of group) sum += all;
  return sum >= LEAST_OF_MOST;
}

function sumOf(group: readonly SpreadPair[]): PartHits {
  if (group.length === 1) return group[0]!.hits;
  const sum = noHits();
  for (const { hits } of group) for (let part = 0; part < sum.length; part++) sum[part]! += hits[part]!;
  return sum;
}

function partsStandingOut(hits: PartHits): number[] {
  const all = sumOfParts(hits);
  const usual = medianOf(hits);
  const parts = Array.from({ length: NETWORK_PARTS }, (_, part) => part).sort((a, b) => hits[b]! - hits[a]!);
  const most = hits[parts[0]!]! - usual;
  const next = hits[parts[MOST_STANDING_OUT]!]!;
  return parts.slice(0, MOST_STANDING_OUT).filter((part, place) => {
    const more = hits[part]! - usual;
    if (place === 0 && most >= LEAST_OF_MOST && most * 2 > all) return true;
    return more >= LEAST_OF_TENTH && more * TENTH > all && hits[part]! > next * TIMES_THE_NEXT;
  });
}

/** Of the parts of networks: the lower one of the two in the middle, which one network cannot raise. */
export function medianOf(hits: PartHits): number {
  const middle = (NETWORK_PARTS - 1) >> 1;
  let empty = 0;
  for (let part = 0; part < NETWORK_PARTS; part++) if (hits[part] === 0) empty++;
  // As in most pairs: a hundred thousand invented ones are not worth sorting.
  return empty > middle ? 0 : Float64Array.from(hits).subarray(0, NETWORK_PARTS).sort()[middle]!;
}
