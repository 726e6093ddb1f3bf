import { OTHER } from '../../views/publication/tables.ts';
import type { CountryFigure } from '../figures/countries.ts';
import type { Here } from '../html/here.ts';

/** `generic` is what systems say that name no edition. */
export function editionName({ words }: Here, edition: string): string {
  return isNotStated(edition) ? words.names.generic : groupName(words, edition);
}

export function isNotStated(edition: string): boolean {
  return edition === 'generic' || edition === '';
}

export function groupName(words: Here['words'], name: string): string {
  if (name === OTHER) return words.names.other;
  return name === '' ? words.names.notStated : name;
}

export function ageName({ words, tables }: Here, age: string): string {
  const names: Readonly<Record<string, string>> = words.ages[tables.ages];
  return names[age] ?? age;
}

export function countryName({ words, formats }: Here, { code, kind }: Pick<CountryFigure, 'code' | 'kind'>): string {
  if (kind === 'unknown') return words.names.unknown;
  if (kind === 'country') return formats.region(code);
  return code === OTHER ? words.names.restOfWorld : words.names.restOf(formats.region(code));
}
