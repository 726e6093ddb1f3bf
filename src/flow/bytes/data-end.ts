/**
 * White space behind an archive is no damage, as whoever adds a line feed to a file leaves it; other bytes are. The
 * programs that unpack know no difference, so what is blank behind the data is kept from them.
 */
export interface DataEnd {
  /** Gets all bytes of the archive in their order. */
  take(bytes: Uint8Array): void;
  /** How many of the last bytes, which were taken too, are not blank ones behind the data. */
  within(last: Uint8Array): number;
}

/** Of white space and padding. */
export function isBlank(byte: number): boolean {
  return byte === 0 || byte === 0x0a || byte === 0x0d || byte === 0x20 || byte === 0x09;
}

export function dataEnd(program: 'zstd' | 'xz' | 'bzip2'): DataEnd {
  if (program === 'zstd') return new ZstdEnd();
  return { take: () => {}, within: program === 'xz' ? withinXz : withinBzip2 };
}

function withoutBlanks(bytes: Uint8Array): number {
  return bytes.findLastIndex((byte) => !isBlank(byte)) + 1;
}

const XZ_FOOTER = Buffer.from('YZ');

/** A stream of xz ends in two letters. */
function withinXz(last: Uint8Array): number {
  const end = withoutBlanks(last);
  return end >= 2 && XZ_FOOTER.equals(last.subarray(end - 2, end)) ? end : last.length;
}

/** The mark at the end of a stream of bzip2, which begins at any bit; 32 bits follow it, and what fills up the byte. */
const BZIP2_MARK = 0x177245385090n;
const MARK_BITS = 48;
const SUM_BITS = 32;
const LOW_48 = (1n << 48n) - 1n;

function withinBzip2(last: Uint8Array): number {
  let bits = 0n;
  for (let at = 0; at < last.length; at += 1) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      bits = ((bits << 1n) | BigInt((last[at]! >> bit) & 1)) & LOW_48;
      const read = at * 8 + (8 - bit);
      if (bits !== BZIP2_MARK || read < MARK_BITS) continue;
      const end = Math.ceil((read + SUM_BITS) / 8);
      if (end <= last.length && withoutBlanks(last) <= end) return end;
    }
  }
  return last.length;
}

const ZSTD_MAGIC = 0xfd2fb528;
const DICTIONARY_BYTES = [0, 1, 2, 4];
/** The length of the content, by its flag. */
const LENGTH_BYTES = [0, 2, 4, 8];
const REPEATED = 1;

/** What is read next of a zstd file: so many bytes to look at, to skip, or a frame has ended. */
type Step = { kind: 'look' | 'skip'; bytes: number } | { kind: 'ended' };

/** Walks from frame to frame by their headers: nothing else says where the last one ends. */
class ZstdEnd implements DataEnd {
  readonly #frames = framesOfZstd();
  #step: Step = this.#next();
  #seen: number[] = [];
  #taken = 0;
  #ended = 0;

  take(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#step.kind === 'ended') {
        this.#ended = this.#taken + at;
        this.#step = this.#next();
        continue;
      }
      const wanted = this.#step.bytes - this.#seen.length;
      const piece = bytes.subarray(at, at + wanted);
      at += piece.length;
      if (this.#step.kind === 'skip') this.#step = piece.length < wanted ? skip(wanted - piece.length) : this.#next();
      else {
        this.#seen.push(...piece);
        if (piece.length === wanted) this.#step = this.#next(Buffer.from(this.#seen.splice(0)));
      }
    }
    this.#taken += bytes.length;
    if (this.#step.kind === 'ended') this.#ended = this.#taken;
  }

  within(last: Uint8Array): number {
    const end = this.#ended - (this.#taken - last.length);
    return end >= 0 && withoutBlanks(last) <= end ? end : last.length;
  }

  /** Steps over nothing are none. */
  #next(seen: Buffer = Buffer.alloc(0)): Step {
    let { value } = this.#frames.next(seen);
    while (value.kind !== 'ended' && value.bytes === 0) ({ value } = this.#frames.next(Buffer.alloc(0)));
    return value;
  }
}

function look(bytes: number): Step {
  return { kind: 'look', bytes };
}

function skip(bytes: number): Step {
  return { kind: 'skip', bytes };
}

function* framesOfZstd(): Generator<Step, never, Buffer> {
  for (;;) {
    const magic = (yield look(4)).readUInt32LE();
    if (magic === ZSTD_MAGIC) yield* restOfFrame();
    else if (magic >>> 4 === 0x184d2a5) yield skip((yield look(4)).readUInt32LE());
    // What follows is not zstd: no frame ends in it.
    else yield skip(Number.POSITIVE_INFINITY);
    yield { kind: 'ended' };
  }
}

function* restOfFrame(): Generator<Step, void, Buffer> {
  const flags = (yield look(1))[0]!;
  const isSingle = (flags & 0x20) !== 0;
  const length = LENGTH_BYTES[flags >> 6]! || (isSingle ? 1 : 0);
  yield skip((isSingle ? 0 : 1) + DICTIONARY_BYTES[flags & 3]! + length);
  for (let isLast = false; !isLast; ) {
    const header = (yield look(3)).readUIntLE(0, 3);
    isLast = (header & 1) !== 0;
    yield skip(((header >> 1) & 3) === REPEATED ? 1 : header >> 3);
  }
  if ((flags & 4) !== 0) yield skip(4);
}
