// L6 to L8: one line of the Combined Log Format, from its first byte to its last.
import { QUOTES, SPACE, areDigits, find, findQuote, isDigit, isPlain, lineFeed, quoteCount } from './bytes';
import { MALFORMED, TRAILING_FIELDS } from './reasons';

/** The fields of the line read last, as addresses. */
export let hostEnd: usize = 0;
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

const DASH_DASH: u32 = 0x2d202d20; // ' - -'
const SPACE_BRACKET: u16 = 0x5b20; // ' ['
const SPACE_QUOTE: u16 = 0x2220; // ' "'

/** Cuts [line, end) into fields: FITS, MALFORMED or TRAILING_FIELDS. */
export function cut(line: usize, end: usize): i32 {
  hostEnd = find(SPACE, line, end);
  if (hostEnd == line || hostEnd == end) return MALFORMED;
  let p = hostEnd;
  if (load<u32>(p) == DASH_DASH && load<u16>(p, 4) == SPACE_BRACKET) {
    p += 6;
  } else {
    const ident = find(SPACE, p + 1, end);
    if (ident == p + 1 || ident == end) return MALFORMED;
    const user = find(SPACE, ident + 1, end);
    if (user == ident + 1 || user == end || load<u16>(user) != SPACE_BRACKET) return MALFORMED;
    p = user + 2;
  }
  time = p;
  timeEnd = find(0x5d, p, end);
  if (timeEnd + 3 > end || load<u16>(timeEnd, 1) != SPACE_QUOTE) return MALFORMED;

  const request = timeEnd + 3;
  const requestEnd = findQuote(request, end);
  if (requestEnd == end) return MALFORMED;
  if (!cutRequest(request, requestEnd)) return MALFORMED;

  status = requestEnd + 2;
  if (status + 4 > end || load<u8>(requestEnd, 1) != SPACE || load<u8>(status, 3) != SPACE) return MALFORMED;
  if (!isDigit(load<u8>(status)) || !isDigit(load<u8>(status, 1)) || !isDigit(load<u8>(status, 2))) return MALFORMED;
  const size = status + 4;
  p = size;
  if (load<u8>(p) == 0x2d) p++;
  else while (p < end && isDigit(load<u8>(p))) p++;
  if (p == size || p + 2 > end || load<u16>(p) != SPACE_QUOTE) return MALFORMED;

  const referer = findQuote(p + 2, end);
  if (referer + 3 > end || load<u16>(referer, 1) != SPACE_QUOTE) return MALFORMED;
  agent = referer + 3;
  agentEnd = findQuote(agent, end);
  if (agentEnd == end) return MALFORMED;
  if (agentEnd + 1 == end) return FITS;
  return load<u8>(agentEnd, 1) == SPACE ? TRAILING_FIELDS : MALFORMED;
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

const CLOSE_SPACE: u16 = 0x205d; // '] '
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
