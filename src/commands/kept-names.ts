import { joinKept, type KeptNames } from '../flow/tallies/naming.ts';
import { keptNames } from '../flow/views/definition/kept-names.ts';
import { shippedAliases, shippedDefinitions } from './distribution.ts';

/** The names of all distributions that ship with Rollcall. */
export function shippedNamesKept(): KeptNames {
  return keptNames(shippedDefinitions(), shippedAliases());
}

/** Those, and what a vault is familiar with. */
export function namesKeptFor(vault: { familiarNames(): KeptNames } | undefined): KeptNames {
  return joinKept(shippedNamesKept(), ...(vault === undefined ? [] : [vault.familiarNames()]));
}
