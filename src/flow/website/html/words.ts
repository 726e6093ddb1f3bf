import type { VNode } from 'preact';
import type { Piece, Sentence, Shown } from '../language/sentence.ts';
import { type Child, el } from './element.ts';

export function sentence(words: Sentence | string): Child[] {
  return typeof words === 'string' ? [words] : words.map(showPiece);
}

export function paragraph(words: Sentence | string, className?: string): VNode {
  return el('p', { class: className }, ...sentence(words));
}

/** The exact number and its formula stand beside what is written. */
export function number({ text, figure }: Shown): VNode {
  return el('data', { value: figure.value, 'data-of': figure.of }, text);
}

function showPiece(piece: Piece): Child {
  if (typeof piece === 'string') return piece;
  if (piece.kind === 'number') return number(piece);
  if (piece.kind === 'strong') return el('strong', {}, ...sentence(piece.pieces));
  return el('a', { href: piece.href }, piece.text);
}
