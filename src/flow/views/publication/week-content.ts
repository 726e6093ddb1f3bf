import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ProtectedTable } from '../protection/protected-table.ts';
import type { NameSeen } from '../protection/vocabulary.ts';
import type { TotalsRow } from '../totals.ts';
import type { ExactNumbers } from './exact-numbers.ts';
import type { Grade, MarginField } from './tables.ts';

/**
 * All that was decided about a week when it was published, and what must be known of it later. Private: the tables name
 * the members of their rows, for the audit. It is kept in the vault, as bytes.
 */
export interface WeekContent {
  /** What the numbers were made of and by which rules: the same digest, the same numbers. */
  digest: string;
  /** When it was decided, ISO 8601. */
  decided: string;
  /** Why there is this revision; empty for the first one. */
  why: string;
  tables: WeekTables;
  /** Only of totals passed on as their source published them. */
  totals: TotalsRow[] | undefined;
  /** Reasons for not counting, and how often, rounded. */
  exclusions: [string, number][];
  /** What the rules of that day made of the tables: other rules make other numbers of the same tables. */
  headline: HeadlineNumbers;
  /** Not of weeks of the first method, and not of totals passed on. Private. */
  exact?: ExactNumbers;
  /** Why the addresses of the week say nothing; undefined if they do, or if nobody asked. */
  silence?: 'hidden' | 'few' | undefined;
  /** Which share of its check-ins bears a name that was not kept (C7), where it is worth a word. */
  unnamed?: number | undefined;
  /** Systems of the headline's names that are told apart, by group. Exact, and private; not of weeks before there was R11. */
  toldApart?: [string, number][];
  coverage: number | null;
  grade: Grade;
  /** None of its check-ins is counted any more: they were taken out of the vault. Its tables show nothing. */
  withdrawn?: true;
  note: string;
  /** For the judgement of the weeks after this one. */
  names: [string, NameSeen][];
  repositories: [string, number][];
  /** Whether requests for the census repository name an architecture. */
  namesRepoArch: boolean;
  /**
   * Whether repositories that no definition knows have a label of their own in the tables. A week that was published
   * without keeps the cells it had: those of two revisions could be subtracted.
   */
  tagsLabelled?: boolean;
}

/** None of its numbers is shown, nor is another week measured by it: excluded by the operator, or withdrawn. */
export function isTakenBack({ grade, withdrawn }: Pick<WeekContent, 'grade' | 'withdrawn'>): boolean {
  return grade === 'X' || withdrawn === true;
}

/** Why there is a revision whose rules are those of the one before. */
export const LATE_LOGS = 'logs were counted after the week had been published';

/** Systems of the headline's names, and the range of them by all repositories. Null where they are too few to say. */
export interface HeadlineNumbers {
  systems: number | null;
  low: number | null;
  high: number | null;
}

/** With the os names that it counts: the headline of that day. */
export type MarginTable = ProtectedTable & { headline: readonly string[] };

/** The base tables. Dimensions are in the order of `SYSTEMS`, `CHECK_INS` and `COUNTRIES`; of `margins`: field, value. */
export type WeekTables = {
  systems: ProtectedTable;
  checkIns: ProtectedTable;
  countries: ProtectedTable;
  /** The headline's systems by one field at a time. Not of weeks of the first method, and not of totals passed on. */
  margins?: MarginTable | undefined;
  /**
   * The least and the most by any repository, in rows named `low` and `high`; none where they would give a small group away.
   * Not of weeks that were decided before it was asked whether they do, nor of totals passed on.
   */
  band?: ProtectedTable | undefined;
};

/** Names the rows of `band`. */
export const [LOW, HIGH] = ['low', 'high'] as const;

export const SYSTEMS = ['os', 'version', 'edition', 'arch', 'client', 'age'] as const;
export const CHECK_INS = ['os', 'version', 'edition', 'arch', 'age', 'repoTag', 'repoArch'] as const;
/** By each of which the headline's systems are counted. */
export const MARGINS = ['os', 'version', 'edition', 'arch', 'client', 'age'] as const satisfies MarginField[];
/** Names the number of all systems, as `marginKey` does a value's. */
export const TOTAL = 'total';

/** Names a value of a field. */
export function marginKey(field: string, value: string): string {
  return JSON.stringify([field, value]);
}

/** Name, version, edition, architecture and age: what the tables of systems and of check-ins both know of a group. */
export function kindKey(subject: 'systems' | 'checkIns', fields: readonly string[]): string {
  const [os, version, edition, arch, ...others] = fields;
  return JSON.stringify([os, version, edition, arch, others[subject === 'systems' ? 1 : 0]]);
}

/** Of check-ins. */
export function nameInRepository(fields: readonly string[]): string {
  return JSON.stringify([fields[CHECK_INS.indexOf('os')], fields[CHECK_INS.indexOf('repoTag')]]);
}

export const COUNTRIES = ['country', 'duration'] as const;

export function packContent(content: WeekContent): Uint8Array {
  return deflateRawSync(JSON.stringify(content));
}

export function unpackContent(bytes: Uint8Array): WeekContent {
  return JSON.parse(inflateRawSync(bytes).toString()) as WeekContent;
}
