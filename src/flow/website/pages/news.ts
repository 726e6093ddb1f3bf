import type { VNode } from 'preact';
import { type Change, newsOf } from '../figures/news.ts';
import type { CountedWeek } from '../figures/tables.ts';
import { el } from '../html/element.ts';
import type { Here } from '../html/here.ts';
import { paragraph, sentence } from '../html/words.ts';
import type { Sentence } from '../language/sentence.ts';
import { growthText } from './growth.ts';
import { groupName, isNotStated } from './names.ts';

/** What is out of the ordinary in a week, or that nothing is. */
export function newsSection(here: Here, week: CountedWeek): VNode {
  const { words, tables } = here;
  const news = newsOf(tables, week);
  const list = (changes: readonly Change[]) =>
    el('ul', {}, ...changes.map((change) => el('li', {}, ...sentence(changeSentence(here, change)))));
  return el(
    'section',
    { class: 'news', 'aria-labelledby': 'news' },
    el('h2', { id: 'news' }, words.home.newsTitle),
    news === undefined
      ? paragraph(words.home.newsUnknown)
      : news.length === 0
        ? paragraph(words.home.nothingUnusual)
        : list(news),
    paragraph(words.home.noise, 'small'),
  );
}

function changeSentence(here: Here, { subject, change, after }: Change): Sentence {
  const { words, formats } = here;
  const [moved, to] = [growthText(here, change), formats.count(after)];
  if (subject.kind === 'total') return words.home.newsTotal(moved, to);
  if (subject.column === 'edition' && isNotStated(subject.name)) return words.home.newsNotStated(moved, to);
  const name = groupName(words, subject.name);
  return words.home.newsGroup(subject.column, name, moved, to);
}
