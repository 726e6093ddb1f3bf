// T1 to T3: the log's time to seconds since 1970.

export const INVALID: i64 = i64.MIN_VALUE;
/** Monday 2020-02-10 00:00 UTC. */
export const FIRST_TIME: i64 = 2614 * 604800 + 345600;

// The day of the time that was read last as a whole: its bytes, and its midnight.
let dayHigh: u64 = 0;
let dayLow: u32 = 0;
let dayTime: i64 = INVALID;

// @ts-ignore: decorator
@inline function two(p: usize): i32 {
  const high = <i32>load<u8>(p) - 0x30, low = <i32>load<u8>(p, 1) - 0x30;
  return <u32>high < 10 && <u32>low < 10 ? high * 10 + low : -1;
}

function monthNumber(p: usize): i32 {
  switch (load<u32>(p) & 0xffffff) {
    case 0x6e614a: return 1;
    case 0x626546: return 2;
    case 0x72614d: return 3;
    case 0x727041: return 4;
    case 0x79614d: return 5;
    case 0x6e754a: return 6;
    case 0x6c754a: return 7;
    case 0x677541: return 8;
    case 0x706553: return 9;
    case 0x74634f: return 10;
    case 0x766f4e: return 11;
    case 0x636544: return 12;
  }
  return 0;
}

function monthLength(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days since 1970-01-01 of a date in the Gregorian calendar, counted in years that begin in March. */
function daysSinceEpoch(year: i32, month: i32, day: i32): i64 {
  const y = month <= 2 ? year - 1 : year;
  const era = y >= 0 ? y / 400 : (y - 399) / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return <i64>era * 146097 + <i64>dayOfEra - 719468;
}

/** `dd/Mon/yyyy:` to seconds at its midnight, or INVALID. */
function parseDay(p: usize): i64 {
  if (load<u8>(p, 2) != 0x2f || load<u8>(p, 6) != 0x2f || load<u8>(p, 11) != 0x3a) return INVALID;
  const day = two(p), month = monthNumber(p + 3), century = two(p + 7), rest = two(p + 9);
  if (month == 0 || century < 0 || rest < 0) return INVALID;
  const year = century * 100 + rest;
  if (day < 1 || day > monthLength(year, month)) return INVALID;
  return daysSinceEpoch(year, month, day) * 86400;
}

// The minute of the time read last: its bytes around the seconds. Many lines of a log share it with the one before.
let minuteHigh: u64 = 0;
let minuteMiddle: u64 = 0;
let minuteLow: u16 = 0;
let minuteZone: u64 = 0;
let minuteTime: i64 = INVALID;

/** The 26 bytes at p as `dd/Mon/yyyy:HH:MM:SS +hhmm`, or INVALID. */
// @ts-ignore: decorator
@inline export function parseTime(p: usize): i64 {
  const seconds = two(p + 18);
  if (<u32>seconds > 59) return INVALID;
  const isSame = load<u64>(p) == minuteHigh && load<u64>(p, 8) == minuteMiddle && load<u16>(p, 16) == minuteLow
    && load<u64>(p, 18) >> 16 == minuteZone;
  return isSame ? minuteTime + seconds : parseMinute(p, seconds);
}

function parseMinute(p: usize, seconds: i32): i64 {
  const time = parseWhole(p);
  if (time == INVALID) return INVALID;
  minuteHigh = load<u64>(p);
  minuteMiddle = load<u64>(p, 8);
  minuteLow = load<u16>(p, 16);
  minuteZone = load<u64>(p, 18) >> 16;
  minuteTime = time - seconds;
  return time;
}

function parseWhole(p: usize): i64 {
  const high = load<u64>(p), low = load<u32>(p, 8);
  if (high != dayHigh || low != dayLow) {
    dayTime = parseDay(p);
    dayHigh = high;
    dayLow = low;
  }
  if (dayTime == INVALID) return INVALID;
  const hours = two(p + 12), minutes = two(p + 15), seconds = two(p + 18);
  if (load<u8>(p, 14) != 0x3a || load<u8>(p, 17) != 0x3a || load<u8>(p, 20) != 0x20) return INVALID;
  if (<u32>hours > 23 || <u32>minutes > 59 || <u32>seconds > 59) return INVALID;
  const local = dayTime + hours * 3600 + minutes * 60 + seconds;
  if (load<u32>(p, 21) == 0x3030302b && load<u8>(p, 25) == 0x30) return local;
  const sign = load<u8>(p, 21), offsetHours = two(p + 22), offsetMinutes = two(p + 24);
  if (sign != 0x2b && sign != 0x2d) return INVALID;
  if (<u32>offsetHours > 14 || <u32>offsetMinutes > 59) return INVALID;
  const offset = offsetHours * 3600 + offsetMinutes * 60;
  return sign == 0x2b ? local - offset : local + offset;
}
