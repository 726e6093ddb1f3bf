import type { Figure, Growth } from '../figures/figure.ts';
import type { Here } from '../html/here.ts';
import { type Sentence, type Shown, say } from '../language/sentence.ts';

/** "+3%", or, where rounding leaves more open than is written, "+1% to +6%". */
export function growthText({ words, formats }: Here, { least, most }: Growth): Sentence {
  return fromTo(words.fromTo, formats.change(least), formats.change(most));
}

/** The same without the sign: "3%", or "1% to 6%". Of a growth that goes one way. */
export function sizeText({ words, formats }: Here, growth: Growth): Sentence {
  const [lesser, greater] = [growth.least, growth.most].sort(bySize) as [Figure, Figure];
  return fromTo(words.fromTo, formats.size(lesser), formats.size(greater));
}

function fromTo(words: (from: Shown, to: Shown) => Sentence, from: Shown, to: Shown): Sentence {
  return from.text === to.text ? say`${from}` : words(from, to);
}

function bySize(a: Figure, b: Figure): number {
  return Math.abs(a.value) - Math.abs(b.value);
}
