/** The systems of one week that agree in all dimensions of a table. Each system is in one cell. */
export interface Cell {
  /** One name for each column. No two cells of a table have the same. */
  dimensions: readonly string[];
  /** What is counted: systems, or check-ins. At least 1. */
  systems: number;
  /** Of check-ins, how many each repository has, none of them twice, and of what kind of system: one that asks many is one system. */
  asking?: { kind: string; byTag: readonly { tag: string; count: number }[] };
  /** Undefined if nobody counted: that is taken for enough. */
  networks: CellNetworks | undefined;
}

/** Distinct networks, 0 to 3. */
export interface CellNetworks {
  os: string;
  /** Cells of one group have the same networks: an os name, or more of what a row shows. */
  group: string;
  count: number;
  /** Of all groups of the os name together. */
  ofName: number;
}

/** A table of one week and subject. `members` and `dropped` are private: only the audit and revisions may see them. */
export interface ProtectedTable {
  /** The k of that day: revisions of a week keep it, whatever is configured since. */
  k: number;
  /** Numbers are multiples of k that were chosen together, each within less than k of the truth; else the nearest ones. */
  controlled?: true;
  /** By `rowKey`. Each cell is a member of one row, or dropped. */
  rows: readonly ProtectedRow[];
  /** Cells that no row could take without giving one of them away. No published number includes them. */
  dropped: readonly Member[];
}

export interface ProtectedRow {
  dimensions: readonly string[];
  /** A multiple of k, and at least k. */
  systems: number;
  members: readonly Member[];
}

/** A cell as a part of a row. */
export interface Member {
  /** The `rowKey` of the cell's own dimensions. */
  id: string;
  /** The true count. */
  systems: number;
  /** It has this row for itself, or could have: it is no small group. */
  isShown: boolean;
  /** The most that it can have, to those who know why it is hidden; undefined: that tells nothing. */
  atMost: number | undefined;
}

export function rowKey(dimensions: readonly string[]): string {
  return JSON.stringify(dimensions);
}

/** Plain code units, so no locale has a say in the order of what is published. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
