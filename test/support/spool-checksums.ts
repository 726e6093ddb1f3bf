import { crc32 } from 'node:zlib';

/** A segment that was changed by hand, with checksums that agree again. */
export function withChecksums(segment: string): Buffer {
  let checksum = 0;
  const batches = segment.split(/^\. \d+ [0-9a-f]{8}\n/m).filter((batch) => batch !== '');
  const sealed = batches.map((batch, before) => {
    checksum = crc32(batch, checksum);
    return `${batch}. ${before + 1} ${checksum.toString(16).padStart(8, '0')}\n`;
  });
  return Buffer.from(sealed.join(''));
}
