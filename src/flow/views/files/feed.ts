import { createHash } from 'node:crypto';
import { h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { mondayOf, type Week } from '../../sightings/week.ts';
import { hasNumber, isFew } from '../publication/headline-week.ts';
import { fileShowing, type ManifestId, type OutputFile } from '../publication/output-file.ts';
import type { Correction, Publication, PublishedWeek } from '../publication/tables.ts';
import { weekName } from '../publication/week-name.ts';
import { isPlainText } from './plain-text.ts';

interface Entry {
  /** Names the entry for ever; readers show one of them once. */
  id: string;
  title: string;
  /** ISO 8601, UTC. */
  updated: string;
  /** A path on the site. */
  page: string;
  text: string;
}

/** So many say what is new to whoever looks once a year. */
const MOST_ENTRIES = 60;

/**
 * `feed.atom`: one entry for each week with a number, or too few for one, and one for each correction, newest first, as far
 * as they are new.
 */
export function feedFile(publication: Publication): OutputFile {
  const entries = [
    ...publication.weeks.filter((week) => hasNumber(week) || isFew(week)).map(weekEntry),
    ...publication.corrections.map(correctionEntry),
  ];
  entries.sort((a, b) => (a.updated === b.updated ? (a.id < b.id ? -1 : 1) : a.updated < b.updated ? 1 : -1));
  const newest = entries.slice(0, MOST_ENTRIES);
  const about = { path: 'feed.atom', mediaType: 'application/atom+xml', rows: newest.length };
  return fileShowing(about, (manifest) => {
    // The one sequence that must not stand in XML text and that the renderer lets pass.
    const xml = renderToString(feed(publication, newest, manifest)).replaceAll(']]>', ']]&gt;');
    return Buffer.from(`<?xml version="1.0" encoding="utf-8"?>\n${xml}\n`);
  });
}

function weekEntry({ week, systems, fewerThan, grade, note }: PublishedWeek): Entry {
  const count = systems?.toLocaleString('en-US') ?? `Fewer than ${fewerThan}`;
  const quality = grade === null ? '' : ` Quality of the logs: ${grade}.`;
  return {
    id: `week ${week}`,
    title: `${count} systems in the week of ${mondayInWords(week)}`,
    // Nothing says when it was published, but before its end it was not.
    updated: `${mondayOf((week + 1) as Week)}T00:00:00Z`,
    page: `week/${weekName(week)}/`,
    text: `${count} systems checked in.${quality}${note === '' ? '' : ` ${note}.`}`,
  };
}

function correctionEntry({ week, revision, date, before, after, why }: Correction): Entry {
  const was = before.systems === null ? 'no number' : before.systems.toLocaleString('en-US');
  const is = after.systems === null ? 'no number' : after.systems.toLocaleString('en-US');
  return {
    id: `correction ${week} ${revision}`,
    title: `Correction of the week of ${mondayInWords(week)}`,
    updated: `${date}T00:00:00Z`,
    page: 'changes/',
    text: `Revision ${revision}: ${was} before, ${is} now. Why: ${why}.`,
  };
}

/** `9 Nov 2020` */
function mondayInWords(week: Week): string {
  const [, day, month, year] = new Date(`${mondayOf(week)}T00:00:00Z`).toUTCString().split(' ');
  return `${Number(day)} ${month} ${year}`;
}

function feed({ distribution, updated }: Publication, entries: readonly Entry[], manifest: ManifestId): VNode {
  const { id, name, siteUrl } = distribution;
  const address = (path: string) => (siteUrl === '' ? path : `${siteUrl}/${path}`);
  return h('feed', { xmlns: 'http://www.w3.org/2005/Atom', 'xml:lang': 'en' }, [
    h('id', null, uuidOf(id, 'feed')),
    h('title', null, xmlText(`${name} systems`)),
    h('subtitle', null, `Publication ${manifest.number}; SHA-256 of its manifest: ${manifest.sha256}`),
    h('updated', null, updated),
    h('author', null, h('name', null, xmlText(name))),
    h('link', { rel: 'self', href: address('feed.atom') }),
    h('link', { rel: 'alternate', type: 'text/html', href: siteUrl === '' ? './' : `${siteUrl}/` }),
    ...entries.map((entry) =>
      h('entry', null, [
        h('id', null, uuidOf(id, entry.id)),
        h('title', null, xmlText(entry.title)),
        h('updated', null, entry.updated),
        h('link', { rel: 'alternate', type: 'text/html', href: address(entry.page) }),
        h('content', { type: 'text' }, xmlText(entry.text)),
      ]),
    ),
  ]);
}

function xmlText(text: string): string {
  if (isPlainText(text)) return text;
  throw new RangeError('feed.atom: expected names, notes and reasons of corrections without control characters');
}

/** Stays the same wherever the site moves: a name-based UUID (version 8) of the distribution and the entry. */
function uuidOf(distribution: string, name: string): string {
  const hash = createHash('sha256').update(`rollcall\n${distribution}\n${name}`).digest('hex');
  const variant = '89ab'[Number.parseInt(hash[16]!, 16) % 4];
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, variant + hash.slice(17, 20)];
  return `urn:uuid:${parts.join('-')}-${hash.slice(20, 32)}`;
}
