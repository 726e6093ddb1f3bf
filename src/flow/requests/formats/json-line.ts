export type JsonObject = Record<string, unknown>;

/** A line that is a JSON object. Its texts are taken out as bytes, one per character, with the escapes of a log. */
export interface JsonLine {
  object: JsonObject;
  /** A text of the object in the bytes that it stands for. */
  bytesOf(text: string): string;
}

/**
 * Reads a line of JSON, given one byte per character; undefined if it is none. Bytes that stand in the line as they are
 * stay bytes, whatever their encoding; only where characters are escaped must it be known which is which.
 */
export function parseJsonLine(line: string): JsonLine | undefined {
  if (!line.startsWith('{')) return undefined;
  if (holdsBeyondAscii(line)) {
    const object = parseObject(Buffer.from(line, 'latin1').toString('utf8'));
    return object && { object, bytesOf: utf8Bytes };
  }
  const object = parseObject(line) ?? (BYTE_ESCAPE.test(line) ? parseObject(withoutByteEscapes(line)) : undefined);
  return object && { object, bytesOf: sameBytes };
}

/** `\u0080` and above, and what is no such escape at all. Go escapes `&` in each line: an expression took thrice as long. */
function holdsBeyondAscii(line: string): boolean {
  for (let at = line.indexOf('\\u'); at >= 0; at = line.indexOf('\\u', at + 2)) {
    const digit = line.charCodeAt(at + 4);
    if (!line.startsWith('00', at + 2) || !(digit >= 0x30 && digit <= 0x37)) return true;
  }
  return false;
}

/** nginx (without `escape=json`) and Apache write these into formats that look like JSON, which has no such escapes. */
const BYTE_ESCAPE = /\\[xv]/;

function withoutByteEscapes(line: string): string {
  return line.replace(
    /\\(?:x([0-9A-Fa-f]{2})|v|(.))/g,
    (written, hex: string | undefined, other: string | undefined) => {
      if (hex !== undefined) return `\\u00${hex}`;
      return other === undefined ? '\\u000b' : written;
    },
  );
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

export const sameBytes = (text: string) => text;
const utf8Bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

/** Texts and numbers are texts, null is an empty one, and of a list, as headers are, the first counts. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === null) return '';
  return Array.isArray(value) && value.length > 0 ? textOf(value[0]) : undefined;
}
