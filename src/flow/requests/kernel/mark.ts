// The marks of counted lines, by which they are found again in another cut of their log (G4). The same marks as those of
// src/flow/sightings/line-mark.ts (C6).
import { FIRST_TIME } from './time';
import { MARKED_HOURS, MARKS, MARKS_PER_HOUR, MARK_PLACES } from './memory';

// Hands over all hours, of which there are `count`, because there is no room for one more.
@external("host", "marks") declare function handOverMarks(count: u32): void;

/**
 * An hour: u32 hour since the first that counts, u32 level, u32 marks, u32 lines; then u64 a mark: the second of the hour
 * above, the mark below. A mark is kept if its top bits, as many as the level, are 0.
 */
const HEADER: usize = 16;
const HOUR: usize = HEADER + <usize>MARKS_PER_HOUR * 8;

let hours: u32 = 0;
let lastHour: u32 = u32.MAX_VALUE;
let lastPlace: usize = 0;

export function clearMarks(): void {
  for (let place: u32 = 0; place < hours; place++) {
    store<u16>(MARK_PLACES + (<usize>load<u32>(MARKS + <usize>place * HOUR) << 1), 0);
  }
  hours = 0;
  lastHour = u32.MAX_VALUE;
}

/** How many hours lie at MARKS. */
export function markedHours(): u32 { return hours; }

// @ts-ignore: decorator
@inline function turn(word: u32, bits: u32): u32 {
  return (word << bits) | (word >> (32 - bits));
}

// @ts-ignore: decorator
@inline function stir(h: u32, word: u32): u32 {
  return turn(h ^ (turn(word * 0xcc9e2d51, 15) * 0x1b873593), 13) * 5 + 0xe6546b64;
}

// @ts-ignore: decorator
@inline function markOf(time: i64, address: u64, target: u32, agent: u32): u32 {
  let h = stir(stir(stir(stir(stir(0, <u32>time), <u32>(address >> 32)), <u32>address), target), agent);
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

/** `target` and `agent` are their hashes, `address` is 0 if there is none. */
// @ts-ignore: decorator
@inline export function mark(time: i64, address: u64, target: u32, agent: u32): void {
  const since = time - FIRST_TIME;
  const hour = <u32>(since / 3600);
  if (hour != lastHour) turnTo(hour);
  const place = lastPlace;
  store<u32>(place, load<u32>(place, 12) + 1, 12);
  const mark = markOf(time, address, target, agent);
  if (load<u32>(place, 8) == MARKS_PER_HOUR) thinFor(place, mark);
  if (!isKept(mark, load<u32>(place, 4))) return;
  const count = load<u32>(place, 8);
  store<u64>(place + HEADER + (<usize>count << 3), (<u64>(<u32>since - hour * 3600) << 32) | <u64>mark);
  store<u32>(place, count + 1, 8);
}

// @ts-ignore: decorator
@inline function isKept(mark: u32, level: u32): bool {
  return <u64>mark << level < <u64>1 << 32;
}

/** Raises the level until there is room for the mark, or it need not be kept itself: whatever came first, all is the same. */
function thinFor(place: usize, mark: u32): void {
  const marks = place + HEADER;
  let level = load<u32>(place, 4), count = load<u32>(place, 8);
  while (count == MARKS_PER_HOUR && isKept(mark, level)) {
    level++;
    let kept: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const entry = load<u64>(marks + (<usize>i << 3));
      if (!isKept(<u32>entry, level)) continue;
      store<u64>(marks + (<usize>kept << 3), entry);
      kept++;
    }
    count = kept;
  }
  store<u32>(place, level, 4);
  store<u32>(place, count, 8);
}

function turnTo(hour: u32): void {
  const at = MARK_PLACES + (<usize>hour << 1);
  if (!load<u16>(at)) {
    if (hours == MARKED_HOURS) {
      handOverMarks(hours);
      clearMarks();
    }
    const place = MARKS + <usize>hours * HOUR;
    store<u32>(place, hour);
    store<u64>(place, 0, 4);
    store<u32>(place, 0, 12);
    hours++;
    store<u16>(at, <u16>hours);
  }
  lastHour = hour;
  lastPlace = MARKS + <usize>(load<u16>(at) - 1) * HOUR;
}
