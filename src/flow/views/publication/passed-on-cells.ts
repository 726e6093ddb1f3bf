import { isCleanText, LONGEST_VALUE, OTHER } from '../../sightings/clean-text.ts';
import type { CubeCell } from '../../vault/vault.ts';
import { faultOf } from '../files/plain-text.ts';

/** Whether a name from strangers may stand in published files (S1, S4, O5). */
export function mayBePassedOn(text: string): boolean {
  return isCleanText(text) && faultOf(text) === undefined && Buffer.byteLength(text) <= LONGEST_VALUE;
}

/**
 * Totals that are passed on as they are bring names past the closed vocabularies. Those that no file may hold become
 * `other` here, before anything is made of them, so that one name in one row is in nobody's way.
 */
export function passedOnCell(cell: CubeCell): CubeCell {
  if (isPassedOnWhole(cell)) return cell;
  const { client, osName, osVersion, osVariant, osArch } = cell.system;
  const { age, repoTag, repoArch } = cell.request;
  return {
    ...cell,
    system: {
      client: passedOn(client),
      osName: passedOn(osName),
      osVersion: passedOn(osVersion),
      osVariant: passedOn(osVariant),
      osArch: passedOn(osArch),
    },
    request: { age, repoTag: passedOn(repoTag), repoArch: passedOn(repoArch) },
  };
}

/** Whether all names of a cell stay. */
export function isPassedOnWhole({ system, request }: CubeCell): boolean {
  const { client, osName, osVersion, osVariant, osArch } = system;
  return [client, osName, osVersion, osVariant, osArch, request.repoTag, request.repoArch].every(mayBePassedOn);
}

function passedOn(text: string): string {
  return mayBePassedOn(text) ? text : OTHER;
}
