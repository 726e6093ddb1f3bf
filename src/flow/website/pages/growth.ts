import type { Figure, Growth } from '../figures/figure.ts';
import type { Here } from '../html/here.ts';
import { type Sentence, type Shown, say } from '../language/sentence.ts';

/** "+3%", or, where rounding leaves more open than is written, "+1% to +6%". */
export function growthText({ words, formats }: Here, { least, most }: Growth): Sentence {
  return fromTo(words.fromTo, [least, most], [formats.change, formats.wholeChange]);
}

/** The same without the sign: "3%", or "1% to 6%". Of a growth that goes one way. */
export function sizeText({ words, formats }: Here, { least, most }: Growth): Sentence {
  const ends: Ends = Math.abs(least.value) < Math.abs(most.value) ? [least, most] : [most, least];
  return fromTo(words.fromTo, ends, [formats.size, formats.wholeSize]);
}

type Ends = readonly [Figure, Figure];

/** One number if both ends are written alike, with the digits of most formats or of fewer; else both, with few digits. */
function fromTo(
  words: (from: Shown, to: Shown) => Sentence,
  [from, to]: Ends,
  formats: readonly [fine: (figure: Figure) => Shown, whole: (figure: Figure) => Shown],
): Sentence {
  const alike = formats.find((format) => format(from).text === format(to).text);
  const whole = formats[1];
  return alike === undefined ? words(whole(from), whole(to)) : say`${alike(from)}`;
}
