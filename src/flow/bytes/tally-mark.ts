/** How a tally that travels begins. It goes on with the version of its form. */
export const TALLY_MARK = 'rollcall-tally ';

/** Of the names of their files. */
export const TALLY_ENDING = '.tally';

const MARK = Buffer.from(TALLY_MARK, 'latin1');

export function isTally(head: Uint8Array): boolean {
  return MARK.equals(head.subarray(0, MARK.length));
}
