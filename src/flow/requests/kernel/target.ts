// Q1 to Q9: what a request asks for. Many distinct URLs ask for the same thing, so a URL is read once, here, and only
// the few distinct things asked for are handed on to be decoded.
import { SLASH, SPACE, find } from './bytes';
import { Interner, NUMBER, UNKNOWN } from './interner';
import { DUPLICATE_KEY, PATH } from './reasons';
import { REQUESTS, REQUESTS_BYTES, AGENTS, TARGETS, TARGETS_BYTES } from './memory';

// Called with the key below. `probeRequest` answers PENDING, or -1 - reason; `numberRequest` the number.
@external("host", "probeRequest") declare function probeRequest(key: usize, length: u32): i32;
@external("host", "numberRequest") declare function numberRequest(key: usize, length: u32): i32;
// Asked for a path that is none of Q5's: whether it was declared.
@external("host", "isOwnPath") declare function isOwnPath(path: usize, length: u32): bool;

/** No key `countme` in the query (Q3). */
export const NO_CANDIDATE: i32 = -50;
/** A sound request that no counted line has asked for yet. */
export const PENDING: i32 = -60;

/** A URL longer than this is read each time: it must not push thousands of usual ones out of the table. */
const LONGEST_KEPT: usize = 2048;

/** What was asked for: u8 age (0: invalid), u8 parts, then per part u16 length (0xFFFF: too long) and its bytes. */
const KEY: usize = 2048;
const TOO_LONG_VALUE: usize = 255;
let keyEnd: usize = KEY;

const targets = changetype<Interner>(640);
const requests = changetype<Interner>(704);

export function clearTargets(): void {
  targets.slots = TARGETS; targets.bytes = TARGETS_BYTES; targets.bytesEnd = REQUESTS; targets.maxBits = 18;
  requests.slots = REQUESTS; requests.bytes = REQUESTS_BYTES; requests.bytesEnd = AGENTS; requests.maxBits = 18;
  targets.clear();
  requests.clear();
}

/** See `Interner`. */
// @ts-ignore: decorator
@inline export function areTargetsMany(): bool { return targets.isLarge; }
// @ts-ignore: decorator
@inline export function touchTargetSlot(h: u32): u32 { return targets.touchSlot(h); }
// @ts-ignore: decorator
@inline export function touchTargetEntry(h: u32): u32 { return targets.touchEntry(h); }

/** As `requestOf`, for a target whose hash is known; UNKNOWN if it is long, or holds a space, which nobody looked for yet. */
// @ts-ignore: decorator
@inline export function usualRequestOf(h: u32, from: usize, end: usize): i32 {
  if (end - from > LONGEST_KEPT) return UNKNOWN;
  const entry = targets.entryOf(h, from, <u32>(end - from));
  const number = load<i32>(entry, NUMBER);
  // One that was read before holds no space.
  return number == UNKNOWN || number == PENDING ? readUsual(entry, from, end) : number;
}

function readUsual(entry: usize, from: usize, end: usize): i32 {
  return find(SPACE, from, end) < end ? UNKNOWN : readAndKeep(entry, from, end);
}

function readAndKeep(entry: usize, from: usize, end: usize): i32 {
  const number = read(from, end);
  store<i32>(entry, number, NUMBER);
  return number;
}

/** The number of the request that [from, end) makes, or PENDING, NO_CANDIDATE or -1 - reason. */
export function requestOf(from: usize, end: usize): i32 {
  if (end - from > LONGEST_KEPT) return read(from, end);
  const entry = targets.entry(from, <u32>(end - from));
  const number = load<i32>(entry, NUMBER);
  return number == UNKNOWN || number == PENDING ? readAndKeep(entry, from, end) : number;
}

/** Gives the request that [from, end) makes its number: a line that asks for it is counted for the first time. */
export function numberOf(from: usize, end: usize): i32 {
  read(from, end);
  const number = numberRequest(KEY, <u32>(keyEnd - KEY));
  store<i32>(requests.entry(KEY, <u32>(keyEnd - KEY)), number, NUMBER);
  return number;
}

function read(from: usize, end: usize): i32 {
  const path = pathStart(from, end);
  let pathEnd = find(0x3f, path, end);
  if (pathEnd == end) pathEnd = find(0x26, path, end);
  let countmes = 0, ages = 0, repos = 0, arches = 0, age: u8 = 0;
  let repo: usize = 0, repoEnd: usize = 0, arch: usize = 0, archEnd: usize = 0;
  for (let pair = pathEnd + 1; pair <= end; ) {
    const pairEnd = find(0x26, pair, end);
    const keyEnd = find(0x3d, pair, pairEnd);
    const value = min(keyEnd + 1, pairEnd);
    const length = keyEnd - pair;
    if (length == 7 && isCountme(pair)) {
      countmes++;
      if (keyEnd < pairEnd) ages++;
      age = pairEnd - value == 1 && load<u8>(value) - 0x31 < 4 ? load<u8>(value) - 0x30 : 0;
    } else if (length == 4 && load<u32>(pair) == 0x6f706572) {
      repos++;
      repo = value;
      repoEnd = pairEnd;
    } else if (length == 4 && load<u32>(pair) == 0x68637261) {
      arches++;
      arch = value;
      archEnd = pairEnd;
    }
    pair = pairEnd + 1;
  }
  if (!ages) return NO_CANDIDATE;

  let version: usize = 0;
  if (!endsInList(path, pathEnd)) {
    version = listPrefixEnd(path, pathEnd);
    const slash = version ? find(SLASH, version, pathEnd) : 0;
    if (!version || slash == version || slash + 1 >= pathEnd || find(SLASH, slash + 1, pathEnd) != pathEnd) {
      if (!isOwnPath(path, <u32>(pathEnd - path))) return -1 - PATH;
      version = 0;
    } else {
      if (repos) return -1 - DUPLICATE_KEY;
      repo = slash + 1;
      repoEnd = pathEnd;
    }
  }
  if (countmes > 1 || repos > 1 || arches > 1) return -1 - DUPLICATE_KEY;

  store<u8>(KEY, age);
  store<u8>(KEY, version ? 3 : 2, 1);
  keyEnd = KEY + 2;
  part(arch, archEnd);
  part(repo, repoEnd);
  if (version) part(version, repo - 1);
  const entry = requests.entry(KEY, <u32>(keyEnd - KEY));
  let number = load<i32>(entry, NUMBER);
  if (number == UNKNOWN) {
    number = probeRequest(KEY, <u32>(keyEnd - KEY));
    store<i32>(entry, number, NUMBER);
  }
  return number;
}

// @ts-ignore: decorator
@inline function part(from: usize, end: usize): void {
  const length = end - from;
  if (length > TOO_LONG_VALUE) {
    store<u16>(keyEnd, 0xffff);
    keyEnd += 2;
    return;
  }
  store<u16>(keyEnd, <u16>length);
  // Up to 15 bytes too many, which the next part overwrites.
  for (let i: usize = 0; i < length; i += 16) v128.store(keyEnd + 2 + i, v128.load(from + i));
  keyEnd += 2 + length;
}

// @ts-ignore: decorator
@inline function isCountme(p: usize): bool {
  return (load<u64>(p) & 0x00ffffffffffffff) == 0x00656d746e756f63;
}

/** Q1: the start of the path, behind `http://authority` or `https://authority` if there is one. */
// @ts-ignore: decorator
@inline export function pathStart(from: usize, end: usize): usize {
  if (load<u8>(from) == SLASH || load<u32>(from) != 0x70747468) return from;
  let p = from + 4;
  if (load<u8>(p) == 0x73) p++;
  if (p + 3 > end || load<u16>(p) != 0x2f3a || load<u8>(p, 2) != SLASH) return from;
  p += 3;
  while (p < end && load<u8>(p) != SLASH && load<u8>(p) != 0x3f) p++;
  return p;
}

// @ts-ignore: decorator
@inline function endsInList(path: usize, end: usize): bool {
  const length = end - path;
  if (length >= 11 && load<u64>(end - 11) == 0x6c726f7272696d2f && (load<u32>(end - 4) == 0x7473696c)) return true;
  return length >= 9 && load<u64>(end - 9) == 0x6e696c6174656d2f && load<u8>(end - 1) == 0x6b;
}

/** The address behind `/mirrorlist/` or `/metalink/`, or 0. */
// @ts-ignore: decorator
@inline function listPrefixEnd(path: usize, end: usize): usize {
  const length = end - path;
  if (length >= 12 && load<u64>(path) == 0x6c726f7272696d2f && load<u32>(path, 8) == 0x2f747369) return path + 12;
  if (length >= 10 && load<u64>(path) == 0x6e696c6174656d2f && load<u16>(path, 8) == 0x2f6b) return path + 10;
  return 0;
}
