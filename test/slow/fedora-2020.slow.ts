import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Workplace } from '../support/command-line.ts';
import {
  assertSame,
  countReplayed,
  FEDORA_CSV,
  FEDORA_DATABASE,
  hitsOf,
  linesOf,
  rowsOf,
  skipWithoutFedora,
} from '../support/fedora-2020.ts';

test('X1 X2: all of Fedora 2020, written as logs and counted, is what was published', {
  skip: skipWithoutFedora,
  timeout: 1_800_000,
}, async (context) => {
  const place = new Workplace(context);
  const { csv, database, times } = await countReplayed(place, FEDORA_DATABASE);
  for (const [command, time] of Object.entries(times)) {
    context.diagnostic(`${command}: ${(time / 1000).toFixed(1)} s`);
  }
  const rows = rowsOf(database);
  assert.equal(rows.length, 43_610);
  assert.equal(hitsOf(rows), 25_680_011);
  assertSame(rows, rowsOf(FEDORA_DATABASE));
  assertSame(linesOf(csv), linesOf(readFileSync(FEDORA_CSV)));
});
