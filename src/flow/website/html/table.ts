import type { VNode } from 'preact';
import { type Child, el } from './element.ts';

export interface TableColumn {
  title: string;
  numeric: boolean;
}

export interface TableOptions {
  caption: string;
  /** Keeps the caption for those who do not see the heading above the table. */
  hideCaption?: boolean;
  /** Names the table for the script: readers may sort and search it. */
  sortable?: boolean;
}

/** The first cell of each row is its heading. */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly Child[])[],
  options: TableOptions,
): VNode {
  const caption = el('caption', { class: options.hideCaption === true ? 'unseen' : undefined }, options.caption);
  const head = el('thead', {}, el('tr', {}, ...columns.map(heading)));
  const body = el(
    'tbody',
    {},
    ...rows.map((cells) => el('tr', {}, ...cells.map((cell, n) => tableCell(cell, n, columns[n])))),
  );
  // Wide tables scroll by themselves, and whoever has no mouse must be able to do so.
  const frame = { class: 'table', role: 'group', tabindex: 0, 'aria-label': options.caption };
  return el(
    'div',
    frame,
    el('table', { 'data-sortable': options.sortable === true ? '' : undefined }, caption, head, body),
  );
}

function heading({ title, numeric }: TableColumn): VNode {
  return el('th', { scope: 'col', class: numeric ? 'number' : undefined }, title);
}

function tableCell(cell: Child, n: number, column: TableColumn | undefined): VNode {
  const className = column?.numeric === true ? 'number' : undefined;
  return n === 0 ? el('th', { scope: 'row' }, cell) : el('td', { class: className }, cell);
}

export function facts(rows: readonly (readonly [string, Child])[]): VNode {
  return el(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value]) => [el('div', {}, el('dt', {}, name), el('dd', {}, value))]),
  );
}
