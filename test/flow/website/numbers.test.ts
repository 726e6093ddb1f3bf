import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Formulas } from '../../support/formula.ts';
import { elementsIn, type HtmlElement, named, readHtml } from '../../support/read-html.ts';
import { samplePublication, withSystems } from '../../support/sample-publication.ts';
import { buildSite } from '../../support/website.ts';

/** A number, and the formula that it or its column names; `*` in it is the week of its row. */
interface Numbered {
  value: number;
  text: string;
  of: string;
}

const publication = samplePublication();
const { pages } = buildSite(publication);

test('every number on every page can be computed from the published files, by the formula it names', () => {
  const formulas = new Formulas(publication);
  const results = new Map<string, number>();
  for (const [path, html] of pages) {
    for (const { value, of } of numbersIn(readHtml(html))) {
      const result = results.get(of) ?? formulas.evaluate(of);
      results.set(of, result);
      assert.ok(Math.abs(result - value) <= 1e-9 * Math.abs(value), `${path}: ${value} is not ${of} (${result})`);
    }
  }
  assert.ok(results.size > 2000, `only ${results.size} different numbers`);
});

test('M4: so can those of ages that two clients count', () => {
  const systems = publication.systems.map((row) =>
    row.edition === 'workstation' ? { ...row, client: 'rpm-ostree' } : row,
  );
  const mixed = withSystems(publication, systems);
  const formulas = new Formulas(mixed);
  for (const [path, html] of buildSite(mixed).pages) {
    if (!/^(?:ja\/)?age\//.test(path)) continue;
    const numbers = numbersIn(readHtml(html));
    assert.ok(numbers.some(({ of }) => of.includes('add(div(')));
    for (const { value, of } of numbers) assert.ok(Math.abs(formulas.evaluate(of) - value) <= 1e-9 * value, of);
    assert.match(html, /rpm-ostree/);
  }
});

test('counts in tables stand exactly as they are in the files', () => {
  for (const [path, html] of pages) {
    for (const cell of named(readHtml(html), 'td').flatMap((found) => named(found, 'data'))) {
      const value = Number(cell.attributes.get('value'));
      if (!Number.isInteger(value) || value < 10) continue;
      // The few that are rounded say so in their heading: new systems a week.
      if (/^(?:ja\/)?age\//.test(path) && !/^(?:systems|margins)\[/.test(cell.attributes.get('data-of') ?? ''))
        continue;
      if (cell.text.endsWith('%')) continue;
      assert.equal(cell.text, value.toLocaleString('en'), path);
    }
  }
});

test('the headline is the number of the newest week, rounded to three digits', () => {
  const [headline] = named(readHtml(pages.get('index.html')!), 'h1').flatMap((title) => named(title, 'data'));
  const newest = publication.weeks.at(-1)!.systems!;
  assert.equal(Number(headline!.attributes.get('value')), newest);
  assert.equal(headline!.text, (Math.round(newest / 100) * 100).toLocaleString('en'));
});

test('a page of text has numbers too, and each kind of page is looked at', () => {
  for (const path of [
    'methodology/',
    'versions/',
    'editions/',
    'age/',
    'countries/',
    'epel/',
    'compare/',
    'changes/',
  ]) {
    for (const language of ['', 'ja/']) {
      const page = readHtml(pages.get(`${language}${path}index.html`)!);
      assert.ok(numbersIn(page).length > 1, `${language}${path} has no number`);
    }
  }
});

function numbersIn(page: HtmlElement): Numbered[] {
  const inTables = named(page, 'table').flatMap(numbersOfTable);
  const known = new Set(named(page, 'table').flatMap((table) => named(table, 'data')));
  const others = named(page, 'data').filter((found) => !known.has(found));
  return [...inTables, ...others.map((found) => numbered(found, undefined))];
}

function numbersOfTable(table: HtmlElement): Numbered[] {
  const formulas = named(table, 'thead').flatMap((head) =>
    named(head, 'th').map((cell) => cell.attributes.get('data-of')),
  );
  const rows = named(table, 'tbody').flatMap((body) => named(body, 'tr'));
  return rows.flatMap((row) =>
    row.children.flatMap((cell, n) => {
      const ofColumn = formulas[n]?.replaceAll('*', row.attributes.get('data-key') ?? '?');
      return elementsIn(cell)
        .filter(({ name }) => name === 'data')
        .map((found) => numbered(found, ofColumn));
    }),
  );
}

function numbered({ attributes, text }: HtmlElement, ofColumn: string | undefined): Numbered {
  const of = attributes.get('data-of') ?? ofColumn;
  assert.ok(of !== undefined && of !== '', `${text}: a number without a formula`);
  return { value: Number(attributes.get('value')), text, of };
}
