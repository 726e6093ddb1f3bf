import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import type { PagePath } from '../html/links.ts';

/** A page that has nothing to say before the first week. */
export function nothingYet({ words }: Here, path: PagePath, title: string): Page {
  return {
    path,
    title,
    description: words.nothingYet,
    content: [el('h1', {}, title), el('p', {}, words.nothingYet), el('p', {}, words.nothingYetNote)],
    charts: [],
  };
}
