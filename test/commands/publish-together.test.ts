import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Week } from '../../src/flow/sightings/week.ts';
import { Vault } from '../../src/flow/vault/vault.ts';
import { VaultFault } from '../../src/flow/vault/vault-fault.ts';
import { rollcall } from '../support/command-line.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { noRandomness } from '../support/vault-contents.ts';
import { WEEK } from '../support/vault-logs.ts';

const NEXT = (WEEK + 1) as Week;

test('E06: two publish and one counts at the same time: each ends well or says to run again, and the state is one', async () => {
  const press = new Press();
  await press.count(fleetLog(WEEK, EVERYDAY), dueAt(NEXT));
  const log = press.write('next.log', fleetLog(NEXT, EVERYDAY));
  const args = ['publish', '--vault', press.vault, '--out', press.out, '--as-of', '2025-08-19'];
  const runs = await Promise.all([
    rollcall(args),
    rollcall(args),
    rollcall(['ingest', '--vault', press.vault, '--source', 'mirror1', log]),
  ]);
  for (const { code, err } of runs) {
    assert.doesNotMatch(err, /unexpected/);
    if (code !== 0) assert.match(err, /another run (is publishing here|has published from this vault)/);
  }
  assert.ok(
    runs.slice(0, 2).some(({ code }) => code === 0),
    'one of them published',
  );
  assert.equal(runs[2]!.code, 0);
  const last = await press.publish(dueAt(NEXT));
  assert.equal(last.code, 0, last.err);
  await press.assertAsPublished();
  assert.deepEqual(
    press.table('weeks').map(({ systems, revision }) => `${systems} ${revision}`),
    ['680 1', '680 1'],
  );
});

test('E06: what another run has published in the meantime is not published again', async () => {
  const press = new Press();
  await press.count(fleetLog(WEEK, EVERYDAY), dueAt(WEEK));
  const { added } = await press.decide(dueAt(WEEK));
  const vault = Vault.open(press.vault, 'read', noRandomness);
  try {
    assert.throws(
      () => vault.recordPublication('almalinux', added, undefined),
      (error) => error instanceof VaultFault && /another run has published .*; run it again/.test(error.message),
    );
    assert.equal(vault.revisions('almalinux').length, 1);
  } finally {
    vault.close();
  }
});
