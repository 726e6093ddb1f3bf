import { endsLinesByReturns, isNotText, packedWithoutMark } from './not-text.ts';

/** How the bytes of a log are packed. */
export type Container = 'plain' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

export type Recognised = { kind: 'container'; container: Container } | { kind: 'refused'; reason: string };

/** More than the longest line of a server's default limits, so that a line begins in it wherever a log was cut. */
export const HEAD_BYTES = 32 * 1024;

interface Signature {
  magic: Buffer;
  reason: string;
}

const UNPACK = 'unpack it first';
const RECOMPRESS = 'unpack it, or compress it with gzip, zstd, xz or bzip2';
const DECRYPT = 'decrypt it first: ... | rollcall ingest -';
const UNHEX = 'decode it first: xxd -r -p ... | rollcall ingest -';
const DECODE = 'decode it first: base64 -d ... | rollcall ingest -';

const REFUSED: Signature[] = [
  refused('\x04\x22\x4d\x18', 'lz4', RECOMPRESS),
  refused('\x02\x21\x4c\x18', 'lz4', RECOMPRESS),
  refused('\x1f\x9d', 'compressed with compress (.Z)', RECOMPRESS),
  refused('\x1f\xa0', 'compressed with compress -H', RECOMPRESS),
  refused('\x1f\x1e', 'compressed with pack (.z)', RECOMPRESS),
  refused('LZIP\x00', 'lzip', RECOMPRESS),
  refused('LZIP\x01', 'lzip', RECOMPRESS),
  refused('\x89LZO\x00\r\n\x1a\n', 'lzop', RECOMPRESS),
  refused('x\x01', 'zlib data', RECOMPRESS),
  refused('x\x9c', 'zlib data', RECOMPRESS),
  refused('x\xda', 'zlib data', RECOMPRESS),
  refused('LRZI\x00', 'lrzip', RECOMPRESS),
  refused('zPQ\x01', 'a zpaq archive', UNPACK),
  refused('zPQ\x02', 'a zpaq archive', UNPACK),
  refused('7kSt\xa01\x83\xd3', 'a zpaq archive', UNPACK),
  refused('MSCF\x00\x00\x00\x00', 'a cabinet archive', UNPACK),
  refused('xar!\x00', 'a xar archive', UNPACK),
  refused('\xff\x06\x00\x00sNaPpY', 'snappy', RECOMPRESS),
  refused('PK\x03\x04', 'a zip archive', UNPACK),
  refused('PK\x05\x06', 'a zip archive', UNPACK),
  refused('PK\x07\x08', 'a zip archive', UNPACK),
  refused('7z\xbc\xaf\x27\x1c', 'a 7z archive', UNPACK),
  refused('Rar!\x1a\x07', 'a rar archive', UNPACK),
  refused('\xc7\x71', 'a cpio archive', UNPACK),
  refused('\x71\xc7', 'a cpio archive', UNPACK),
  refused('\xed\xab\xee\xdb', 'an RPM package', 'name a log file'),
  refused('!<arch>\n', 'an ar archive or a package', 'name a log file'),
  refused('age-encryption.org/', 'encrypted with age', DECRYPT),
  refused('-----BEGIN AGE ENCRYPTED FILE-----', 'encrypted with age', DECRYPT),
  refused('-----BEGIN PGP MESSAGE-----', 'encrypted with OpenPGP', DECRYPT),
  refused('Salted__', 'encrypted with openssl', DECRYPT),
  refused('PAR1', 'a Parquet file', 'name the log it was made from'),
  refused('Obj\x01', 'an Avro file', 'name the log it was made from'),
  refused('ARROW1\x00\x00', 'an Arrow file', 'name the log it was made from'),
  refused('SQLite format 3\x00', 'an SQLite database', 'name a log file'),
  refused('\x7fELF', 'a program', 'name a log file'),
  refused('%PDF-', 'a PDF document', 'name a log file'),
  refused('begin-base64 ', 'base64 text', 'decode it first: uudecode -o - ... | rollcall ingest -'),
  refused('LPKSHHRH', 'a systemd journal', 'export it first: journalctl --file ... -o cat | rollcall ingest -'),
];

const GZIP = bytesOf('\x1f\x8b');
const ZSTD = bytesOf('\x28\xb5\x2f\xfd');
const XZ = bytesOf('\xfd7zXZ\x00');
const BZIP2 = bytesOf('BZh');
const BZIP2_BLOCK = bytesOf('1AY&SY');
const BZIP2_END = bytesOf('\x17\x72\x45\x38\x50\x90');
const TAR = bytesOf('ustar');
const TAR_MARK = 257;
/** A header of tar, and the name that it begins with. */
const BLOCK = 512;
const NAME_BYTES = 100;

/** Recognises what a file is by its first bytes, at best `HEAD_BYTES` of them; its name does not matter. */
export function recognise(head: Uint8Array): Recognised {
  const container = packed(head);
  if (container) return { kind: 'container', container };
  const reason = notText(head);
  return reason ? { kind: 'refused', reason } : { kind: 'container', container: 'plain' };
}

/** The reason why the first bytes that came out of a container cannot be a log, or undefined. */
export function unpackedProblem(head: Uint8Array): string | undefined {
  const container = packed(head);
  return container ? `${container} data packed a second time; unpack it once first` : notText(head);
}

function packed(head: Uint8Array): Container | undefined {
  if (startsOrIsCut(head, GZIP)) return 'gzip';
  if (startsOrIsCut(head, ZSTD) || isSkippableFrame(head)) return 'zstd';
  if (startsOrIsCut(head, XZ)) return 'xz';
  return isBzip2(head) ? 'bzip2' : undefined;
}

function notText(head: Uint8Array): string | undefined {
  if (isTar(head)) return refusal('a tar archive', UNPACK);
  if (isCpio(head)) return refusal('a cpio archive', UNPACK);
  if (isOpenPgp(head)) return refusal('encrypted with OpenPGP', DECRYPT);
  const encoding = wideEncoding(head.subarray(0, BLOCK));
  if (encoding)
    return refusal(`${encoding} text`, `iconv -f ${encoding.toLowerCase()} -t utf-8 ... | rollcall ingest -`);
  const known = REFUSED.find(({ magic }) => stands(magic, head, 0) && !(isPrintable(magic) && beginsAsLine(head)));
  if (known) return known.reason;
  if (isLzma(head)) return refusal('lzma (an old form of xz)', RECOMPRESS);
  if (isStoredDeflate(head)) return refusal('deflate data', RECOMPRESS);
  if (isBase64(head)) return isHexadecimal(head) ? refusal('hexadecimal text', UNHEX) : refusal('base64 text', DECODE);
  if (endsLinesByReturns(head)) return refusal('text without line feeds', "tr '\\r' '\\n' < ... | rollcall ingest -");
  if (!isNotText(head)) return undefined;
  const name = packedWithoutMark(head);
  return name ? refusal(`${name} data`, RECOMPRESS) : refusal('bytes that are no text', 'name a log file');
}

/** A file of a few bytes that begins like the magic number is a cut archive if those bytes could not be text. */
function startsOrIsCut(head: Uint8Array, magic: Buffer): boolean {
  if (head.length >= magic.length) return stands(magic, head, 0);
  return head.some((byte) => byte < 0x20 || byte >= 0x80) && stands(magic.subarray(0, head.length), head, 0);
}

/** A zstd stream may begin with frames that hold no data, as pzstd writes them. */
function isSkippableFrame(head: Uint8Array): boolean {
  return (head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
}

/** No line of a log is shorter, and no mark made of letters alone is followed by so many bytes of text. */
const SHORTEST_LINE = 48;

/**
 * What comes first in a line may be a stranger's choice, as the forwarded address in some formats: a mark that one can
 * send in a header is none where the line goes on as a line.
 */
function beginsAsLine(head: Uint8Array): boolean {
  return head.length >= SHORTEST_LINE && isPrintable(head.subarray(0, SHORTEST_LINE));
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);
}

function isBzip2(head: Uint8Array): boolean {
  const level = head[3] ?? 0;
  if (!stands(BZIP2, head, 0) || level < 0x31 || level > 0x39 || beginsAsLine(head)) return false;
  const rest = head.subarray(4, 10);
  return stands(BZIP2_BLOCK.subarray(0, rest.length), rest, 0) || stands(BZIP2_END.subarray(0, rest.length), rest, 0);
}

/** The packets that an encrypted message begins with: a session key for a public key or for a passphrase. */
function isOpenPgp(head: Uint8Array): boolean {
  const [tag = 0, second = 0, third = 0, fourth = 0] = head;
  if (tag === 0x85) return second <= 0x08 && fourth === 3;
  if (tag === 0x84) return third === 3;
  if (tag === 0x8c) return third === 4 || third === 5;
  if (tag === 0xc1) return second < 0xc0 ? third === 3 || third === 6 : fourth === 3 || fourth === 6;
  return tag === 0xc3 && second < 0x80 && third >= 4 && third <= 6;
}

/** The header of lzma: properties, the size of the window, which is a power of two or half as much again, and the length. */
function isLzma(head: Uint8Array): boolean {
  const [properties = 0xff, ...size] = head.subarray(0, 5);
  if (size.length < 4 || properties >= 225) return false;
  const window = size.reduce((sum, byte, place) => sum + byte * 256 ** place, 0);
  const isUsual = window >= 2 ** 12 && (isPowerOfTwo(window) || isPowerOfTwo(window / 3));
  const length = head.subarray(5, 13);
  return isUsual && (length.every((byte) => byte === 0xff) || (length[6] === 0 && length[7] === 0));
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

/**
 * The header of tar holds the sum of its bytes, in octal. tar before POSIX has no mark: then NUL bytes must fill up the
 * name. A mark alone can be brought to its place by whoever asks for an address of the right length.
 */
function isTar(head: Uint8Array): boolean {
  if (head.length < BLOCK || head[0] === 0) return false;
  const written = /^ *([0-7]{1,6})[ \0]/.exec(latin1(head.subarray(148, 156)))?.[1];
  if (written === undefined) return false;
  const name = latin1(head.subarray(0, NAME_BYTES));
  if (!stands(TAR, head, TAR_MARK) && !/^[^\0]+\0+$/.test(name)) return false;
  // The sum is made with spaces in its own place.
  const sum = head.subarray(0, BLOCK).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return sum === Number.parseInt(written, 8) && head.subarray(0, BLOCK).includes(0);
}

/** A header of digits, and a name that a NUL byte ends. */
function isCpio(head: Uint8Array): boolean {
  if (head[0] !== 0x30) return false;
  return /^(?:07070[12][0-9a-f]{104}|070707[0-7]{70})[^\n\0]{1,255}\0/i.test(latin1(head.subarray(0, BLOCK)));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** A block that deflate left as it was: its length, and that again with all bits turned. All but its head is text. */
function isStoredDeflate(head: Uint8Array): boolean {
  const [kind = 2, low = 0, high = 0, lowTurned = 0, highTurned = 0] = head;
  return kind <= 1 && (low ^ lowTurned) === 0xff && (high ^ highTurned) === 0xff;
}

const BASE64_START = /^[A-Za-z0-9+/_-]{60}$/;
const BASE64 = /^[A-Za-z0-9+/_=\r\n-]+$/;

/** Lines of base64 and nothing else: no line of a log is without a space or a quote for so long. */
function isBase64(head: Uint8Array): boolean {
  return BASE64_START.test(latin1(head.subarray(0, 60))) && BASE64.test(latin1(head));
}

function isHexadecimal(head: Uint8Array): boolean {
  return /^[0-9a-f\r\n]+$/i.test(latin1(head));
}

function wideEncoding(head: Uint8Array): 'UTF-16' | 'UTF-32' | undefined {
  const [first, second, third, fourth] = head;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16';
  if (first === 0xfe && second === 0xff) return 'UTF-16';
  return hasNulInTurns(head) ? 'UTF-16' : undefined;
}

/** Every other byte is NUL in UTF-16 text; the holes that copytruncate leaves are NUL throughout. */
function hasNulInTurns(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const nuls = [0, 0];
  for (let at = 0; at < head.length; at += 1) if (head[at] === 0) nuls[at & 1]! += 1;
  const half = head.length >> 1;
  return Math.max(...nuls) >= half * 0.9 && Math.min(...nuls) <= half * 0.1;
}

function stands(magic: Buffer, bytes: Uint8Array, at: number): boolean {
  // The first byte tells most, and no view on the bytes is made for it.
  if (bytes[at] !== magic[0] || bytes.length < at + magic.length) return false;
  return magic.equals(bytes.subarray(at, at + magic.length));
}

function refused(magic: string, what: string, advice: string): Signature {
  return { magic: bytesOf(magic), reason: refusal(what, advice) };
}

function refusal(what: string, advice: string): string {
  return `not a log but ${what}; ${advice}`;
}

function bytesOf(magic: string): Buffer {
  return Buffer.from(magic, 'latin1');
}
