import type { Locale } from './look.ts';

type Format = (value: number) => string;

/** Formatters cost half a millisecond each, and a map formats hundreds of numbers. */
const made = new Map<string, Intl.NumberFormat>();
const madeForDays = new Map<string, Intl.DateTimeFormat>();

function numberFormat(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  const format = made.get(key) ?? new Intl.NumberFormat(locale, options);
  made.set(key, format);
  return format;
}

/** Counts as they are; numbers per head keep at least two digits. */
export function formatNumber(value: number, locale: Locale): string {
  return numberFormat(locale, {
    maximumFractionDigits: 1,
    maximumSignificantDigits: 2,
    roundingPriority: 'morePrecision',
  }).format(value);
}

/** Little is not nothing. */
export function formatShare(share: number, locale: Locale): string {
  const digits = share > 0 && share < 0.0005 ? { maximumSignificantDigits: 1 } : { maximumFractionDigits: 1 };
  return numberFormat(locale, { style: 'percent', ...digits }).format(share);
}

/** For the labels of an axis: all of them of one kind, and short where the numbers or the picture would not be. */
export function axisFormat(locale: Locale, options: { share: boolean; most: number; narrow: boolean }): Format {
  if (options.share) return (value) => formatShare(value, locale);
  const long = options.most >= (options.narrow ? 10_000 : 1e6);
  const format = numberFormat(locale, long ? { notation: 'compact', maximumSignificantDigits: 3 } : {});
  return (value) => format.format(value);
}

export function formatDay(day: string, locale: Locale, options: Intl.DateTimeFormatOptions): string {
  const key = locale + JSON.stringify(options);
  const format =
    madeForDays.get(key) ??
    new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { ...options, timeZone: 'UTC' });
  madeForDays.set(key, format);
  return format.format(new Date(day));
}
