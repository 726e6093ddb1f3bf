import type { Cell, CellNetworks, Member } from './protected-table.ts';

/** A cell on its way to a row. */
export interface Placing {
  member: Member;
  cell: Cell;
  /** Groups on the way that were too small for a row. Who knows the rules can tell that each had fewer than k systems. */
  tooSmall: readonly number[];
}

/** Cells that are shown by one number, if they are shown. */
export type Group = readonly Placing[];

const UNCOUNTED: CellNetworks = { os: '', group: '', count: Infinity, ofName: Infinity };

export function countOf(group: Group): number {
  return group.reduce((sum, { cell }) => sum + cell.systems, 0);
}

/**
 * How many systems there are at least: one that asks many repositories is one, so the most by one of them counts; and of one
 * kind of system the most under one of the architectures that it asked for there. Not less than `enough`, if there are so
 * many, is an answer too.
 */
export function systemsOf(group: readonly Pick<Placing, 'cell'>[], enough = Infinity): number {
  const byRepository = new Map<string, { sum: number; kinds: Map<string, number> }>();
  let [counted, most] = [0, 0];
  for (const { cell } of group) {
    // Who asks whether there are so many need not know how many there are.
    if (counted + most >= enough) return counted + most;
    if (cell.asking === undefined) {
      counted += cell.systems;
      continue;
    }
    const { kind, byTag } = cell.asking;
    for (const [tag, count] of byTag) {
      const own = byRepository.get(tag) ?? { sum: 0, kinds: new Map<string, number>() };
      byRepository.set(tag, own);
      const known = own.kinds.get(kind) ?? 0;
      if (count <= known) continue;
      own.kinds.set(kind, count);
      own.sum += count - known;
      most = Math.max(most, own.sum);
    }
  }
  return counted + most;
}

/**
 * Groups of a name may share networks: what is known of them together is the number of the name. So may names: the most
 * of one is what they have together at least.
 */
export function networksOf(cells: readonly Cell[]): number {
  const all = new Map<string, CellNetworks>();
  for (const { networks } of cells) {
    const seen = networks ?? UNCOUNTED;
    const known = all.get(seen.os);
    if (known === undefined) all.set(seen.os, seen);
    else if (known.group !== seen.group) all.set(seen.os, { ...known, group: '', count: known.ofName });
  }
  return Math.max(0, ...[...all.values()].map(({ count }) => count));
}

/** It has k systems from enough networks, and gives none of its members away. */
export function canBeRow(group: Group, k: number, networks: number): boolean {
  return systemsOf(group, k) >= k && networksOf(group.map(({ cell }) => cell)) >= networks && isSafe(group, k);
}

/**
 * No hidden member can be shown to have a system by the group's number, whichever way it is rounded, nor its count be
 * known to within k / 2. Members that stand in a group which is known to be too small count as one of them.
 */
export function isSafe(group: Group, k: number): boolean {
  const hidden = group.filter(({ member }) => !member.isShown);
  if (hidden.length === 0) return true;
  const count = countOf(group);
  const shown = group.length - hidden.length;
  if (Math.max(k, Math.floor(count / k) * k) + k - 1 - shown * k < k / 2) return false;
  const small = hidden.filter(({ member }) => member.atMost !== undefined);
  const unbounded = hidden.length - small.length;
  if (shown > 0 || unbounded > 1) return true;
  const least = Math.max(k, Math.ceil(count / k) * k - k + 1);
  const needed = Math.ceil(least / (k - 1));
  return independent(small) >= (unbounded === 1 ? needed : needed + 1);
}

/** How many there are of which no two stand in one group that was too small: each of them alone can have k - 1. */
function independent(group: Group): number {
  const taken = new Set<number>();
  let found = 0;
  for (const { tooSmall } of group) {
    if (tooSmall.some((number) => taken.has(number))) continue;
    for (const number of tooSmall) taken.add(number);
    found++;
  }
  return found;
}
