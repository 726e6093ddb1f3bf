import type { VNode } from 'preact';
import { fewestShown } from '../../views/protection/rounding.ts';
import { type Child, el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { paragraph } from '../html/words.ts';

/** A line as it stands in a log, cut where the table below it explains it. */
const LINE: readonly [keyof Here['words']['privacy']['parts'] | undefined, string][] = [
  ['address', '203.0.113.9'],
  [undefined, ' - - ['],
  ['time', '04/May/2026:06:02:12 +0000'],
  [undefined, '] "GET '],
  ['path', '/mirrorlist/9/baseos'],
  [undefined, '?'],
  ['age', 'countme=3'],
  [undefined, ' HTTP/1.1" '],
  ['status', '200'],
  [undefined, ' 629 "-" "'],
  ['agent', 'libdnf (Meridian 9.6; generic; Linux.x86_64)'],
  [undefined, '"'],
];

const DNF = '[main]\ncountme=0';
const OSTREE = 'systemctl mask --now rpm-ostree-countme.timer';

export function privacyPage(here: Here): Page {
  const { privacy } = here.words;
  return {
    path: 'privacy/',
    title: privacy.title,
    description: privacy.lead,
    content: [
      el('h1', {}, privacy.title),
      el('p', { class: 'answer large' }, privacy.lead),
      el('h2', { id: 'line' }, privacy.lineTitle),
      ...annotatedLine(here),
      el('h2', { id: 'stored' }, privacy.storedTitle),
      bullets(privacy.stored),
      el('h2', { id: 'published' }, privacy.publishedTitle),
      ...rules(here),
      el('h2', { id: 'opt-out' }, privacy.optOutTitle),
      ...optOut(here),
      el('h2', { id: 'weaknesses' }, privacy.weaknessesTitle),
      bullets(privacy.weaknesses),
    ],
    charts: [],
  };
}

function bullets(items: readonly string[]): VNode {
  return el('ul', {}, ...items.map((item) => el('li', {}, item)));
}

function annotatedLine({ words }: Here): VNode[] {
  const { privacy } = words;
  const parts: Child[] = LINE.map(([part, text]) =>
    part === undefined ? text : el('mark', { class: `part-${part}` }, text),
  );
  const rows = LINE.flatMap(([part, text]) => {
    if (part === undefined) return [];
    const [use, kept] = privacy.parts[part];
    return [[el('code', {}, text), use, kept]];
  });
  const columns = [privacy.part, privacy.use, privacy.kept].map((title) => ({ title, numeric: false }));
  return [
    paragraph(privacy.lineLead),
    el('pre', { class: 'line', tabindex: 0, 'aria-label': privacy.lineTitle }, el('code', {}, ...parts)),
    table(columns, rows, { caption: privacy.lineTitle, hideCaption: true }),
    paragraph(privacy.noIdentifier),
  ];
}

/** Rules that are not applied are not claimed. */
function rules({ words, tables, formats }: Here): VNode[] {
  const { protection, audit } = tables.publication;
  const { privacy } = words;
  if (protection.kind === 'as-published') return [paragraph(privacy.asPublished, 'warning')];
  return [
    el(
      'ol',
      {},
      ...privacy
        .rules(
          formats.number(protection.k),
          formats.number(protection.networks),
          formats.number(fewestShown(protection.k)),
        )
        .map((rule) => el('li', {}, rule)),
    ),
    el('h3', {}, privacy.auditTitle),
    paragraph(privacy.audit(formats.number(audit.hidden), formats.number(audit.weeks))),
  ];
}

function optOut({ words }: Here): VNode[] {
  const { privacy, code } = words;
  const command = (text: string) => el('pre', { tabindex: 0, 'aria-label': code }, el('code', {}, text));
  return [
    paragraph(privacy.optOut),
    paragraph(privacy.optOutDnf),
    command(DNF),
    paragraph(privacy.optOutOstree),
    command(OSTREE),
  ];
}
