// The marks of counted lines, by which they are found again in another cut of their log (G4). The same marks as those of
// src/flow/sightings/line-mark.ts (C6).
import { FIRST_TIME } from './time';
import { MARKED_HOURS, MARKS, MARKS_PER_HOUR, MARK_PLACES } from './memory';

// Hands over all hours, of which there are `count`, because there is no room for one more.
@external("host", "marks") declare function handOverMarks(count: u32): void;

/**
 * An hour: u32 hour since the first that counts, u32 level, u32 marks, u32 lines; then u64 a mark: from bit 40 the second
 * of the hour, from bit 8 the 32 bits of the line, below those of its kind. A mark is kept if its top bits, as many as the
 * level, are 0.
 */
const HEADER: usize = 16;
const HOUR: usize = HEADER + <usize>MARKS_PER_HOUR * 8;

/** u32 how many hours there are: in memory, as they are, for a kernel that comes after another. */
const HOURS: usize = MARKS + <usize>MARKED_HOURS * HOUR;

/** When the hour of the line before began; a division for each line would take longer than its hash. */
let lastStart: i64 = i64.MIN_VALUE;
let lastPlace: usize = 0;

export function clearMarks(): void {
  const hours = markedHours();
  for (let place: u32 = 0; place < hours; place++) {
    store<u16>(MARK_PLACES + (<usize>load<u32>(MARKS + <usize>place * HOUR) << 1), 0);
  }
  store<u32>(HOURS, 0);
  lastStart = i64.MIN_VALUE;
}

/** How many hours lie at MARKS. */
export function markedHours(): u32 { return load<u32>(HOURS); }

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
  if (<u64>(time - lastStart) >= 3600) turnTo(<u32>((time - FIRST_TIME) / 3600));
  const place = lastPlace;
  store<u32>(place, load<u32>(place, 12) + 1, 12);
  const mark = markOf(time, address, target, agent);
  if (load<u32>(place, 8) == MARKS_PER_HOUR) thinFor(place, mark);
  if (!isKept(mark, load<u32>(place, 4))) return;
  const count = load<u32>(place, 8);
  store<u64>(place + HEADER + (<usize>count << 3), (<u64>(time - lastStart) << 40) | (<u64>mark << 8) | <u64>((turn(target, 13) ^ agent) >> 24));
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
      if (!isKept(<u32>(entry >> 8), level)) continue;
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
    if (markedHours() == MARKED_HOURS) {
      handOverMarks(MARKED_HOURS);
      clearMarks();
    }
    const hours = markedHours();
    const place = MARKS + <usize>hours * HOUR;
    store<u32>(place, hour);
    store<u64>(place, 0, 4);
    store<u32>(place, 0, 12);
    store<u32>(HOURS, hours + 1);
    store<u16>(at, <u16>(hours + 1));
  }
  lastStart = FIRST_TIME + <i64>hour * 3600;
  lastPlace = MARKS + <usize>(load<u16>(at) - 1) * HOUR;
}
