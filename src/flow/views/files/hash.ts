import { createHash } from 'node:crypto';
import type { OutputFile } from '../publication/output-file.ts';

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hashOf(file: OutputFile): string {
  return file.stored === undefined ? sha256(file.bytes) : file.stored.sha256;
}
