import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyInto } from '../../../src/flow/bytes/outlet.ts';
import { COMBINED } from '../../../src/flow/requests/format.ts';
import { newKernelMemory } from '../../../src/flow/requests/kernel.ts';
import { KernelTally } from '../../../src/flow/tallies/kernel-tally.ts';
import { ReferenceTally } from '../../../src/flow/tallies/reference-tally.ts';
import { hostileLog } from '../../support/hostile-log.ts';
import { logLine } from '../../support/log-lines.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
import { comparable, RULES, readWithKernel, readWithReference } from '../../support/readers.ts';
import { smallCountryTable } from '../../support/tables.ts';

const ROUNDS = 150;
const table = smallCountryTable();

/** What the reference reader makes of a log that drops its tally behind candidate `forgetAt`, and its candidates. */
function plainly(log: Buffer, forgetAt: number) {
  const candidates: Buffer[] = [];
  const sink: ReferenceTally = new ReferenceTally(COMBINED, table, RULES, {
    candidate: (bytes) => candidates.push(Buffer.concat([bytes, Buffer.from('\n')])),
    counted: (count) => {
      if (count === forgetAt) sink.forget();
    },
  });
  copyInto(sink, log);
  return { tally: sink.finish(), candidates };
}

test('G3 a pause shows the log up to its candidate and nothing behind it, wherever it falls', (context) => {
  const seed = testSeed();
  context.diagnostic(`ROLLCALL_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  let next = () => 0;
  let told: Buffer[] = [];
  const kernel: KernelTally = new KernelTally(table, RULES, newKernelMemory()!, {
    candidates: (_slot, ranges) => {
      const bytes = Buffer.from(kernel.kernel.memory.buffer);
      for (let i = 0; i < ranges.length; i += 2) told.push(Buffer.from(bytes.subarray(ranges[i], ranges[i + 1])));
    },
    paused: () => next(),
    freeSlot: () => 0,
    awaitSlot: () => {},
  });
  for (let round = 0; round < ROUNDS; round++) {
    const message = `ROLLCALL_TEST_SEED=${seed}, round ${round}`;
    const log = hostileLog(random, 20 + random.below(400));
    const forgetAt = random.chance(0.5) ? 1 + random.below(40) : 0;
    const furthest = random.pick([1, 3, 40, 200]);
    const most = random.pick([100, 5_000, 1_000_000]);
    const expected = plainly(log, forgetAt);
    let pauseAt = 1;
    told = [];
    next = () => {
      assert.equal(kernel.kernel.candidates, pauseAt, message);
      assert.deepEqual(Buffer.concat(told), Buffer.concat(expected.candidates.slice(0, pauseAt)), message);
      if (pauseAt === forgetAt) kernel.forget();
      const step = 1 + random.below(furthest);
      pauseAt = pauseAt < forgetAt ? Math.min(pauseAt + step, forgetAt) : pauseAt + step;
      return pauseAt;
    };
    kernel.start(RULES);
    for (let at = 0; at < log.length; ) {
      const space = kernel.space();
      const piece = log.subarray(at, at + Math.min(1 + random.below(most), space.length));
      space.set(piece);
      kernel.filled(piece.length);
      at += piece.length;
    }
    const tally = kernel.finish();
    assert.deepEqual(Buffer.concat(told), Buffer.concat(expected.candidates), message);
    const whole = (of: typeof tally) => comparable({ sha256: '', tally: of });
    assert.deepEqual(whole(tally), whole(expected.tally), message);
  }
});

test('C6 a log of more names than the kernel keeps is read alike, when what it kept is dropped between two lines', () => {
  const random = seededRandom(11);
  const lines: string[] = [];
  // 15 MB of targets and of User-Agents each, for tables of 12 and 8 MB.
  for (let line = 0; line < 30_000; line++) {
    const long = (text: string) => `${text}${line}`.padEnd(1_990, 'x');
    const target = `/mirrorlist?repo=r${random.below(3)}&arch=x86_64&countme=1`;
    const agent = `(AlmaLinux 9.${random.below(3)}; generic; Linux.x86_64)`;
    switch (random.below(4)) {
      case 0:
        lines.push(logLine({ target: `${target}&p=${long('')}` }));
        break;
      case 1:
        lines.push(logLine({ target, agent: `libdnf/${long('')} ${agent}` }));
        break;
      default:
        lines.push(logLine({ target, agent: `libdnf ${agent}` }));
    }
  }
  const log = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  const reading = readWithKernel(log);
  assert.equal(reading.tally.counted, lines.length);
  assert.deepEqual(comparable(reading), comparable(readWithReference(log)));
});
