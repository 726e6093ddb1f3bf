import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bias } from '../../src/commands/bias.ts';
import { MEASURED_BIAS } from '../../src/flow/website/measured-bias.ts';
import { capture } from '../support/in-process.ts';

test('the errors of the estimators on the methodology page are what their command gives', async () => {
  const { command, systems, weeks, seed } = MEASURED_BIAS;
  const terminal = capture();
  assert.equal(await bias({ systems, weeks, seed, json: true }, terminal), 0);
  assert.deepEqual(
    JSON.parse(terminal.outText()),
    MEASURED_BIAS,
    `put what ${command} --json gives into src/flow/website/measured-bias.ts`,
  );
});
