/**
 * Text in an SVG cannot be measured before it is drawn, and its font is the reader's. These widths are those of a wide
 * sans-serif (DejaVu Sans), so that in most fonts there is room to spare.
 */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

function characterWidth(character: string): number {
  if (character.codePointAt(0)! > 0xffff || WIDE.test(character)) return 1;
  if (/[ijl.,:;'|!()[\]fIt ]/.test(character)) return 0.39;
  if (/[mwMW%@]/.test(character)) return 0.96;
  return /[A-Z]/.test(character) ? 0.7 : 0.63;
}

export function textWidth(text: string, size: number): number {
  return Array.from(text, characterWidth).reduce((sum, width) => sum + width, 0) * size;
}

/** The text, or as much of it as fits, with an ellipsis. */
export function fitText(text: string, room: number, size: number): string {
  if (textWidth(text, size) <= room) return text;
  const characters = Array.from(text);
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size) > room) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** Breaks at spaces; a language without spaces breaks anywhere. At most `lines`, the last one cut. */
export function wrapText(text: string, room: number, size: number, lines: number): string[] {
  const wrapped: string[] = [];
  const pieces = text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*/g) ?? [];
  for (const piece of pieces) {
    const longer = (wrapped.at(-1) ?? '') + piece;
    if (wrapped.length > 0 && textWidth(longer.trimEnd(), size) <= room) wrapped[wrapped.length - 1] = longer;
    else wrapped.push(piece);
  }
  const shown = wrapped.length <= lines ? wrapped : [...wrapped.slice(0, lines - 1), wrapped.slice(lines - 1).join('')];
  return shown.map((line) => fitText(line.trim(), room, size));
}
