import type { VNode } from 'preact';
import { badgeSubjects } from '../../views/files/badges.ts';
import { chartPath } from '../html/chart-files.ts';
import type { ChartPlan } from '../html/chart-plan.ts';
import { el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { paragraph } from '../html/words.ts';

/** Badges and charts with what to paste. `plans`: of all other pages in this language. */
export function embedPage(here: Here, plans: readonly ChartPlan[]): Page {
  const { words, tables } = here;
  const hasAddress = tables.publication.distribution.siteUrl !== '';
  return {
    path: 'embed/',
    title: words.embed.title,
    description: words.embed.lead,
    content: [
      el('h1', {}, words.embed.title),
      paragraph(words.embed.lead),
      hasAddress ? null : paragraph(words.embed.noAddress, 'warning'),
      el('h2', { id: 'badges' }, words.embed.badges),
      ...badges(here),
      el('h2', { id: 'charts' }, words.embed.charts),
      ...plans.map((plan) => chartEntry(here, plan)),
    ],
    charts: [],
  };
}

function badges(here: Here): VNode[] {
  const { words, tables, links } = here;
  const { name, siteUrl } = tables.publication.distribution;
  return badgeSubjects(tables.publication).map((subject) => {
    const path = `${subject.path}.svg`;
    const label = badgeLabel(path, words.embed.badgeAlt(name));
    const address = `${siteUrl}/${path}`;
    return el(
      'article',
      { class: 'snippet' },
      el('p', {}, el('img', { src: links.file(path), alt: label, height: 20 })),
      snippet(here, words.embed.markdown, `[![${markdownText(label)}](${address})](${siteUrl}/)`),
    );
  });
}

/** `badge/version/9.6.svg` is about 9.6. */
function badgeLabel(path: string, all: string): string {
  const [, kind, file] = path.split('/');
  return file === undefined ? all : `${all} (${kind}: ${file.replace(/\.svg$/, '')})`;
}

function chartEntry(here: Here, { chart, week }: ChartPlan): VNode {
  const { words, tables, language, links } = here;
  const { siteUrl } = tables.publication.distribution;
  const path = `${chartPath(tables, week, chart, language)}.svg`;
  const address = `${siteUrl}/${path}`;
  const html = `<a href="${siteUrl}/"><img src="${address}" alt="${htmlText(chart.summary)}" width="800"></a>`;
  return el(
    'article',
    { class: 'snippet', id: `embed-${chart.id}` },
    el('h3', {}, chart.title),
    el('p', {}, el('img', { src: links.file(path), alt: chart.summary, loading: 'lazy', width: 480 })),
    snippet(here, words.embed.markdown, `[![${markdownText(chart.summary)}](${address})](${siteUrl}/)`),
    snippet(here, words.embed.html, html),
  );
}

function snippet({ words }: Here, title: string, text: string): VNode {
  return el(
    'div',
    { class: 'copy' },
    el('p', { class: 'label' }, title),
    el('pre', { tabindex: 0, 'aria-label': title }, el('code', {}, text)),
    el('button', { type: 'button', hidden: true, 'data-copy': words.embed.copied }, words.embed.copy),
  );
}

/** Readers paste this elsewhere, where nobody escapes it for them. */
function htmlText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function markdownText(text: string): string {
  return text.replace(/[\\[\]<>]/g, (sign) => `\\${sign}`);
}
