import type { Week } from '../sightings/week.ts';
import type { WorldOutlines } from './charts/look.ts';

/** What the pages need beside the published tables. All of it is plain data: building the site has no effects. */
export interface WebsiteContext {
  /** The published data files: the data page lists them, and no others are linked to. */
  files: readonly FileEntry[];
  territories: Territories;
  /** Weeks whose files stay as they are, and are not made again. */
  isKept: (week: Week) => boolean;
  assets: { stylesheet: string; script: string };
}

export interface FileEntry {
  path: string;
  bytes: number;
  /** Undefined for a file that shows its manifest: its hash is not known before that. */
  sha256: string | undefined;
  /** Undefined where that means nothing. */
  rows?: number | undefined;
}

/** The countries of the world, with their outlines. */
export interface Territories extends WorldOutlines {
  /** Where the populations come from, with its version. */
  source: string;
  /** By ISO 3166-1 alpha-2 code. */
  territories: Readonly<
    Record<string, WorldOutlines['territories'][string] & { population: number; continent: string }>
  >;
}
