import { fewWeek } from '../../views/publication/headline-week.ts';
import { mondayOf } from '../../views/publication/week-name.ts';
import { sundayAfter } from '../html/chart-block.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import type { PagePath } from '../html/links.ts';

/** A page that has nothing to say before the first week, or of too few systems. */
export function nothingYet(here: Here, path: PagePath, title: string): Page {
  const [what, note] = whyNothing(here);
  return {
    path,
    title,
    description: what,
    content: [el('h1', {}, title), el('p', {}, what), el('p', {}, note)],
    charts: [],
  };
}

/** In two sentences. */
export function whyNothing({ words, formats, tables }: Here): [what: string, note: string] {
  const few = fewWeek(tables.publication);
  if (few === undefined) return [words.nothingYet, words.nothingYetNote];
  const monday = mondayOf(few.week);
  const days = formats.days(monday, sundayAfter(monday));
  return [words.fewSystems(formats.number(few.fewerThan), days), words.fewSystemsNote];
}
