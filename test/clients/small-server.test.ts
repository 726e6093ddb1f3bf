import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rollcall, Workplace } from '../support/command-line.ts';

test('H1 H2 the weeks of a server with half a megabyte of logs a week are complete', async (context) => {
  const place = new Workplace(context);
  const simulated = ['simulate', '--out', 'logs', '--systems', '400', '--weeks', '3', '--seed', '5'];
  assert.equal((await rollcall(simulated, { cwd: place.folder })).code, 0);
  assert.equal((await place.ingest(['logs/mirror*'])).code, 0);
  const { out } = await rollcall(['totals', '--vault', place.vault, '--csv', 'totals.csv'], { cwd: place.folder });
  assert.match(out, /of 3 weeks/);
  assert.doesNotMatch(out, /not complete/);
});
