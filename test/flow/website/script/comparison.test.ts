import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { systemsTable } from '../../../../src/flow/views/files/base-tables.ts';
import { csvFile } from '../../../../src/flow/views/files/csv.ts';
import { breakDown } from '../../../../src/flow/website/figures/breakdown.ts';
import { indexTables } from '../../../../src/flow/website/figures/tables.ts';
import {
  type Choice,
  COLUMNS,
  choiceFrom,
  csvOf,
  groupSystems,
  MEASURES,
  parseCsv,
  searchOf,
  viewOf,
} from '../../../../src/flow/website/script/comparison.ts';
import { samplePublication } from '../../../support/sample-publication.ts';

const sample = samplePublication();
const csv = Buffer.from(csvFile(systemsTable(sample)).bytes).toString('utf8');
const { headline } = sample.distribution;
const ALL: Choice = { by: 'version', filters: {}, measure: 'count', from: '', to: '', series: [] };

test('the address of a comparison says all of it', () => {
  const text = fc.string({ minLength: 1, maxLength: 12 });
  const choice = fc.record({
    by: fc.constantFrom(...COLUMNS),
    filters: fc.record({ edition: text, arch: text }, { requiredKeys: [] }),
    measure: fc.constantFrom(...MEASURES),
    from: fc.constantFrom('', '2025-03-03'),
    to: fc.constantFrom('', '2026-05-04'),
    series: fc.array(text, { maxLength: 6 }),
  });
  const property = fc.property(choice, (chosen) => {
    const filters = Object.entries(chosen.filters).filter(([column]) => column !== chosen.by);
    assert.deepEqual(choiceFrom(searchOf(chosen)), { ...chosen, filters: Object.fromEntries(filters) });
  });
  fc.assert(property, { seed: 11 });
});

test('an address with unknown words still shows something', () => {
  assert.deepEqual(choiceFrom('?by=colour&measure=guess&series='), { ...ALL, series: [''] });
});

test('what the script adds up is what the pages add up', () => {
  const tables = indexTables(sample);
  for (const column of ['version', 'edition', 'arch', 'age'] as const) {
    const { weeks, groups } = groupSystems(csv, headline, { ...ALL, by: column });
    for (const { name, values } of breakDown(tables, column).groups) {
      const own = tables.mondays.map((monday) => groups.get(name)?.[weeks.indexOf(monday)] ?? null);
      assert.deepEqual(own, values, `${column} ${name}`);
    }
  }
});

test('filters leave what matches, and names without a number are missing rather than 0', () => {
  const rare = groupSystems(csv, headline, { ...ALL, by: 'edition', filters: { arch: 'ppc64le', version: '10.0' } });
  assert.ok(rare.groups.has('generic'));
  assert.ok(!rare.groups.has('other'));
});

test('shares add up to all that matches, and an index begins at 100', () => {
  const grouped = groupSystems(csv, headline, { ...ALL, by: 'arch' });
  const everything = [...grouped.groups.keys()];
  const shares = viewOf(grouped, { ...ALL, measure: 'share', series: everything });
  for (const n of shares.weeks.keys()) {
    const sum = shares.series.reduce((total, { values }) => total + (values[n] ?? 0), 0);
    assert.ok(Math.abs(sum - 1) < 1e-9);
  }
  const index = viewOf(grouped, { ...ALL, measure: 'index', from: '2025-06-09', series: ['x86_64'] });
  assert.equal(index.weeks[0], '2025-06-09');
  assert.equal(index.series[0]!.values[0], 100);
});

test('without a choice of names the most used are shown, and never more than six', () => {
  const grouped = groupSystems(csv, headline, ALL);
  assert.deepEqual(
    viewOf(grouped, ALL).series.map(({ name }) => name),
    ['9.6', '10.0', '9.5', '8.10'],
  );
  assert.equal(choiceFrom('?series=1&series=2&series=3&series=4&series=5&series=6&series=7').series.length, 6);
});

test('CSV is read and written as others write and read it', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\r', '\n', ' ', 'é', '0') });
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 5 });
  const property = fc.property(rows, (cells) => {
    const text = stringify(cells, { record_delimiter: 'windows', quoted_match: /[\r\n]/ });
    assert.deepEqual(parseCsv(text), cells);
  });
  fc.assert(property, { seed: 13 });
  const text = csvOf({
    weeks: ['2026-05-04'],
    series: [
      { name: 'a,"b"', values: [null] },
      { name: 'c', values: [5] },
    ],
  });
  assert.deepEqual(parseCsv(text), [
    ['week_start', 'a,"b"', 'c'],
    ['2026-05-04', '', '5'],
  ]);
});
