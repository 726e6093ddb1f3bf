import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as hostMemory from '../../../src/flow/requests/kernel-memory.ts';
import { LINE_LIMIT } from '../../../src/flow/requests/line-reasons.ts';
import { REASONS } from '../../../src/flow/sightings/reasons.ts';
import { ALL_SYSTEMS, MOST_SPREAD_ROWS, PARTS } from '../../../src/flow/tallies/log-tally.ts';
import { LOCAL_PART, NETWORK_PARTS, NO_ADDRESS_PART } from '../../../src/geo/address.ts';

const KERNEL = new URL('../../../src/flow/requests/kernel/', import.meta.url);

/** The constants of one of the kernel's files: whole numbers, with products, sums and shifts of such. */
function constantsOf(file: string): Map<string, number> {
  const source = readFileSync(new URL(file, KERNEL), 'utf8');
  const known = new Map<string, number>();
  const number = (term: string) => known.get(term) ?? Number(term);
  const shifted = (text: string) => text.split('<<').map((term) => number(term.trim()));
  const product = (text: string) => text.split('*').map((factor) => shifted(factor).reduce((a, b) => a * 2 ** b));
  const value = (text: string) =>
    text
      .split('+')
      .map((part) => product(part).reduce((a, b) => a * b))
      .reduce((a, b) => a + b);
  for (const [, name, text] of source.matchAll(/^(?:export )?const (\w+)(?:: \w+)? = ([^;]+);/gm)) {
    known.set(name!, value(text!));
  }
  return known;
}

test('C1 the kernel numbers the reasons in the order of the list', () => {
  const numbers = constantsOf('reasons.ts');
  const named = [...numbers].filter(([name]) => name !== 'REASON_COUNT');
  assert.deepEqual(
    named.sort((a, b) => a[1] - b[1]).map(([name]) => name.toLowerCase().replaceAll('_', '-')),
    [...REASONS],
  );
  assert.deepEqual(
    named.map(([, number]) => number),
    REASONS.map((_, i) => i),
  );
  assert.equal(numbers.get('REASON_COUNT'), REASONS.length);
});

test('C6 the kernel and its host have the same map of the memory', () => {
  const kernel = constantsOf('memory.ts');
  const { MEMORY_PAGES, HOURS_BYTES, ...host } = hostMemory;
  for (const [name, value] of Object.entries(host)) assert.equal(kernel.get(name), value, name);
  assert.ok(Object.keys(host).length > 15);
  assert.equal(kernel.get('HOURS_LIMIT'), HOURS_BYTES * 8);
  assert.equal(kernel.get('LINE_LIMIT'), LINE_LIMIT);
  assert.equal(kernel.get('MEMORY_END'), MEMORY_PAGES * 65_536);
  const { options } = JSON.parse(readFileSync(new URL('asconfig.json', KERNEL), 'utf8'));
  assert.equal(options.initialMemory, MEMORY_PAGES);
  assert.equal(options.maximumMemory, MEMORY_PAGES);
});

test('C6 the kernel and the reference reader spread check-ins over the same parts', () => {
  const kernel = constantsOf('spread.ts');
  assert.deepEqual(
    ['MOST_PARTS', 'LOCAL', 'NO_ADDRESS', 'ROW', 'MOST_ROWS', 'ALL_SYSTEMS'].map((name) => kernel.get(name)),
    [NETWORK_PARTS, LOCAL_PART, NO_ADDRESS_PART, PARTS * 4, MOST_SPREAD_ROWS, ALL_SYSTEMS],
  );
});
