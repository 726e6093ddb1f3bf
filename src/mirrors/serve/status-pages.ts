import { type ComponentChild, h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Reachability } from '../catalogue.ts';
import type { MirrorStatus, RepositoryStatus } from './mirror-status.ts';

/** When the pages were made of what. */
export interface StatusOrigin {
  /** ISO 8601; undefined if the mirrors were never checked. */
  checked: string | undefined;
  emergency: { until: string; why: string } | undefined;
}

/** Text becomes text, whatever it holds: there is no way here to write HTML (F01). */
function el(tag: string, attributes: Record<string, string>, ...children: ComponentChild[]): VNode {
  return h(tag, attributes, ...children) as VNode;
}

/** Where the pages find their stylesheet, which is the site's. */
export const STYLESHEET = '/mirrors/site.css';

function documentOf(title: string, ...content: ComponentChild[]): string {
  const head = el(
    'head',
    {},
    el('meta', { charset: 'utf-8' }),
    el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    el('meta', { name: 'color-scheme', content: 'light dark' }),
    el('title', {}, title),
    el('link', { rel: 'stylesheet', href: STYLESHEET }),
  );
  const skip = el('a', { class: 'skip', href: '#content' }, 'Skip to the content');
  const main = el('main', { id: 'content' }, el('h1', {}, ...breakable(title)), ...content);
  return `<!doctype html>\n${renderToString(el('html', { lang: 'en' }, head, el('body', {}, skip, banner(), main)))}\n`;
}

/** A host name is wider than a phone. */
function breakable(title: string): ComponentChild[] {
  return title.split(/(?<=\.)/).flatMap((part) => [part, el('wbr', {})]);
}

function banner(): VNode {
  const links = [
    ['/', 'Statistics'],
    ['/mirrors/', 'Mirrors'],
  ] as const;
  const items = links.map(([href, name]) => el('li', {}, el('a', { href }, name)));
  const pages = el('nav', { class: 'pages', 'aria-label': 'Pages' }, el('ul', {}, ...items));
  return el('header', { class: 'banner' }, pages);
}

const LISTED: Record<MirrorStatus['listed'], string> = {
  yes: 'Listed',
  partly: 'Listed for some repositories',
  no: 'Not listed',
  unchecked: 'Listed, not checked yet',
};

export function mirrorsPage(statuses: readonly MirrorStatus[], origin: StatusOrigin): string {
  const listed = statuses.filter((status) => status.listed !== 'no').length;
  const rows = statuses.map((status) => [
    el('a', { href: mirrorPath(status.name) }, status.name),
    status.country,
    status.sponsor,
    LISTED[status.listed],
    dayOf(status.since),
  ]);
  if (statuses.length === 0) return documentOf('Mirrors', el('p', {}, 'No mirror is listed.'));
  return documentOf(
    'Mirrors',
    el('p', {}, `${listed} of ${statuses.length} mirrors are listed. ${checkedText(origin)}`),
    emergencyNote(origin),
    table('Mirrors', ['Mirror', 'Country', 'Sponsor', 'State', 'Since'], rows),
    el('p', {}, 'The same as data: ', el('a', { href: '/status.json' }, 'status.json')),
  );
}

/** Why is it listed or not, since when, what failed. */
export function mirrorPage(status: MirrorStatus, origin: StatusOrigin): string {
  const since = status.since === undefined ? '' : ` since ${timeText(status.since)}`;
  return documentOf(
    status.name,
    el('p', {}, el('strong', {}, `${LISTED[status.listed]}${since}. `), checkedText(origin)),
    emergencyNote(origin),
    about(status),
    el('h2', {}, 'Reachable'),
    table(
      'Reachable',
      ['Address', 'State', 'Since', 'What failed'],
      [reachRow('IPv4', status.v4), reachRow('IPv6', status.v6), ...schemeRows(status.schemes)],
    ),
    el('h2', {}, 'Repositories'),
    status.repositories.length === 0
      ? el('p', {}, 'None has been checked yet. Until then the mirror is given out.')
      : table(
          'Repositories',
          ['Repository', 'Given out', 'Verdict', 'Since', 'What failed'],
          worstFirst(status.repositories).map(repositoryRow),
        ),
    el(
      'p',
      {},
      status.time === undefined
        ? 'Its last synchronisation is not known: no TIME file has been found.'
        : `Last synchronised ${timeText(status.time)}, by its TIME file.`,
    ),
    meanings(),
  );
}

/** What its file says. */
function about({ sponsor, sponsorUrl, city, country, updateFrequency, addresses }: MirrorStatus): VNode {
  const name = sponsor || sponsorUrl;
  const told: [string, ComponentChild][] = [
    ['Sponsor', sponsorUrl === '' ? name : el('a', { href: sponsorUrl, rel: 'nofollow' }, name)],
    ['Where', [city, country].filter((part) => part !== '').join(', ')],
    ['Synchronises every', updateFrequency],
    ...Object.values(addresses).map((address): [string, string] => ['Address', address]),
  ];
  const known = told.filter(([, what]) => what !== '');
  return el('dl', {}, ...known.flatMap(([term, what]) => [el('dt', {}, term), el('dd', {}, what)]));
}

export function notFoundPage(): string {
  return documentOf('There is no such page', el('p', {}, 'Statistics and mirrors are linked above.'));
}

/** For the site's address while nothing has been published. */
export function nothingPublishedPage(): string {
  return documentOf(
    'No statistics yet',
    el('p', {}, 'Check-ins are counted as they come. A week is published 26 hours after its end, on a Tuesday.'),
  );
}

export function mirrorPath(name: string): string {
  return `/mirror/${encodeURIComponent(name)}`;
}

/** The first cell of each row is its heading. Wide tables scroll by themselves, also for whoever has no mouse. */
function table(caption: string, headings: readonly string[], rows: readonly (readonly ComponentChild[])[]): VNode {
  const head = el('tr', {}, ...headings.map((heading) => el('th', { scope: 'col' }, heading)));
  const body = rows.map(([first, ...cells]) =>
    el('tr', {}, el('th', { scope: 'row' }, first), ...cells.map((cell) => el('td', {}, cell))),
  );
  const named = el('caption', { class: 'unseen' }, caption);
  const whole = el('table', {}, named, el('thead', {}, head), el('tbody', {}, ...body));
  return el('div', { class: 'table', role: 'group', tabindex: '0', 'aria-label': caption }, whole);
}

function reachRow(family: string, reach: Reachability | undefined): ComponentChild[] {
  if (reach === undefined) return [family, 'no such address', '', ''];
  return [family, reach.ok ? 'answers' : 'does not answer', timeText(reach.since), reach.reason];
}

/** Schemes that a mirror does not offer are no news. */
function schemeRows(schemes: MirrorStatus['schemes'] = {}): ComponentChild[][] {
  const known = (['http', 'https'] as const).filter((scheme) => schemes[scheme] !== undefined);
  return known.map((scheme) => reachRow(scheme, schemes[scheme]));
}

function repositoryRow({ repository, listed, verdict, since, reason }: RepositoryStatus): ComponentChild[] {
  return [repository, listed ? 'yes' : 'no', verdict, timeText(since), reason];
}

function worstFirst(repositories: readonly RepositoryStatus[]): RepositoryStatus[] {
  return [...repositories].sort(
    (a, b) => Number(a.listed) - Number(b.listed) || (a.repository < b.repository ? -1 : 1),
  );
}

function meanings(): VNode {
  const terms: [string, string][] = [
    ['current', 'the newest metadata that the distribution has published'],
    ['previous', 'older, but not too old yet'],
    ['stale', 'too old'],
    ['missing', 'the mirror does not have this repository'],
    ['unreachable', 'the mirror did not answer'],
    ['broken', 'what the distribution never published'],
  ];
  const list = terms.flatMap(([term, meaning]) => [el('dt', {}, term), el('dd', {}, meaning)]);
  return el('details', {}, el('summary', {}, 'What the verdicts mean'), el('dl', {}, ...list));
}

function emergencyNote({ emergency }: StatusOrigin): ComponentChild {
  if (emergency === undefined) return null;
  const text = `Until ${timeText(emergency.until)} only mirrors with the newest metadata are given out: ${emergency.why}`;
  return el('p', {}, el('strong', {}, text));
}

function checkedText({ checked }: StatusOrigin): string {
  return checked === undefined ? 'Mirrors have not been checked yet.' : `Last checked ${timeText(checked)}.`;
}

/** `2026-07-15 18:02 UTC` */
function timeText(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

function dayOf(iso: string | undefined): string {
  return iso?.slice(0, 10) ?? '';
}
