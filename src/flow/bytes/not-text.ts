/**
 * How many bytes at the start of a line show that a server wrote it: an address or a time, which no stranger chooses.
 * Among random bytes one line in 400 million begins like this.
 */
const LINE_START = 20;
/** Of random bytes 11 in 100 are control bytes. Text has none, but for what a server did not escape. */
const CONTROL_SHARE = 1 / 32;

const NUL = 0x00;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
/** Begins the colours of a terminal, which are kept when its lines are. */
const ESCAPE = 0x1b;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * Whether the first bytes of a file cannot be those of a log. A stranger may bring any bytes into a line of a server
 * that escapes none, so what counts is how lines begin: a log has bytes of all kinds only within lines that begin as
 * text. Holes of NUL bytes, which copytruncate leaves, say nothing.
 */
export function isNotText(head: Uint8Array): boolean {
  const from = firstByte(head);
  if (from === head.length || beginsAsText(head, from)) return false;
  return hasControlBytes(head.subarray(from)) && !mostLinesBeginAsText(head, from);
}

/** Behind a byte order mark and a hole. */
function firstByte(head: Uint8Array): number {
  let from = BYTE_ORDER_MARK.equals(head.subarray(0, BYTE_ORDER_MARK.length)) ? BYTE_ORDER_MARK.length : 0;
  while (head[from] === NUL) from += 1;
  return from;
}

const FEWEST_LINES = 8;

/**
 * Whether lines end with carriage returns alone, as of a converter that took the line feeds away: all of such a log would
 * be one line that is still being written. No server begins one with so many lines of a stranger's.
 */
export function endsLinesByReturns(head: Uint8Array): boolean {
  if (head.includes(LF) || !head.includes(CR)) return false;
  let lines = 0;
  for (let at = head.indexOf(CR); at >= 0; at = head.indexOf(CR, at + 1)) if (beginsAsText(head, at + 1)) lines += 1;
  return lines >= FEWEST_LINES;
}

function mostLinesBeginAsText(head: Uint8Array, from: number): boolean {
  let lines = 0;
  let asText = 0;
  for (let feed = head.indexOf(LF, from); feed >= 0; feed = head.indexOf(LF, feed + 1)) {
    if (feed + LINE_START >= head.length) break;
    lines += 1;
    if (beginsAsText(head, feed + 1)) asText += 1;
  }
  return asText * 2 > lines;
}

function beginsAsText(bytes: Uint8Array, from: number): boolean {
  if (from + LINE_START > bytes.length) return false;
  for (let at = from; at < from + LINE_START; at += 1) {
    const byte = bytes[at]!;
    if (byte !== TAB && (byte < 0x20 || byte > 0x7e)) return false;
  }
  return true;
}

function hasControlBytes(bytes: Uint8Array): boolean {
  let controls = 0;
  let nuls = 0;
  for (const byte of bytes) {
    if (byte === NUL) nuls += 1;
    else if (byte === 0x7f || (byte < 0x20 && ![TAB, LF, CR, ESCAPE].includes(byte))) controls += 1;
  }
  return controls > 0 && controls >= (bytes.length - nuls) * CONTROL_SHARE;
}

const LONGEST_OUTPUT = 2 ** 20;

/** What bytes are that have no mark of their own, found by unpacking them: the name of it, or undefined. */
export function packedWithoutMark(head: Uint8Array): 'zlib' | 'brotli' | 'deflate' | undefined {
  // A reader of plain files does not need it, and starts up earlier without.
  const zlib = process.getBuiltinModule('node:zlib');
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  const limits = { finishFlush: Z_SYNC_FLUSH, maxOutputLength: LONGEST_OUTPUT };
  if (givesText(() => zlib.inflateSync(head, limits))) return 'zlib';
  if (givesText(() => zlib.brotliDecompressSync(head, { ...limits, finishFlush: BROTLI_OPERATION_FLUSH }))) {
    return 'brotli';
  }
  return givesText(() => zlib.inflateRawSync(head, limits)) ? 'deflate' : undefined;
}

function givesText(unpack: () => Buffer): boolean {
  try {
    return beginsAsText(unpack(), 0);
  } catch {
    // It is not packed that way.
    return false;
  }
}
