import { isWithheld } from '../../views/publication/tables.ts';
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
  if (isWithheld(name))
    return name.includes('.') ? words.names.withheldMinor(name.split('.')[0]!) : words.names.withheld;
  return name === '' ? words.names.notStated : name;
}

export function ageName({ words, tables }: Here, age: string): string {
  const names: Readonly<Record<string, string>> = words.ages[tables.ages];
  return names[age] ?? age;
}

export function countryName({ words, formats }: Here, { code, kind }: Pick<CountryFigure, 'code' | 'kind'>): string {
  if (kind === 'unknown') return words.names.unknown;
  if (kind === 'country') return formats.region(code);
  return isWithheld(code) ? words.names.restOfWorld : words.names.restOf(formats.region(code));
}
