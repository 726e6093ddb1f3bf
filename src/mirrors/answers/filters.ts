import { currentCode } from '../catalogue/country-name.ts';
import type { WebScheme } from '../catalogue.ts';
import type { Parameters } from './target.ts';

/** What a client wants of mirrors beyond being good for it. */
export interface Filters {
  /** Undefined: whatever the document prefers. */
  schemes: readonly WebScheme[] | undefined;
  countries: readonly string[];
  isGlobal: boolean;
}

export const NO_FILTERS: Filters = { schemes: undefined, countries: [], isGlobal: false };

const SCHEMES: readonly WebScheme[] = ['https', 'http'];
/** Fedora's form names protocols that no package manager of today fetches by. */
const OTHER_PROTOCOLS = ['rsync', 'ftp'];

/** The filters, or the sentence that says what is wrong with them. */
export function readFilters({ country, protocol }: Parameters): Filters | string {
  const protocols = listOf(protocol);
  const schemes = SCHEMES.filter((scheme) => protocols.includes(scheme));
  const strange = protocols.some((name) => !(SCHEMES as string[]).includes(name) && !OTHER_PROTOCOLS.includes(name));
  if (strange || (protocols.length > 0 && schemes.length === 0)) {
    return 'protocol is not known: expected protocol=http or protocol=https, or both with a comma between them';
  }
  const countries = listOf(country).map((name) => name.toUpperCase());
  const isGlobal = countries.includes('GLOBAL');
  if (!isGlobal && countries.some((name) => !/^[A-Z]{2}$/.test(name))) {
    return 'country is not known: expected two letters as in country=DE, several with commas between them, or country=global';
  }
  return {
    schemes: schemes.length > 0 ? schemes : undefined,
    // As in the files of the mirrors, so that whoever asks by the letters of a file gets its mirror.
    countries: isGlobal ? [] : countries.map(currentCode),
    isGlobal,
  };
}

function listOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).map((name) => name.trim());
}
