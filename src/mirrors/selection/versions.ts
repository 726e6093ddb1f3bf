import type { Catalogue } from '../catalogue.ts';

/** A version as mirrors have it. */
export interface ResolvedVersion {
  version: string;
  /** `kitten` for `10-kitten`: mirrors have it at addresses of their own. */
  module: string | undefined;
  isVault: boolean;
}

/** In the order of AlmaLinux's service: module, alias, known version, alias that the version begins with. */
export function resolveVersion(catalogue: Catalogue, asked: string): ResolvedVersion | undefined {
  const module = moduleOf(catalogue, asked);
  if (module !== undefined) return { version: asked, module, isVault: false };
  const isKnown = catalogue.versions.includes(asked);
  const isVault = catalogue.vaultVersions.includes(asked);
  const alias = catalogue.aliases.find(([from]) => from === asked);
  if (isKnown && alias !== undefined) return plain(catalogue, alias[1]);
  if (isKnown || isVault) return { version: asked, module: undefined, isVault };
  const begun = catalogue.aliases.find(([from]) => asked.startsWith(from));
  return begun === undefined ? undefined : plain(catalogue, begun[1]);
}

function plain(catalogue: Catalogue, version: string): ResolvedVersion {
  return { version, module: undefined, isVault: catalogue.vaultVersions.includes(version) };
}

function moduleOf({ modules }: Catalogue, asked: string): string | undefined {
  for (const [module, versions] of modules) {
    if (versions.some((version) => asked === `${version}-${module}`)) return module;
  }
  return undefined;
}

/** The first entry whose version this one begins with, as in AlmaLinux's service; empty if there is none. */
export function archesOf(catalogue: Catalogue, version: string): readonly string[] {
  return catalogue.arches.find(([prefix]) => version.startsWith(prefix))?.[1] ?? [];
}
