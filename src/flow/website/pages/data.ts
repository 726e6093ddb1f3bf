import type { VNode } from 'preact';
import { MANIFEST } from '../../views/files/manifest-path.ts';
import { type ManifestId, NO_MANIFEST } from '../../views/publication/output-file.ts';
import { systemsOf } from '../figures/tables.ts';
import { type Child, el } from '../html/element.ts';
import type { Here, Page } from '../html/here.ts';
import { table } from '../html/table.ts';
import { number, paragraph } from '../html/words.ts';
import { publishedColumns } from './published-columns.ts';
import { recipes } from './recipes.ts';

/** Per-week files are many: the list names the folders that they are in. */
const LISTED = /^(?!manifests\/|api\/v1\/breakdown\/|data\/totals\/|badge\/)[^/]+/;

export function dataPage(here: Here): Page {
  const showing = (manifest: ManifestId) => pageShowing(here, manifest);
  return { ...showing(NO_MANIFEST), showing };
}

function pageShowing(here: Here, manifest: ManifestId): Page {
  const { data } = here.words;
  return {
    path: 'data/',
    title: data.title,
    description: data.lead,
    content: [
      el('h1', {}, data.title),
      paragraph(data.lead),
      el('h2', { id: 'files' }, data.files),
      fileTable(here),
      folderList(here),
      el('h2', { id: 'manifest' }, data.manifestTitle),
      ...manifestPart(here, manifest),
      el('h2', { id: 'columns' }, data.schemaTitle),
      schemaTable(here),
      el('h2', { id: 'recipes' }, data.recipes),
      ...recipeList(here),
      el('h2', { id: 'api' }, data.apiTitle),
      paragraph(data.api),
      el('h2', { id: 'totals' }, data.totalsTitle),
      ...data.totals.map((text) => paragraph(text)),
      el('h2', { id: 'formulas' }, data.formulasTitle),
      ...formulaExample(here),
      el('h2', { id: 'contract' }, data.contractTitle),
      el('ul', {}, ...data.contract.map((item) => el('li', {}, item))),
      el('h3', { id: 'format-changes' }, data.changeList),
      el('ul', {}, el('li', {}, data.changeSecond), el('li', {}, data.changeFirst)),
      el('h2', { id: 'licence' }, data.licenceTitle),
      paragraph(data.licence(here.tables.publication.distribution.licence)),
    ],
    charts: [],
  };
}

function fileTable({ words, context, links, formats }: Here): VNode {
  const { data } = words;
  const rows = context.files
    .filter(({ path }) => LISTED.test(path))
    .map(({ path, bytes, sha256, rows: count }): Child[] => [
      el('a', { href: links.file(path) }, path),
      formats.bytes(bytes),
      count === undefined ? '–' : formats.number(count),
      sha256 === undefined ? '–' : el('code', { class: 'hash' }, sha256),
    ]);
  const columns = [
    { title: data.file, numeric: false },
    { title: data.size, numeric: true },
    { title: data.rows, numeric: true },
    { title: data.hash, numeric: false },
  ];
  return table(columns, rows, { caption: data.files, hideCaption: true });
}

/** What a reader remembers who wants to notice if this publication is ever taken back. */
function manifestPart({ words, tables, links }: Here, { number, sha256 }: ManifestId): VNode[] {
  const { data } = words;
  const site = tables.publication.distribution.siteUrl || 'https://…';
  const command = `rollcall verify --published ${site}/ --seen ${sha256}`;
  return [
    el(
      'p',
      {},
      data.manifest(number),
      el('a', { href: links.file(MANIFEST) }, MANIFEST),
      ': ',
      el('code', { class: 'hash' }, sha256),
    ),
    paragraph(data.manifestUse),
    el('pre', { tabindex: 0, 'aria-label': words.code }, el('code', {}, command)),
  ];
}

/** The files of single weeks and years. */
function folderList({ context, links }: Here): VNode | null {
  const parts = context.files.filter(({ path }) => /^data\/totals\/\d{4}\.csv$/.test(path));
  if (parts.length === 0) return null;
  return el(
    'ul',
    { class: 'inline' },
    ...parts.map(({ path }) => el('li', {}, el('a', { href: links.file(path) }, path))),
  );
}

/** The columns of all CSV files in this site's own words, with the largest group of the week as example. */
function schemaTable({ words, tables }: Here): VNode {
  const { data, columns } = words;
  const meanings: Record<string, string> = data.columns;
  const rows = publishedColumns(tables).map(({ name, type, example, description }) => [
    el('code', {}, name),
    data.types[type],
    meanings[name] ?? description,
    example === '' ? '' : el('code', {}, example),
  ]);
  const shape = [columns.what, data.type, data.schemaTitle, data.example].map((title) => ({ title, numeric: false }));
  return table(shape, rows, { caption: data.schemaTitle, hideCaption: true });
}

function recipeList({ tables, words }: Here): VNode[] {
  const { siteUrl, headline } = tables.publication.distribution;
  return recipes(siteUrl, headline[0] ?? '').flatMap(({ name, text }) => [
    el('h3', {}, name),
    el('pre', { tabindex: 0, 'aria-label': `${words.code}: ${name}` }, el('code', {}, text)),
  ]);
}

function formulaExample({ words, tables, formats }: Here): (VNode | null)[] {
  const { data } = words;
  const figure = tables.shown && systemsOf(tables.shown);
  if (figure === undefined) return [paragraph(data.formulas)];
  const markup = `<data value="${figure.value}" data-of="${figure.of}">${formats.count(figure).text}</data>`;
  return [
    paragraph(data.formulas),
    el('pre', { tabindex: 0, 'aria-label': words.code }, el('code', {}, markup)),
    el('p', { class: 'small' }, number(formats.count(figure))),
  ];
}
