/**
 * The text behind one that is percent-encoded because spaces end a field there. What holds a space is not encoded; a
 * percent sign that was encoded with the rest, as CloudFront did for years, is taken back too.
 */
export function decodeAgent(written: string, plus: '+' | ' ' = '+'): string {
  if (written.includes(' ')) return written;
  const once = decode(plus === ' ' ? written.replaceAll('+', ' ') : written);
  return once.includes(' ') ? once : decode(once);
}

function decode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
