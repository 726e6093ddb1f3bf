/** Characters that steer a terminal or a parser, turn the reading direction, or end a line; lone halves of a pair. */
const STEERING = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\uFEFF]/u;
const FORMULA = new Set(['=', '+', '-', '@']);

/** XML has no way to write most of these characters at all. */
export function isPlainText(text: string): boolean {
  return !STEERING.test(text);
}

/** Why a text must not stand in a published file, as the end of "expected ..."; undefined if it may (F03). */
export function faultOf(text: string): string | undefined {
  if (!isPlainText(text)) return 'text without control characters';
  // NFKC folds full-width and small forms into the plain sign; spreadsheets ignore blanks before it.
  if (FORMULA.has(text.normalize('NFKC').trimStart().charAt(0)))
    return 'text that no spreadsheet takes for a formula (it begins with one of = + - @)';
  return undefined;
}
