import { type Child, el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { paragraph } from '../html/words.ts';

/** Which spellings are counted under which name: the whole list, for its names are in no other place. */
export function spellingsPage(here: Here): Page {
  const { spellings, methodology } = here.words;
  const { version } = here.tables.publication.aliases;
  return {
    path: 'methodology/names/',
    title: spellings.title,
    description: spellings.lead,
    content: [
      el('h1', {}, spellings.title),
      paragraph(spellings.lead),
      paragraph(spellings.rest),
      el('h2', { id: 'list' }, spellings.version(String(version))),
      paragraph(spellings.versionNote),
      spellingTable(here),
      fileLink(here),
      el('p', {}, el('a', { href: here.links.page('methodology/') }, methodology.title)),
    ],
    charts: [],
  };
}

function spellingTable({ words, tables, formats }: Here) {
  const { spellings } = words;
  const rows = tables.publication.aliases.entries.map(({ field, is, means, since }): Child[] => [
    spellings.fields[field],
    is.flatMap((spelling, n) => [n === 0 ? '' : ', ', spelling === '' ? spellings.empty : el('code', {}, spelling)]),
    el('code', {}, means),
    since === undefined ? spellings.always : el('time', { datetime: since }, formats.day(since)),
  ]);
  const columns = [spellings.field, spellings.spelled, spellings.means, spellings.since];
  const shape = columns.map((title) => ({ title, numeric: false }));
  return table(shape, rows, {
    caption: spellings.version(String(tables.publication.aliases.version)),
    hideCaption: true,
  });
}

/** Linked to only if it is there: the pages can be built without the data files. */
function fileLink({ words, context, links }: Here) {
  const path = 'data/aliases.json';
  if (!context.files.some((file) => file.path === path)) return null;
  return el('p', {}, words.spellings.file, ' ', el('a', { href: links.file(path) }, path));
}
