import type { Figure } from '../figures/figure.ts';

/**
 * A sentence in some language, as plain data: the catalogues know nothing of HTML, and a chart's description is the
 * same sentence without its numbers' formulas.
 */
export type Sentence = readonly Piece[];

export type Piece = string | Shown | LinkedText | StrongText;

/** A number as it is written. */
export interface Shown {
  kind: 'number';
  text: string;
  figure: Figure;
}

export interface LinkedText {
  kind: 'link';
  text: string;
  href: string;
}

export interface StrongText {
  kind: 'strong';
  pieces: Sentence;
}

/** A tag for template strings: say`About ${systems} systems.` */
export function say(words: TemplateStringsArray, ...values: readonly (Piece | Sentence)[]): Sentence {
  return words.flatMap((word, n): Piece[] => {
    const value = values[n];
    const pieces = value === undefined ? [] : isSentence(value) ? value : [value];
    return word === '' ? [...pieces] : [word, ...pieces];
  });
}

export function strong(words: Sentence): StrongText {
  return { kind: 'strong', pieces: words };
}

export function plainText(sentence: Sentence): string {
  return sentence
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      return piece.kind === 'strong' ? plainText(piece.pieces) : piece.text;
    })
    .join('');
}

function isSentence(value: Piece | Sentence): value is Sentence {
  return Array.isArray(value);
}
