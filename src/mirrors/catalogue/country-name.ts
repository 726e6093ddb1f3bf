/** `isCode`: it was written as the code. */
export interface NamedCountry {
  code: string;
  isCode: boolean;
}

/** What people write that is neither a code nor a name of Unicode CLDR. */
const ALSO: Record<string, string> = {
  usa: 'US',
  'united states of america': 'US',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'czech republic': 'CZ',
  'russian federation': 'RU',
  turkey: 'TR',
  korea: 'KR',
  'republic of korea': 'KR',
  'viet nam': 'VN',
  holland: 'NL',
  'the netherlands': 'NL',
  macedonia: 'MK',
  'hong kong': 'HK',
  macau: 'MO',
  uae: 'AE',
};
/** Codes that ICU has names for, and that are no countries. */
const NO_COUNTRIES = ['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ'];

/** Builds the look-up from a country as people write it. The names are loaded when the first one is asked for. */
export function createCountryNames(): (text: string) => NamedCountry | undefined {
  let byName: Map<string, string> | undefined;
  let codes: Set<string> | undefined;
  return (text) => {
    codes ??= allCodes();
    if (codes.has(text)) return { code: text, isCode: true };
    if (/^[A-Za-z]{2}$/.test(text)) {
      const code = currentCode(text);
      return codes.has(code) ? { code, isCode: false } : undefined;
    }
    byName ??= namesOf(codes);
    const code = byName.get(simplified(text));
    return code === undefined ? undefined : { code, isCode: false };
  };
}

/** The European Union's code for Greece, which Unicode does not know. */
const EUROPEAN: Record<string, string> = { EL: 'GR' };

/**
 * The code of today for two letters: `UK` is GB, `SU` is RU, as Unicode maps what is no longer or never was a code. What
 * it does not know stays.
 */
export function currentCode(letters: string): string {
  const code = letters.toUpperCase();
  return EUROPEAN[code] ?? new Intl.Locale(`und-${code}`).region ?? code;
}

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

function allCodes(): Set<string> {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const pairs = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  const known = pairs.filter((code) => names.of(code) !== undefined && currentCode(code) === code);
  return new Set(known.filter((code) => !NO_COUNTRIES.includes(code)));
}

function namesOf(codes: ReadonlySet<string>): Map<string, string> {
  const named = (['long', 'short'] as const).flatMap((style) => {
    const names = new Intl.DisplayNames('en', { type: 'region', style });
    return [...codes].map((code) => [simplified(names.of(code) ?? code), code] as const);
  });
  return new Map([...named, ...Object.entries(ALSO)]);
}

function simplified(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[’']/g, "'")
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
    .replace(' and ', ' & ');
}
