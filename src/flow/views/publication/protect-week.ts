import type { Week } from '../../sightings/week.ts';
import { UNEXPANDED_TAG, UNKNOWN_TAG } from '../definition/accounts.ts';
import type { Definition } from '../definition/definition.ts';
import { isUnexpanded } from '../definition/roles.ts';
import { partitionFor } from '../protection/partition.ts';
import type { Cell, ProtectedTable } from '../protection/protected-table.ts';
import { type RollStep, rollColumns, rollUp } from '../protection/roll-up.ts';
import type { Survey, SurveyedSystems } from '../survey.ts';
import type { KnownNetworks } from './known-networks.ts';
import { OTHER } from './tables.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary-of-week.ts';
import { CHECK_INS, COUNTRIES, SYSTEMS, type WeekTables } from './week-content.ts';

/** What protects the small groups of one week. */
export interface WeekShield {
  definition: Definition;
  /** That of the week's first publication, whatever is configured since: numbers of two bases could be compared. */
  k: number;
  /** The os names that have passed the rules of the vocabulary. */
  names: ReadonlySet<string>;
  /** Undefined for imported totals, of which nobody knows. */
  networks: KnownNetworks | undefined;
  /** Country -> continent. */
  continentOf: (country: string) => string;
  /** Whether unknown repositories have a label of their own (`tagsLabelled` of the content). */
  labelsTags: boolean;
  /** What was published before: of the same week, and of the week before it. Its rows are kept where they can be. */
  sameWeek: WeekTables | undefined;
  weekBefore: WeekTables | undefined;
}

/** What is given up first is what readers miss least. The release is kept long in check-ins: cross-checks need it. */
const SYSTEMS_ORDER = ['client', 'edition', 'version', 'os', 'arch', 'age'] as const;
const CHECK_INS_ORDER = ['repoArch', 'edition', 'arch', 'version', 'os', 'repoTag', 'age'] as const;

/** The base tables of a week: disjoint, rolled up and rounded. */
export function protectWeek(survey: Survey, shield: WeekShield): WeekTables {
  const words = vocabularyOf(shield.definition, shield.names);
  const ofWeek = { ...shield, week: survey.week };
  return {
    systems: protect(systemsCells(survey, words, shield), columnSteps(SYSTEMS, SYSTEMS_ORDER), 'systems', ofWeek),
    checkIns: protect(checkInCells(survey, words, shield), columnSteps(CHECK_INS, CHECK_INS_ORDER), 'checkIns', ofWeek),
    // Imported totals know no countries, and of addresses that say nothing all would be those of a proxy, or unknown.
    countries:
      shield.networks === undefined || shield.networks.silence !== undefined
        ? { k: shield.k, rows: [], dropped: [] }
        : protect(countryCells(survey), countrySteps(shield.continentOf), 'countries', ofWeek),
  };
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
  };
}

function protect(
  cells: readonly Cell[],
  steps: readonly RollStep[],
  subject: keyof WeekTables,
  { week, definition, k, sameWeek, weekBefore }: WeekShield & { week: Week },
): ProtectedTable {
  const { networks } = definition.small_groups;
  return rollUp(cells, {
    k,
    networks,
    steps,
    partition: partitionFor(week, sameWeek?.[subject], weekBefore?.[subject]),
  });
}

function systemsCells({ systems }: Survey, words: Vocabulary, { networks }: WeekShield): Cell[] {
  return systems.map((row) => ({
    dimensions: fields(row, SYSTEMS),
    systems: row.systems,
    networks: networksOf(row, networks),
    standsFrom: stepsUntilKnown(row, SYSTEMS_ORDER, words),
  }));
}

function checkInCells({ checkIns }: Survey, words: Vocabulary, { networks, labelsTags }: WeekShield): Cell[] {
  const rows = labelsTags ? withLabels(checkIns, words) : checkIns;
  return rows.map((row) => ({
    dimensions: fields(row, CHECK_INS),
    systems: row.hits,
    networks: networksOf(row, networks),
    standsFrom: stepsUntilKnown(row, CHECK_INS_ORDER, words),
  }));
}

/** Repositories that nobody vouches for are one group: what they are called is gone, but not who asked for them. */
function withLabels(checkIns: Survey['checkIns'], words: Vocabulary): Survey['checkIns'] {
  const label = (tag: string) => (words.repoTag(tag) ? tag : isUnexpanded(tag) ? UNEXPANDED_TAG : UNKNOWN_TAG);
  const sums = new Map<string, Survey['checkIns'][number]>();
  for (const row of checkIns) {
    const labelled = { ...row, repoTag: label(row.repoTag) };
    const key = fields(labelled, CHECK_INS).join('\0');
    sums.set(key, { ...labelled, hits: labelled.hits + (sums.get(key)?.hits ?? 0) });
  }
  return [...sums.values()];
}

function countryCells({ countries }: Survey): Cell[] {
  return countries.map((row) => ({
    dimensions: fields(row, COUNTRIES),
    systems: row.systems,
    networks: undefined,
    standsFrom: 0,
  }));
}

function networksOf(
  row: Pick<SurveyedSystems, 'os' | 'version' | 'edition' | 'arch'>,
  known: WeekShield['networks'],
): Cell['networks'] {
  const count = known?.ofGroup(row);
  if (count === undefined) return undefined;
  const { os, version, edition, arch } = row;
  return { os, group: JSON.stringify([os, version, edition, arch]), count, ofName: known?.ofName(os) ?? count };
}

type Named = Partial<Record<string, string | number>>;

function fields<Column extends string>(row: Record<Column, string | number>, columns: readonly Column[]): string[] {
  return columns.map((column) => String(row[column]));
}

/** A name that nobody vouches for must be rolled away first, however many systems bear it. */
function stepsUntilKnown(row: object, order: readonly string[], words: Vocabulary): number {
  const named = row as Named;
  const strangers = order.map((column, at) => (isKnown(column, String(named[column]), words) ? 0 : at + 1));
  return Math.max(0, ...strangers);
}

function isKnown(column: string, text: string, words: Vocabulary): boolean {
  if (text === OTHER || column === 'age') return true;
  if (column === 'repoTag' && (text === UNKNOWN_TAG || text === UNEXPANDED_TAG)) return true;
  if (column === 'repoArch') return words.arch(text);
  return words[column as keyof Vocabulary](text);
}

function columnSteps(columns: readonly string[], order: readonly string[]): RollStep[] {
  return rollColumns(order.map((column) => columns.indexOf(column)));
}

function countrySteps(continentOf: (country: string) => string): RollStep[] {
  return [
    ([country, duration]) => [continentOf(country!), duration!],
    ([, duration]) => [OTHER, duration!],
    () => [OTHER, OTHER],
  ];
}
