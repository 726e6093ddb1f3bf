/**
 * Control, format, surrogate, private-use and unassigned characters, separators of lines, and U+FFFD (S1). Not an
 * expression yet: to look up such classes takes 2 ms of each start, and few logs need them.
 */
const UNCLEAN = String.raw`[\p{C}\p{Zl}\p{Zp}\u{FFFD}]`;
/** The longest value that is kept, in bytes (Q9, S4). */
export const LONGEST_VALUE = 255;
/** What stands for a text that is not kept. */
export const OTHER = 'other';

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes UTF-8 bytes, given one per character; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: string): string {
  return PRINTABLE_ASCII.test(bytes) ? bytes : decoder.decode(Buffer.from(bytes, 'latin1'));
}

export function isCleanText(text: string): boolean {
  return PRINTABLE_ASCII.test(text) || !new RegExp(UNCLEAN, 'u').test(text);
}

const CONTROL_ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', v: '\v', f: '\f' };

/**
 * Takes back the escapes that nginx (`\x22`) and Apache (`\"`, `\\`, `\t`) write (Q9). Bytes in and out are one per
 * character.
 */
export function unescapeLog(bytes: string): string {
  if (!bytes.includes('\\')) return bytes;
  return bytes.replace(
    /\\(?:x([0-9A-Fa-f]{2})|(["\\])|([nrtbvf]))/g,
    (_escape, hex: string | undefined, itself: string | undefined, control: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return itself ?? CONTROL_ESCAPES[control!]!;
    },
  );
}

/** A `%` without two hexadecimal digits is itself, and so is `+` (Q9). */
export function decodePercent(bytes: string): string {
  if (!bytes.includes('%')) return bytes;
  return bytes.replace(/%([0-9A-Fa-f]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
