import { total, without } from './bounds.ts';
import type { Cell, CellNetworks, Member } from './protected-table.ts';
import { countsOfRow, roundTo } from './rounding.ts';

/** Cells that are shown by one number, if they are shown. */
export interface Group {
  members: readonly Member[];
  systems: number;
  /** By os name. Infinity where nobody counted. */
  networks: ReadonlyMap<string, CellNetworks>;
  /** The most systems that an outsider can think it has. */
  most: number;
  /** As `most`, if the one hidden member without which it is least had no systems. */
  mostWithoutOne: number;
}

const UNCOUNTED: CellNetworks = { os: '', group: '', count: Infinity, ofName: Infinity };

export function shownCell(id: string, cell: Cell): Group {
  const member = { id, systems: cell.systems, isShown: true, atMost: undefined };
  return { ...groupOf(member, cell), most: Infinity, mostWithoutOne: Infinity };
}

export function hiddenCell(id: string, cell: Cell, atMost: number | undefined): Group {
  const member = { id, systems: cell.systems, isShown: false, atMost };
  return { ...groupOf(member, cell), most: atMost ?? Infinity, mostWithoutOne: 0 };
}

function groupOf(member: Member, { networks }: Cell): Pick<Group, 'members' | 'systems' | 'networks'> {
  const seen = networks ?? UNCOUNTED;
  return { members: [member], systems: member.systems, networks: new Map([[seen.os, seen]]) };
}

/** Groups of a name may share networks: what is known of them together is the number of the name. */
function networksOfAll(groups: readonly Group[]): Map<string, CellNetworks> {
  const all = new Map<string, CellNetworks>();
  for (const seen of groups.flatMap(({ networks }) => [...networks.values()])) {
    const known = all.get(seen.os);
    if (known === undefined) all.set(seen.os, seen);
    else if (known.group !== seen.group) all.set(seen.os, { ...known, group: '', count: known.ofName });
  }
  return all;
}

export function combine(groups: readonly Group[]): Group {
  const most = total(groups.map((group) => ({ value: group.most, count: 1 })));
  return {
    members: groups.flatMap(({ members }) => members),
    systems: groups.reduce((sum, { systems }) => sum + systems, 0),
    networks: networksOfAll(groups),
    most: most.infinite > 0 ? Infinity : most.finite,
    mostWithoutOne: Math.min(...groups.map((group) => without(most, group.most) + group.mostWithoutOne)),
  };
}

/** A group that got no row. Who knows the rules can tell that it was too small for one, and that says much of its members. */
export function withoutRow(group: Group, k: number): Group {
  if (group.systems >= k) return group;
  return { ...group, most: Math.min(group.most, k - 1), mostWithoutOne: Math.min(group.mostWithoutOne, k - 1) };
}

export function hasNetworks(group: Group, networks: number): boolean {
  return [...group.networks.values()].reduce((sum, { count }) => sum + count, 0) >= networks;
}

/** No hidden member can be shown to have a system by the group's rounded number, nor its count be known to within k / 2. */
export function isSafe(group: Group, k: number): boolean {
  const shown = group.members.filter(({ isShown }) => isShown).length;
  if (shown === group.members.length) return true;
  const counts = countsOfRow(k, roundTo(k, group.systems));
  return group.mostWithoutOne >= counts.least && counts.most - shown * k >= k / 2;
}
