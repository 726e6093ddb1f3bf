import type { Combination } from './combinations.ts';
import type { Cell, CellNetworks, Member } from './protected-table.ts';

/** A cell on its way to a row. */
export interface Placing {
  member: Member;
  cell: Cell;
  /** The cell's own. */
  names: Combination;
  /** How many systems it has at least. */
  least: number;
  /** Whether it has a row for itself, if its names may be shown. */
  hasOwnRow: boolean;
  /** Its place in the list of all. */
  at: number;
}

/** Cells that are shown by one number, if they are shown. */
export type Group = readonly Placing[];

const UNCOUNTED: CellNetworks = { os: '', group: '', count: Infinity, ofName: Infinity };

export function countOf(group: Group): number {
  let sum = 0;
  for (const { cell } of group) sum += cell.systems;
  return sum;
}

/** How many systems a cell has at least: one that asks many repositories is one, so the most by one of them counts. */
export function largestOf({ systems, asking }: Cell): number {
  if (asking === undefined) return systems;
  let largest = 0;
  for (const { count } of asking.byTag) largest = Math.max(largest, count);
  return largest;
}

/**
 * How many systems there are at least: of one kind of system the most under one of the architectures that it asked for in
 * a repository count. Counts on until there are `enough`.
 */
export function systemsOf(cells: readonly Cell[], enough = Infinity): number {
  const byRepository = new Map<string, { systems: number; kinds: Map<string, number> }>();
  let counted = 0;
  let most = 0;
  for (const { systems, asking } of cells) {
    if (asking === undefined) counted += systems;
    else
      for (const { tag, count } of asking.byTag) {
        const repository = byRepository.get(tag) ?? { systems: 0, kinds: new Map<string, number>() };
        byRepository.set(tag, repository);
        const known = repository.kinds.get(asking.kind) ?? 0;
        if (count <= known) continue;
        repository.kinds.set(asking.kind, count);
        repository.systems += count - known;
        most = Math.max(most, repository.systems);
      }
    if (counted + most >= enough) break;
  }
  return counted + most;
}

/**
 * Groups of a name may share networks: what is known of them together is the number of the name. So may names: the most
 * of one is what they have together at least. Counts on until there are `enough`.
 */
export function networksOf(cells: readonly Cell[], enough = Infinity): number {
  const all = new Map<string, CellNetworks>();
  let most = 0;
  for (const { networks } of cells) {
    const seen = networks ?? UNCOUNTED;
    const known = all.get(seen.os);
    let now = known ?? seen;
    if (known !== undefined && known.group !== seen.group) now = { ...known, group: '', count: known.ofName };
    if (now !== known) all.set(seen.os, now);
    most = Math.max(most, now.count);
    if (most >= enough) break;
  }
  return most;
}

/** Whether there are so many of which no two stand in one group that was too small: each of them alone can have k - 1. */
export type AreIndependent = (group: Group, needed: number) => boolean;

/** It has k systems from enough networks, and gives none of its members away. */
export function canBeRow(group: Group, k: number, networks: number, areIndependent: AreIndependent): boolean {
  if (!isSafe(group, k, areIndependent)) return false;
  const cells = group.map(({ cell }) => cell);
  return (group.some(({ least }) => least >= k) || systemsOf(cells, k) >= k) && networksOf(cells, networks) >= networks;
}

/**
 * No hidden member can be shown to have a system by the group's number, whichever way it is rounded, nor its count be
 * known to within k / 2. Members that stand in a group which is known to be too small count as one of them.
 */
function isSafe(group: Group, k: number, areIndependent: AreIndependent): boolean {
  const hidden = group.filter(({ member }) => !member.isShown);
  if (hidden.length === 0) return true;
  const count = countOf(group);
  const shown = group.length - hidden.length;
  if (Math.max(k, Math.floor(count / k) * k) + k - 1 - shown * k < k / 2) return false;
  if (shown > 0) return true;
  const small = hidden.filter(({ member }) => member.atMost !== undefined);
  const unbounded = hidden.length - small.length;
  if (unbounded > 1) return true;
  const least = Math.max(k, Math.ceil(count / k) * k - k + 1);
  const needed = Math.ceil(least / (k - 1));
  return areIndependent(small, unbounded === 1 ? needed : needed + 1);
}
