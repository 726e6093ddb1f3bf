import { isUtf8 } from 'node:buffer';

/** Bytes that are not UTF-8 become lone surrogates from here on; valid UTF-8 never decodes to one. */
const ESCAPED_BYTE = 0xdc00;
const LONGEST_SEQUENCE = 4;

/**
 * The text of a path. Linux allows any bytes in a file name, and a lossy decoding would name a file that does not
 * exist. `openablePath` is the way back.
 */
export function pathText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text += length === 0 ? String.fromCharCode(ESCAPED_BYTE + bytes[at]!) : bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** What the file system calls take for a path text: itself, or its bytes where it is not Unicode. */
export function openablePath(text: string): string | Buffer {
  if (text.isWellFormed()) return text;
  return Buffer.concat(Array.from(text, characterBytes));
}

/** Most paths are of these characters only. */
const PLAIN = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
/** Not an expression yet: see UNCLEAN in clean-text.ts. */
const UNPRINTABLE = String.raw`["\\\p{C}\p{Zl}\p{Zp}]`;

/** A path or argument as it may be printed: on one line, without control characters, and unambiguous. */
export function printablePath(text: string): string {
  return PLAIN.test(text) ? text : text.replace(new RegExp(UNPRINTABLE, 'gu'), escapeCharacter);
}

function sequenceLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= LONGEST_SEQUENCE && at + length <= bytes.length; length += 1) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}

function characterBytes(character: string): Buffer {
  const code = character.codePointAt(0)!;
  return isEscapedByte(code) ? Buffer.of(code - ESCAPED_BYTE) : Buffer.from(character);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  if (isEscapedByte(code)) return `\\x${(code - ESCAPED_BYTE).toString(16)}`;
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

function isEscapedByte(code: number): boolean {
  return code >= ESCAPED_BYTE + 0x80 && code <= ESCAPED_BYTE + 0xff;
}
