/** `isCode`: it was written as the code. */
export interface NamedCountry {
  code: string;
  isCode: boolean;
}

/** What people write that is neither a code nor a name of Unicode CLDR. */
const ALSO: Record<string, string> = {
  usa: 'US',
  'united states of america': 'US',
  america: 'US',
  'great britain': 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  'czech republic': 'CZ',
  'russian federation': 'RU',
  turkey: 'TR',
  korea: 'KR',
  'republic of korea': 'KR',
  'viet nam': 'VN',
  holland: 'NL',
  macedonia: 'MK',
  'hong kong': 'HK',
  macau: 'MO',
  uae: 'AE',
  'republic of china': 'TW',
  hongkong: 'HK',
  'slovak republic': 'SK',
  'bosnia herzegovina': 'BA',
  'brunei darussalam': 'BN',
  'syrian arab republic': 'SY',
  'lao people democratic republic': 'LA',
  'ivory coast': 'CI',
  'east timor': 'TL',
  burma: 'MM',
  swaziland: 'SZ',
  vatican: 'VA',
  'dr congo': 'CD',
  schweiz: 'CH',
  suisse: 'CH',
  belgique: 'BE',
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
    const code = byName.get(simplified(text)) ?? byName.get(withoutTitle(simplified(text)));
    return code === undefined ? dotted(text, codes) : { code, isCode: false };
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
  // As its people call it: Deutschland, 日本. The English name of another country comes first.
  const own = [...codes].map((code) => {
    const { language } = new Intl.Locale(`und-${code}`).maximize();
    return [simplified(new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code), code] as const;
  });
  return new Map([...own, ...named, ...Object.entries(ALSO)]);
}

/** `U.K.` */
function dotted(text: string, codes: ReadonlySet<string>): NamedCountry | undefined {
  if (!/^[A-Za-z]\.[A-Za-z]\.$/.test(text)) return undefined;
  const code = currentCode(text.replaceAll('.', ''));
  return codes.has(code) ? { code, isCode: false } : undefined;
}

const TITLE =
  /^(?:(?:(?:former|islamic|united|bolivarian|federated|plurinational|kingdom|republic|state|states|province) )+(?:of )?(?:china )?)/;

/** `Iran, Islamic Republic of`, as ISO 3166 has it, and `Korea, South`. */
function withoutTitle(name: string): string {
  const bare = name.replace(/ ?\(.*\)$/, '');
  const [country = '', title] = bare.split(', ');
  const turned = title === undefined ? bare : `${title} ${country}`;
  return turned.replace(TITLE, '');
}

function simplified(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[’']/g, "'")
    .replaceAll('.', '')
    .replace(/[\s-]+/g, ' ')
    .trim()
    .toLowerCase()
    .replace(/^the /, '')
    .replace(' and ', ' & ')
    .replace(/^saint /, 'st ');
}
