/**
 * What a mirrorlist service knows of repositories and mirrors, as plain data: loaded from AlmaLinux's `config.yml` and
 * `mirrors.d/`, or from a plain small configuration. Health is not in here: see `HealthState`.
 */
export interface Catalogue {
  /** Versions that are served from mirrors, as in `9.8`. */
  versions: readonly string[];
  /** `9` -> `9.8`, in the order of the file: a version that is unknown takes the first whose key it begins with. */
  aliases: readonly (readonly [from: string, to: string])[];
  /** `kitten` -> `['10']`: versions such as `10-kitten`, with addresses of their own. */
  modules: ReadonlyMap<string, readonly string[]>;
  vaultVersions: readonly string[];
  /** Where what is no longer on mirrors lies, without a slash at its end; undefined if there is none. */
  vault: string | undefined;
  /** The master, that is right by definition: the last resort of every answer, without a slash at its end. */
  master: string | undefined;
  /** Architectures of a version; looked up by prefix, in the order of the file. */
  arches: readonly (readonly [version: string, arches: readonly string[]])[];
  repositories: readonly Repository[];
  mirrors: readonly Mirror[];
  /** How old a mirror's TIME may be, in seconds. */
  allowedOutdate: number;
  /** Fedora's form: `repo=baseos-9` stands for version 9 and repository baseos. `{repo}-{version}` unless configured. */
  tag: string;
  /** The `repo=` values of a distribution without mirrors, which only wants to be counted; absent if it has mirrors. */
  endpointTags?: readonly string[];
  /** Mirrors may lie in private networks and on any port: only where no stranger writes the files. Absent: they may not. */
  internalAddresses?: boolean;
}

export interface Repository {
  name: string;
  /** From a mirror's address and the version on: `BaseOS/$basearch/os/`. */
  path: string;
  /** Empty: all. */
  versions: readonly string[];
  arches: readonly string[];
  isVault: boolean;
}

export interface Mirror {
  /** The host name; unique. */
  name: string;
  /** The file it came from, for messages. */
  file: string;
  /** Base addresses without a slash at their end, by scheme. */
  addresses: Addresses;
  /** Of modules such as `kitten`. */
  moduleAddresses: ReadonlyMap<string, Addresses>;
  /** ISO 3166-1 alpha-2; empty if its file does not say. */
  country: string;
  city: string;
  /** Degrees, where they are known. */
  place: { latitude: number; longitude: number } | undefined;
  /** Only for its own networks. */
  isPrivate: boolean;
  /** Whoever is in its networks gets this mirror alone. */
  isMonopoly: boolean;
  /** Networks that it is declared to serve. */
  asns: readonly number[];
  /** The network that its own address stands in, where that is known. */
  hostAsn?: number | undefined;
  /** CIDR, with those of its network lists as far as they have been loaded. */
  subnets: readonly string[];
  /** Lists of networks that somebody else keeps, which the check loads; absent if there are none. */
  networkLists?: readonly NetworkList[];
  /** Relative; 1 if nothing is said. */
  weight: number;
  sponsor: { name: string; url: string };
  updateFrequency: string;
}

/** Networks that a provider publishes as JSON. */
export interface NetworkList {
  url: string;
  /** As the provider names them; empty: all. */
  regions: readonly string[];
}

export type Scheme = 'http' | 'https' | 'rsync' | 'ftp';
/** Those that package managers fetch by. */
export type WebScheme = 'http' | 'https';
export type Addresses = Readonly<Partial<Record<Scheme, string>>>;

/** A repository as a mirror has it: `9.8/baseos/x86_64`. */
export type RepositoryKey = string & { readonly __unit: 'repository-key' };

/** The version is a full one, not an alias. */
export function repositoryKey(version: string, repository: string, arch: string): RepositoryKey {
  return `${version}/${repository}/${arch}` as RepositoryKey;
}

/**
 * What the check found out, one file, written in one step by `rollcall check` and read by `rollcall serve`. All times are
 * ISO 8601, UTC.
 */
export interface HealthState {
  format: 'rollcall-health-v1';
  checked: string;
  /** What the master's own TIME file said: how far a mirror is behind is told by it, not by a clock. */
  masterTime?: string | undefined;
  /** Only mirrors with the newest metadata are given out, until then; undefined if there is no emergency. Repositories by
   * name, as in `baseos`. */
  emergency: { repositories: readonly string[] | 'all'; until: string; why: string } | undefined;
  /** The metadata that the master had, newest first; never empty for a repository that was ever seen. */
  truth: Readonly<Record<RepositoryKey, readonly KnownMetadata[]>>;
  mirrors: Readonly<Record<string, MirrorHealth>>;
}

/** A repomd.xml that the distribution has published. */
export interface KnownMetadata {
  sha256: string;
  sha512: string;
  size: number;
  /** As metalinks say it: seconds since 1970. */
  timestamp: number;
  firstSeen: string;
}

export interface MirrorHealth {
  /** By IP version: reachable or not, and what failed. Undefined where it has no such address. */
  v4: Reachability | undefined;
  v6: Reachability | undefined;
  /** By the scheme of its addresses, as only https fails when a certificate expires. */
  schemes?: Readonly<Partial<Record<WebScheme, Reachability>>>;
  /** When the mirror was last written to, by its TIME file; undefined if it has none. */
  time: string | undefined;
  /** By the address that its name had; absent if that tells nothing. */
  whereabouts?: Whereabouts;
  repositories: Readonly<Record<RepositoryKey, RepositoryHealth>>;
}

/** Where a mirror stands, as far as databases of addresses know. */
export interface Whereabouts {
  /** ISO 3166-1 alpha-2. */
  country?: string | undefined;
  /** Degrees. */
  place?: { latitude: number; longitude: number } | undefined;
  /** The network that its address is in. */
  asn?: number | undefined;
}

export interface Reachability {
  /** Stays true at the first failure. */
  ok: boolean;
  since: string;
  /** What exactly failed, in words that a mirror's admin can act on; empty if all is well. */
  reason: string;
  /** In a row, as in `RepositoryHealth`. */
  failures?: number;
}

export interface RepositoryHealth {
  /** `previous`: known metadata that is not the newest, still within the allowed age; `stale`: older; `broken`: none that
   * the master ever had. */
  verdict: 'current' | 'previous' | 'stale' | 'missing' | 'unreachable' | 'broken';
  since: string;
  reason: string;
  /** Failures in a row: two drop a mirror, one success brings it back. */
  failures: number;
  isListed: boolean;
  /** What it had when it was last looked at, unless that was the newest. */
  sha256?: string | undefined;
}
