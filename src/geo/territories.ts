import { readFileSync } from 'node:fs';
import { builtFile } from '../built-files.ts';

/** What is known of the countries of the world, and their outlines in an equal-area projection (Equal Earth). */
export interface Territories {
  /** Where the populations come from, with its version: stands beside numbers per head. */
  source: string;
  /** The size of the picture that all outlines lie in. */
  width: number;
  height: number;
  /** The edge of the world, as SVG path data. */
  sphere: string;
  /** Land that no ISO code stands for. */
  unassigned: string;
  /** By ISO 3166-1 alpha-2 code. */
  territories: Record<string, Territory>;
}

export interface Territory {
  /** ISO 3166-1 numeric, three digits. */
  numeric: string;
  /** UN M49 code: 002 Africa, 009 Oceania, 019 Americas, 142 Asia, 150 Europe. */
  continent: string;
  /** People; 0 where nobody knows or nobody lives. */
  population: number;
  /** SVG path data; empty for those too small to have a shape. */
  path: string;
  /** Where those too small lie; absent if they do not lie in the picture. */
  place?: [number, number] | undefined;
}

/** Throws an Error that says what to do. */
export function loadTerritories(): Territories {
  try {
    return JSON.parse(readFileSync(builtFile('territories.json'), 'utf8')) as Territories;
  } catch (error) {
    throw new Error('the outlines of the countries have not been built; run: npm run build', { cause: error });
  }
}
