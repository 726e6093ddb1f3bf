import { readFileSync } from 'node:fs';
import { builtFile } from '../../built-files.ts';
import { type CountryTable, copyCountryTable } from '../../geo/country-table.ts';
import {
  CHUNK,
  CHUNK_SIZE,
  COUNTRIES,
  COUNTRIES_BYTES,
  GATHERED,
  MEMORY_PAGES,
  RANGES,
  SLOT_COUNT,
  SLOT_SIZE,
  SLOTS,
} from './kernel-memory.ts';
import { LINE_LIMIT } from './line-reasons.ts';

/** What the kernel asks of the side that knows strings. All are as they stand in the log, one byte per character. */
export interface KernelQuestions {
  /** PENDING if the User-Agent's client counts, else -1. */
  probeSystem(agent: string): number;
  /** The number of the system, -1 if its client does not count. */
  numberSystem(agent: string): number;
  /** PENDING if the request is sound, else -1 - reason. */
  probeRequest(key: string): number;
  numberRequest(key: string): number;
  /** Whether this path was declared, beside those of Q5. */
  isOwnPath(path: string): boolean;
  otherOf(kind: number, number: number): number;
  networks(system: number, week: number, count: number, address: number): void;
  /**
   * So many marks of lines of an hour, counted from the first that counts, lie at SORTED_MARKS and SORTED_SECONDS, in order.
   * Answers the level of the sample to keep from here on.
   */
  marks(hour: number, count: number, lines: number): number;
  /** Whether a line is to be left out; asked of counted lines where there are such. Each may be answered once. */
  isKnown(time: number, mark: number): boolean;
  /** Candidates one by one, where that was asked for. A `hit` follows for each counted one, in their order. */
  counted(time: number, mark: number): void;
  rejected(reason: number, week: number): void;
  hit(low: number, high: number, part: number, networkLow: number, networkHigh: number): void;
}

/** What the kernel tells while it reads. */
export interface KernelObserver {
  /** Candidate lines lie in `slot` as pairs of start and end in `ranges`; the slot must be kept until they are taken. */
  candidates(slot: number, ranges: Uint32Array): void;
  /** All candidates up to the pause were told. Answers the number of the next candidate to pause behind, 0 for none. */
  paused(): number;
  /** A slot whose candidates have been taken. Blocks while there is none. */
  freeSlot(): number;
  /** Blocks until the candidates of this slot have been taken. */
  awaitSlot(slot: number): void;
}

/** The number of a value that is sound and that no counted line has named yet (see kernel/target.ts). */
export const PENDING = -60;

/** One range: u32 start, u32 end. */
const RANGE_BYTES = 8;
/** So many bytes of candidates are told together: a message costs as much as scanning 50 kB. */
const WORTH_TELLING = 256 * 1024;

export interface KernelExports {
  start(latest: number, asks: boolean, each: boolean): void;
  startSieve(latest: number): void;
  forget(): void;
  forgetNetworks(systems: number): void;
  indexCountries(
    v4Starts: number,
    v4Countries: number,
    v4: number,
    v6Starts: number,
    v6Countries: number,
    v6: number,
  ): void;
  scan(from: number, end: number): number;
  scanRest(from: number, end: number): void;
  scanTooLong(from: number): void;
  sampleTimes(from: number, end: number): void;
  lastLineEnd(from: number, end: number): number;
  firstLineEnd(from: number, end: number): number;
  startRanges(at: number): void;
  endRanges(to: number): number;
  setPause(at: number): void;
  cells(): number;
  marks(): void;
  spread(): number;
  nextWord(from: number, end: number): number;
  sieve(from: number, end: number, to: number): number;
  getCandidates(): number;
  getCounted(): number;
  getKnown(): number;
  getMisfits(): number;
  getFirstHour(): number;
  getEarliest(): number;
  getLast(): number;
}

/** A browser's own types, which come along with libraries that make pages, know only memory that is not shared. */
export type KernelMemory = WebAssembly.Memory & { readonly buffer: SharedArrayBuffer };

/**
 * All of the map; pages that are never touched cost nothing. Undefined where the kernel cannot run: Node.js may be
 * without a compiler (--jitless), or the process without the addresses.
 */
export function newKernelMemory(): KernelMemory | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  try {
    return new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true }) as KernelMemory;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Where the table of countries stands. Read into it, its 4 MB are neither copied nor collected. */
export function countrySpace(memory: KernelMemory): Uint8Array {
  return new Uint8Array(memory.buffer, COUNTRIES, COUNTRIES_BYTES);
}

/** The addresses of the words that are not 0 in [from, end). */
export function* wordsOf(kernel: KernelExports, from: number, end: number): Generator<number> {
  for (let at = kernel.nextWord(from, end); at < end; at = kernel.nextWord(at + 4, end)) yield at;
}

export function instantiate(memory: WebAssembly.Memory, questions: KernelQuestions): KernelExports {
  const bytes = Buffer.from(memory.buffer);
  const text = (address: number, length: number) => bytes.toString('latin1', address, address + length);
  const module = new WebAssembly.Module(readFileSync(builtFile('kernel.wasm')));
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    host: {
      probeSystem: (address: number, length: number) => questions.probeSystem(text(address, length)),
      numberSystem: (address: number, length: number) => questions.numberSystem(text(address, length)),
      probeRequest: (address: number, length: number) => questions.probeRequest(text(address, length)),
      numberRequest: (address: number, length: number) => questions.numberRequest(text(address, length)),
      isOwnPath: (address: number, length: number) => (questions.isOwnPath(text(address, length)) ? 1 : 0),
      otherOf: questions.otherOf,
      networks: questions.networks,
      marks: questions.marks,
      isKnown: (time: number, mark: number) => (questions.isKnown(time, mark >>> 0) ? 1 : 0),
      tellCounted: questions.counted,
      tellRejected: questions.rejected,
      tellHit: questions.hit,
    },
  });
  return instance.exports as unknown as KernelExports;
}

/**
 * The fast reader of Combined Log Format, at home in a WebAssembly memory of fixed size. A sink of bytes: ask for
 * `space`, fill it, say how much was `filled`, then `finish`. Bytes are read in place; lines cut by the end of a chunk
 * are carried to the next slot.
 */
export class Kernel {
  readonly memory: KernelMemory;
  /** The table of countries, as it lies in the kernel's memory. */
  readonly countries: CountryTable;
  readonly #kernel: KernelExports;
  readonly #bytes: Uint8Array;
  readonly #observer: KernelObserver;
  readonly #spaces: Uint8Array[];
  #slot = 0;
  /** The slot that is read into. It stays while only copies of its lines are told, and so stays in the core's cache. */
  #chunk = 0;
  /** The slot by which candidates in a chunk were told last. */
  readonly #toldBy = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
  /** Where the candidates end that were gathered in the slot and not told yet. */
  #gatheredEnd = SLOTS + GATHERED;
  #isChunkTold = false;
  /** Where the line that is not finished yet starts, and where the bytes read so far end. */
  #line = SLOTS + CHUNK;
  #end = SLOTS + CHUNK;
  #atLogStart = true;
  #skippingLine = false;
  #pauseAt = 1;

  constructor(questions: KernelQuestions, observer: KernelObserver, table: CountryTable, memory: KernelMemory) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#observer = observer;
    this.#kernel = instantiate(this.memory, questions);
    this.#spaces = Array.from({ length: SLOT_COUNT }, (_, slot) => {
      const chunk = SLOTS + slot * SLOT_SIZE + CHUNK;
      return this.#bytes.subarray(chunk, chunk + CHUNK_SIZE);
    });
    this.countries = this.#placeCountries(table);
  }

  get candidates(): number {
    return this.#kernel.getCandidates();
  }

  get counted(): number {
    return this.#kernel.getCounted();
  }

  get misfits(): number {
    return this.#kernel.getMisfits();
  }

  /** Hours since 1970, -1 if the first candidate's time is not known. */
  get firstHour(): number {
    return this.#kernel.getFirstHour();
  }

  /** Seconds since 1970 of the earliest and the latest counted line. */
  get span(): { earliest: number; latest: number } {
    return { earliest: this.#kernel.getEarliest(), latest: this.#kernel.getLast() };
  }

  /** Counted lines that were left out. */
  get known(): number {
    return this.#kernel.getKnown();
  }

  /**
   * Makes ready for the next log; `systems` is how many systems the log before had, `asks` whether lines may be known,
   * `each` whether candidates are told one by one.
   */
  start(latestTime: number, systems: number, asks: boolean, each: boolean): void {
    this.#kernel.start(latestTime, asks, each);
    this.#kernel.forgetNetworks(systems);
    this.#kernel.setPause(1);
    this.#pauseAt = 1;
    this.#atLogStart = true;
    this.#skippingLine = false;
    this.#gatheredEnd = this.#gatheredStart();
    this.#openSpace();
    this.#line = this.#end;
  }

  /** Drops the tally so far: these candidates were counted before. */
  forget(systems: number): void {
    this.#kernel.forget();
    this.#kernel.forgetNetworks(systems);
  }

  words(from: number, end: number): Iterable<number> {
    return wordsOf(this.#kernel, from, end);
  }

  /** Lists the cells in memory; answers how many. */
  listCells(): number {
    return this.#kernel.cells();
  }

  /** Hands over the marks that wait still. */
  handOverMarks(): void {
    this.#kernel.marks();
  }

  /** How many rows tell how the listed cells spread over networks. */
  spreadRows(): number {
    return this.#kernel.spread();
  }

  space(): Uint8Array {
    return this.#spaces[this.#chunk]!;
  }

  filled(bytes: number): void {
    this.#end += bytes;
    if (this.#atLogStart) {
      if (this.#end - this.#line < 3) return this.#carry();
      if (
        this.#bytes[this.#line] === 0xef &&
        this.#bytes[this.#line + 1] === 0xbb &&
        this.#bytes[this.#line + 2] === 0xbf
      ) {
        this.#line += 3;
      }
      this.#atLogStart = false;
    }
    if (this.#skippingLine && !this.#skip()) return this.#carry();
    this.#scanLines();
    this.#carry();
  }

  /** Counts whole lines that a sieve left in the memory; what was filled in before ended with a line. */
  takeLines(from: number, end: number): void {
    // As many at a time as fit into a chunk: a slot has no room for the ranges and copies of more.
    for (let at = from; at < end; ) {
      const until = this.#kernel.lastLineEnd(at, Math.min(at + CHUNK_SIZE, end));
      this.#kernel.startRanges(this.#rangesAddress());
      this.#scan(at, until);
      this.#collect(false);
      at = until;
    }
  }

  finish(): void {
    if (!this.#skippingLine && this.#line < this.#end) {
      this.#kernel.startRanges(this.#rangesAddress());
      this.#kernel.scanRest(this.#line, this.#end);
      if (this.#isPaused()) this.#pause();
      else this.#collect();
    }
    this.tell();
  }

  /** Tells the candidates that were only gathered so far. */
  tell(): void {
    if (this.#gatheredEnd > this.#gatheredStart()) this.#tellRanges(0);
  }

  #scanLines(): void {
    const end = this.#kernel.lastLineEnd(this.#line, this.#end);
    this.#kernel.startRanges(this.#rangesAddress());
    if (end > this.#line) {
      this.#kernel.sampleTimes(this.#line, end);
      this.#scan(this.#line, end);
      this.#line = end;
    }
    if (this.#end - this.#line > LINE_LIMIT + 1) {
      this.#kernel.scanTooLong(this.#line);
      if (this.#isPaused()) this.#pause();
      this.#skippingLine = true;
    }
    this.#collect();
  }

  #scan(start: number, end: number): void {
    for (let from = start; from < end; ) {
      from = this.#kernel.scan(from, end);
      if (!this.#isPaused()) return;
      this.#pause();
    }
  }

  #isPaused(): boolean {
    return this.#pauseAt > 0 && this.#kernel.getCandidates() === this.#pauseAt;
  }

  /** Hands over the candidates up to here, asks how to go on, and starts a new list. */
  #pause(): void {
    this.#collect();
    this.tell();
    this.#pauseAt = this.#observer.paused();
    this.#kernel.setPause(this.#pauseAt);
    this.#kernel.startRanges(this.#rangesAddress());
  }

  /** Gathers the candidates of the lines just scanned; where they lie close together, they are told where they are. */
  #collect(isInChunk = true): void {
    const count = this.#kernel.endRanges(this.#gatheredEnd);
    if (count === 0) return;
    const [from, until] = new Uint32Array(this.memory.buffer, this.#rangesAddress(), 2);
    if (from !== this.#gatheredEnd) return this.#tellRanges(count, isInChunk);
    this.#gatheredEnd = until!;
    if (this.#gatheredEnd - this.#gatheredStart() >= WORTH_TELLING) this.#tellRanges(0);
  }

  /** Tells the gathered candidates, and behind them `count` ranges, of the chunk or not. Moves on to the next slot. */
  #tellRanges(count: number, isInChunk = true): void {
    const start = this.#gatheredStart();
    const isGathered = this.#gatheredEnd > start;
    const address = isGathered ? this.#rangesAddress() - RANGE_BYTES : this.#rangesAddress();
    const ranges = new Uint32Array(this.memory.buffer, address, (count + (isGathered ? 1 : 0)) * 2);
    if (isGathered) ranges.set([start, this.#gatheredEnd]);
    this.#observer.candidates(this.#slot, ranges);
    if (count > 0 && isInChunk) {
      this.#toldBy[this.#chunk] = this.#slot;
      this.#isChunkTold = true;
    }
    this.#slot = this.#observer.freeSlot();
    this.#gatheredEnd = this.#gatheredStart();
    this.#kernel.startRanges(this.#rangesAddress());
  }

  #rangesAddress(): number {
    return SLOTS + this.#slot * SLOT_SIZE + RANGES + RANGE_BYTES;
  }

  #gatheredStart(): number {
    return SLOTS + this.#slot * SLOT_SIZE + GATHERED;
  }

  /** Looks for the end of a line that is too long; true when the next line was found. */
  #skip(): boolean {
    const end = this.#kernel.firstLineEnd(this.#line, this.#end);
    this.#skippingLine = end === this.#line;
    this.#line = this.#skippingLine ? this.#end : end;
    return !this.#skippingLine;
  }

  /** Moves on to the next space and takes the unfinished line along. */
  #carry(): void {
    const from = this.#skippingLine ? this.#end : this.#line;
    const length = this.#end - from;
    this.#openSpace();
    this.#line = this.#end - length;
    this.#bytes.copyWithin(this.#line, from, from + length);
  }

  #openSpace(): void {
    if (this.#isChunkTold) {
      this.#chunk = this.#slot;
      this.#observer.awaitSlot(this.#toldBy[this.#chunk]!);
      this.#isChunkTold = false;
    }
    this.#end = SLOTS + this.#chunk * SLOT_SIZE + CHUNK;
  }

  /** A table that was read into the memory stays where it is. */
  #placeCountries(table: CountryTable): CountryTable {
    const placed =
      table.v6Starts.buffer === this.memory.buffer ? table : copyCountryTable(table, countrySpace(this.memory));
    if (placed === undefined) {
      throw new RangeError('the country table has too many ranges; take a table of countries, not cities');
    }
    const { v4Starts, v4Countries, v6Starts, v6Countries } = placed;
    this.#kernel.indexCountries(
      v4Starts.byteOffset,
      v4Countries.byteOffset,
      v4Starts.length,
      v6Starts.byteOffset,
      v6Countries.byteOffset,
      v6Starts.length,
    );
    return placed;
  }
}
