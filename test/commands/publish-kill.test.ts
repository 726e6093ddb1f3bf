import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Week } from '../../src/flow/sightings/week.ts';
import { rollcall } from '../support/command-line.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { dueAt, Press } from '../support/press.ts';
import { WEEK } from '../support/vault-logs.ts';

const NEXT = (WEEK + 1) as Week;
const DAY = '2025-08-19';
const press = new Press();
await press.count(fleetLog(WEEK, EVERYDAY), dueAt(WEEK));
assert.equal((await press.publish(dueAt(WEEK))).code, 0);
const served = press.fingerprint();
await press.count(fleetLog(NEXT, EVERYDAY), dueAt(NEXT));

const whole = press.copy({ after: () => {} });
assert.equal((await whole.publish(dueAt(NEXT), { asOf: DAY })).code, 0);
const expected = whole.fingerprint();

/** The process is gone before this call of these functions of node:fs. */
const MOMENTS: [what: string, name: string, call: number, isRecorded: boolean][] = [
  ['in the middle of writing', 'writeFileSync', 60, false],
  ['all is written, and has no name yet', 'renameSync', 1, false],
  ['it is recorded, and nobody sees it yet', 'symlinkSync', 1, true],
  ['the link is made, and is not in its place yet', 'renameSync', 2, true],
];

for (const [what, name, call, isRecorded] of MOMENTS) {
  test(`O3 O12: killed, ${what}: readers see the old one, and the next run shows what an undisturbed one does`, async (context) => {
    const own = press.copy(context);
    const killer = own.write(
      'killer.mjs',
      `import fs from 'node:fs';
       import { syncBuiltinESMExports } from 'node:module';
       const real = fs.${name};
       let calls = 0;
       fs.${name} = (path, ...rest) => {
         if (String(path).includes('.publications') || String(rest[0]).includes('.publications')) calls++;
         if (calls === ${call}) process.kill(process.pid, 'SIGKILL');
         return real(path, ...rest);
       };
       syncBuiltinESMExports();`,
    );
    const args = ['publish', '--vault', own.vault, '--out', own.out, '--as-of', DAY];
    const run = await rollcall(args, { node: ['--import', killer] });
    assert.equal(run.signal, 'SIGKILL', run.err);
    assert.equal(own.fingerprint(), served);
    const stored = readdirSync(`${own.out}.publications`).filter((folder) => folder.startsWith('000002-'));
    const recorded = own.inVault((vault) => vault.manifests('almalinux').length);
    assert.deepEqual([stored.length, recorded], isRecorded ? [1, 2] : [0, 1]);
    assert.equal((await own.publish(dueAt(NEXT), { asOf: DAY })).code, 0);
    assert.equal(own.fingerprint(), expected);
    await own.assertAsPublished();
  });
}
