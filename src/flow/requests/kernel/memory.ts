// One fixed map of the kernel's memory. Nothing is allocated at run time, so no input can make it grow: pages that are
// never touched cost nothing, and every table below has an end that its writer checks.

const KB: usize = 1 << 10;
const MB: usize = 1 << 20;

/** What is read ahead is summed up here, or a compiler could leave the reading out. */
export const TOUCHED: usize = 832;

/** 256 bytes, each its own value. V8 rebuilds a v128 constant at every use; loading a splat from here is twice as fast. */
export const SPLAT: usize = 1 * KB;

/** u64 counts by reason and week: REASONS x WEEKS. */
export const REJECTIONS: usize = 1 * MB;
export const WEEKS: u32 = 4096;

/** One bit an hour since the first week that counts. */
export const HOURS_SEEN: usize = 2 * MB;
export const HOURS_COUNTED: usize = 2 * MB + 256 * KB;
/** Of the lines that only the sieve saw. */
export const HOURS_SIEVED: usize = 2 * MB + 512 * KB;
export const HOURS_LIMIT: i64 = 1 << 20;

/** Hits that wait for their country: look-ups side by side hide each other's cache misses, and a quarter as many less well. */
export const BATCH: usize = 3 * MB;
export const BATCH_LIMIT: u32 = 1024;
/** Lines with `countme=` that wait to be counted, for the same reason. */
export const LINES: usize = 3 * MB + 64 * KB;
export const LINES_LIMIT: u32 = 32;

/** The table of countries. */
export const COUNTRIES: usize = 6 * MB;
export const COUNTRIES_BYTES: usize = 14 * MB;

/** Read buffers, so that one can be filled while others are hashed. Each: carried line start, chunk, ranges, gathered lines. */
export const SLOTS: usize = 20 * MB;
export const SLOT_COUNT: u32 = 16;
export const SLOT_SIZE: usize = 3 * MB;
export const CHUNK: usize = 128 * KB;
export const CHUNK_SIZE: usize = 512 * KB;
/** u32 start, u32 end. A candidate takes 9 bytes at least and yields two ranges at most: 149,000 ranges in the worst slot. */
export const RANGES: usize = 768 * KB;
/** Room for every byte of the slot, and a line feed for each too-long or CRLF line. */
export const GATHERED: usize = 2 * MB;

export const TARGETS: usize = 68 * MB;
export const TARGETS_BYTES: usize = 72 * MB;
export const REQUESTS: usize = 84 * MB;
export const REQUESTS_BYTES: usize = 88 * MB;
export const AGENTS: usize = 100 * MB;
export const AGENTS_BYTES: usize = 102 * MB;
export const AGENTS_END: usize = 110 * MB;

/** Per system, for two weeks each: u32 week + 1, u32 how many, three u64 networks. */
export const NETWORKS: usize = 110 * MB;
export const NETWORKS_ROW: usize = 64;

export const CELLS: usize = 116 * MB;
/** Room for the older half of a table while it doubles, and for the list that is read at the end. */
export const SCRATCH: usize = 148 * MB;
/** The read buffer of the thread that sieves: carried line start, chunk. */
export const SIEVE: usize = 180 * MB;
/** What the sieve leaves of blocks, to be counted where it stands: more than one chunk more than may be left of one. */
export const LEFT: usize = 181 * MB;
export const LEFT_COUNT: u32 = 32;
export const LEFT_SIZE: usize = 2 * MB;
/** Where countries are looked up first: 2.6 MB for the embedded table, as much as there is for any other. */
export const PLACES: usize = 245 * MB;
export const PLACES_END: usize = 253 * MB;
/** The marks of counted lines: so many hours, and so many marks of each, before they are handed over. */
export const MARKS: usize = 270 * MB;
export const MARKED_HOURS: u32 = 1024;
export const MARKS_PER_BLOCK: u32 = 4096;
/** Room to sort those of one hour, u64 each; and where they lie when they are handed over: u32 and u16 each. */
export const UNSORTED_MARKS: usize = 303 * MB;
export const SORTED_MARKS: usize = 303 * MB + 64 * KB;
export const SORTED_SECONDS: usize = 303 * MB + 96 * KB;
/** u16 for each hour since the first week that counts: its place at MARKS + 1, or 0. */
export const MARK_PLACES: usize = 258 * MB;
/** How check-ins spread over networks: u32 row + 1 by hash; u64 key and u32 place of each row; 32 u32 hits of each row. */
export const SPREAD_INDEX: usize = 260 * MB;
export const SPREAD_KEYS: usize = 261 * MB;
export const SPREAD_ROWS: usize = 262 * MB;
export const MEMORY_END: usize = 304 * MB;

export const NO_WEEK: i32 = 4095;
export const LINE_LIMIT: usize = 65536;
