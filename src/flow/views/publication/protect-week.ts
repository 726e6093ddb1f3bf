import type { Week } from '../../sightings/week.ts';
import { UNEXPANDED_TAG, UNKNOWN_TAG } from '../definition/accounts.ts';
import type { Definition } from '../definition/definition.ts';
import { isUnexpanded } from '../definition/roles.ts';
import { Combinations } from '../protection/combinations.ts';
import { countOf, networksOf, systemsOf } from '../protection/group.ts';
import { marginOf } from '../protection/margins.ts';
import { type CountedField, countByField, numberRows, rowOfGroup, totalOf } from '../protection/one-field.ts';
import { partitionFor } from '../protection/partition.ts';
import { placeCells, placingsOf } from '../protection/place-cells.ts';
import { protectTable } from '../protection/protect-table.ts';
import {
  type Cell,
  compareKeys,
  type Member,
  type ProtectedRow,
  type ProtectedTable,
  rowKey,
} from '../protection/protected-table.ts';
import { fewestShown, roundTo } from '../protection/rounding.ts';
import type { Survey, SurveyedSystems } from '../survey.ts';
import { checkInsCoarsenings, countriesCoarsenings, systemsCoarsenings } from './coarsenings.ts';
import type { KnownNetworks } from './known-networks.ts';
import { releaseOf } from './rows.ts';
import { type MarginField, OTHER, WITHHELD, withheldMinor } from './tables.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary-of-week.ts';
import {
  CHECK_INS,
  COUNTRIES,
  HIGH,
  kindKey,
  LOW,
  MARGINS,
  type MarginTable,
  marginKey,
  nameInRepository,
  SYSTEMS,
  TOTAL,
  type WeekTables,
} from './week-content.ts';

/** What protects the small groups of one week. */
export interface WeekShield {
  definition: Definition;
  /** That of the week's first publication, whatever is configured since: numbers of two bases could be compared. */
  k: number;
  /** The os names that have passed the rules of the vocabulary. */
  names: ReadonlySet<string>;
  /** Undefined for imported totals, of which nobody knows. */
  networks: KnownNetworks | undefined;
  /** Values of one field (`marginKey`) that would give a small group away: rounded the other way, or not shown. */
  turned: ReadonlySet<string>;
  withheld: ReadonlySet<string>;
  /** Kinds of systems (`kindKey`) and names in repositories whose check-ins would give a small group away, had they rows. */
  kinds: ReadonlySet<string>;
  /** Country -> continent. */
  continentOf: (country: string) => string;
  /** Whether unknown repositories have a label of their own (`tagsLabelled` of the content). */
  labelsTags: boolean;
  /** The least and the most of the headline's systems by any repository: true numbers. */
  range: { systems: number; low: number; high: number };
  /** What was published before: of the same week, and of the week before it. Its rows are kept where they can be. */
  sameWeek: WeekTables | undefined;
  weekBefore: WeekTables | undefined;
}

/** The base tables of a week: disjoint, and rounded together so that totals and margins are right. */
export function protectWeek(survey: Survey, shield: WeekShield): WeekTables {
  const { k, definition } = shield;
  const words = vocabularyOf(definition, shield.names);
  const ofWeek = { ...shield, week: survey.week };
  const cells = systemsCells(survey, shield);
  const counted = cells.filter((cell) => isCounted(cell.dimensions, definition));
  const { networks } = definition.small_groups;
  if (sumOf(counted) < fewestShown(k) || networksOf(counted) < networks)
    return {
      systems: none(k),
      // Who only serves EPEL has no systems of its own to count.
      checkIns: protectCheckIns(survey, words, ofWeek),
      countries: none(k),
      margins: { ...none(k), headline: definition.headline },
      band: none(k),
    };
  const total = totalOf(counted, k, shield.turned.has(TOTAL));
  const margins = protectMargins(counted, total, words, ofWeek);
  const checkIns = protectCheckIns(survey, words, ofWeek);
  return {
    systems: protectSystems(cells, total, margins, words, ofWeek),
    checkIns,
    // Imported totals know no countries, and of addresses that say nothing all would be those of a proxy, or unknown.
    countries:
      shield.networks === undefined || shield.networks.silence !== undefined
        ? none(k)
        : protectCountries(survey, total, ofWeek),
    margins,
    band: bandOf(total, checkIns.rows.length + checkIns.dropped.length > 0, shield),
  };
}

/** Rounded last. R13: of fewer than 100 that check in elsewhere there is no number. */
function bandOf(total: number, hasOthers: boolean, { k, range: { systems, low, high } }: WeekShield): ProtectedTable {
  if (low < fewestShown(k) || (!hasOthers && (low < systems || high > systems))) return none(k);
  const row = (name: string, systems: number): ProtectedRow => ({ dimensions: [name], systems, members: [] });
  const rows = [row(LOW, Math.min(total, roundTo(k, low))), row(HIGH, Math.max(total, roundTo(k, high)))];
  return { k, controlled: true, rows, dropped: [] };
}

function none(k: number): ProtectedTable {
  return { k, controlled: true, rows: [], dropped: [] };
}

function isCounted([os]: readonly string[], { headline }: Definition): boolean {
  return headline.includes(os!);
}

type Shielded = WeekShield & { week: Week };

/** The headline's systems, by one field after the other. */
function protectMargins(counted: readonly Cell[], total: number, words: Vocabulary, shield: Shielded): MarginTable {
  const { k } = shield;
  const { headline } = shield.definition;
  const rule = { k, networks: shield.definition.small_groups.networks };
  const rows = MARGINS.filter((name) => name !== 'version').flatMap((name) => {
    const field = fieldOf(name, (dimensions) => dimensions[SYSTEMS.indexOf(name)]!, WITHHELD, words, shield);
    return countByField(counted, field, total, rule);
  });
  const all = inOrder([...rows, ...versionRows(counted, total, words, shield)]);
  return { k, controlled: true, rows: all, dropped: [], headline };
}

/** Minor versions add up to their major one: those that are not shown stand as `9.withheld`. */
function versionRows(counted: readonly Cell[], total: number, words: Vocabulary, shield: Shielded): ProtectedRow[] {
  const rule = { k: shield.k, networks: shield.definition.small_groups.networks };
  const majorIn = (dimensions: readonly string[]) => releaseOf(versionIn(dimensions));
  const majors = countByField(counted, fieldOf('version', majorIn, WITHHELD, words, shield), total, rule);
  return majors.flatMap((row) => {
    const major = row.dimensions[1]!;
    if (major === WITHHELD) return [row];
    const own = counted.filter(({ dimensions }) => majorIn(dimensions) === major);
    return countByField(own, fieldOf('version', versionIn, withheldMinor(major), words, shield), row.systems, rule);
  });
}

function fieldOf(
  name: MarginField,
  nameIn: CountedField['nameIn'],
  nameOfRest: string,
  words: Vocabulary,
  { withheld, turned }: Shielded,
): CountedField {
  return {
    name,
    nameIn,
    isKnown: (value) => isKnown(name, value, words) && !withheld.has(marginKey(name, value)),
    isTurned: (value) => turned.has(marginKey(name, value)),
    together: (value) => (name === 'age' && value !== '1' ? 'established' : undefined),
    nameOfRest,
  };
}

function versionIn(dimensions: readonly string[]): string {
  return dimensions[SYSTEMS.indexOf('version')]!;
}

const COARSENINGS = systemsCoarsenings(SYSTEMS);

/** What a name stands for in these rows is what it stands for in the margins, or it stands in none of them. */
function protectSystems(
  cells: readonly Cell[],
  total: number,
  margins: ProtectedTable,
  words: Vocabulary,
  shield: Shielded,
): ProtectedTable {
  const scope = (dimensions: readonly string[]) => isCounted(dimensions, shield.definition);
  const all = marginOf('total', [], scope);
  const others = SYSTEMS.map((name, column) => marginOf(name, [column], scope));
  const strangers = marginOf('others', [0, SYSTEMS.indexOf('version')], (dimensions) => !scope(dimensions));
  const said = margins.rows.map(({ dimensions: [field, value], systems }): [string, number] => {
    return [marginKey(field!, value!), systems];
  });
  const areAllKnown = areKnown(SYSTEMS, words);
  const isShown = (dimensions: readonly string[]) =>
    shield.withheld.size === 0 ||
    SYSTEMS.every((field, column) => !shield.withheld.has(marginKey(field, dimensions[column]!)));
  return protectTable(cells, {
    ...ruleOf('systems', shield),
    coarsenings: COARSENINGS,
    leavesSmall: true,
    isKnown: (dimensions) => areAllKnown(dimensions) && isShown(dimensions),
    margins: [all, ...others, strangers],
    last: others[SYSTEMS.indexOf('age')],
    said: new Map([...said, [JSON.stringify(['total']), total]]),
    essential: all,
  });
}

function protectCheckIns(survey: Survey, words: Vocabulary, shield: Shielded): ProtectedTable {
  const [os, repoTag] = [CHECK_INS.indexOf('os'), CHECK_INS.indexOf('repoTag')];
  const cells = checkInCells(survey, words, shield);
  if (systemsOf(cells) < fewestShown(shield.k)) return none(shield.k);
  const areAllKnown = areKnown(CHECK_INS, words);
  const isShown = (dimensions: readonly string[]) =>
    shield.kinds.size === 0 ||
    !(shield.kinds.has(kindKey('checkIns', dimensions)) || shield.kinds.has(nameInRepository(dimensions)));
  return protectTable(cells, {
    ...ruleOf('checkIns', shield),
    coarsenings: CHECK_INS_COARSENINGS,
    leavesSmall: false,
    isKnown: (dimensions) => areAllKnown(dimensions) && isShown(dimensions),
    margins: [marginOf('repository', [repoTag]), marginOf('os', [os, repoTag])],
    last: undefined,
    said: new Map(),
    essential: undefined,
  });
}

const CHECK_INS_COARSENINGS = checkInsCoarsenings(CHECK_INS);

/** Countries are those of the headline's systems: both tables say the same total. */
function protectCountries(survey: Survey, total: number, shield: Shielded): ProtectedTable {
  const cells = countryCells(survey, shield.k);
  const coarsenings = countriesCoarsenings(shield.continentOf);
  const combinations = new Combinations(COUNTRIES.length, { isKnown: () => true, coarsenings, margins: [] });
  const rule = { ...ruleOf('countries', shield), partition: { kind: 'fresh' } as const, leavesSmall: false };
  const { rows, left } = placeCells(placingsOf(cells, combinations, rule), combinations, rule);
  const named = [...rows].map(([names, group]) => {
    const dimensions = combinations.dimensions(names);
    return { ...rowOfGroup(dimensions, group), together: dimensions[0] };
  });
  const rest = { count: countOf(left), together: undefined };
  const numbered = numberRows(named, [rest], total, shield.k, [WITHHELD, WITHHELD]);
  const { members: dropped } = rowOfGroup([], left);
  const parts = partsOf(survey);
  const whole = numbered.map((row) => ({ ...row, members: row.members.flatMap(parts) }));
  return { k: shield.k, controlled: true, rows: inOrder(whole), dropped: dropped.flatMap(parts) };
}

function inOrder(rows: readonly ProtectedRow[]): ProtectedRow[] {
  return rows.toSorted((a, b) => compareKeys(rowKey(a.dimensions), rowKey(b.dimensions)));
}

/** Totals as their source published them: every group a row, nothing rounded, nothing hidden. */
export function passOn(survey: Survey): WeekTables {
  const rows = (table: { dimensions: readonly string[]; systems: number }[]): ProtectedTable => ({
    k: 1,
    rows: table.map(({ dimensions, systems }) => ({ dimensions, systems, members: [] })),
    dropped: [],
  });
  return {
    systems: rows(survey.systems.map((row) => ({ dimensions: fields(row, SYSTEMS), systems: row.systems }))),
    checkIns: rows([]),
    countries: rows([]),
    margins: undefined,
    band: undefined,
  };
}

function ruleOf(subject: keyof WeekTables, { week, definition, k, sameWeek, weekBefore }: Shielded) {
  const { networks } = definition.small_groups;
  // What the first method folded into `other` is withheld by this one.
  const own = sameWeek?.[subject]?.controlled ? sameWeek[subject] : undefined;
  return { k, networks, partition: partitionFor(week, own, weekBefore?.[subject]) };
}

function systemsCells({ systems }: Survey, { networks }: WeekShield): Cell[] {
  return systems.map((row) => ({
    dimensions: fields(row, SYSTEMS),
    systems: row.systems,
    networks: networksOfRow(row, networks),
  }));
}

/** Repositories that nobody vouches for are one group: what they are called is gone, but not who asked for them. */
function checkInCells({ checkIns }: Survey, words: Vocabulary, { networks, labelsTags }: WeekShield): Cell[] {
  const label = (tag: string) =>
    !labelsTags || words.repoTag(tag) ? tag : isUnexpanded(tag) ? UNEXPANDED_TAG : UNKNOWN_TAG;
  const cells = new Map<string, CheckInCell>();
  for (const row of checkIns) {
    const { os, version, edition, arch, age, repoTag, repoArch, hits } = row;
    const labelled = { os, version, edition, arch, age, repoTag: label(repoTag), repoArch };
    const dimensions = fields(labelled, CHECK_INS);
    const key = dimensions.join('\0');
    const known = cells.get(key);
    if (known === undefined) {
      const asking = { kind: kindKey('checkIns', dimensions), byTag: [{ tag: repoTag, count: hits }] };
      cells.set(key, { dimensions, systems: hits, asking, networks: networksOfRow(row, networks) });
    } else {
      known.systems += hits;
      known.asking.byTag.push({ tag: repoTag, count: hits });
    }
  }
  return [...cells.values()];
}

interface CheckInCell extends Cell {
  /** No repository stands in two rows of check-ins that are alike in all else. */
  asking: { kind: string; byTag: { tag: string; count: number }[] };
}

/** A country's systems by how long they have been there, which its row may not show. */
function partsOf({ countries }: Survey): (member: Member) => Member[] {
  const byCountry = Map.groupBy(countries, ({ country }) => country);
  return (member) => {
    const [country, duration] = JSON.parse(member.id) as [string, string];
    if (duration !== WITHHELD) return [member];
    return byCountry.get(country)!.map((row): Member => {
      // Of both together is known that they are few, not of each.
      return { id: rowKey(fields(row, COUNTRIES)), systems: row.systems, isShown: false, atMost: member.atMost };
    });
  };
}

/** How long systems have been there is shown where both parts have k: else who is alone would be known to be few. */
function countryCells({ countries }: Survey, k: number): Cell[] {
  return [...Map.groupBy(countries, ({ country }) => country)].flatMap(([country, parts]) => {
    const isSplit = parts.length === 2 && parts.every(({ systems }) => systems >= k);
    const shown = isSplit ? parts : [{ country, duration: WITHHELD, systems: sumOf(parts) }];
    return shown.map((row) => ({
      dimensions: fields(row, COUNTRIES),
      systems: row.systems,
      networks: undefined,
    }));
  });
}

function sumOf(counts: readonly { systems: number }[]): number {
  return counts.reduce((sum, { systems }) => sum + systems, 0);
}

function networksOfRow(
  row: Pick<SurveyedSystems, 'os' | 'version' | 'edition' | 'arch'>,
  known: WeekShield['networks'],
): Cell['networks'] {
  const count = known?.ofGroup(row);
  if (count === undefined) return undefined;
  const { os, version, edition, arch } = row;
  return { os, group: JSON.stringify([os, version, edition, arch]), count, ofName: known?.ofName(os) ?? count };
}

function fields<Column extends string>(row: Record<Column, string | number>, columns: readonly Column[]): string[] {
  return columns.map((column) => String(row[column]));
}

/** Whether somebody vouches for each name: others are shown in no row, however many systems bear them. */
function areKnown(columns: readonly string[], words: Vocabulary): (dimensions: readonly string[]) => boolean {
  const known = columns.map(() => new Map<string, boolean>());
  return (dimensions) =>
    columns.every((column, at) => {
      const name = dimensions[at]!;
      const answer = known[at]!.get(name);
      if (answer !== undefined) return answer;
      known[at]!.set(name, isKnown(column, name, words));
      return known[at]!.get(name)!;
    });
}

function isKnown(column: string, text: string, words: Vocabulary): boolean {
  if (text === WITHHELD || text === OTHER || column === 'age') return true;
  if (column === 'repoTag' && (text === UNKNOWN_TAG || text === UNEXPANDED_TAG)) return true;
  if (column === 'repoArch') return words.arch(text);
  return words[column as keyof Vocabulary](text);
}
