import { type KnownMetadata, repositoryKey, type WebScheme } from '../catalogue.ts';
import { type Choice, type ChosenMirror, choose, type Wish } from '../selection/choose.ts';
import { ownValue } from '../selection/fitness.ts';
import type { Located } from '../selection/rank.ts';
import type { Snapshot } from '../selection/snapshot.ts';
import type { Filters } from './filters.ts';
import type { MetalinkUrl } from './metalink.ts';
import type { Document } from './route.ts';
import type { Subject } from './subject.ts';

/** A client as selection knows it. */
export interface ChoosingClient {
  located: Located;
  /** All bits; undefined if its address could not be read. */
  address: Uint8Array | undefined;
  /** Of its User-Agent, where the request names none. */
  arch: string | undefined;
}

type KnownRepository = Extract<Subject, { kind: 'repository' }>;

/**
 * AlmaLinux's mirrorlists have http first, as its service does; a metalink checks what it leads to, and prefers https.
 */
const SCHEMES: Record<Document, readonly WebScheme[]> = { mirrorlist: ['http', 'https'], metalink: ['https', 'http'] };

export function wishFor(
  subject: KnownRepository,
  document: Document,
  filters: Filters,
  agentArch: string | undefined,
): Wish {
  const { version, repository } = subject;
  return {
    scope: { version: version.version, repository: repository.name, arch: subject.arch ?? agentArch },
    module: version.module,
    schemes: filters.schemes ?? SCHEMES[document],
    countries: filters.countries,
    isGlobal: filters.isGlobal,
  };
}

/** What is in the vault has one place; everything else is chosen for the client. */
export function chooseFor(
  snapshot: Snapshot,
  isVault: boolean,
  wish: Wish,
  { located, address }: ChoosingClient,
  now: number,
): Choice {
  const { vault, master } = snapshot.catalogue;
  const base = vault ?? master;
  if (!isVault || base === undefined) return choose(snapshot, wish, located, address, now);
  const only: ChosenMirror = {
    from: vault === undefined ? 'master' : 'vault',
    base,
    tier: undefined,
    kilometres: undefined,
  };
  return { mirrors: [only], resort: 'none', isEmergency: false };
}

export function isInVault({ version, repository }: KnownRepository): boolean {
  return version.isVault || repository.isVault;
}

/** What follows a mirror's base address. `$basearch` stays where no architecture is named: dnf fills it in. */
export function repositoryPath({ version, repository, arch }: KnownRepository): string {
  const path = arch === undefined ? repository.path : repository.path.replaceAll('$basearch', arch);
  return `/${version.version}/${path}`;
}

export function metalinkUrls(snapshot: Snapshot, subject: KnownRepository, choice: Choice): MetalinkUrl[] {
  const path = repositoryPath(subject);
  return choice.mirrors.map(({ from, base }) => ({
    url: base + path,
    country: typeof from === 'number' ? snapshot.mirrors[from]!.mirror.country : undefined,
  }));
}

/** Newest first; empty if the master was never seen with it, or no architecture is named. */
export function truthOf({ state }: Snapshot, { version, repository, arch }: KnownRepository): readonly KnownMetadata[] {
  if (state === undefined || arch === undefined) return [];
  return ownValue(state.truth, repositoryKey(version.version, repository.name, arch)) ?? [];
}
