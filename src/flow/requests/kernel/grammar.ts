// L6 to L8: one line of the Combined Log Format, from its first byte to its last.
import { BACKSLASH, QUOTE, QUOTES, SPACE, areDigits, find, findQuote, isDigit, isPlain, lineFeed, quoteCount } from './bytes';
import { MALFORMED, TRAILING_FIELDS } from './reasons';

/** The fields of the line read last, as addresses. */
export let hostEnd: usize = 0;
/** The user may be the end of another line, which was cut off, and the start of this one. */
let isUserDoubtful: bool = false;
export let time: usize = 0;
export let timeEnd: usize = 0;
export let method: usize = 0;
let methodEnd: usize = 0;
export let target: usize = 0;
export let targetEnd: usize = 0;
export let status: usize = 0;
export let agent: usize = 0;
export let agentEnd: usize = 0;

export const FITS: i32 = -1;
/** Of the format, but what it holds is no request (L8), or may be pieces of two lines (L7). */
export const BAD_REQUEST: i32 = -2;

const DASH_DASH: u32 = 0x2d202d20; // ' - -'
const SPACE_BRACKET: u16 = 0x5b20; // ' ['
const SPACE_QUOTE: u16 = 0x2220; // ' "'
const CLOSE_SPACE: u16 = 0x205d; // '] '
const OPEN: u8 = 0x5b;
const CLOSE: u8 = 0x5d;

/** Cuts [line, end) into fields: FITS, BAD_REQUEST, MALFORMED or TRAILING_FIELDS. */
export function cut(line: usize, end: usize): i32 {
  hostEnd = find(SPACE, line, end);
  if (hostEnd == line || hostEnd == end) return MALFORMED;
  isUserDoubtful = false;
  if (!cutTimeBehindDashes(end)) {
    const ident = hostEnd + 1, identEnd = find(SPACE, ident, end);
    if (identEnd == ident || identEnd == end) return MALFORMED;
    const user = identEnd + 1, userEnd = find(SPACE, user, end);
    const isWord = userEnd > user && userEnd < end && load<u16>(userEnd) == SPACE_BRACKET && cutTime(userEnd + 2, end);
    const isDash = identEnd == ident + 1 && load<u8>(ident) == 0x2d;
    if (!isWord && !(isDash && cutTimeBehindSpaces(user, end))) return MALFORMED;
  }

  const request = timeEnd + 3;
  const requestEnd = findQuote(request, end);
  if (requestEnd == end) return MALFORMED;
  const isSound = cutRequest(request, requestEnd) && !isUserDoubtful;

  status = requestEnd + 2;
  if (status + 4 > end || load<u8>(requestEnd, 1) != SPACE || load<u8>(status, 3) != SPACE) return MALFORMED;
  if (!isDigit(load<u8>(status)) || !isDigit(load<u8>(status, 1)) || !isDigit(load<u8>(status, 2))) return MALFORMED;
  const size = status + 4;
  let p = size;
  if (load<u8>(p) == 0x2d) p++;
  else while (p < end && isDigit(load<u8>(p))) p++;
  if (p == size || p + 2 > end || load<u16>(p) != SPACE_QUOTE) return MALFORMED;

  const referer = findQuote(p + 2, end);
  if (referer + 3 > end || load<u16>(referer, 1) != SPACE_QUOTE) return MALFORMED;
  agent = referer + 3;
  agentEnd = findQuote(agent, end);
  if (agentEnd == end) return MALFORMED;
  if (agentEnd + 1 == end) return isSound ? FITS : BAD_REQUEST;
  return isSound && load<u8>(agentEnd, 1) == SPACE ? TRAILING_FIELDS : MALFORMED;
}

// @ts-ignore: decorator
@inline function cutTimeBehindDashes(end: usize): bool {
  return load<u32>(hostEnd) == DASH_DASH && load<u16>(hostEnd, 4) == SPACE_BRACKET && cutTime(hostEnd + 6, end);
}

/** The time from here on, if `] "` ends it. */
function cutTime(from: usize, end: usize): bool {
  time = from;
  timeEnd = find(CLOSE, from, end);
  if (timeEnd + 3 > end || load<u16>(timeEnd, 1) != SPACE_QUOTE) return false;
  return find(OPEN, from, timeEnd) == timeEnd && find(QUOTE, from, timeEnd) == timeEnd;
}

/** The time behind a user with spaces: what stands last before the first quote that is not behind a backslash. */
function cutTimeBehindSpaces(user: usize, end: usize): bool {
  let quote = find(QUOTE, user, end);
  while (quote < end && load<u8>(quote - 1) == BACKSLASH) quote = find(QUOTE, quote + 1, end);
  if (quote == end || quote < user + 5 || load<u16>(quote - 2) != CLOSE_SPACE) return false;
  timeEnd = quote - 2;
  let p = timeEnd - 1;
  while (p > user && load<u8>(p) != OPEN && load<u8>(p) != CLOSE && load<u8>(p) != QUOTE) p--;
  time = p + 1;
  if (p < user + 2 || load<u8>(p) != OPEN || load<u8>(p - 1) != SPACE) return false;
  for (let q = user - 1; q < p - 1; q = find(SPACE, q + 1, p - 1)) {
    if (load<u8>(q, 1) == OPEN || load<u16>(q, 1) == 0x202d) isUserDoubtful = true;
  }
  return true;
}

// @ts-ignore: decorator
@inline function cutRequest(request: usize, end: usize): bool {
  method = request;
  if (load<u32>(request) == 0x20544547) methodEnd = request + 3;
  else methodEnd = find(SPACE, request, end);
  if (methodEnd == method || methodEnd >= end) return false;
  target = methodEnd + 1;
  targetEnd = find(SPACE, target, end);
  if (targetEnd == target || targetEnd == end) return false;
  const protocol = targetEnd + 1;
  return protocol + 5 <= end && load<u32>(protocol) == 0x50545448 && load<u8>(protocol, 4) == 0x2f
    && find(SPACE, protocol, end) == end;
}

/** Whether the method of the line read last is GET. */
// @ts-ignore: decorator
@inline export function isGet(): bool {
  return methodEnd == method + 3 && (load<u32>(method) & 0xffffff) == 0x544547;
}

const GET_SPACE: u32 = 0x20544547;
const SPACE_HTTP_1: u64 = 0x2e312f5054544820; // ' HTTP/1.'

// @ts-ignore: decorator
@inline function quote(index: usize): usize {
  return <usize>load<u32>(QUOTES + (index << 2));
}

/**
 * Cuts the line that was surveyed last if it looks like nearly all lines do: no escapes, `host - - [`, a GET by
 * HTTP/1.x. True means that `cut` would say FITS with the same fields, but for two things left to the caller: that the
 * time is valid, and that the target holds no space. False means nothing: `cut` decides.
 */
// @ts-ignore: decorator
@inline export function cutUsual(line: usize): bool {
  if (!isPlain || quoteCount != 6) return false;
  const request = quote(0), requestEnd = quote(1), referer = quote(2), refererEnd = quote(3), end = quote(5);
  if (end + 1 != lineFeed || quote(4) != refererEnd + 2 || load<u8>(refererEnd, 1) != SPACE) return false;
  hostEnd = find(SPACE, line, request);
  if (hostEnd == line || hostEnd + 34 != request) return false;
  if (load<u32>(hostEnd) != DASH_DASH || load<u16>(hostEnd, 4) != SPACE_BRACKET) return false;
  if (load<u16>(request - 2) != CLOSE_SPACE) return false;
  method = request + 1;
  methodEnd = request + 4;
  target = request + 5;
  targetEnd = requestEnd - 9;
  if (load<u32>(method) != GET_SPACE || target >= targetEnd || load<u64>(targetEnd) != SPACE_HTTP_1) return false;
  status = requestEnd + 2;
  if (load<u8>(requestEnd - 1) == SPACE || load<u8>(requestEnd, 1) != SPACE || load<u8>(status, 3) != SPACE) return false;
  if (!areDigits(status, status + 3) || load<u8>(referer - 1) != SPACE || !areDigits(status + 4, referer - 1)) return false;
  time = hostEnd + 6;
  timeEnd = request - 2;
  agent = quote(4) + 1;
  agentEnd = end;
  return true;
}
