import type { Age } from '../sightings/request.ts';
import type { CubeCell } from '../vault/vault.ts';

/** A system asks each of its repositories once a week, so only one repository may be counted, and only its own release. */
interface CensusRule {
  /** The repository that every system has, and that counts. The group is the release. */
  census: RegExp;
  /** Another repository that every system has: how far the two differ shows how sure the number is. */
  crosscheck: RegExp;
}

const RULES: readonly CensusRule[] = [
  { census: /^fedora-(\d+)$/, crosscheck: /^updates-released-f(\d+)$/ },
  { census: /(?:^|-)baseos-(\d+)/i, crosscheck: /(?:^|-)appstream-(\d+)/i },
];

/** An estimate of the systems of one week. */
export interface Census {
  systems: number;
  /** By the other repository that every system has; equal to `systems` where there is none. */
  low: number;
  high: number;
  /** `os_name os_version` -> systems, most first. */
  byVersion: [string, number][];
  byAge: Record<Age, number>;
  /** `release`: check-ins of the census repositories by systems of their release. `largest`: no repository is known to
   * be everybody's, so the one with the most check-ins counts, whatever the release. */
  basis: { kind: 'release' } | { kind: 'largest'; repoTag: string };
}

/** Estimates the systems of a week from its check-ins. */
export function takeCensus(cells: Iterable<CubeCell>): Census {
  const all = [...cells];
  const census = all.filter((cell) => isOwnRelease(cell, 'census'));
  if (census.length === 0) return takeLargest(all);
  const systems = sumOfHits(census);
  const crosscheck = sumOfHits(all.filter((cell) => isOwnRelease(cell, 'crosscheck')));
  return {
    systems,
    low: crosscheck === 0 ? systems : Math.min(systems, crosscheck),
    high: Math.max(systems, crosscheck),
    byVersion: byVersion(census),
    byAge: byAge(census),
    basis: { kind: 'release' },
  };
}

function takeLargest(cells: readonly CubeCell[]): Census {
  const byTag = new Map<string, number>();
  for (const { request, hits } of cells) byTag.set(request.repoTag, (byTag.get(request.repoTag) ?? 0) + hits);
  const [repoTag, systems] = [...byTag].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  const counted = cells.filter((cell) => cell.request.repoTag === repoTag);
  return {
    systems,
    low: systems,
    high: systems,
    byVersion: byVersion(counted),
    byAge: byAge(counted),
    basis: { kind: 'largest', repoTag },
  };
}

function isOwnRelease({ system, request }: CubeCell, kind: keyof CensusRule): boolean {
  const major = /^\d+/.exec(system.osVersion)?.[0];
  return major !== undefined && RULES.some((rule) => rule[kind].exec(request.repoTag)?.[1] === major);
}

function sumOfHits(cells: readonly CubeCell[]): number {
  return cells.reduce((sum, cell) => sum + cell.hits, 0);
}

function byVersion(cells: readonly CubeCell[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { system, hits } of cells) {
    const name = `${system.osName} ${system.osVersion}`.trim() || 'not stated';
    sums.set(name, (sums.get(name) ?? 0) + hits);
  }
  return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function byAge(cells: readonly CubeCell[]): Record<Age, number> {
  const sums: Record<Age, number> = { 1: 0, 2: 0, 3: 0, 4: 0 };
  for (const { request, hits } of cells) sums[request.age] += hits;
  return sums;
}
