/** How a segment of a server's spool begins. It goes on with the version of its form. */
export const SPOOL_MARK = 'rollcall-spool ';

const MARK = Buffer.from(SPOOL_MARK, 'latin1');

export function isSpool(head: Uint8Array): boolean {
  return MARK.equals(head.subarray(0, MARK.length));
}

/** As in `2026-07-15T18Z-0123456789abcdef.spool`: the hour and the front of a random id. */
const SEGMENT_NAME = /^\d{4,}-\d\d-\d\dT\d\dZ-[0-9a-f]{16}\.spool$/;

export function isSegmentName(name: string): boolean {
  return SEGMENT_NAME.test(name);
}
