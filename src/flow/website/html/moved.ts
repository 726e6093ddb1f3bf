import type { VNode } from 'preact';
import { el } from './element.ts';
import type { Here } from './here.ts';
import { folderOf, type PagePath } from './links.ts';
import { SITE_POLICY } from './policy.ts';

/** What stands at an address when its page has become part of another: as small as can be, and without a script. */
export function movedDocument(here: Here, text: string, page: PagePath, place: string): VNode {
  const { siteUrl } = here.tables.publication.distribution;
  const target = `${here.links.page(page)}#${place}`;
  return el(
    'html',
    { lang: here.language },
    el(
      'head',
      {},
      el('meta', { charset: 'utf-8' }),
      el('meta', { 'http-equiv': 'Content-Security-Policy', content: SITE_POLICY }),
      el('meta', { 'http-equiv': 'refresh', content: `0; url=${target}` }),
      siteUrl !== '' && el('link', { rel: 'canonical', href: `${siteUrl}/${folderOf(here.language, page)}` }),
      el('title', {}, place),
    ),
    el('body', {}, el('p', {}, text, ' ', el('a', { href: target }, place))),
  );
}
