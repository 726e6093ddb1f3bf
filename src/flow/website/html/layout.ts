import type { VNode } from 'preact';
import type { PublishedWeek } from '../../views/publication/tables.ts';
import { weekName } from '../../views/publication/week-name.ts';
import { weekFigure } from '../figures/tables.ts';
import { LANGUAGES, MESSAGES } from '../language/messages.ts';
import { sundayAfter } from './chart-block.ts';
import { chartPath } from './chart-files.ts';
import { type Child, el } from './element.ts';
import type { Here, Page } from './here.ts';
import { folderOf, type PagePath } from './links.ts';
import { SITE_POLICY } from './policy.ts';
import { number } from './words.ts';

type NavigationName = keyof (typeof MESSAGES)['en']['nav'];

const QUESTIONS: readonly [NavigationName, PagePath][] = [
  ['home', ''],
  ['versions', 'versions/'],
  ['editions', 'editions/'],
  ['architectures', 'architectures/'],
  ['age', 'age/'],
  ['countries', 'countries/'],
  ['epel', 'epel/'],
  ['compare', 'compare/'],
];
const ABOUT: readonly [NavigationName, PagePath][] = [
  ['methodology', 'methodology/'],
  ['privacy', 'privacy/'],
  ['data', 'data/'],
  ['weeks', 'week/'],
  ['changes', 'changes/'],
  ['embed', 'embed/'],
];

export function documentOf(here: Here, page: Page): VNode {
  return el(
    'html',
    { lang: here.language },
    headOf(here, page),
    el(
      'body',
      {
        'data-next-update': page.isOfItsTime ? undefined : here.tables.publication.nextUpdate,
        'data-root': here.links.file(''),
      },
      el('a', { class: 'skip', href: '#content' }, here.words.skip),
      banner(here),
      page.isOfItsTime ? null : staleNotice(here),
      el('main', { id: 'content' }, ...page.content),
      footer(here, page),
    ),
  );
}

function headOf(here: Here, page: Page): VNode {
  const { links, words, language, tables } = here;
  const { siteUrl, name } = tables.publication.distribution;
  const title = page.path === '' ? page.title : `${page.title} · ${words.siteName(name)}`;
  const address = (code: typeof language) => `${siteUrl}/${folderOf(code, page.path)}`;
  return el(
    'head',
    {},
    el('meta', { charset: 'utf-8' }),
    el('meta', { 'http-equiv': 'Content-Security-Policy', content: SITE_POLICY }),
    el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    el('meta', { name: 'color-scheme', content: 'light dark' }),
    el('meta', { name: 'referrer', content: 'no-referrer' }),
    el('title', {}, title),
    el('meta', { name: 'description', content: page.description }),
    el('link', { rel: 'icon', type: 'image/svg+xml', href: links.file('assets/icon.svg') }),
    el('link', { rel: 'stylesheet', href: links.file('assets/site.css') }),
    el('script', { src: links.file('assets/site.js'), type: 'module' }),
    ...LANGUAGES.map((code) =>
      el('link', { rel: 'alternate', hreflang: code, href: siteUrl === '' ? links.language(code) : address(code) }),
    ),
    feedLink(here),
    ...(siteUrl === '' ? [] : [el('link', { rel: 'canonical', href: address(language) })]),
    ...preview(here, page, title),
  );
}

function feedLink({ context, links, words, tables }: Here): Child {
  if (!context.files.some(({ path }) => path === 'feed.atom')) return null;
  const title = words.siteName(tables.publication.distribution.name);
  return el('link', { rel: 'alternate', type: 'application/atom+xml', title, href: links.file('feed.atom') });
}

/** What a link to the page looks like elsewhere. The picture needs an address of its own. */
function preview({ tables, language }: Here, page: Page, title: string): VNode[] {
  const { siteUrl } = tables.publication.distribution;
  const plan = page.charts[0];
  const picture = plan && `${siteUrl}/${chartPath(tables, plan.week, plan.chart, 'en')}.png`;
  const tags: [string, string][] = [
    ['og:type', 'website'],
    ['og:title', title],
    ['og:description', page.description],
    ['og:locale', language === 'ja' ? 'ja_JP' : 'en_GB'],
  ];
  if (siteUrl !== '') {
    tags.push(['og:url', `${siteUrl}/${folderOf(language, page.path)}`]);
    if (picture !== undefined) tags.push(['og:image', picture], ['og:image:width', '1200'], ['og:image:height', '675']);
  }
  return tags.map(([property, content]) => el('meta', { property, content }));
}

function banner(here: Here): VNode {
  const { words, links, tables, path } = here;
  const own = tables.publication.distribution;
  const switches = LANGUAGES.filter((code) => code !== here.language).map((code) =>
    el('a', { href: links.language(code), hreflang: code, lang: code }, MESSAGES[code].languageName),
  );
  return el(
    'header',
    { class: 'banner' },
    el(
      'div',
      { class: 'inner' },
      el('a', { class: 'brand', href: links.page('') }, words.siteName(own.name)),
      el('nav', { class: 'languages', 'aria-label': words.languages }, ...switches),
    ),
    el(
      'nav',
      { class: 'pages', 'aria-label': words.navigation },
      el(
        'ul',
        {},
        ...QUESTIONS.filter(([name]) => name !== 'epel' || tables.publication.epel.length > 0).map((item) =>
          navigationItem(here, item, path),
        ),
      ),
    ),
  );
}

function navigationItem(
  { words, links }: Here,
  [name, target]: readonly [NavigationName, PagePath],
  path: PagePath,
): VNode {
  const isHere = target === path;
  const isParent = target !== '' && path.startsWith(target);
  const current = isHere ? 'page' : isParent ? 'true' : undefined;
  return el('li', {}, el('a', { href: links.page(target), 'aria-current': current }, words.nav[name]));
}

/** The script shows it too, when a reader's clock says that the next week is overdue. */
function staleNotice({ words, formats, tables }: Here): VNode {
  const { isStale } = tables.publication;
  const since = tables.shown;
  const text = isStale && since !== undefined ? words.stale(formats.day(sundayAfter(since.monday))) : words.overdue;
  return el('p', { class: 'stale', role: 'status', id: 'stale', hidden: !isStale }, text);
}

function footer(here: Here, { isOfItsTime }: Page): VNode {
  const { words, tables } = here;
  const { distribution, method } = tables.publication;
  return el(
    'footer',
    { class: 'footer' },
    el(
      'div',
      { class: 'inner' },
      el('h2', { class: 'unseen' }, words.footer.title),
      isOfItsTime ? null : stateOfNow(here),
      el(
        'nav',
        { 'aria-label': words.aboutNavigation },
        el('ul', {}, ...ABOUT.map((item) => navigationItem(here, item, here.path))),
      ),
      el(
        'p',
        { class: 'small' },
        el('a', { href: distribution.homepage }, distribution.name),
        ' · ',
        words.footer.licence(distribution.licence),
        ' ',
        words.footer.method(method),
        ' · ',
        words.footer.noTracking,
      ),
    ),
  );
}

function stateOfNow(here: Here): VNode {
  const { words, tables, formats } = here;
  const { updated, nextUpdate } = tables.publication;
  const moment = (text: string) => el('time', { datetime: text }, formats.moment(text));
  return el(
    'dl',
    { class: 'state' },
    el('div', {}, el('dt', {}, words.footer.updated), el('dd', {}, moment(updated))),
    el('div', {}, el('dt', {}, words.footer.next), el('dd', {}, moment(nextUpdate))),
    el('div', {}, el('dt', {}, words.footer.lastWeeks), el('dd', {}, weekSquares(here))),
  );
}

/** Shape, letter and colour say the same. */
function weekSquares(here: Here): VNode {
  const { tables, words, formats, links } = here;
  const squares = tables.publication.weeks.slice(-8).map((week) => {
    const state = stateOf(week);
    const monday = tables.mondays[tables.publication.weeks.indexOf(week)]!;
    const coverage = weekFigure(week, 'coverage');
    const square = [
      el('span', { class: `square state-${state}`, 'aria-hidden': 'true' }, words.gradeLetters[state]),
      el(
        'span',
        { class: 'unseen' },
        `${words.weekOf(formats.days(monday, sundayAfter(monday)))}: ${words.grades[state]}`,
      ),
      coverage === undefined ? null : el('span', { class: 'unseen' }, ' ', number(formats.share(coverage))),
    ];
    return el(
      'li',
      {},
      week.systems === null ? square : el('a', { href: links.page(`week/${weekName(week.week)}/`) }, ...square),
    );
  });
  return el('ol', { class: 'squares' }, ...squares);
}

type WeekState = 'A' | 'B' | 'C' | 'X' | 'held' | 'missing' | 'withheld' | 'unknown';

function stateOf({ status, grade, systems }: PublishedWeek): WeekState {
  if (status === 'held' || status === 'withheld') return status;
  if (status === 'excluded' || grade === 'X') return 'X';
  return systems === null ? 'missing' : (grade ?? 'unknown');
}
