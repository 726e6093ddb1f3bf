import type { Figure } from '../figures/figure.ts';
import type { LanguageCode } from './messages.ts';
import type { Shown } from './sentence.ts';

/** How a language writes numbers, days and names. */
export interface Formats {
  /** The number exactly as the file has it. */
  count(figure: Figure): Shown;
  /** Rounded to three significant digits, or to the step that counts are rounded to if that is more. */
  about(figure: Figure): Shown;
  /** A share from 0 to 1, as in "46%". */
  share(figure: Figure): Shown;
  /** How large a change is, without its sign. */
  size(figure: Figure): Shown;
  /** Of a hundred, in whole ones: "5%". */
  percent(hundredths: number): string;
  /** A change, with its sign: "+3%". */
  change(figure: Figure): Shown;
  /** The same two in whole percents, where more digits would say what is not known. */
  wholeSize(figure: Figure): Shown;
  wholeChange(figure: Figure): Shown;
  /** A small decimal number, as in "12.3". */
  decimal(figure: Figure): Shown;
  number(value: number): string;
  bytes(value: number): string;
  /** `day`s are ISO. "4 May 2026" */
  day(day: string): string;
  /** "4 May" */
  shortDay(day: string): string;
  /** "4-10 May 2026" */
  days(first: string, last: string): string;
  /** "Tue 19 May 2026, 02:00 UTC" */
  moment(time: string): string;
  region(code: string): string;
  list(items: readonly string[]): string;
  plural(value: number): Intl.LDMLPluralRule;
}

const LOCALES: Record<LanguageCode, string> = { en: 'en-GB', ja: 'ja-JP' };

/** Formatters cost half a millisecond each, and every page asks for all of them. */
const made = new Map<string, Formats>();

/** `step`: counts are rounded to it. */
export function formatsOf(language: LanguageCode, step: number): Formats {
  const key = `${language} ${step}`;
  const formats = made.get(key) ?? makeFormats(language, step);
  made.set(key, formats);
  return formats;
}

function makeFormats(language: LanguageCode, step: number): Formats {
  const locale = LOCALES[language];
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const share = shareFormat(locale);
  const percent = percentFormat(locale);
  const shown = (write: (value: number) => string) => (figure: Figure) =>
    ({ kind: 'number', text: write(figure.value), figure }) satisfies Shown;
  return {
    count: shown((value) => integer.format(value)),
    about: shown((value) => integer.format(roundForHeadline(value, step))),
    share: shown(share),
    size: shown((value) => share(Math.abs(value))),
    percent,
    change: shown(changeFormat(locale)),
    wholeSize: shown((value) => percent(100 * Math.abs(value))),
    wholeChange: shown(wholeChangeFormat(locale)),
    decimal: shown(formatDecimal(locale)),
    number: (value) => integer.format(value),
    bytes: bytesFormat(locale),
    ...dayFormats(language, locale),
    ...nameFormats(locale),
  };
}

/** 276,450 is 276,000; 1,234 in steps of 10 is 1,230. */
export function roundForHeadline(value: number, step: number): number {
  if (value === 0) return 0;
  const threeDigits = 10 ** (Math.floor(Math.log10(value)) - 2);
  const to = Math.max(threeDigits, step, 1);
  return Math.round(value / to) * to;
}

function percentFormat(locale: string): (hundredths: number) => string {
  const whole = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  return (hundredths) => whole.format(hundredths / 100);
}

/** Whole percents, but one decimal below 10 % and above 99.5 %, so that small groups do not all read "0%". Rounded, never cut. */
function shareFormat(locale: string): (value: number) => string {
  const whole = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const finest = new Intl.NumberFormat(locale, { style: 'percent', maximumSignificantDigits: 1 });
  return (value) => {
    // Nearly all is not all, and not 99.9 % either where it is more.
    if (value >= 0.9995 && value < 1) return `>${fine.format(0.999)}`;
    if (value >= 0.995 && value < 1) return fine.format(value);
    if (Math.abs(value) >= 0.0995) return whole.format(value);
    return Math.abs(value) >= 0.001 ? fine.format(value) : finest.format(value);
  };
}

const SIGNED = { style: 'percent', signDisplay: 'exceptZero' } as const;

function wholeChangeFormat(locale: string): (value: number) => string {
  const format = new Intl.NumberFormat(locale, { ...SIGNED, maximumFractionDigits: 0 });
  return (value) => format.format(value);
}

function changeFormat(locale: string): (value: number) => string {
  const whole = wholeChangeFormat(locale);
  const fine = new Intl.NumberFormat(locale, { ...SIGNED, maximumFractionDigits: 1 });
  return (value) => (Math.abs(value) >= 0.0995 ? whole(value) : fine.format(value));
}

function formatDecimal(locale: string): (value: number) => string {
  const format = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3, maximumFractionDigits: 3 });
  return (value) => format.format(value);
}

function bytesFormat(locale: string): (value: number) => string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  return (value) => {
    const step = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1);
    // The short form of "bytes" is "byte", which reads like a mistake.
    const precision =
      step === 0
        ? ({ maximumFractionDigits: 0, unitDisplay: 'long' } as const)
        : ({ maximumFractionDigits: 1 } as const);
    return new Intl.NumberFormat(locale, { style: 'unit', unit: units[step]!, ...precision }).format(
      value / 1000 ** step,
    );
  };
}

function dayFormats(language: LanguageCode, locale: string): Pick<Formats, 'day' | 'shortDay' | 'days' | 'moment'> {
  const utc = { timeZone: 'UTC' } as const;
  const long = new Intl.DateTimeFormat(locale, { ...utc, day: 'numeric', month: 'long', year: 'numeric' });
  const short = new Intl.DateTimeFormat(locale, { ...utc, day: 'numeric', month: 'short' });
  const moment = new Intl.DateTimeFormat(locale, { ...utc, dateStyle: 'full', timeStyle: 'short' });
  const end = {
    day: new Intl.DateTimeFormat(locale, { ...utc, day: 'numeric' }),
    month: new Intl.DateTimeFormat(locale, { ...utc, day: 'numeric', month: 'long' }),
    year: long,
  };
  const date = (day: string) => new Date(`${day}T00:00:00Z`);
  // Intl writes Japanese ranges with slashes.
  const japaneseDays = (first: string, last: string) => {
    const differs =
      first.slice(0, 4) !== last.slice(0, 4) ? 'year' : first.slice(0, 7) !== last.slice(0, 7) ? 'month' : 'day';
    return `${long.format(date(first))}～${end[differs].format(date(last))}`;
  };
  return {
    day: (day) => long.format(date(day)),
    shortDay: (day) => short.format(date(day)),
    days: (first, last) =>
      language === 'ja'
        ? japaneseDays(first, last)
        : // The thin spaces around the dash that ICU writes break lines in odd places.
          together(long.formatRange(date(first), date(last)).replaceAll('\u2009', '')),
    moment: (time) => `${moment.format(new Date(time))} UTC`,
  };
}

/** A line may end between month and year, not between day and month. */
function together(days: string): string {
  return days.replace(/(\d) (\p{L})/gu, '$1\u00a0$2');
}

function nameFormats(locale: string): Pick<Formats, 'region' | 'list' | 'plural'> {
  const regions = new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' });
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  const plurals = new Intl.PluralRules(locale);
  return {
    region: (code) => (/^(?:[A-Z]{2}|\d{3})$/.test(code) ? (regions.of(code) ?? code) : code),
    list: (items) => lists.format(items),
    plural: (value) => plurals.select(value),
  };
}
