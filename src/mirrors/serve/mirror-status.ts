import type { Mirror, MirrorHealth, Reachability, RepositoryHealth } from '../catalogue.ts';
import { ownValue } from '../selection/fitness.ts';
import type { SnapshotParts } from './messages.ts';

/** What everybody may know of a mirror: whether it is given out, since when, and why. Times are ISO 8601. */
export interface MirrorStatus {
  name: string;
  sponsor: string;
  /** http or https; empty if there is none. */
  sponsorUrl: string;
  city: string;
  country: string;
  /** As its admin says. */
  updateFrequency: string;
  addresses: Mirror['addresses'];
  /** `partly`: not for all of the repositories it was checked for. */
  listed: 'yes' | 'partly' | 'no' | 'unchecked';
  /** When this became so, as far as is known. */
  since: string | undefined;
  v4: Reachability | undefined;
  v6: Reachability | undefined;
  /** Where one of two fails it is not given out by that one. */
  schemes: MirrorHealth['schemes'];
  /** When it was last written to, by its TIME file. */
  time: string | undefined;
  repositories: readonly RepositoryStatus[];
}

export interface RepositoryStatus {
  /** `9.8/baseos/x86_64` */
  repository: string;
  listed: boolean;
  verdict: RepositoryHealth['verdict'];
  since: string;
  reason: string;
}

/** By name. Private mirrors are nobody's business. */
export function mirrorStatuses({ catalogue, state }: SnapshotParts): MirrorStatus[] {
  return catalogue.mirrors
    .filter(({ isPrivate }) => !isPrivate)
    .map((mirror) => statusOf(mirror, ownValue(state?.mirrors ?? {}, mirror.name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function statusOf(mirror: Mirror, health: MirrorHealth | undefined): MirrorStatus {
  const { name, sponsor, city, country, updateFrequency, addresses } = mirror;
  const repositories = Object.entries(health?.repositories ?? {}).map(repositoryStatus);
  return {
    name,
    sponsor: sponsor.name,
    sponsorUrl: sponsor.url,
    city,
    country: country || health?.whereabouts?.country || '',
    updateFrequency,
    addresses,
    ...listingOf(repositories, [health?.v4, health?.v6]),
    v4: health?.v4,
    v6: health?.v6,
    schemes: health?.schemes,
    time: health?.time,
    repositories,
  };
}

function repositoryStatus([repository, health]: [string, RepositoryHealth]): RepositoryStatus {
  const { isListed, verdict, since, reason } = health;
  return { repository, listed: isListed, verdict, since, reason };
}

/** A mirror that answers on no kind of address is given out to nobody, whatever it had when it last answered. */
function listingOf(
  repositories: readonly RepositoryStatus[],
  families: readonly (Reachability | undefined)[],
): Pick<MirrorStatus, 'listed' | 'since'> {
  const known = families.filter((family) => family !== undefined);
  if (known.length > 0 && known.every(({ ok }) => !ok)) return { listed: 'no', since: newest(known) };
  if (repositories.length === 0) return { listed: 'unchecked', since: undefined };
  const listed = repositories.filter((repository) => repository.listed);
  if (listed.length === repositories.length) return { listed: 'yes', since: newest(repositories) };
  const left = repositories.filter((repository) => !repository.listed);
  return { listed: listed.length > 0 ? 'partly' : 'no', since: newest(left) };
}

function newest(changes: readonly { since: string }[]): string | undefined {
  return changes
    .map(({ since }) => since)
    .sort()
    .at(-1);
}
