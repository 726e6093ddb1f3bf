import { html } from './elements.ts';

/** Headings become buttons that sort, and the field above the table searches it. */
export function sortTables(table: HTMLTableElement): void {
  for (const [column, head] of [...table.querySelectorAll<HTMLElement>('thead th')].entries()) {
    const button = html('button', { type: 'button' }, head.textContent ?? '');
    head.replaceChildren(button);
    button.addEventListener('click', () => sortBy(table, column, head));
  }
  const search = table.closest('.searchable')?.querySelector<HTMLInputElement>('[data-search]');
  if (search === null || search === undefined) return;
  search.parentElement!.hidden = false;
  search.addEventListener('input', () => filter(table, search.value));
}

function sortBy(table: HTMLTableElement, column: number, head: HTMLElement): void {
  const isDescending = head.getAttribute('aria-sort') === 'descending';
  const direction = isDescending || (column === 0 && !head.hasAttribute('aria-sort')) ? 'ascending' : 'descending';
  for (const other of table.querySelectorAll('thead th')) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', direction);
  const sign = direction === 'ascending' ? 1 : -1;
  const rows = [...table.tBodies[0]!.rows];
  table.tBodies[0]!.append(...rows.sort((a, b) => sign * compareCells(a.cells[column]!, b.cells[column]!)));
}

/** Numbers by their exact value; a row without one is below all others. */
function compareCells(a: HTMLTableCellElement, b: HTMLTableCellElement): number {
  const [x, y] = [a, b].map((cell) => cell.querySelector('data')?.value);
  if (x === undefined && y === undefined) {
    return (a.textContent ?? '').localeCompare(b.textContent ?? '', document.documentElement.lang);
  }
  return Number(x ?? -1) - Number(y ?? -1);
}

function filter(table: HTMLTableElement, text: string): void {
  const wanted = text.trim().toLowerCase();
  for (const row of table.tBodies[0]!.rows) {
    row.hidden = !(row.cells[0]!.textContent ?? '').toLowerCase().includes(wanted);
  }
}
