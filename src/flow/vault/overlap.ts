import { MARK_KINDS } from '../sightings/line-mark.ts';
import { type HourMarks, isSampled } from '../tallies/hour-marks.ts';
import type { KnownLines } from '../tallies/known-lines.ts';
import { FEWEST_HASHED } from '../tallies/log-identity.ts';
import type { EpochHour } from '../tallies/log-tally.ts';
import { type AgreeingPlaces, agreeingPlaces, indexedRunsOf, NO_PLACES } from './agreeing-marks.ts';
import type { LogId } from './ledger.ts';

/**
 * What the vault keeps of the lines that a log brought for one clock hour (G4): how many there were, and the mark of each,
 * in the order of time; where the log had too many, of a sample.
 */
export interface CountedHour {
  log: LogId;
  hour: EpochHour;
  lines: number;
  level: number;
  marks: Uint32Array;
}

/** Logs that share lines with the one at hand, and those of them most of whose lines are in it. */
interface Related {
  logs: LogId[];
  held: LogId[];
}

/** Which lines of a log were counted before, and with which logs. */
export type Overlap =
  | { kind: 'none' }
  | ({ kind: 'all' } & Related)
  /** `changed` are logs of its name that held other lines between the known ones. `areContained`: all of them is in it. */
  | ({ kind: 'part'; known: KnownLines; lines: number; changed: LogId[]; areContained: boolean } & Related)
  /** All of these logs is in it and more; which of its lines that is cannot be told. */
  | ({ kind: 'contains' } & Related)
  /** Some of these hours was counted with these logs; which lines cannot be told. */
  | ({ kind: 'unclear'; hours: EpochHour[] } & Related);

/** What the vault knows of counted lines. */
export interface CountedLines {
  at(hour: EpochHour): readonly CountedHour[];
  /** How many lines of a log were counted in all. */
  linesOf(log: LogId): number;
  /** Whether it has the name of the log at hand: then it is probably the same, and not one of many to be mistaken for. */
  isNamesake(log: LogId): boolean;
  /** The log with an earlier state of which the log at hand begins. */
  begun: LogId | undefined;
  /** Whether the addresses of the log at hand say nothing, so that systems of one second are alike. */
  isBlind: boolean;
  /** The share of its lines that the heaviest three parts of all networks bring: so many a stranger may have sent. */
  shareOfFew: number;
}

/** So many marks of lines of one kind are different. */
const MARKS = 2 ** 32 / MARK_KINDS;
/** Equal marks of different lines are expected at times. What is less probable than this was no chance. */
const CHANCE = 1e-5;
/** For one line of a log of several: that a line of so few others is taken for a known one costs one check-in at most. */
const CHANCE_OF_ONE = 1e-4;

/**
 * Of a log that shares lines with some, all of another is in it by more than chance where that is expected of less than
 * so many of all that might be: else of hundreds of logs of one line none would be enough alone.
 */
const CHANCE_BESIDE_OTHERS = 1e-3;

/** Where addresses say nothing, two check-ins of a kind agree when they fall into one of so many seconds of an hour. */
const BLIND_MARKS = 1200;

/**
 * Compares a log with what was counted. Marks of two cuts of one log stand in one order, that of time, so what both hold
 * is found as a common subsequence; whether logs share lines at all is judged by how many marks would agree by chance.
 */
export function findOverlap(hours: readonly HourMarks[], counted: CountedLines): Overlap {
  const looks = hours.map((hour) => lookAt(hour, counted.at(hour.hour), counted.isBlind));
  const logs = [...relatedLogs(looks, counted)];
  if (logs.length === 0) return { kind: 'none' };
  const contained = new Set(logs.filter((log) => isContained(log, looks, counted.linesOf(log))));
  const related = { logs, held: logs.filter((log) => isMostlyIn(log, looks, counted.linesOf(log))) };
  const found = looks.map((look) => resolve(look, new Set(logs), contained, counted.shareOfFew));
  const unclear = looks.flatMap(({ hour }, i) => (found[i] === 'unclear' ? [hour.hour] : []));
  if (unclear.length > 0) {
    return contained.size === logs.length
      ? { kind: 'contains', ...related }
      : { kind: 'unclear', ...related, hours: unclear };
  }
  const known: KnownLines = [];
  let lines = 0;
  const isKnownElsewhere = areMostKnown(looks, found);
  for (const [i, { hour }] of looks.entries()) {
    const places = found[i] === 'too-few' ? (isKnownElsewhere ? 'all' : NO_PLACES.places) : (found[i] as Found);
    if (places === 'all') known.push({ hour: hour.hour, lines: 'all' });
    else if (places.length > 0) {
      const marks = Uint32Array.from(places, (place) => hour.marks[place]!);
      const seconds = Uint16Array.from(places, (place) => hour.seconds[place]!);
      known.push({ hour: hour.hour, lines: { marks, seconds } });
    }
    lines += places === 'all' ? hour.lines : places.length;
  }
  if (lines === 0) return { kind: 'none' };
  const all = hours.reduce((sum, hour) => sum + hour.lines, 0);
  if (lines === all) return { kind: 'all', ...related };
  const changed = logs.filter((log) => counted.isNamesake(log) && wasChanged(log, looks, counted));
  return { kind: 'part', ...related, known, lines, changed, areContained: contained.size === logs.length };
}

/** Of so few lines that a sample of others says nothing of them, the rest of their log tells. */
function areMostKnown(looks: readonly Look[], found: readonly (Found | 'unclear' | 'too-few')[]): boolean {
  let known = 0;
  let all = 0;
  for (const [i, { hour }] of looks.entries()) {
    const places = found[i]!;
    if (places === 'unclear' || places === 'too-few') continue;
    known += places === 'all' ? hour.lines : places.length;
    all += hour.lines;
  }
  return all > 0 && known >= all * MOSTLY;
}

const MOSTLY = 0.9;

/** The places of known lines among the entries of an hour. */
type Found = Uint32Array | 'all';

/** One part of an hour beside the log's. */
interface Match extends AgreeingPlaces {
  part: CountedHour;
  level: number;
  /** How many marks of either are in the sample of both. */
  ofLog: number;
  ofPart: number;
  /** How many marks would agree by chance. */
  expected: number;
}

interface Look {
  hour: HourMarks;
  matches: Match[];
  /** Marks of all parts of the hour, whoever brought them. */
  counted: number;
  /** So many marks of lines of one kind are different. */
  different: number;
}

function lookAt(hour: HourMarks, parts: readonly CountedHour[], isBlind: boolean): Look {
  const { marks } = hour;
  // Most logs share no hour with another. Of an hour whose lines are all in no sample there is nothing to compare.
  if (parts.length === 0 || marks.length === 0) return { hour, matches: [], counted: 0, different: MARKS };
  const runs = indexedRunsOf(marks, marks.keys());
  const kinds = kindsOf(marks);
  const counted = parts.reduce((sum, part) => sum + part.marks.length, 0);
  const different = isBlind ? BLIND_MARKS : MARKS;
  const matches = parts.map((part): Match => {
    const level = Math.max(hour.level, part.level);
    const ofLog = hour.level === level ? marks.length : countSampled(marks, level);
    const ofPart = part.level === level ? part.marks.length : countSampled(part.marks, level);
    const pairs = pairsOfAKind(kinds, part.marks, level) * (ofLog / marks.length);
    const expected = (pairs * 2 ** level) / different;
    const common = agreeingPlaces(runs, part.marks);
    const isEnough = !isBlind || common.places.length * 2 >= Math.min(ofLog, ofPart);
    return { part, level, ...(isEnough ? common : NO_PLACES), ofLog, ofPart, expected };
  });
  return { hour, matches, counted, different };
}

function countSampled(marks: Uint32Array, level: number): number {
  let count = 0;
  for (const mark of marks) if (isSampled(mark, level)) count++;
  return count;
}

function kindsOf(marks: Uint32Array): Float64Array {
  const kinds = new Float64Array(MARK_KINDS);
  for (const mark of marks) kinds[mark % MARK_KINDS]!++;
  return kinds;
}

/** How many pairs of a line of the log and one of the part could agree by chance. */
function pairsOfAKind(kinds: Float64Array, marks: Uint32Array, level: number): number {
  let pairs = 0;
  for (const mark of marks) if (isSampled(mark, level)) pairs += kinds[mark % MARK_KINDS]!;
  return pairs;
}

/** The logs that share lines with this one, beyond chance. */
function relatedLogs(looks: readonly Look[], counted: CountedLines): Set<LogId> {
  const { linesOf, isNamesake, isBlind } = counted;
  const byLog = Map.groupBy(
    looks.flatMap(({ matches }) => matches),
    ({ part }) => part.log,
  );
  const related = new Set<LogId>();
  const isSmall = sum(looks, ({ matches }) => sum(matches, ({ expected }) => expected)) < CHANCE_OF_ONE;
  const hasSeveral = sum(looks, ({ hour }) => hour.lines) > 1;
  for (const [log, matches] of byLog) {
    if (isFirstLook(log, matches, counted)) related.add(log);
    const agreeing = sum(matches, ({ places }) => places.length);
    if (agreeing === 0) continue;
    const expected = sum(matches, (match) => match.expected);
    const tries = isNamesake(log) ? 1 : byLog.size;
    const byChance = atLeastByChance(agreeing, expected) * tries;
    const isWhole = isContained(log, looks, linesOf(log)) && productOfChances(looks, log) * tries < CHANCE;
    if (byChance < CHANCE || (isSmall && hasSeveral) || isWhole || (!isBlind && meetsAtTheEdge(looks, log, tries)))
      related.add(log);
  }
  if (isAllCounted(looks)) {
    for (const { matches } of looks) {
      for (const { part, places } of matches) if (places.length > 0) related.add(part.log);
    }
  }
  return related.size === 0 ? related : related.union(wholeBesideOthers(byLog, related, linesOf));
}

/** Logs all of whose lines are in this one, which are too small to show that alone. */
function wholeBesideOthers(
  byLog: ReadonlyMap<LogId, readonly Match[]>,
  related: ReadonlySet<LogId>,
  linesOf: CountedLines['linesOf'],
): Set<LogId> {
  const others = [...byLog].filter(
    ([log, matches]) =>
      !related.has(log) &&
      matches.every(({ level, expected, ofPart }) => level === 0 && expected < ofPart) &&
      sum(matches, ({ ofPart }) => ofPart) === linesOf(log),
  );
  const byChance = sum(others, ([, matches]) =>
    matches.reduce((product, { expected, ofPart }) => product * (expected / ofPart) ** ofPart, 1),
  );
  if (byChance >= CHANCE_BESIDE_OTHERS) return new Set();
  const whole = others.filter(([, matches]) => matches.every(({ places, ofPart }) => places.length === ofPart));
  return new Set(whole.map(([log]) => log));
}

/**
 * Whether a counted log is what was seen of this one when it had so few lines that no hash of them was kept, in an hour
 * that has become too busy for each line to have a mark: its name must do then.
 */
function isFirstLook(log: LogId, matches: readonly Match[], { linesOf, isNamesake }: CountedLines): boolean {
  const lines = linesOf(log);
  return (
    lines < FEWEST_HASHED &&
    isNamesake(log) &&
    sum(matches, ({ part }) => part.lines) === lines &&
    matches.every(({ level, places, ofPart }) => level > 0 && places.length === ofPart)
  );
}

/** P(X >= count) of a Poisson distribution. */
function atLeastByChance(count: number, expected: number): number {
  if (expected === 0) return 0;
  let term = Math.exp(-expected);
  let below = 0;
  for (let i = 0; i < count; i++) {
    below += term;
    term *= expected / (i + 1);
  }
  if (below < 0.5) return 1 - below;
  // What is left of 1 is too small to be exact: the terms are summed instead.
  let above = 0;
  for (let i = count; term > above * 1e-9; i++) {
    above += term;
    term *= expected / (i + 1);
  }
  return above;
}

/** Whether all of a counted log is in this one, as far as marks tell. */
function isContained(log: LogId, looks: readonly Look[], lines: number): boolean {
  const own = looks.flatMap(({ matches }) => matches.filter(({ part }) => part.log === log));
  if (sum(own, ({ part }) => part.lines) !== lines) return false;
  return own.length > 0 && own.every(({ places, ofPart }) => places.length === ofPart);
}

/** Whether most lines of a counted log are in this one. */
function isMostlyIn(log: LogId, looks: readonly Look[], lines: number): boolean {
  const own = looks.flatMap(({ matches }) => matches.filter(({ part }) => part.log === log));
  const found = sum(own, ({ part, places, ofPart }) => (ofPart === 0 ? 0 : (part.lines * places.length) / ofPart));
  return found * 2 > lines;
}

/**
 * Whether a counted log that begins like this one held other lines between those that both hold: it is no other cut, but
 * was changed. That it begins alike matters: anybody can send a request twice in the second in which a log is rotated, and
 * that must not stop the next one's being counted.
 */
function wasChanged(log: LogId, looks: readonly Look[], { linesOf, begun }: CountedLines): boolean {
  const own = looks.flatMap(({ matches }) => matches.filter(({ part, level }) => part.log === log && level === 0));
  const isWhole = sum(own, ({ part }) => part.lines) === linesOf(log) && own[0]?.partPlaces[0] === 0;
  if (log !== begun && !isWhole) return false;
  const first = own.findIndex(({ places }) => places.length > 0);
  const last = own.findLastIndex(({ places }) => places.length > 0);
  return own.slice(first, last + 1).some(({ part, partPlaces }, i) => {
    const from = i === 0 ? partPlaces[0]! : 0;
    const until = i === last - first ? partPlaces.at(-1)! + 1 : part.marks.length;
    return partPlaces.length < until - from;
  });
}

/** How probable it is that each line of a counted log meets an equal mark of other lines. */
function productOfChances(looks: readonly Look[], log: LogId): number {
  let product = 1;
  for (const { hour, matches, different } of looks) {
    for (const { part, places } of matches) {
      if (part.log === log) product *= Math.min(1, hour.marks.length / different) ** places.length;
    }
  }
  return product;
}

/** Whether each line of the log meets an equal mark of some counted log, and so many do not by chance. */
function isAllCounted(looks: readonly Look[]): boolean {
  let product = 1;
  for (const { hour, matches, counted, different } of looks) {
    if (hour.level > 0) return false;
    if (!areAllMet(hour, matches)) return false;
    product *= Math.min(1, counted / different) ** hour.marks.length;
  }
  return product < CHANCE;
}

function areAllMet({ marks }: HourMarks, matches: readonly Match[]): boolean {
  const met = new Uint8Array(marks.length);
  for (const { places } of matches) for (const place of places) met[place] = 1;
  return !met.includes(0);
}

/**
 * Whether one log begins with the lines by which the other ends: even one line is no chance there. Beside them there may be
 * a few others, as lines of one second stand in no order.
 */
function meetsAtTheEdge(looks: readonly Look[], log: LogId, tries: number): boolean {
  const meets = ({ hour, matches }: Look, isStart: boolean) =>
    matches.some(({ part, places }) => {
      if (part.log !== log || places.length === 0) return false;
      const own = edgeOf(hour.marks, places.length + besideAtEdge(hour, isStart), isStart);
      // Of the counted log it is not known how many lines its last second has.
      return [FEW_BESIDE, MOST_BESIDE].some((beside) =>
        areNoChance(own, edgeOf(part.marks, places.length + beside, !isStart), tries * 2),
      );
    });
  return meets(looks[0]!, true) || meets(looks.at(-1)!, false);
}

/** Not all that agrees in an hour: a line further in may do so by chance, and stand in the way of the one at the edge. */
function areNoChance(own: Uint32Array, other: Uint32Array, tries: number): boolean {
  const agreeing = agreeingPlaces(indexedRunsOf(own, own.keys()), other).places.length;
  if (agreeing === 0) return false;
  const pairs = pairsOfAKind(kindsOf(own), other, 0);
  return atLeastByChance(agreeing, (2 * pairs) / MARKS) * tries < CHANCE;
}

const FEW_BESIDE = 4;
const MOST_BESIDE = 32;

/** Of the lines of a second any may be that which was written last. */
function besideAtEdge({ seconds }: HourMarks, isStart: boolean): number {
  const ofSecond = isStart
    ? seconds.findIndex((second) => second !== seconds[0])
    : seconds.length - 1 - seconds.findLastIndex((second) => second !== seconds.at(-1));
  return Math.min(Math.max(ofSecond < 0 ? seconds.length : ofSecond, FEW_BESIDE), MOST_BESIDE);
}

function edgeOf(marks: Uint32Array, most: number, isStart: boolean): Uint32Array {
  return isStart ? marks.subarray(0, most) : marks.subarray(-most);
}

/** Which lines of an hour the related logs brought. */
function resolve(
  { hour, matches }: Look,
  related: ReadonlySet<LogId>,
  contained: ReadonlySet<LogId>,
  shareOfFew: number,
): Found | 'unclear' | 'too-few' {
  const isIn = ({ part, places, level }: Match) => places.length > 0 || part.level > 0 || level > 0;
  const own = matches.filter((match) => related.has(match.part.log) && isIn(match));
  if (own.length === 0) return NO_PLACES.places;
  const level = Math.max(hour.level, ...own.map(({ part }) => part.level));
  const places = new Set<number>();
  for (const { part } of own.sort((a, b) => b.places.length - a.places.length)) {
    // Those that no other part has claimed.
    const left = hour.marks.keys().filter((place) => !places.has(place));
    for (const place of agreeingPlaces(indexedRunsOf(hour.marks, left), part.marks).places) places.add(place);
  }
  // Others may have sent the same requests to two servers: those are known, and all else is not.
  const each = Uint32Array.from(places).sort();
  if (level === 0 || shareOfFew > FLOODED) return each;
  // Of a sample: it shows whether all or nothing of the hour is known, and no more than that.
  const sampled = Array.from(hour.marks.keys()).filter((place) => isSampled(hour.marks[place]!, level));
  const agreeing = sampled.filter((place) => places.has(place)).length;
  const lines = sum(own, ({ part }) => part.lines);
  const areAllKnown = agreeing === sampled.length && hour.lines <= lines;
  if (areAllKnown && (sampled.length >= ENOUGH_ALIKE || (hour.level === 0 && each.length === hour.lines))) return 'all';
  if (sampled.length < ENOUGH_SAMPLED) return 'too-few';
  const isAllIn = own.some(
    ({ part, places, ofPart }) =>
      contained.has(part.log) && places.length === ofPart && (ofPart >= ENOUGH_SAMPLED || part.lines < FEWEST_HASHED),
  );
  const marked = sampled.map((place) => ({ second: hour.seconds[place]!, isKnown: places.has(place) }));
  const isMoreThanAStrangers = agreeing > sampled.length * shareOfFew;
  if (isAllIn || isMoreThanAStrangers || isCutThrough(marked) || isCutThrough(marked.reverse())) return 'unclear';
  // A few lines that a stranger sent to two servers: those of them that are in no sample count twice.
  return each;
}

/**
 * Whether an hour begins with known lines only, for a time in which others would have come: a log was cut there. What one
 * stranger sends stands among the lines of others.
 */
function isCutThrough(marked: readonly { second: number; isKnown: boolean }[]): boolean {
  const run = marked.findIndex(({ isKnown }) => !isKnown);
  if (run < 1) return false;
  const between = (a: number, b: number) => Math.abs(marked[a]!.second - marked[b]!.second);
  const others = marked.filter(({ isKnown }) => !isKnown).length;
  const rest = between(run, marked.length - 1) + 1;
  return (others / rest) * between(0, run - 1) >= ENOUGH_SAMPLED;
}

/** Fewer marks of a sample say nothing of the other lines. */
const ENOUGH_SAMPLED = 8;
/** Of lines that are not all known so many in a sample would hardly all be. */
const ENOUGH_ALIKE = 4;
/** Where more lines than this come from few networks, known ones among them say nothing of the others'. */
const FLOODED = 0.5;

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
