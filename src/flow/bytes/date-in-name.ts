/** Dates as programs that rotate logs write them into names. The order of the alternatives is longest first. */

const YEAR = '(?:19|20)\\d\\d';
const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12]\\d|3[01])';
const DAY_OF_YEAR = '(?:00[1-9]|0[1-9]\\d|[12]\\d\\d|3[0-5]\\d|36[0-6])';
const MONTH_NAME =
  '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const WEEKDAY =
  '(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)';
/** As strftime writes it where servers speak German, French, Spanish, Italian, Portuguese or Dutch. */
const OTHER_MONTH_NAME = `(?:${[
  '(?:janu|febru)ar|m(?:ä|a\u0308|ae)rz?|mrz|mai|okt(?:ober)?|dez(?:ember)?',
  'janv(?:ier)?|f(?:é|e\u0301?)vr?(?:ier)?|mars|avr(?:il)?|juin|juil(?:let)?|ao(?:û|u\u0302?)t|(?:sept|octo|nov)embre|octobre|d(?:é|e\u0301?)c(?:embre)?',
  'ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|ju[nl]io|ago(?:sto)?|septiembre|octubre|noviembre|dic(?:iembre)?',
  'gen(?:naio)?|febbraio|aprile|mag(?:gio)?|giu(?:gno)?|lug(?:lio)?|set(?:tembre)?|ott(?:obre)?|dicembre',
  'janeiro|fev(?:ereiro)?|mar(?:ç|c\u0327?)o|maio|ju[nl]ho|setembro|out(?:ubro)?|novembro|dezembro',
  '(?:janu|febru)ari|maart|mrt|mei|ju[nl]i|augustus',
].join('|')})`;
const WEEK = '(?:w|wk|week|kw|cw)[-_]?[0-5]\\d';
const SEPARATORS = ['', '-', '_', '\\.', ' '];
/** Between separators, a month or a day may have one digit. */
const SHORT_MONTH = '(?:0?[1-9]|1[0-2])';
const SHORT_DAY = '(?:0?[1-9]|[12]\\d|3[01])';
/** Before a year, 8-11 may as well be November of the eighth server. */
const BEHIND_LOG_WORD = '(?<=(?:^|(?:access|error|requests?|logs?|transfer)[-_. ]))';
const SEPARATOR = '[-_.]';

/** A number behind a date is no part of it when an address begins with it. */
const NO_ADDRESS = `(?!${SEPARATOR}?(?:\\d{1,3}\\.){3}\\d)`;
const TIME = `(?:${NO_ADDRESS}[-_.T@ ]?(?:[01]\\d|2[0-3])(?:${NO_ADDRESS}[-_.:h]?[0-5]\\d(?:${NO_ADDRESS}[-_.:m]?[0-5]\\d(?:[-_.,]?\\d{3,9})?)?)?h?(?:Z|UTC|GMT|[-+][01]\\d:?[0-5]\\d)?)`;
/** Seconds, milliseconds or microseconds, from 2017 to 2040. */
const UNIX_TIME = '(?:1[5-9]|2[01])\\d{8}(?:\\d{3}){0,2}';
/** What stands behind a date when a day has several files: a number, a size, the Unix time. */
const PART = `(?:${SEPARATOR}(?:${UNIX_TIME}|(?:part|p|v|n)?\\d{1,4}|\\d{1,4}[kmg]b?))`;
const BEHIND_MONTH = `(?:${NO_ADDRESS}${PART}(?=${SEPARATOR}|$))?(?=[-_.~ ]|$)`;
const BEHIND_DAY = `${TIME}?${BEHIND_MONTH}`;
const ENDING = '(?:\\.(?:log|json|ndjson|jsonl|csv|tsv|txt))?$';
/** `dec-2019.example.org` is a server: a month and a week are dates at the end of a name only. */
const AT_END = `(?=(?:${SEPARATOR}\\d{1,4})?${ENDING})`;

const oneOf = (forms: readonly string[]) => `(?:${forms.join('|')})`;
/** What clouds make up for each file, behind a time: a hash, a number, an address of theirs. Servers are not told by it. */
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const BEHIND_TIME = '(?<=T\\d{4}(?:\\d\\d)?Z?|(?:-\\d\\d){3,5})';
const BEHIND_FRACTION = '(?<=\\.\\d{3}Z?)';
const HASH = '(?=[-_.][a-f]*\\d)(?:[-_.][0-9a-f]{8,64}|\\.[0-9a-f]{6,7})';
const MADE_UP = `(?:${BEHIND_TIME}(?:[-_.]${UUID}|${HASH}|_\\d{1,3}(?:\\.\\d{1,3}){3}_[0-9a-z]{6,12})|${BEHIND_FRACTION}-[\\w-]{16,})`;
/** Dates one after the other are a range. */
const range = (date: string) => `${date}(?:[-_.~ ](?:to[-_.])?${date})*`;
const expressions = (dayForm: string, monthForm: string) => {
  const day = range(dayForm + BEHIND_DAY);
  const month = range(monthForm + BEHIND_MONTH);
  const inside = `(?:${day}(?:${MADE_UP}(?=${ENDING}))?|${month}${AT_END})`;
  return {
    whole: new RegExp(`^(?:(?:date|dt|day|month|week)=)?(?:${day}${MADE_UP}?|${month})${ENDING}`, 'i'),
    inside: new RegExp(`(?:[-_.~@ ,]|(?<=[a-z])(?=${YEAR}[-_.]?${MONTH}[-_.]?${DAY}))${inside}`, 'gi'),
    atStart: new RegExp(`^${day}[-_.~ ]+`, 'i'),
  };
};
/** The year stands last: read only where no date begins with it, as 10-11-2026-11-17 would be two. */
function byOrder(monthName: string) {
  const yearFirstDay = oneOf([
    ...SEPARATORS.flatMap((s) => [
      s === '' ? YEAR + MONTH + DAY : `${YEAR}${s}${SHORT_MONTH}${s}${SHORT_DAY}(?!\\d)`,
      YEAR + s + monthName + s + DAY,
      `${YEAR}${s}${DAY_OF_YEAR}(?!\\d)`,
    ]),
    `${YEAR}年${SHORT_MONTH}月${SHORT_DAY}日`,
  ]);
  const yearLastDay = oneOf([
    ...SEPARATORS.flatMap((s) => [`${DAY}${s}${MONTH}${s}20[1-4]\\d`, `${MONTH}${s}${DAY}${s}20[1-4]\\d`]),
    ...SEPARATORS.slice(1).flatMap((s) =>
      [SHORT_DAY + s + SHORT_MONTH, SHORT_MONTH + s + SHORT_DAY].map((day) => `${BEHIND_LOG_WORD}${day}${s}20[1-4]\\d`),
    ),
    ...SEPARATORS.flatMap((s) => [
      `${DAY}${s}${monthName}${s}(?:${YEAR}|[1-4]\\d(?!\\d))`,
      monthName + s + DAY + s + YEAR,
    ]),
    `${SHORT_DAY}(?:\\. ?| )${monthName} ${YEAR}`,
    `${monthName} ${SHORT_DAY},? ${YEAR}`,
  ]);
  /** Not the year of a date that ends with it. */
  const noDayBefore = `(?<!\\d\\d[-_.](?:\\d\\d|${monthName})[-_.])`;
  const yearFirstMonth = oneOf([
    `${YEAR}${SEPARATOR}?${WEEK}(?:${SEPARATOR}?[1-7])?(?!\\d)`,
    `${YEAR}${SEPARATOR}?Q[1-4](?!\\d)`,
    `${YEAR}年${SHORT_MONTH}月`,
    `${noDayBefore}${YEAR}${SEPARATOR}?(?:${MONTH}|${monthName})(?![\\da-z])`,
  ]);
  const yearLastMonth = oneOf([
    `${monthName}${SEPARATOR}?${YEAR}`,
    `${MONTH}${SEPARATOR}20[1-4]\\d`,
    `${WEEK}${SEPARATOR}${YEAR}`,
    `Q[1-4]${SEPARATOR}?${YEAR}`,
  ]);
  return [expressions(yearFirstDay, yearFirstMonth), expressions(yearLastDay, yearLastMonth)];
}

const BY_ORDER = byOrder(MONTH_NAME);
const HAS_OTHER_MONTH = new RegExp(`(?<![a-z])${OTHER_MONTH_NAME}(?![a-z])`, 'i');
/** Hardly ever needed, and long to make. */
let inOtherWords: typeof BY_ORDER | undefined;

function expressionsFor(name: string): typeof BY_ORDER {
  if (!HAS_OTHER_MONTH.test(name)) return BY_ORDER;
  inOtherWords ??= byOrder(`(?:${MONTH_NAME}|${OTHER_MONTH_NAME})`);
  return inOtherWords;
}

/** Akamai puts it between two numbers that mean nothing. */
const UNIX_INSIDE = new RegExp(`-\\d+-${UNIX_TIME}-\\d+(?=-ds$)|[-_.]${UNIX_TIME}(?=[-_.]|$)`, 'g');

/** Whether a name is a date and nothing else. */
export function isDate(name: string): boolean {
  if (!A_DIGIT.test(name)) return false;
  for (const { whole, inside } of expressionsFor(name)) {
    if (whole.test(name)) return true;
    if (name.search(inside) >= 0) return false;
  }
  return false;
}

/** A name without its dates and without what was made up for a file of that time. */
export function withoutDates(name: string): string {
  if (!A_DIGIT.test(name)) return name;
  for (const { inside, atStart } of expressionsFor(name)) {
    const rest = name.replace(inside, '').replace(atStart, '');
    if (rest !== name) return rest;
  }
  return name;
}

export function withoutUnixTime(name: string): string {
  return name.replace(UNIX_INSIDE, '');
}

/** A day without its year, or with two digits of it: servers are numbered so too. */
const NUMBERED_DAY = new RegExp(
  `^(?:${MONTH}${DAY}|${oneOf(['-', '_', '\\.'].flatMap((s) => [DAY + s + MONTH, MONTH + s + DAY].map((day) => `${day}${s}[1-4]\\d`)))}|${oneOf(['-', '_', '\\.'].map((s) => `[1-4]\\d${s}${MONTH}${s}${DAY}`))})$`,
);

/** What may be a part of a date, or as well of a name. */
const LOOSE_STAMPS = Object.entries({
  weekday: WEEKDAY,
  month: MONTH_NAME,
  year: YEAR,
  week: WEEK,
  shortDate: `\\d\\d${MONTH}${DAY}(?:[01]\\d|2[0-3])?`,
  dayOfMonth: `${MONTH}[-_]${DAY}`,
  namedDay: `(?:${MONTH_NAME}[-_.]?${DAY}|${DAY}[-_.]?${MONTH_NAME})`,
  fourDigits: '\\d{4}',
  dashed: '\\d\\d-\\d\\d-\\d\\d',
  underscored: '\\d\\d_\\d\\d_\\d\\d',
  dotted: '\\d\\d\\.\\d\\d\\.\\d\\d',
}).map(([kind, form]) => ({ kind, form: new RegExp(`^${form}$`, 'i') }));
const NUMBERED = ['fourDigits', 'dashed', 'underscored', 'dotted'];

export interface LooseStamp {
  kind: string;
  /** By others of its kind beside it, by days in a row, or by nothing: racks are numbered like days. */
  toldBy: 'others' | 'row' | 'nothing';
  /** Whether it is a date at all: other numbers count too, as they tell that those beside them are no dates. */
  mayBeDate: boolean;
}

export function looseStamp(text: string): LooseStamp | undefined {
  const kind = LOOSE_STAMPS.find(({ form }) => form.test(text))?.kind;
  if (kind === undefined) return undefined;
  // Servers in Novosibirsk may be nov01 to nov09.
  if (kind === 'namedDay') return { kind, toldBy: 'row', mayBeDate: false };
  if (NUMBERED.includes(kind)) return { kind, toldBy: 'row', mayBeDate: NUMBERED_DAY.test(text) };
  return { kind, toldBy: kind === 'dayOfMonth' ? 'nothing' : 'others', mayBeDate: true };
}

const MILLISECONDS_OF_DAY = 86_400_000;
/** Nothing counted itself before 2020. */
const FIRST_YEAR = 20;
const LEAP_YEAR = 24;
const DAYS_OF_LEAP_YEAR = 366;
/** A week with two lost days. */
const FEWEST_DAYS = 5;
const MOST_LOST = 2 / FEWEST_DAYS;

interface DayOrder {
  parts: number;
  read: (a: number, b: number, c: number) => [year: number, month: number, day: number];
  /** Servers are numbered from one in the last digits: a row within a month that begins lower may be theirs. */
  lowest: number;
}

const DAY_ORDERS: DayOrder[] = [
  { parts: 3, read: (day, month, year) => [year, month, day], lowest: 1 },
  { parts: 3, read: (month, day, year) => [year, month, day], lowest: 1 },
  { parts: 3, read: (year, month, day) => [year, month, day], lowest: 2 },
  { parts: 2, read: (month, day) => [LEAP_YEAR, month, day], lowest: 10 },
];

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `19Oct` and `oct-19` as `10.19`. */
function inNumbers(text: string): string {
  const name = /[a-z]{3}/i.exec(text)?.[0].toLowerCase();
  if (name === undefined) return text;
  return `${String(MONTHS.indexOf(name) + 1).padStart(2, '0')}.${/\d\d/.exec(text)?.[0]}`;
}

/** Whether numbers like `17.11.26`, `1117` or `17Nov` are days in a row, few lost, in one order of their parts. */
export function areDaysInRow(numbers: Iterable<string>): boolean {
  const all = [...numbers].map((text) => (inNumbers(text).match(/\d\d/g) ?? []).map(Number));
  if (all.length < FEWEST_DAYS) return false;
  return DAY_ORDERS.some(({ parts, read, lowest }) => {
    const days = all.map((values) => {
      const [a = 0, b = 0, c = 0] = values;
      return values.length === parts ? daysSince1970(...read(a, b, c)) : undefined;
    });
    if (!days.every((day) => day !== undefined)) return false;
    const row = days.toSorted((a, b) => a - b);
    return isRow(parts === 2 ? acrossNewYear(row) : row, lowest);
  });
}

function daysSince1970(year: number, month: number, day: number): number | undefined {
  const date = new Date(Date.UTC(2000 + year, month - 1, day));
  const isValid = year >= FIRST_YEAR && year < 50 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isValid ? date.getTime() / MILLISECONDS_OF_DAY : undefined;
}

/** Days without a year may go from December to January: the longest gap is what lies outside of their row. */
function acrossNewYear(sorted: readonly number[]): number[] {
  const gaps = sorted.map((day, at) => day - (sorted[at - 1] ?? (sorted.at(-1) ?? 0) - DAYS_OF_LEAP_YEAR));
  const first = gaps.indexOf(Math.max(...gaps));
  return [...sorted.slice(first), ...sorted.slice(0, first).map((day) => day + DAYS_OF_LEAP_YEAR)];
}

function isRow(sorted: readonly number[], lowest: number): boolean {
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  const lost = last - first + 1 - sorted.length;
  if (lost > sorted.length * MOST_LOST) return false;
  const [begin, end] = [first, last].map((day) => new Date(day * MILLISECONDS_OF_DAY));
  return (begin?.getUTCDate() ?? 0) >= lowest || begin?.getUTCMonth() !== end?.getUTCMonth();
}

const YEAR_FOLDER = /^(?:(?:year|y|yyyy)=)?(?:19|20)\d\d年?$/i;
const BELOW_YEAR = new RegExp(
  `^(?:(?:month|day|hour|m|d|h|mm|dd|hh)=)?(?:\\d{1,2}[月日]?|(?:w|kw)\\d\\d|q[1-4]|h?\\d\\dh?|${MONTH_NAME}|\\d\\d[-_]${MONTH_NAME}|${OTHER_MONTH_NAME}|${DAY_OF_YEAR})$`,
  'i',
);

export function isYear(folder: string): boolean {
  return YEAR_FOLDER.test(folder);
}

/** Month, week, day or hour, in a folder of a year. */
export function isBelowYear(folder: string): boolean {
  return BELOW_YEAR.test(folder);
}

/** Most folders have none, and to compile the expressions of all dates takes 80 ms of a start. */
const A_DIGIT = /\d/;
