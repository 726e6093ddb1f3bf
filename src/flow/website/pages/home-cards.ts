import type { VNode } from 'preact';
import { isWithheld } from '../../views/publication/tables.ts';
import { weekOfDay } from '../../views/publication/week-name.ts';
import { sparkline } from '../charts/sparkline.ts';
import { breakDown, type Group, groupFigure } from '../figures/breakdown.ts';
import { countriesOf, countryValues } from '../figures/countries.ts';
import { ratio } from '../figures/figure.ts';
import { type Column, type CountedWeek, systemsOf } from '../figures/tables.ts';
import { majorOf, releaseOf } from '../figures/versions.ts';
import { el } from '../html/element.ts';
import type { Here } from '../html/here.ts';
import type { PagePath } from '../html/links.ts';
import { paragraph } from '../html/words.ts';
import type { Sentence, Shown } from '../language/sentence.ts';

interface Card {
  page: PagePath;
  question: string;
  answer: Sentence | string;
  values: readonly (number | null)[];
}

const YEAR = 52;
const SPARKLINE = { width: 160, height: 36 };

/** Each in one sentence, with a link to its page. */
export function answerCards(here: Here, week: CountedWeek): VNode {
  const { words, links } = here;
  const cards = [versionCard(here, week), architectureCard(here, week), countryCard(here, week), ageCard(here, week)];
  return el(
    'section',
    { class: 'cards', 'aria-label': words.home.cards },
    ...cards.map(({ page, question, answer, values }) =>
      el(
        'article',
        { class: 'card' },
        el('h2', {}, el('a', { href: links.page(page) }, question)),
        paragraph(answer),
        values.some((value) => value !== null) && sparkline(values.slice(-YEAR), SPARKLINE),
      ),
    ),
  );
}

function versionCard(here: Here, week: CountedWeek): Card {
  const { words, tables } = here;
  const group = largest(here, 'version', majorOf);
  const released = group && releaseOf(tables, group.name)?.released;
  const weeks = released === undefined ? undefined : week.week - weekOfDay(released);
  const since = weeks !== undefined && weeks > 0 && weeks <= YEAR ? words.home.weeksAfterRelease(weeks) : '';
  const name = `${tables.publication.distribution.name} ${group?.name ?? ''}`;
  return cardOf(here, week, 'version', group, {
    page: 'versions/',
    question: words.home.cardVersions,
    answer: (share) => words.home.versionsAnswer(share, name, since),
  });
}

function architectureCard(here: Here, week: CountedWeek): Card {
  const { home } = here.words;
  const group = largest(here, 'arch');
  return cardOf(here, week, 'arch', group, {
    page: 'architectures/',
    question: home.cardArchitectures,
    answer: (share) => home.architecturesAnswer(share, group?.name ?? ''),
  });
}

function ageCard(here: Here, week: CountedWeek): Card {
  const group = breakDown(here.tables, 'age').groups.find(({ name }) => name === '4');
  return cardOf(here, week, 'age', group, {
    page: 'age/',
    question: here.words.home.cardAge,
    answer: (share) => here.words.home.ageAnswer(share, here.words.spans[here.tables.ages]),
  });
}

function countryCard({ words, formats, tables, context }: Here, week: CountedWeek): Card {
  const named = countriesOf(tables, week, context.territories).filter(({ kind }) => kind === 'country');
  const first = named[0];
  const share = first && ratio(first.systems, systemsOf(week));
  const question = words.home.cardCountries;
  if (first === undefined || share === undefined)
    return { page: 'countries/', question, answer: words.home.noCountries, values: [] };
  const count = formats.number(named.length);
  const answer = words.home.countriesAnswer(formats.share(share), formats.region(first.code), count);
  const values = countryValues(tables, first.code);
  return { page: 'countries/', question, answer, values };
}

function largest({ tables }: Here, column: Column, nameOf?: (value: string) => string): Group | undefined {
  return breakDown(tables, column, nameOf).groups.find(({ name }) => !isWithheld(name));
}

type CardText = Pick<Card, 'page' | 'question'> & { answer: (share: Shown) => Sentence };

function cardOf(here: Here, week: CountedWeek, column: Column, group: Group | undefined, text: CardText): Card {
  const { tables, formats, words } = here;
  const share = group && ratio(groupFigure(tables, week, column, group), systemsOf(week));
  const answer = share === undefined ? words.chart.noNumber : text.answer(formats.share(share));
  return { page: text.page, question: text.question, answer, values: group?.values ?? [] };
}
