import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { REASONS } from '../../src/flow/sightings/reasons.ts';
import { testSeed } from '../support/random.ts';
import type { AgreementReport, AgreementWork } from './agreement.worker.ts';

const LINES = Number(process.env['ROLLCALL_TEST_LINES'] ?? 10_000_000);
const ENOUGH = 1_000;
const REPORT_EVERY = 1_000_000;

/** Runs one share of the lines on a thread of its own; a difference rejects with its seed. */
function run(work: AgreementWork, onProgress: (lines: number) => void): Promise<AgreementReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./agreement.worker.ts', import.meta.url), { workerData: work });
    worker.on('message', (message: number | AgreementReport) => {
      if (typeof message === 'number') onProgress(message);
      else resolve(message);
    });
    worker.on('error', reject);
  });
}

test('C6 U6 kernel and reference agree on ten million hostile lines', async (context) => {
  const seed = testSeed();
  const threads = Math.min(2, availableParallelism());
  context.diagnostic(`ROLLCALL_TEST_SEED=${seed}`);
  const started = performance.now();
  let done = 0;
  let reported = 0;
  const onProgress = (lines: number) => {
    done += lines;
    if (done - reported < REPORT_EVERY) return;
    reported = done;
    const seconds = (performance.now() - started) / 1000;
    process.stderr.write(`${(done / 1e6).toFixed(1)} million lines, ${seconds.toFixed(0)} s\n`);
  };
  const shares = Array.from({ length: threads }, (_, thread) =>
    run({ seed: seed + thread * 1_000_003, lines: Math.ceil(LINES / threads) }, onProgress),
  );
  const reports = await Promise.all(shares);
  const sums = new Map<string, number>();
  for (const { rejections } of reports) {
    for (const [reason, count] of rejections) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  const lines = reports.reduce((sum, report) => sum + report.lines, 0);
  const bytes = reports.reduce((sum, report) => sum + report.bytes, 0);
  context.diagnostic(`${lines} lines, ${bytes} bytes, 0 differences`);
  for (const reason of REASONS) context.diagnostic(`${reason}: ${sums.get(reason) ?? 0}`);
  assert.ok(lines >= LINES);
  const enough = Math.min(ENOUGH, LINES / 10_000);
  for (const reason of REASONS) assert.ok((sums.get(reason) ?? 0) >= enough, `too few lines were ${reason}`);
});
