import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rollcall, Workplace } from '../support/command-line.ts';
import { countByOracle, rowsOfTotals } from '../support/oracle.ts';

// Each folder here is a case: input.log, and what must come of it. A new case needs only its input.log; run once with
// ROLLCALL_TEST_WRITE=1, then read what was written before believing it.

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** The oracle reads one format only: what of a line must go first, by case. */
const NOT_COMBINED: Record<string, RegExp> = {
  'vhost-combined': /^[^ ]+ /gm,
  'extra-fields': / [0-9.]+ "TLSv1\.3" -$/gm,
};
const CASES = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

for (const name of CASES) {
  test(`golden ${name}`, async (context) => {
    const place = new Workplace(context);
    const input = readFileSync(`${HERE}${name}/input.log`);
    place.write('input.log', input);
    const run = await place.ingest(['--source', 'golden', 'input.log']);
    const { log: _, ...result } = run.logs[0]!;
    const csv = await place.totals();
    if (process.env['ROLLCALL_TEST_WRITE'] === '1' && !existsSync(`${HERE}${name}/expected.csv`)) {
      writeFileSync(`${HERE}${name}/expected.csv`, csv);
      writeFileSync(`${HERE}${name}/expected.json`, `${JSON.stringify(result, null, 2)}\n`);
    }
    assert.equal(csv, readFileSync(`${HERE}${name}/expected.csv`, 'utf8'));
    assert.deepEqual(result, JSON.parse(readFileSync(`${HERE}${name}/expected.json`, 'utf8')));
    assert.equal(run.code, 0);
    const again = await rollcall(['ingest', '--json', '--vault', place.vault, 'input.log'], { cwd: place.folder });
    assert.match(again.out, /"status":"already-counted"/);
  });

  test(`golden ${name}: the oracle says the same`, () => {
    const expected = rowsOfTotals(readFileSync(`${HERE}${name}/expected.csv`, 'utf8'));
    const input = readFileSync(`${HERE}${name}/input.log`, 'latin1').replaceAll(NOT_COMBINED[name] ?? /$^/g, '');
    const { rows } = countByOracle(Buffer.from(input, 'latin1'), Date.parse('2027-01-01') / 1000);
    assert.deepEqual(new Map([...expected].sort()), new Map([...rows].sort()));
  });
}
