import type { System } from '../../sightings/system.ts';
import type { Week } from '../../sightings/week.ts';
import type { CubeCell, NetworksOfWeek } from '../../vault/vault.ts';
import type { Aliases } from '../definition/aliases.ts';

/** Distinct networks under canonical names, 0 to 3; undefined where most addresses say nothing: that is not too few. */
export interface KnownNetworks {
  silence: NetworksOfWeek['silence'];
  ofName(os: string): number | undefined;
  /** A group is what a row shows: name, version, edition and architecture. */
  ofGroup(group: Group): number | undefined;
}

type Group = Record<'os' | 'version' | 'edition' | 'arch', string>;

/** Check-ins of a group or name, and what is known of them. */
interface Evidence {
  checkIns: number;
  located: number;
  hidden: number;
  networks: number;
}

interface Noted {
  week: Week;
  cells(): readonly CubeCell[];
  toldApart(): readonly CubeCell[];
  networks(): NetworksOfWeek;
}

/**
 * The same network may stand behind two spellings and two clients, so numbers are not added: the largest counts. Of
 * check-ins that were counted before groups were noted, only the number of their name is known, and stands for them.
 */
export function knownNetworks({ week, cells, toldApart, networks }: Noted, aliases: Aliases): KnownNetworks {
  const { silence, names, systems } = networks();
  const groups = new Map<string, Evidence>();
  const ofNames = new Map<string, Evidence>();
  const note = (system: System, more: Partial<Evidence>) => {
    const { osName, osVersion, osVariant, osArch } = aliases.apply(system, week);
    const group = keyOf({ os: osName, version: osVersion, edition: osVariant, arch: osArch });
    groups.set(group, added(groups.get(group), more));
    ofNames.set(osName, added(ofNames.get(osName), more));
  };
  for (const { system, hits } of [...cells(), ...toldApart()]) note(system, { checkIns: hits });
  for (const { system, ...known } of systems) note(system, known);
  const byName = new Map<string, number>();
  for (const [osName, count] of names) {
    const name = aliases.apply({ client: '', osName, osVersion: '', osVariant: '', osArch: '' }, week).osName;
    byName.set(name, Math.max(count, byName.get(name) ?? 0));
  }
  const isSilent = (evidence: Evidence | undefined) =>
    silence === 'few' || (evidence !== undefined && evidence.hidden * 2 > evidence.checkIns);
  const ofName = (os: string) => (isSilent(ofNames.get(os)) ? undefined : (byName.get(os) ?? 0));
  return {
    silence,
    ofName,
    ofGroup: (group) => {
      const evidence = groups.get(keyOf(group));
      if (isSilent(evidence)) return undefined;
      const isNoted = evidence !== undefined && (evidence.located + evidence.hidden) * 2 > evidence.checkIns;
      return isNoted ? evidence.networks : ofName(group.os);
    },
  };
}

function keyOf({ os, version, edition, arch }: Group): string {
  return JSON.stringify([os, version, edition, arch]);
}

function added(sum: Evidence | undefined, more: Partial<Evidence>): Evidence {
  return {
    checkIns: (sum?.checkIns ?? 0) + (more.checkIns ?? 0),
    located: (sum?.located ?? 0) + (more.located ?? 0),
    hidden: (sum?.hidden ?? 0) + (more.hidden ?? 0),
    networks: Math.max(sum?.networks ?? 0, more.networks ?? 0),
  };
}
