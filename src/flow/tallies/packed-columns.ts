import { deflateRawSync, inflateRawSync } from 'node:zlib';

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array | BigUint64Array;

const KINDS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array, u64: BigUint64Array };
type Kind = keyof typeof KINDS;
type KindOf = { u8: Uint8Array; u16: Uint16Array; u32: Uint32Array; f64: Float64Array; u64: BigUint64Array };

const LENGTH_BYTES = 4;
/** What a log of two million candidates and a million cells takes, twice. */
const MOST_UNPACKED = 256 * 2 ** 20;

/** A value that JSON can hold, and columns of numbers behind it, without loss and small. */
export function packColumns(value: unknown, columns: Record<string, Column>): Buffer {
  const sizes = Object.entries(columns).map(([name, { length }]) => [name, length]);
  const head = Buffer.from(JSON.stringify({ value, sizes }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  const bytes = Object.values(columns).map((column) =>
    Buffer.from(column.buffer, column.byteOffset, column.byteLength),
  );
  return deflateRawSync(Buffer.concat([length, head, ...bytes]));
}

/** What was packed is not what it was, or was never packed. */
export class BadColumns extends Error {
  override readonly name = 'BadColumns';
}

/** Throws BadColumns unless there are exactly these columns. What they hold is for the caller to judge. */
export function unpackColumns<Kinds extends Record<string, Kind>>(
  packed: Uint8Array,
  kinds: Kinds,
): { value: unknown; columns: { [Name in keyof Kinds]: KindOf[Kinds[Name]] } } {
  const bytes = inflate(packed);
  const headEnd = bytes.length < LENGTH_BYTES ? Infinity : LENGTH_BYTES + bytes.readUInt32LE();
  if (headEnd > bytes.length) throw new BadColumns('the head is cut off');
  const { value, sizes } = readHead(bytes.toString('utf8', LENGTH_BYTES, headEnd));
  const names = Object.keys(kinds);
  if (sizes.length !== names.length) throw new BadColumns('there are other columns');
  let at = headEnd;
  const columns = names.map((name, place) => {
    const [found, length] = sizes[place]!;
    const kind = KINDS[kinds[name]!];
    const end = at + length * kind.BYTES_PER_ELEMENT;
    if (found !== name || end > bytes.length) throw new BadColumns('a column is missing or cut off');
    // A copy: only that stands where such numbers may.
    const column = new kind(Uint8Array.from(bytes.subarray(at, end)).buffer);
    at = end;
    return [name, column];
  });
  if (at !== bytes.length) throw new BadColumns('something follows the columns');
  return { value, columns: Object.fromEntries(columns) };
}

function inflate(packed: Uint8Array): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: MOST_UNPACKED });
  } catch (error) {
    throw new BadColumns('it cannot be unpacked', { cause: error });
  }
}

function readHead(json: string): { value: unknown; sizes: [string, number][] } {
  let head: unknown;
  try {
    head = JSON.parse(json);
  } catch (error) {
    throw new BadColumns('the head is no JSON', { cause: error });
  }
  if (typeof head !== 'object' || head === null || !('value' in head) || !('sizes' in head)) {
    throw new BadColumns('the head holds something else');
  }
  const { value, sizes } = head;
  const isSize = (size: unknown): size is [string, number] =>
    Array.isArray(size) &&
    size.length === 2 &&
    typeof size[0] === 'string' &&
    Number.isSafeInteger(size[1]) &&
    size[1] >= 0;
  if (!Array.isArray(sizes) || !sizes.every(isSize)) throw new BadColumns('the columns have no sizes');
  return { value, sizes };
}
