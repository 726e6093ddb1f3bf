import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isSegmentName } from '../flow/bytes/spool-mark.ts';
import { isClusterAddress } from '../flow/vault/cluster/address.ts';
import type { LogReport } from './count-logs.ts';
import { type Clock, handIn, readAndRecord } from './ingest.ts';
import { isInVault, lookAt, remove } from './remove-counted.ts';
import type { SharingOptions } from './sharing.ts';
import { startReaders } from './start-readers.ts';
import type { Terminal } from './terminal.ts';

export interface FoldOptions extends SharingOptions {
  vault: string;
  /** The clients that count, as in `--agent`. */
  agent?: string[];
}

/**
 * Counts the segments of a spool into a vault and removes those that nobody will write to any more. Segments that are
 * still written are counted as far as they go, and continued the next time. Whatever happens in between, no segment is
 * counted twice, and none is removed before the vault has it on the disk. Throws a VaultFault if the vault cannot be used.
 */
export async function foldSpool(
  folder: string,
  options: FoldOptions,
  terminal: Terminal,
  clock: Clock,
): Promise<LogReport[]> {
  const segments = readdirSync(folder)
    .filter(isSegmentName)
    .sort()
    .map((name) => lookAt(join(folder, name), clock))
    .filter((segment) => segment !== undefined)
    // What a cluster gets of a segment each ten minutes it would keep beside each other.
    .filter(({ isFinal }) => isFinal || !isClusterAddress(options.vault));
  if (segments.length === 0) return [];
  const reports: LogReport[] = [];
  const kept: unknown[] = [];
  const onReport = (report: LogReport) => {
    const segment = segments[reports.length]!;
    reports.push(report);
    if (!isInVault(report) || !segment.isFinal) return;
    try {
      remove(segment);
    } catch (error) {
      // The others are counted first; this one is known the next time.
      kept.push(error);
    }
  };
  const paths = segments.map(({ path }) => path);
  const counting = { ...options, workers: 1 };
  const readers = startReaders(options, clock.now());
  if (isClusterAddress(options.vault)) await handIn(paths, counting, terminal, clock, readers, onReport);
  else await readAndRecord(paths, counting, 'add', terminal, clock, readers, onReport);
  if (kept.length > 0) throw kept[0];
  return reports;
}
