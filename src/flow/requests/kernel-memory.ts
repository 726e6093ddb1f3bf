/**
 * The kernel's map of its memory, for the side that feeds it. The same numbers as in kernel/memory.ts; a test holds the
 * two files against each other.
 */
const KB = 1 << 10;
const MB = 1 << 20;

export const MEMORY_PAGES = 304 * 16;
export const REJECTIONS = 1 * MB;
export const WEEKS = 4096;
export const NO_WEEK = 4095;
export const HOURS_SEEN = 2 * MB;
export const HOURS_COUNTED = 2 * MB + 256 * KB;
export const HOURS_SIEVED = 2 * MB + 512 * KB;
export const HOURS_BYTES = 128 * KB;
export const COUNTRIES = 6 * MB;
export const COUNTRIES_BYTES = 14 * MB;
export const SLOTS = 20 * MB;
export const SLOT_COUNT = 16;
export const SLOT_SIZE = 3 * MB;
export const CHUNK = 128 * KB;
export const CHUNK_SIZE = 512 * KB;
export const RANGES = 768 * KB;
export const GATHERED = 2 * MB;
export const NETWORKS = 110 * MB;
export const NETWORKS_ROW = 64;
export const SCRATCH = 148 * MB;
export const SIEVE = 180 * MB;
export const LEFT = 181 * MB;
export const LEFT_COUNT = 32;
export const LEFT_SIZE = 2 * MB;
export const MARKS_PER_BLOCK = 4096;
export const SORTED_MARKS = 303 * MB + 64 * KB;
export const SORTED_SECONDS = 303 * MB + 96 * KB;
export const SPREAD_KEYS = 261 * MB;
export const SPREAD_ROWS = 262 * MB;
