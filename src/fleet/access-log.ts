import type { EpochSeconds } from '../flow/sightings/week.ts';

/** What one line says; the text fields as they stand in the log, that is, already escaped. */
export interface AccessLine {
  address: string;
  time: EpochSeconds;
  /** The whole request line, `GET / HTTP/1.1`. */
  request: string;
  status: number;
  bytes: number;
  referer: string;
  agent: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const SECONDS_PER_DAY = 86_400;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** Formats lines of the Combined Log Format, without the line feed. Remembers the day: most lines share it. */
export function createLineFormatter(): (line: AccessLine) => string {
  const timeOf = createTimeFormatter();
  return ({ address, time, request, status, bytes, referer, agent }) =>
    `${address} - - [${timeOf(time)}] "${request}" ${status} ${bytes} "${referer}" "${agent}"`;
}

/** `15/Dec/2021:17:02:12 +0000` */
export function createTimeFormatter(): (time: EpochSeconds) => string {
  let day = -1;
  let prefix = '';
  return (time) => {
    const thisDay = Math.floor(time / SECONDS_PER_DAY);
    if (thisDay !== day) {
      day = thisDay;
      prefix = dayOf(time);
    }
    const second = time - thisDay * SECONDS_PER_DAY;
    const hours = TWO_DIGITS[Math.floor(second / 3600)];
    return `${prefix}:${hours}:${TWO_DIGITS[Math.floor(second / 60) % 60]}:${TWO_DIGITS[second % 60]} +0000`;
  };
}

/** `15/Dec/2021` */
export function dayOf(time: EpochSeconds): string {
  const date = new Date(time * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
}

/** Text from outside as nginx writes it: quotes, backslashes and all bytes that are not printable ASCII as `\xHH`. */
export function escapeAsNginx(text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text);
  return bytes.toString('latin1').replace(/["\\\x00-\x1f\x7f-\xff]/g, (character) => {
    const hex = character.charCodeAt(0).toString(16).toUpperCase();
    return `\\x${hex.padStart(2, '0')}`;
  });
}
