import type { WebScheme } from '../catalogue.ts';
import type { Fitness, Scope } from './fitness.ts';
import type { PreparedMirror } from './snapshot.ts';

/** What a list is for. */
export interface Wanted {
  scope: Scope;
  module: string | undefined;
  /** The schemes that will do, the preferred one first. */
  schemes: readonly WebScheme[];
}

/** For each mirror 1 or 0. */
export type Mask = Uint8Array;

/** Which mirrors may be given: `own` to clients of the networks that they are declared for, `open` to anybody. */
export interface Givable {
  own: Mask;
  open: Mask;
}

/**
 * What mirrors have for one list, by their places in the snapshot. Thousands of requests want the same list, and each
 * would ask every mirror on its way for its health, its reach and its address.
 */
export interface Offer {
  fitness: readonly Fitness[];
  /** Addresses without a slash at their end; undefined where a mirror has none of the schemes. */
  bases: readonly (string | undefined)[];
  /** Mirrors that have an address, are at least so fit, and answer on this kind of address; undefined: on any. */
  givable(worst: number, family: 'v4' | 'v6' | undefined): Givable;
}

export function offerOf(mirrors: readonly PreparedMirror[], wanted: Wanted, fitness: readonly Fitness[]): Offer {
  const bases = mirrors.map((prepared) => baseAddress(prepared, wanted));
  const find = (worst: number, family: 'v4' | 'v6' | undefined): Givable => {
    const isGivable = ({ reaches }: PreparedMirror, index: number) =>
      bases[index] !== undefined && fitness[index]!.level <= worst && (family === undefined || reaches[family]);
    const own = Uint8Array.from(mirrors, (prepared, index) => Number(isGivable(prepared, index)));
    return { own, open: among(own, (index) => !mirrors[index]!.mirror.isPrivate) };
  };
  const known: Record<string, (Givable | undefined)[]> = { v4: [], v6: [], any: [] };
  const givable = (worst: number, family: 'v4' | 'v6' | undefined) => {
    const ofFamily = known[family ?? 'any']!;
    ofFamily[worst] ??= find(worst, family);
    return ofFamily[worst];
  };
  return { fitness, bases, givable };
}

/** Those of a mask that something holds for. */
export function among(mask: Mask, holds: (index: number) => boolean): Mask {
  return mask.map((is, index) => Number(is === 1 && holds(index)));
}

/** By the first scheme that the mirror has; of a module if one is given. */
function baseAddress({ addresses, modules }: PreparedMirror, { module, schemes }: Wanted): string | undefined {
  const known = module === undefined ? addresses : modules.get(module);
  const scheme = schemes.find((name) => known?.[name] !== undefined);
  return scheme === undefined ? undefined : known?.[scheme];
}
