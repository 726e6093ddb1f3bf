const LONGEST = 120;

/**
 * What a line looks like, for people who must find out its format: words are `a`, numbers are `9`, and nothing of what
 * they say is left (P1). Bytes are one per character.
 */
export function shapeOf(line: string): string {
  const shape = line
    .slice(0, 4096)
    .replace(/[A-Za-z\x80-\xff0-9]+/g, (run) => (/^\d+$/.test(run) ? '9' : 'a'))
    .replace(/[^\x20-\x7e]+/g, '?')
    .replace(/(a[ _.-]?)\1{2,}/g, '$1$1');
  return shape.length > LONGEST ? `${shape.slice(0, LONGEST)}...` : shape;
}
