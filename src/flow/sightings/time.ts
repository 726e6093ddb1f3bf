import { EPOCH_TIME, ISO_TIME, LOG_TIME, LOG_TIME_WITH_FRACTION, SLASHED_TIME } from '../requests/time-notation.ts';
import { remembered } from './remembered.ts';
import type { EpochSeconds } from './week.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Reads `15/Dec/2021:17:02:12 +0000` (T1); undefined if there is no such time. */
export function readLogTime(text: string): EpochSeconds | undefined {
  const parts = LOG_TIME.exec(text);
  if (parts === null) return undefined;
  const [, day, month, year, hours, minutes, seconds, sign, offsetHours, offsetMinutes] = parts;
  return toSeconds(
    [Number(year), MONTHS.indexOf(month!) + 1, Number(day)],
    [Number(hours), Number(minutes), Number(seconds)],
    [sign === '-' ? -1 : 1, Number(offsetHours), Number(offsetMinutes)],
  );
}

/** Reads a time in any notation that servers use (T1); undefined if there is no such time. */
export function readAnyTime(text: string): EpochSeconds | undefined {
  const epoch = EPOCH_TIME.exec(text);
  if (epoch !== null) return Number(epoch[1]) as EpochSeconds;
  const fraction = LOG_TIME_WITH_FRACTION.exec(text);
  return readIsoTime(text) ?? readLogTime(fraction === null ? text : `${fraction[1]} ${fraction[2]}`);
}

/** Minutes of eleven days. */
const MOST_MINUTES = 16_384;
const COLON = ':'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);

/** The same for many times, of which most share their minute with others, and most with the one before. */
export function timeReader(): (text: string) => EpochSeconds | undefined {
  const readMinute = remembered(MOST_MINUTES, (text) => ({ time: readAnyTime(text) }));
  let front = '-';
  let back = '';
  let minute: EpochSeconds | undefined;
  return (text) => {
    // Where seconds stand in `2026-11-10T08:00:00` and in `10/Nov/2026:08:00:00`.
    const at = text.charCodeAt(16) === COLON ? 17 : 18;
    const tens = text.charCodeAt(at) - ZERO;
    const ones = text.charCodeAt(at + 1) - ZERO;
    if (text.charCodeAt(at - 1) !== COLON || !(tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9)) {
      return readAnyTime(text);
    }
    const end = fractionEnd(text, at + 2);
    if (front.length !== at || text.length - end !== back.length || !text.startsWith(front) || !text.endsWith(back)) {
      front = text.slice(0, at);
      back = text.slice(end);
      minute = readMinute(`${front}00${back}`).time;
    }
    return minute === undefined ? undefined : ((minute + tens * 10 + ones) as EpochSeconds);
  };
}

function fractionEnd(text: string, from: number): number {
  const mark = text.charAt(from);
  if (mark !== '.' && mark !== ',') return from;
  let end = from + 1;
  while (text.charCodeAt(end) >= ZERO && text.charCodeAt(end) <= NINE) end++;
  return end - from - 1 >= 1 && end - from - 1 <= 9 ? end : from;
}

function readIsoTime(text: string): EpochSeconds | undefined {
  const parts = ISO_TIME.exec(text) ?? SLASHED_TIME.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hours, minutes, seconds, sign, offsetHours = 0, offsetMinutes = 0] = parts;
  return toSeconds(
    [Number(year), Number(month), Number(day)],
    [Number(hours), Number(minutes), Number(seconds)],
    [sign === '-' ? -1 : 1, Number(offsetHours), Number(offsetMinutes)],
  );
}

type Triple = [number, number, number];

function toSeconds(date: Triple, clock: Triple, offset: Triple): EpochSeconds | undefined {
  const [year, month, day] = date;
  const [hours, minutes, seconds] = clock;
  const [sign, offsetHours, offsetMinutes] = offset;
  if (hours > 23 || minutes > 59 || seconds > 59 || offsetHours > 14 || offsetMinutes > 59) return undefined;
  // setUTCFullYear, because Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  // Date turns 31 February into 3 March; a date that comes out changed does not exist.
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  const local = midnight.getTime() / 1000 + hours * 3600 + minutes * 60 + seconds;
  return (local - sign * (offsetHours * 3600 + offsetMinutes * 60)) as EpochSeconds;
}
